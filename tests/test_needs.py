"""For which pins the index is asked what they need: for no more than have to be complete, and for each once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import console
from tests.loopback import LoopbackIndex, status

HASH = "a" * 64


def release(name: str, *needs: str) -> dict[str, Any]:
    """One that only its core metadata tells about."""
    document = f"Name: {name}\nVersion: 1\n" + "".join(f"Requires-Dist: {need}\n" for need in needs)
    filename = f"{name}-1-py3-none-any.whl"
    return {
        "releases": {"1": [{"filename": filename, "sha256": HASH, "requires_dist": None, "metadata": document}]},
    }


@pytest.fixture
def index(here: Path) -> Iterator[LoopbackIndex]:
    with LoopbackIndex({"a": release("a", "b"), "b": release("b"), "c": release("c", "never")}) as index:
        yield index


def asked(index: LoopbackIndex, files: dict[str, str], *options: str) -> list[str]:
    """The projects whose core metadata is asked for."""
    for name, text in files.items():
        Path(name).write_text(text.replace("HASH", f"--hash=sha256:{HASH}"))
    ran = console.run("check", "--index-url", index.url, *options)
    assert ran.code in (0, 1), ran.err
    return sorted(r.rpartition("/")[2].partition("-")[0] for r in index.requests if r.endswith(".metadata"))


@pytest.mark.parametrize(
    ("files", "options", "expected"),
    [
        ({"requirements.txt": "a==1 HASH\nb==1 HASH\n"}, (), ["a", "b"]),
        ({"requirements.txt": "a==1\nb==1\n"}, (), []),
        ({"requirements.txt": "a==1\nb==1\n"}, ("--require-hashes",), ["a", "b"]),
        ({"requirements.txt": "a==1 HASH\n", "requirements-too.txt": "a==1 HASH\n"}, (), ["a"]),
        ({"requirements.txt": "a==1 HASH\n", "other-requirements.txt": "c==1\n"}, (), ["a"]),
        ({"requirements.txt": "-r base.txt\na==1\n", "base.txt": "b==1 HASH\n"}, (), ["a", "b"]),
        ({"requirements.txt": "-c constraints.txt\na==1 HASH\n", "constraints.txt": "c==1 HASH\n"}, (), ["a"]),
        ({"constraints.txt": "c==1 HASH\n"}, (), []),
        ({"requirements.in": "-r requirements.txt\nc==1\n", "requirements.txt": "a==1 HASH\n"}, (), ["a"]),
        ({"requirements.txt": "a==1 HASH\n", "hashpin.toml": '[severity]\nmissing-dependency = "off"\n'}, (), []),
        ({"requirements.txt": "a==1 HASH\n", "hashpin.toml": '[severity]\nmissing-dependency = "note"\n'}, (), ["a"]),
    ],
)  # fmt: skip
def test_who_is_asked_about(
    index: LoopbackIndex, files: dict[str, str], options: tuple[str, ...], expected: list[str]
) -> None:
    assert asked(index, files, *options) == expected


def test_offline_nobody_is_asked_and_nothing_is_said(index: LoopbackIndex) -> None:
    Path("requirements.txt").write_text(f"a==1 --hash=sha256:{HASH}\n")
    ran = console.run("check", "--offline")
    assert ran.code == 3
    assert "missing-dependency" not in ran.out
    assert not index.requests


def test_who_does_not_answer_leaves_it_unchecked(index: LoopbackIndex, no_waiting: None) -> None:
    index.fail("*.metadata", status(503))
    Path("requirements.txt").write_text(f"a==1 --hash=sha256:{HASH}\n")
    ran = console.run("check", "--index-url", index.url)
    assert "unchecked a==1: what it needs is not known: the index answered 503" in ran.out
    assert ran.code == 3


def test_another_repository_weakens_nothing(index: LoopbackIndex) -> None:
    for folder, text in {"one": f"a==1 --hash=sha256:{HASH}\n", "two": "b==1\n"}.items():
        (Path(folder) / ".git").mkdir(parents=True)
        (Path(folder) / "requirements.txt").write_text(text)
    alone, both = (console.run("check", "--index-url", index.url, *paths) for paths in (("one",), ("one", "two")))
    assert (alone.code, both.code) == (1, 1)
    assert "needs b" in both.out
    Path("one/more-requirements.txt").write_text("b==1\n")
    assert console.run("check", "--index-url", index.url, "one").code == 0, "its own file may be installed with it"
