"""What a wheel's file name says. Pure.

Source: the binary distribution format at packaging.python.org, as packaging reads it.
"""

from __future__ import annotations

from functools import lru_cache
from math import prod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from packaging.tags import Tag
    from packaging.utils import NormalizedName
    from packaging.version import Version

# A name spells the product of what its last three parts list, and strangers write it: the largest sets known have
# some ten tags, and NAME_MAX is what a disk takes.
_MOST_TAGS = 500
_LONGEST_NAME = 255


@lru_cache(maxsize=16384)
def parsed(filename: str) -> tuple[NormalizedName, Version, frozenset[Tag]] | None:
    """The project, the version and the tags; None where pip does not take it for a wheel (old names, from 25.3 on)."""
    from packaging.utils import parse_wheel_filename

    tags = filename.rpartition(".")[0].split("-")[-3:]
    if len(filename) > _LONGEST_NAME or prod(part.count(".") + 1 for part in tags) > _MOST_TAGS:
        return None
    try:
        name, version, _, found = parse_wheel_filename(filename)
    except ValueError:  # InvalidWheelFilename, or a number without end
        return None
    return name, version, found
