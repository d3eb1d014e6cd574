"""The files come from another publisher than those of the version before.

## What it is
The change gives the pin another version. The files of both have attestations
(PEP 740), which say where they were published from: a repository, a workflow of
it, an environment. Not all that is said of the new version's files was said of
the old one's. All files that the pin lists are asked about, up to 250; of the
version before a few, and those in whose places files from elsewhere stand. What
the index should have answered and did not leaves the pin unchecked.

What the attestations say is the index's word. Where the extra `attestations` is
installed, their signatures are verified, too.

## Why it is bad
Mostly a project has moved, or renamed its workflow. But somebody who got hold
of a maintainer's account, or of the project's name, publishes from elsewhere.

## What the fix does
None: ask the project where it publishes from, in its change log or its
repository, and take the new version once that is clear.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hashpin.judgement import finding
from hashpin.model import Evidence, Finding, Publisher, Rule, Severity, Unchecked
from hashpin.provenance import comparisons, identity, owed, vouched
from hashpin.wording import shortened

RULE = Rule("publisher-changed", Severity.WARNING, "files from another publisher than those of the version before")

_MOST = 3  # claims in one message


def check(evidence: Evidence) -> Iterator[Finding]:
    for comparison in comparisons(evidence):
        before, now = _named(comparison.before.values()), _named(comparison.now.values())
        strangers = [publisher for named, publisher in now.items() if named not in before]
        if before and strangers:
            pin = comparison.judgement.pin
            yield finding(
                RULE,
                comparison.judgement,
                f"{pin.name} {pin.version} was not published from where {comparison.former.version} was: "
                f"{_difference(list(before.values()), strangers[0])}",
                f"find out whether the project moved; until then keep {comparison.former.version}",
            )


def unchecked(evidence: Evidence) -> Iterator[Unchecked]:
    """The pins of which the index owes who published their files."""
    return owed(evidence, RULE)


def _named(by_file: Iterable[tuple[Publisher, ...]]) -> dict[object, Publisher]:
    """Each publisher once, by what names it."""
    return {identity(publisher): publisher for found in by_file for publisher in vouched(found)}


def _difference(known: list[Publisher], stranger: Publisher) -> str:
    """What of the stranger differs from the known publisher that is most like it."""
    alike = [publisher for publisher in known if publisher.kind == stranger.kind]
    if not alike:
        return f"it came from {_spelled(known[0])}, and comes from {_spelled(stranger)}"
    nearest = min(alike, key=lambda publisher: len(_differing(publisher, stranger)))
    was, is_now = dict(nearest.claims), dict(stranger.claims)
    told = (
        f"{shortened(name.replace('_', ' '))} was {_value(was.get(name))} and is {_value(is_now.get(name))}"
        for name in _differing(nearest, stranger)[:_MOST]
    )
    return f"its {shortened(stranger.kind)} {', its '.join(told)}"


def _differing(one: Publisher, other: Publisher) -> list[str]:
    """The names of the claims that differ."""
    was, is_now = dict(one.claims), dict(other.claims)
    return [name for name in sorted({*was, *is_now}, key=_weight) if was.get(name) != is_now.get(name)]


def _weight(name: str) -> tuple[bool, str]:
    # Whose repository it is says more than the name of a workflow.
    return name != "repository", name


def _value(value: str | None) -> str:
    return "not named" if value is None else shortened(value)


def _spelled(publisher: Publisher) -> str:
    told = (f"{shortened(name.replace('_', ' '))} {shortened(value)}" for name, value in publisher.claims[:_MOST])
    claims = ", ".join(told)
    return f"{shortened(publisher.kind)} ({claims or 'nothing more is said'})"
