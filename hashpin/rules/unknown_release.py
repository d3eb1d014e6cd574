"""The index has the project, but not this release.

## What it is
No file of this version is on the index: it was never there, it was deleted, or
it is on another index (local versions such as `2.1.0+cpu` always are).

## Why it is bad
pip cannot install it from here, and none of its hashes can be verified. In a
file without hashes, or used as constraints, such lines are often meant so: then
it is a note.

## What the fix does
None: which version to take instead is your choice.
"""

from __future__ import annotations

from collections.abc import Iterator

from hashpin.judgement import finding
from hashpin.model import Evidence, Finding, Kind, NoSuchRelease, Rule, Severity

RULE = Rule("unknown-release", Severity.ERROR, "a version that the index does not have")


def check(evidence: Evidence) -> Iterator[Finding]:
    for member, judgement in evidence.pins:
        if isinstance(judgement.answer, NoSuchRelease):
            pinned_only = member.kind is Kind.CONSTRAINTS or not member.file.has_hashes
            harmless = pinned_only and not judgement.pin.hashes  # a hash lets a file through, wherever it stands
            yield finding(
                RULE,
                judgement,
                f"the index has {judgement.pin.name}, but no version {judgement.pin.version}",
                "pin a version that is there, or name the index that has this one with --extra-index-url",
                severity=Severity.NOTE if harmless else None,
            )
