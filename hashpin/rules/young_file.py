"""A listed file is younger than you want to install.

## What it is
With `--min-age` you ask for a time in which others may find out what is wrong with
a new file. The pin lists a file that was uploaded within that time.

## Why it is bad
Most malicious uploads are found and removed within days. Who waits does not
install them.

## What the fix does
None: pin an older release, or wait. Files that are too young are never added by
`hashpin fix`.
"""

from __future__ import annotations

from collections.abc import Iterator

from hashpin import ages
from hashpin.judgement import finding
from hashpin.model import Evidence, Finding, Rule, Severity
from hashpin.wording import plural, shortened

RULE = Rule("young-file", Severity.NOTE, "a listed file that is younger than --min-age allows")

_NAMED = 3


def check(evidence: Evidence) -> Iterator[Finding]:
    since = evidence.policy.young_since
    for _, judgement in evidence.pins if since else ():
        if files := ages.young(judgement, since):
            names = [f"{shortened(file.filename)} ({ages.when([file])})" for file in files[:_NAMED]]
            more = [f"{len(files) - _NAMED} more"] if len(files) > _NAMED else []
            yield finding(
                RULE,
                judgement,
                f"lists {plural(len(files), 'file')} younger than --min-age asks for: {', '.join([*names, *more])}",
                "wait before you install it, or pin a release that is older",
            )
