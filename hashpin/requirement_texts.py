"""Requirement texts: what one asks for, as pip reads it.

Read only where somebody asks: of a plain pin the name and the version can be
told without, see `hashpin.formats.requirements_txt.plain`.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from packaging.requirements import Requirement

_DEEPEST = 100  # brackets; packaging can read deeper markers than it can spell


class TooDeep(ValueError):
    """Brackets in brackets beyond what anybody writes."""


@lru_cache(maxsize=4096)
def read(text: str) -> Requirement:
    """A requirement with its marker, which is cut off at the first semicolon as pip does. Nobody may change it.

    Raises InvalidRequirement, or InvalidMarker where the marker alone cannot be
    read, TooDeep or RecursionError. Source: pip, `parse_req_from_line` in
    `src/pip/_internal/req/constructors.py`.
    """
    from packaging.markers import Marker
    from packaging.requirements import Requirement

    body, _, marker = (part.strip() for part in text.partition(";"))
    requirement = Requirement(body)
    if _depth(text) > _DEEPEST:
        raise TooDeep(text)
    if marker:
        requirement.marker = Marker(marker)
    return requirement


def _depth(text: str) -> int:
    """How deep brackets are nested."""
    steps = (1 if char == "(" else -1 for char in text if char in "()")
    return max(accumulate(steps), default=0)
