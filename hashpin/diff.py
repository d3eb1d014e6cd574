"""A change to one file: as a patch that `git apply` and `patch` take, and as the lines that change."""

from __future__ import annotations

import difflib
from bisect import bisect_right
from collections.abc import Iterable
from operator import itemgetter

from hashpin.encoding import Encoding
from hashpin.model import Source
from hashpin.text import Hunk, Lines, Span


def unified(before: Source, after: str, path: str) -> bytes:
    """The unified diff from a source to its corrected text; empty where they are equal.

    `path` is the file's, from the repository's root, as `git apply` counts.
    """
    mark = before.encoding.mark.decode(before.encoding.codec) if before.encoding.mark else ""
    old, new = (_quoted(f"{side}/{path}") for side in "ab")
    lines = difflib.unified_diff(_lines(mark + before.text), _lines(mark + after), old, new)
    codec = _codec(before.encoding)
    return b"".join(_whole(line).encode(codec, "surrogateescape") for line in lines)


def readable(before: Source, after: str, path: str) -> str | None:
    """The same as a text; None where the file is no UTF-8, so that a text would not be the patch that git takes."""
    return unified(before, after, path).decode("utf-8") if before.encoding.codec == "utf-8" else None


def hunks(before: str, after: str, together: Iterable[Span] = ()) -> tuple[Hunk, ...]:
    """The lines of a text that change, in order; changes within one of the spans are one hunk.

    A line that comes in brings the line above along, since every hunk replaces
    lines that are there.
    """
    old, new = _lines(before), _lines(after)
    owners = _Owners(before, together)
    found: list[_Block] = []
    for block in _blocks(old, new):
        last = found[-1] if found else None
        if last and (block[0] < last[1] or owners.same(last[1] - 1, block[0])):
            found[-1] = (last[0], block[1], last[2], block[3])
        else:
            found.append(block)
    return tuple(Hunk(i1 + 1, tuple(old[i1:i2]), tuple(new[j1:j2])) for i1, i2, j1, j2 in found)


_Block = tuple[int, int, int, int]  # old lines, new lines: half open, from 0


def _blocks(old: list[str], new: list[str]) -> Iterable[_Block]:
    for kind, i1, i2, j1, j2 in difflib.SequenceMatcher(None, old, new).get_opcodes():
        if kind != "equal":
            above = kind == "insert" and i1 > 0
            below = kind == "insert" and not above and bool(old)
            yield i1 - above, i2 + below, j1 - above, j2 + below


class _Owners:
    """Which span a line belongs to."""

    def __init__(self, text: str, spans: Iterable[Span]) -> None:
        lines = Lines(text)
        self._ranges = sorted(
            (lines.position(span.start).line - 1, lines.position(max(span.start, span.end - 1)).line) for span in spans
        )

    def same(self, first: int, second: int) -> bool:
        """Whether one span holds both lines, the second of which is not above the first."""
        found = bisect_right(self._ranges, first, key=itemgetter(0)) - 1
        return found >= 0 and second < self._ranges[found][1]


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
