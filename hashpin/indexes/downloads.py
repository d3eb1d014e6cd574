"""The digests of a file by downloading it, for algorithms that the index does not publish.

The bytes go through the hashes and are gone: nothing is kept on disk or in
memory, nothing is unpacked. A digest counts only where the file is the one
that the index publishes, by its sha256 and its size.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Protocol

from hashpin.indexes.responses import Body, Response, Unanswered
from hashpin.model import STRONG_ALGORITHMS, Digest, DistributionFile, NoAnswer
from hashpin.wording import shortened

MOST = 2 * 2**30
"""Bytes of all files that one run downloads, together: told in --help and in the README."""

_ACCEPT = "*/*"
_PROOF = "sha256"


class Quota:
    """How many bytes a run may still download. Safe to use from several threads."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._left = most
        self._lock = threading.Lock()

    def __str__(self) -> str:
        return f"{self._most / 2**30:g} GiB" if self._most >= 2**30 else f"{self._most:,} bytes"

    def take(self, count: int) -> bool:
        """Take so many bytes of what is left, if there are as many."""
        with self._lock:
            if count > self._left:
                return False
            self._left -= count
            return True

    def give_back(self, count: int) -> None:
        with self._lock:
            self._left += count


class Fetch(Protocol):
    """As `hashpin.indexes.transport.Transport.fetch`."""

    def __call__(self, url: str, accept: str, body: Callable[[], Body], /) -> Response: ...


def digests(
    file: DistributionFile, algorithms: Collection[str], fetch: Fetch, quota: Quota
) -> tuple[Digest, ...] | NoAnswer:
    """The digests in these algorithms and in those that are published, once the file has shown to be that file."""
    name = shortened(file.filename)
    published = {digest.algorithm for digest in file.digests}
    if file.url is None:
        return NoAnswer(f"the index does not say where {name} is")
    if _PROOF not in published:
        return NoAnswer(f"the index publishes no {_PROOF} of {name}, so nothing tells whether a download is that file")
    wanted = sorted({*algorithms, *published} & STRONG_ALGORITHMS.keys())
    with _reserved(file.size or 0, quota) as reserve:
        if reserve is None:
            return NoAnswer(f"with {name} this run would download more than {quota}")
        tries: list[_Hashing] = []

        def begin() -> _Hashing:
            tries.append(_Hashing(file, wanted, reserve))
            return tries[-1]

        try:
            response = fetch(file.url, _ACCEPT, begin)
        except Unanswered as error:
            return NoAnswer(f"{name} could not be downloaded: {error}")
    if response.status != 200:
        return NoAnswer(f"{name} could not be downloaded: the index's file host answered {response.status}")
    return tries[-1].found()


class _Reserve:
    """Bytes that were taken ahead for one file; what goes beyond them, in a second try, is taken as it comes."""

    def __init__(self, ahead: int, quota: Quota) -> None:
        self.ahead = ahead
        self._quota = quota

    def spend(self, count: int) -> None:
        paid = min(count, self.ahead)
        self.ahead -= paid
        if count > paid and not self._quota.take(count - paid):
            raise Unanswered(f"this run would download more than {self._quota}")


@contextmanager
def _reserved(size: int, quota: Quota) -> Iterator[_Reserve | None]:
    """A reserve of so many bytes, of which the rest is given back in the end; None where too few are left."""
    if not quota.take(size):
        yield None
        return
    reserve = _Reserve(size, quota)
    try:
        yield reserve
    finally:
        quota.give_back(reserve.ahead)


class _Hashing:
    """Satisfies `hashpin.indexes.transport.Body`: takes the bytes of one try, and keeps none."""

    kept = b""

    def __init__(self, file: DistributionFile, algorithms: Collection[str], reserve: _Reserve) -> None:
        self._file = file
        self._reserve = reserve
        self._hashes = {name: hashlib.new(name) for name in algorithms}
        self._came = 0

    def take(self, chunk: bytes) -> None:
        self._came += len(chunk)
        size = self._file.size
        if size is not None and self._came > size:
            raise Unanswered(
                f"the index's file host serves another file than the index says, of more than {size:,} bytes"
            )
        self._reserve.spend(len(chunk))
        for running in self._hashes.values():
            running.update(chunk)

    def found(self) -> tuple[Digest, ...] | NoAnswer:
        found = {name: Digest(name, running.hexdigest()) for name, running in self._hashes.items()}
        other = f"the index's file host serves another file as {shortened(self._file.filename)} than the index says"
        if self._file.size not in (None, self._came):
            return NoAnswer(f"{other}, of {self._came:,} bytes instead of {self._file.size:,}")
        for digest in self._file.digests:
            if found[digest.algorithm] != digest:
                return NoAnswer(f"{other}, with {found[digest.algorithm]} instead of {digest}")
        return tuple(found.values())
