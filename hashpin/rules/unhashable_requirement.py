"""In hash mode, a requirement that cannot have a hash.

## What it is
A version control address, an editable project or a local path in a tree where
pip checks hashes.

## Why it is bad
There is no single file to hash, so pip refuses to install it in hash mode.

## What the fix does
None. Put such lines into a file of their own that is installed apart, or replace
them by a release.
"""

from __future__ import annotations

from collections.abc import Iterator

from hashpin.model import Direct, Evidence, Finding, Reach, Rule, Severity

RULE = Rule("unhashable-requirement", Severity.WARNING, "a requirement in hash mode that cannot have a hash")


def check(evidence: Evidence) -> Iterator[Finding]:
    if not evidence.hash_mode:
        return
    for file in evidence.requirements:
        for statement in file.statements:
            if isinstance(statement, Direct) and statement.reach is not Reach.ARCHIVE:
                yield Finding(
                    RULE,
                    RULE.severity,
                    file.source.path,
                    statement.place,
                    f"{statement.text} is {statement.reach.value}, which pip refuses in hash mode",
                    "move it to a file of its own, or replace it by a release",
                    statement.name,
                )
