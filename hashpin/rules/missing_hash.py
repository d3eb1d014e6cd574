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
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from hashpin.judgement import finding
from hashpin.model import Evidence, Finding, Gap, Judgement, Rule, Severity, Verdict
from hashpin.wording import plural

RULE = Rule("missing-hash", Severity.NOTE, "installable files of the release that are not listed")

_SILENT = (Verdict.UNKNOWN, Verdict.OTHER_VERSION)


def check(evidence: Evidence) -> Iterator[Finding]:
    for member in evidence.members:
        judgements = evidence.judgements[member.file.source.path]
        speaking = [j for j in judgements if j.missing and not j.having(*_SILENT)]
        for judgement in speaking:
            yield from _of_pin(judgement)
        yield from _of_pattern(member.file.source.path, speaking)


def _of_pin(judgement: Judgement) -> Iterator[Finding]:
    gaps = Counter(entry.gap for entry in judgement.missing)
    if count := gaps[Gap.WITH_RELEASE]:
        yield finding(
            RULE,
            judgement,
            f"does not list {plural(count, 'file')} {Gap.WITH_RELEASE.value}",
            "run hashpin fix to list what came with the release",
            fix=judgement.fix,
        )
    if later := [f"{plural(gaps[gap], 'file')} {gap.value}" for gap in (Gap.LATER, Gap.UNDATED) if gaps[gap]]:
        yield finding(
            RULE,
            judgement,
            f"does not list {', '.join(later)}",
            "nobody who wrote this pin can have meant them; hashpin fix --unsafe-fixes lists them",
            fix=judgement.growth,
        )


def _of_pattern(path: str, judgements: list[Judgement]) -> Iterator[Finding]:
    """One note for the file: what all of it leaves out, its author has left out on purpose."""
    counts = [(j, sum(entry.gap is Gap.PATTERN for entry in j.missing)) for j in judgements]
    if leaving := [(judgement, count) for judgement, count in counts if count]:
        files = plural(sum(count for _, count in leaving), "file")
        yield Finding(
            RULE,
            RULE.severity,
            path,
            leaving[0][0].pin.place,
            f"{plural(len(leaving), 'pin')} without {files} of kinds or platforms that nothing in this file lists",
            "nothing, if other systems need not install from it; else lock the file for all of them",
            of_file=True,
        )
