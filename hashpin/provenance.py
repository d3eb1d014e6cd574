"""Which pins a change gave another version, of which of their files it matters who published them, and what is known.

Sources: PEP 740 and PyPI's integrity API, see `hashpin.indexes.integrity`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from msgspec import Struct
from packaging.utils import NormalizedName

from hashpin import versions
from hashpin.model import (
    DistributionFile,
    Evidence,
    Judgement,
    LockFile,
    NoAnswer,
    Packaging,
    Pin,
    Published,
    Publisher,
    Release,
    ReleaseKey,
    Rule,
    Unchecked,
)

# More files of one release are not asked about. Of the best known projects none comes near.
_MOST = 250
# The hosts of repositories take no account of it.
_ANY_CASE = ("repository",)

ByFile = Mapping[str, tuple[Publisher, ...]]
"""Who published the files of a release, as far as that is known; nobody where a file has no attestations."""


class Change(Struct, frozen=True):
    """A pin with hashes whose version its file did not pin before, and the pin in whose place it stands."""

    pin: Pin
    former: Pin


class Comparison(Struct, frozen=True):
    """Who published some files of a release, and of the one that was pinned before; what is unknown is left out."""

    judgement: Judgement
    former: Pin
    before: ByFile
    now: ByFile

    @property
    def lost(self) -> tuple[str, ...]:
        """The files without attestations in whose place a file with some was published before.

        That is the file of the same tags, or else any of the same packaging, or else any.
        """
        had: dict[str, bool] = {}
        for filename, publishers in self.before.items():
            for place in _places(filename):
                had[place] = had.get(place, False) or bool(vouched(publishers))
        bare = (filename for filename, publishers in self.now.items() if not vouched(publishers))
        return tuple(name for name in bare if next((had[place] for place in _places(name) if place in had), False))


def changes(file: LockFile, before: LockFile) -> Iterator[Change]:
    """The pins of a file that got another version. Of several pins of one project the marker tells which is which."""
    known: set[tuple[NormalizedName, str]] = set()
    first: dict[NormalizedName, Pin] = {}
    alike: dict[tuple[NormalizedName, str], Pin] = {}
    for pin in before.pins:
        known.add((pin.name, versions.key(pin.version)))
        first.setdefault(pin.name, pin)
        alike.setdefault((pin.name, str(pin.marker)), pin)
    for pin in file.pins:
        if pin.hashes and pin.name in first and (pin.name, versions.key(pin.version)) not in known:
            yield Change(pin, alike.get((pin.name, str(pin.marker)), first[pin.name]))


def sample(pin: Pin, release: Release) -> tuple[DistributionFile, ...]:
    """The files by which to tell whether a release has attestations: a source distribution, and wheels wide apart."""
    files = listed(pin, release)
    sdists = [file for file in files if file.packaging is Packaging.SDIST]
    wheels = [file for file in files if file.packaging is Packaging.WHEEL]
    apart = {0, len(wheels) // 2, len(wheels) - 1} if wheels else set()
    return (*sdists[:1], *(wheels[place] for place in sorted(apart)))


def listed(pin: Pin, release: Release) -> tuple[DistributionFile, ...]:
    """The files that a pin may bring: those that it lists, or all where it is not known to list one."""
    digests = {option.digest for option in pin.hashes}
    right = [file for file in release.installable if digests.intersection(file.digests)]
    return tuple(sorted(right or release.installable, key=lambda file: file.filename)[:_MOST])


def counterparts(filenames: Collection[str], release: Release) -> tuple[DistributionFile, ...]:
    """The files of a release in whose places these of another one stand."""
    places = {_places(filename)[0] for filename in filenames}
    found = (file for file in release.installable if _places(file.filename)[0] in places)
    return tuple(sorted(found, key=lambda file: file.filename)[:_MOST])


def doubtful(before: ByFile, now: ByFile) -> frozenset[str]:
    """The new files that nobody published of whom the former ones tell so far."""
    told = {identity(publisher) for publishers in before.values() for publisher in vouched(publishers)}
    identities = {name: {identity(publisher) for publisher in vouched(found)} for name, found in now.items()}
    return frozenset(name for name, found in identities.items() if not found or found - told)


def known(publishers: Mapping[tuple[ReleaseKey, str], Published]) -> Mapping[ReleaseKey, ByFile]:
    """What is known, by release; the files in the order of their names."""
    found: dict[ReleaseKey, dict[str, tuple[Publisher, ...]]] = {}
    for (key, filename), answer in sorted(publishers.items(), key=lambda entry: entry[0][1]):
        if isinstance(answer, tuple):
            found.setdefault(key, {})[filename] = answer
    return found


def comparisons(evidence: Evidence) -> Iterator[Comparison]:
    """What is known of each change in a tree."""
    for judgement, former in _changed(evidence) if evidence.publishers else ():
        sides = (_published(evidence, _key(pin)) for pin in (former, judgement.pin))
        yield Comparison(judgement, former, *(_known(side) for side in sides))


def owed(evidence: Evidence, rule: Rule) -> Iterator[Unchecked]:
    """The pins that a rule cannot compare, or not wholly, since the index did not answer."""
    if evidence.policy.severities.get(rule.name, rule.severity) is None:
        return
    for judgement, former in _changed(evidence):
        pin = judgement.pin
        reason = _unanswered(evidence, _key(former)) or _unanswered(evidence, _key(pin))
        if reason is not None and isinstance(judgement.answer, Release):
            said = f"who published its files is not known: {reason}"
            yield Unchecked(judgement.path, said, pin.place, pin.name, pin.version, rule.name)


def _published(evidence: Evidence, key: ReleaseKey) -> Mapping[str, Published]:
    """What was answered of a release's files, in the order of their names."""
    release = evidence.releases.get(key)
    names = sorted(file.filename for file in release.files) if isinstance(release, Release) else ()
    answers = ((name, evidence.publishers.get((key, name))) for name in names)
    return {name: answer for name, answer in answers if answer is not None}


def _known(answers: Mapping[str, Published]) -> ByFile:
    return {name: answer for name, answer in answers.items() if isinstance(answer, tuple)}


def _unanswered(evidence: Evidence, key: ReleaseKey) -> str | None:
    """Why it is not known of a release who published it, or one of its files."""
    answers = (evidence.releases.get(key), *_published(evidence, key).values())
    return next((answer.reason for answer in answers if isinstance(answer, NoAnswer)), None)


def _changed(evidence: Evidence) -> Iterator[tuple[Judgement, Pin]]:
    """The changes in a tree: each pin's judgement, and the pin in whose place it stands."""
    before = evidence.before or {}
    for member in evidence.members:
        path = member.file.source.path
        if path in before:
            judged = {judgement.pin.span: judgement for judgement in evidence.judgements[path]}
            for change in changes(member.file, before[path]):
                yield judged[change.pin.span], change.former


def _key(pin: Pin) -> ReleaseKey:
    return ReleaseKey(pin.name, pin.version)


def _places(filename: str) -> tuple[str, str, str]:
    """What a file is beside the others of its release, from the narrowest to the widest."""
    if filename.lower().endswith(".whl"):
        return "-".join(filename.lower().split("-")[-3:]), "a wheel", "a file"
    return "an sdist", "an sdist", "a file"


def vouched(publishers: tuple[Publisher, ...]) -> tuple[Publisher, ...]:
    """Those of the publishers whose signatures hold, or were not looked at."""
    return tuple(publisher for publisher in publishers if publisher.failure is None)


def identity(publisher: Publisher) -> object:
    """What names a publisher."""
    claims = ((name, value.casefold() if name in _ANY_CASE else value) for name, value in publisher.claims)
    return publisher.kind, tuple(claims)
