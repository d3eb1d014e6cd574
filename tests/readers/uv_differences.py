"""What divides pip and uv and is nothing that hashpin could say of the line: each with its reason."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Accepted:
    """A kind of document on which hashpin may be silent."""

    pattern: str
    """What such a document holds."""
    example: bytes
    reason: str


ACCEPTED = (
    Accepted(
        r"six===1\.0\.0",
        b"six===1.0.0\n",
        "pip compares the text with the version in the files' names, which the index alone can tell, uv the versions",
    ),
    Accepted(
        r"(?s)--pre\b.*\bprr\b|\bprr\b.*--pre\b",
        b"--pre\nprr\n",
        "a note tells that uv ignores the option; a pin is not changed by it",
    ),
    Accepted(
        r"\A\./project\n-e \./project\n",
        b"./project\n-e ./project\n",
        "that two spellings name one folder is asked of the disk; pip refuses it aloud",
    ),
)


def accepted(document: bytes) -> str | None:
    """The reason, or None."""
    text = document.decode("utf-8", "replace")
    return next((row.reason for row in ACCEPTED if re.search(row.pattern, text)), None)
