"""lastwords: what a Python program says when it fails, and why."""
