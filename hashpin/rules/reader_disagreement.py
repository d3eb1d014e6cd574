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

from hashpin.model import Direct, Evidence, Finding, Include, Kind, LockFile, Pin, Reach, Rule, Severity, Unpinned
from hashpin.text import Span
from hashpin.wording import shortened

RULE = Rule("reader-disagreement", Severity.WARNING, "a line that pip and uv, or two versions of pip, read otherwise")


def check(evidence: Evidence) -> Iterator[Finding]:
    for member in evidence.members:
        path = member.file.source.path
        for entry in member.file.disagreements:
            severity = Severity.NOTE if entry.minor else RULE.severity
            yield Finding(RULE, severity, path, entry.span, entry.reading, entry.advice)
        if member.kind is Kind.CONSTRAINTS:
            yield from _of_constraints(member.file)


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
