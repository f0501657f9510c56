"""Suggestions: what the author of the program may have meant."""
