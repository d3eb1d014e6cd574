"""The release has a known vulnerability.

## What it is
The index's own advisories name this release (PyPI takes them from the Python
Packaging Advisory Database). Advisories that were withdrawn are left out. They
come with the answer that is asked for anyway: indexes that publish none, and
those that only have the Simple API, tell of no vulnerability.

## Why it is bad
What is pinned stays installed, and the hole with it. The message names the first
version above the pinned one that is told to be free of all of them.

## What the fix does
None: another version is your choice, or that of the tool that locks the file.
"""

from __future__ import annotations

from collections.abc import Iterator

from packaging.version import Version

from hashpin.judgement import finding
from hashpin.model import Advisory, Evidence, Finding, Judgement, Release, Rule, Severity
from hashpin.wording import shortened

RULE = Rule("vulnerable-release", Severity.WARNING, "a release with a known vulnerability")

_NAMED = 3


def check(evidence: Evidence) -> Iterator[Finding]:
    for _, judgement in evidence.pins:
        if isinstance(judgement.answer, Release) and judgement.answer.advisories:
            yield _finding(judgement, judgement.answer.advisories)


def _finding(judgement: Judgement, advisories: tuple[Advisory, ...]) -> Finding:
    pin = judgement.pin
    names = ", ".join(_name(advisory) for advisory in advisories[:_NAMED])
    more = f" and {len(advisories) - _NAMED} more" if len(advisories) > _NAMED else ""
    fixed = [_fixed(advisory, pin.version) for advisory in advisories]
    free = [version for version in fixed if version]
    if len(free) == len(fixed):
        advice = f"take {pin.name} {max(free)} or later, and lock the file again"
    elif free:
        advice = f"{pin.name} {max(free)} mends {len(free)} of them; for the others no version is named yet"
    else:
        advice = "no version is named that mends it yet: read the advisory, and decide"
    return finding(
        RULE,
        judgement,
        f"has {_count(advisories)}: {names}{more}",
        advice,
    )


def _count(advisories: tuple[Advisory, ...]) -> str:
    return "a known vulnerability" if len(advisories) == 1 else f"{len(advisories)} known vulnerabilities"


def _name(advisory: Advisory) -> str:
    cve = next((alias for alias in advisory.aliases if alias.startswith("CVE-")), None)
    return shortened(f"{advisory.id} ({cve})" if cve and cve != advisory.id else advisory.id)


def _fixed(advisory: Advisory, version: str) -> Version | None:
    """The first version above this one that does not have it; None where none is named, or nobody can order them."""
    pinned = _version(version)
    fixed = (_version(text) for text in advisory.fixed_in)
    return min((found for found in fixed if found and pinned and found > pinned), default=None)


def _version(text: str) -> Version | None:
    try:
        return Version(text)
    except ValueError:  # InvalidVersion, or a number without end
        return None
