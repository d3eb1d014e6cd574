"""The action without Docker: the same inputs and outputs, and a script that a real bash runs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests import runner
from tests.loopback import LoopbackIndex
from tests.test_cli import BAD, PROJECTS
from tests.test_workflows import load
from tools import make_composite

ROOT = make_composite.ROOT
ACTION: Mapping[str, Any] = load(make_composite.ACTION)
COMPOSITE: Mapping[str, Any] = load(make_composite.COMPOSITE)
[STEP] = COMPOSITE["runs"]["steps"]

_STAND_IN = """\
import json, os, sys

def run():
    given = {name: value for name, value in os.environ.items() if "INPUT" in name}
    print(json.dumps({"given": given, "isolated": sys.flags.isolated, "code": __file__, "venv": sys.prefix}))
    sys.exit(7)
"""


def bash(action: Path, folder: Path, inputs: Mapping[str, str], **more: str) -> subprocess.CompletedProcess[str]:
    """The step as the runner runs it: ScriptHandler.cs in actions/runner."""
    temporary, workspace = folder / "runner temp", folder / "workspace"
    temporary.mkdir(exist_ok=True)
    (workspace / ".git").mkdir(parents=True, exist_ok=True)
    assert STEP["shell"] == "bash"
    assert STEP["env"] == {"HASHPIN_INPUTS": "${{ toJSON(inputs) }}"}
    script = temporary / "script.sh"
    script.write_text(STEP["run"])
    environ = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "GITHUB_ACTION_PATH": str(action),
        "RUNNER_TEMP": str(temporary),
        "HASHPIN_INPUTS": json.dumps(inputs, indent=2),
        **more,
    }
    command = [shutil.which("bash") or "bash", "--noprofile", "--norc", "-e", "-o", "pipefail", str(script)]
    done = subprocess.run(command, env=environ, cwd=workspace, capture_output=True, text=True, timeout=300, check=False)
    assert list(temporary.iterdir()) == [script], "the virtual environment is left behind"
    return done


def test_it_is_made_from_the_action() -> None:
    assert make_composite.COMPOSITE.read_text(encoding="utf-8") == make_composite.composite(), "run make readme"


def test_it_has_the_inputs_and_outputs_of_the_action() -> None:
    assert COMPOSITE["inputs"] == ACTION["inputs"]
    assert COMPOSITE["outputs"] == {
        name: {**output, "value": f"${{{{ steps.{STEP['id']}.outputs.{name} }}}}"}
        for name, output in ACTION["outputs"].items()
    }


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The action's checkout with nothing to install, and a package that tells what it was given."""
    checkout = tmp_path / "an action"
    (checkout / "requirements").mkdir(parents=True)
    (checkout / "hashpin").mkdir()
    (checkout / "requirements" / "action.txt").write_text("# nothing\n")
    (checkout / "hashpin" / "__init__.py").write_text("")
    (checkout / "hashpin" / "action.py").write_text(_STAND_IN)
    shutil.copy(ROOT / "entrypoint.py", checkout)
    shutil.copytree(ROOT / "composite", checkout / "composite")
    return checkout


def test_every_input_arrives_in_an_environment_of_its_own(tmp_path: Path, checkout: Path) -> None:
    inputs = {name: f"{name} $HOME `id`\n'\"\\ ñ" for name in ACTION["inputs"]}
    planted = tmp_path / "workspace" / "hashpin"
    planted.mkdir(parents=True)
    (planted / "__init__.py").write_text("raise SystemExit('the code of the workspace')")
    done = bash(checkout / "composite", tmp_path, inputs, PYTHONPATH=str(tmp_path / "workspace"))
    assert done.returncode == 7, done.stderr
    told = json.loads(done.stdout)
    assert told["given"] == {f"INPUT_{name.upper()}": value for name, value in inputs.items()}
    assert told["isolated"] == 1
    assert Path(told["code"]).is_relative_to(told["venv"])
    assert Path(told["venv"]).is_relative_to(tmp_path / "runner temp")
    assert sorted(path.name for path in (checkout / "hashpin").iterdir()) == ["__init__.py", "action.py"]


def test_what_is_not_locked_is_not_installed(tmp_path: Path, checkout: Path) -> None:
    (checkout / "requirements" / "action.txt").write_text("six\n")
    done = bash(checkout / "composite", tmp_path, {})
    assert done.returncode == 3
    assert "--require-hashes" in done.stderr
    [command] = runner.commands(done.stdout)
    assert command.name == "error"
    assert "set-up" in command.data


def test_an_old_python_is_told(tmp_path: Path, checkout: Path) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("python", "python3"):
        (programs / name).write_text("#!/bin/sh\nexit 1\n")
        (programs / name).chmod(0o755)
    done = bash(checkout / "composite", tmp_path, {}, PATH=str(programs))
    assert done.returncode == 2
    [command] = runner.commands(done.stdout)
    assert "Python 3.11 or later" in command.data


@pytest.mark.live
def test_it_finds_what_the_container_finds(tmp_path: Path) -> None:
    """Whole, with its real dependencies, which is what it needs the network for."""
    (tmp_path / "workspace").mkdir()
    (tmp_path / "workspace" / "requirements.txt").write_text(BAD)
    written = tmp_path / "output"
    with LoopbackIndex(PROJECTS) as index:
        inputs = {**dict.fromkeys(ACTION["inputs"], ""), "index-url": index.url}
        done = bash(ROOT / "composite", tmp_path, inputs, GITHUB_OUTPUT=str(written))
    assert done.returncode == 1, done.stdout + done.stderr
    assert "error" in {command.name for command in runner.commands(done.stdout)}
    assert runner.file_commands(written.read_text())["verdict"] == "findings"
