"""Which pins a change gave another version, of which of their files it matters who published them, and what is known.

Sources: PEP 740 and PyPI's integrity API, see `hashpin.indexes.integrity`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from packaging.utils import NormalizedName

from hashpin import versions
from hashpin.model import (
    DistributionFile,
    Evidence,
    Judgement,
    LockFile,
    Packaging,
    Pin,
    Publisher,
    Release,
    ReleaseKey,
)

# A release is published at one go as a rule: a few of its files speak for it.
_SDISTS, _WHEELS = 1, 2


@dataclass(frozen=True, slots=True)
class Change:
    """A pin with hashes whose version its file did not pin before, and the pin in whose place it stands."""

    pin: Pin
    former: Pin


@dataclass(frozen=True, slots=True)
class Comparison:
    """Who published some files of a release, and of the one that was pinned before; what is unknown is left out."""

    judgement: Judgement
    former: Pin
    before: Mapping[str, tuple[Publisher, ...]]
    """By file name; empty for a file without attestations."""
    now: Mapping[str, tuple[Publisher, ...]]


def changes(file: LockFile, before: LockFile) -> Iterator[Change]:
    """The pins of a file that got another version. Of several pins of one project the marker tells which is which."""
    known: set[tuple[NormalizedName, str]] = set()
    first: dict[NormalizedName, Pin] = {}
    alike: dict[tuple[NormalizedName, str], Pin] = {}
    for pin in before.pins:
        known.add((pin.name, versions.key(pin.version)))
        first.setdefault(pin.name, pin)
        alike.setdefault((pin.name, str(pin.requirement.marker)), pin)
    for pin in file.pins:
        if pin.hashes and pin.name in first and (pin.name, versions.key(pin.version)) not in known:
            yield Change(pin, alike.get((pin.name, str(pin.requirement.marker)), first[pin.name]))


def sample(pin: Pin, release: Release) -> tuple[DistributionFile, ...]:
    """The files to ask about: of those that the pin lists, or of all where it is not known to list one."""
    digests = {option.digest for option in pin.hashes}
    listed = [file for file in release.installable if digests.intersection(file.digests)]
    files = sorted(listed or release.installable, key=lambda file: file.filename)
    sdists = [file for file in files if file.packaging is Packaging.SDIST]
    wheels = [file for file in files if file.packaging is Packaging.WHEEL]
    return (*sdists[:_SDISTS], *wheels[:_WHEELS])


def comparisons(evidence: Evidence) -> Iterator[Comparison]:
    """What is known of each change in a tree."""
    if not evidence.before or not evidence.publishers:
        return
    known: dict[ReleaseKey, dict[str, tuple[Publisher, ...]]] = {}
    for (key, filename), answer in evidence.publishers.items():
        if isinstance(answer, tuple):
            known.setdefault(key, {})[filename] = answer
    for member in evidence.members:
        path = member.file.source.path
        if path in evidence.before:
            judged = {judgement.pin.span: judgement for judgement in evidence.judgements[path]}
            for change in changes(member.file, evidence.before[path]):
                sides = (known.get(ReleaseKey(pin.name, pin.version), {}) for pin in (change.former, change.pin))
                yield Comparison(judged[change.pin.span], change.former, *sides)


def vouched(publishers: tuple[Publisher, ...]) -> tuple[Publisher, ...]:
    """Those of the publishers whose signatures hold, or were not looked at."""
    return tuple(publisher for publisher in publishers if publisher.failure is None)
