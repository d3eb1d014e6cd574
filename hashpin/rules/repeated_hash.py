"""The same hash twice on one requirement.

## What it is
A digest that the pin lists more than once.

## Why it is bad
It does no harm, but two tools or two people have written here.

## What the fix does
It keeps the first: safe.
"""

from __future__ import annotations

from collections.abc import Iterator

from hashpin.judgement import finding
from hashpin.model import Evidence, Finding, Rule, Severity, Verdict

RULE = Rule("repeated-hash", Severity.NOTE, "a hash that is listed twice")


def check(evidence: Evidence) -> Iterator[Finding]:
    for _, judgement in evidence.pins:
        for entry in judgement.having(Verdict.REPEATED):
            yield finding(
                RULE,
                judgement,
                f"{entry.option.digest} is listed twice",
                "run hashpin fix to keep one" if judgement.fix and judgement.fix.safe else "remove one of them",
                span=entry.option.span,
                fix=judgement.fix,
            )
