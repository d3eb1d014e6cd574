"""Nothing but the URL vouches for this hash.

## What it is
The hash of a requirement that says where its file is (`name @ https://...`).
No index publishes a digest of it.

## Why it is bad
It need not be: pip checks the file against the hash. But whoever wrote the hash
had only the file at that address to look at, and hashpin cannot say more.

## What the fix does
None.
"""

from __future__ import annotations

from collections.abc import Iterator

from hashpin.model import Direct, Evidence, Finding, Reach, Rule, Severity

RULE = Rule("unvouched-hash", Severity.NOTE, "the hash of a file that no index publishes")


def check(evidence: Evidence) -> Iterator[Finding]:
    for member in evidence.members:
        for statement in member.file.statements:
            if not isinstance(statement, Direct) or statement.reach is Reach.EDITABLE:
                continue
            if statement.hashes or statement.fragment_hash:
                yield Finding(
                    RULE,
                    RULE.severity,
                    member.file.source.path,
                    statement.hashes[0].span if statement.hashes else statement.place,
                    f"only the URL vouches for this hash of {statement.text}",
                    "compare it with what the file's publisher says",
                    statement.name,
                )
