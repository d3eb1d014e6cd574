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

from msgspec import Struct

from hashpin import versions
from hashpin.markers import Environment, overlap
from hashpin.model import Digest, Evidence, Finding, Kind, Member, Pin, Rule, Severity
from hashpin.text import Lines

RULE = Rule("conflicting-pins", Severity.ERROR, "one project pinned twice, and not alike")

# Beyond so many different pins of one project, each is taken to overlap with the first without a closer look.
_MOST = 20


class _Entry(Struct, frozen=True):
    """A pin with what it says, places apart."""

    member: Member
    pin: Pin
    version: str
    digests: frozenset[Digest]

    @classmethod
    def of(cls, member: Member, pin: Pin) -> _Entry:
        return cls(member, pin, versions.key(pin.version), frozenset(pin.digests))

    @property
    def says(self) -> tuple[object, ...]:
        return self.member.kind, self.version, self.digests, str(self.pin.marker)


def check(evidence: Evidence) -> Iterator[Finding]:
    if not evidence.outermost:  # the tree that takes this one in has every pair of it
        return
    by_project: dict[str, dict[tuple[object, ...], _Entry]] = {}
    for member in evidence.tree.members:
        for pin in member.file.pins:
            entry = _Entry.of(member, pin)
            by_project.setdefault(pin.name, {}).setdefault(entry.says, entry)
    lines = _LineNumbers()
    for unlike in by_project.values():
        # Requirements first: where a constraint says otherwise, the constraint is told.
        entries = sorted(unlike.values(), key=lambda entry: entry.member.kind is Kind.CONSTRAINTS)
        for index, later in enumerate(entries):
            found = (_conflict(first, later, index, lines) for first in entries[: min(index, _MOST)])
            if message := next(filter(None, found), None):
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


def _conflict(first: _Entry, later: _Entry, index: int, lines: _LineNumbers) -> str | None:
    constraint = later.member.kind is Kind.CONSTRAINTS
    if first.version == later.version and (first.digests == later.digests or constraint):
        return None
    crowded = index >= _MOST
    where: Environment | None = {} if crowded else overlap(first.pin.marker, later.pin.marker)
    if where is None:
        return None
    if first.version != later.version:
        what, why = f"is pinned to {first.pin.version}, too,", "pip refuses to install both"
    else:
        alike = bool(first.digests) == bool(later.digests)
        what = "has other hashes" if alike else f"has {'hashes' if first.digests else 'no hashes'}"
        why = "pip goes by the first line, uv by the last"
    place = f"{first.member.file.source.path}:{lines.of(first)}"
    unproven = not where and bool(first.pin.marker or later.pin.marker)
    spelled = " (too much to tell whether both can hold)" if crowded or unproven else _spelled(where)
    return f"{what} in {place}{spelled}: {why}"


class _LineNumbers:
    """The lines of pins; each file is cut into lines once."""

    def __init__(self) -> None:
        self._lines: dict[str, Lines] = {}

    def of(self, entry: _Entry) -> int:
        source = entry.member.file.source
        lines = self._lines.get(source.path) or self._lines.setdefault(source.path, Lines(source.text))
        return lines.position(entry.pin.place.start).line


def _spelled(where: Environment) -> str:
    """The environment in which both hold, as far as the markers name it."""
    named = ", ".join(f"{name} {value}" for name, value in where.items())
    return f" (both hold with {named})" if named else ""
