"""pip drops this hash.

## What it is
A `--hash` that belongs to no requirement: the line above lacks its backslash,
or a comment or a blank line stands inside the continuation and ends it.

## Why it is bad
pip only warns. The requirement is then checked against fewer hashes than you
see, and if it loses all of them, hash mode may be off and the install is not
verified at all.

## What the fix does
It joins the lines again, moving the comment above the requirement: safe where
every hash is of the release that is pinned.
"""

from __future__ import annotations

from collections.abc import Iterator

from hashpin.judgement import UNVOUCHED, finding
from hashpin.model import Evidence, Finding, HashOption, Judgement, Orphan, Pin, Rule, Severity
from hashpin.text import Span
from hashpin.wording import plural

RULE = Rule("orphan-hash", Severity.ERROR, "a hash that pip drops")


def check(evidence: Evidence) -> Iterator[Finding]:
    for member, judgement in evidence.pins:
        if strays := judgement.pin.strays:
            yield finding(
                RULE,
                judgement,
                f"{_dropped(strays)}: {_why(member.file.source.text, judgement.pin)} {judgement.pin.name}",
                _advice(judgement),
                span=_over(strays),
                fix=judgement.fix,
            )
    for member in evidence.members:
        for statement in member.file.statements:
            if isinstance(statement, Orphan):
                yield Finding(
                    RULE,
                    RULE.severity,
                    member.file.source.path,
                    _over(statement.hashes),
                    f"{_dropped(statement.hashes)}: no requirement stands before",
                    "remove the line, or put it behind the requirement that it belongs to",
                )


def _why(text: str, pin: Pin) -> str:
    """What ends a pin's lines too early: the last of them."""
    last = pin.span.of(text).splitlines()[-1].strip()
    if last.startswith("#"):
        return "a comment ends the lines of"
    return "no backslash ends the last line of" if last else "a blank line ends the lines of"


def _advice(judgement: Judgement) -> str:
    if judgement.fix and judgement.fix.safe:
        return "run hashpin fix to mend the lines"
    if judgement.having(*UNVOUCHED):
        return "find out where the unknown hashes came from before you join the lines"
    return "put a backslash at the end of every line but the last, and no comment or blank line between"


def _dropped(hashes: tuple[HashOption, ...]) -> str:
    return "pip drops this hash" if len(hashes) == 1 else f"pip drops these {plural(len(hashes), 'hash')}"


def _over(hashes: tuple[HashOption, ...]) -> Span:
    return Span(hashes[0].span.start, hashes[-1].span.end)
