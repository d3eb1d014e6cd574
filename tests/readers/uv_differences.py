"""What divides pip and uv and is nothing that hashpin could say of the line: each with its reason."""

from __future__ import annotations

import re

# A pattern that the whole document has to match, and why nothing is said.
ACCEPTED: tuple[tuple[re.Pattern[str], str], ...] = ()


def accepted(document: bytes) -> str | None:
    """The reason, or None."""
    text = document.decode("utf-8", "replace")
    return next((reason for pattern, reason in ACCEPTED if pattern.fullmatch(text)), None)
