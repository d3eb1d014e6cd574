"""What a cut saves, and that it does not depend on the process that makes it."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path

from packaging.utils import NormalizedName

from bench import sweep
from hashpin.model import ReleaseKey
from hashpin.sharding import Unit, cut, requests

ROOT = Path(__file__).parent.parent


def unit(name: str, *pinned: str) -> Unit:
    keys = frozenset(ReleaseKey(NormalizedName(project), "1") for project in pinned)
    return Unit(name, frozenset([name]), keys, len(pinned) + 1)


def test_what_pins_alike_comes_together() -> None:
    found = [unit(f"{team}{number}", *(f"{team}-{n}" for n in range(10))) for number in range(5) for team in "abcd"]
    random.Random(1).shuffle(found)
    parts = cut(found, 4)
    assert [{unit.name[0] for unit in part} for part in parts] == [{unit.name[0]} for unit, *_ in parts]
    assert requests(parts) == 40


def test_what_all_pin_parts_nobody() -> None:
    """A release that is everywhere must not draw all into one shard."""
    everywhere = [f"common-{number}" for number in range(30)]
    found = [unit(f"{team}{number}", *everywhere, f"{team}-only") for number in range(6) for team in "ab"]
    parts = cut(found, 2)
    assert [len(part) for part in parts] == [6, 6]
    assert requests(parts) == 62


def test_a_cut_asks_far_less_than_chance_where_teams_share_a_stack() -> None:
    found = [repository.unit for repository in sweep.repositories(300, 20)]
    by_chance = [requests(sweep.at_random(found, 10, seed)) for seed in range(5)]
    assert requests(cut(found, 10)) < 0.8 * min(by_chance)


def test_a_cut_asks_less_than_chance_where_nothing_is_shared_on_purpose() -> None:
    found = [repository.unit for repository in sweep.repositories(300, 0)]
    by_chance = [requests(sweep.at_random(found, 10, seed)) for seed in range(5)]
    assert requests(cut(found, 10)) < min(by_chance)


def test_more_shards_than_units_leave_some_empty() -> None:
    assert sorted(len(part) for part in cut([unit("a", "x"), unit("b", "y")], 5)) == [0, 0, 0, 1, 1]
    assert cut([], 2) == ((), ())


_SCRIPT = """
import json
from bench import sweep
from hashpin.sharding import cut
found = [repository.unit for repository in sweep.repositories(60, 5)]
print(json.dumps([[unit.name for unit in part] for part in cut(found, 7)]))
"""


def test_every_process_makes_the_same_cut() -> None:
    """Sets come in another order in each, by PYTHONHASHSEED."""
    cuts = []
    for seed in ("0", "1"):
        environ = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        done = subprocess.run([sys.executable, "-c", _SCRIPT], env=environ, capture_output=True, check=True)
        cuts.append(json.loads(done.stdout))
    assert cuts[0] == cuts[1]


def test_the_requests_that_are_counted_are_those_that_come_in() -> None:
    proof = sweep.proved(8, 3)
    assert (proof.came, proof.codes) == (proof.counted, (0,) * 6)
    assert proof.with_one_cache == proof.distinct < sum(proof.counted)


def test_the_table_of_a_sweep_has_a_row_for_each_cut() -> None:
    lines = sweep.table([20], [1, 3]).splitlines()
    assert [line.split(" | ")[:3] for line in lines[2:]] == [
        ["| 20", drawn, shards] for drawn in ("each its own", "templates") for shards in ("1", "3")
    ]
    assert {line.count("|") for line in lines} == {10}
