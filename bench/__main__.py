"""Runs the benches, prints their tables, and writes docs/performance.md where all of them ran.

python -m bench
python -m bench --only cold --rounds 3 --hashpin ../another-checkout
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path

from bench import cold, container, many_files, multiplexed, page, parsing, startup, sweep, warm
from bench.claims import Result
from bench.measure import Failed
from bench.peers import Tools
from bench.replica import CannotServe
from bench.setting import ROOT, Setting, install, replica, switches, versions

BENCHES: dict[str, Callable[[Setting], Result]] = {
    "cold": cold.cold,
    "line": cold.line,
    "simple": cold.simple,
    "http2": multiplexed.http2,
    "warm": warm.warm,
    "startup": startup.startup,
    "reading": parsing.parsing,
    "many-files": many_files.many_files,
    "container": container.container,
    "sweep": sweep.swept,
}


_ROUNDS_OF_THE_PAGE = 5  # fewer are for a look


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", choices=BENCHES, help="this one alone; may be said again")
    parser.add_argument("--rounds", type=int, default=5, help="after one to warm up; default 5")
    parser.add_argument(
        "--hashpin", type=Path, default=ROOT, help="its work tree or an installed program; default this"
    )
    parser.add_argument("--replica", type=Path, default=os.environ.get("HASHPIN_REPLICA", ROOT / ".bench" / "replica"))
    parser.add_argument("--names", type=Path, default=ROOT / "bench" / "names.txt", help="for making a replica")
    parser.add_argument("--peers", type=Path, default=ROOT / ".venv-bench" / "bin", help="the folder of their programs")
    parser.add_argument("--work", type=Path, default=ROOT / ".bench", help="what is written meanwhile")
    parser.add_argument(
        "--write", type=Path, default=ROOT / "docs" / "performance.md", help="where all benches are told"
    )
    options = parser.parse_args()
    try:
        return run(options)
    except (Failed, CannotServe) as error:
        print(error, file=sys.stderr)
        return 2


def run(options: argparse.Namespace) -> int:
    """Run the benches; 1 where a promise is not met. Raises Failed and CannotServe."""
    work = options.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    folder = Path(options.replica).resolve()
    manifest = replica(folder, options.names)
    program = install(options.hashpin.absolute(), work, options.peers.absolute())
    tools = Tools(program, options.peers.absolute(), switches(program))
    setting = Setting(folder, work, tools, program.with_name("python"), options.rounds)
    results = []
    for name in options.only or BENCHES:
        results.append(result := BENCHES[name](setting))
        print(result.markdown(), flush=True)
    if not options.only and options.rounds >= _ROUNDS_OF_THE_PAGE:
        page.write(options.write, results, manifest, versions(tools, setting.python), options.rounds)
    return 0 if all(claim.met for result in results for claim in result.claims) else 1


if __name__ == "__main__":
    sys.exit(main())
