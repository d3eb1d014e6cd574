"""Scripts that measure hashpin. Not installed with it."""
