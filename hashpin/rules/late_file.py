"""A listed file was uploaded long after its release.

## What it is
The pin lists a file that came to the index more than 14 days after the first
file of its release.

## Why it is bad
It need not be: wheels for a new Python come so. But whoever takes over a project,
or its uploads, can add a file to a release that everybody trusts already.

## What the fix does
None. The file is the index's own. Look whether the project tells of it; drop the
hash if you do not need the file.
"""

from __future__ import annotations

from collections.abc import Iterator

from hashpin import ages
from hashpin.judgement import finding
from hashpin.model import Evidence, Finding, Rule, Severity
from hashpin.wording import plural, shortened

RULE = Rule("late-file", Severity.NOTE, "a listed file that was uploaded long after its release")

_NAMED = 3


def check(evidence: Evidence) -> Iterator[Finding]:
    for _, judgement in evidence.pins:
        if entries := ages.late(judgement):
            names = [
                f"{shortened(entry.file.filename)} ({ages.when([entry.file])}, {entry.days} days after the release)"
                for entry in entries[:_NAMED]
            ]
            more = [f"{len(entries) - _NAMED} more"] if len(entries) > _NAMED else []
            yield finding(
                RULE,
                judgement,
                f"lists {plural(len(entries), 'file')} that came late: {', '.join([*names, *more])}",
                "look whether the project tells why; drop the hash of what you do not need",
            )
