"""What the hashes of a pin cover: the files that pip takes by them, and what to list for a platform that lacks one."""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterable, Iterator, Mapping

from msgspec import Struct, field

from hashpin import ages
from hashpin.compatibility import Fit, fit
from hashpin.format_control import FormatControl
from hashpin.judgement import UNVOUCHED, digest_of_each, several_indexes
from hashpin.model import (
    Coverage,
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

# Hashes that are of a known file, or of none that the index has. Of any other one nobody can tell whether it is of a
# file that covers.
_COMPARED = frozenset(Verdict) - {Verdict.UNJUDGED, Verdict.MALFORMED, Verdict.WEAK}
_PLAIN = frozenset({Verdict.NOT_INSTALLABLE, Verdict.REPEATED})


def known(judgement: Judgement) -> bool:
    """Whether the index tells which files the hashes of a pin cover.

    Of a pin without a right hash that is worth telling only where no other rule
    has a say: its correction lists other files.
    """
    verdicts = judgement.kinds
    return (
        isinstance(judgement.answer, Release)
        and not judgement.pin.lost
        and verdicts <= _COMPARED
        and (Verdict.RIGHT in verdicts or verdicts <= _PLAIN)
    )


_TAKEN = (Verdict.RIGHT, Verdict.LOCAL_VERSION)


def listed(judgement: Judgement) -> tuple[DistributionFile, ...]:
    """The files that pip takes by the hashes of a pin; without hashes it takes any that the release has.

    Those of a local version are among them: pip's == takes that one as well.
    """
    if not isinstance(judgement.answer, Release):
        return ()
    release, pin = judgement.answer, judgement.pin
    if not pin.hashes and not pin.lost:
        return release.installable
    digests = frozenset(pin.digests)
    taken = [file for file in judgement.hashes.files(_TAKEN, lost=False) if file.installable]
    # The same bytes may stand under two names.
    same = [file for file in release.installable if not digests.isdisjoint(file.digests)]
    return tuple({file.filename: file for file in (*taken, *same)}.values())


def members(evidence: Evidence, control: FormatControl) -> tuple[Member, ...]:
    """The files to judge in a tree: all of them where it has options on the kinds of files, which no other tree has."""
    return evidence.tree.members if control else evidence.members


class Offer(Struct, frozen=True):
    """What can be done about files that a pin does not list."""

    advice: str
    fix: SetHashes | None = None


def offer(
    judgement: Judgement,
    policy: Policy,
    missing: Iterable[MissingFile],
    kinds: Collection[Packaging] = (),
    *,
    by_name: bool = False,
    otherwise: str,
) -> Offer:
    """Whether and how these missing files are added; `otherwise` is what to do where there are none.

    Those that may be added safely are wished for, where there are any. They came
    with the release, and the whole file does not leave such files out or has been
    asked for their `kinds`: one that lists wheels alone must not gain source
    distributions for all its pins, because one pin needs it. With --coverage all
    each file is safe, and with --coverage keep none is added but `by_name`.

    The wish takes away nothing: what the other hashes are, other rules tell.
    """
    entries = list(missing)
    if not entries or not isinstance(judgement.answer, Release):
        return Offer(otherwise)
    if policy.coverage is Coverage.KEEP and not by_name:
        return Offer("add hashes by hand, if that is not meant: --coverage keep adds none")
    wanted = [entry for entry in entries if ages.old_enough(entry.file, policy.young_since)]
    if not wanted:
        return Offer(ages.wait([entry.file for entry in entries], "such file"))
    every = policy.coverage is Coverage.ALL
    meant = wanted if every else [entry for entry in wanted if _meant(entry, judgement.answer, kinds)]
    doubt = _doubt(judgement)
    fix = _with(judgement, meant or wanted, safe=bool(meant) and not doubt)
    files = plural(len(fix.digests - {option.digest for option in fix.pin.hashes}), "file")
    if fix.safe:
        why = ", as --coverage all asks" if every else " that came with the release"
        return Offer(f"run hashpin fix: it adds {files}{why}", fix)
    return Offer(f"{doubt or 'look at the files of the release'}: hashpin fix --unsafe-fixes adds {files}", fix)


def _meant(entry: MissingFile, release: Release, kinds: Collection[Packaging]) -> bool:
    """Whether the author of a pin can have meant a file of its release, or has asked for it."""
    came = entry.file.uploaded is not None and not ages.is_late(entry.file, ages.first_upload(release))
    return came and (entry.gap is not Gap.PATTERN or entry.file.packaging in kinds)


def _doubt(judgement: Judgement) -> str:
    """What to do before anything is added to a pin; empty where nothing is in the way."""
    if judgement.having(*UNVOUCHED):
        return "look at its other hashes first"
    if several_indexes(judgement):
        return "its files are on several indexes, so look whose they are"
    return ""


def _with(judgement: Judgement, entries: Iterable[MissingFile], safe: bool) -> SetHashes:
    stand = frozenset(option.digest for option in judgement.pin.hashes)
    new = digest_of_each(entries, judgement.having(Verdict.RIGHT))
    return SetHashes(judgement.path, judgement.pin, stand | new, safe)


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


class Row(Struct, frozen=True):
    """A pin with a cell for each platform."""

    path: str
    pin: Pin
    listed: bool
    """Whether it has hashes; else the row says what the release itself offers."""
    cells: tuple[Cell, ...]


class Table(Struct, frozen=True):
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
