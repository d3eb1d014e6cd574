"""Pins hashed in sha512, which PyPI does not publish: pip takes them, check judges them, a changed digit is found."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from tests.live import INDEX_URL, MARKS, OF_HASHES, check, download, pin_file, python

pytestmark = MARKS

# With a wheel for any system, and small to download.
NAMES = ("six", "idna", "certifi", "packaging")


@pytest.fixture(scope="module")
def pinned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    bare = pin_file("--bare", *NAMES).split()
    hashed = python("-m", "hashpin", "hash", "--algorithm", "sha512", "--index-url", INDEX_URL, *bare)
    assert hashed.returncode == 0, hashed.stderr
    path = tmp_path_factory.mktemp("sha512") / "requirements.txt"
    path.write_text(hashed.stdout, encoding="utf-8")
    return path


def test_the_digests_are_right(pinned: Path, tmp_path: Path) -> None:
    text = pinned.read_text(encoding="utf-8")
    assert re.findall("--hash=([a-z0-9]+):", text) == ["sha512"] * (2 * len(NAMES))
    downloaded = download(pinned, tmp_path / "files")
    assert downloaded.returncode == 0, downloaded.stdout + downloaded.stderr
    code, document = check(pinned)
    assert (code, document["findings"], document["unchecked"]) == (0, [], [])


def test_one_digit_changed(pinned: Path, tmp_path: Path) -> None:
    lines = pinned.read_text(encoding="utf-8").splitlines(keepends=True)
    number = random.choice([n for n, line in enumerate(lines) if "--hash=" in line])
    lines[number] = re.sub("sha512:(.)", lambda match: f"sha512:{(int(match[1], 16) + 1) % 16:x}", lines[number])
    path = tmp_path / "requirements.txt"
    path.write_text("".join(lines), encoding="utf-8")
    code, document = check(path)
    found = [(finding["rule"], finding["explanation"], finding["line"]) for finding in document["findings"]]
    assert (code, found, document["unchecked"]) == (1, [("unknown-hash", "unexplained", number + 1)], [])


def test_a_file_left_out_is_added_in_sha512(pinned: Path, tmp_path: Path) -> None:
    lines = pinned.read_text(encoding="utf-8").splitlines(keepends=True)
    path = tmp_path / "requirements.txt"
    path.write_text("".join([lines[0], lines[2], *lines[3:]]), encoding="utf-8")
    fixed = python("-m", "hashpin", "fix", *OF_HASHES, "--index-url", INDEX_URL, str(path))
    assert fixed.returncode == 0, fixed.stdout + fixed.stderr
    assert sorted(re.findall("sha512:[0-9a-f]+", path.read_text(encoding="utf-8"))) == sorted(
        re.findall("sha512:[0-9a-f]+", pinned.read_text(encoding="utf-8"))
    )
