"""The file includes what somebody else can change.

## What it is
`-r https://...` or `-c https://...`.

## Why it is bad
pip fetches the file when it installs, and takes whatever it then says: no
commit, no review and no hash stands between its owner and you. hashpin does not
fetch it, so what it pins is unchecked, and the exit code says so.

## What the fix does
None. Copy the file into the repository. If you cannot, say why on the line:
`-c https://... # hashpin: allow[remote-include] reason` also accepts that it is
unchecked.
"""

from __future__ import annotations

from collections.abc import Iterator

from hashpin.model import Break, Evidence, Finding, Rule, Severity
from hashpin.wording import shortened

RULE = Rule("remote-include", Severity.WARNING, "an included file that somebody else can change")


def check(evidence: Evidence) -> Iterator[Finding]:
    for broken in evidence.tree.broken:
        if broken.reason is Break.REMOTE:
            include = broken.include
            yield Finding(
                RULE,
                RULE.severity,
                broken.path,
                include.span,
                f"{include.kind.value} {shortened(include.target)} is fetched when pip installs, and may say anything",
                "copy the file into the repository, or allow it here with a reason (hashpin explain remote-include)",
            )
