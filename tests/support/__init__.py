"""What the tests share: child programs, shapes of exceptions, readers of what was printed."""
