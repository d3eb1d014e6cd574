"""From what a run is asked for to an index that answers: the one place where clients are made."""

from __future__ import annotations

from collections.abc import Mapping

from hashpin.indexes.choice import Chosen, choose
from hashpin.indexes.client import HttpIndex
from hashpin.indexes.downloads import Quota
from hashpin.indexes.several import SeveralIndexes
from hashpin.indexes.transport import Transport, new_session
from hashpin.model import Index
from hashpin.wishes import Wishes


def chosen_indexes(wishes: Wishes, untrusted: Mapping[str, str] | None = None) -> Chosen:
    """The indexes that are asked for; `untrusted` are bindings of a configuration that does not count.

    Raises UsageError that says by what a wrong address came.
    """
    return choose(wishes.index_url, wishes.extra_index_urls or (), wishes.index_for or {}, untrusted)


def opened(chosen: Chosen, connections: int, seconds: float) -> Index:
    """An index that asks those, with so many connections, and for not more than so many seconds."""
    session, quota = new_session(connections), Quota()
    indexes: dict[str, Index] = {
        address.simple: HttpIndex(address, Transport(session, address, seconds), quota) for address in chosen.addresses
    }
    if len(indexes) == 1 and not chosen.bindings:
        return next(iter(indexes.values()))
    return SeveralIndexes(chosen, indexes)
