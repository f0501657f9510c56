"""Crashes while it is being imported."""

import sys

sys.modules["__main__"].spoil_and_crash()
