"""`python -m lastwords`: the command line."""

import sys

from lastwords.cli import main

if __name__ == "__main__":
    sys.exit(main())
