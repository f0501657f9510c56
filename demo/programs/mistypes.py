"""A file that is not Python."""

fro line in ["a", "b"]:
    print(line)
