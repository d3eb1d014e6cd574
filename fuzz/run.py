"""Runs both fuzz targets side by side from the seeds of the golden cases, and says what they found.

    python -m fuzz.run --seconds 1800

What a run learns is kept in `.fuzz/`, so that the next one goes on from there; an
input that crashes or hangs is there, too, and the next run begins with it. Ends 1
if there was one.
"""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
KEPT = ROOT / ".fuzz"
# Before the file, the editor's input has two bytes that say what is wished; see editor.py.
TARGETS = {"reader": [b""], "editor": [b"\x00\x01", b"\x00\x0a", b"\x01\x17"]}
_OPTIONS = ["-timeout=2", "-max_len=1048576", f"-dict={ROOT / 'fuzz' / 'requirements.dict'}", "-print_final_stats=1"]
_SHOWN = 25


def seeds() -> Iterator[bytes]:
    """Every file of a repository that the suite has."""
    for pattern in ("cases/*/*/repo/**/*", "formats/layouts/*/*.txt"):
        yield from (path.read_bytes() for path in sorted((ROOT / "tests").glob(pattern)) if path.is_file())


def start(target: str, seconds: int) -> subprocess.Popen[bytes]:
    """Start one target with its seeds; it writes to a log of its own."""
    corpus, found = KEPT / target / "corpus", KEPT / target / "found"
    for folder in (corpus, found):
        folder.mkdir(parents=True, exist_ok=True)
    for seed in seeds():
        for header in TARGETS[target]:
            data = header + seed
            (corpus / hashlib.sha256(data).hexdigest()).write_bytes(data)
    limits = [f"-max_total_time={seconds}", f"-artifact_prefix={found}/", *_OPTIONS]
    command = [sys.executable, "-m", f"fuzz.{target}", *limits, str(corpus), str(found)]
    with (KEPT / target / "log").open("wb") as log:
        return subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT)


def tell(target: str, code: int) -> None:
    """The last lines of the log: the figures, or the finding with its traceback."""
    lines = (KEPT / target / "log").read_text(errors="replace").splitlines()
    telling = [line for line in lines if not line.startswith(("#", "\tNEW_FUNC", "Dictionary"))]
    print(f"--- {target}: {'nothing found' if code == 0 else f'ended with {code}'}")
    print("\n".join(telling[-(_SHOWN if code else 7) :]), flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=1800, help="for each target; they run at the same time")
    parser.add_argument("--only", choices=TARGETS)
    options = parser.parse_args()
    running = {target: start(target, options.seconds) for target in ([options.only] if options.only else TARGETS)}
    try:
        codes = {target: process.wait() for target, process in running.items()}
    finally:
        for process in running.values():
            process.kill()
    for target, code in codes.items():
        tell(target, code)
    return 1 if any(codes.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
