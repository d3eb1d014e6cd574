"""sha384 and sha512 through the whole of it, against indexes on 127.0.0.1."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from hashpin.indexes import downloads
from tests.console import run
from tests.loopback import LoopbackIndex, ProjectData, status

SDIST, WHEEL, EGG = "six-1.0.tar.gz", "six-1.0-py3-none-any.whl", "six-1.0-py3.8.egg"
PROJECTS: dict[str, ProjectData] = {
    "six": {
        "releases": {
            "1.0": [{"filename": name, "content": name * 100} for name in (SDIST, WHEEL, EGG)],
            "0.9": [{"filename": "six-0.9.tar.gz", "content": "old"}],
        }
    }
}


def hash_of(name: str, algorithm: str = "sha512") -> str:
    return f" --hash={algorithm}:{hashlib.new(algorithm, (name * 100).encode()).hexdigest()}"


@pytest.fixture(autouse=True)
def _hurried(no_waiting: None) -> None:
    """Every test here tries again at once."""


@pytest.fixture
def index() -> Iterator[LoopbackIndex]:
    with LoopbackIndex(PROJECTS) as index:
        yield index


def files_asked(index: LoopbackIndex) -> list[str]:
    return sorted(request.rpartition("/")[2] for request in index.requests if "/packages/" in request)


def written(here: Path, **texts: str) -> None:
    for name, text in texts.items():
        (here / f"{name}.txt").write_text(text)


def test_each_file_is_downloaded_once_in_a_run(here: Path, index: LoopbackIndex) -> None:
    pin = f"six==1.0{hash_of(SDIST)}{hash_of(WHEEL)}\n"
    weaker = f"six==1.0{hash_of(SDIST, 'sha384')}{hash_of(WHEEL, 'sha384')}\n"
    written(here, requirements=pin, requirements_test=pin, requirements_dev=weaker)
    ran = run("fix", "--index-url", index.url)
    assert (ran.code, ran.out) == (0, "3 files, 3 pins, 6 hashes: no findings\n")
    assert files_asked(index) == sorted([SDIST, WHEEL])


def test_sha256_alone_downloads_nothing(here: Path, index: LoopbackIndex) -> None:
    written(here, requirements=f"six==1.0{hash_of(SDIST, 'sha256')}{hash_of(WHEEL, 'sha256')}\n")
    assert run("check", "--index-url", index.url).code == 0
    assert files_asked(index) == []


@pytest.mark.parametrize("lame", ["--hash=sha512:abc", "--hash=md5:" + "a" * 32, "--hash=sha512:" + "x" * 128])
def test_what_can_never_match_downloads_nothing(here: Path, index: LoopbackIndex, lame: str) -> None:
    written(here, requirements=f"six==1.0{hash_of(SDIST, 'sha256')}{hash_of(WHEEL, 'sha256')} {lame}\n")
    run("check", "--index-url", index.url)
    assert files_asked(index) == []


def test_what_pip_cannot_install_is_downloaded_for_an_unmatched_hash_alone(here: Path, index: LoopbackIndex) -> None:
    written(here, requirements=f"six==1.0{hash_of(SDIST)}{hash_of(WHEEL)}{hash_of('stranger')}\n")
    ran = run("check", "--index-url", index.url)
    assert ran.code == 1
    assert "(3 files there, downloaded to compare)" in ran.out
    assert files_asked(index) == sorted([SDIST, WHEEL, EGG])


def test_an_index_that_publishes_it_is_asked_for_no_file(here: Path) -> None:
    content = SDIST * 100
    named = {name: hashlib.new(name, content.encode()).hexdigest() for name in ("sha256", "sha512")}
    with LoopbackIndex({"six": {"releases": {"1.0": [{"filename": SDIST, "digests": named}]}}}) as index:
        written(here, requirements=f"six==1.0{hash_of(SDIST)}\n")
        assert run("check", "--index-url", index.url).code == 0
        assert files_asked(index) == []


@pytest.mark.parametrize("options", [("--download", "never"), ("--offline",)])
def test_nothing_is_downloaded_where_nobody_wants_it(here: Path, index: LoopbackIndex, options: tuple[str]) -> None:
    written(here, requirements=f"six==1.0{hash_of(SDIST)}\n")
    ran = run("check", "--index-url", index.url, *options)
    assert (ran.code, options[0] in ran.out) == (3, True)
    assert files_asked(index) == []


def test_half_of_the_files_are_enough_for_what_matches_and_for_no_more(here: Path, index: LoopbackIndex) -> None:
    """Whose the other hash is nobody can tell, so nothing is missing, and nothing is corrected."""
    index.fail(f"*{WHEEL}", status(404))
    text = f"six==1.0{hash_of(SDIST)}{hash_of(WHEEL)}\n"
    written(here, requirements=text)
    ran = run("fix", "--index-url", index.url)
    assert (ran.code, ran.out.count("unchecked six==1.0")) == (3, 1)
    assert f"{WHEEL} could not be downloaded: the index's file host answered 404" in ran.out
    assert "missing-hash" not in ran.out
    assert (here / "requirements.txt").read_text() == text
    written(here, requirements=f"six==1.0{hash_of(SDIST)}\n")
    assert run("check", "--index-url", index.url).code == 0


def test_what_failed_is_not_tried_again_in_the_same_run(here: Path, index: LoopbackIndex) -> None:
    index.fail(f"*{WHEEL}", status(404))
    written(here, requirements=f"six==1.0{hash_of(SDIST)}{hash_of(WHEEL)}\n\n", bare="six==0.9\n")
    run("fix", "--require-hashes", "--index-url", index.url)
    assert files_asked(index) == sorted([SDIST, WHEEL])


def test_the_limit_of_a_run(here: Path, index: LoopbackIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads.Quota.__init__, "__defaults__", (len(SDIST) * 100,))
    written(here, requirements=f"six==1.0{hash_of(SDIST)}{hash_of(WHEEL)}\n")
    ran = run("check", "--jobs", "1", "--index-url", index.url)
    assert (ran.code, f"with {WHEEL} this run would download more than 1,400 bytes" in ran.out) == (3, True)
    assert files_asked(index) == [SDIST]


def test_a_hash_of_another_project_of_the_run_is_no_reason_to_download_it(here: Path, index: LoopbackIndex) -> None:
    index.projects["attrs"] = {"releases": {"1.0": [{"filename": "attrs-1.0.tar.gz", "content": "attrs"}]}}
    written(
        here,
        requirements=f"six==1.0{hash_of(SDIST)}{hash_of(WHEEL)}\nattrs==1.0 --hash=sha256:"
        f"{hashlib.sha256(b'attrs').hexdigest()}\n",
    )
    assert run("check", "--index-url", index.url).code == 0
    assert "attrs-1.0.tar.gz" not in files_asked(index)


# --- hashpin hash ---


@pytest.mark.parametrize("algorithm", ["sha256", "sha384", "sha512"])
def test_hash(index: LoopbackIndex, algorithm: str) -> None:
    ran = run("hash", "--algorithm", algorithm, "six[a]==1.0 ; python_version > '3'", "--index-url", index.url)
    assert ran.code == 0
    hashes = " \\\n    ".join(sorted(hash_of(name, algorithm).strip() for name in (SDIST, WHEEL)))
    assert ran.out == f"six[a]==1.0 ; python_version > '3' \\\n    {hashes}\n"
    assert files_asked(index) == ([] if algorithm == "sha256" else sorted([SDIST, WHEEL]))


def test_hash_is_all_or_nothing(index: LoopbackIndex) -> None:
    index.fail(f"*{WHEEL}", status(404))
    ran = run("hash", "--algorithm", "sha512", "six==0.9", "six==1.0", "--index-url", index.url)
    assert (ran.code, ran.out) == (3, "")
    assert ran.err == (f"hashpin: six==1.0: {WHEEL} could not be downloaded: the index's file host answered 404\n")


def test_hash_of_what_is_not_there(index: LoopbackIndex) -> None:
    ran = run("hash", "--algorithm", "sha512", "six==2.0", "--index-url", index.url)
    assert (ran.code, ran.out) == (1, "")


def test_hash_of_an_index_that_publishes_it() -> None:
    named = {"sha512": "a" * 128}
    with LoopbackIndex({"six": {"releases": {"1.0": [{"filename": SDIST, "digests": named}]}}}) as index:
        ran = run("hash", "--algorithm", "sha512", "six==1.0", "--index-url", index.url)
        assert (ran.code, ran.out) == (0, f"six==1.0 \\\n    --hash=sha512:{'a' * 128}\n")
        assert files_asked(index) == []
