"""A method that other languages have, and one that nobody has."""


def collect(lines):
    found = []
    try:
        found.appendd(lines)
    except AttributeError as error:
        print("caught:", error)
    for line in lines:
        found.push(line)
    return found


collect(["a", "b"])
