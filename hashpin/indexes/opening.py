"""From what a run is asked for to an index that answers: the one place where clients are made."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from hashpin.indexes.address import IndexAddress
from hashpin.indexes.cache import Cache
from hashpin.indexes.choice import Chosen, choose
from hashpin.indexes.client import HttpIndex
from hashpin.indexes.downloads import Quota
from hashpin.indexes.responses import Body, Response
from hashpin.indexes.several import SeveralIndexes
from hashpin.indexes.shelf import Shelf
from hashpin.model import Index
from hashpin.wishes import Wishes

if TYPE_CHECKING:
    from hashpin.indexes.transport import Transport

_T = TypeVar("_T")


def chosen_indexes(wishes: Wishes, untrusted: Mapping[str, str] | None = None) -> Chosen:
    """The indexes that are asked for; `untrusted` are bindings of a configuration that does not count.

    Raises UsageError that says by what a wrong address came.
    """
    return choose(wishes.index_url, wishes.extra_index_urls or (), wishes.index_for or {}, untrusted)


def opened(chosen: Chosen, connections: int, seconds: float, cache: Cache | None = None) -> Index:
    """An index that asks those, with so many connections, and for not more than so many seconds."""
    opening, quota = _Opening(connections, seconds), Quota()
    indexes: dict[str, Index] = {
        address.simple: HttpIndex(address, _Late(opening, address), quota, Shelf(address, cache))
        for address in chosen.addresses
    }
    if len(indexes) == 1 and not chosen.bindings:
        return next(iter(indexes.values()))
    return SeveralIndexes(chosen, indexes)


class _Opening:
    """Makes the session, of which there is one for all indexes, when the first of them is asked."""

    def __init__(self, connections: int, seconds: float) -> None:
        self._connections = connections
        self._seconds = seconds
        self._session: Any = None
        self._making = threading.Lock()

    def transport(self, address: IndexAddress) -> Transport:
        # Slow to import, and not needed where all that is asked for is at hand.
        from hashpin.indexes.sessions import new_session
        from hashpin.indexes.transport import Transport

        with self._making:
            self._session = self._session or new_session(self._connections)
            return Transport(self._session, address, self._seconds, self._connections)


class _Late:
    """Satisfies `responses.Asks` by a transport that is made when it is needed."""

    def __init__(self, opening: _Opening, address: IndexAddress) -> None:
        self._opening = opening
        self._address = address
        self._making = threading.Lock()
        self._made: Transport | None = None

    def get(
        self, url: str, accept: str, read: Callable[[Response], _T], *, fresh: bool = False, etag: str | None = None
    ) -> _T:
        return self._transport().get(url, accept, read, fresh=fresh, etag=etag)

    def fetch(self, url: str, accept: str, body: Callable[[], Body], etag: str | None = None) -> Response:
        return self._transport().fetch(url, accept, body, etag)

    def _transport(self) -> Transport:
        with self._making:
            self._made = self._made or self._opening.transport(self._address)
            return self._made
