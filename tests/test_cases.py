"""Golden cases: folders that a user could send.

Each folder below `tests/cases/RULE/` holds `repo/` (what the user has),
`index.json` (what the index has), perhaps `kind.json` (what kind of an index),
`options` (further words of the command line) and `before/` (the files as they
stood in the commit that the change starts from, as `--base` names it), and what
must come out: `check.txt` and `fix.txt`. Run with HASHPIN_UPDATE=1 to write the
last two anew, then read the difference.

Below `tests/cases/pip-rules/` the odd cases of pip's own reading stand by their
numbers; `about.txt` says what pip and uv do with each.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.console import run
from tests.golden import golden
from tests.lineage import Lineage
from tests.loopback import LoopbackIndex

CASES = Path(__file__).parent / "cases"
PIP_RULES = "pip-rules"
FOLDERS = sorted(path.parent for path in CASES.glob("*/*/index.json"))


def hashpin(*argv: str) -> str:
    """One command: its output, what it said beside, its exit code."""
    ran = run(*argv)
    return f"{ran.out}--- said\n{ran.err}--- exit code {ran.code}\n"


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: f"{folder.parent.name}/{folder.name}")
def test_case(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repo = tmp_path / "repo"
    before = folder / "before"
    if before.exists():
        Lineage(repo).commit({str(p.relative_to(before)): p.read_text(encoding="utf-8") for p in before.rglob("*.txt")})
    shutil.copytree(folder / "repo", repo, dirs_exist_ok=True)
    (repo / ".git").mkdir(exist_ok=True)
    monkeypatch.chdir(repo)
    options = (folder / "options").read_text().split() if (folder / "options").exists() else []
    options += ["--base", "HEAD"] if before.exists() else []
    # What kind of an index it is, where that matters: `LoopbackIndex`'s own options.
    kind = json.loads((folder / "kind.json").read_text()) if (folder / "kind.json").exists() else {}
    with LoopbackIndex(json.loads((folder / "index.json").read_text()), **kind) as index:
        options += ["--index-url", index.url]
        checked = hashpin("check", *options)
        patch = hashpin("fix", "--diff", *options)
        unfixed = contents(repo)
        hashpin("fix", *options)
        fixed = contents(repo)
        again = hashpin("fix", *options)
    assert contents(repo) == fixed, "a second fix changes nothing"
    assert ": corrected\n" not in again
    assert (unfixed != fixed) == patch.startswith("--- a/"), "the patch shows what fix writes"
    assert checked == golden(folder / "check.txt", checked)
    assert patch == golden(folder / "fix.txt", patch)


def contents(repo: Path) -> dict[str, bytes]:
    return {str(path.relative_to(repo)): path.read_bytes() for path in sorted(repo.rglob("*")) if path.is_file()}


def test_every_rule_has_a_case() -> None:
    from hashpin.rules import PAGES

    assert {rule.RULE.name for rule in PAGES} == {folder.parent.name for folder in FOLDERS} - {PIP_RULES}


def test_every_odd_case_of_pip_is_there() -> None:
    folders = [folder for folder in FOLDERS if folder.parent.name == PIP_RULES]
    assert {folder.name.partition("-")[0] for folder in folders} == {f"{number:02}" for number in range(1, 46)}
    for folder in folders:
        assert (folder / "about.txt").read_text(encoding="utf-8").count("\n") in (2, 3), folder.name
