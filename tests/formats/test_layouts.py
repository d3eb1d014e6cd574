"""Layouts that tools and people write, corrected by `hashpin fix`: nothing but hashes changes, not a byte is lost.

Each folder below `layouts/` holds `before.txt` and what must come out of it,
`after.txt`, to the byte; all of them ask the index of `layouts/index.json`. Run
with HASHPIN_UPDATE=1 to write what comes out anew, then read the difference.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from hashpin.encoding import decode
from tests.console import run
from tests.loopback import LoopbackIndex
from tests.property.readings import Reading, What, told
from tests.readers import oracle

LAYOUTS = Path(__file__).parent / "layouts"
INDEX = json.loads((LAYOUTS / "index.json").read_text())
NAMES = sorted(path.parent.name for path in LAYOUTS.glob("*/before.txt"))
# Here a comment stood inside a continuation, and moves above the pin; or an option, and moves behind the hashes.
MOVING = {"broken-continuation", "settings-among-the-hashes"}
_HASH = re.compile(r"--hash=sha256:[0-9a-f]+")


@pytest.fixture(params=NAMES)
def layout(request: pytest.FixtureRequest) -> Path:
    return LAYOUTS / str(request.param)


def golden(layout: Path, actual: bytes) -> bytes:
    """What must come out, to the byte: some of it is no UTF-8."""
    path = layout / "after.txt"
    if os.environ.get("HASHPIN_UPDATE"):
        path.write_bytes(actual)
    return path.read_bytes()


def test_fix(layout: Path, here: Path) -> None:
    file = here / "requirements.txt"
    file.write_bytes((layout / "before.txt").read_bytes())
    with LoopbackIndex(INDEX) as index:
        fixed = run("fix", "--index-url", index.url)
        after = file.read_bytes()
        again = run("fix", "--index-url", index.url)
    assert after == golden(layout, after)
    assert (fixed.code, fixed.err) == (0, "requirements.txt: corrected\n")
    assert file.read_bytes() == after, "a second fix changes nothing"
    assert again.err == ""


def test_pip_reads_the_same_requirements_with_the_right_hashes(layout: Path) -> None:
    before, after = (_by_pip(layout / name) for name in ("before.txt", "after.txt"))
    assert [(line.what, line.text) for line in after.lines] == [
        (line.what, line.text) for line in before.lines if line.what is not What.HASHES
    ]
    assert after.dropped == ()
    for line in after.lines:
        if line.what is What.REQUIREMENT:
            assert line.hashes == _published(Requirement(line.text))


def _by_pip(path: Path) -> Reading:
    return told(oracle.reading(path.read_bytes()))


def _published(pin: Requirement) -> tuple[str, ...]:
    """The hashes of all files of a release."""
    (clause,) = pin.specifier
    releases = INDEX[pin.name]["releases"]
    (found,) = [files for version, files in releases.items() if Version(version) == Version(clause.version)]
    return tuple(sorted(f"sha256:{file['sha256']}" for file in found))


def test_the_difference_is_in_hashes_alone(layout: Path) -> None:
    before, after = ((layout / name).read_bytes() for name in ("before.txt", "after.txt"))
    (old, was), (new, now) = decode(before), decode(after)
    assert was == now
    assert (old[-1] == "\n") == (new[-1] == "\n")
    assert _line_ends(old) == _line_ends(new)
    if layout.name in MOVING:
        assert sorted(" ".join(_beside_hashes(old)).split()) == sorted(" ".join(_beside_hashes(new)).split())
    else:
        assert _beside_hashes(old) == _beside_hashes(new)


def _line_ends(text: str) -> set[str]:
    return set(re.findall(r"\r\n|\r|\n", text))


def _beside_hashes(text: str) -> list[str]:
    """The words of each line without hashes and continuations; lines of nothing but a hash are gone."""
    lines = [(line, _HASH.sub("", line).rstrip("\\ \t")) for line in text.splitlines()]
    return [" ".join(rest.split()) for line, rest in lines if rest or not _HASH.search(line)]


def test_hashins_layouts_are_here() -> None:
    """Those in which hashin itself loses something or finds nothing."""
    assert {name for name in NAMES if name.startswith("hashin")} >= {
        "hashin-crlf",
        "hashin-two-blanks",
        "hashin-blanks-around-equals",
        "hashin-extras",
        "hashin-inline-comment",
        "hashin-marker-split",
        "hashin-short-version",
    }
