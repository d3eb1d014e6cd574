"""The file of answers by itself: what goes in comes out, or nothing does."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.utils import canonicalize_name

from hashpin.indexes import cache as cache_module
from hashpin.indexes.cache import SCHEMA, Cache
from hashpin.indexes.cache_folder import Place
from hashpin.indexes.freshness import Freshness
from hashpin.indexes.simple import Said
from hashpin.model import Advisory, Digest, DistributionFile, Packaging, Release

ROOT = Path(__file__).resolve().parents[2]
NOW = 1_700_000_000.0
ORIGIN = "https://index.example/simple/"
FRESH = Freshness(NOW, 600, '"one"')
DEMO = Release(canonicalize_name("demo"), "1.0", (DistributionFile("demo-1.0.tar.gz", Packaging.SDIST, ()),))


def key(text: str) -> bytes:
    return blake2b(text.encode(), digest_size=24).digest()


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "hashpin")


def opened(place: Place, now: float = NOW) -> Cache:
    return Cache(place, lambda: now)


def kept(place: Place, text: str = "demo", now: float = NOW) -> str | None:
    """What a new process would find under a key."""
    cache = opened(place, now)
    found = cache.get(key(text), str)
    return found.facts if found else None


def fill(place: Place, *texts: str, now: float = NOW) -> None:
    cache = opened(place, now)
    for text in texts:
        cache.put(key(text), ORIGIN, f"facts of {text}", Freshness(now, 600, '"one"'))
    cache.flush()
    assert cache.fault is None


def statement(place: Place, sql: str, *values: object) -> None:
    with sqlite3.connect(place.file) as file:
        file.execute(sql, values)
    file.close()


# --- what goes in and comes out --------------------------------------------


def test_what_was_kept_is_found_by_the_next_run(place: Place) -> None:
    cache = opened(place)
    assert cache.get(key("demo"), Release) is None
    assert not place.folder.exists()  # to read makes nothing
    cache.put(key("demo"), ORIGIN, DEMO, FRESH)
    for again in (cache, opened(place)):
        found = again.get(key("demo"), Release)
        if again is cache:
            cache.flush()
        else:
            assert found is not None
            assert (found.facts, found.freshness, found.fresh) == (DEMO, FRESH, True)
    assert kept(place, "another") is None


def test_what_is_old_is_found_and_not_fresh(place: Place) -> None:
    fill(place, "demo")
    for now, fresh in ((NOW + 599, True), (NOW + 600, False), (NOW - 1, False)):
        found = opened(place, now).get(key("demo"), str)
        assert found is not None
        assert found.fresh is fresh


def test_what_is_confirmed_is_fresh_again(place: Place) -> None:
    fill(place, "demo")
    later = opened(place, NOW + 900)
    later.renew(key("demo"), Freshness(NOW + 900, 600, '"one"'))
    later.renew(key("another"), FRESH)
    later.flush()
    found = opened(place, NOW + 1000).get(key("demo"), str)
    assert found is not None
    assert (found.facts, found.fresh) == ("facts of demo", True)
    assert kept(place, "another") is None


def test_what_is_forgotten_is_gone_at_once_and_for_good(place: Place) -> None:
    fill(place, "demo")
    cache = opened(place)
    cache.forget(key("demo"))
    assert cache.get(key("demo"), str) is None
    cache.flush()
    assert kept(place) is None


def test_what_cannot_be_kept_takes_the_place_of_what_was(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    for facts in ("half a pair: \ud800", 2**80):
        fill(place, "demo")
        cache = opened(place)
        cache.put(key("demo"), ORIGIN, facts, FRESH)
        cache.flush()
        assert cache.fault is None
        assert kept(place) is None
    monkeypatch.setattr(cache_module, "_LARGEST_FACTS", 100)
    cache = opened(place)
    cache.put(key("demo"), ORIGIN, "x" * 101, FRESH)
    cache.flush()
    assert kept(place) is None


def test_much_is_written_before_the_end(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache_module, "_PENDING", 1000)
    cache = opened(place)
    for number in range(10):
        cache.put(key(str(number)), ORIGIN, "x" * 100, FRESH)
    assert kept(place, "0") == "x" * 100


_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
_optional = st.none() | _text
_digests = st.lists(st.builds(Digest, _text, _text), max_size=2).map(tuple)
_files = st.builds(
    DistributionFile,
    _text,
    st.sampled_from(Packaging),
    _digests,
    st.none() | st.datetimes(timezones=st.just(UTC)),
    _optional,
    _optional,
    st.none() | st.integers(0, 2**64 - 1),
    _optional,
    st.none() | _digests,
    _optional,
)
_advisories = st.builds(Advisory, _text, st.lists(_text, max_size=2).map(tuple), _text)
_releases = st.builds(
    Release,
    _text.map(canonicalize_name),
    _text,
    st.lists(_files, max_size=3).map(tuple),
    st.none() | st.lists(_text, max_size=2).map(tuple),
    st.lists(_advisories, max_size=2).map(tuple),
    _optional,
    st.booleans(),
)
_said = st.builds(Said, st.dictionaries(_text, _releases, max_size=2))


@given(st.lists(_releases, max_size=3), _said)
def test_facts_come_out_as_they_went_in(
    tmp_path_factory: pytest.TempPathFactory, releases: list[Release], said: Said
) -> None:
    place = Place(tmp_path_factory.mktemp("cache") / "hashpin")
    cache = opened(place)
    for number, release in enumerate(releases):
        cache.put(key(str(number)), ORIGIN, release, FRESH)
    cache.put(key("page"), ORIGIN, said, FRESH)
    cache.flush()
    again = opened(place)
    assert [kept.facts for n in range(len(releases)) if (kept := again.get(key(str(n)), Release))] == releases
    found = again.get(key("page"), Said)
    assert found is not None
    assert found.facts == said


def test_a_date_keeps_its_microseconds(place: Place) -> None:
    moment = datetime(2024, 2, 29, 23, 59, 59, 999_999, tzinfo=UTC)
    cache = opened(place)
    cache.put(key("demo"), ORIGIN, moment, FRESH)
    cache.flush()
    found = opened(place).get(key("demo"), datetime)
    assert found is not None
    assert found.facts == moment


# --- damage ----------------------------------------------------------------


@pytest.mark.parametrize("column", ["key", "origin", "facts", "etag", "born", "lifetime", "checksum"])
def test_a_row_that_was_changed_is_not_there(place: Place, column: str) -> None:
    fill(place, "demo", "another")
    another = {"key": key("x"), "facts": b"\xa5other", "checksum": b"\0" * 16, "born": NOW + 1, "lifetime": 601.0}
    statement(place, f"UPDATE answers SET {column} = ? WHERE key = ?", another.get(column, "other"), key("demo"))
    assert kept(place, "demo") is None
    assert kept(place, "x") is None
    assert kept(place, "another") == "facts of another"


def test_a_row_of_another_key_is_not_this_ones(place: Place) -> None:
    fill(place, "demo", "another")
    columns = "origin, facts, etag, born, lifetime, checksum"
    statement(
        place,
        f"UPDATE answers SET ({columns}) = (SELECT {columns} FROM answers WHERE key = ?) WHERE key = ?",
        key("another"),
        key("demo"),
    )
    assert kept(place, "demo") is None


@pytest.mark.parametrize("value", [None, "text", 1, 1.5])
@pytest.mark.parametrize("column", ["origin", "facts", "etag", "born", "lifetime", "checksum", "used"])
def test_a_row_of_another_type_is_no_fault(place: Place, column: str, value: object) -> None:
    fill(place, "demo")
    statement(place, f"UPDATE answers SET {column} = ?", value)
    cache = opened(place)
    found = cache.get(key("demo"), str)
    assert found is None if column != "used" else found is not None
    assert cache.fault is None


@pytest.mark.parametrize("column", ["origin", "etag"])
def test_a_text_that_is_none_is_damage(place: Place, column: str) -> None:
    fill(place, "demo")
    statement(place, f"UPDATE answers SET {column} = CAST(x'ff' AS TEXT)")
    cache = opened(place)
    assert cache.get(key("demo"), str) is None
    cache.flush()
    assert not place.file.exists()


def test_facts_of_another_kind_are_not_there(place: Place) -> None:
    fill(place, "demo")
    assert opened(place).get(key("demo"), Release) is None


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    place = Place(tmp_path_factory.mktemp("filled") / "hashpin")
    fill(place, *map(str, range(40)))
    return place.file.read_bytes()


@given(st.data())
def test_bits_that_flip_anywhere_never_change_facts(
    filled: bytes, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    place = Place(tmp_path_factory.mktemp("flipped") / "hashpin")
    place.folder.mkdir(mode=0o700)
    spoilt = bytearray(filled)
    for _ in range(data.draw(st.integers(1, 8))):
        where = data.draw(st.integers(0, 150) | st.integers(0, len(filled) - 1))
        spoilt[where] ^= data.draw(st.integers(1, 255))
    place.file.write_bytes(spoilt[: data.draw(st.just(len(spoilt)) | st.integers(0, len(spoilt)))])
    place.file.chmod(0o600)
    cache = opened(place)
    for number in range(40):
        found = cache.get(key(str(number)), str)
        assert found is None or (found.facts, found.freshness) == (f"facts of {number}", FRESH)
    cache.put(key("new"), ORIGIN, "facts of new", FRESH)
    cache.flush()
    assert kept(place, "new") in ("facts of new", None)


@pytest.mark.parametrize(
    "content", [b"no database" * 500, b"\0" * 8192, b"SQLite format 3\0" + b"\xff" * 5000], ids=["text", "zeros", "ff"]
)
def test_what_is_no_database_is_made_anew(place: Place, content: bytes) -> None:
    fill(place, "demo")
    place.file.write_bytes(content)
    cache = opened(place)
    assert cache.get(key("demo"), str) is None
    assert cache.fault is not None
    cache.flush()
    fill(place, "demo")
    assert kept(place) == "facts of demo"


def test_an_empty_file_is_filled(place: Place) -> None:
    fill(place, "demo")
    place.file.write_bytes(b"")
    assert kept(place) is None
    fill(place, "demo")
    assert kept(place) == "facts of demo"


def test_a_file_larger_than_any_of_ours_is_not_read(place: Place) -> None:
    fill(place, "demo")
    os.truncate(place.file, cache_module.MOST_BYTES * 2 + 1)
    cache = opened(place)
    assert cache.get(key("demo"), str) is None
    assert "larger" in (cache.fault or "")
    cache.flush()
    assert not place.file.exists()


def test_a_newer_file_is_neither_used_nor_harmed(place: Place) -> None:
    fill(place, "demo")
    statement(place, f"PRAGMA user_version = {SCHEMA + 1}")
    before = place.file.read_bytes()
    cache = opened(place)
    assert cache.get(key("demo"), str) is None
    cache.put(key("demo"), ORIGIN, "other", FRESH)
    cache.flush()
    assert "newer" in (cache.fault or "")
    assert place.file.read_bytes() == before


@pytest.mark.parametrize(
    "change",
    [
        f"PRAGMA user_version = {SCHEMA - 1}",
        "DROP INDEX answers_by_use",
        "ALTER TABLE answers ADD COLUMN more",
        "CREATE VIEW more AS SELECT * FROM answers",
        "CREATE TRIGGER more AFTER INSERT ON answers BEGIN UPDATE answers SET etag = ''; END",
        'CREATE TABLE "a ""name" (x)',
    ],
)
def test_an_older_file_or_one_with_more_in_it_is_made_anew(place: Place, change: str) -> None:
    fill(place, "demo")
    statement(place, change)
    assert kept(place) is None
    fill(place, "another")
    assert kept(place, "another") == "facts of another"
    assert kept(place) is None


# --- bounds ----------------------------------------------------------------


def test_what_nobody_used_for_a_month_goes(place: Place) -> None:
    fill(place, "old", "used")
    month = NOW + 31 * 86400
    assert kept(place, "used", NOW + 20 * 86400)
    cache = opened(place, NOW + 20 * 86400)
    cache.get(key("used"), str)
    cache.flush()
    fill(place, "new", now=month)
    assert (kept(place, "old"), kept(place, "used")) == (None, "facts of used")


def test_what_was_used_longest_ago_goes_first(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache_module, "MOST_ROWS", 20)
    fill(place, *(f"old {n}" for n in range(15)))
    fill(place, *(f"new {n}" for n in range(15)), now=NOW + 86400)
    summary = opened(place).summary()
    assert summary is not None
    assert sum(summary.entries.values()) <= 20
    assert all(kept(place, f"new {n}") for n in range(15))
    assert any(kept(place, f"old {n}") for n in range(15))


def test_the_file_has_a_largest_size(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache_module, "MOST_BYTES", 400_000)
    for day in range(12):
        cache = opened(place, NOW + day * 86400)
        for number in range(10):
            cache.put(key(f"{day} {number}"), ORIGIN, "x" * 9000, Freshness(NOW + day * 86400, 600, ""))
        cache.flush()
        assert cache.fault is None
        assert place.file.stat().st_size < 600_000
    assert kept(place, "11 9") == "x" * 9000
    assert kept(place, "0 0") is None


def test_reading_alone_writes_once_a_day(place: Place) -> None:
    fill(place, "demo")
    stamp = place.file.stat().st_mtime_ns
    for now, written in ((NOW + 1, False), (NOW + 86400, True)):
        cache = opened(place, now)
        cache.get(key("demo"), str)
        cache.flush()
        assert (place.file.stat().st_mtime_ns != stamp) is written


# --- the disk --------------------------------------------------------------


def test_a_file_that_cannot_be_written_is_read(place: Place) -> None:
    fill(place, "demo")
    statement_of_nobody = opened(place)
    place.file.chmod(0o400)
    place.folder.chmod(0o500)
    try:
        assert statement_of_nobody.get(key("demo"), str) is not None
        statement_of_nobody.put(key("new"), ORIGIN, "new", FRESH)
        statement_of_nobody.flush()
        if os.geteuid() != 0:  # whom nothing holds
            assert "readonly" in (statement_of_nobody.fault or "")
    finally:
        place.folder.chmod(0o700)
    assert kept(place) == "facts of demo"


def test_a_folder_that_cannot_be_made_is_no_fault_of_the_run(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    cache = opened(Place(tmp_path / "file" / "below" / "hashpin"))
    cache.put(key("demo"), ORIGIN, "x", FRESH)
    cache.flush()
    assert cache.fault is not None


_BIG = """
import resource, sys
from pathlib import Path
from hashpin.indexes.cache import Cache
from hashpin.indexes.cache_folder import Place
from hashpin.indexes.freshness import Freshness
resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
cache = Cache(Place(Path(sys.argv[1])), lambda: 1.7e9)
for number in range(40):
    cache.put(bytes([number]) * 24, "", "x" * 9000, Freshness(1.7e9, 600, ""))
cache.flush()
print(cache.fault)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="has no such limit")
def test_a_full_disk_is_as_if_there_were_no_cache(place: Place) -> None:
    fill(place, "demo")
    done = subprocess.run(
        [sys.executable, "-c", _BIG, str(place.folder)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "disk" in done.stdout
    assert kept(place) == "facts of demo"
    fill(place, "another")
    assert kept(place, "another") == "facts of another"


# --- other processes -------------------------------------------------------

_WRITER = """
import sys, time
from hashlib import blake2b
from pathlib import Path
from hashpin.indexes.cache import Cache
from hashpin.indexes.cache_folder import Place
from hashpin.indexes.freshness import Freshness
folder, name, rounds = sys.argv[1:]
print("begun", flush=True)
for turn in range(int(rounds)):
    cache = Cache(Place(Path(folder)), lambda: 1.7e9)
    for number in range(60):
        text = f"{name} {number}"
        cache.put(blake2b(text.encode(), digest_size=24).digest(), name, text * 200, Freshness(1.7e9, 600, ""))
    cache.flush()
    if cache.fault:
        sys.exit(cache.fault)
"""


def _started(place: Place, name: str, rounds: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", _WRITER, str(place.folder), name, str(rounds)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.readline()
    return process


def test_several_processes_write_one_file(place: Place) -> None:
    writers = [_started(place, name, 8) for name in "abc"]
    for writer in writers:
        _, said = writer.communicate(timeout=60)
        assert (writer.returncode, said) == (0, "")
    cache = opened(place)
    for name in "abc":
        for number in range(60):
            found = cache.get(key(f"{name} {number}"), str)
            assert found is not None
            assert found.facts == f"{name} {number}" * 200
    summary = cache.summary()
    assert summary is not None
    assert summary.entries == {"a": 60, "b": 60, "c": 60}


@pytest.mark.skipif(sys.platform == "win32", reason="has no SIGKILL")
def test_a_writer_that_is_killed_leaves_whole_rows(place: Place) -> None:
    fill(place, "demo")
    for turn in range(12):
        writer = _started(place, "k", 10_000)
        time.sleep(0.004 * turn)
        writer.send_signal(signal.SIGKILL)
        writer.communicate()
        cache = opened(place)
        assert cache.get(key("demo"), str) is not None
        for number in range(60):
            found = cache.get(key(f"k {number}"), str)
            assert found is None or found.facts == f"k {number}" * 200
        cache.put(key(f"turn {turn}"), ORIGIN, turn, FRESH)
        cache.flush()
        assert cache.fault is None
    assert all(opened(place).get(key(f"turn {turn}"), int) for turn in range(12))


_ONCE = """
import sys
from hashlib import blake2b
from pathlib import Path
from hashpin.indexes.cache import Cache
from hashpin.indexes.cache_folder import Place
from hashpin.indexes.freshness import Freshness
cache = Cache(Place(Path(sys.argv[1])), lambda: 1.7e9)
for text in ("old", "new"):
    cache.put(blake2b(text.encode(), digest_size=24).digest(), "", text * 3000, Freshness(1.7e9, 600, ""))
cache.flush()
print("done", cache.fault)
"""


def _struck(place: Place, fault: str) -> subprocess.CompletedProcess[str]:
    """A process that writes, with a fault in one of its system calls."""
    strace = ["strace", "-f", "-qq", "-o", os.devnull, "-e", "trace=pwrite64,unlink,ftruncate", "-e", f"inject={fault}"]
    command = [*strace, sys.executable, "-c", _ONCE, str(place.folder)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def strace(tmp_path_factory: pytest.TempPathFactory) -> None:
    if shutil.which("strace") is None:
        pytest.skip("needs strace")
    if (
        "done None"
        not in _struck(Place(tmp_path_factory.mktemp("strace") / "x"), "pwrite64:when=10000:error=EIO").stdout
    ):
        pytest.skip("strace may not trace here")


@pytest.mark.usefixtures("strace")
@pytest.mark.parametrize(
    "fault",
    [
        *(f"pwrite64:when={number}:signal=KILL" for number in range(1, 14, 2)),
        "unlink:when=1:signal=KILL",
        *(f"pwrite64:when={number}+:error=ENOSPC" for number in (1, 3, 6, 9)),
        "pwrite64:when=5:error=EIO",
        "unlink:when=1:error=EROFS",
    ],
)
def test_whichever_write_fails_the_file_is_as_before_or_as_after(place: Place, fault: str) -> None:
    cache = opened(place)
    cache.put(key("old"), "", "as it was" * 1000, FRESH)
    cache.flush()
    done = _struck(place, fault)
    killed = done.returncode in (-signal.SIGKILL, 128 + signal.SIGKILL)
    assert killed or done.stdout.startswith("done")
    found = {text: kept(place, text) for text in ("old", "new")}
    before = {"old": "as it was" * 1000, "new": None}
    assert found in (before, {"old": "old" * 3000, "new": "new" * 3000})
    fill(place, "another")
    assert kept(place, "another") == "facts of another"


def test_a_file_that_another_process_holds_is_left_to_it(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache_module, "_PATIENCE", 0.01)
    fill(place, "demo")
    holder = sqlite3.connect(place.file, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    cache = opened(place)
    assert cache.get(key("demo"), str) is None
    assert "locked" in (cache.fault or "")
    cache.flush()
    holder.execute("ROLLBACK")
    holder.close()
    assert kept(place) == "facts of demo"


def test_a_fault_is_told_once(place: Place) -> None:
    cache = Cache(place, refused="of a checkout")
    cache.put(key("demo"), ORIGIN, "x", FRESH)
    cache.flush()
    assert (cache.told(), cache.told()) == ("of a checkout", None)
    assert not place.folder.exists()
