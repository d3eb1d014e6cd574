"""Wheels are published, but only the hashes of source distributions are listed.

## What it is
Each hash of the pin is of a source distribution, and the release has wheels that
pip may take. Where all of them were uploaded over 14 days after the release, that is
a note: its author saw none. Where the whole file lists no such wheel, it is one note
for the file: its author means it. Where `--only-binary` is in force for the project, pip
takes none of the listed files, and nothing can be installed: an error. A pin whose
release has no wheel is not meant, nor one that `--no-binary` holds to source
distributions.

## Why it is bad
To install a source distribution pip runs the build code in it, with what that
downloads to build, of which no hash is checked. It takes longer, needs compilers,
and may end in other files on every machine.

## What the fix does
It lists the wheels that came within 14 days of the release: safe. Wheels that were
uploaded later are listed by `--unsafe-fixes` alone. The pattern of a whole file is
not broken, but where `--only-binary :all:` makes it of no use; where that names the
project alone, `--unsafe-fixes` breaks it. With `--coverage all` all wheels are listed:
safe, since you have asked for it by name; with `keep` none is. What `--min-age` finds
too young is never listed, nothing is taken away, and beside a hash that nobody
explains adding is unsafe.
"""

from __future__ import annotations

from collections.abc import Iterator

from hashpin import covering, format_control
from hashpin.format_control import FormatControl
from hashpin.judgement import UNVOUCHED, finding
from hashpin.model import (
    Evidence,
    Finding,
    Gap,
    Judgement,
    MissingFile,
    Packaging,
    Policy,
    Release,
    Rule,
    Severity,
)
from hashpin.wording import plural

RULE = Rule("source-only-hashes", Severity.WARNING, "only source distributions are listed, though there are wheels")


# Wheels that the author of the pin may have seen; where all came later, what is listed was all there was.
_SEEN = frozenset({Gap.WITH_RELEASE, Gap.UNDATED})


def check(evidence: Evidence) -> Iterator[Finding]:
    control = format_control.of_tree(evidence.tree)
    for member in covering.members(evidence, control):
        by_habit: list[Judgement] = []
        for judgement in evidence.judgements[member.file.source.path]:
            if not _sources_alone(judgement):
                continue
            allowed = control.allowed(judgement.pin.name)
            if Packaging.SDIST not in allowed:
                yield _useless(judgement, evidence.policy, control)
            elif judgement.having(*UNVOUCHED):  # those have to be looked at first, and weigh more
                continue
            elif Packaging.WHEEL in allowed and (gaps := _gaps(judgement)):
                if gaps == {Gap.PATTERN}:
                    by_habit.append(judgement)
                else:
                    yield _building(judgement, gaps, evidence.policy)
        if by_habit:
            yield _of_file(member.file.source.path, by_habit)


def _sources_alone(judgement: Judgement) -> bool:
    if not (judgement.pin.hashes and covering.known(judgement)):
        return False
    return {file.packaging for file in covering.listed(judgement)} == {Packaging.SDIST}


def _missing(judgement: Judgement) -> list[MissingFile]:
    return [entry for entry in judgement.missing if entry.file.packaging is Packaging.WHEEL]


def _gaps(judgement: Judgement) -> set[Gap]:
    """Why the wheels of the release are not listed."""
    return {entry.gap for entry in _missing(judgement)}


def _wheels(judgement: Judgement) -> str:
    release = judgement.answer
    files = release.files if isinstance(release, Release) else ()
    return plural(sum(file.packaging is Packaging.WHEEL for file in files), "wheel")


def _building(judgement: Judgement, gaps: set[Gap], policy: Policy) -> Finding:
    wheels = (entry for entry in _missing(judgement) if entry.gap is not Gap.PATTERN)
    offer = covering.offer(judgement, policy, wheels, otherwise="nothing, if that is meant")
    return finding(
        RULE,
        judgement,
        f"lists source distributions alone, so that installing runs build code; the release has {_wheels(judgement)}",
        offer.advice,
        severity=None if gaps & _SEEN else Severity.NOTE,
        fix=offer.fix,
    )


def _useless(judgement: Judgement, policy: Policy, control: FormatControl) -> Finding:
    otherwise = "the release has no such wheel: pin another version, or take it out of --only-binary"
    offer = covering.offer(judgement, policy, _missing(judgement), control.for_all, otherwise=otherwise)
    return finding(
        RULE,
        judgement,
        "lists source distributions alone, of which --only-binary lets pip take none: it cannot be installed",
        offer.advice,
        severity=Severity.ERROR,
        fix=offer.fix,
    )


def _of_file(path: str, judgements: list[Judgement]) -> Finding:
    count = len(judgements)
    return Finding(
        RULE,
        Severity.NOTE,
        path,
        judgements[0].pin.place,
        f"{plural(count, 'pin')} with source distributions alone, though there are wheels that this file leaves out: "
        "installing runs build code",
        "nothing, if that is meant: --no-binary in the file says so; else lock the file again with all hashes",
        of_file=True,
    )
