"""In hash mode, a requirement is not pinned to one version.

## What it is
A requirement without `==`, or with `==1.*`, in a tree where pip checks hashes.

## Why it is bad
A hash fits one release only. pip up to 26.0 refuses such a line in hash mode;
from 26.1 on it takes the line when it has a hash, and installs whichever
version that hash happens to fit. hashpin cannot say of which release the hash
should be.

## What the fix does
None: which version to take is your choice.
"""

from __future__ import annotations

from collections.abc import Iterator

from hashpin.model import Evidence, Finding, Kind, Rule, Severity, Unpinned

RULE = Rule("unpinned-requirement", Severity.ERROR, "a requirement in hash mode that leaves the version open")


def check(evidence: Evidence) -> Iterator[Finding]:
    if not evidence.hash_mode:
        return
    for member in evidence.members:
        for statement in member.file.statements:
            # A constraint may leave the version open, but a hash on it is of nobody knows what.
            if isinstance(statement, Unpinned) and (member.kind is Kind.REQUIREMENTS or statement.hashes):
                yield Finding(
                    RULE,
                    RULE.severity,
                    member.file.source.path,
                    statement.place,
                    f"{statement.requirement} is not pinned to one version by ==, which hash mode asks for",
                    "pin it, and lock the file again",
                    statement.name,
                )
