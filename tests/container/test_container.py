"""The built image, run as the Actions runner runs it.

HASHPIN_IMAGE names the image, HASHPIN_RUN a script `TEMP WORKSPACE IMAGE` that
mounts what the runner mounts (and takes further engine options from RUN_OPTS).
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.loopback import LoopbackIndex

pytestmark = pytest.mark.container

GOOD, ALSO_GOOD, FORGED = "a" * 64, "b" * 64, "c" * 64
PROJECTS = {
    "demo": {
        "releases": {
            "1.0": [
                {"filename": "demo-1.0.tar.gz", "sha256": GOOD, "uploaded": "2024-01-01T00:00:00Z"},
                {"filename": "demo-1.0-py3-none-any.whl", "sha256": ALSO_GOOD, "uploaded": "2024-01-01T00:00:00Z"},
            ]
        }
    }
}
RESTRICTED = "--user 1001:121 --read-only --cap-drop=ALL --security-opt no-new-privileges"


@dataclass(frozen=True)
class Outcome:
    code: int
    log: str
    outputs: Mapping[str, str]
    summary: str


def run(folder: Path, hashes: list[str], options: str, **inputs: str) -> Outcome:
    workspace, temp = folder / "workspace", folder / "temp"
    requirements = workspace / "service" / "requirements.txt"
    requirements.parent.mkdir(parents=True)
    (workspace / ".git").mkdir()
    temp.mkdir()
    requirements.write_text("# pinned\ndemo==1.0" + "".join(f" \\\n    --hash=sha256:{h}" for h in hashes) + "\n")
    script = os.environ.get("HASHPIN_RUN")
    assert script, "HASHPIN_RUN names the script that runs an image as the runner does"
    environ = dict(os.environ, RUN_OPTS=options, GITHUB_REPOSITORY="org/repo")
    environ |= {f"INPUT_{name.upper().replace('_', '-')}": value for name, value in inputs.items()}
    command = [script, str(temp), str(workspace), os.environ["HASHPIN_IMAGE"]]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=120, check=False)
    commands = temp / "_runner_file_commands"
    return Outcome(
        done.returncode,
        done.stdout + done.stderr,
        read_outputs((commands / "set_output").read_text()),
        (commands / "set_step_summary").read_text(),
    )


def read_outputs(text: str) -> dict[str, str]:
    lines = iter(text.split("\n"))
    found: dict[str, str] = {}
    for line in lines:
        name, mark, delimiter = line.partition("<<")
        if mark:
            found[name] = "\n".join(iter(lambda end=delimiter: next(lines), delimiter))  # type: ignore[misc]
    return found


@pytest.mark.parametrize("options", ["", RESTRICTED], ids=["root", "restricted"])
def test_a_forged_hash_is_annotated(tmp_path: Path, options: str) -> None:
    with LoopbackIndex(PROJECTS) as index:
        outcome = run(tmp_path, [GOOD, FORGED], options, index_url=index.url)
    assert outcome.code == 1, outcome.log
    assert "::error title=hashpin%3A unknown-hash,file=service/requirements.txt,line=4,col=5," in outcome.log
    assert FORGED in outcome.log
    assert outcome.outputs["verdict"] == "findings"
    assert outcome.outputs["errors"] == "1"
    assert outcome.outputs["unchecked"] == "0"
    assert "service/requirements.txt:4" in outcome.summary
    assert "Traceback" not in outcome.log


@pytest.mark.parametrize("options", ["", RESTRICTED], ids=["root", "restricted"])
def test_a_right_file_is_clean(tmp_path: Path, options: str) -> None:
    with LoopbackIndex(PROJECTS) as index:
        outcome = run(tmp_path, [GOOD, ALSO_GOOD], options, index_url=index.url)
    assert outcome.code == 0, outcome.log
    assert "::error" not in outcome.log
    assert outcome.outputs["verdict"] == "clean"


def test_an_index_that_is_not_there_is_no_green(tmp_path: Path) -> None:
    outcome = run(tmp_path, [GOOD], "", index_url="http://127.0.0.1:9/simple/", timeout="5")
    assert outcome.code == 3, outcome.log
    assert outcome.outputs["verdict"] == "incomplete"
    assert "demo==1.0: not checked" in outcome.log


def test_a_wrong_input_is_named(tmp_path: Path) -> None:
    outcome = run(tmp_path, [GOOD], "", fail_on="erorr")
    assert outcome.code == 2
    assert "::error title=hashpin::input fail-on: erorr" in outcome.log


def test_the_workspace_cannot_bring_its_own_code(tmp_path: Path) -> None:
    planted = tmp_path / "workspace" / "requests"
    planted.mkdir(parents=True)
    (planted / "__init__.py").write_text("raise SystemExit(0)\n")
    with LoopbackIndex(PROJECTS) as index:
        outcome = run(tmp_path, [FORGED], "--env PYTHONPATH=/github/workspace", index_url=index.url)
    assert outcome.code == 1, outcome.log
