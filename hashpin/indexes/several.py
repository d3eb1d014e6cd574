"""Several indexes asked as one. pip takes files from all of them alike, so what they say is joined.

An answer that one of them owes is no answer of the others: a file may be there.
What a run needs of an index is asked of the one whose file it is.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import reduce
from urllib.parse import urlsplit

from msgspec.structs import replace
from packaging.utils import NormalizedName

from hashpin.indexes.choice import Chosen
from hashpin.model import (
    Answer,
    Digest,
    DistributionFile,
    Index,
    Needs,
    NoAnswer,
    NoSuchProject,
    NoSuchRelease,
    NotOffered,
    Project,
    Published,
    Quarantined,
    Release,
)


class SeveralIndexes:
    """Satisfies `hashpin.model.Index`, by those of the chosen addresses. Safe to use from several threads."""

    def __init__(self, chosen: Chosen, indexes: Mapping[str, Index]) -> None:
        """`indexes` holds one for each of the addresses, by the Simple API's."""
        self._chosen = chosen
        self._indexes = indexes
        self._absent: set[str] = set()
        """The addresses that have said of something that it is not there."""

    def releases(self, name: NormalizedName, versions: Sequence[str]) -> Mapping[str, Answer]:
        """See `hashpin.model.Index`."""
        asked = self._asked(name)
        if isinstance(asked, NoAnswer):
            return dict.fromkeys(versions, asked)
        found = {address: self._indexes[address].releases(name, versions) for address in asked}
        return {
            version: reduce(joined, [self._told(address, answers[version]) for address, answers in found.items()])
            for version in versions
        }

    def at_hand(self, name: NormalizedName, versions: Sequence[str]) -> Mapping[str, Answer]:
        """See `hashpin.model.Index`."""
        asked = self._asked(name)
        found = {} if isinstance(asked, NoAnswer) else {a: self._indexes[a].at_hand(name, versions) for a in asked}
        of_all = [version for version in versions if found and all(version in known for known in found.values())]
        return {
            version: reduce(joined, [self._told(address, known[version]) for address, known in found.items()])
            for version in of_all
        }

    def project(self, name: NormalizedName) -> Project | NoAnswer:
        """See `hashpin.model.Index`."""
        asked = self._asked(name)
        if isinstance(asked, NoAnswer):
            return asked
        whole = Project(name, {})
        for address in asked:
            found = self._indexes[address].project(name)
            if isinstance(found, NoAnswer):
                return NoAnswer(_by(address, found.reason))
            marked = {key: _marked(release, address) for key, release in found.releases.items()}
            whole = Project(name, {**marked, **whole.releases, **_both(whole.releases, marked)})
        return whole

    def is_one(self) -> bool:
        """See `hashpin.model.Index`: each of them that has said of something that it is not there."""
        return all(self._indexes[address].is_one() for address in sorted(self._absent))

    def requires(self, release: Release) -> Needs:
        """See `hashpin.model.Index`."""
        address = next((file.index for file in release.files), "")
        part = replace(release, files=tuple(file for file in release.files if file.index == address))
        if address not in self._indexes:
            return NotOffered("no index has a file")
        found = self._indexes[address].requires(part)
        return NoAnswer(_by(address, found.reason)) if isinstance(found, NoAnswer) else found

    def digests(self, file: DistributionFile, algorithms: Collection[str]) -> tuple[Digest, ...] | NoAnswer:
        """See `hashpin.model.Index`."""
        return self._indexes[file.index].digests(file, algorithms)

    def publishers(self, release: Release, file: DistributionFile) -> Published:
        """See `hashpin.model.Index`."""
        found = self._indexes[file.index].publishers(release, file)
        return NoAnswer(_by(file.index, found.reason)) if isinstance(found, NoAnswer) else found

    def _asked(self, name: NormalizedName) -> Sequence[str] | NoAnswer:
        """The addresses to ask for a project. Not one more: its name may be a secret of the others."""
        binding = self._chosen.binding(name)
        if binding is None:
            return [address.simple for address in self._chosen.common]
        if not binding.trusted:
            what = f"the configuration, which does not count here, binds {name} to {binding.address.simple}"
            return NoAnswer(f"{what}: bind it in the workflow (extra-index-urls: NAME URL)")
        return [binding.address.simple]

    def _told(self, address: str, answer: Answer) -> Answer:
        """An index's answer, marked as its own."""
        match answer:
            case Release():
                return _marked(answer, address)
            case NoAnswer(reason):
                return NoAnswer(_by(address, reason))
            case NoSuchProject() | NoSuchRelease():
                self._absent.add(address)
        return answer


def joined(one: Answer, other: Answer) -> Answer:
    """What two indexes say together. What one of them owes is owed; whoever has a release goes before who has not."""
    match one, other:
        case (NoAnswer(), _):
            return one
        case (_, NoAnswer()):
            return other
        case (Quarantined(), _):  # a private project of the same name has to be bound to its index
            return one
        case (_, Quarantined()):
            return other
        case (Release(), Release()):
            return _union(one, other)
        case (Release(), _) | (_, Release()):
            return one if isinstance(one, Release) else other
    order = (NoSuchRelease, NoSuchProject)  # before them: that a release is there without digests
    return min(one, other, key=lambda answer: order.index(type(answer)) if type(answer) in order else -1)


def _union(one: Release, other: Release) -> Release:
    """The files of both; one that both have is the first one's."""
    known = {(file.filename, file.digests) for file in one.files}
    advisories = {advisory.id: advisory for advisory in (*other.advisories, *one.advisories)}
    return replace(
        one,
        files=(*one.files, *(file for file in other.files if (file.filename, file.digests) not in known)),
        requires_dist=_needs(one, other),
        advisories=tuple(advisories.values()),
        archived=one.archived if one.archived is not None else other.archived,
        told=one.told or other.told,
    )


def _needs(one: Release, other: Release) -> tuple[str, ...] | None:
    """What the files of both need: what one index does not tell, the other one cannot tell for it."""
    if one.requires_dist is None or other.requires_dist is None:
        return None
    return tuple(dict.fromkeys((*one.requires_dist, *other.requires_dist)))


def _both(one: Mapping[str, Release], other: Mapping[str, Release]) -> Mapping[str, Release]:
    return {key: _union(one[key], other[key]) for key in one.keys() & other.keys()}


def _marked(release: Release, address: str) -> Release:
    return replace(release, files=tuple(replace(file, index=address) for file in release.files))


def _by(address: str, reason: str) -> str:
    return f"{urlsplit(address).hostname}: {reason}"
