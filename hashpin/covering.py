"""What the hashes of a pin cover: the files that pip takes by them, and what to list for a platform that lacks one."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from hashpin import ages
from hashpin.compatibility import Fit, fit
from hashpin.format_control import FormatControl
from hashpin.model import (
    STRONG_ALGORITHMS,
    Digest,
    DistributionFile,
    Evidence,
    Gap,
    Judgement,
    Member,
    MissingFile,
    NoAnswer,
    NoDigest,
    Packaging,
    Pin,
    Platform,
    Policy,
    Release,
    SetHashes,
    Source,
    Unchecked,
    Verdict,
)
from hashpin.wording import plural

# With any other verdict, what that one's rule says comes first: its correction may change what is listed.
_PLAIN = frozenset({Verdict.RIGHT, Verdict.NOT_INSTALLABLE, Verdict.REPEATED})


def settled(judgement: Judgement) -> bool:
    """Whether the index has the release, and nothing is left to say of the hashes themselves."""
    return (
        isinstance(judgement.answer, Release)
        and not judgement.pin.lost
        and all(entry.verdict in _PLAIN for entry in judgement.hashes)
    )


def listed(judgement: Judgement) -> tuple[DistributionFile, ...]:
    """The files that pip takes by the hashes of a pin; without hashes it takes any that the release has."""
    if not isinstance(judgement.answer, Release):
        return ()
    release, pin = judgement.answer, judgement.pin
    if not pin.hashes and not pin.lost:
        return release.installable
    right = [entry for entry in judgement.having(Verdict.RIGHT) if not entry.lost]
    digests = {entry.option.digest for entry in right}
    # The same bytes may stand under two names.
    same = [file for file in release.installable if not digests.isdisjoint(file.digests)]
    return tuple({file.filename: file for file in (*(entry.file for entry in right if entry.file), *same)}.values())


def members(evidence: Evidence, control: FormatControl) -> tuple[Member, ...]:
    """The files to judge in a tree: all of them where it has options on the kinds of files, which no other tree has."""
    return evidence.tree.members if control else evidence.members


def additions(
    judgement: Judgement, policy: Policy, entries: Iterable[MissingFile], asked: frozenset[Packaging]
) -> SetHashes | None:
    """The wish for some of the missing files: for the safe ones, where there are any.

    Safe are those that came with the release, unless the whole file leaves such
    files out and has not been asked for their kind: one that lists wheels alone
    must not gain source distributions for all its pins, because one pin needs it.
    """
    if not isinstance(judgement.answer, Release):
        return None
    first = ages.first_upload(judgement.answer)
    wanted = [entry for entry in entries if ages.old_enough(entry.file, policy.young_since)]
    safe = [
        entry
        for entry in wanted
        if entry.file.uploaded and not ages.is_late(entry.file, first)
        if entry.gap is not Gap.PATTERN or entry.file.packaging in asked
    ]
    right = [entry.option.digest for entry in judgement.having(Verdict.RIGHT)]
    new = [_digest(entry.file, right) for entry in safe or wanted]
    return SetHashes(judgement.path, judgement.pin, frozenset((*right, *new)), bool(safe)) if new else None


def advice(fix: SetHashes | None, otherwise: str) -> str:
    """The next step where such a wish is there, and where it is not."""
    if fix is None:
        return otherwise
    files = plural(len(fix.digests - {option.digest for option in fix.pin.hashes}), "file")
    if fix.safe:
        return f"run hashpin fix: it adds {files} that came with the release"
    return f"look at the files of the release: hashpin fix --unsafe-fixes adds {files}"


def _digest(file: DistributionFile, beside: Iterable[Digest]) -> Digest:
    """The digest of a missing file in the algorithm that its pin uses, where the index has it."""
    preferred = [digest.algorithm for digest in beside] + list(STRONG_ALGORITHMS)
    usable = (digest for digest in file.digests if digest.algorithm in STRONG_ALGORITHMS and digest.fault is None)
    return min(usable, key=lambda digest: preferred.index(digest.algorithm))


# --- the table -------------------------------------------------------------


class Cell(enum.Enum):
    """What pip can install of a pin on a platform."""

    WHEEL = "wheel"
    SDIST = "sdist"
    """A source distribution alone: installing builds code."""
    NOTHING = "nothing"
    ELSEWHERE = "elsewhere"
    """Its marker leaves the platform out."""
    UNKNOWN = "unknown"
    """It could not be judged."""


@dataclass(frozen=True, slots=True)
class Row:
    """A pin with a cell for each platform."""

    path: str
    pin: Pin
    listed: bool
    """Whether it has hashes; else the row says what the release itself offers."""
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """What hashpin coverage finds."""

    platforms: tuple[Platform, ...]
    rows: tuple[Row, ...]
    """By file and place."""
    unpinned: int
    """The requirements of these files that are no pin: nothing is said of them."""
    unchecked: tuple[Unchecked, ...] = ()
    sources: Mapping[str, Source] = field(default_factory=dict)
    """The files that are spoken of, by path."""


def cells(judgement: Judgement, platforms: Iterable[Platform], control: FormatControl) -> Iterator[Cell]:
    """What a pin covers in a tree with these options on the kinds of files."""
    pin, files = judgement.pin, listed(judgement)
    unknown = isinstance(judgement.answer, (NoAnswer, NoDigest)) or bool(judgement.having(Verdict.UNJUDGED))
    for platform in platforms:
        found = fit(files, pin, platform, control.allowed(pin.name))
        if found is None:
            yield Cell.ELSEWHERE
        elif unknown and found is not Fit.WHEEL:
            yield Cell.UNKNOWN
        else:
            yield Cell(found.value)
