"""Reading a file beside pip's own parser, each in a process of its own, of the same kind."""

from __future__ import annotations

import json
import statistics
from pathlib import Path

from bench import reading
from bench.claims import MEGABYTE, Claim, Result
from bench.measure import Command, Failed, Run, once
from bench.setting import Setting

_SCRIPT = Path(__file__).with_name("one_reading.py")
_MEGABYTES = 5
_LEAST_RATE = 20.0
_FASTER_THAN_PIP = 10.0


def parsing(setting: Setting) -> Result:
    """Five megabytes in the layout of pip-compile."""
    work = setting.folder("parsing")
    path, tiny = work / "requirements.txt", work / "tiny.txt"
    reading.make(path, _MEGABYTES)
    tiny.write_text("demo==1.0\n")
    pythons = {"hashpin": str(setting.python), "pip": setting.tools.program("python")}
    seconds: dict[str, list[float]] = {reader: [] for reader in pythons}
    found: set[int] = set()
    for _ in range(setting.rounds):
        for reader, python in pythons.items():
            took, pins = _told(once(Command([python, str(_SCRIPT), reader, str(path), str(tiny)])))
            seconds[reader].append(took)
            found.add(pins)
    if len(found) != 1:
        raise Failed(f"the readers differ: {sorted(found)} pins")
    size = path.stat().st_size / MEGABYTE
    rates = {reader: size / statistics.median(took) for reader, took in seconds.items()}
    rows = [f"| {reader} | {statistics.median(took):.3f} | {rates[reader]:.1f} |" for reader, took in seconds.items()]
    faster = statistics.median(pip / own for own, pip in zip(seconds["hashpin"], seconds["pip"], strict=True))
    claims = (
        Claim("reading a hashed file", rates["hashpin"], _LEAST_RATE, "MB/s", at_least=True),
        Claim(
            "reading the same file: pip's own parser beside hashpin's", faster, _FASTER_THAN_PIP, "times", at_least=True
        ),
    )
    told = (
        f"{size:.1f} MB, {found.pop():,} pins with 20 hashes each; processor time, imports left out. pip's is "
        "`parse_requirements`, which splits lines and options, and leaves requirements and hashes as texts."
    )
    return Result("Reading", told, "\n".join(["| | processor s | MB/s |", "|---|---:|---:|", *rows]), claims)


def _told(run: Run) -> tuple[float, int]:
    told = json.loads(run.output)
    return told["seconds"], told["pins"]
