"""The release has installable files whose hash the pin does not list.

## What it is
The index publishes more wheels or source distributions of this release than the
pin has hashes. They may have come with the release, or later; or the whole file
leaves such files out, by kind (source distributions, wheels) or by platform.

## Why it is bad
It need not be: a pin may list fewer files on purpose. But on a system whose
wheel is not listed pip falls back to the source distribution, which runs build
code, or fails. That is why this is a note.

## What the fix does
It adds the files that came within 14 days of the release, unless the whole file
leaves such files out: safe. Adding what was uploaded later is unsafe, since the
author of the pin cannot have meant it; so is breaking the pattern of the file.
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
    for _, judgement in evidence.pins:
        # What a pattern of the whole file leaves out, the author has left out on purpose: nothing to say.
        gaps: Counter[Gap] = Counter(entry.gap for entry in judgement.missing if entry.gap is not Gap.PATTERN)
        if gaps and not judgement.having(*_SILENT):
            yield _found(judgement, gaps)


def _found(judgement: Judgement, gaps: Counter[Gap]) -> Finding:
    counted = ", ".join(f"{plural(count, 'file')} {gap.value}" for gap, count in gaps.items())
    safe = bool(gaps[Gap.WITH_RELEASE])
    return finding(
        RULE,
        judgement,
        f"does not list {counted}",
        "run hashpin fix to list what came with the release"
        if safe
        else "nobody who wrote this pin has seen them; hashpin fix --unsafe-fixes lists them",
        fix=judgement.fix if safe else judgement.growth,
    )
