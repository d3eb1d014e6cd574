"""pip as a server, run by itself: a folder a line in, what pip would install from its requirements.txt a line out.

pip is imported once, and works in a fork of this process for each folder: that
is as separate as a process of its own, at a fifth of the time.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path


def install(folder: str, wheels: str, options: list[str], report: Path) -> int:
    """pip's exit code."""
    from pip._internal.cli.main import main

    os.chdir(folder)
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    where = ["--no-index", "--find-links", wheels, "--no-deps", "--ignore-installed", "--no-build-isolation"]
    said = ["--quiet", "--dry-run", "--report", str(report)]
    return main(["install", *where, *said, *options, "-r", "requirements.txt"])


def outcome(folder: str, wheels: str, options: list[str]) -> list[str] | None:
    """Name and version of what pip would install; None where it refuses."""
    with tempfile.TemporaryDirectory() as temporary:
        report = Path(temporary, "report.json")
        child = os.fork()
        if child == 0:
            code = 1
            try:
                code = install(folder, wheels, options, report)
            finally:
                os._exit(code)
        if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0:
            return None
        if not report.exists():  # nothing to install at all
            return []
        told = (entry["metadata"] for entry in json.loads(report.read_text(encoding="utf-8"))["install"])
        return sorted(f"{entry['name']}=={entry['version']}" for entry in told)


def serve() -> None:
    # Before the first fork, so that none has to import them.
    import pip._internal.cli.main
    import pip._internal.commands.install
    import pip._internal.resolution.resolvelib.resolver  # noqa: F401

    wheels = sys.argv[1]
    for line in sys.stdin:
        asked = json.loads(line)
        print(json.dumps(outcome(asked["folder"], wheels, asked["options"])), flush=True)


if __name__ == "__main__":
    serve()
