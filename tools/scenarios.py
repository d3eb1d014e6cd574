"""The scenarios of a pull request as a table: what was played, and what came of it.

`python -m tools.scenarios` plays them in this process; with HASHPIN_IMAGE and
HASHPIN_RUN set, `--container` plays them with the built container. Ends with 1
where anything is lost, or where GitHub's own description refuses a request or an answer.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from hashpin.github import connection
from tests.github.scenarios import SCENARIOS, Scenario
from tests.github.stage import stage


def played(scenario: Scenario, container: bool) -> tuple[str, int, list[str], bool]:
    """The outcome, how many requests GitHub was sent, what its description has against them, and whether it held."""
    with (
        tempfile.TemporaryDirectory() as folder,
        stage(Path(folder), scenario.files, container=container, **scenario.more) as set_up,
    ):
        try:
            outcome, held = scenario.play(set_up), True
        except AssertionError as error:
            outcome, held = f"FAILED: {str(error).splitlines()[0] if str(error) else 'no word'}", False
        return outcome, len(set_up.hub.requests), list(set_up.hub.violations), held


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--container", action="store_true", help="with the built container")
    container = parser.parse_args().container
    connection.PAUSE = 0.0  # the stand-in needs no pace
    width = max(len(scenario.name) for scenario in SCENARIOS)
    failed = requests = 0
    violations: list[str] = []
    for scenario in SCENARIOS:
        outcome, asked, found, held = played(scenario, container)
        print(f"{scenario.name:<{width}}  {outcome}", flush=True)
        failed += not held
        requests += asked
        violations += found
    for violation in violations:
        print(f"refused by GitHub's description: {violation}")
    how = "in the container" if container else "in process"
    print(
        f"{len(SCENARIOS)} scenarios {how}: {failed} failed; {requests:,} requests and their answers: "
        f"{len(violations)} refused by GitHub's description"
    )
    return 1 if failed or violations else 0


if __name__ == "__main__":
    sys.exit(main())
