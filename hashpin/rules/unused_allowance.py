"""An allowance that allows nothing.

## What it is
`# hashpin: allow[rule] reason` beside a requirement that has no such finding,
without a reason, with a rule that does not exist, or on a line of its own; or an
entry of the configuration for a project that has no such finding. In a pull
request, also every one that the workflow does not trust.

## Why it is bad
What was once allowed would go through again without a word, for another reason.

## What the fix does
None: remove the allowance, or correct it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hashpin.model import Finding, Rule, Severity, UnusedAllowance

RULE = Rule("unused-allowance", Severity.NOTE, "an allowance that allows nothing")


def check(unused: Iterable[UnusedAllowance]) -> Iterator[Finding]:
    """Unlike the other rules' it is asked last, when all findings are known."""
    for entry in unused:
        advice = (
            "nothing, if it is right: it counts on a push" if "trust-config" in entry.reason else "correct or remove it"
        )
        yield Finding(RULE, RULE.severity, entry.path, entry.span, f"this allowance {entry.reason}", advice)
