"""`python -m lastwords`: the command line."""

import sys

from lastwords.cli import start

if __name__ == "__main__":
    status = start()
    if status is not None:
        sys.exit(status)
