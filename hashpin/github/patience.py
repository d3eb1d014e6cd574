"""An end to what may have none: an answer that drips, a file of a checkout that is a pipe."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

_Value = TypeVar("_Value")


class Impatient(Exception):
    """It was not done in time. What goes on with it goes on alone, and ends with the process."""


def within(seconds: float, work: Callable[[], _Value]) -> _Value:
    """What the work comes to, or raises. Raises Impatient."""
    done: list[_Value] = []
    failed: list[BaseException] = []

    def worker() -> None:
        try:
            done.append(work())
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=worker, daemon=True)
    thread.start()
    thread.join(max(seconds, 0.0))
    if failed:
        raise failed[0]
    if not done:
        raise Impatient
    return done[0]
