"""The index has no project of this name.

## What it is
Nothing is registered under the name. It is misspelt, it was deleted, or the
project is on another index only.

## Why it is bad
On a public index anybody may register the name today, and pip would install
what they upload. In a file without hashes, or used as constraints, such lines
are often meant so: then it is a note.

## What the fix does
None: only you know what was meant.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, partial

from hashpin import absences
from hashpin.judgement import finding
from hashpin.model import Evidence, Finding, Kind, NoSuchProject, Rule, Severity
from hashpin.named_indexes import untrusted

RULE = Rule("unknown-project", Severity.ERROR, "a project that the index does not have")

_ADVICE = "correct the name, or name the index that has the project with --extra-index-url"


def check(evidence: Evidence) -> Iterator[Finding]:
    named = cache(partial(untrusted, evidence))
    for member, judgement in evidence.pins:
        if isinstance(judgement.answer, NoSuchProject):
            pinned_only = member.kind is Kind.CONSTRAINTS or not member.file.has_hashes
            harmless = pinned_only and not judgement.pin.hashes  # a hash lets a file through, wherever it stands
            why = absences.reason(judgement, named, _ADVICE)
            yield finding(
                RULE,
                judgement,
                f"the index has no project {judgement.pin.name}: a name that anybody may register{why.clause}",
                why.advice,
                severity=Severity.NOTE if harmless else None,
                explanation=why.explanation,
            )
