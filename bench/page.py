"""docs/performance.md: every promise with its figure, the tables behind them, and the machine of all that."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench import peers
from bench.claims import MEGABYTE, Result, claims_table
from bench.documents import Manifest

_HEAD = """\
# Performance

Written by `make bench`; do not edit. Medians of {rounds} rounds after one to warm up, where
a table says nothing else. The programs run in turn, so that
what slows one round slows all of them; each ratio is the median of the rounds' ratios. Times are of the whole process,
its start included; hashpin is installed by pip, byte-compiled, and started by its console script. Peak memory is that
of the largest process. Requests and bytes are from the server's log.
"""
_REPLICA = """\
## What is asked

A replica of an index on loopback, served by nginx with one worker: {projects} projects, {hashes:,} hashes of their
newest releases, {release:.0f} MB of releases' documents, {project:.0f} MB of projects' documents, {page:.0f} MB of
Simple pages (unpacked; they are sent packed to who takes that). {origin}
"""
_ORIGINS = {
    "made": (
        "Its documents are made up: as many releases and files, and texts as long, as popular projects of PyPI have "
        "(`bench/made.py`), under the names of some."
    ),
    "recorded": "Its documents were recorded from an index by `bench/record.py`.",
}


def write(path: Path, results: Sequence[Result], manifest: Manifest, versions: Mapping[str, str], rounds: int) -> None:
    """Write the page."""
    claims = [claim for result in results for claim in result.claims]
    sizes = {kind: size / MEGABYTE for kind, size in manifest.bytes.items()}
    origin = _ORIGINS.get(manifest.origin, "")
    replica = _REPLICA.format(projects=manifest.projects, hashes=manifest.hashes, origin=origin, **sizes)
    parts = [
        _HEAD.format(rounds=rounds),
        "## What is promised\n",
        claims_table(claims) + "\n",
        machine(versions),
        replica,
        "Beside hashpin:\n",
        peers.TABLE + "\n",
        *(result.markdown() for result in results),
    ]
    path.write_text("\n".join(parts))


def machine(versions: Mapping[str, str]) -> str:
    """Its description, without its name."""
    model = re.search(r"^model name\s*: (.+)$", _read("/proc/cpuinfo"), re.MULTILINE)
    memory = re.search(r"^MemTotal:\s+(\d+)", _read("/proc/meminfo"), re.MULTILINE)
    rows = {
        "processor": f"{len(os.sched_getaffinity(0))} cores{f' of {model[1]}' if model else ''}",
        "memory": f"{int(memory[1]) / 1024**2:.0f} GiB" if memory else "unknown",
        "system": f"{platform.system()} {platform.release()}",
        **versions,
    }
    lines = ["## The machine\n", "| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows.items())]
    return "\n".join(lines) + "\n"


def _read(path: str) -> str:
    try:
        return Path(path).read_text()
    except OSError:
        return ""
