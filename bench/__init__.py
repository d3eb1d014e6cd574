"""Scripts that measure how hashpin's cost grows. Not installed with it."""
