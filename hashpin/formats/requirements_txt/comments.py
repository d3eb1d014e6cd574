"""The comments that are a word to hashpin."""

from __future__ import annotations

import re

from hashpin.formats.requirements_txt.lines import LogicalLine
from hashpin.model import Comment
from hashpin.text import Span

_OURS = re.compile(r"#\s*hashpin:")


def comment(line: LogicalLine) -> Comment | None:
    """The word to hashpin in the comment of a line, if there is one."""
    if line.comment >= len(line.pieces):
        return None
    piece = line.pieces[line.comment]
    match = _OURS.search(piece.text, len(piece.words))
    if match is None:
        return None
    text = piece.text[match.end() :].strip()
    span = Span(piece.offset + match.start(), piece.offset + len(piece.text.rstrip()))
    return Comment(text, span, None) if text else None
