"""The file names an index of its own.

## What it is
`--index-url`, `--extra-index-url`, `--find-links`, `--no-index` or
`--trusted-host` in a requirements file. pip takes it for everything that it
installs in that run.

## Why it is bad
It need not be: private packages come from somewhere. But hashpin asks the index
that you name (`--index-url`, `--extra-index-url`, the inputs or the configuration),
and never one that only a file names: else a stranger's line could vouch for a
stranger's hash. So what is only on that index is told as unknown.

## What the fix does
None. If you trust the index and the pins come from it, name it with
`--extra-index-url`, or in the action with the input `extra-index-urls`; then this
note goes away.
"""

from __future__ import annotations

from collections.abc import Iterator

from hashpin.model import Evidence, Finding, GlobalOptions, Rule, Severity
from hashpin.named_indexes import is_trusted
from hashpin.wording import shortened

RULE = Rule("file-index", Severity.NOTE, "an index that the file sets for itself")

_OPTIONS = frozenset({"--index-url", "--extra-index-url", "--find-links", "--no-index", "--trusted-host"})

# What names no index.
_ALONE = frozenset({"--no-index", "--trusted-host"})


def check(evidence: Evidence) -> Iterator[Finding]:
    for member in evidence.members:
        for statement in member.file.statements:
            if not isinstance(statement, GlobalOptions):
                continue
            found = [
                f"{name} {value}" if value else name
                for name, value in statement.options
                if name in _OPTIONS and not (value and is_trusted(value, evidence.policy))
            ]
            if found:
                named = any(name not in _ALONE for name, _ in statement.options if name in _OPTIONS)
                yield Finding(
                    RULE,
                    RULE.severity,
                    member.file.source.path,
                    statement.span,
                    f"pip takes {shortened(', '.join(found))} from this file, and hashpin "
                    + ("does not ask there" if named else "asks its own indexes all the same"),
                    "if you trust it and the pins come from it, name it with --extra-index-url (extra-index-urls)"
                    if named
                    else "nothing, if that is meant",
                )
