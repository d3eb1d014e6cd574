"""Steps 1 to 3: the lines that pip sees, and where each of their characters stands in the file."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator

from msgspec import Struct

from hashpin.text import Span

# What str.splitlines splits at, besides the pair CR LF.
LINE_ENDS = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"


class Piece(Struct, frozen=True):
    """A physical line in a logical one, without its line end and the backslashes that join it to others."""

    text: str
    offset: int
    """Where it begins in the file."""
    ended_by: str
    """The line end with the backslashes before it; empty at the end of the file."""

    @property
    def words(self) -> str:
        """What stands before its own comment."""
        return self.text[: comment_start(self.text)]


class LogicalLine(Struct, frozen=True):
    """A joined line: what pip reads of it, its comment, and where each of its characters stands."""

    text: str
    """Without the comment and outer white space. Empty where there is nothing but a comment."""
    pieces: tuple[Piece, ...]
    starts: tuple[int, ...]
    """Where each piece begins in the joined line."""
    trimmed: int
    """How many characters were stripped at the front of the joined line."""
    comment: int
    """The piece in which the comment begins; the number of pieces where there is none."""
    span: Span
    """Over all physical lines in the file, the last line end left out."""
    behind: str | None = None
    """The unusual line end that alone parts it from a comment on what looks like the same line."""

    def raw(self, start: int, end: int) -> Span:
        """The span in the file of a slice of `text` that is not empty."""
        return Span(self._offset(start), self._offset(end - 1) + 1)

    def _offset(self, index: int) -> int:
        joined = index + self.trimmed
        piece = bisect_right(self.starts, joined) - 1
        return self.pieces[piece].offset + joined - self.starts[piece]


def logical_lines(text: str, offset: int = 0) -> Iterator[LogicalLine]:
    """The lines that pip sees, without blank ones; those of a comment alone have no text.

    The text may be a part of a file, from an offset and to an end at which logical lines begin and end.
    """
    pieces: list[Piece] = []
    first = 0
    commented = False  # a comment stands on this line as people see it, who know no line end but the line feed
    before = ""
    behind: str | None = None
    for physical in text.splitlines(keepends=True):
        start, offset = offset, offset + len(physical)
        line = physical.rstrip(LINE_ENDS)
        if not pieces and (not line or line.isspace()):
            commented = commented and not physical.endswith("\n")
            continue
        if before.endswith("\n"):
            commented = False
        if not pieces:
            first, behind = start, before if commented else None
        before = physical[len(line) :]
        comment = line.lstrip().startswith("#")
        commented = commented or comment_start(line) < len(line)
        if line.endswith("\\") and not comment:
            stripped = line.strip("\\")
            slashes = len(line) - len(line.rstrip("\\"))
            skipped = len(line) - len(line.lstrip("\\")) if stripped else 0
            pieces.append(Piece(stripped, start + skipped, "\\" * slashes + before))
            continue
        if comment:
            pieces.append(Piece(" ", start, ""))  # pip: "this ensures comments are always matched later"
        pieces.append(Piece(line, start, before))
        yield from _joined(pieces, Span(first, start + len(line)), behind)
        pieces = []
    if pieces:
        yield from _joined(pieces, Span(first, offset), behind)


def _joined(pieces: list[Piece], span: Span, behind: str | None) -> Iterator[LogicalLine]:
    whole = pieces[0].text if len(pieces) == 1 else "".join(piece.text for piece in pieces)
    cut = comment_start(whole)
    text = whole[:cut].strip()
    if not text and cut == len(whole):
        return
    starts: list[int] = []
    length = 0
    for piece in pieces:
        starts.append(length)
        length += len(piece.text)
    comment = bisect_right(starts, cut) - 1 if cut < len(whole) else len(pieces)
    trimmed = len(whole) - len(whole.lstrip())
    yield LogicalLine(text, tuple(pieces), tuple(starts), trimmed, comment, span, behind)


def comment_start(line: str) -> int:
    """Where the comment begins: at a ``#`` at the start or after white space, as pip's COMMENT_RE. Else the length."""
    mark = line.find("#")
    while mark > 0 and not line[mark - 1].isspace():
        mark = line.find("#", mark + 1)
    return mark if mark >= 0 else len(line)
