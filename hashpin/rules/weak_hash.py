"""The hash uses an algorithm that pip refuses.

## What it is
pip takes `sha256`, `sha384` and `sha512`, in lower case. This is another one,
such as md5 or sha1.

## Why it is bad
pip refuses the whole file because of it. Other tools may accept it, and md5 and
sha1 can be forged.

## What the fix does
It drops the hash while a right one remains: safe. Where none remains, listing
the files of the release is unsafe: nobody has verified which file was meant.
"""

from __future__ import annotations

from collections.abc import Iterator

from hashpin.judgement import finding
from hashpin.model import STRONG_ALGORITHMS, Digest, Evidence, Finding, Rule, Severity, Verdict

RULE = Rule("weak-hash", Severity.ERROR, "a hash of an algorithm that pip refuses")


def check(evidence: Evidence) -> Iterator[Finding]:
    for _, judgement in evidence.pins:
        for entry in judgement.having(Verdict.WEAK):
            yield finding(
                RULE,
                judgement,
                _message(entry.option.digest),
                "run hashpin fix to drop it" if judgement.fix and judgement.fix.safe else _ADVICE,
                span=entry.option.span,
                fix=judgement.fix,
            )
    for path, statement, option in evidence.loose_hashes:
        if option.digest.weak:
            yield Finding(RULE, RULE.severity, path, option.span, _message(option.digest), _ADVICE, statement.name)


_ADVICE = "use sha256"


def _message(digest: Digest) -> str:
    case = " in this spelling" if digest.algorithm.lower() in STRONG_ALGORITHMS else ""
    return f"{digest.algorithm} is no algorithm that pip takes{case}, so pip refuses the whole file"
