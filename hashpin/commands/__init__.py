"""The commands: each a module with `run`, from the options and the console to an exit code.

Each is imported when it is asked for, with all that it needs.
"""
