"""The command line in process, against an index on loopback."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hashpin import __version__, check
from hashpin.commands import progress
from tests.console import Ran, Terminal, run, written
from tests.loopback import LoopbackIndex

GOOD, ALSO, FORGED, OLD = (letter * 64 for letter in "abcd")
PROJECTS = {
    "demo": {
        "releases": {
            "1.0": [{"filename": "demo-1.0.tar.gz", "sha256": OLD, "uploaded": "2023-01-01T00:00:00Z"}],
            "2.0": [
                {"filename": "demo-2.0.tar.gz", "sha256": GOOD, "uploaded": "2024-01-01T00:00:00Z"},
                {"filename": "demo-2.0-py3-none-any.whl", "sha256": ALSO, "uploaded": "2024-01-01T00:00:00Z"},
            ],
        }
    },
    "empty": {"releases": {"1": [{"filename": "empty-1-py2.7.egg", "sha256": OLD}]}},
}
FINE = f"demo==2.0 \\\n    --hash=sha256:{GOOD} \\\n    --hash=sha256:{ALSO}\n"
BAD = f"demo==2.0 \\\n    --hash=sha256:{GOOD} \\\n    --hash=sha256:{FORGED}\n"
STALE = f"demo==2.0 \\\n    --hash=sha256:{OLD}\n"


@pytest.fixture
def index() -> Iterator[LoopbackIndex]:
    with LoopbackIndex(PROJECTS) as index:
        yield index


@pytest.fixture(autouse=True)
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def put(text: str, name: str = "requirements.txt") -> Path:
    Path(name).write_bytes(text.encode())
    return Path(name)


# --- check -----------------------------------------------------------------


def test_clean(index: LoopbackIndex) -> None:
    put(FINE)
    assert run("check", "--index-url", index.url) == Ran(0, "1 file, 1 pin, 2 hashes: no findings\n", "")


def test_forged(index: LoopbackIndex) -> None:
    put(BAD)
    got = run("check", "--index-url", index.url)
    assert got.code == 1
    assert got.out.startswith("requirements.txt:3:5: error[unknown-hash] demo==2.0: sha256:ccc")


@pytest.mark.parametrize(
    ("text", "fail_on", "code"),
    [
        (BAD, "never", 0),
        (BAD, "error", 1),
        ("demo==2.0\n", "error", 0),
        ("demo==2.0\n", "warning", 0),
        ("demo==2.0\n", "note", 1),
        (FINE, "note", 0),
    ],
)
def test_fail_on(index: LoopbackIndex, text: str, fail_on: str, code: int) -> None:
    put(text)
    assert run("check", "--index-url", index.url, "--fail-on", fail_on).code == code


def test_pip_index_url_is_honoured_and_the_option_goes_before(index: LoopbackIndex) -> None:
    put(FINE)
    assert run("check", PIP_INDEX_URL=index.url).code == 0
    assert run("check", "--index-url", index.url, PIP_INDEX_URL="http://127.0.0.1:9/simple/").code == 0


def test_offline_says_what_is_unchecked() -> None:
    put(BAD.replace(FORGED, FORGED[:60]))
    got = run("check", "--offline")
    assert got.code == 1, "a malformed hash needs no network"
    assert "error[malformed-hash]" in got.out
    assert "unchecked demo==2.0: --offline: the index was not asked" in got.out
    put(FINE)
    assert run("check", "--offline").code == 3
    assert run("check", "--offline", "--fail-on", "never").code == 3


def test_nothing_to_check() -> None:
    assert run("check") == Ran(2, "", "hashpin: no requirements file found in . (see --allow-empty)\n")
    assert run("check", "--offline", "--allow-empty") == Ran(0, "0 files, 0 pins, 0 hashes: no findings\n", "")


def test_nothing_but_prose() -> None:
    put("These are the requirements.\nAll of them, really!\n")
    got = run("check")
    assert got.code == 2
    assert got.err.startswith("requirements.txt: skipped, not a requirements file")


def test_a_refused_file_alone_is_unchecked_not_nothing() -> None:
    Path("requirements.txt").write_bytes(b"\xff\x00")
    got = run("check", "--offline")
    assert got.code == 3
    assert got.out.startswith("requirements.txt: unchecked is not UTF-8")


def test_standard_input(index: LoopbackIndex) -> None:
    got = run("check", "-", "--index-url", index.url, stdin=BAD.encode())
    assert got.code == 1
    assert got.out.startswith("-:3:5: error[unknown-hash]")


def test_list_files() -> None:
    put("-r base.in\n")
    put("six==1\n", "base.in")
    Path("constraints.txt").write_bytes(b"\xff\x00")
    assert run("check", "--list-files") == Ran(
        3,
        "base.in\nrequirements.txt\n",
        "constraints.txt: not read, is not UTF-8: save it as UTF-8, "
        "or declare its encoding in a comment on the first line\n",
    )
    Path("constraints.txt").unlink()
    assert run("fix", "--list-files").code == 0


def test_json_to_a_file(index: LoopbackIndex) -> None:
    put(BAD)
    assert run("check", "--index-url", index.url, "--format", "json", "--output", "report.json") == Ran(1, "", "")
    assert json.loads(Path("report.json").read_text())["summary"]["errors"] == 1
    got = run("check", "--index-url", index.url, "--output", "gone/report.txt")
    assert (got.code, got.out[:20]) == (1, "requirements.txt:3:5"), "the verdict stays, and the report is not lost"
    assert "report.txt: not written" in got.err
    put(FINE)
    assert run("check", "--index-url", index.url, "--output", "gone/report.txt").code == 3


def test_github_paths_count_from_the_repository(index: LoopbackIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("service").mkdir()
    put(BAD, "service/requirements.txt")
    monkeypatch.chdir("service")
    assert "file=service/requirements.txt," in run("check", "--index-url", index.url, "--format", "github").out


@pytest.mark.parametrize(
    ("options", "environ", "colored"),
    [
        ([], {}, True),
        ([], {"NO_COLOR": "1"}, False),
        ([], {"TERM": "dumb"}, False),
        (["--color", "always"], {"NO_COLOR": "1"}, True),
        (["--color", "never"], {}, False),
    ],
)
def test_color(index: LoopbackIndex, options: list[str], environ: dict[str, Any], colored: bool) -> None:
    put(BAD)
    got = run("check", "--index-url", index.url, *options, terminal=True, **environ)
    assert ("\033[1;31m" in got.out) is colored


def test_no_color_where_nobody_looks(index: LoopbackIndex) -> None:
    put(BAD)
    assert "\033" not in run("check", "--index-url", index.url).out


def test_verbose_and_quiet(index: LoopbackIndex) -> None:
    put(FINE)
    assert run("check", "--index-url", index.url, "--verbose", "--no-cache").err == "requirements.txt: 1 pin\n"
    assert run("check", "--index-url", index.url, "--quiet") == Ran(0, "", "")


def test_a_progress_bar_on_a_terminal_that_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    stream = Terminal(io.BytesIO(), encoding="utf-8")
    bar = progress._Bar(stream, 0.0)
    bar.tell(0, 2)
    bar.timer.start()
    bar.timer.join()
    bar.tell(1, 2)
    bar.stop()
    shown = written(stream)
    assert "asking the index" in shown
    assert shown.count("\033[?25l") == shown.count("\033[?25h") == 1, "the cursor is back"
    quick = progress._Bar(stream, 60)
    quick.timer.start()
    quick.tell(2, 2)
    quick.stop()
    assert written(stream) == shown


def test_a_terminal_is_told_nothing_of_a_quick_run(index: LoopbackIndex) -> None:
    put(FINE)
    assert run("check", "--index-url", index.url, terminal=True).err == ""


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        ([], "COMMAND"),
        (["chekc"], "invalid choice"),
        (["check", "--min-age", "-1"], "no whole number of days from 0 to 36500"),
        (["check", "--min-age", "soon"], "no whole number of days from 0 to 36500"),
        (["check", "--index-for", "https://u:p@x.example/"], "'https://***@x.example/' is not of the form NAME=URL"),
        (["check", "--require-platform", "plan9/vax"], "plan9/vax"),
        (["fix", "--coverage", "most"], "invalid choice: 'most'"),
        (["check", "--jobs", "0"], "no whole number from 1 to 100"),
        (["check", "--jobs", "x"], "no whole number from 1 to 100"),
        (["check", "--timeout", "-1"], "no number of seconds"),
        (["check", "--timeout", "x"], "no number of seconds"),
        (["check", "--index-url", "ftp://index.example"], "takes an http or https address"),
        (["check", "nowhere"], "nowhere: no such file or folder"),
        (["check", "--quiet", "--verbose"], "not allowed with"),
        (["explain", "no-such-rule"], "no rule is called no-such-rule"),
        (["hash", "six"], "not a requirement of the form NAME==VERSION"),
    ],
)
def test_wrong_usage(argv: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    put(FINE)
    got = run(*argv)
    assert got.code == 2
    assert message in got.err + capsys.readouterr().err


def test_version_and_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--version").code == 0
    assert run("check", "--help").code == 0
    assert capsys.readouterr().out.startswith(f"hashpin {__version__}\n")


# --- fix -------------------------------------------------------------------


def test_fix_corrects_what_is_safe(index: LoopbackIndex) -> None:
    path = put(STALE)
    got = run("fix", "--index-url", index.url)
    assert got == Ran(0, "1 file, 1 pin, 2 hashes: no findings\n", "requirements.txt: corrected\n")
    assert path.read_text() == FINE


def test_fix_leaves_what_nobody_explained_unless_told(index: LoopbackIndex) -> None:
    path = put(BAD)
    assert run("fix", "--index-url", index.url).code == 1
    assert path.read_text() == BAD
    assert run("fix", "--index-url", index.url, "--unsafe-fixes").code == 0
    assert FORGED not in path.read_text()


def test_fix_diff_writes_nothing_and_prints_a_patch_alone(index: LoopbackIndex) -> None:
    path = put(STALE)
    got = run("fix", "--diff", "--index-url", index.url)
    assert path.read_text() == STALE
    assert got.code == 0
    Path("fix.patch").write_text(got.out)
    subprocess.run(["git", "apply", "--unsafe-paths", "fix.patch"], check=True, capture_output=True)
    assert path.read_text() == FINE


def test_fix_from_standard_input_to_standard_output(index: LoopbackIndex) -> None:
    got = run("fix", "-", "--index-url", index.url, stdin=STALE.encode())
    assert (got.code, got.out) == (0, FINE)
    unchanged = run("fix", "-", "--index-url", index.url, stdin=FINE.encode())
    assert (unchanged.code, unchanged.out) == (0, FINE)


@pytest.mark.parametrize(
    "before",
    [
        b"\xef\xbb\xbfdemo==2.0 --hash=sha256:" + OLD.encode() + b"\r\n# caf\xc3\xa9\r\n",
        b"# coding: latin-1\ndemo==2.0 --hash=sha256:" + OLD.encode() + b" # caf\xe9",
        ("\ufeffdemo==2.0 --hash=sha256:" + OLD + "\n").encode("utf-16-le"),
    ],
    ids=["BOM and CRLF", "latin-1", "UTF-16"],
)
def test_fix_keeps_every_other_byte(index: LoopbackIndex, before: bytes) -> None:
    piped = subprocess.run(
        [sys.executable, "-m", "hashpin", "fix", "-", "--index-url", index.url],
        input=before,
        capture_output=True,
        check=False,
        env={"PYTHONPATH": sys.path[0]},
    )
    path = Path("requirements.txt")
    path.write_bytes(before)
    patch = run("fix", "--diff", "--index-url", index.url).out.encode("utf-8", "surrogateescape")
    assert run("fix", "--index-url", index.url).code == 0
    after = path.read_bytes()
    assert piped.stdout == after
    wide = before.startswith(b"\xff\xfe")
    hashes = f"--hash=sha256:{OLD}", f"--hash=sha256:{GOOD} --hash=sha256:{ALSO}"
    old, new = (text.encode("utf-16-le" if wide else "ascii") for text in hashes)
    assert after == before.replace(old, new)
    if not wide:  # to git, UTF-16 is binary
        path.write_bytes(before)
        subprocess.run(["git", "apply", "-"], input=patch, check=True, capture_output=True)
        assert path.read_bytes() == after


def test_fix_diff_counts_from_the_repository(index: LoopbackIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("a").mkdir()
    put("-r ../b.txt\n", "a/requirements.txt")
    put(STALE, "b.txt")
    monkeypatch.chdir("a")
    assert run("fix", "--diff", "--index-url", index.url).out.startswith("--- a/b.txt\n+++ b/b.txt\n")


def test_fix_asks_for_each_release_once(index: LoopbackIndex) -> None:
    put(STALE)
    run("fix", "--index-url", index.url)
    assert len(index.requests) == len(set(index.requests))


def test_fix_that_cannot_write_says_so(index: LoopbackIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    from hashpin import files
    from hashpin.errors import WriteError

    def refuse(path: Path, before: object, text: str) -> None:
        raise WriteError(f"{path.name}: not written (Read-only file system)")

    monkeypatch.setattr(files, "write", refuse)
    put(STALE)
    got = run("fix", "--index-url", index.url)
    assert got.code == 1, "the stale hash remains"
    assert got.err == "requirements.txt: not written (Read-only file system)\n"
    put("demo==2.0\n")
    assert run("fix", "--index-url", index.url, "--require-hashes", "--fail-on", "never").code == 3


# --- hash ------------------------------------------------------------------


def test_hash_prints_the_requirement_alone(index: LoopbackIndex) -> None:
    got = run("hash", "Demo[x]==2.0 ; python_version > '3'", "demo==1.0", "--index-url", index.url)
    assert got == Ran(
        0,
        f"Demo[x]==2.0 ; python_version > '3' \\\n    --hash=sha256:{GOOD} \\\n    --hash=sha256:{ALSO}\n"
        f"demo==1.0 \\\n    --hash=sha256:{OLD}\n",
        "",
    )


@pytest.mark.parametrize(
    ("requirement", "code", "message"),
    [
        ("demo==9", 1, "demo==9: the index has the project, but no such version"),
        ("nobody==1", 1, "nobody==1: the index has no such project"),
        ("empty==1", 1, "empty==1: the index has no installable file"),
    ],
)
def test_hash_is_all_or_nothing(index: LoopbackIndex, requirement: str, code: int, message: str) -> None:
    got = run("hash", "demo==2.0", requirement, "--index-url", index.url)
    assert (got.code, got.out) == (code, "")
    assert message in got.err


def test_hash_without_an_answer() -> None:
    got = run("hash", "demo==2.0", "--index-url", "http://127.0.0.1:9/simple/", "--timeout", "1")
    assert (got.code, got.out) == (3, "")


# --- explain ---------------------------------------------------------------


def test_explain_lists_all_rules_and_prints_each_page() -> None:
    from hashpin.rules import PAGES

    table = run("explain").out
    for rule in PAGES:
        assert f"\n{rule.RULE.name} " in f"\n{table}"
        page = run("explain", rule.RULE.name)
        assert page.code == 0
        for part in ("## What it is", "## Why it is bad", "## What the fix does"):
            assert part in page.out, rule.RULE.name


# --- the door --------------------------------------------------------------


def broken(error: BaseException) -> object:
    def judge(*arguments: object) -> None:
        raise error

    return judge


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (KeyboardInterrupt(), 130, "hashpin: interrupted"),
        (BrokenPipeError(), 3, ""),
        (ZeroDivisionError("x"), 3, "hashpin: internal error, the run was not finished (ZeroDivisionError"),
        (RecursionError("x"), 3, "internal error"),
    ],
)
def test_every_way_to_fail_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int, message: str
) -> None:
    put(FINE)
    monkeypatch.setattr(check, "check", broken(error))
    got = run("check", "--offline")
    assert got.code == code
    assert message in got.err
    assert "Traceback" not in got.err


def test_as_a_process(index: LoopbackIndex) -> None:
    put(BAD)
    command = [sys.executable, "-m", "hashpin", "check", "--index-url", index.url]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={"PYTHONPATH": sys.path[0]})
    assert done.returncode == 1
    assert done.stdout.endswith("1 file, 1 pin, 2 hashes: 1 error\n")
    assert done.stderr == ""


def test_three_hundred_hashed_files(index: LoopbackIndex) -> None:
    for number in range(300):
        Path(f"service{number}").mkdir()
        put(FINE, f"service{number}/requirements.txt")
    got = run("check", "--index-url", index.url)
    assert got == Ran(0, "300 files, 300 pins, 600 hashes: no findings\n", "")
    assert len([request for request in index.requests if "demo" in request]) == 1


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">/dev/full"])
def test_a_stream_that_nobody_reads_is_no_fault_of_hashpins(closed: str) -> None:
    put(BAD)
    command = f"{sys.executable} -m hashpin check --offline --output out.txt requirements.txt {closed}"
    environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    ran = subprocess.run(command, shell=True, env=environ, capture_output=True, text=True, check=False, timeout=60)
    assert (ran.returncode, ran.stderr) == (3, "")
    assert "unchecked" in Path("out.txt").read_text()


def test_a_full_disk_behind_standard_output_is_told() -> None:
    put(BAD)
    command = f"{sys.executable} -m hashpin check --offline requirements.txt >/dev/full"
    environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    ran = subprocess.run(command, shell=True, env=environ, capture_output=True, text=True, check=False, timeout=60)
    assert ran.returncode == 3
    assert "standard output cannot be written: No space left on device" in ran.stderr
