"""Runs the action without its image: the same locked dependencies, the same package, the same door.

Called by `composite/action.yml` with any Python of at least 3.11, of which it
needs the standard library alone. What the Dockerfile puts into the image goes
into a virtual environment in the runner's own temporary folder here, so later
steps find no command, no setting and no package that was not there before.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Mapping
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
"""Of the action, as the runner has downloaded it."""

# -I as in the image: nothing in the workspace, in HOME or in a PYTHON* variable becomes our code.
ISOLATED = "-I"


def main(environ: Mapping[str, str]) -> int:
    """The exit code of the action."""
    # One JSON object: see composite/action.yml.
    given = json.loads(environ["HASHPIN_INPUTS"])
    inputs = {f"INPUT_{name.upper()}": str(value) for name, value in given.items()}
    with tempfile.TemporaryDirectory(
        prefix="hashpin-", dir=environ.get("RUNNER_TEMP"), ignore_cleanup_errors=True
    ) as name:
        python = environment(Path(name))
        rest = {key: value for key, value in environ.items() if key != "HASHPIN_INPUTS"}
        command = [str(python), ISOLATED, str(CHECKOUT / "entrypoint.py")]
        return subprocess.run(command, env=rest | inputs, check=False).returncode


def environment(folder: Path) -> Path:
    """A new virtual environment that holds what the image holds; its interpreter."""
    subprocess.run([sys.executable, ISOLATED, "-m", "venv", str(folder)], check=True)
    places = {"base": str(folder), "platbase": str(folder)}
    scripts = Path(sysconfig.get_path("scripts", "venv", places))
    python = scripts / ("python.exe" if os.name == "nt" else "python")
    install = ["pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "--only-binary=:all:"]
    locked = ["--require-hashes", "--requirement", str(CHECKOUT / "requirements" / "action.txt")]
    subprocess.run([str(python), ISOLATED, "-m", *install, *locked], check=True)
    package = Path(sysconfig.get_path("purelib", "venv", places)) / "hashpin"
    shutil.copytree(CHECKOUT / "hashpin", package, ignore=shutil.ignore_patterns("__pycache__"))
    return python


if __name__ == "__main__":
    try:
        sys.exit(main(os.environ))
    except subprocess.CalledProcessError as error:  # the log above says what pip or venv did not like
        print(f"::error title=hashpin::not started, a step of its set-up ended with {error.returncode}")
        sys.exit(3)
