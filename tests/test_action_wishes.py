"""Each input that says what to look for, or what to correct, reaches the verdict, in both modes of the action."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.github.stage import Stage, stage
from tests.loopback import LoopbackIndex
from tests.test_action import run

NAMES = ("six-1.0-cp312-cp312-manylinux_2_17_x86_64.whl", "six-1.0-cp312-cp312-win_amd64.whl", "six-1.0.tar.gz")
LATE = "six-1.0-cp312-cp312-manylinux_2_28_x86_64.whl"


def digest(name: str, algorithm: str = "sha256") -> str:
    return hashlib.new(algorithm, name.encode()).hexdigest()


def six() -> dict[str, Any]:
    files = [{"filename": name, "content": name, "uploaded": "2024-01-01T00:00:00Z"} for name in NAMES]
    return {"releases": {"1.0": [*files, {"filename": LATE, "content": LATE, "uploaded": "2024-06-01T00:00:00Z"}]}}


@pytest.fixture
def index() -> Iterator[LoopbackIndex]:
    with LoopbackIndex({"six": six()}) as index:
        yield index


@pytest.fixture(autouse=True)
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    workspace = tmp_path / "workspace"
    (workspace / ".git").mkdir(parents=True)
    monkeypatch.chdir(workspace)
    return workspace


@pytest.fixture
def on(tmp_path: Path, no_waiting: None) -> Iterator[Stage]:
    with stage(tmp_path, {"README.md": b"here"}) as set_up:
        yield set_up


def pin(*names: str, algorithm: str = "sha256") -> str:
    return "six==1.0" + "".join(f" --hash={algorithm}:{digest(name, algorithm)}" for name in names) + "\n"


def said(index: LoopbackIndex, text: str, **inputs: str) -> tuple[int, set[tuple[str, str, str | None]]]:
    ran = run(text, index_url=index.url, json_file="report.json", **inputs)
    findings = json.loads(Path("report.json").read_text())["findings"]
    return ran.code, {(f["rule"], f["severity"], f["fix"]) for f in findings}


LATER = ("missing-hash", "note", "unsafe")
_UNCOVERED = {LATER, ("missing-hash", "note", None), ("uncovered-platform", "error", "unsafe")}


@pytest.mark.parametrize(
    ("names", "inputs", "code", "expected"),
    [
        (NAMES, {}, 0, {LATER}),
        (NAMES, {"coverage": "all"}, 0, {("missing-hash", "note", "safe")}),
        (NAMES, {"coverage": "keep"}, 0, {("missing-hash", "note", None)}),
        (NAMES, {"min_age": "1"}, 0, {LATER}),
        (NAMES, {"min_age": "36500"}, 0, {("missing-hash", "note", None), ("young-file", "note", None)}),
        (NAMES, {"require_platforms": "linux/amd64 cp312\nwindows/amd64"}, 0, {LATER}),
        (NAMES[:2], {"require_platforms": "macos/arm64"}, 1, _UNCOVERED),
    ],
)
def test_check(
    index: LoopbackIndex, names: tuple[str, ...], inputs: Mapping[str, str], code: int, expected: set[Any]
) -> None:
    got, found = said(index, pin(*names), **inputs)
    assert got == code
    assert found == expected


def test_download(index: LoopbackIndex) -> None:
    text = pin(*NAMES, LATE, algorithm="sha512")
    for inputs, code in (({}, 0), ({"download": "auto"}, 0), ({"download": "never"}, 3)):
        assert said(index, text, **inputs)[0] == code
    assert run(text, index_url=index.url, download="no").code == 2


@pytest.mark.parametrize(
    ("inputs", "listed"),
    [
        ({}, {*NAMES}),
        ({"coverage": "keep"}, {*NAMES[:2]}),
        ({"coverage": "all"}, {*NAMES, LATE}),
        ({"min-age": "36500"}, {*NAMES[:2]}),
    ],
)
def test_pull_request(on: Stage, inputs: Mapping[str, str], listed: set[str]) -> None:
    on.index.projects["six"] = six()
    on.index.projects["seven"] = {
        "releases": {"1": [{"filename": "seven-1.tar.gz", "content": "seven", "uploaded": "2020-01-01T00:00:00Z"}]}
    }
    # An sdist that is listed elsewhere in the file: then it is none of its pattern to leave them out.
    text = pin(*NAMES[:2]) + f"seven==1 --hash=sha256:{hashlib.sha256(b'seven').hexdigest()}\n"
    on.repository.commit("main", {"requirements.txt": text.encode()})
    on.run("schedule", inputs={"mode": "pull-request", **inputs})
    branch = "main" if on.repository.tip("hashpin/fix-main") is None else "hashpin/fix-main"
    corrected = on.repository.git.blob(f"{branch}:requirements.txt").decode()
    assert {name for name in (*NAMES, LATE) if digest(name) in corrected} == listed
