"""The hash can never match a file.

## What it is
It has too few or too many digits, it is not hexadecimal, it is empty, or it
names no algorithm.

## Why it is bad
pip takes most of these without a word, and no file will ever have such a
digest. If it was the only hash, pip cannot install the requirement.

## What the fix does
Where the digits are the first ones of a file of this release, or begin with all
of them, it corrects them: safe. Else it drops the hash while a right one remains: safe too. Where none
remains, listing the files of the release is unsafe: nobody knows what was meant.
"""

from __future__ import annotations

from collections.abc import Iterator

from hashpin.judgement import finding
from hashpin.model import Digest, Evidence, Finding, Judgement, Rule, Severity, Verdict

RULE = Rule("malformed-hash", Severity.ERROR, "a hash that can never match")


def check(evidence: Evidence) -> Iterator[Finding]:
    for _, judgement in evidence.pins:
        for entry in judgement.having(Verdict.MALFORMED):
            digest = entry.option.digest
            meant = f": it is {entry.file.filename}'s, not copied as it is" if entry.file else ""
            yield finding(
                RULE,
                judgement,
                f"{_shown(digest)} {digest.fault}{meant}",
                _advice(judgement, entry.file is not None),
                span=entry.option.span,
                fix=judgement.fix,
            )
    for path, statement, option in evidence.loose_hashes:
        if option.digest.fault and not option.digest.weak:
            message = f"{_shown(option.digest)} {option.digest.fault}"
            advice = "copy it again from where it came from"
            yield Finding(RULE, RULE.severity, path, option.span, message, advice, statement.name)


def _shown(digest: Digest) -> str:
    return str(digest) if digest.algorithm else digest.value or "an empty value"


def _advice(judgement: Judgement, meant: bool) -> str:
    if not judgement.fix or not judgement.fix.safe:
        return "copy it again from where it came from"
    return f"run hashpin fix to {'correct' if meant else 'drop'} it"
