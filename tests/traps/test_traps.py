"""Traps with a real pip: what it does with a file beside what hashpin says of it.

Each folder holds `requirements.txt`, pip's own words about it in `pip.txt` and
hashpin's in `hashpin.txt`. HASHPIN_UPDATE=1 writes the last two anew. What pip
does is asserted here, too: where another pip reads otherwise, the test says what
changed. And pip does something else as soon as the trap is taken out, so that
nothing but the trap can be the cause.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import console
from tests.golden import golden
from tests.traps import wheels

HERE = Path(__file__).parent
PIPS = Path(os.environ.get("HASHPIN_PIPS", "")).absolute()  # before a test goes elsewhere
PIP = (
    *("install", "--dry-run", "--no-deps", "--no-index", "--find-links", "../wheels/links.html"),
    *("--disable-pip-version-check", "--no-input", "--no-color", "--progress-bar", "off", "-r", "requirements.txt"),
)
WRONG_HASH = "no-require-hashes-and-a-wrong-hash"
REFUSED = "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES"


@dataclass(frozen=True)
class Trap:
    """A file, and what pip does with it: part of what it prints."""

    folder: str
    rule: str
    """Under which hashpin reports it."""
    pip: str
    taken_out: tuple[bytes, bytes]
    """Bytes of the file, and those that make it harmless."""
    then: str
    """What pip does with the harmless one."""


TRAPS = [
    Trap(
        "line-separator",
        "hidden-requirement",
        pip="Would install alpha-1.0 evil-1.0\n",
        taken_out=("\N{LINE SEPARATOR}".encode(), b" "),
        then="Would install alpha-1.0\n",
    ),
    Trap(
        "utf-7",
        "hidden-requirement",
        pip="Would install alpha-1.0 evil-1.0\n",
        taken_out=(b"# coding: utf-7\n", b"# coding: utf-8\n"),
        then="Would install alpha-1.0\n",
    ),
    Trap(
        "no-require-hashes",
        "disabled-hash-checking",
        pip="Would install alpha-1.0 evil-1.0\n",
        taken_out=(b"--no-require-hashes\n", b""),
        then="ERROR: Hashes are required in --require-hashes mode",
    ),
    Trap(
        "comment-in-a-continuation",
        "orphan-hash",
        pip="Would install alpha-1.0\n",
        taken_out=(b"    # needed by beta\n", b""),
        then=REFUSED,
    ),
    Trap(
        "second-include",
        "ignored-text",
        pip="Would install alpha-1.0\n",
        taken_out=(b" -r second", b"\n-r second"),
        then="Would install alpha-1.0 beta-1.0\n",
    ),
]


@pytest.fixture
def repo(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with the files of a trap, which is also the working directory, and wheels beside it."""
    name = request.param.folder if isinstance(request.param, Trap) else request.param
    folder = tmp_path / "repo"
    shutil.copytree(HERE / name, folder, ignore=shutil.ignore_patterns("pip*.txt", "hashpin.txt"))
    (folder / ".git").mkdir()
    wheels.publish(tmp_path / "wheels", "alpha", "beta", "evil")
    monkeypatch.chdir(folder)
    return folder


each_trap = pytest.mark.parametrize(
    ("trap", "repo"), [pytest.param(trap, trap, id=trap.folder) for trap in TRAPS], indirect=["repo"]
)


@each_trap
def test_what_pip_does(trap: Trap, repo: Path) -> None:
    said = pip(repo)
    assert trap.pip in said
    assert said == golden(HERE / trap.folder / "pip.txt", said)


@each_trap
def test_the_trap_alone_is_the_cause(trap: Trap, repo: Path) -> None:
    file = repo / "requirements.txt"
    data = file.read_bytes()
    assert data.count(trap.taken_out[0]) == 1
    file.write_bytes(data.replace(*trap.taken_out))
    said = pip(repo)
    assert trap.then in said
    assert trap.pip not in said


@each_trap
def test_what_hashpin_says(trap: Trap, repo: Path) -> None:
    ran = console.run("check", "--offline")
    said = f"$ hashpin check --offline\n{ran.out}{ran.err}--- exit code {ran.code}\n"
    assert said == golden(HERE / trap.folder / "hashpin.txt", said)
    assert f"[{trap.rule}]" in ran.out


each_pip = pytest.mark.parametrize("repo", [WRONG_HASH], indirect=True)


@each_pip
def test_pip_compares_the_hashes_that_it_does_not_require(repo: Path) -> None:
    said = pip(repo)
    assert REFUSED in said
    assert said == golden(HERE / WRONG_HASH / "pip.txt", said)


@pytest.mark.readers
@each_pip
def test_pip_26_2_1_compares_none(repo: Path) -> None:
    older = PIPS / "26.2.1"
    assert (older / "pip").is_dir(), "HASHPIN_PIPS has a pip 26.2.1, as `pip install --target` puts it there"
    said = pip(repo, older)
    assert "Would install alpha-1.0\n" in said
    assert said == golden(HERE / WRONG_HASH / "pip-26.2.1.txt", said)


def pip(repo: Path, folder: Path | None = None) -> str:
    """All that pip prints, and its exit code; the pip of this environment or the one in a folder.

    It runs in an environment of its own: no configuration, no variables, no home, no network.
    """
    home = repo.parent / "home"
    home.mkdir(exist_ok=True)
    environ = {"HOME": str(home), "PIP_CONFIG_FILE": os.devnull, "PATH": os.defpath}
    if folder:
        environ["PYTHONPATH"] = str(folder)
    ran = subprocess.run(
        [sys.executable, "-X", "utf8", "-s", "-P", "-m", "pip", *PIP],
        cwd=repo,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    words = ran.stdout
    for real in (os.path.realpath(repo.parent), str(repo.parent)):  # the first may end with the second
        words = words.replace(real, "/home/me")
    return f"$ pip {' '.join(PIP)}\n{words}--- exit code {ran.returncode}\n"
