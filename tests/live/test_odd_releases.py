"""Projects and releases that are not there, or not as one expects: no false error, and no false silence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.live import MARKS, check, pin_file

pytestmark = MARKS

_NO_HASH = "--hash=sha256:" + "0" * 64


def _checked(tmp_path: Path, text: str) -> tuple[int, dict[str, Any]]:
    path = tmp_path / "requirements.txt"
    path.write_text(text, encoding="utf-8")
    return check(path)


def _found(document: dict[str, Any]) -> list[tuple[str, str, int]]:
    return [(finding["rule"], finding["severity"], finding["line"]) for finding in document["findings"]]


def test_unknown_project(tmp_path: Path) -> None:
    code, document = _checked(tmp_path, f"hashpin-has-no-such-project==1.0 {_NO_HASH}\n")
    assert _found(document) == [("unknown-project", "error", 1)]
    assert code == 1


def test_unknown_release(tmp_path: Path) -> None:
    code, document = _checked(tmp_path, f"certifi==1.2.3 {_NO_HASH}\n")
    assert _found(document) == [("unknown-release", "error", 1)]
    assert code == 1


def test_yanked_release(tmp_path: Path) -> None:
    code, document = _checked(tmp_path, pin_file("certifi==2022.5.18"))
    assert _found(document) == [("yanked-release", "warning", 1)]
    assert code == 0


def test_release_whose_files_carry_another_version(tmp_path: Path) -> None:
    """docutils 0.15 holds 0.15.post1. Without the project's JSON it is unchecked, never an error."""
    text = pin_file("docutils==0.15.post1").replace("==0.15.post1", "==0.15")
    code, document = _checked(tmp_path, text)
    assert [found for found in _found(document) if found[1] != "note"] == []
    assert code == (3 if document["unchecked"] else 0)


def test_eggs_and_installers_are_a_note(tmp_path: Path) -> None:
    installable = pin_file("lxml==3.6.4")
    everything = pin_file("--with-eggs", "lxml==3.6.4")
    assert everything.count("--hash") > installable.count("--hash")
    assert _checked(tmp_path, installable)[1]["findings"] == []
    code, document = _checked(tmp_path, everything)
    assert {(f["rule"], f["severity"], f["explanation"]) for f in document["findings"]} == {
        ("unknown-hash", "note", "not-installable")
    }
    assert (code, document["unchecked"]) == (0, [])


def test_sdists_alone(tmp_path: Path) -> None:
    code, document = _checked(tmp_path, pin_file("--only", "sdist", "idna", "markupsafe", "pyyaml"))
    assert [finding for finding in document["findings"] if finding["severity"] != "note"] == []
    assert (code, document["unchecked"]) == (0, [])
