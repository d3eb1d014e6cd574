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
        if entries := judgement.having(Verdict.REPEATED):
            alone = len(entries) == 1
            by_hand = "remove one of them" if alone else "remove one of each"
            yield finding(
                RULE,
                judgement,
                f"{entries[0].option.digest} is listed twice" if alone else f"{len(entries)} hashes are listed twice",
                "run hashpin fix to keep one" if judgement.fix and judgement.fix.safe else by_hand,
                span=entries[0].option.span,
                fix=judgement.fix,
            )
