"""Steps 1 to 3: the lines that pip sees, and where each of their characters stands in the file."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from hashpin.text import Span

# What str.splitlines splits at, besides the pair CR LF.
LINE_ENDS = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"


@dataclass(frozen=True, slots=True)
class LogicalLine:
    """A joined line without its comment and outer white space, and where each of its characters stands."""

    text: str
    starts: tuple[int, ...]
    """Where each piece begins in the joined line."""
    offsets: tuple[int, ...]
    """Where each piece begins in the file."""
    trimmed: int
    """How many characters were stripped at the front of the joined line."""
    span: Span
    """Over all physical lines in the file, the last line end left out."""

    def raw(self, start: int, end: int) -> Span:
        """The span in the file of a slice of `text` that is not empty."""
        return Span(self._offset(start), self._offset(end - 1) + 1)

    def _offset(self, index: int) -> int:
        joined = index + self.trimmed
        piece = bisect_right(self.starts, joined) - 1
        return self.offsets[piece] + joined - self.starts[piece]


def logical_lines(text: str) -> Iterator[LogicalLine]:
    """The lines that pip sees, without blank ones and comments."""
    pieces: list[tuple[str, int]] = []
    first = 0
    offset = 0
    for physical in text.splitlines(keepends=True):
        start, offset = offset, offset + len(physical)
        line = physical.rstrip(LINE_ENDS)
        end = start + len(line)
        if not pieces:
            first = start
        comment = line.lstrip().startswith("#")
        if line.endswith("\\") and not comment:
            stripped = line.strip("\\")
            pieces.append((stripped, start + len(line) - len(line.lstrip("\\"))))
            continue
        if comment:
            pieces.append((" ", start))  # pip: "this ensures comments are always matched later"
        pieces.append((line, start))
        yield from _joined(pieces, Span(first, end))
        pieces = []
    if pieces:
        yield from _joined(pieces, Span(first, offset))


def _joined(pieces: list[tuple[str, int]], span: Span) -> Iterator[LogicalLine]:
    whole = "".join(piece for piece, _ in pieces)
    text = whole[: comment_start(whole)].strip()
    if text:
        starts: list[int] = []
        length = 0
        for piece, _ in pieces:
            starts.append(length)
            length += len(piece)
        trimmed = len(whole) - len(whole.lstrip())
        yield LogicalLine(text, tuple(starts), tuple(at for _, at in pieces), trimmed, span)


def comment_start(line: str) -> int:
    """Where the comment begins: at a ``#`` at the start or after white space, as pip's COMMENT_RE. Else the length."""
    mark = line.find("#")
    while mark > 0 and not line[mark - 1].isspace():
        mark = line.find("#", mark + 1)
    return mark if mark >= 0 else len(line)
