"""From a file's text to its statements: at once where it is plain, else line by line."""

from __future__ import annotations

from itertools import chain

from hashpin.formats.requirements_txt import plain
from hashpin.model import LockFile, Pin, Source

NAME = "requirements.txt"
# The longest real file known has some thousands. A line costs a hundred times its bytes: a megabyte of them, seconds.
MOST = 100_000


def parse(source: Source) -> LockFile:
    """The statements of a requirements file, in order. No text makes this raise."""
    pins: list[Pin] = []
    parts = plain.parts(source)
    for part in parts:
        if not isinstance(part, Pin) or len(pins) == MOST:
            # What reads any line is not even loaded for a plain file.
            from hashpin.formats.requirements_txt import statements

            return statements.read(source, chain(pins, [part], parts), NAME, MOST)
        pins.append(part)
    return LockFile(source, tuple(pins), NAME)
