"""The release has installable files whose hash the pin does not list.

## What it is
The index publishes more wheels or source distributions of this release than the
pin has hashes. They may have come with the release, or later; or the whole file
leaves such files out, by kind (source distributions, wheels), by interpreter or
by platform. The last is said once for the file.

## Why it is bad
It need not be: a pin may list fewer files on purpose. But on a system whose
wheel is not listed pip falls back to the source distribution, which runs build
code, or fails. That is why this is a note.

## What the fix does
It adds the files that came within 14 days of the release, unless the whole file
leaves such files out: safe. Adding what was uploaded later is unsafe, since the
author of the pin cannot have meant it. The pattern of a file is never broken.

`--coverage` changes that: with `keep` nothing is added to a pin that is right, with
`all` every file is, late ones and those that the file leaves out, too: safe, since
you have asked for it by name. What `--min-age` finds too young is never added.
"""

from __future__ import annotations

from collections.abc import Iterator

from hashpin import ages
from hashpin.judgement import UNVOUCHED, finding, several_indexes
from hashpin.model import (
    Coverage,
    Evidence,
    Finding,
    Gap,
    Judgement,
    MissingFile,
    Policy,
    Release,
    Rule,
    Severity,
    Verdict,
)
from hashpin.wording import plural

RULE = Rule("missing-hash", Severity.NOTE, "installable files of the release that are not listed")

_SILENT = (*UNVOUCHED, Verdict.OTHER_VERSION, Verdict.REMOVED)
_KEPT = "nothing: --coverage keep adds nothing to a pin that is right"


def check(evidence: Evidence) -> Iterator[Finding]:
    for member in evidence.members:
        judgements = evidence.judgements[member.file.source.path]
        speaking = [j for j in judgements if j.missing and not j.having(*_SILENT)]
        for judgement in speaking:
            yield from _of_pin(judgement, evidence.policy)
        yield from _of_pattern(member.file.source.path, speaking)


def _of_pin(judgement: Judgement, policy: Policy) -> Iterator[Finding]:
    by_gap: dict[Gap, list[MissingFile]] = {}
    for entry in judgement.missing:
        by_gap.setdefault(entry.gap, []).append(entry)
    aside = _aside(judgement)
    if came := by_gap.get(Gap.WITH_RELEASE):
        yield finding(
            RULE,
            judgement,
            f"does not list {_said(came)}{aside}",
            _KEPT if policy.coverage is Coverage.KEEP else _advice(judgement, "list what came with the release"),
            fix=judgement.fix,
        )
    if later := [_said(by_gap[gap]) for gap in (Gap.LATER, Gap.UNDATED) if gap in by_gap]:
        yield finding(
            RULE,
            judgement,
            f"does not list {', nor '.join(later)}{aside}",
            _late_advice(judgement, policy, dated=Gap.LATER in by_gap),
            fix=judgement.fix if policy.coverage is Coverage.ALL else judgement.growth,
        )
    if young := by_gap.get(Gap.YOUNG):
        yield finding(
            RULE,
            judgement,
            f"does not list {_said(young)}",
            "nothing for now: hashpin fix lists them once they are old enough",
        )


def _advice(judgement: Judgement, what: str) -> str:
    if judgement.fix and not judgement.fix.safe and several_indexes(judgement):
        return "nothing, until it is bound to the index that is meant (--index-for): its files are on two"
    return f"run hashpin fix to {what}"


def _late_advice(judgement: Judgement, policy: Policy, dated: bool) -> str:
    if policy.coverage is Coverage.KEEP:
        return _KEPT
    if policy.coverage is Coverage.ALL and judgement.fix:
        return _advice(judgement, "list them, as --coverage all asks")
    if judgement.growth is None and policy.young_since and not dated:
        return "nothing: of what has no date nobody knows whether it is old enough for --min-age"
    return "nobody who wrote this pin can have meant them; hashpin fix --unsafe-fixes lists them"


def _said(entries: list[MissingFile]) -> str:
    """``2 files published with the release (uploaded 2024-05-01)``."""
    gap, count = entries[0].gap, plural(len(entries), "file")
    if gap is Gap.UNDATED:
        return f"{count} {gap.value}"
    days = sorted(entry.days for entry in entries if entry.days is not None)
    uploaded = ages.when(entry.file for entry in entries)
    if gap is Gap.LATER and days:
        span = f"{days[0]} to {days[-1]}" if days[-1] > days[0] else f"{days[0]}"
        return f"{count} {uploaded}, {span} days after the release"
    return f"{count} {gap.value} ({uploaded})"


def _aside(judgement: Judgement) -> str:
    """What else is not listed, and does not matter."""
    release = judgement.answer
    if not isinstance(release, Release):
        return ""
    listed = {h.option.digest for h in judgement.hashes}
    others = [file for file in release.files if not file.installable and not listed.intersection(file.digests)]
    return f"; {len(others):,} more cannot be installed, and need not be listed" if others else ""


def _of_pattern(path: str, judgements: list[Judgement]) -> Iterator[Finding]:
    """One note for the file: what all of it leaves out, its author has left out on purpose."""
    left = [(j, files) for j in judgements if (files := [e for e in j.missing if e.gap is Gap.PATTERN])]
    if left:
        count = plural(sum(len(files) for _, files in left), "file")
        yield Finding(
            RULE,
            RULE.severity,
            path,
            left[0][0].pin.place,
            f"{plural(len(left), 'pin')} without {count} of kinds or platforms that nothing in this file lists",
            "nothing, if other systems need not install from it; else lock the file for all of them",
            of_file=True,
        )
