"""The included file is not there.

## What it is
`-r` or `-c` names a file that does not exist, seen from the file it stands in.

## Why it is bad
pip stops. What the missing file should pin, nobody checks.

## What the fix does
None.
"""

from __future__ import annotations

from collections.abc import Iterator

from hashpin.model import Break, Evidence, Finding, Rule, Severity

RULE = Rule("missing-include", Severity.ERROR, "an included file that is not there")


def check(evidence: Evidence) -> Iterator[Finding]:
    for broken in evidence.tree.broken:
        if broken.reason is Break.MISSING:
            include = broken.include
            yield Finding(
                RULE,
                RULE.severity,
                broken.path,
                include.span,
                f"{include.kind.value} {include.target} names a file that is not there",
                "correct the path: it counts from the folder of the file it stands in",
            )
