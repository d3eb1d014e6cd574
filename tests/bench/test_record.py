"""The recorder, against an index on loopback."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench import documents, record
from hashpin.indexes.address import IndexAddress
from tests import loopback
from tests.loopback import LoopbackIndex

WHEEL = "demo-2.0-py3-none-any.whl"
FILES = {
    "1.0": [{"filename": "demo-1.0.tar.gz", "sha256": "a" * 64}],
    "2.0": [
        {"filename": "demo-2.0.tar.gz", "sha256": "b" * 64},
        {"filename": WHEEL, "sha256": "c" * 64, "metadata": "Metadata-Version: 2.1\nName: demo\nVersion: 2.0\n"},
    ],
    "3.0rc1": [{"filename": "demo-3.0rc1.tar.gz", "sha256": "d" * 64}],
}
INDEX = {
    "demo": {"releases": FILES},
    "early": {"releases": {"1.0a1": [{"filename": "early-1.0a1.zip", "sha256": "e" * 64}]}},
}


def recorded(index: LoopbackIndex, folder: Path, *names: str) -> dict[str, str | None]:
    return dict(record.record(IndexAddress.parse(index.url), folder, list(names)))


def test_a_recorded_project_can_be_served(tmp_path: Path) -> None:
    with LoopbackIndex(INDEX) as index:
        assert recorded(index, tmp_path, "demo") == {"demo": None}
    manifest = documents.finish(tmp_path, record.ORIGIN)
    assert (manifest.projects, manifest.hashes) == (1, 2)
    assert (tmp_path / "requirements.in").read_text() == "demo==2.0\n"
    release = json.loads(documents.release_path(tmp_path, "demo", "2.0").read_bytes())
    assert {file["filename"] for file in release["urls"]} == {"demo-2.0.tar.gz", WHEEL}
    page = json.loads(documents.page_path(tmp_path, "demo").read_bytes())
    assert len(page["files"]) == 4
    assert all(file["url"].startswith("../../files/") for file in page["files"])
    assert "Version: 2.0" in documents.metadata_path(tmp_path, WHEEL).read_text()
    for path in tmp_path.rglob("json"):
        assert index.host not in path.read_text()


def test_nothing_is_asked_twice(tmp_path: Path) -> None:
    with LoopbackIndex(INDEX) as index:
        recorded(index, tmp_path, "demo")
        asked = len(index.requests)
        assert recorded(index, tmp_path, "demo") == {"demo": None}
        assert len(index.requests) == asked


def test_what_cannot_be_pinned_is_left_out_and_told(tmp_path: Path) -> None:
    with LoopbackIndex(INDEX) as index:
        left_out = recorded(index, tmp_path, "early", "unknown")
    assert left_out == {
        "early": "no final release whose files are all there",
        "unknown": "the index does not have it",
    }
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "fault",
    [
        loopback.of_project("another"),
        loopback.truncated(),
        loopback.nested(),
        loopback.mistyped(),
        loopback.html(),
        loopback.Fault(body=b"[]"),
        loopback.status(401),
    ],
    ids=["another", "truncated", "nested", "mistyped", "html", "list", "status"],
)
def test_what_is_no_answer_is_left_out(tmp_path: Path, fault: loopback.Fault) -> None:
    with LoopbackIndex(INDEX) as index:
        index.fail("*/json", fault)
        assert recorded(index, tmp_path, "demo")["demo"]
    assert list(tmp_path.iterdir()) == []
