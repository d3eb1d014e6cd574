"""What stood before: since when a hash stands on its pin, and whether it came together with it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace

import pytest
from packaging.utils import canonicalize_name

from hashpin import files, formats, past
from hashpin.github.checkout import LocalCommit
from hashpin.github.patience import Impatient
from hashpin.github.refusals import Refused
from hashpin.model import Digest, Listed, LockFile, ReleaseKey, Source, Stood
from hashpin.past import Past
from tests.console import Ran, run
from tests.lineage import FIRST, Lineage
from tests.loopback import LoopbackIndex

RIGHT, ODD, OTHER = (letter * 64 for letter in "abc")
SIX = ReleaseKey(canonicalize_name("six"), "1.0")
PATH = "requirements.txt"
ENTRY = Listed(PATH, SIX, Digest("sha256", ODD))


def pin(*hashes: str, version: str = "1.0", name: str = "six") -> str:
    return f"{name}=={version}" + "".join(f" \\\n    --hash=sha256:{value}" for value in hashes) + "\n"


@pytest.fixture
def lineage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lineage:
    found = Lineage(tmp_path / "repository")
    monkeypatch.chdir(found.root)
    return found


def stood(lineage: Lineage, *, known: bool = True, itself: bool = False, count: int = 1) -> Stood | None:
    """What the last commit tells of the odd hash."""
    base = LocalCommit.read_from(lineage.root, lineage.shas[-1])
    told = Past(base, files.find(["."], []), base if known else None, itself).stood({ENTRY: count})
    assert not told.keys() - {ENTRY}
    return told.get(ENTRY)


def since(lineage: Lineage, number: int, *, with_pin: bool | None) -> Stood:
    return Stood(lineage.shas[number], FIRST.replace(day=1 + number), with_pin)


# --- with and without the pin ----------------------------------------------


@pytest.mark.parametrize(
    "before",
    [
        None,
        "",
        pin(RIGHT, version="0.9"),
        pin(RIGHT, ODD, version="0.9"),
        pin(RIGHT, ODD, name="seven"),
        pin(),
    ],
    ids=["no file", "an empty one", "another version", "another version with it", "another project", "no hashes"],
)
def test_it_came_with_the_pin(lineage: Lineage, before: str | None) -> None:
    lineage.commit({"other.txt": ""})
    lineage.commit({PATH: before} if before is not None else {"other.txt": "#"})
    lineage.commit({PATH: pin(RIGHT, ODD)})
    lineage.commit({PATH: f"# more\n{pin(RIGHT, ODD)}"})
    lineage.commit({"other.txt": "# more"})
    assert stood(lineage) == since(lineage, 2, with_pin=True)


@pytest.mark.parametrize("before", [pin(RIGHT), pin(RIGHT, OTHER), f"# a\n{pin(RIGHT)}b==1\n"])
def test_it_was_added_later(lineage: Lineage, before: str) -> None:
    lineage.commit({PATH: before})
    lineage.commit({PATH: pin(RIGHT, ODD)})
    lineage.commit({PATH: f"# more\n{pin(RIGHT, ODD)}"})
    assert stood(lineage) == since(lineage, 1, with_pin=False)


def test_it_was_there_from_the_first_commit(lineage: Lineage) -> None:
    lineage.commit({PATH: pin(RIGHT, ODD)})
    lineage.commit({"other.txt": ""})
    assert stood(lineage) == since(lineage, 0, with_pin=True)


def test_it_went_and_came_again(lineage: Lineage) -> None:
    lineage.commit({PATH: pin(RIGHT, ODD)})
    lineage.commit({PATH: pin(RIGHT)})
    lineage.commit({PATH: pin(RIGHT, ODD)})
    assert stood(lineage) == since(lineage, 2, with_pin=False)


def test_what_a_merge_brings_in_came_with_the_merge(lineage: Lineage) -> None:
    start = lineage.commit({PATH: pin(RIGHT)})
    side = lineage.commit({PATH: pin(RIGHT, ODD)})
    lineage.commit({PATH: pin(RIGHT, ODD)}, parents=[start, side])
    assert stood(lineage) == since(lineage, 2, with_pin=False)


@pytest.mark.parametrize(
    "text",
    [
        pin(RIGHT),
        "",
        pin(RIGHT, ODD, version="2"),
        pin(RIGHT, ODD, name="seven"),
        f"{pin(RIGHT)}\n  --hash=sha256:{ODD}\n",
    ],
    ids=["without it", "no pin", "another version", "another project", "a hash that pip drops"],
)
def test_the_commit_does_not_have_it(lineage: Lineage, text: str) -> None:
    lineage.commit({PATH: pin(RIGHT, ODD)})
    lineage.commit({PATH: text})
    assert stood(lineage) is None


def test_another_file_is_no_witness(lineage: Lineage) -> None:
    lineage.commit({PATH: pin(RIGHT), "requirements-dev.txt": pin(RIGHT, ODD)})
    assert stood(lineage) is None


def test_on_more_pins_than_before_it_is_new(lineage: Lineage) -> None:
    lineage.commit({PATH: pin(RIGHT, ODD)})
    assert stood(lineage, count=2) is None
    lineage.commit({PATH: pin(RIGHT, ODD) * 2})
    assert stood(lineage, count=2) is not None


# --- where the history ends -------------------------------------------------


def shallow(lineage: Lineage, depth: int, to: Path) -> LocalCommit:
    lineage.git("clone", "--quiet", f"--depth={depth}", lineage.git.path.as_uri(), str(to))
    return LocalCommit.read_from(to, lineage.shas[-1])


@pytest.mark.parametrize(("depth", "number", "with_pin"), [(1, 3, None), (2, 2, None), (3, 2, False)])
def test_a_shallow_clone_knows_what_it_has(
    lineage: Lineage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, depth: int, number: int, with_pin: bool | None
) -> None:
    lineage.commit({PATH: "# nothing\n"})
    lineage.commit({PATH: pin(RIGHT)})
    lineage.commit({PATH: pin(RIGHT, ODD)})
    lineage.commit({"other.txt": ""})
    base = shallow(lineage, depth, tmp_path / "shallow")
    monkeypatch.chdir(tmp_path / "shallow")
    told = Past(base, files.find(["."], []), base).stood({ENTRY: 1})
    assert told == {ENTRY: since(lineage, number, with_pin=with_pin)}


def test_without_history_the_commit_alone_tells(lineage: Lineage) -> None:
    lineage.commit({PATH: pin(RIGHT)})
    sha = lineage.commit({PATH: pin(RIGHT, ODD)})
    assert stood(lineage, known=False) == Stood(sha)


def test_of_the_very_commit_only_its_history_tells(lineage: Lineage) -> None:
    lineage.commit({PATH: "# nothing\n"})
    lineage.commit({PATH: pin(RIGHT, ODD)})
    assert stood(lineage, known=False, itself=True) is None
    assert stood(lineage, itself=True) == since(lineage, 1, with_pin=True)


@pytest.mark.parametrize("bound", ["_MOST_COMMITS", "_MOST_SECONDS"])
def test_the_way_back_has_an_end(lineage: Lineage, monkeypatch: pytest.MonkeyPatch, bound: str) -> None:
    for number in range(5):
        lineage.commit({PATH: pin(RIGHT, ODD), "other.txt": f"{number}"})
    monkeypatch.setattr(past, bound, 3 if bound == "_MOST_COMMITS" else -1.0)
    told = stood(lineage)
    assert told == (since(lineage, 2, with_pin=None) if bound == "_MOST_COMMITS" else Stood(lineage.shas[-1]))


def test_a_history_that_does_not_answer_is_none(lineage: Lineage, monkeypatch: pytest.MonkeyPatch) -> None:
    def impatient(seconds: float, work: Callable[[], object]) -> object:
        raise Impatient

    sha = lineage.commit({PATH: pin(RIGHT, ODD)})
    monkeypatch.setattr(past, "within", impatient)
    assert stood(lineage) == Stood(sha)


def test_what_does_not_change_is_read_once(lineage: Lineage, monkeypatch: pytest.MonkeyPatch) -> None:
    lineage.commit({PATH: pin(RIGHT)})
    for number in range(9):
        lineage.commit({PATH: pin(RIGHT, ODD), "other.txt": f"{number}"})
    read: list[str] = []

    def parse(source: Source) -> LockFile:
        read.append(source.path)
        return formats.parse(source)

    monkeypatch.setattr("hashpin.past.formats", SimpleNamespace(parse=parse))
    assert stood(lineage) == since(lineage, 1, with_pin=False)
    assert len(read) == 2, "once for each text"


def test_each_hash_is_looked_for_once(lineage: Lineage) -> None:
    lineage.commit({PATH: pin(RIGHT, ODD)})
    base = LocalCommit.read_from(lineage.root, lineage.shas[-1])
    asked = Past(base, files.find(["."], []), base)
    first: Mapping[Listed, Stood] = asked.stood({ENTRY: 1})
    asked.history = None
    assert asked.stood({ENTRY: 1}) == first


# --- naming a commit --------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["main", "HEAD", "HEAD~1", "main~1", "refs/heads/main", "v1", "origin/old", "{sha}", "{short}"]
)
def test_a_commit_by_its_names(lineage: Lineage, name: str) -> None:
    shas = [lineage.commit({PATH: f"# {number}\n"}) for number in range(2)]
    lineage.git("tag", "-a", "-m", "One", "v1", shas[0], more={"GIT_COMMITTER_NAME": "Jo", "GIT_COMMITTER_EMAIL": "jo"})
    lineage.git("update-ref", "refs/remotes/origin/old", shas[0])
    found = LocalCommit.named(lineage.root, name.format(sha=shas[0], short=shas[0][:10]))
    assert found.sha == (shas[1] if name in ("main", "HEAD", "refs/heads/main") else shas[0])


def test_a_commit_of_a_worktree(lineage: Lineage, tmp_path: Path) -> None:
    sha = lineage.commit({PATH: "# 1\n"})
    lineage.git("worktree", "add", "--quiet", "--detach", str(tmp_path / "beside"), sha)
    assert LocalCommit.named(tmp_path / "beside", "HEAD").sha == sha


@pytest.mark.parametrize(
    "name", ["", "gone", "0" * 40, "HEAD~99", "--all", "a b", "HEAD:requirements.txt", "\udcff", "^", "@{u}"]
)
def test_what_names_no_commit(lineage: Lineage, name: str) -> None:
    lineage.commit({PATH: "# 1\n"})
    with pytest.raises(Refused):
        LocalCommit.named(lineage.root, name)


def test_no_repository_names_no_commit(tmp_path: Path) -> None:
    with pytest.raises(Refused):
        LocalCommit.named(tmp_path, "HEAD")


# --- on the command line ----------------------------------------------------

PROJECTS = {
    "six": {
        "releases": {
            "1.0": [{"filename": "six-1.0.tar.gz", "sha256": RIGHT, "uploaded": "2023-01-01T00:00:00Z"}],
            "0.9": [{"filename": "six-0.9.tar.gz", "sha256": OTHER, "uploaded": "2022-01-01T00:00:00Z"}],
        }
    }
}


@pytest.fixture
def index() -> Iterator[LoopbackIndex]:
    with LoopbackIndex(PROJECTS) as index:
        yield index


def hashpin(index: LoopbackIndex, *argv: str) -> Ran:
    return run(*argv, "--index-url", index.url)


def test_without_a_base_it_is_an_error(lineage: Lineage, index: LoopbackIndex) -> None:
    lineage.commit({PATH: pin(RIGHT, ODD)})
    assert hashpin(index, "check").code == 1


def test_with_a_base_it_is_a_warning_that_fix_drops(lineage: Lineage, index: LoopbackIndex) -> None:
    sha = lineage.commit({PATH: pin(RIGHT, ODD)})
    (lineage.root / PATH).write_text("# changed\n" + pin(RIGHT, ODD))
    ran = hashpin(index, "check", "--base", "HEAD")
    assert ran.code == 0
    assert "warning[unknown-hash]" in ran.out
    assert f"came together with the pin in commit {sha[:12]} of 2024-05-01" in ran.out
    assert hashpin(index, "fix", "--base", "main").code == 0
    assert (lineage.root / PATH).read_text() == "# changed\n" + pin(RIGHT)


@pytest.mark.parametrize("start", [pin(RIGHT), pin(RIGHT, version="0.9"), ""])
def test_what_the_change_brings_in_is_an_error(lineage: Lineage, index: LoopbackIndex, start: str) -> None:
    lineage.commit({PATH: start})
    (lineage.root / PATH).write_text(pin(RIGHT, ODD))
    for command in ("check", "fix"):
        assert hashpin(index, command, "--base", "HEAD").code == 1
    assert (lineage.root / PATH).read_text() == pin(RIGHT, ODD)


def test_what_somebody_let_in_alone_is_an_error(lineage: Lineage, index: LoopbackIndex) -> None:
    lineage.commit({PATH: pin(RIGHT)})
    sha = lineage.commit({PATH: pin(RIGHT, ODD)})
    ran = hashpin(index, "check", "--base", "HEAD")
    assert ran.code == 1
    assert f"was added to the pin, which was there without it, in commit {sha[:12]} of 2024-05-02" in ran.out


def test_an_unknown_base_is_wrong_usage(lineage: Lineage, index: LoopbackIndex) -> None:
    lineage.commit({PATH: pin(RIGHT)})
    ran = hashpin(index, "check", "--base", "origin/gone")
    assert ran.code == 2
    assert ran.err == (
        "hashpin: --base origin/gone: the checkout's history has no commit origin/gone "
        "(in a shallow clone, fetch more of the history)\n"
    )
    assert index.requests == []


def test_without_dulwich_the_base_cannot_be_read(
    lineage: Lineage, index: LoopbackIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    lineage.commit({PATH: pin(RIGHT)})
    monkeypatch.setitem(sys.modules, "dulwich.objectspec", None)
    ran = hashpin(index, "check", "--base", "HEAD")
    assert ran.code == 2
    assert "pip install 'hashpin[github]'" in ran.err


def test_the_base_is_only_read_where_something_is_in_doubt(lineage: Lineage, index: LoopbackIndex) -> None:
    lineage.commit({PATH: pin(RIGHT)})
    assert hashpin(index, "check", "--base", "HEAD").code == 0
    assert index.requests == ["GET /pypi/six/1.0/json"]


def test_the_command_line_does_not_load_what_asks_github() -> None:
    loaded = "import sys, hashpin.cli; sys.exit(bool({'github', 'dulwich', 'requests'} & sys.modules.keys()))"
    assert subprocess.run([sys.executable, "-c", loaded], check=False).returncode == 0
