"""The project is archived.

## What it is
Its maintainers have told the index that no further release is to be expected
(PEP 792). Only the Simple API tells it (version 1.4 of it), so it is known where
hashpin had to ask that API, and not where the JSON API of a release was enough.

## Why it is bad
It need not be: what is finished may be good. But nobody will mend the next
vulnerability.

## What the fix does
None: look for a successor when you next touch what needs it.
"""

from __future__ import annotations

from collections.abc import Iterator

from hashpin.judgement import finding
from hashpin.model import Evidence, Finding, Release, Rule, Severity
from hashpin.wording import shortened

RULE = Rule("archived-project", Severity.NOTE, "a project that expects no further release")


def check(evidence: Evidence) -> Iterator[Finding]:
    for _, judgement in evidence.pins:
        if isinstance(judgement.answer, Release) and (reason := judgement.answer.archived) is not None:
            because = f": {shortened(reason)}" if reason else ""
            yield finding(
                RULE,
                judgement,
                f"its project is archived{because}",
                "expect no further release; look for what takes its place",
            )
