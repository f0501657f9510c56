"""An error that leads to another, and one that happens while the first is handled."""


def read_port(settings):
    try:
        return int(settings["port"])
    except ValueError as problem:
        raise RuntimeError("the settings are not usable") from problem


def start(settings):
    try:
        return read_port(settings)
    except RuntimeError as problem:
        problem.add_note("The settings came from the command line.")
        return settings.get("fallback").port


start({"port": "80 80"})
