"""Cutting: nothing is lost, nothing is torn apart, and no shard gets too much, whatever pins what."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from packaging.utils import NormalizedName

from hashpin import files, sharding, tree
from hashpin.files import Found, Refused
from hashpin.model import ReleaseKey, Source
from hashpin.sharding import Unit
from hashpin.tree import Forest

SHARDS = st.integers(1, 12)
_NUMBERS = st.frozensets(st.integers(0, 30), max_size=20)


@st.composite
def units(draw: st.DrawFn) -> list[Unit]:
    pinned = draw(st.lists(st.tuples(_NUMBERS, st.integers(1, 50)), max_size=40))
    return [
        Unit(
            f"{number}.txt",
            frozenset([f"{number}.txt"]),
            frozenset(ReleaseKey(NormalizedName(f"p{key}"), "1") for key in keys),
            len(keys) + more,
        )
        for number, (keys, more) in enumerate(pinned)
    ]


@given(units(), SHARDS, st.randoms(use_true_random=False))
def test_every_unit_is_in_one_shard_whatever_the_order(found: list[Unit], shards: int, order: random.Random) -> None:
    parts = sharding.cut(found, shards)
    assert len(parts) == shards
    assert sorted(unit.name for part in parts for unit in part) == sorted(unit.name for unit in found)
    shuffled = list(found)
    order.shuffle(shuffled)
    assert sharding.cut(shuffled, shards) == parts


@given(units(), SHARDS)
def test_no_shard_has_far_more_than_the_others(found: list[Unit], shards: int) -> None:
    loads = [sum(unit.work for unit in part) for part in sharding.cut(found, shards)]
    average = sum(loads) / shards
    assert max(loads) <= max(1.1 * average, average + max((unit.work for unit in found), default=0))


@given(units(), SHARDS)
def test_requests_are_between_each_release_once_and_in_every_unit(found: list[Unit], shards: int) -> None:
    asked = sharding.requests(sharding.cut(found, shards))
    assert sharding.requests([found]) <= asked <= sum(len(unit.releases) for unit in found)


@given(st.sets(st.text("abc/", min_size=1)), SHARDS)
def test_every_name_is_in_one_shard_and_all_are_alike(names: set[str], shards: int) -> None:
    parts = sharding.cut_names(names, shards)
    assert [name for part in parts for name in part] == sorted(names)
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


# --- files -----------------------------------------------------------------

_PATHS = [f"{letter}.txt" for letter in "abcdefgh"]
_LINES = st.one_of(
    st.builds("{} {}\n".format, st.sampled_from(["-r", "-c"]), st.sampled_from([*_PATHS, "missing.txt", "unread.txt"])),
    st.builds("p{}=={}\n".format, st.integers(0, 9), st.integers(0, 3)),
    st.just("prose that no reader of pins can make sense of\n"),
)
TEXTS = st.dictionaries(st.sampled_from(_PATHS), st.lists(_LINES, min_size=1, max_size=5).map("".join), min_size=1)


def grown(texts: Mapping[str, str]) -> Forest:
    """The forest of these files, of which none is on a disk; one more cannot be read."""

    def read(found: Found) -> Source | Refused:
        name = found.path.name
        return Source(name, texts[name]) if name in texts else Refused(name, "cannot be read")

    def target(by: Found, name: str) -> Found | None:
        return Found(Path(name), Path(), named=True) if name in texts or name == "unread.txt" else None

    found = [Found(Path(name), Path(), named=False) for name in [*texts, "unread.txt"]]
    return tree.grow(files.Finds(found), read, target)


@given(TEXTS, SHARDS)
def test_every_file_is_in_one_shard_and_no_tree_is_torn(texts: dict[str, str], shards: int) -> None:
    forest = grown(texts)
    parts = sharding.cut(sharding.units(forest), shards)
    pieces = [sharding.restricted(forest, part) for part in parts]
    for part, piece in zip(parts, pieces, strict=True):
        paths = {path for unit in part for path in unit.paths}
        assert piece.files.keys() <= paths
        for entry in piece.trees:
            assert {member.file.source.path for member in entry.members} <= piece.files.keys()
    for told in ("trees", "unchecked", "skipped"):
        whole = [repr(entry) for entry in getattr(forest, told)]
        assert sorted(repr(entry) for piece in pieces for entry in getattr(piece, told)) == sorted(whole)
    assert sorted(path for piece in pieces for path in piece.files) == sorted(forest.files)
    assert all(len(piece.trees) + len(piece.beside) == len(forest.trees) for piece in pieces)


@given(TEXTS, TEXTS, SHARDS)
def test_two_cuts_have_one_name_if_they_are_of_the_same_texts(
    one: dict[str, str], other: dict[str, str], shards: int
) -> None:
    forests = grown(one), grown(other)
    first, second = (sharding.identity(sharding.cut(sharding.units(f), shards), f) for f in forests)
    # Of what is no requirements file the name counts alone.
    read, also_read = (({p: f.source.text for p, f in of.files.items()}, of.skipped) for of in forests)
    assert (first == second) == (read == also_read)


@given(TEXTS, st.dictionaries(st.sampled_from(_PATHS), st.sampled_from(["one", "two"])))
def test_a_repository_stays_whole(texts: dict[str, str], of: dict[str, str]) -> None:
    found = sharding.units(grown(texts), of.get)
    holding = {path: unit for unit in found for path in unit.paths}
    for name in ("one", "two"):
        assert len({holding[path].name for path in of if of[path] == name and path in holding}) <= 1
