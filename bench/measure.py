"""Runs commands in turn, several times, and tells medians: of time, processor time, memory, requests and bytes."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.replica import Asked, Served

_SPAWN = Path(__file__).with_name("spawn.py")
_LONGEST = 600  # seconds of one command
_PASSED_ON = ("PATH", "HOME", "LANG", "TMPDIR")


class Failed(Exception):
    """A command of the bench ended as it should not; the message has its last words."""


@dataclass(frozen=True, slots=True)
class Command:
    """What is run, where and how."""

    arguments: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    codes: tuple[int, ...] = (0,)
    """How it may end."""
    asks: Served | None = None
    """Whose log tells its requests."""
    until_output: bool = False
    """Whether it is timed until its first output, in place of its end."""
    before: Callable[[], None] | None = None
    """What is done each time before it, outside of the measured time."""


@dataclass(frozen=True, slots=True)
class Run:
    """What one run took."""

    seconds: float
    """Until its end; until its first output, where that was asked."""
    cpu: float
    peak: int
    """Bytes, of the largest process of its tree."""
    asked: tuple[Asked, ...]
    output: str


@dataclass(frozen=True, slots=True)
class Median:
    """The middle of several runs, each figure by itself."""

    seconds: float
    cpu: float
    peak: float
    requests: float
    bytes: float
    runs: tuple[Run, ...]

    @property
    def spread(self) -> tuple[float, float]:
        """The fastest and the slowest run."""
        seconds = [run.seconds for run in self.runs]
        return min(seconds), max(seconds)


def once(command: Command) -> Run:
    """Run a command and wait for it. Raises Failed."""
    if command.before:
        command.before()
    mark = command.asks.mark() if command.asks else 0
    env = {name: os.environ[name] for name in _PASSED_ON if name in os.environ} | dict(command.env)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        asked = {"command": list(command.arguments), "env": env, "cwd": folder, "out": str(out), "seconds": _LONGEST}
        asked["first"] = command.until_output
        ran = subprocess.run(
            [sys.executable, "-I", "-S", str(_SPAWN)],
            input=json.dumps(asked),
            check=False,
            capture_output=True,
            text=True,
        )
        if ran.returncode:
            raise Failed(f"{command.arguments[0]} could not be run: {ran.stderr.strip()[-500:]}")
        took = json.loads(ran.stdout)
        output = out.read_text(errors="replace")
    if took["code"] not in command.codes:
        raise Failed(f"{' '.join(command.arguments)[:200]} ended {took['code']}:\n{output[-2000:]}")
    requests = tuple(command.asks.asked(mark)) if command.asks else ()
    if command.until_output and took["first"] is None:
        raise Failed(f"{command.arguments[0]} said nothing")
    return Run(took["first"] if command.until_output else took["seconds"], took["cpu"], took["peak"], requests, output)


def in_turn(commands: Mapping[str, Command], rounds: int, *, warm_ups: int = 1) -> dict[str, Median]:
    """Each in turn, A B C A B C, so that what else the machine does falls on all alike."""
    runs: dict[str, list[Run]] = {name: [] for name in commands}
    for number in range(warm_ups + rounds):
        for name, command in commands.items():
            ran = once(command)
            print(f"{name}: {ran.seconds:.3f} s", file=sys.stderr, flush=True)
            if number >= warm_ups:
                runs[name].append(ran)
    return {name: median(of_it) for name, of_it in runs.items()}


def median(runs: Sequence[Run]) -> Median:
    """Of at least one run."""
    return Median(
        statistics.median(run.seconds for run in runs),
        statistics.median(run.cpu for run in runs),
        statistics.median(run.peak for run in runs),
        statistics.median(len(run.asked) for run in runs),
        statistics.median(sum(one.bytes for one in run.asked) for run in runs),
        tuple(runs),
    )
