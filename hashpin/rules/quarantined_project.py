"""The index holds the project back.

## What it is
The index's administrators quarantined the project (PEP 792): it serves none of
its files, usually while they look into malware.

## Why it is bad
What you have pinned may be what they look into.

## What the fix does
None. Find out what happened before you install it again.
"""

from __future__ import annotations

from collections.abc import Iterator

from hashpin.judgement import finding
from hashpin.model import Evidence, Finding, Quarantined, Rule, Severity

RULE = Rule("quarantined-project", Severity.ERROR, "a project that the index holds back")


def check(evidence: Evidence) -> Iterator[Finding]:
    for _, judgement in evidence.pins:
        if isinstance(judgement.answer, Quarantined):
            reason = judgement.answer.reason
            because = f": {reason}" if reason else ""
            yield finding(
                RULE,
                judgement,
                f"the index has put {judgement.pin.name} under quarantine{because}",
                "do not install it; look for the project's own notice of what happened",
            )
