"""What `hashpin coverage` says of a real file is what pip finds for the same platforms.

pip is given every tag of a machine of the platform, since a `--platform` of it
stands for that one tag alone. It downloads, as nothing else obeys the hashes of
a file, Requires-Python and the tags at once; nothing is kept.
"""

from __future__ import annotations

import json
import tempfile
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path

import pytest

from tests.live import MARKS, download, limited, pin_file, python

pytestmark = MARKS

# Small ones, of all kinds: abi3, universal2, py3-none-PLATFORM, of some platforms only, of old interpreters only,
# of Windows only, with and without source distributions.
PROJECTS = limited(
    [
        *("markupsafe", "pyyaml", "cffi", "multidict", "yarl", "frozenlist", "wrapt", "psutil", "msgpack"),
        *("rpds-py", "bcrypt", "uvloop", "psycopg2", "ujson", "greenlet", "charset-normalizer", "ninja"),
        *("markupsafe==1.1.1", "cffi==1.15.1", "pywin32-ctypes"),
    ]
)


def _manylinux(arch: str, oldest: int) -> list[str]:
    named = {17: ["manylinux2014"], 12: ["manylinux2010"], 5: ["manylinux1"]}
    tags = [tag for minor in range(45, oldest - 1, -1) for tag in (f"manylinux_2_{minor}", *named.get(minor, ()))]
    return [f"{tag}_{arch}" for tag in tags]


# By what the user writes: pip's version of the interpreter, and the tags of a machine.
PLATFORMS = {
    "linux/amd64 cp312": ("3.12.9", _manylinux("x86_64", 5)),
    "linux/arm64 cp313": ("3.13.5", _manylinux("aarch64", 17)),
    "musl/amd64 cp311": ("3.11.12", [f"musllinux_1_{minor}_x86_64" for minor in (2, 1, 0)]),
    "macos/arm64 cp39": ("3.9.25", ["macosx_26_0_arm64"]),
    "windows/amd64 cp310": ("3.10.18", ["win_amd64"]),
}


def _pip_finds(line: str, platform: str, folder: Path) -> bool:
    version, tags = PLATFORMS[platform]
    with tempfile.TemporaryDirectory(dir=folder) as place:
        requirements = Path(place) / "requirements.txt"
        requirements.write_text(line, encoding="utf-8")
        target = ["--only-binary=:all:", "--implementation", "cp", "--python-version", version]
        target += ["--abi", platform.split()[1], *(word for tag in tags for word in ("--platform", tag))]
        ran = download(requirements, Path(place) / "files", *target)
    if ran.returncode == 0:
        return True
    # It must be for want of a file: another fault of pip's or of the network's is no answer.
    assert "No matching distribution found" in ran.stderr, ran.stderr
    return False


def _pins(text: str) -> dict[str, str]:
    """The requirements of a file, each with its hashes, by name and version."""
    pins: dict[str, str] = {}
    for line in text.replace(" \\\n    ", " ").splitlines():
        pins[line.partition(" ")[0]] = f"{line}\n"
    return pins


def test_pip_finds_what_the_table_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = pin_file(*PROJECTS)
    path = tmp_path / "requirements.txt"
    path.write_text(text, encoding="utf-8")
    asked = [word for platform in PLATFORMS for word in ("--platform", platform)]
    shown = python("-m", "hashpin", "coverage", "--format", "json", *asked, str(path))
    assert shown.returncode == 0, shown.stderr
    table = {
        (f"{pin['project']}=={pin['version']}", platform): cell
        for pin in json.loads(shown.stdout)["pins"]
        for platform, cell in pin["coverage"].items()
    }
    pins = _pins(text)
    cells = list(product(pins, PLATFORMS))
    assert set(cells) == set(table)
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda cell: _pip_finds(pins[cell[0]], cell[1], tmp_path), cells))
    differing = [
        (cell, table[cell], pip) for cell, pip in zip(cells, found, strict=True) if pip != (table[cell] == "wheel")
    ]
    with capsys.disabled():
        print(
            f"\n{len(pins)} projects by {len(PLATFORMS)} platforms: {len(cells)} compared, "
            f"{sum(found)} found by pip, {len(differing)} disagreements"
        )
    assert differing == []
    if len(pins) >= 20:
        assert {"wheel", "sdist", "nothing"} == set(table.values()), "it shows nothing where all cells are alike"
