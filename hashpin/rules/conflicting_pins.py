"""The same project is pinned twice, and not alike.

## What it is
Two lines that pip takes in one run pin one project to different versions, or to
one version with different hashes, in the same file or in files that include each
other, under markers that can both hold.

## Why it is bad
pip refuses two versions. Of two sets of hashes pip goes by the first line's and uv
by the last one's, so one of them checks against what nobody looked at. A constraint
counts for its version alone: pip prefers the requirement's hashes to its.

## What the fix does
None: which line is right is your choice. Where both are of one version and the
index knows all their hashes, `fix` may complete both, and they agree.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hashpin import versions
from hashpin.markers import Environment, overlap
from hashpin.model import Digest, Evidence, Finding, Kind, Member, Pin, Rule, Severity
from hashpin.text import Lines

RULE = Rule("conflicting-pins", Severity.ERROR, "one project pinned twice, and not alike")

# Beyond so many different pins of one project, two are taken to overlap without a closer look.
_MOST = 200


@dataclass(frozen=True, slots=True)
class _Entry:
    """A pin with what it says, places apart."""

    member: Member
    pin: Pin
    version: str
    digests: frozenset[Digest]

    @classmethod
    def of(cls, member: Member, pin: Pin) -> _Entry:
        return cls(member, pin, versions.key(pin.version), frozenset(option.digest for option in pin.hashes))

    @property
    def says(self) -> tuple[object, ...]:
        return self.member.kind, self.version, self.digests, str(self.pin.requirement.marker)


def check(evidence: Evidence) -> Iterator[Finding]:
    if not evidence.outermost:  # the tree that takes this one in has every pair of it
        return
    by_project: dict[str, dict[tuple[object, ...], _Entry]] = {}
    for member in evidence.tree.members:
        for pin in member.file.pins:
            entry = _Entry.of(member, pin)
            by_project.setdefault(pin.name, {}).setdefault(entry.says, entry)
    for unlike in by_project.values():
        # Requirements first: where a constraint says otherwise, the constraint is told.
        entries = sorted(unlike.values(), key=lambda entry: entry.member.kind is Kind.CONSTRAINTS)
        for index, later in enumerate(entries):
            for first in entries[:index][:_MOST]:
                where = overlap(first.pin.requirement.marker, later.pin.requirement.marker)
                if where is not None and (message := _conflict(first, later, where)):
                    yield Finding(
                        RULE,
                        RULE.severity,
                        later.member.file.source.path,
                        later.pin.place,
                        message,
                        "keep one of the two, or give them markers that cannot both hold",
                        later.pin.name,
                        later.pin.version,
                    )
                    break


def _conflict(first: _Entry, later: _Entry, where: Environment) -> str | None:
    source = first.member.file.source
    if first.version != later.version:
        what, why = f"is pinned to {first.pin.version}, too,", "pip refuses to install both"
    elif first.digests == later.digests or later.member.kind is Kind.CONSTRAINTS:
        return None
    else:
        alike = bool(first.digests) == bool(later.digests)
        what = "has other hashes" if alike else f"has {'hashes' if first.digests else 'no hashes'}"
        why = "pip goes by the first line, uv by the last"
    line = Lines(source.text).position(first.pin.place.start).line
    return f"{what} in {source.path}:{line}{_spelled(where)}: {why}"


def _spelled(where: Environment) -> str:
    """The environment in which both hold, as far as the markers name it."""
    named = ", ".join(f"{name} {value}" for name, value in where.items())
    return f" (both hold with {named})" if named else ""
