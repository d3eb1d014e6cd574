"""hashpin: verify every hash of a pip requirements file against the index, and correct it."""

__version__ = "0.1.0"
HOME_PAGE = "https://github.com/org/hashpin-action"
