"""What the author may have meant."""
