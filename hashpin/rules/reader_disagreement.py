"""Not every installer reads this line alike.

## What it is
A line that pip and uv, or two versions of pip, read otherwise: one refuses what
the other takes, or takes something else from it.

## Why it is bad
What was reviewed and tested with one of them is not what the other installs.
hashpin judges by the reading of the newest pip, and by the stricter one where
versions of pip differ.

## What the fix does
None. The message says who reads what, the advice how to write it so that all
read the same.
"""

from __future__ import annotations

from collections.abc import Iterator

from packaging.utils import parse_sdist_filename

from hashpin import wheel_names
from hashpin.judgement import finding
from hashpin.model import (
    Direct,
    DistributionFile,
    Evidence,
    Finding,
    GlobalOptions,
    Include,
    Judgement,
    Kind,
    LockFile,
    Packaging,
    Pin,
    Reach,
    Release,
    Rule,
    Severity,
    Unpinned,
)
from hashpin.text import Span
from hashpin.wording import shortened

RULE = Rule("reader-disagreement", Severity.WARNING, "a line that pip and uv, or two versions of pip, read otherwise")

# Of the options in a constraints file uv obeys --require-hashes alone.
_IGNORED_BY_UV = frozenset(
    {"--index-url", "--extra-index-url", "--find-links", "--no-index", "--only-binary", "--no-binary"}
)


def check(evidence: Evidence) -> Iterator[Finding]:
    for member in evidence.members:
        path = member.file.source.path
        for entry in member.file.disagreements:
            severity = Severity.NOTE if entry.minor else RULE.severity
            yield Finding(RULE, severity, path, entry.span, entry.reading, entry.advice)
        if member.kind is Kind.CONSTRAINTS:
            yield from _of_constraints(member.file)
    for _, judgement in evidence.pins:
        if spelled := _spelled_otherwise(judgement):
            yield finding(
                RULE,
                judgement,
                f"pip compares === letter by letter and finds no file, since the files are of {spelled}; uv takes them",
                "use ==, or spell the version as the files do",
            )


def _spelled_otherwise(judgement: Judgement) -> str | None:
    """How the files of a release that is pinned by ``===`` spell its version, where the pin spells it otherwise."""
    if "===" not in judgement.pin.text or not isinstance(judgement.answer, Release):
        return None
    arbitrary = [clause.version for clause in judgement.pin.requirement.specifier if clause.operator == "==="]
    if not arbitrary:
        return None
    spelled = {_version(file) for file in judgement.answer.installable}
    if not spelled or None in spelled or any(text.lower() in spelled for text in arbitrary):
        return None
    return " and ".join(sorted(filter(None, spelled)))


def _version(file: DistributionFile) -> str | None:
    """The version in a file's name as pip compares it; None where the name is an old one."""
    if file.packaging is Packaging.WHEEL:
        wheel = wheel_names.parsed(file.filename)
        return str(wheel[1]).lower() if wheel else None
    try:
        return str(parse_sdist_filename(file.filename)[1]).lower()
    except ValueError:  # InvalidSdistFilename, or a number without end
        return None


def _of_constraints(file: LockFile) -> Iterator[Finding]:
    """What readers disagree on because the file stands for constraints."""
    for span, reading, advice in _constraints(file):
        yield Finding(RULE, RULE.severity, file.source.path, span, reading, advice)


def _constraints(file: LockFile) -> Iterator[tuple[Span, str, str]]:
    hashed = next((statement for statement in file.statements if isinstance(statement, Pin) and statement.hashes), None)
    if hashed:
        yield (
            hashed.hashes[0].span,
            "a hash in a constraints file: pip from 26.1 on checks by it, older pip stops, uv ignores it",
            "put the hashes behind the requirements",
        )
    for statement in file.statements:
        match statement:
            case Include(Kind.REQUIREMENTS, target):
                yield (
                    statement.span,
                    f"-r {shortened(target)} in a constraints file: pip installs what it names, uv does not",
                    "include it by -c here, or by -r in a requirements file",
                )
            case GlobalOptions(options) if ignored := [name for name, _ in options if name in _IGNORED_BY_UV]:
                yield (
                    statement.span,
                    f"{', '.join(ignored)} in a constraints file: pip obeys, uv ignores it",
                    "put it in a requirements file",
                )
            case Pin() | Unpinned() if statement.requirement.extras:
                yield (
                    statement.place,
                    "a constraint with extras: pip refuses it, uv takes it without them",
                    "remove the extras",
                )
            case Direct(name=None, reach=Reach.ARCHIVE | Reach.VCS):
                yield (
                    statement.place,
                    "a constraint without a name: pip takes it, uv refuses it",
                    "write NAME @ before the address",
                )
            case _:
                pass
