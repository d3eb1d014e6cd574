"""Places in a text, and edits to it. Knows nothing of pins.

Offsets count Unicode code points from 0 and spans are half open, as Python
slices are. Lines and columns count from 1 and exist only where something is
shown to a person; a line ends at a line feed, as git and GitHub count.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable

from msgspec import Struct


class Span(Struct, frozen=True, order=True, gc=False):
    """The half-open range ``[start, end)`` of a text."""

    start: int
    end: int

    def of(self, text: str) -> str:
        """The part of `text` that this span covers."""
        return text[self.start : self.end]


class Position(Struct, frozen=True):
    """A place as people name it: line and column, both from 1."""

    line: int
    column: int


class Edit(Struct, frozen=True):
    """Replace what `span` covers by `replacement`."""

    span: Span
    replacement: str


class Hunk(Struct, frozen=True):
    """Whole lines of a text, and what stands in their place."""

    start: int
    """The first of the lines, from 1."""
    old: tuple[str, ...]
    """With their line ends; at least one, but for an empty text."""
    new: tuple[str, ...]
    """With their line ends; none where the lines go."""

    @property
    def end(self) -> int:
        """The last of the lines."""
        return self.start + len(self.old) - 1


class OverlappingEdits(ValueError):
    """Two edits want the same characters: a fault of the caller."""


def apply(text: str, edits: Iterable[Edit]) -> str:
    """Splice all edits into the text at once; what no edit covers is copied.

    Raises OverlappingEdits where two edits share a character or insert at the
    same place, since their order would then decide the result.
    """
    pieces: list[str] = []
    done = 0
    last: Span | None = None
    for edit in sorted(edits, key=lambda edit: edit.span):
        if edit.span.start < done or edit.span == last:
            raise OverlappingEdits(f"edits overlap at offset {edit.span.start}")
        pieces += text[done : edit.span.start], edit.replacement
        done, last = edit.span.end, edit.span
    pieces.append(text[done:])
    return "".join(pieces)


class Lines:
    """The lines of one text, for turning offsets into positions."""

    __slots__ = ("_starts", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        self._starts = array("Q", [0])  # a report of thousands of files holds those of each
        while (newline := text.find("\n", self._starts[-1])) >= 0:
            self._starts.append(newline + 1)

    def position(self, offset: int) -> Position:
        """Line and column of an offset (0 up to the length of the text)."""
        line = bisect_right(self._starts, offset)
        return Position(line, offset - self._starts[line - 1] + 1)

    def line(self, number: int, most: int | None = None) -> str:
        """The text of a line (from 1), or its first `most` characters, without its line end."""
        start = self._starts[number - 1]
        end = self._starts[number] if number < len(self._starts) else len(self._text)
        return self._text[start : end if most is None else min(end, start + most)].rstrip("\r\n")
