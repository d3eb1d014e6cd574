"""In hash mode, a requirement that cannot have a hash.

## What it is
A version control address, an editable project or a local path in a tree where
pip checks hashes.

## Why it is bad
There is no single file to hash, so pip refuses to install it in hash mode. Where
only `--require-hashes` of hashpin asks for hashes, pip is not in hash mode and
installs it unverified: then it is an error.

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
                # Where the user alone asks for hashes, pip does not stop here: it installs what nothing verifies.
                refused = evidence.tree.hash_mode
                what = "which pip refuses in hash mode" if refused else "which cannot have the hash that is asked for"
                yield Finding(
                    RULE,
                    RULE.severity if refused else Severity.ERROR,
                    file.source.path,
                    statement.place,
                    f"{statement.text} is {statement.reach.value}, {what}",
                    "move it to a file of its own, or replace it by a release",
                    statement.name,
                )
