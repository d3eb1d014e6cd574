"""The part of a run that one of several machines does: what stays together in a cut, and which part is asked for."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta, Struct
from msgspec.structs import replace

from hashpin import __version__, files, sharding
from hashpin.errors import UsageError
from hashpin.merging.shape import LARGEST, Shape, held, loaded, wrong
from hashpin.model import Shard, Unchecked
from hashpin.tree import Forest
from hashpin.wishes import MOST_SHARDS
from hashpin.wording import plural, shortened


def units_of(forest: Forest, paths: Sequence[str]) -> tuple[tuple[sharding.Unit, ...], bool]:
    """What stays together, and whether each is a whole repository below one of the paths.

    Of one repository files are cut; where there are several, each stays whole.
    """
    roots: dict[Path, Path] = {}

    def root(path: str) -> Path:
        folder = forest.places.get(path, Path(path)).parent
        if folder not in roots:
            roots[folder] = files.root_of(folder)
        return roots[folder]

    entries = [tree.members[0].file.source.path for tree in forest.trees]
    held_by = {root(path) for path in entries if path != files.STANDARD_INPUT}
    repositories = {found for found in held_by if (found / ".git").exists()}
    outer = {r: files.shown(r) for r in repositories if not any(o != r and r.is_relative_to(o) for o in repositories)}
    if len(outer) < 2:
        return sharding.units(forest), False

    def repository(path: str) -> str | None:
        found = root(path)
        return next((outer[above] for above in (found, *found.parents) if above in outer), None)

    units = sharding.units(forest, repository)
    searched = [Path(os.path.realpath(path)) for path in paths]
    below = all(any(found.is_relative_to(path) for path in searched) for found in outer)
    return units, below and {unit.name for unit in units} == set(outer.values())


class Wanted(Struct, frozen=True):
    """Which part a run shall check."""

    number: int
    of: int
    cut: str | None = None
    """As a plan says; None where the cut is made from the files."""
    absent: tuple[str, ...] = ()
    """Repositories of the plan that are not here."""


def wanted(options: argparse.Namespace) -> Wanted:
    """The part that is asked for; with a plan, `paths` become its repositories. Raises UsageError."""
    if options.shard is None:
        raise UsageError("--plan says nothing without --shard K/N: which part of it is meant?")
    number, of = options.shard
    if options.plan is None:
        return Wanted(number, of)
    if options.paths != ["."]:
        raise UsageError("--plan names what is checked, so no PATH can stand beside it")
    data = loaded(options.plan, files.given(options.plan, LARGEST))
    planned = held(options.plan, data, _Planned, "plan of hashpin plan")
    if planned.hashpin != __version__:
        raise wrong(options.plan, f"was made by hashpin {planned.hashpin}, and this is {__version__}")
    if planned.parts is None:
        raise wrong(options.plan, "cuts files, not repositories: leave --plan out, and give the same PATHs")
    if len(planned.parts) != of:
        raise wrong(options.plan, f"has {plural(len(planned.parts), 'shard')}, and --shard says {number}/{of}")
    names = planned.parts[number - 1]
    if doubtful := next((name for name in names if name.startswith("-") or "\0" in name), None):
        raise wrong(options.plan, f"names {shortened(doubtful)!r}, which is no folder")
    options.paths = [name for name in names if _is_there(Path(name))]
    options.allow_empty = True  # a repository may hold no requirements file
    return Wanted(number, of, planned.cut, tuple(name for name in names if not _is_there(Path(name))))


def _is_there(folder: Path) -> bool:
    """Whether a repository is checked out: a clone that failed half way leaves its `.git` alone."""
    return folder.is_dir() and any(entry.name != ".git" for entry in folder.iterdir())


def part(options: argparse.Namespace, asked: Wanted, forest: Forest) -> tuple[Forest, Shard]:
    """What of the forest is to be checked, and as which shard."""
    if asked.cut is not None:
        lost = tuple(Unchecked(name, "is in the plan, and no such folder is here") for name in asked.absent)
        return replace(forest, unchecked=(*forest.unchecked, *lost)), Shard(asked.number, asked.of, asked.cut)
    units, _ = units_of(forest, options.paths)
    parts = sharding.cut(units, asked.of)
    cut = sharding.identity(parts, forest)
    return sharding.restricted(forest, parts[asked.number - 1]), Shard(asked.number, asked.of, cut)


class _Planned(Shape, frozen=True, kw_only=True):
    """What is read of a plan."""

    version: Literal[1]
    hashpin: Annotated[str, Meta(max_length=50)]
    cut: Annotated[str, Meta(pattern="^[0-9a-f]{16}$")]
    parts: (
        Annotated[tuple[tuple[Annotated[str, Meta(min_length=1)], ...], ...], Meta(max_length=MOST_SHARDS)] | None
    ) = None
