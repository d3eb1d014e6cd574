"""The index has the project, but not this release.

## What it is
No file of this version is on the index: it was never there, it was deleted, or
it is on another index (local versions such as `2.1.0+cpu` always are). Where its
hashes are of another version or of another project of the run, that is told.

## Why it is bad
pip cannot install it from here, and none of its hashes can be verified. In a
file without hashes, or used as constraints, such lines are often meant so: then
it is a note.

## What the fix does
None: which version to take instead is your choice.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, partial

from hashpin import absences
from hashpin.judgement import finding
from hashpin.model import Evidence, Finding, Kind, NoSuchRelease, Rule, Severity
from hashpin.named_indexes import untrusted

RULE = Rule("unknown-release", Severity.ERROR, "a version that the index does not have")

_ADVICE = "pin a version that is there, or name the index that has this one with --extra-index-url"


def check(evidence: Evidence) -> Iterator[Finding]:
    named = cache(partial(untrusted, evidence))
    for member, judgement in evidence.pins:
        if isinstance(judgement.answer, NoSuchRelease):
            pinned_only = member.kind is Kind.CONSTRAINTS or not member.file.has_hashes
            harmless = pinned_only and not judgement.pin.hashes  # a hash lets a file through, wherever it stands
            why = absences.reason(judgement, named, _ADVICE)
            yield finding(
                RULE,
                judgement,
                f"the index has {judgement.pin.name}, but no version {judgement.pin.version}{why.clause}",
                why.advice,
                severity=Severity.NOTE if harmless else None,
                explanation=why.explanation,
            )
