"""The file switches hash checking off.

## What it is
`--no-require-hashes` in a requirements file.

## Why it is bad
pip from 26.2 on obeys it: a hash no longer switches hash mode on, so what has
no hash is installed unverified beside what has one. pip 26.2 and 26.2.1 then
accept a wrong hash, too. Older pip and uv stop at the line.

## What the fix does
None. hashpin goes on judging the file as if the line were not there: remove it,
and move what cannot have a hash to a file of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from hashpin.model import Evidence, Finding, GlobalOptions, Rule, Severity

RULE = Rule("disabled-hash-checking", Severity.ERROR, "an option that switches hash checking off")
_OPTION = "--no-require-hashes"


def check(evidence: Evidence) -> Iterator[Finding]:
    for member in evidence.members:
        for statement in member.file.statements:
            if isinstance(statement, GlobalOptions) and (_OPTION, None) in statement.options:
                yield Finding(
                    RULE,
                    RULE.severity,
                    member.file.source.path,
                    statement.span,
                    f"{_OPTION}: pip from 26.2 on installs what has no hash (26.2 and 26.2.1 also what has a wrong "
                    "one), older pip and uv stop here",
                    "remove the line, and move what cannot have a hash to a file of its own",
                )
