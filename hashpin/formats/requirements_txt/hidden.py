"""What pip reads where people see a comment, or something else."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from hashpin.formats.requirements_txt.lines import LogicalLine, logical_lines
from hashpin.model import Hidden, Source
from hashpin.text import Span

_NAMES = {
    "\r": "a carriage return without a line feed",
    "\v": "a vertical tab",
    "\f": "a form feed",
    "\x1c": "the control character U+001C",
    "\x1d": "the control character U+001D",
    "\x1e": "the control character U+001E",
    "\x85": "the next-line character U+0085",
}


def by_line_ends(text: str, lines: Iterable[LogicalLine]) -> Iterator[Hidden]:
    """What stands behind a comment and one of the line ends that only pip knows: once for a line as people see it."""
    found: Hidden | None = None
    for line in lines:
        if line.behind is None or not line.text:
            continue
        if found and "\n" not in text[found.span.end : line.span.start]:
            found = replace(found, count=found.count + 1, span=Span(found.span.start, line.span.end))
            continue
        if found:
            yield found
        end = line.behind[-1]
        cause = _NAMES.get(end) or f"the {unicodedata.name(end).lower()} U+{ord(end):04X}"
        found = Hidden(line.text, 1, cause, line.span)
    if found:
        yield found


def by_encoding(source: Source, lines: Iterable[LogicalLine]) -> Iterator[Hidden]:
    """What a declared encoding makes of the bytes, where everybody else sees other words."""
    if source.shown is None:
        return
    # What hides behind a comment in the shown text, too, is nothing that people see.
    shown = [line for line in logical_lines(source.shown) if line.text and line.behind is None]
    read = [line for line in lines if line.text]
    cause = f"the encoding {source.encoding.codec}"
    # Lines of the text need not be lines of the bytes, so all of it is told where the encoding is declared.
    span = Span(0, len(source.text.partition("\n")[0]))
    unseen = Counter(_in_ascii(line.text) for line in read) - Counter(_in_ascii(line.text) for line in shown)
    if unseen:
        first = next(line.text for line in read if unseen[_in_ascii(line.text)])
        yield Hidden(first, unseen.total(), cause, span)
    elif len(read) < len(shown):
        yield Hidden("", len(shown) - len(read), cause, span)


def _in_ascii(text: str) -> str:
    """The text as far as all encodings of people's texts agree on it: a run of other letters is one mark."""
    return re.sub(r"[^\x00-\x7f]+", "?", text)
