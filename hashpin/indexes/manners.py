"""How much a host bears: when it may be asked again, and how many requests at a time.

The number begins with a few, and grows by one with each answer as long as answers
come no slower for it. A host that refuses, is overrun or does not answer in time
is asked half as much; from then on the number grows by one for each full round.
That is TCP's slow start and congestion avoidance (RFC 5681), for requests.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

_FIRST = 16
_SLOWER = 2.0
"""Of the time that an answer took when it took least: from there on more requests only wait for each other."""
_NOISE = 0.02  # seconds; of a host that answers at once, everything is twice as slow
_WEIGHT = 0.2  # of the newest answer in the mean


class Manners:
    """What one host has asked for, and how often it has failed: one that is down must not silence another."""

    def __init__(self, most: int) -> None:
        """`most` requests at a time are never exceeded."""
        self.not_before = 0.0
        """By the monotonic clock, in seconds."""
        self.failed_in_a_row = 0
        self._most = most
        self._allowed = float(min(_FIRST, most))
        self._waiting = threading.Condition()
        self._under_way = 0
        self._round = 0
        """Grows with each time that the number is halved, so that one bad moment halves it once."""
        self._growth_by_rounds = False
        self._least = float("inf")
        self._mean: float | None = None

    @property
    def allowed(self) -> int:
        """How many requests at a time."""
        return int(self._allowed)

    @contextmanager
    def turn(self, seconds: float) -> Iterator[int | None]:
        """Wait for one's turn. Gives the round, for `overrun`; None where it did not come within so many seconds."""
        with self._waiting:
            come = self._waiting.wait_for(lambda: self._under_way < self.allowed, seconds)
            self._under_way += come
            current = self._round
        if not come:
            yield None
            return
        try:
            yield current
        finally:
            with self._waiting:
                self._under_way -= 1
                self._waiting.notify()

    def answered(self, seconds: float) -> None:
        """An answer began to come so many seconds after the question."""
        with self._waiting:
            self._least = min(self._least, seconds)
            self._mean = seconds if self._mean is None else self._mean + _WEIGHT * (seconds - self._mean)
            if self._allowed < self._most and self._mean < self._least * _SLOWER + _NOISE:
                self._allowed = min(
                    self._allowed + (1 / self._allowed if self._growth_by_rounds else 1), float(self._most)
                )
                self._waiting.notify()

    def overrun(self, asked_in: int) -> None:
        """It refused, or did not answer in time, what was asked in that round."""
        with self._waiting:
            if asked_in == self._round:
                self._round += 1
                self._growth_by_rounds = True
                self._allowed = max(1.0, self._allowed / 2)
