"""The hash can never match a file.

## What it is
It has too few or too many digits, it is not hexadecimal, it is empty, or it
names no algorithm.

## Why it is bad
pip takes most of these without a word, and no file will ever have such a
digest. If it was the only hash, pip cannot install the requirement.

## What the fix does
It drops the hash while a right one remains: safe. Where none remains, listing
the files of the release is unsafe: nobody knows what was meant.
"""

from __future__ import annotations

from collections.abc import Iterator

from hashpin.judgement import finding
from hashpin.model import Evidence, Finding, Rule, Severity, Verdict

RULE = Rule("malformed-hash", Severity.ERROR, "a hash that can never match")


def check(evidence: Evidence) -> Iterator[Finding]:
    for _, judgement in evidence.pins:
        for entry in judgement.having(Verdict.MALFORMED):
            digest = entry.option.digest
            yield finding(
                RULE,
                judgement,
                f"{str(digest) if digest.algorithm else digest.value} {digest.fault}",
                "copy it again, or run hashpin fix to drop it"
                if judgement.fix and judgement.fix.safe
                else "copy it again from where it came from",
                span=entry.option.span,
                fix=judgement.fix,
            )
