"""The release was yanked.

## What it is
Its authors marked the release as one that should not be used (PEP 592), often
with a reason. pip still installs it where it is pinned by `==`.

## Why it is bad
It was yanked for something: a broken wheel, a bug, a security hole.

## What the fix does
None: which version to take instead is your choice.
"""

from __future__ import annotations

from collections.abc import Iterator

from hashpin.judgement import finding
from hashpin.model import Evidence, Finding, Release, Rule, Severity

RULE = Rule("yanked-release", Severity.WARNING, "a release that its authors withdrew")


def check(evidence: Evidence) -> Iterator[Finding]:
    for _, judgement in evidence.pins:
        answer = judgement.answer
        if isinstance(answer, Release) and (reason := answer.yanked) is not None:
            pin = judgement.pin
            because = f": {reason}" if reason else ", without a reason"
            yield finding(
                RULE,
                judgement,
                f"{pin.name} {pin.version} was yanked{because}",
                "take another version, and lock the file again",
            )
