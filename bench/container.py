"""The image: its size, and how long a step takes to say its first word, beside installing an auditor for each run."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from bench.claims import MEGABYTE, Result, medians_table
from bench.measure import Command, Failed, Run, in_turn, median, once
from bench.setting import ROOT, Setting

_ENGINES = ("podman", "docker")


def container(setting: Setting) -> Result:
    """HASHPIN_IMAGE names the image; HASHPIN_RUN a script ``TEMP WORKSPACE IMAGE`` that runs it as the runner does.

    HASHPIN_IMAGE_BEFORE may name an earlier one, to be measured beside it.
    """
    title, image = "The container", os.environ.get("HASHPIN_IMAGE")
    engine = next((found for found in map(shutil.which, _ENGINES) if found), None)
    if image is None or engine is None:
        lacking = "no podman or docker is here" if image else "HASHPIN_IMAGE names no image"
        return Result(title, f"Not measured: {lacking}.", "")
    work = setting.folder("container")
    workspace, temp = work / "workspace", work / "temp"
    workspace.mkdir()
    temp.mkdir()
    (workspace / "requirements.txt").write_text("# holds no pins, so that no index is asked\n")
    before, base = os.environ.get("HASHPIN_IMAGE_BEFORE"), _base()
    images = [image, *([before] if before else [])]
    commands = {f"the image {one}": _step(engine, one, temp, workspace) for one in images}
    word = [engine, "run", "--rm", "--pull=never", "--network=none", base, "python", "-c", "print('a word')"]
    commands[f"{base} alone, saying a word"] = Command(word, dict(os.environ), until_output=True)
    took = in_turn(commands, setting.rounds)
    took["a fresh virtual environment with pip-audit"] = median([_installed(work)])
    sizes = [f"| {one} | {_size(engine, one) / MEGABYTE:.0f} |" for one in (*images, base)]
    told = (
        f"Until the first output of a step: the container from its start, and {base}, which its build begins with; "
        "beside it gh-action-pip-audit's way, which makes a virtual environment in each run and installs pip-audit "
        "into it (once, with nothing in pip's cache, at the speed of this machine's way to the index)."
    )
    table = "\n".join([medians_table(took), "", "| image | MB |", "|---|---:|", *sizes])
    return Result(title, told, table)


def _step(engine: str, image: str, temp: Path, workspace: Path) -> Command:
    env = {"INPUT_ALLOW-EMPTY": "true", "GITHUB_REPOSITORY": "org/repo", "GITHUB_ACTIONS": "true"}
    # The engine's own settings come by the environment, too.
    if as_runner := os.environ.get("HASHPIN_RUN"):
        return Command([as_runner, str(temp), str(workspace), image], {**os.environ, **env}, until_output=True)
    names = [word for name in (*env, "GITHUB_WORKSPACE") for word in ("-e", name)]
    mounted = ["-v", f"{workspace}:/github/workspace", "-w", "/github/workspace"]
    command = [engine, "run", "--rm", "--pull=never", "--network=none", *names, *mounted, image]
    return Command(command, {**os.environ, **env, "GITHUB_WORKSPACE": "/github/workspace"}, until_output=True)


def _installed(work: Path) -> Run:
    """What that action does before it audits, until pip-audit says its version."""
    locked = ROOT / "requirements" / "bench-audit.txt"
    folder = work / "audit"
    steps = [
        f"{sys.executable} -m venv {folder}",
        f"{folder}/bin/python -m pip install --quiet --no-cache-dir --require-hashes -r {locked}",
        f"{folder}/bin/pip-audit --version",
    ]
    return once(Command(["sh", "-c", " && ".join(steps)], dict(os.environ), until_output=True))


def _base() -> str:
    """The image that the Dockerfile begins with."""
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    return next(line.split()[1] for line in lines if line.startswith("FROM "))


def _size(engine: str, image: str) -> int:
    command = [engine, "image", "inspect", "--format", "{{.Size}}", image]
    ran = subprocess.run(command, check=False, capture_output=True, text=True)
    if ran.returncode:
        raise Failed(f"{engine} knows no image {image}")
    return int(ran.stdout)
