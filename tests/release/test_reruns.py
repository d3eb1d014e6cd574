"""The last step of a release, stopped before and after each of its changes, and run again on a fresh checkout."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.release.checkout import commit, git, published
from tools import make_docs
from tools.release import make_release, pin_image, tag_release
from tools.release.commands import Commands, Refused

TAG = "v1.2.3"
DIGEST = f"sha256:{'ab' * 32}"
OTHER = f"sha256:{'cd' * 32}"

# What `gh api --paginate ... --jq` prints of what is kept in a file, and what a create does to it. Where $CUT is there,
# it is cut off between the draft and its publication.
_GH = """\
#!/usr/bin/env python3
import json, os, pathlib, sys
given, kept = sys.argv[1:], pathlib.Path(os.environ["RELEASES"])
releases = json.loads(kept.read_text())
if "DELETE" in given:
    gone = int(given[-1].rsplit("/", 1)[1])
    releases = [row for row in releases if row[2] != gone]
elif given[0] == "api":
    assert given[2] == "repos/{owner}/{repo}/releases" and "--paginate" in given, given
    for tag, draft, number, login in releases:
        print(tag, json.dumps(draft), number, login, sep="\\t")
else:
    assert given[:2] == ["release", "create"] and "--verify-tag" in given, given
    if any(row[0] == given[2] for row in releases):
        sys.exit("a release with the same tag name already exists")
    cut = pathlib.Path(os.environ["CUT"])
    releases.append([given[2], cut.exists(), 7 + len(releases), "github-actions[bot]"])
    if cut.exists():
        cut.unlink()
        kept.write_text(json.dumps(releases))
        sys.exit("killed")
kept.write_text(json.dumps(releases))
"""


@dataclass(frozen=True)
class Releases:
    """The GitHub Releases, rows of tag, draft, number and login."""

    kept: Path
    cut: Path

    @property
    def rows(self) -> list[list[object]]:
        rows: list[list[object]] = json.loads(self.kept.read_text())
        return rows

    def have(self, *rows: list[object]) -> None:
        self.kept.write_text(json.dumps(rows))


@pytest.fixture(autouse=True)
def releases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Releases:
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "gh").write_text(_GH)
    (programs / "gh").chmod(0o755)
    monkeypatch.setenv("PATH", str(programs), prepend=":")
    monkeypatch.setenv("RELEASES", str(tmp_path / "releases"))
    monkeypatch.setenv("CUT", str(tmp_path / "cut"))
    made = Releases(tmp_path / "releases", tmp_path / "cut")
    made.have()
    return made


@pytest.fixture
def checkout(tmp_path: Path, clone: Path, remote: Path) -> Callable[[], Path]:
    """As actions/checkout makes one for every attempt: one commit deep, without tags."""
    made: list[Path] = []

    def fresh() -> Path:
        made.append(tmp_path / f"attempt{len(made)}")
        git(tmp_path, "clone", "--quiet", "--depth=1", "--no-tags", remote.as_uri(), str(made[-1]))
        return made[-1]

    git(remote, "symbolic-ref", "HEAD", "refs/heads/main")
    return fresh


def step() -> Iterator[tuple[str, list[str]]]:
    """The scripts that the job's last step calls, with what it gives them."""
    workflow = YAML(typ="safe").load((make_docs.ROOT / ".github" / "workflows" / "release.yml").read_text())
    text = workflow["jobs"]["tag"]["steps"][-1]["run"]
    for name, value in (("${TAG#v}", TAG[1:]), ("$TAG", TAG), ("$DIGEST", DIGEST), ("$RUNNER_TEMP", "/tmp")):
        text = text.replace(name, value)
    for line in text.splitlines():
        program, flag, module, *arguments = shlex.split(re.sub(r" > .*", "", line))
        assert (program, flag) == ("python3", "-m")
        yield module, arguments


def attempt(folder: Path) -> bool:
    """Whether the step came to its end; the shell ends with the first command that fails."""
    return all(import_module(module).main([*arguments, "--root", str(folder)]) == 0 for module, arguments in step())


@dataclass
class Stop:
    """Stops the nth change, before it is made or after."""

    at: int
    after: bool
    change: Callable[..., None]
    done: int = 0

    def __call__(self, commands: Commands, *command: str) -> None:
        self.done += 1
        if self.done == self.at and not self.after:
            raise Refused("stopped before")
        self.change(commands, *command)
        if self.done == self.at:
            raise Refused("stopped after")


_CHANGES = 6  # checkout, commit, tag, push; release; push of the major version


def finished(remote: Path, releases: Releases) -> None:
    assert git(remote, "diff", "--numstat", "main", TAG) == "1\t1\taction.yml"
    assert git(remote, "show", f"{TAG}:action.yml").count(f"{TAG}@{DIGEST}") == 1
    assert git(remote, "rev-parse", f"{TAG}^{{commit}}^") == git(remote, "rev-parse", "main")
    assert git(remote, "cat-file", "-t", TAG) == "tag"
    assert git(remote, "rev-parse", "v1") == git(remote, "rev-parse", f"{TAG}^{{commit}}")
    assert [row[:2] for row in releases.rows] == [[TAG, False]]


def test_it_runs_through(
    checkout: Callable[[], Path], remote: Path, releases: Releases, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = Stop(0, False, Commands.change)
    monkeypatch.setattr(Commands, "change", lambda self, *command: count(self, *command))
    assert attempt(checkout())
    finished(remote, releases)
    assert count.done == _CHANGES
    assert attempt(checkout()), "and once more"
    assert count.done == _CHANGES
    finished(remote, releases)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(1, _CHANGES + 1))
def test_it_goes_on_where_it_stopped(
    checkout: Callable[[], Path],
    remote: Path,
    releases: Releases,
    monkeypatch: pytest.MonkeyPatch,
    at: int,
    after: bool,
) -> None:
    stop = Stop(at, after, Commands.change)
    with monkeypatch.context() as patched:
        patched.setattr(Commands, "change", lambda self, *command: stop(self, *command))
        assert not attempt(checkout())
    tagged = git(remote, "rev-parse", TAG) if git(remote, "tag", "--list", TAG) else None
    assert attempt(checkout())
    finished(remote, releases)
    if tagged:
        assert git(remote, "rev-parse", TAG) == tagged, "a tag that is pushed stays"


def test_a_release_that_was_cut_off_half_made(checkout: Callable[[], Path], remote: Path, releases: Releases) -> None:
    releases.cut.touch()
    assert not attempt(checkout())
    assert [row[:2] for row in releases.rows] == [[TAG, True]]
    assert attempt(checkout())
    finished(remote, releases)


def test_the_same_checkout_after_a_push_that_failed(
    clone: Path, remote: Path, releases: Releases, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By hand: the tag of the first attempt lies there."""
    stop = Stop(4, False, Commands.change)
    with monkeypatch.context() as patched:
        patched.setattr(Commands, "change", lambda self, *command: stop(self, *command))
        assert not attempt(clone)
    assert git(clone, "tag") == TAG
    git(clone, "checkout", "--quiet", "main")
    assert attempt(clone)
    finished(remote, releases)


# --- what is not the same --------------------------------------------------


def tag(folder: Path, digest: str = DIGEST) -> int:
    assert pin_image.main([TAG, digest, "--root", str(folder)]) == 0
    return tag_release.main([TAG, "--message", "hashpin 1.2.3", "--root", str(folder)])


def test_a_tag_with_another_image_is_refused(
    checkout: Callable[[], Path], remote: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tag(checkout(), OTHER) == 0
    there = git(remote, "rev-parse", TAG)
    assert tag(checkout()) == 1
    assert "v1.2.3 is released already, from something else" in capsys.readouterr().err
    assert git(remote, "rev-parse", TAG) == there


def test_a_tag_beside_another_commit_is_refused(
    checkout: Callable[[], Path], clone: Path, remote: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tag(checkout()) == 0
    there = git(remote, "rev-parse", TAG)
    commit(clone, "the main branch goes on, with the same files")
    git(clone, "push", "--quiet", "origin", "main")
    assert tag(checkout()) == 1
    assert "from something else" in capsys.readouterr().err
    assert git(remote, "rev-parse", TAG) == there


def test_a_tag_that_has_one_file_more_is_refused(checkout: Callable[[], Path], clone: Path, remote: Path) -> None:
    assert pin_image.main([TAG, DIGEST, "--root", str(clone)]) == 0
    (clone / "more.txt").write_text("x\n")
    sha = published(clone, "1.2.3")
    assert git(remote, "rev-parse", f"{sha}^") == git(remote, "rev-parse", "main")
    assert tag(checkout()) == 1


def test_a_dry_run_of_what_is_tagged_changes_nothing(
    checkout: Callable[[], Path], remote: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tag(checkout()) == 0
    sha = git(remote, "rev-parse", f"{TAG}^{{commit}}")
    folder = checkout()
    assert pin_image.main([TAG, DIGEST, "--root", str(folder)]) == 0
    capsys.readouterr()
    assert tag_release.main([TAG, "--message", "x", "--root", str(folder), "--dry-run"]) == 0
    assert capsys.readouterr() == (f"{sha}\n", "")


# --- the GitHub Release ----------------------------------------------------


def make(folder: Path, *more: str) -> int:
    return make_release.main([TAG, "dist/a.whl", "--notes-file", "notes.md", "--root", str(folder), *more])


def test_a_release_of_another_tag_is_none(clone: Path, releases: Releases, capsys: pytest.CaptureFixture[str]) -> None:
    releases.have(["v1.2.30", False, 1, "jo"], ["v1.2", True, 2, "github-actions[bot]"])
    assert make(clone) == 0
    assert [row[0] for row in releases.rows] == ["v1.2.30", "v1.2", TAG]
    assert make(clone) == 0
    assert capsys.readouterr().out.splitlines() == ["the release of v1.2.3 is made", "the release of v1.2.3 was there"]
    assert len(releases.rows) == 3


def test_somebodys_draft_is_left(clone: Path, releases: Releases, capsys: pytest.CaptureFixture[str]) -> None:
    rows: list[list[object]] = [[TAG, True, 1, "jo"]]
    releases.have(*rows)
    assert make(clone) == 1
    assert "jo has a draft for v1.2.3: publish or delete it" in capsys.readouterr().err
    assert releases.rows == rows


def test_a_draft_beside_what_is_published_is_left(clone: Path, releases: Releases) -> None:
    rows: list[list[object]] = [[TAG, True, 1, "github-actions[bot]"], [TAG, False, 2, "jo"]]
    releases.have(*rows)
    assert make(clone) == 0
    assert releases.rows == rows


def test_a_dry_run_makes_no_release(clone: Path, releases: Releases, capsys: pytest.CaptureFixture[str]) -> None:
    rows: list[list[object]] = [[TAG, True, 1, "github-actions[bot]"]]
    releases.have(*rows)
    assert make(clone, "--dry-run") == 0
    assert [line.split()[1:3] for line in capsys.readouterr().err.splitlines()] == [["gh", "api"], ["gh", "release"]]
    assert releases.rows == rows


def test_a_github_that_does_not_answer_is_no_empty_list(
    clone: Path, releases: Releases, capsys: pytest.CaptureFixture[str]
) -> None:
    releases.kept.write_text("{")
    assert make(clone) == 1
    assert "ended with 1" in capsys.readouterr().err
