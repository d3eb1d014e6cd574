"""How much work a test makes: calls are counted, so that what grows too fast shows itself without a clock."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType

from hypothesis import settings

from tests.property.strategies import searched

some = settings(searched, max_examples=searched.max_examples // 5)
"""For properties of which each example is much work."""


def calls(function: Callable[[], object]) -> int:
    """How many calls of Python's and C's functions it makes."""
    count = 0

    def note(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        function()
    finally:
        sys.setprofile(before)
    return count
