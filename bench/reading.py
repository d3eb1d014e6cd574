"""How long reading takes as files grow: it must be linear.

    python -m bench.reading
    python -m bench.reading --profile 5

Each file is made in the layout of pip-compile and read in a fresh process, so
that neither the memory nor the caches of one run help the next. Ends 1 if the
largest file takes half as much again for each byte as the smallest.
"""

from __future__ import annotations

import argparse
import cProfile
import hashlib
import io
import json
import pstats
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from hashpin import files
from hashpin.formats import parse
from hashpin.model import Source

SIZES = (5, 10, 20, 50)
_MEGABYTE = 1_000_000
_HASHES_OF_A_PIN = 20
_TOLERATED = 1.5


@dataclass(frozen=True, slots=True)
class Took:
    """One reading of one file."""

    bytes: int
    pins: int
    hashes: int
    seconds: float
    """Of the processor: other work on the machine does not count."""
    memory: int
    """The most that the process held, in bytes, the interpreter included."""

    @property
    def rate(self) -> float:
        """Bytes in a second."""
        return self.bytes / self.seconds


def pins() -> Iterator[str]:
    """Pins without end as pip-compile writes them, each with hashes of its own."""
    number = 0
    while True:
        name = f"project-{number:06d}"
        hashes = (hashlib.sha256(f"{name} {n}".encode()).hexdigest() for n in range(_HASHES_OF_A_PIN))
        marker = "" if number % 4 else " ; python_version >= '3.11'"
        lines = [f"{name}=={number % 50}.{number % 7}.0{marker}"]
        lines += [f"    --hash=sha256:{digest}" for digest in hashes]
        yield " \\\n".join(lines) + "\n    # via -r requirements.in\n"
        number += 1


def make(path: Path, megabytes: float) -> None:
    """Write a file of about so many megabytes."""
    with path.open("w") as file:
        written = 0
        for pin in pins():
            written += file.write(pin)
            if written >= megabytes * _MEGABYTE:
                return


def read(path: Path) -> Took:
    """Read a file in this process."""
    start = time.process_time()
    source = files.read(path)
    assert isinstance(source, Source)
    file = parse(source)
    seconds = time.process_time() - start
    found = list(file.pins)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return Took(path.stat().st_size, len(found), sum(len(pin.hashes) for pin in found), seconds, memory)


def in_a_fresh_process(path: Path) -> Took:
    command = [sys.executable, "-m", "bench.reading", "--read", str(path)]
    ran = subprocess.run(command, check=True, capture_output=True, text=True)
    return Took(**json.loads(ran.stdout))


def table(megabytes: list[int]) -> bool:
    """Print a row for each size; whether the time for a byte stays the same."""
    print(" size MB     pins    hashes  seconds   MB/s  memory MB  per byte, of the first")
    took: list[Took] = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "requirements.txt"
        for size in megabytes:
            make(path, size)
            row = in_a_fresh_process(path)
            took.append(row)
            print(
                f"{row.bytes / _MEGABYTE:8.1f} {row.pins:8,} {row.hashes:9,} {row.seconds:8.2f} "
                f"{row.rate / _MEGABYTE:6.1f} {row.memory / _MEGABYTE:10.0f} {took[0].rate / row.rate:8.2f}",
                flush=True,
            )
    return all(took[0].rate / row.rate < _TOLERATED for row in took)


def profile(megabytes: int) -> str:
    """Where the time goes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "requirements.txt"
        make(path, megabytes)
        profiler = cProfile.Profile()
        profiler.runcall(read, path)
    told = io.StringIO()
    pstats.Stats(profiler, stream=told).strip_dirs().sort_stats("tottime").print_stats(15)
    return told.getvalue()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("megabytes", nargs="*", type=int, default=list(SIZES))
    parser.add_argument("--profile", type=int, metavar="MB", help="show where the time goes instead")
    parser.add_argument("--read", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.read:
        print(json.dumps(asdict(read(options.read))))
        return 0
    if options.profile:
        print(profile(options.profile))
        return 0
    if table(options.megabytes):
        return 0
    print("reading is not linear", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
