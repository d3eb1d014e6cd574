"""The release has a known vulnerability.

## What it is
The index's own advisories name this release (PyPI takes them from the Python
Packaging Advisory Database). Advisories that were withdrawn are left out, and
those that name each other, or the same CVE, are told as one. They
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

from msgspec.structs import replace
from packaging.version import Version

from hashpin.judgement import finding
from hashpin.model import Advisory, Evidence, Finding, Judgement, Release, Rule, Severity
from hashpin.wording import shortened

RULE = Rule("vulnerable-release", Severity.WARNING, "a release with a known vulnerability")

_NAMED = 3


def check(evidence: Evidence) -> Iterator[Finding]:
    for _, judgement in evidence.pins:
        if isinstance(judgement.answer, Release) and judgement.answer.advisories:
            yield _finding(judgement, _joined(judgement.answer.advisories))


def _joined(advisories: tuple[Advisory, ...]) -> tuple[Advisory, ...]:
    """One for each hole: several databases tell of it, and name each other's advisories as aliases, or one CVE."""
    groups: dict[str, list[Advisory]] = {}
    """By each name; the names of one hole share a list."""
    for advisory in advisories:
        group = [advisory]
        for name in (advisory.id, *advisory.aliases):
            other = groups.get(name, group)
            if other is not group:
                small, group = sorted((group, other), key=len)
                group += small
                groups |= {name: group for known in small for name in (known.id, *known.aliases)}
            groups[name] = group
    return tuple(_one(group) for group in {id(group): group for group in groups.values()}.values())


def _one(group: list[Advisory]) -> Advisory:
    first = min(group, key=lambda advisory: (not advisory.id.startswith("PYSEC-"), advisory.id))
    names = {name: None for advisory in group for name in (advisory.id, *advisory.aliases) if name != first.id}
    fixed = {version: None for advisory in group for version in advisory.fixed_in}
    return replace(first, aliases=tuple(names), fixed_in=tuple(fixed))


def _finding(judgement: Judgement, advisories: tuple[Advisory, ...]) -> Finding:
    pin = judgement.pin
    names = ", ".join(_name(advisory) for advisory in advisories[:_NAMED])
    more = f" and {len(advisories) - _NAMED} more" if len(advisories) > _NAMED else ""
    mended = [fixes for advisory in advisories if (fixes := _fixes(advisory, pin.version))]
    candidates = sorted({version for fixes in mended for version in fixes})
    free = next((v for v in candidates if all(_is_free(v, fixes) for fixes in mended)), None)
    if free and len(mended) == len(advisories):
        advice = f"take {pin.name} {free} or later, and lock the file again"
    elif free:
        advice = f"{pin.name} {free} mends {len(mended)} of them; for the others no version is named yet"
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


def _fixes(advisory: Advisory, version: str) -> list[Version]:
    """The versions above this one that are named as mended; several where several branches were."""
    pinned = _version(version)
    fixed = (_version(text) for text in advisory.fixed_in)
    return [found for found in fixed if found and pinned and found > pinned]


def _is_free(version: Version, fixes: list[Version]) -> bool:
    """Whether a version has what mends it: on its own branch, or above all branches that were mended."""
    branch = (fix for fix in fixes if fix <= version and fix.release[:-1] == version.release[: len(fix.release) - 1])
    return version >= max(fixes) or any(branch)


def _version(text: str) -> Version | None:
    try:
        return Version(text)
    except ValueError:  # InvalidVersion, or a number without end
        return None
