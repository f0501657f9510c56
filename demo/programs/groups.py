"""Several errors at once, some of them in a group of their own."""


def fetch(name):
    if name == "slow":
        raise TimeoutError("no answer from 'slow' in 3 s")
    return {"fast": 1}[name]


def fetch_all(names):
    errors = []
    for name in names:
        try:
            fetch(name)
        except Exception as error:
            errors.append(error)
    return ExceptionGroup(f"{len(errors)} of {len(names)} failed", errors)


problems = fetch_all(["fast", "slow", "lost"])
raise ExceptionGroup("the page is not complete", [problems, ValueError("no title")])
