"""Warm: what an earlier run asked is kept, still fresh or expired."""

from __future__ import annotations

import time
from functools import partial

from bench import peers
from bench.claims import Claim, Result, medians_table, times
from bench.cold import DELAY
from bench.measure import Command, Median, in_turn, once
from bench.replica import Scene, serve
from bench.setting import Setting

_MOST_TIMES_SCRIPT = 2.0
_FRESH_FOR = 1  # second, of what shall be expired
_WHY = "nothing is waited for: it is start-up, and judging every hash and every need anew, for no verdict is kept"
_LEAST = """
import argparse, sqlite3, sys
from packaging.requirements import Requirement
with open(sys.argv[1]) as file:
    requirements = [Requirement(line.strip()) for line in file]
"""


def warm(setting: Setting) -> Result:
    """The cold run again, at once and after the answers have expired."""
    work = setting.folder("warm")
    if "--no-cache" not in setting.tools.switches:
        return Result("Warm", "This hashpin keeps nothing from run to run: not measured.", "")
    scenes = [Scene("fresh", DELAY), Scene("expired", DELAY, max_age=_FRESH_FOR)]
    with serve(setting.replica, scenes, work) as served:
        commands: dict[str, Command] = {}
        for name, scene in served.items():
            (cache := work / f"cache-{name}").mkdir()
            file = [str(setting.hashed)]
            command = peers.hashpin(setting.tools, scene, file, "--jobs", "16", HASHPIN_CACHE_DIR=str(cache))
            once(command)
            commands[f"hashpin, {name}"] = command
        expired = commands["hashpin, expired"]
        wait = partial(time.sleep, _FRESH_FOR + 1.1)  # HTTP's dates know whole seconds
        commands["hashpin, expired"] = Command(expired.arguments, expired.env, asks=expired.asks, before=wait)
        commands["a script that builds the requirements"] = Command(
            [str(setting.python), "-c", _LEAST, str(setting.bare)]
        )
        took = in_turn(commands, setting.rounds)
    fresh, script = took["hashpin, fresh"], took["a script that builds the requirements"]
    claims = (
        Claim("warm and fresh: requests of all runs", sum(len(run.asked) for run in fresh.runs), 0, "requests"),
        Claim("warm and fresh: hashpin beside the script", times(fresh, script), _MOST_TIMES_SCRIPT, "times", why=_WHY),
        Claim(
            "warm but expired: requests of all runs that were not conditional, or not answered 304",
            _unconditional(took["hashpin, expired"]),
            0,
            "requests",
        ),
    )
    told = (
        f"Every answer {DELAY * 1000:.0f} ms late, 16 connections. The script imports argparse, sqlite3 and packaging, "
        "and makes a `Requirement` of every pin."
    )
    return Result("Warm", told, medians_table(took), claims)


def _unconditional(took: Median) -> int:
    return sum(not (one.conditional and one.status == 304) for run in took.runs for one in run.asked)
