"""Against the live index: HASHPIN_LIVE=1 lets them run.

HASHPIN_LIVE_LIMIT=N takes the first N names of each list only, to spare the
index while working on the tests. HASHPIN_LIVE_INDEX_URL names a mirror to ask
instead of PyPI.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tools.pin_file import default_index, read_names

ROOT = Path(__file__).resolve().parents[2]
NAMES = Path(__file__).parent / "names.txt"
INDEX_URL = os.environ.get("HASHPIN_LIVE_INDEX_URL") or default_index()

OF_HASHES = ("--config", str(Path(__file__).parent / "of_hashes.toml"))
"""Options by which a run speaks of hashes alone, and not of what else the pins need."""

MARKS = [
    pytest.mark.live,
    pytest.mark.skipif(os.environ.get("HASHPIN_LIVE") != "1", reason="asks the live index: set HASHPIN_LIVE=1"),
]


def limited(names: Sequence[str]) -> list[str]:
    """The names, or as many of the first of them as HASHPIN_LIVE_LIMIT allows."""
    limit = os.environ.get("HASHPIN_LIVE_LIMIT")
    return list(names)[: int(limit)] if limit else list(names)


def popular() -> list[str]:
    """The names of names.txt."""
    return limited(read_names(NAMES))


def run(*command: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run a command with nothing of this machine's settings for pip and uv."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "UV_"))}
    environ |= {"PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": INDEX_URL, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=cwd, env=environ, capture_output=True, text=True, check=False)


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run this Python in the repository's root."""
    return run(sys.executable, *arguments)


def pin_file(*arguments: str) -> str:
    """What tools/pin_file.py writes."""
    made = python("tools/pin_file.py", "--index-url", INDEX_URL, *arguments)
    assert made.returncode == 0, made.stderr
    return made.stdout


def check(path: Path) -> tuple[int, dict[str, Any]]:
    """``hashpin check --format json``: its exit code and its document."""
    checked = python("-m", "hashpin", "check", "--format", "json", *OF_HASHES, str(path))
    assert checked.returncode in (0, 1, 3), checked.stderr
    document: dict[str, Any] = json.loads(checked.stdout)
    return checked.returncode, document


def download(requirements: Path, folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """``pip download`` in hash mode, of exactly what the file lists."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--no-deps", "--require-hashes"]
    return run(*command, "-d", str(folder), "-r", str(requirements), *options, cwd=folder.parent)
