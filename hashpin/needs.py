"""What a release needs, read from its Requires-Dist, by the extra that asks for it.

Sources: the core metadata and dependency specifier specifications at
packaging.python.org. Most of what releases need is of extras that nobody asks
for, or plain (``name>=1.2,<3``): the former is not read, the latter not by a
parser. What is read without packaging is what packaging would read, held by test.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec import Struct

from hashpin import markers

if TYPE_CHECKING:
    from packaging.requirements import Requirement
    from packaging.utils import NormalizedName
    from packaging.version import Version

# Longer is what no release needs: then nobody can tell what it does.
_LONGEST = 500_000
_MOST_EXTRAS = 50  # that one marker asks about

_CLAUSE = r"(?:>=|<=|==|!=|<|>) ?[0-9]{1,9}(?:\.[0-9]{1,9}){0,9}"
_PLAIN = re.compile(
    r"([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?) ?"
    r"(?:\[([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\] ?)?"
    rf"({_CLAUSE}(?: ?, ?{_CLAUSE})*)? ?"
)
_CLAUSES = re.compile(r"([<>=!]+) ?([0-9.]+)")


class Need(Struct, frozen=True):
    """One Requires-Dist."""

    text: str
    to: NormalizedName
    marker: str
    """As packaging spells it; empty where there is none."""
    extras: tuple[NormalizedName, ...]
    """Of the dependency."""
    plain: str | None
    """The specifiers, where they are plain: release numbers alone. Else None."""

    @property
    def requirement(self) -> Requirement:
        from packaging.requirements import Requirement

        return Requirement(self.text)

    def takes(self, version: Version) -> bool:
        """Whether its specifiers contain a version; also where that cannot be said."""
        if self.plain is None or not _is_plain(version):
            return markers.takes(self.requirement.specifier, version)
        return all(_holds(operator, version, number) for operator, number in _CLAUSES.findall(self.plain))


@lru_cache(maxsize=16384)
def read(needs: tuple[str, ...], extra: str) -> tuple[tuple[Need, ...], str | None]:
    """What can be read of what a release needs for one extra, or for none (empty), and why not all of it can."""
    by_extra, unreadable = by_extra_of(needs)
    found: list[Need] = []
    for need in by_extra.get(extra, ()):
        if isinstance(need, Need):
            found.append(need)
            continue
        entry, reason = one(need)
        unreadable = reason or unreadable
        if entry and markers.possible(entry.marker, extra):
            found.append(entry)
    return tuple(found), unreadable


@lru_cache(maxsize=4096)
def by_extra_of(needs: tuple[str, ...]) -> tuple[Mapping[str, list[Need | str]], str | None]:
    """What a release needs, by the extra that asks for it or none (empty), and why not all of it can be read.

    A text is the need of one extra, which is read when that is asked for.
    """
    if sum(map(len, needs)) + 10 * len(needs) > _LONGEST:
        return {}, "it needs more than can be read"
    found: dict[str, list[Need | str]] = {}
    unreadable: str | None = None
    for need in dict.fromkeys(needs):
        if only := only_extra(need):
            found.setdefault(only, []).append(need)
            continue
        entry, reason = one(need)
        unreadable = reason or unreadable
        if entry is None:
            continue
        for extra in ("", *sorted(markers.extras(entry.marker))) if entry.marker else ("",):
            if not entry.marker or markers.possible(entry.marker, extra):
                found.setdefault(extra, []).append(entry)
    return found, unreadable


# What tools write for a need of one extra.
_OF_ONE_EXTRA = re.compile(r"""(?:.*\band)?\s*extra\s*==\s*(["'])([\w.-]+)\1\s*""")
_ALTERNATIVES = re.compile(r"\bor\b|\(|@")


def only_extra(need: str) -> NormalizedName | None:
    """The extra of a need that is plainly of a single one; None for any other."""
    _, _, marker = need.partition(";")
    if marker.count("extra") != 1 or _ALTERNATIVES.search(need):
        return None
    found = _OF_ONE_EXTRA.fullmatch(marker)
    from packaging.utils import canonicalize_name

    return canonicalize_name(found[2]) if found else None


def one(need: str) -> tuple[Need | None, str | None]:
    """One Requires-Dist, or why it cannot be read; neither where it is no pin's business."""
    from packaging.markers import InvalidMarker
    from packaging.requirements import InvalidRequirement, Requirement
    from packaging.utils import canonicalize_name

    body, _, condition = need.partition(";")
    try:
        if plain := _PLAIN.fullmatch(body):
            name, extra, specifiers = plain.groups()
            marker = _marker(condition) if condition.strip() or ";" in need else ""
            of_it = (canonicalize_name(extra),) if extra else ()
            found = Need(need, canonicalize_name(name), marker or "", of_it, specifiers or "")
        else:
            requirement = Requirement(need)
            if requirement.url is not None:  # it names its file
                return None, None
            marker = markers.spelled(requirement.marker)
            extras = tuple(canonicalize_name(extra) for extra in sorted(requirement.extras))
            found = Need(need, canonicalize_name(requirement.name), marker or "", extras, None)
    except (InvalidRequirement, InvalidMarker, ValueError, RecursionError):
        return None, "one of its needs cannot be read"
    if marker is None or len(markers.extras(marker)) > _MOST_EXTRAS:
        return None, "one of its needs has a marker that cannot be read"
    return found, None


@lru_cache(maxsize=4096)
def _marker(text: str) -> str | None:
    from packaging.markers import Marker

    return markers.spelled(Marker(text))


@lru_cache(maxsize=4096)
def _is_plain(version: Version) -> bool:
    """Whether its release number is all that there is of it."""
    return not (version.is_prerelease or version.is_postrelease or version.epoch or version.local)


def _holds(operator: str, version: Version, number: str) -> bool:
    """PEP 440 on release numbers alone, where zeros at the end say nothing."""
    ours, theirs = _trimmed(version.release), _trimmed(tuple(map(int, number.split("."))))
    match operator:
        case ">=":
            return ours >= theirs
        case "<=":
            return ours <= theirs
        case "==":
            return ours == theirs
        case "!=":
            return ours != theirs
        case ">":
            return ours > theirs
        case _:
            return ours < theirs


@lru_cache(maxsize=4096)
def _trimmed(release: tuple[int, ...]) -> tuple[int, ...]:
    while len(release) > 1 and not release[-1]:
        release = release[:-1]
    return release
