"""The lines of source under a frame, and the marks under the part that failed."""
