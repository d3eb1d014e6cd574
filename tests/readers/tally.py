"""Many documents read by all, and counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from packaging.version import Version

from tests.property.readings import of_bytes
from tests.readers.comparing import Difference, compare
from tests.readers.differences import row_of
from tests.readers.pips import Pips

_AT_ONCE = 200
_KEPT = 20


@dataclass
class Tally:
    """What became of the documents."""

    documents: int = 0
    alike: Counter[Version] = field(default_factory=Counter)
    """How many a version and hashpin read in the very same way."""
    meant: Counter[Version] = field(default_factory=Counter)
    """How many they read unlike, but only in ways that the table has."""
    rows: Counter[tuple[str, Version]] = field(default_factory=Counter)
    """Differences by row."""
    outside: Counter[Version] = field(default_factory=Counter)
    """Differences that are in no row."""
    first_outside: dict[tuple[bytes, int], Difference] = field(default_factory=dict)
    """Some of these: one of each line, whichever pips differ."""

    def add(self, differences: Sequence[Difference], versions: Iterable[Version]) -> None:
        """Count one document."""
        self.documents += 1
        unlike: dict[Version, bool] = {}
        for difference in differences:
            row = row_of(difference)
            unlike[difference.version] = unlike.get(difference.version, True) and row is not None
            if row is not None:
                self.rows[row.name, difference.version] += 1
            else:
                self.outside[difference.version] += 1
                if len(self.first_outside) < _KEPT:
                    self.first_outside[difference.data, difference.place] = difference
        for version in versions:
            if version not in unlike:
                self.alike[version] += 1
            elif unlike[version]:
                self.meant[version] += 1


def tally(pips: Pips, documents: Iterable[bytes]) -> Tally:
    """Read all documents with all pips and with hashpin. The next ones are made while the pips read."""
    counted = Tally()
    batches = _batches(iter(documents))
    batch = next(batches, [])
    while batch:
        readings = pips.ask(batch)
        following = next(batches, [])
        for data, by_version in zip(batch, readings(), strict=True):
            counted.add(compare(data, by_version, of_bytes(data)), pips.versions)
        batch = following
    return counted


def _batches(documents: Iterator[bytes]) -> Iterator[list[bytes]]:
    while batch := list(islice(documents, _AT_ONCE)):
        yield batch
