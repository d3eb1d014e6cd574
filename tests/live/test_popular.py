"""Many pins of well-known projects: right ones are silent, and each wrong digit is found."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from tests.live import INDEX_URL, MARKS, check, pin_file, popular, python
from tools import flip_digits

pytestmark = MARKS


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("popular") / "requirements.txt"
    path.write_text(pin_file(*popular()), encoding="utf-8")
    return path


def test_all_hashes_right(clean: Path) -> None:
    code, document = check(clean)
    assert (document["findings"], document["unchecked"]) == ([], [])
    assert document["summary"]["pins"] == len(popular())
    assert document["summary"]["hashes"] == len(re.findall("--hash", clean.read_text(encoding="utf-8")))
    assert code == 0


def test_one_digit_changed(clean: Path, tmp_path: Path) -> None:
    text = clean.read_text(encoding="utf-8")
    [change] = flip_digits.changes(text, 1, random.Random())
    path = tmp_path / "requirements.txt"
    path.write_text(flip_digits.apply(text, [change]), encoding="utf-8")
    code, document = check(path)
    found = [(finding["rule"], finding["line"], finding["column"]) for finding in document["findings"]]
    assert found == [("unknown-hash", change.line, change.column)]
    assert document["unchecked"] == []
    assert code == 1


def test_two_hundred_digits_changed(clean: Path) -> None:
    flipped = python("tools/flip_digits.py", "--changes", "200", "--index-url", INDEX_URL, str(clean))
    assert flipped.stdout == "one run: 200 changed, 200 found, 0 false\n", flipped.stdout + flipped.stderr
    assert flipped.returncode == 0
