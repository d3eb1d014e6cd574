"""Cuts what is to be checked into shards, so that few releases are asked for by more than one of them. Pure.

What must not be torn apart is a `Unit`: files that share an include, since hash mode, conflicting pins and the
question which tree is the outermost are pip's trees' own; or a whole repository. A unit has the releases that it pins,
each of which costs one request, and its work: its pins and files. So units are the nodes of a hypergraph and each
release is an edge over all that pin it, to be cut as rarely as a balance allows.

1. Units come in order of their work, the largest first, each to the shard that has most of its releases and is least
   full: after "linear deterministic greedy" of Stanton and Kliot, Streaming Graph Partitioning for Large Distributed
   Graphs (KDD 2012). A release counts for less the more units pin it: what everybody pins will be everywhere, wherever
   one unit goes.
2. All units are taken up again, with everything else in its place, and go where they save requests, after Nishimura
   and Ugander, Restreaming Graph Partitioning (KDD 2013), until none moves or a few rounds are over.

No shard gets more than a tenth, or half a usual unit, over the average, or the average and its largest unit. The same
units give the same cut, in whatever order they come. Time goes by the number of pins, times a bounded number of shards.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from math import ceil
from statistics import median_low

from msgspec import Struct
from msgspec.structs import replace

from hashpin.model import ReleaseKey
from hashpin.tree import Forest

_SLACK = 1.1
_ROUNDS = 5
# Shards that have a release, from which on it says nothing about where one more of its units should go.
_EVERYWHERE = 16
_ONE = 1 << 40


class Unit(Struct, frozen=True):
    """What stays together."""

    name: str
    """By which it is known and put in order."""
    paths: frozenset[str]
    releases: frozenset[ReleaseKey]
    work: int
    """Its pins, and one for each file."""


Parts = tuple[tuple[Unit, ...], ...]
"""The units of each shard, by name."""


# --- from a forest to units, and back --------------------------------------


def units(forest: Forest, repository: Callable[[str], str | None] = lambda path: None) -> tuple[Unit, ...]:
    """All that is to be checked or told of, each path in one unit; `repository` names what holds a path as a whole."""
    sets = _Sets()
    for tree in forest.trees:
        entry = tree.members[0].file.source.path
        for member in tree.members:
            sets.join(entry, member.file.source.path)
    for path in [entry.path for entry in forest.unchecked] + [entry.path for entry in forest.skipped]:
        sets.join(path, path)
    names: dict[str, str] = {}
    for path in sets.known:
        if (name := repository(path)) is not None:
            names[path] = name
    first: dict[str, str] = {}
    for path, name in names.items():
        sets.join(first.setdefault(name, path), path)
    return tuple(_unit(forest, paths, names) for paths in sets.all)


def _unit(forest: Forest, paths: Sequence[str], names: dict[str, str]) -> Unit:
    read = [forest.files[path] for path in paths if path in forest.files]
    pins = [ReleaseKey(pin.name, pin.version) for file in read for pin in file.pins]
    name = min(names.get(path, path) for path in paths)
    return Unit(name, frozenset(paths), frozenset(pins), len(pins) + len(paths))


def restricted(forest: Forest, part: Iterable[Unit]) -> Forest:
    """What of a forest one shard checks; the rest stays beside it, for the rules that look at other trees' pins."""
    paths = frozenset[str]().union(*(unit.paths for unit in part))
    return replace(
        forest,
        trees=tuple(tree for tree in forest.trees if tree.members[0].file.source.path in paths),
        files={path: file for path, file in forest.files.items() if path in paths},
        places={path: place for path, place in forest.places.items() if path in paths},
        unchecked=tuple(entry for entry in forest.unchecked if entry.path in paths),
        skipped=tuple(entry for entry in forest.skipped if entry.path in paths),
        beside=tuple(tree for tree in forest.trees if tree.members[0].file.source.path not in paths),
    )


def identity(parts: Parts, forest: Forest) -> str:
    """What two runs share that cut the same files, with the same text, in the same way."""
    seen = hashlib.sha256()
    for number, part in enumerate(parts):
        for unit in part:
            for path in sorted(unit.paths):
                text = forest.files[path].source.text if path in forest.files else ""
                digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
                seen.update(f"{number}\0{path}\0{digest}\n".encode("utf-8", "surrogatepass"))
    return seen.hexdigest()[:_DIGITS]


_DIGITS = 16


class _Sets:
    """Which paths belong together (disjoint sets)."""

    def __init__(self) -> None:
        self._above: dict[str, str] = {}

    @property
    def known(self) -> list[str]:
        return sorted(self._above)

    @property
    def all(self) -> list[list[str]]:
        found: dict[str, list[str]] = {}
        for path in self.known:
            found.setdefault(self._top(path), []).append(path)
        return list(found.values())

    def join(self, one: str, other: str) -> None:
        first, second = sorted((self._top(one), self._top(other)))
        self._above[second] = first

    def _top(self, path: str) -> str:
        above = self._above.setdefault(path, path)
        while above != path:
            # Halves the way for whoever comes next.
            self._above[path] = self._above[above]
            path, above = above, self._above[above]
        return path


# --- names alone -----------------------------------------------------------


def cut_names(names: Iterable[str], shards: int) -> tuple[tuple[str, ...], ...]:
    """Repositories of which nothing is known but what they are called: neighbours by name are the likeliest kin."""
    ordered = sorted(set(names))
    bounds = [len(ordered) * number // shards for number in range(shards + 1)]
    return tuple(tuple(ordered[start:end]) for start, end in pairwise(bounds))


def identity_of_names(parts: Iterable[Iterable[str]]) -> str:
    """The same as `identity` for them."""
    listed = "".join(f"{number}\0{name}\n" for number, part in enumerate(parts) for name in part)
    return hashlib.sha256(listed.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]


# --- the cut ---------------------------------------------------------------


def cut(units: Sequence[Unit], shards: int) -> Parts:
    """So many shards; where there are fewer units, some have none."""
    ordered = sorted(units, key=lambda unit: (-unit.work, unit.name))
    parts: list[list[Unit]] = [[] for _ in range(shards)]
    for unit, place in zip(ordered, _placed(ordered, shards), strict=True):
        parts[place].append(unit)
    return tuple(tuple(sorted(part, key=lambda unit: unit.name)) for part in parts)


def requests(parts: Iterable[Iterable[Unit]]) -> int:
    """How many releases are asked for, by all shards together."""
    return sum(len(frozenset[ReleaseKey]().union(*(unit.releases for unit in part))) for part in parts)


def _placed(units: Sequence[Unit], shards: int) -> list[int]:
    """The shard of each unit."""
    if shards == 1:
        return [0] * len(units)
    held = Counter(key for unit in units for key in unit.releases)
    # What one unit alone pins is asked for once, wherever that goes.
    numbers = {key: number for number, key in enumerate(key for key, count in held.items() if count > 1)}
    shared = [sorted(numbers[key] for key in unit.releases if key in numbers) for unit in units]
    # How probable it is that no other unit brings the release to a shard, if all fell where they fall by chance.
    # Whole numbers add up to the same in any order, and sets come in another order in each process.
    weights = [round(_ONE * (1 - 1 / shards) ** (held[key] - 1)) for key in numbers]
    state = _State(len(numbers), shards, [unit.work for unit in units])
    places: list[int] = []
    for unit, keys in zip(units, shared, strict=True):
        places.append(state.first(keys, weights, unit.work))
        state.put(keys, places[-1], unit.work)
    for _ in range(_ROUNDS):
        before = list(places)
        for at, (unit, keys) in enumerate(zip(units, shared, strict=True)):
            state.take(keys, places[at], unit.work)
            places[at] = state.better(keys, places[at], unit.work)
            state.put(keys, places[at], unit.work)
        if places == before:
            break
    return places


class _State:
    """What each shard has so far."""

    def __init__(self, releases: int, shards: int, works: Sequence[int]) -> None:
        average = sum(works) / shards
        self._least = (2 - _SLACK) * average
        self._most = max(_SLACK * average, average + median_low(works or [0]) / 2)
        self._has: list[dict[int, int]] = [{} for _ in range(releases)]
        """By release: how many units of each shard pin it."""
        self._work = [0] * shards

    def put(self, keys: Iterable[int], shard: int, work: int) -> None:
        self._work[shard] += work
        for key in keys:
            has = self._has[key]
            has[shard] = has.get(shard, 0) + 1

    def take(self, keys: Iterable[int], shard: int, work: int) -> None:
        self._work[shard] -= work
        for key in keys:
            has = self._has[key]
            if has[shard] == 1:
                del has[shard]
            else:
                has[shard] -= 1

    def first(self, keys: Iterable[int], weights: Sequence[int], work: int) -> int:
        """Where it shares most of what is rare."""
        gains = [0] * len(self._work)
        for key in keys:
            if len(has := self._has[key]) < _EVERYWHERE:
                for shard in has:
                    gains[shard] += weights[key]
        # To be half full counts as much as to lack half of what the unit shares with any other.
        most, whole = ceil(self._most), sum(weights[key] for key in keys)
        return self._chosen([gain * most - whole * load for gain, load in zip(gains, self._work, strict=True)], work)

    def better(self, keys: Iterable[int], old: int, work: int) -> int:
        """Where it saves most requests; where it was, unless another is truly better and can take it."""
        if self._work[old] < self._least:
            return old
        gains = [0] * len(self._work)
        for key in keys:
            if len(has := self._has[key]) < _EVERYWHERE:
                for shard in has:
                    gains[shard] += 1
        best = self._chosen(gains, work)
        return best if gains[best] > gains[old] else old

    def _chosen(self, gains: Sequence[int], work: int) -> int:
        """The best with room, of equals the one with less work, and the one with least work always."""
        loads = self._work
        emptiest = min(range(len(loads)), key=lambda shard: (loads[shard], shard))
        room = [shard for shard, load in enumerate(loads) if load + work <= self._most or shard == emptiest]
        return max(room, key=lambda shard: (gains[shard], -loads[shard], -shard))
