"""pip cannot read this line.

## What it is
A line that is no requirement and no option, or an include that includes itself.

## Why it is bad
pip stops at it and installs nothing of the file.

## What the fix does
None: only you know what was meant.
"""

from __future__ import annotations

from collections.abc import Iterator

from hashpin.model import Break, Evidence, Finding, Rule, Severity, Unreadable

RULE = Rule("unreadable-line", Severity.ERROR, "a line that pip cannot read")


def check(evidence: Evidence) -> Iterator[Finding]:
    for member in evidence.members:
        for statement in member.file.statements:
            if isinstance(statement, Unreadable):
                yield Finding(
                    RULE,
                    RULE.severity,
                    member.file.source.path,
                    statement.span,
                    f"pip cannot read this line: {statement.reason}",
                    "correct the line, or make it a comment",
                )
    for broken in evidence.tree.broken:
        if broken.reason is Break.RECURSIVE:
            yield Finding(
                RULE,
                RULE.severity,
                broken.path,
                broken.include.span,
                f"pip stops here: {broken.include.target} includes itself",
                "remove one of the includes",
            )
