"""Whatever becomes of the cache, the verdict is the one without it: of right pins, forged ones and changed ones."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hashpin.indexes import cache as cache_module
from hashpin.indexes.cache import SCHEMA
from hashpin.indexes.cache_folder import FILE
from tests import console
from tests.console import Ran
from tests.loopback import Fault, LoopbackIndex, ProjectData, status

ROOT = Path(__file__).resolve().parents[1]
GOOD, OLD, FORGED = (letter * 64 for letter in "abc")


def project(name: str) -> ProjectData:
    dated = {"uploaded": "2024-01-01T00:00:00Z"}
    old, new = ({"filename": f"{name}-{v}.tar.gz", "sha256": d, **dated} for v, d in (("1.0", OLD), ("2.0", GOOD)))
    return {"releases": {"1.0": [old], "2.0": [new]}}


def run(*argv: str, **environ: str) -> Ran:
    return console.run(*argv, stdin=b"", terminal=False, **environ)


NAMES = ("right", "forged", "changed", "gone")
PINS = "".join(
    f"{name}==2.0 --hash=sha256:{digest}\n" for name, digest in zip(NAMES, (GOOD, FORGED, OLD, GOOD), strict=True)
)


@pytest.fixture(scope="module")
def index() -> Iterator[LoopbackIndex]:
    with LoopbackIndex({name: project(name) for name in (*NAMES[:-1], "pip")}) as index:
        yield index


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def pins(here: Path) -> Path:
    path = here / "requirements.txt"
    path.write_text(PINS)
    return path


def judged(index: LoopbackIndex, home: Path, *options: str) -> Any:
    """The report, by a run of its own."""
    got = run("check", "--index-url", index.url, "--format", "json", *options, HOME=str(home))
    return got.code, json.loads(got.out)


def file(home: Path) -> Path:
    return home / ".cache" / "hashpin" / FILE


def warm(index: LoopbackIndex, home: Path) -> Any:
    """The verdict without a cache, with one as it fills, and with one that is full: it is the same."""
    verdict = judged(index, home, "--no-cache")
    assert not home.exists()
    assert [judged(index, home) for _ in range(2)] == [verdict] * 2
    assert file(home).exists()
    return verdict


def test_the_verdict_is_the_same(index: LoopbackIndex, home: Path, pins: Path) -> None:
    code, report = warm(index, home)
    assert code == 1
    found = {(finding["project"], finding["rule"]) for finding in report["findings"]}
    assert found == {("forged", "unknown-hash"), ("changed", "unknown-hash"), ("gone", "unknown-project")}


def test_a_second_clean_run_asks_nothing(index: LoopbackIndex, home: Path, pins: Path) -> None:
    pins.write_text(f"right==2.0 --hash=sha256:{GOOD}\n")
    first = judged(index, home)
    since = len(index.received)
    assert judged(index, home) == first == (0, first[1])
    assert index.received[since:] == []


def test_a_second_run_that_is_late_asks_only_whether_something_changed(home: Path, pins: Path) -> None:
    pins.write_text("".join(f"{name}==2.0 --hash=sha256:{GOOD}\n" for name in NAMES))
    with LoopbackIndex({name: project(name) for name in NAMES}, cache_control="max-age=0") as index:
        assert judged(index, home) == judged(index, home)
        first, second = index.received[:4], index.received[4:]
        assert sorted(map(str, first)) == sorted(map(str, second))
        assert not any("if-none-match" in request.headers for request in first)
        assert all("if-none-match" in request.headers for request in second)


def test_no_cache_neither_reads_nor_writes(index: LoopbackIndex, home: Path, pins: Path) -> None:
    warm(index, home)
    before = file(home).read_bytes()
    since = len(index.received)
    judged(index, home, "--no-cache")
    assert len(index.received) > since
    assert file(home).read_bytes() == before


@pytest.mark.parametrize("command", ["hash", "coverage", "fix"])
def test_the_other_commands_use_it_too(index: LoopbackIndex, home: Path, pins: Path, command: str) -> None:
    pins.write_text(f"right==2.0 --hash=sha256:{GOOD}\n")
    what = {"hash": ["right==2.0"], "coverage": [str(pins)], "fix": [str(pins)]}[command]
    first = run(command, "--index-url", index.url, *what, HOME=str(home))
    since = len(index.received)
    assert run(command, "--index-url", index.url, *what, HOME=str(home)) == first
    assert index.received[since:] == []
    assert run(command, "--index-url", index.url, "--no-cache", *what, HOME=str(home)) == first
    assert index.received[since:] != []


# --- faults ----------------------------------------------------------------


def _truncated(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def _emptied(path: Path) -> None:
    path.write_bytes(b"")


def _no_database(path: Path) -> None:
    path.write_bytes(b"[]" * 10_000)


def _version(number: int) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        content = bytearray(path.read_bytes())
        content[60:64] = number.to_bytes(4, "big")  # user_version: "The Database File Format" of sqlite.org
        path.write_bytes(content)

    return change


def _read_only(path: Path) -> None:
    path.chmod(0o400)
    path.parent.chmod(0o500)


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _device(path: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/full")


def _endless(path: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/zero")


def _huge(path: Path) -> None:
    os.truncate(path, 2**40)


def _everybodys(path: Path) -> None:
    path.parent.chmod(0o777)


def _file_for_a_folder(path: Path) -> None:
    path.unlink()
    path.parent.rmdir()
    path.parent.write_text("")


FAULTS = [
    _truncated,
    _emptied,
    _no_database,
    _version(SCHEMA + 1),
    _version(SCHEMA - 1),
    _version(2**31 - 1),
    _version(2**32 - 1),
    _read_only,
    _folder,
    _pipe,
    _device,
    _endless,
    _huge,
    _everybodys,
    _file_for_a_folder,
]


@pytest.mark.skipif(sys.platform == "win32", reason="has no pipes and devices in its folders")
@pytest.mark.parametrize("spoil", FAULTS, ids=lambda spoil: spoil.__qualname__.partition(".")[0])
def test_no_fault_of_the_file_changes_the_verdict(
    index: LoopbackIndex, home: Path, pins: Path, spoil: Callable[[Path], None]
) -> None:
    verdict = warm(index, home)
    spoil(file(home))
    try:
        assert [judged(index, home) for _ in range(2)] == [verdict] * 2
    finally:
        if file(home).parent.is_dir():
            file(home).parent.chmod(0o700)


@pytest.fixture(scope="module")
def filled(index: LoopbackIndex, tmp_path_factory: pytest.TempPathFactory) -> tuple[Callable[..., Any], Path, bytes]:
    """A way to check in a folder of its own, the file of its cache, and what stands in that."""
    folder, cache = tmp_path_factory.mktemp("filled"), tmp_path_factory.mktemp("cache")
    (folder / "requirements.txt").write_text(PINS)

    def judge(*options: str) -> Any:
        environ = {"HASHPIN_CACHE_DIR": str(cache)}
        path = str(folder / "requirements.txt")
        got = run("check", "--index-url", index.url, "--format", "json", *options, path, **environ)
        return got.code, json.loads(got.out)

    judge()
    return judge, cache / FILE, (cache / FILE).read_bytes()


@settings(max_examples=50)
@given(st.data())
def test_no_flipped_bit_changes_the_verdict(
    filled: tuple[Callable[..., Any], Path, bytes], data: st.DataObject
) -> None:
    judge, path, content = filled
    verdict = judge("--no-cache")
    spoilt = bytearray(content)
    for _ in range(data.draw(st.integers(1, 20))):
        spoilt[data.draw(st.integers(0, len(spoilt) - 1))] = data.draw(st.integers(0, 255))
    path.unlink(missing_ok=True)
    path.write_bytes(spoilt)
    path.chmod(0o600)
    assert judge() == verdict


@pytest.mark.parametrize("environ", [{}, {"HOME": ""}, {"HOME": "/dev/null"}, {"HASHPIN_CACHE_DIR": "relative"}])
def test_without_a_place_for_it_all_is_as_ever(index: LoopbackIndex, pins: Path, environ: dict[str, str]) -> None:
    options = ("--index-url", index.url, "--format", "json")
    without = run("check", "--no-cache", *options)
    assert run("check", *options, **environ) == without
    told = run("check", "--verbose", *options, **environ)
    assert told.err.count("cache") >= 1
    assert sum("the cache is not used" in line for line in told.err.splitlines()) == 1


# --- strangers -------------------------------------------------------------


def test_a_repository_brings_no_answers_of_its_own(index: LoopbackIndex, home: Path, pins: Path) -> None:
    """Its hashes are forged, and the file it brings has an index's answers that they match."""
    honest = index.projects["right"]
    index.projects["right"] = {"releases": {"2.0": [{"filename": "right-2.0.tar.gz", "sha256": FORGED}]}}
    pins.write_text(f"right==2.0 --hash=sha256:{FORGED}\n")
    assert judged(index, home)[0] == 0
    index.projects["right"] = honest
    assert judged(index, home)[0] == 0  # so the file would do what they want
    inside = pins.parent / "cache"
    file(home).parent.rename(inside)
    for environ in ({"HASHPIN_CACHE_DIR": str(inside)}, {"XDG_CACHE_HOME": str(inside.parent)}):
        if "XDG_CACHE_HOME" in environ:
            inside = inside.rename(inside.parent / "hashpin")
        got = run("check", "--index-url", index.url, "--verbose", **environ)
        assert got.code == 1
        assert "lies in the work tree of a repository" in got.err


def test_a_hash_that_was_taken_away_is_found_when_its_time_is_up(home: Path, pins: Path) -> None:
    pins.write_text(f"right==2.0 --hash=sha256:{GOOD}\n")
    with LoopbackIndex({"right": project("right")}, cache_control="max-age=0") as index:
        assert judged(index, home)[0] == 0
        index.projects["right"] = {
            "releases": {
                "1.0": project("right")["releases"]["1.0"],
                "2.0": [{"filename": "right-2.0.tar.gz", "sha256": FORGED}],
            }
        }
        assert judged(index, home)[0] == 1
        index.projects["right"] = {"releases": {}, "status": "quarantined", "reason": "malware"}
        code, report = judged(index, home)
        assert (code, report["findings"][0]["rule"]) == (1, "quarantined-project")


def test_what_is_new_on_the_index_is_seen_by_the_second_look(home: Path, pins: Path) -> None:
    """A right hash that what is kept does not have yet is no error, with a cache as without."""
    with LoopbackIndex({"right": project("right")}) as index:
        pins.write_text(f"right==2.0 --hash=sha256:{GOOD}\n")
        judged(index, home)
        files = [*project("right")["releases"]["2.0"], {"filename": "right-2.0-py3-none-any.whl", "sha256": FORGED}]
        index.projects["right"] = {"releases": {"2.0": files}}
        pins.write_text(f"right==2.0 --hash=sha256:{GOOD} --hash=sha256:{FORGED}\n")
        with_cache, without = judged(index, home), judged(index, home, "--no-cache")
        assert with_cache[0] == without[0]


def test_an_index_that_is_down_is_no_index_by_what_is_kept(home: Path, pins: Path, no_waiting: None) -> None:
    pins.write_text(f"right==2.0 --hash=sha256:{GOOD}\ngone==2.0 --hash=sha256:{GOOD}\n")
    with LoopbackIndex({"right": project("right")}, faults=[("*gone*", status(404))]) as index:
        judged(index, home)
        index.fail("*", Fault(status=404, content_type="text/html", body=b"a portal"))
        code, report = judged(index, home)
    assert code == 3
    assert [entry["project"] for entry in report["unchecked"]] == ["gone"]


# --- other processes -------------------------------------------------------


def test_several_runs_at_once_come_to_the_same(index: LoopbackIndex, home: Path, pins: Path) -> None:
    verdict = judged(index, home, "--no-cache")
    command = [sys.executable, "-m", "hashpin", "check", "--index-url", index.url, "--format", "json"]
    environ = {**os.environ, "HOME": str(home), "PYTHONPATH": str(ROOT)}
    runs = [
        subprocess.Popen(command, env=environ, cwd=pins.parent, stdout=subprocess.PIPE, text=True) for _ in range(4)
    ]
    for started in runs:
        out, _ = started.communicate(timeout=120)
        assert (started.returncode, json.loads(out)) == verdict
    assert judged(index, home) == verdict


def test_a_disk_that_is_full_changes_nothing(
    index: LoopbackIndex, home: Path, pins: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    verdict = judged(index, home, "--no-cache")
    monkeypatch.setattr(cache_module, "_PRAGMAS", (*cache_module._PRAGMAS, "max_page_count = 3"))
    assert [judged(index, home) for _ in range(2)] == [verdict] * 2
    told = run("check", "--index-url", index.url, "--verbose", HOME=str(home))
    assert "full" in told.err


# --- hashpin cache ---------------------------------------------------------


def test_what_is_kept_can_be_seen_and_cleared(index: LoopbackIndex, home: Path, pins: Path) -> None:
    environ = {"HOME": str(home)}
    assert run("cache", **environ).out == f"{file(home)}\n0 answers, 0.0 MiB, of at most 100,000 and 256 MiB\n"
    warm(index, home)
    shown = run("cache", "show", **environ)
    assert shown.code == 0
    assert shown.out.splitlines()[0] == str(file(home))
    assert shown.out.splitlines()[2].split() == [shown.out.splitlines()[1].split()[0], index.url]
    assert run("cache", "dir", **environ) == Ran(0, f"{file(home).parent}\n", "")
    assert run("cache", "clear", **environ) == Ran(0, "", f"{file(home)}: removed\n")
    assert not file(home).exists()
    assert run("cache", "clear", **environ) == Ran(0, "", f"{file(home)}: there was none\n")


def test_what_is_not_used_says_why(index: LoopbackIndex, home: Path, pins: Path) -> None:
    assert run("cache").code == 2
    warm(index, home)
    _version(SCHEMA + 1)(file(home))
    got = run("cache", HOME=str(home))
    assert (got.code, got.err) == (2, "hashpin: the cache is not used: the file there is of a newer hashpin\n")
    assert run("cache", "clear", HOME=str(home)).code == 0
    assert not file(home).exists()
