"""What the pins of a tree need, and which of it the tree does not pin.

Hash mode takes nothing that is not pinned, so a tree has to hold everything
that its pins need, in every environment in which it can be installed. Sources:
Requires-Dist in the core metadata specification; pip's `iter_dependencies` in
`src/pip/_internal/metadata/importlib/_dists.py`, for what an extra adds;
Requires-Python, by which pip passes over files.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct, field
from packaging.utils import NormalizedName, canonicalize_name

from hashpin import compatibility, markers, needs
from hashpin.markers import Environment, Places, Table
from hashpin.model import (
    Direct,
    Evidence,
    Judgement,
    Kind,
    Member,
    NotOffered,
    Pin,
    Platform,
    Release,
    ReleaseKey,
    Unpinned,
    Verdict,
)

if TYPE_CHECKING:
    from packaging.requirements import Requirement
    from packaging.version import Version


class Line(Struct, frozen=True):
    """A requirement of the tree that pip takes the project from, with its marker."""

    member: Member
    statement: Pin | Unpinned | Direct
    marker: str
    version: Version | None = None
    """Of a pin, where versions can compare with it."""


class Lack(Struct, frozen=True):
    """A dependency that is not pinned where it is needed, or to a version that does not do."""

    name: NormalizedName
    pins: tuple[Judgement, ...]
    """Those that need it, the one to be told first."""
    requirement: Requirement
    """What that one needs."""
    lines: tuple[Line, ...]
    """Those that pin it elsewhere, or to the version that does not do."""
    where: Environment
    """The most usual environment in which it is missing, as far as markers have a say in that."""
    always: bool
    """It is missing wherever one of the pins is installed, or where that is on a platform that was asked for."""
    platform: Platform | None = None
    """The platform that was asked for, where that alone makes it so."""
    older: bool = False
    """It is missing on Pythons alone that are older than one for which it is not."""
    excluded: bool = False
    """It is pinned, to a version that is not taken."""


class Completeness(Struct, frozen=True):
    """All that one tree lacks, and the pins of which nobody tells what they need, with why."""

    lacks: tuple[Lack, ...]
    untold: tuple[tuple[Judgement, str], ...]


def judge(evidence: Evidence) -> Completeness:
    """What the pins of a tree need beyond what it pins."""
    pins, untold = _pins(evidence)
    lines = _lines(evidence.tree.members)
    reached = _reached(pins)
    untold += _unreadable(pins, reached)
    edges = _edges(pins, reached)
    told = [edge for edge in edges if edge.entry.extras or not _settled(edge.entry, lines.get(edge.entry.to))]
    platforms = {platform: _as_marker(platform) for platform in evidence.policy.platforms}
    named = {edge.entry.marker for edge in told} | {line.marker for of in lines.values() for line in of.lines}
    table = Table.of(sorted({*named, *platforms.values()}), sorted({i for pin in pins for i in pin.interpreters}))
    finder = _Finder(table, lines, _served(pins, table))
    finder.follow(told)
    targets: list[tuple[Platform | None, Places]] = [(None, table.where(_USUAL, doubt=True))]
    targets += [(platform, table.where(marker, doubt=True)) for platform, marker in platforms.items()]
    lacks = (finder.lack(found, targets) for found in finder.lacking(told))
    if table.crowded and pins:
        untold.append((pins[0].judgement, "its markers name more values than are compared"))
    return Completeness(tuple(lacks), tuple(untold))


# --- what the tree pins ----------------------------------------------------


# Of a project that is pinned to more versions than this, none is held against a requirement.
_MOST_VERSIONS = 20


class _Lines(Struct, frozen=True):
    """All that pins one project."""

    lines: tuple[Line, ...]
    versions: Mapping[Version, frozenset[str]]
    """By each version the markers under which it is pinned."""

    @property
    def everywhere(self) -> bool:
        return any(not line.marker for line in self.lines)


def _lines(members: Iterable[Member]) -> Mapping[NormalizedName, _Lines]:
    found: dict[NormalizedName, list[Line]] = {}
    for member in members:
        for statement in member.file.statements if member.kind is Kind.REQUIREMENTS else ():
            match statement:
                case Pin() | Unpinned():
                    marker = markers.spelled(
                        statement.marker if isinstance(statement, Pin) else statement.requirement.marker
                    )
                    if marker is None:  # longer than anybody's: it could hide that it never holds
                        continue
                    version = _comparable(statement.version) if isinstance(statement, Pin) else None
                    found.setdefault(statement.name, []).append(Line(member, statement, marker, version))
                case Direct(name=str() as name):
                    found.setdefault(name, []).append(Line(member, statement, ""))
                case _:
                    pass
    return {name: _Lines(tuple(lines), _versions(lines)) for name, lines in found.items()}


def _versions(lines: Iterable[Line]) -> Mapping[Version, frozenset[str]]:
    found: dict[Version, set[str]] = {}
    for line in lines:
        if line.version is not None:
            found.setdefault(line.version, set()).add(line.marker)
    return {version: frozenset(of) for version, of in found.items()} if len(found) <= _MOST_VERSIONS else {}


def _comparable(version: str) -> Version | None:
    from packaging.version import Version

    try:
        return Version(version)
    except ValueError:  # InvalidVersion, or a number without end
        return None


# --- what its pins need ----------------------------------------------------


class _Pin(Struct, frozen=True, eq=False):
    judgement: Judgement
    marker: str
    extras: tuple[NormalizedName, ...]
    needs: tuple[str, ...]
    """Every Requires-Dist, as far as it is known."""
    interpreters: frozenset[str]
    """The Requires-Python of its files, any of which will do."""

    @property
    def name(self) -> NormalizedName:
        return self.judgement.pin.name


class _Edge(Struct, frozen=True, eq=False):
    """A need of a pin, asked for by one of its extras, or by none."""

    pin: _Pin
    extra: str
    entry: needs.Need


def _pins(evidence: Evidence) -> tuple[list[_Pin], list[tuple[Judgement, str]]]:
    """The pins that the index has, with their needs, and those whose needs nobody tells."""
    found: list[_Pin] = []
    untold: list[tuple[Judgement, str]] = []
    for member in evidence.tree.members:
        for judgement in evidence.judgements[member.file.source.path] if member.kind is Kind.REQUIREMENTS else ():
            pin = judgement.pin
            told = evidence.needs.get(ReleaseKey(pin.name, pin.version))
            if not isinstance(judgement.answer, Release) or told is None:
                continue
            if isinstance(told, NotOffered):
                untold.append((judgement, told.reason))
            known = told if isinstance(told, tuple) else ()  # where nobody answers, the pin is unchecked
            extras = tuple(canonicalize_name(extra) for extra in sorted(pin.extras))
            marker = markers.spelled(pin.marker) or ""
            found.append(_Pin(judgement, marker, extras, known, _interpreters(judgement, judgement.answer)))
    return found, untold


def _interpreters(judgement: Judgement, release: Release) -> frozenset[str]:
    listed = judgement.hashes.files((Verdict.RIGHT,))
    return frozenset(file.requires_python or "" for file in listed or release.installable)


def _reached(pins: Sequence[_Pin]) -> Mapping[NormalizedName, tuple[str, ...]]:
    """By project the extras that anything asks for, none first: they are followed wherever a need asks for them."""
    by_name: dict[NormalizedName, list[_Pin]] = {}
    for pin in pins:
        by_name.setdefault(pin.name, []).append(pin)
    reached: dict[tuple[NormalizedName, str], None] = {}
    todo = [(pin.name, extra) for pin in pins for extra in ("", *pin.extras)]
    while todo:
        asked = todo.pop()
        if asked not in reached:
            reached[asked] = None
            name, extra = asked
            entries = (entry for pin in by_name.get(name, ()) for entry in needs.read(pin.needs, extra)[0])
            todo += [(entry.to, more) for entry in entries for more in entry.extras]
    found: dict[NormalizedName, list[str]] = {}
    for name, extra in reached:
        found.setdefault(name, []).append(extra)
    return {name: tuple(sorted(extras)) for name, extras in found.items()}


def _unreadable(
    pins: Iterable[_Pin], reached: Mapping[NormalizedName, tuple[str, ...]]
) -> Iterator[tuple[Judgement, str]]:
    """The pins of which something that is asked for cannot be read."""
    for pin in pins:
        reasons = (needs.read(pin.needs, extra)[1] for extra in reached[pin.name])
        if reason := next((reason for reason in reasons if reason), None):
            yield pin.judgement, reason


def _edges(pins: Sequence[_Pin], reached: Mapping[NormalizedName, tuple[str, ...]]) -> list[_Edge]:
    """Every need that may count, in the order of the pins."""
    return [
        _Edge(pin, extra, entry)
        for pin in pins
        for extra in reached[pin.name]
        for entry in needs.read(pin.needs, extra)[0]
    ]


def _settled(entry: needs.Need, lines: _Lines | None) -> bool:
    """Whether a need is met in every environment, so that none has to be looked at."""
    return lines is not None and lines.everywhere and not any(_excludes(entry, version) for version in lines.versions)


def _excludes(entry: needs.Need, version: Version | None) -> bool:
    return version is not None and not entry.takes(version)


# --- where it is missing ---------------------------------------------------

_USUAL = 'platform_python_implementation == "CPython"'


def _as_marker(platform: Platform) -> str:
    """The marker that holds on a platform alone."""
    named = ("sys_platform", "platform_machine", "platform_python_implementation")
    seen = compatibility.environment(platform.system, platform.machine)
    marker = " and ".join(f'{name} == "{seen[name]}"' for name in named)
    return f'{marker} and python_version == "{platform.python[0]}.{platform.python[1]}"' if platform.python else marker


def _served(pins: Iterable[_Pin], table: Table) -> Mapping[_Pin, Places]:
    """Where each pin is installed: where its marker holds, and no pin of the tree needs another Python."""
    where = {pin: table.where(pin.marker, doubt=True) for pin in pins}
    allowed: dict[frozenset[str], Places] = {}
    feasible = table.everywhere
    for pin, places in where.items():
        if pin.interpreters not in allowed:
            any_of_them = 0 if pin.interpreters else table.everywhere
            for interpreters in pin.interpreters:
                any_of_them |= table.allowed(interpreters)
            allowed[pin.interpreters] = any_of_them
        feasible &= ~places | allowed[pin.interpreters]
    # Where pip refuses the tree everywhere, what is missing is worth telling all the same.
    return {pin: places & feasible if feasible else places for pin, places in where.items()}


class _Found(Struct):
    """One dependency that is missing, with where, and the edges by which it is."""

    name: NormalizedName
    excluded: bool
    places: Places = 0
    edges: dict[_Edge, Places] = field(default_factory=dict)


class _Finder(Struct, frozen=True):
    table: Table
    lines: Mapping[NormalizedName, _Lines]
    served: Mapping[_Pin, Places]
    covered: dict[NormalizedName, Places] = field(default_factory=dict)
    """Where something may pin a project."""
    asked: dict[tuple[NormalizedName, str], Places] = field(default_factory=dict)
    """Where somebody asks for an extra of a project."""

    def follow(self, edges: Iterable[_Edge]) -> None:
        """Find where each extra is asked for: by a pin itself, or by what a pin needs, and so on."""
        by_extra: dict[tuple[NormalizedName, str], list[_Edge]] = {}
        for edge in edges:
            if edge.entry.extras:
                by_extra.setdefault((edge.pin.name, edge.extra), []).append(edge)
        for pin, places in self.served.items():
            for extra in pin.extras:
                key = pin.name, str(extra)
                self.asked[key] = self.asked.get(key, 0) | places
        todo = list(by_extra)
        left = _ROUNDS * (len(todo) + 1)
        while todo and left:
            left -= 1
            for edge in by_extra.get(todo.pop(), ()):
                places = self.needed(edge)
                for extra in edge.entry.extras:
                    key = edge.entry.to, str(extra)
                    before = self.asked.get(key, 0)
                    if places & ~before:
                        self.asked[key] = before | places
                        todo.append(key)

    def needed(self, edge: _Edge) -> Places:
        """Where a need counts."""
        places = self.served[edge.pin] & self.table.where(edge.entry.marker, edge.extra, doubt=False)
        return places & self.asked.get((edge.pin.name, edge.extra), 0) if edge.extra else places

    def pinned(self, name: NormalizedName) -> Places:
        """Where something may pin a project."""
        if name not in self.covered:
            places = 0
            for marker in {line.marker for line in self.lines[name].lines} if name in self.lines else ():
                # What no system is known to be (`platform_release == "x"`) covers nothing, else it would hide a lack.
                places |= self.table.where(marker, doubt=self.table.crowded)
            self.covered[name] = places
        return self.covered[name]

    def lacking(self, edges: Iterable[_Edge]) -> Iterable[_Found]:
        """What is needed where nothing pins it, or where something pins what is not taken."""
        found: dict[tuple[NormalizedName, bool], _Found] = {}
        for edge in edges:
            needed = self.needed(edge)
            to = edge.entry.to
            missing = needed & ~self.pinned(to)
            excluded = 0
            for version, of in self.lines[to].versions.items() if needed and to in self.lines else ():
                if _excludes(edge.entry, version):
                    for marker in of:
                        excluded |= needed & self.table.where(marker, doubt=False)
            for places, wrong in ((missing, False), (excluded, True)):
                if places:
                    entry = found.setdefault((to, wrong), _Found(to, wrong))
                    entry.places |= places
                    entry.edges[edge] = places
        return found.values()

    def lack(self, found: _Found, targets: Sequence[tuple[Platform | None, Places]]) -> Lack:
        """What is to be told of it."""
        always = {
            edge: platform
            for edge in found.edges
            for platform, target in reversed(targets)  # so that the usual one stands last, and counts
            if (here := self.served[edge.pin] & target) and not here & ~found.places
        }
        told = next(iter(always or found.edges))
        pins = dict.fromkeys([told.pin.judgement, *(edge.pin.judgement for edge in found.edges)])
        lines = self.lines[found.name].lines if found.name in self.lines else ()
        said = " ".join((told.entry.marker, *(line.marker for line in lines)))
        where = self.table.first(found.edges[told])
        return Lack(
            found.name,
            tuple(pins),
            told.entry.requirement,
            tuple(line for line in lines if _excludes(told.entry, line.version)) if found.excluded else lines,
            {name: value for name, value in where.items() if name in said and name != "extra"},
            bool(always),
            always.get(told),
            self.table.newest(found.places) < min(_CURRENT, self.table.newest(self.served[told.pin])),
            found.excluded,
        )


# A line for Pythons that nobody has yet leaves out those that everybody has: that is no matter of old ones.
_CURRENT = (3, 13)

# How often on average the environments of one extra may grow before the rest counts as not asked for.
_ROUNDS = 20
