"""Versions bumped and hashes not, as bots have done it: fix brings the hashes after."""

from __future__ import annotations

import difflib
import re
from pathlib import Path

from tests.live import MARKS, OF_HASHES, check, download, limited, pin_file, python
from tools.compare_with_uv import hash_sets

pytestmark = MARKS

# Small to download, and with a release before the newest.
NAMES = limited(
    [
        *("certifi", "charset-normalizer", "idna", "markupsafe", "pyyaml", "urllib3"),
        *("packaging", "click", "attrs", "platformdirs"),
    ]
)
_PIN = re.compile(r"^(?P<name>\S+)==(?P<version>\S+)", re.MULTILINE)


def test_fix_brings_the_hashes_after_the_versions(tmp_path: Path) -> None:
    newest = pin_file(*NAMES)
    bumped = _bumped(pin_file("--versions", "previous", *NAMES), newest)
    path = tmp_path / "requirements.txt"
    path.write_text(bumped, encoding="utf-8")

    code, document = check(path)
    assert code == 1
    assert {(f["rule"], f["explanation"], f["fix"]) for f in document["findings"]} == {
        ("unknown-hash", "other-version", "safe")
    }
    assert [finding["project"] for finding in document["findings"]] == sorted(NAMES, key=NAMES.index)

    fixed = python("-m", "hashpin", "fix", *OF_HASHES, str(path))
    assert fixed.returncode == 0, fixed.stdout + fixed.stderr
    after = path.read_text(encoding="utf-8")
    assert hash_sets(after) == hash_sets(newest)
    assert all("--hash=" in line for line in _changed_lines(bumped, after))

    again = python("-m", "hashpin", "fix", *OF_HASHES, str(path))
    assert again.returncode == 0
    assert path.read_text(encoding="utf-8") == after

    downloaded = download(path, tmp_path / "files")
    assert downloaded.returncode == 0, downloaded.stdout + downloaded.stderr


def _bumped(previous: str, newest: str) -> str:
    """The previous releases' hashes under the newest versions."""
    versions = {match["name"]: match["version"] for match in _PIN.finditer(newest)}
    text = _PIN.sub(lambda match: f"{match['name']}=={versions[match['name']]}", previous)
    assert text != previous
    return text


def _changed_lines(before: str, after: str) -> list[str]:
    compared = list(difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm=""))[2:]
    changed = [line[1:] for line in compared if not line.startswith("@@")]
    assert changed
    return changed
