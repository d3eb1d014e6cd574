"""Ten thousand files: whether time grows as a straight line, and what is held meanwhile."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from pathlib import Path

from bench import documents, made, peers
from bench.claims import MEGABYTE, Claim, Result, medians_table
from bench.measure import Command, in_turn
from bench.replica import Scene, serve
from bench.setting import Setting

_SIZES = (2_500, 5_000, 7_500, 10_000)
_PINS = 10  # of a file
_FILES_OF_A_RELEASE = 10
_RELEASES = 3_000
_MOST_BEND = 10.0  # per cent
_MOST_MEMORY = 300.0
_ROUNDS = 3  # at most: these are long


def many_files(setting: Setting) -> Result:
    """Four sizes, asked of an index that answers at once, and without one."""
    work = setting.folder("many-files")
    index = setting.work / "many-files-replica"
    pins = _releases(index)
    tree = setting.work / "many-files-tree"
    parts = _tree(tree, pins)
    rounds = min(setting.rounds, _ROUNDS)
    commands: dict[str, Command] = {}
    with serve(index, [Scene("at-once")], work) as served:
        for number, size in enumerate(_SIZES, 1):
            paths = [str(part) for part in parts[:number]]
            asked = peers.hashpin(setting.tools, served["at-once"], paths, "--jobs", "16", "--quiet")
            commands[f"{size:,} files"] = asked
            offline = [str(setting.tools.hashpin), "check", "--offline", "--quiet", *paths]
            commands[f"{size:,} files, --offline"] = Command(offline, codes=(3,))
        took = in_turn(commands, rounds, warm_ups=0)
    claims: list[Claim] = []
    for kind in ("", ", --offline"):
        of_kind = [took[f"{size:,} files{kind}"] for size in _SIZES]
        told = f"{_SIZES[-1]:,} files{kind}"
        for time, seconds in {
            "time": [each.seconds for each in of_kind],
            "processor time": [each.cpu for each in of_kind],  # other work on the machine bends this less
        }.items():
            off = bend(_SIZES, seconds)
            claims.append(Claim(f"{told}: {time} off a straight line over four sizes", off, _MOST_BEND, "%"))
        claims.append(Claim(f"{told}: peak memory", took[told].peak / MEGABYTE, _MOST_MEMORY, "MB"))
    told = (
        f"Files of {_PINS} pins, {_FILES_OF_A_RELEASE} hashes each, of {_RELEASES:,} releases in all: the largest size "
        f"has {_SIZES[-1] * _PINS:,} pins and {_SIZES[-1] * _PINS * _FILES_OF_A_RELEASE:,} hashes. {rounds} rounds."
    )
    return Result("Ten thousand files", told, medians_table(took), tuple(claims))


def bend(sizes: Sequence[float], seconds: Sequence[float]) -> float:
    """By how many per cent the times are at most off the straight line that fits them best (least squares)."""
    middle = sum(sizes) / len(sizes), sum(seconds) / len(seconds)
    slope = sum((x - middle[0]) * (y - middle[1]) for x, y in zip(sizes, seconds, strict=True))
    slope /= sum((x - middle[0]) ** 2 for x in sizes)
    line = [middle[1] + slope * (x - middle[0]) for x in sizes]
    return max(abs(y - straight) / y for y, straight in zip(seconds, line, strict=True)) * 100


def _releases(folder: Path) -> list[documents.Pinned]:
    """Documents of releases alone, of made-up projects; made once."""
    if documents.manifest(folder) is None:
        for number in range(_RELEASES):
            made.one_release(folder, f"project-{number:04d}", _FILES_OF_A_RELEASE)
        documents.finish(folder, made.ORIGIN)
    return list(documents.pins(folder))


def _tree(folder: Path, pins: Sequence[documents.Pinned]) -> list[Path]:
    """Four folders of as many files; the same bytes each time, so what is there from an earlier run is kept."""
    dice = random.Random("tree")
    parts = [folder / f"part-{number}" for number, _ in enumerate(_SIZES, 1)]
    for part, (before, size) in zip(parts, itertools.pairwise((0, *_SIZES)), strict=True):
        for number in range(before, size):
            chosen = sorted(dice.sample(pins, _PINS), key=lambda pin: pin.name)
            path = part / f"service-{number:05d}" / "requirements.txt"
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(documents.hashed(chosen))
    return parts
