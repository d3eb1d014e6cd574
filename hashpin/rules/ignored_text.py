"""pip drops a part of this line without a word.

## What it is
What pip reads and does not take: a second `-r` or `-c` on one line, words behind
an option (`--pre six==1.0`), an option behind a requirement (`six==1.0 -r
a.txt`), a hash behind `-e`, a hash in the fragment of an address with a blank
before it, and a line that the comment above it has taken in,
since that comment ends in a backslash.

## Why it is bad
The file says something that does not happen. Where a hash is lost with it, that
is an error: the requirement is checked against fewer hashes than you see, or
not at all.

## What the fix does
Hashes that a comment has taken in are put back under their requirement, and the
comment moves above it: safe where every hash is of the release that is pinned.
For all else, none.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence

from hashpin.judgement import UNVOUCHED
from hashpin.model import Evidence, Finding, Ignored, Judgement, Loss, Rule, Severity
from hashpin.wording import shortened

RULE = Rule("ignored-text", Severity.WARNING, "what pip drops without a word")

_ADVICE = {
    Loss.INCLUDE: "put it on a line of its own",
    Loss.EDITABLE: "put it on a line of its own",
    Loss.LINKS: "put it on a line of its own",
    Loss.WORDS: "put it on a line of its own, or remove it",
    Loss.OPTION: "put it on a line of its own, or remove it",
    Loss.BESIDE_INCLUDE: "put it on a line of its own, or remove it",
    Loss.HASH: "remove it: an editable requirement cannot have a hash",
    Loss.FRAGMENT: "join it to the address, or write --hash=sha256:...",
    Loss.SWALLOWED: "remove the backslash from the comment, or put the comment on a line of its own above",
}


def check(evidence: Evidence) -> Iterator[Finding]:
    for member in evidence.members:
        judgements = evidence.judgements[member.file.source.path]
        for ignored in member.file.ignored:
            owner = _owner(judgements, ignored)
            fix = owner.fix if owner else None
            yield Finding(
                RULE,
                Severity.ERROR if ignored.has_hash else RULE.severity,
                member.file.source.path,
                ignored.span,
                f"pip drops {shortened(ignored.text)}: {ignored.what.value}",
                _advice(ignored, owner),
                owner.pin.name if owner else None,
                owner.pin.version if owner else None,
                fix=fix,
            )


def _advice(ignored: Ignored, owner: Judgement | None) -> str:
    if owner and owner.fix and owner.fix.safe:
        return "run hashpin fix to put it back"
    if owner and owner.having(*UNVOUCHED):
        return "find out where the unknown hashes came from before you put them back"
    return _ADVICE[ignored.what]


def _owner(judgements: Sequence[Judgement], ignored: Ignored) -> Judgement | None:
    """The judgement of the pin whose hashes these are."""
    if ignored.what is not Loss.SWALLOWED:
        return None
    above = bisect_right(judgements, ignored.span.start, key=lambda judgement: judgement.pin.span.start)
    owner = judgements[above - 1] if above else None
    own = owner and any(ignored.span.start <= option.span.start < ignored.span.end for option in owner.pin.swallowed)
    return owner if own else None
