"""GitHub: what its runner tells of a run, and what is asked of its API.

Knows nothing of requirements files: what it needs of them comes as values and
functions. PyGithub is imported by `connection.py` alone.
"""
