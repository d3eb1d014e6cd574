"""Cold: every pin of the replica asked for, nothing known before."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

from bench import documents, peers
from bench.claims import MEGABYTE, Claim, Result, medians_table, times
from bench.measure import Command, in_turn, median, once
from bench.replica import Scene, Served, serve
from bench.setting import Setting

DELAY = 0.03
CONNECTIONS = (16, 32)
_MOST_TIMES_CURL = {16: 1.25, 32: 1.5}
_MOST_MEMORY = 80.0
_FASTER_THAN_HASHIN = 8.0
_FASTER_THAN_UV = 5.0
_SIMPLE_CONNECTIONS = 16
_RESOLVED = 60
_MOST_MEMORY_OF_PAGES = 300.0
_WHY_CURL = "curl reads no file and no answer; what is on top is start-up, reading and judging"
_LINE = 50_000_000  # bits in a second


def cold(setting: Setting) -> Result:
    """The release's own document of every pin, at 30 ms each."""
    work = setting.folder("cold")
    with serve(setting.replica, [Scene("plain", DELAY)], work) as served:
        plain = served["plain"]
        commands = _beside_curl(setting, plain, *CONNECTIONS)
        commands["hashin"] = peers.hashin(setting.tools, plain, setting.bare, work / "hashin.txt")
        commands["uv pip compile --no-deps"] = peers.uv(setting.tools, plain, setting.bare, work / "uv.txt")
        took = in_turn(commands, setting.rounds)
        took[f"pip-compile, {_RESOLVED} pins"] = median([once(_resolving(setting, plain, work))])
    fast = took["hashpin, 16"]
    claims = [
        Claim(
            f"cold, {n} connections: hashpin beside curl",
            times(took[f"hashpin, {n}"], took[f"curl, {n}"]),
            most,
            "times",
            why=_WHY_CURL,
        )
        for n, most in _MOST_TIMES_CURL.items()
    ]
    of_uv = times(took["uv pip compile --no-deps"], fast)
    claims += [
        Claim(
            "cold: hashin beside hashpin (16)",
            times(took["hashin"], fast),
            _FASTER_THAN_HASHIN,
            "times",
            at_least=True,
            why="on loopback a line costs nothing, and hashin needs a wide one; see below",
        ),
        Claim(
            "cold: uv pip compile --no-deps beside hashpin (16)",
            of_uv,
            _FASTER_THAN_UV,
            "times",
            at_least=True,
            why="a fifth of uv's time is less than curl needs to ask; over a real line uv waits for pages, see below",
        ),
        Claim("cold: hashpin's peak memory (16)", fast.peak / MEGABYTE, _MOST_MEMORY, "MB"),
    ]
    told = f"Every answer {DELAY * 1000:.0f} ms late, HTTP/1.1; the number is that of connections (`--jobs`)."
    return Result("Cold", told, medians_table(took, "hashpin, 16"), tuple(claims))


def line(setting: Setting) -> Result:
    """The same over a line of 50 Mbit/s, where what has to come counts, too."""
    work = setting.folder("line")
    with serve(setting.replica, [Scene("line", DELAY, link=_LINE // 8)], work) as served:
        scene = served["line"]
        commands = {f"{name} connections": command for name, command in _beside_curl(setting, scene, 32).items()}
        commands["uv pip compile --no-deps"] = peers.uv(setting.tools, scene, setting.bare, work / "uv.txt")
        took = in_turn(commands, setting.rounds)
        # Half a minute each: once is enough to see by how much.
        took["hashin, once"] = median([once(peers.hashin(setting.tools, scene, setting.bare, work / "hashin.txt"))])
    fast = took["hashpin, 32 connections"]
    claims = (
        Claim(
            "over a line of 50 Mbit/s: hashin",
            took["hashin, once"].seconds / fast.seconds,
            _FASTER_THAN_HASHIN,
            "times",
            True,
        ),
        Claim(
            "over a line of 50 Mbit/s: uv pip compile --no-deps",
            times(took["uv pip compile --no-deps"], fast),
            _FASTER_THAN_UV,
            "times",
            at_least=True,
        ),
    )
    told = (
        f"Every answer {DELAY * 1000:.0f} ms late, and all answers together over a line of 50 Mbit/s: who asks for "
        "whole projects waits for them."
    )
    return Result("Cold, over a line", told, medians_table(took, "hashpin, 32 connections"), claims)


def _needs(setting: Setting, pin: documents.Pinned) -> bool:
    document = json.loads(documents.release_path(setting.replica, pin.name, pin.version).read_bytes())
    return bool(document["info"]["requires_dist"])


def _resolving(setting: Setting, served: Served, work: Path) -> Command:
    """pip-compile with a few of the pins, that need nothing: all of them would take it minutes."""
    some = work / "some.in"
    alone = (pin for pin in documents.pins(setting.replica) if not _needs(setting, pin))
    some.write_text(documents.bare(itertools.islice(alone, _RESOLVED)))
    return peers.pip_compile(setting.tools, served, some, work / "pip-compile.txt")


def simple(setting: Setting) -> Result:
    """An index without the release's own documents: Simple pages, and core metadata where a rule needs it."""
    work = setting.folder("simple")
    config = work / "no-needs.toml"
    config.write_text('[severity]\nmissing-dependency = "off"\n')
    with serve(setting.replica, [Scene("no-release-json", DELAY, release_json=False)], work) as served:
        scene = served["no-release-json"]
        jobs = str(_SIMPLE_CONNECTIONS)
        commands: dict[str, Command] = {}
        for kind, arguments in {"all rules": (), "no missing-dependency": ("--config", str(config))}.items():
            hashpin = peers.hashpin(setting.tools, scene, [str(setting.hashed)], "--jobs", jobs, *arguments)
            (of_it := work / kind.replace(" ", "-")).mkdir()
            commands[f"hashpin, {kind}"] = hashpin
            commands[f"curl, {kind}"] = peers.curl(scene, once(hashpin).asked, of_it, _SIMPLE_CONNECTIONS)
        took = in_turn(commands, setting.rounds)
    claims = [
        Claim(
            f"Simple fallback, 16 connections, {kind}",
            times(took[f"hashpin, {kind}"], took[f"curl, {kind}"]),
            1.5,
            "times",
        )
        for kind in ("all rules", "no missing-dependency")
    ]
    peak = max(took[f"hashpin, {kind}"].peak for kind in ("all rules", "no missing-dependency"))
    claims.append(Claim("Simple fallback: hashpin's peak memory", peak / MEGABYTE, _MOST_MEMORY_OF_PAGES, "MB"))
    told = f"No `pypi/NAME/VERSION/json`; every answer {DELAY * 1000:.0f} ms late, HTTP/1.1, {jobs} connections."
    return Result("Cold, by the Simple API", told, medians_table(took), tuple(claims))


def _beside_curl(setting: Setting, served: Served, *connections: int) -> dict[str, Command]:
    """hashpin and curl with so many connections each; curl asks what hashpin asked."""
    commands: dict[str, Command] = {}
    for number in connections:
        hashpin = peers.hashpin(setting.tools, served, [str(setting.hashed)], "--jobs", str(number))
        commands[f"hashpin, {number}"] = hashpin
        commands[f"curl, {number}"] = peers.curl(served, once(hashpin).asked, setting.work, number)
    return commands
