"""A change to one file as a patch that `git apply` and `patch` take."""

from __future__ import annotations

import difflib

from hashpin.model import Source


def unified(before: Source, after: str) -> str:
    """The unified diff from a source to its corrected text; empty where they are equal."""
    lines = difflib.unified_diff(_lines(before.text), _lines(after), f"a/{before.path}", f"b/{before.path}")
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def _lines(text: str) -> list[str]:
    """Lines with their ends as git counts them: at a line feed and nowhere else."""
    *whole, last = text.split("\n")
    return [f"{line}\n" for line in whole] + ([last] if last else [])
