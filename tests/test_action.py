"""The action in process: a runner's environment in, its log, files and exit code out."""

from __future__ import annotations

import io
import json
import logging
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from hashpin import action, check
from tests import runner
from tests.loopback import LoopbackIndex
from tests.test_cli import BAD, FINE, PROJECTS


@dataclass(frozen=True)
class Ran:
    code: int
    log: str
    outputs: dict[str, str]
    summary: str

    @property
    def commands(self) -> list[runner.Command]:
        return list(runner.commands(self.log))


@pytest.fixture
def index() -> Iterator[LoopbackIndex]:
    with LoopbackIndex(PROJECTS) as index:
        yield index


@pytest.fixture(autouse=True)
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    workspace = tmp_path / "workspace"
    (workspace / ".git").mkdir(parents=True)
    monkeypatch.chdir(workspace)
    return workspace


def run(text: str | None = None, **inputs: str) -> Ran:
    if text is not None:
        Path("requirements.txt").write_text(text)
    files = {name: Path("..") / name for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    for file in files.values():
        file.write_text("")
    # The runner sets every declared input, an empty text where it is not given, and keeps dashes.
    environ = {f"INPUT_{name.upper()}": "" for name in ("paths", "exclude", "fail-on", "require-hashes", "index-url")}
    environ |= {f"INPUT_{name.upper().replace('_', '-')}": value for name, value in inputs.items()}
    environ |= {name: str(file) for name, file in files.items()}
    log = io.StringIO()
    code = action.main(environ, log)
    return Ran(
        code,
        log.getvalue(),
        runner.file_commands(files["GITHUB_OUTPUT"].read_text()),
        files["GITHUB_STEP_SUMMARY"].read_text(),
    )


def test_clean(index: LoopbackIndex) -> None:
    got = run(FINE, index_url=index.url)
    assert (got.code, got.log) == (0, "1 file, 1 pin, 2 hashes: no findings\n")
    assert got.outputs == {
        "verdict": "clean",
        "findings": "0",
        "errors": "0",
        "warnings": "0",
        "notes": "0",
        "unchecked": "0",
        **dict.fromkeys(("sarif-file", "json-file", "files-changed"), ""),
        **{f"pull-request-{of}": "" for of in ("operation", "number", "url", "head-sha", "commits-verified")},
    }
    assert got.summary.startswith("## hashpin: ✅ no findings")


def test_forged(index: LoopbackIndex) -> None:
    got = run(BAD, index_url=index.url, json_file="report.json")
    assert got.code == 1
    assert [(c.name, c.properties["file"], c.properties["line"]) for c in got.commands] == [
        ("error", "requirements.txt", "3")
    ]
    assert (got.outputs["verdict"], got.outputs["errors"], got.outputs["json-file"]) == ("findings", "1", "report.json")
    assert "requirements.txt:3" in got.summary
    assert json.loads(Path("report.json").read_text())["summary"]["errors"] == 1


def test_incomplete() -> None:
    got = run(FINE, index_url="http://127.0.0.1:9/simple/", timeout="1")
    assert got.code == 3
    assert got.outputs["verdict"] == "incomplete"
    assert [c.properties["title"] for c in got.commands] == ["hashpin: unchecked"]


def test_never_fails_on_findings_and_still_on_what_is_unchecked(index: LoopbackIndex) -> None:
    assert run(BAD, index_url=index.url, fail_on="never").code == 0
    assert run(BAD, index_url="http://127.0.0.1:9/simple/", timeout="1", fail_on="never").code == 3


def test_lists_are_lines(index: LoopbackIndex) -> None:
    for name in ("a", "b", "c d"):
        Path(name).mkdir()
        Path(name, "requirements.txt").write_text(BAD)
    got = run(index_url=index.url, paths="a\n\n# not b\n  c d  \n")
    assert [c.properties["file"] for c in got.commands] == ["a/requirements.txt", "c d/requirements.txt"]
    got = run(index_url=index.url, exclude="a\n\n# c*\n b* \n")
    assert [c.properties["file"] for c in got.commands] == ["c d/requirements.txt"]


def test_require_hashes(index: LoopbackIndex) -> None:
    assert run("demo==2.0\n", index_url=index.url).code == 0
    assert run("demo==2.0\n", index_url=index.url, require_hashes="true").code == 1


def test_credentials_are_masked_before_anything_else(index: LoopbackIndex) -> None:
    got = run(BAD, index_url=index.url.replace("//", "//user:pa%25ss@"))
    assert got.commands[:2] == [runner.Command("add-mask", {}, "user"), runner.Command("add-mask", {}, "pa%ss")]
    assert "pa%ss" not in "".join((got.summary, *got.outputs.values()))


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"fail_on": "erorr"}, "input fail-on: erorr is none of error, warning, note, never"),
        ({"coverage": "most"}, "input coverage: most is none of keep, release, all"),
        ({"min_age": "-1"}, "input min-age: -1 is no whole number of days from 0 to 36500"),
        ({"min_age": "36501"}, "input min-age: 36501 is no whole number of days from 0 to 36500"),
        ({"extra_index_urls": "a b c"}, "input extra-index-urls: a line is a URL, or the name of a project and a URL"),
        ({"require_hashes": "yes"}, "input require-hashes: yes is neither true nor false"),
        ({"allow_empty": "1"}, "input allow-empty: 1 is neither true nor false"),
        ({"jobs": "0"}, "input jobs: 0 is no whole number from 1 to 100"),
        ({"timeout": "1.5"}, "input timeout: 1.5 is no whole number from 1 to 86400"),
        ({"index_url": "index.example"}, "an http or https address"),
        ({"paths": "gone"}, "gone: no such file or folder"),
        ({}, "no requirements file found in .; if that is right, set allow-empty"),
    ],
)
def test_wrong_inputs_are_named(inputs: dict[str, str], message: str) -> None:
    got = run(**inputs)
    assert got.code == 2
    assert [c.name for c in got.commands] == ["error"]
    assert message in got.commands[0].data


def test_allow_empty(index: LoopbackIndex) -> None:
    got = run(allow_empty="true", index_url=index.url)
    assert (got.code, got.outputs["verdict"]) == (0, "clean")


def test_a_report_that_cannot_be_written(index: LoopbackIndex) -> None:
    got = run(BAD, index_url=index.url, json_file="gone/report.json")
    assert (got.code, got.outputs["verdict"]) == (1, "findings"), "the verdict stays"
    got = run(FINE, index_url=index.url, json_file="gone/report.json")
    assert (got.code, got.outputs["verdict"]) == (3, "clean")
    assert "gone/report.json: not written" in got.commands[0].data


def test_a_fault_of_our_own_is_no_traceback(index: LoopbackIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*arguments: object) -> None:
        raise ZeroDivisionError("::error::x")

    monkeypatch.setattr(check, "check", broken)
    got = run(FINE, index_url=index.url)
    assert got.code == 3
    assert got.commands[0].data.startswith("internal error, the run was not finished (ZeroDivisionError")
    assert "Traceback" not in got.log


def test_outside_of_a_runner_there_are_no_files(index: LoopbackIndex) -> None:
    Path("requirements.txt").write_text(FINE)
    assert action.main({"INPUT_INDEX-URL": index.url}, io.StringIO()) == 0


def test_a_hostile_file_name_is_one_annotation(index: LoopbackIndex) -> None:
    name = "requirements\n::add-mask::x\r##[set-output name=a]b.txt"
    Path(name).write_text(BAD)
    got = run(index_url=index.url)
    assert [c.name for c in got.commands] == ["error"]
    assert set(got.outputs) == set(run(index_url=index.url).outputs)


def test_libraries_have_no_say_in_the_log(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """A runner obeys what stands in standard error, too."""

    def noisy(*arguments: object) -> int:
        logging.getLogger("a.library").warning("::add-mask::x")
        return 0

    monkeypatch.setattr(action, "main", noisy)
    monkeypatch.setattr(logging.root.manager, "disable", 0)
    monkeypatch.setattr(logging.getLogger("a.library"), "propagate", False)  # pytest listens at the root
    monkeypatch.setattr(signal, "signal", lambda *arguments: None)
    codes: list[int] = []
    monkeypatch.setattr(os, "_exit", codes.append)
    action.run()
    assert (codes, capfd.readouterr()) == ([0], ("", ""))


# --- cache -----------------------------------------------------------------


def test_without_the_input_nothing_is_kept(index: LoopbackIndex, tmp_path: Path) -> None:
    before = {*Path.home().rglob("*"), *tmp_path.rglob("*")}
    run(FINE, index_url=index.url)
    since = len(index.received)
    run(FINE, index_url=index.url)
    assert len(index.received) == 2 * since
    assert {path.name for path in {*Path.home().rglob("*"), *tmp_path.rglob("*")} - before} <= {
        "requirements.txt",
        "GITHUB_OUTPUT",
        "GITHUB_STEP_SUMMARY",
    }


def test_answers_are_kept_in_the_folder_of_the_input(index: LoopbackIndex, tmp_path: Path) -> None:
    first = run(FINE, index_url=index.url, cache=str(tmp_path / "kept"))
    since = len(index.received)
    assert run(FINE, index_url=index.url, cache=str(tmp_path / "kept")) == first
    assert len(index.received) == since
    assert (first.code, first.log) == (0, "1 file, 1 pin, 2 hashes: no findings\n")


def test_what_credentials_open_is_not_kept_for_others(index: LoopbackIndex, tmp_path: Path) -> None:
    url = index.url.replace("http://", "http://user:secret@")
    for _ in range(2):
        run(FINE, index_url=url, cache=str(tmp_path / "kept"))
    assert len(index.received) == 2
    assert not (tmp_path / "kept").exists()


@pytest.mark.parametrize("folder", ["kept", ".", "../workspace/kept", ".git/kept"])
def test_a_folder_in_the_checkout_is_not_used(index: LoopbackIndex, workspace: Path, folder: str) -> None:
    got = run(FINE, index_url=index.url, cache=folder)
    assert got.code == 0
    assert "lies in the work tree of a repository" in got.log
    assert sorted(path.name for path in workspace.iterdir()) == [".git", "requirements.txt"]


def test_a_fault_of_the_cache_is_told_and_changes_nothing(index: LoopbackIndex, tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("no folder")
    got = run(BAD, index_url=index.url, cache=str(tmp_path / "kept"))
    assert got.code == 1
    assert f"cache: {tmp_path / 'kept'} is no folder, so nothing is kept there" in got.log


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="the image runs as root")
def test_the_image_keeps_in_a_folder_of_the_runners_account(
    index: LoopbackIndex, workspace: Path, tmp_path: Path
) -> None:
    """actions/cache, which runs under that account, must be able to read and to replace what the image has written."""
    for path in (workspace, tmp_path):
        os.chown(path, 1001, 1001)
    for _ in range(2):
        got = run(FINE, index_url=index.url, cache=str(tmp_path / "kept"))
        assert got.log == "1 file, 1 pin, 2 hashes: no findings\n"
    assert {path.stat().st_uid for path in (tmp_path / "kept", *(tmp_path / "kept").iterdir())} == {1001}
    assert len(index.received) == 1
    for path in (tmp_path / "kept", *(tmp_path / "kept").iterdir()):
        os.chown(path, 1002, 1002)
    assert "belongs to somebody else" in run(FINE, index_url=index.url, cache=str(tmp_path / "kept")).log
