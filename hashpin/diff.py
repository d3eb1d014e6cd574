"""A change to one file as a patch that `git apply` and `patch` take."""

from __future__ import annotations

import difflib

from hashpin.encoding import Encoding
from hashpin.model import Source


def unified(before: Source, after: str, path: str) -> bytes:
    """The unified diff from a source to its corrected text; empty where they are equal.

    `path` is the file's, from the repository's root, as `git apply` counts.
    """
    mark = before.encoding.mark.decode(before.encoding.codec) if before.encoding.mark else ""
    old, new = (_quoted(f"{side}/{path}") for side in "ab")
    lines = difflib.unified_diff(_lines(mark + before.text), _lines(mark + after), old, new)
    codec = _codec(before.encoding)
    return b"".join(_whole(line).encode(codec, "surrogateescape") for line in lines)


def _whole(line: str) -> str:
    return line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _codec(encoding: Encoding) -> str:
    """The file's own, where it spells ASCII as ASCII; UTF-16 is binary to git, and can only be looked at."""
    ascii_like = "+- \n".encode(encoding.codec) == b"+- \n"
    return encoding.codec if ascii_like else "utf-8"


def _lines(text: str) -> list[str]:
    """Lines with their ends as git counts them: at a line feed and nowhere else."""
    *whole, last = text.split("\n")
    return [f"{line}\n" for line in whole] + ([last] if last else [])


def _quoted(path: str) -> str:
    """A path as git spells it: in quotes, with C's escapes, where it holds what would end it."""
    if path.isprintable() and not set(path) & {'"', "\\"}:
        return f"{path}\t" if " " in path else path
    escaped = (
        chr(b) if 0x20 <= b < 0x7F and chr(b) not in '"\\' else f"\\{b:03o}"
        for b in path.encode("utf-8", "surrogateescape")
    )
    return f'"{"".join(escaped)}"'
