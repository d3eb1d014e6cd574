"""What indexes have said, kept from run to run: one SQLite file of facts.

It can never turn a bad verdict good, because nothing in it is a verdict, and
because of what goes in and what comes out:

- Only what an index answered with 200 goes in, once it was parsed and spoke of
  what was asked for. An absence, an error, a redirect's target never does, nor
  what came unencrypted. So a row says no more than the index said.
- It comes out only while the index itself said that it may (`freshness`), an
  hour at most. Later the index is asked whether it still holds, by its ETag. A hash
  that the index has taken away, a release that it has yanked since, are
  seen as late as by any other cache on the way, and no later.
- It comes out only for the very same question: the same address, asked in the
  same way, with the same credentials, by the same version of hashpin.
- What would come to an error is asked past it, and what is there is replaced.
- A row has a checksum over all that it says and what it answers: what is
  damaged is not there. Who can write rows with right checksums can write to
  the user's own folder, and might as well replace hashpin; see `cache_folder`.

A fault of the file is as if there were none. Nothing here raises.
"""

from __future__ import annotations

import struct
import threading
import time
from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec
from msgspec import Struct

from hashpin.indexes import cache_folder
from hashpin.indexes.cache_folder import Place, Refused
from hashpin.indexes.freshness import Freshness

if TYPE_CHECKING:
    import sqlite3

SCHEMA = 1
"""Of the file. A file of a higher one is another hashpin's, and is left alone; one of a lower one is made anew."""

MOST_ROWS = 100_000
MOST_BYTES = 256 * 2**20
_LARGEST_FACTS = 16 * 2**20  # bytes of one answer: the largest known project's page comes to less
_OLDEST = 30  # days since anybody used it
_PENDING = 4 * 2**20  # bytes that wait to be written
_PATIENCE = 2.0  # seconds for another process to finish its transaction
_PAGE = 4096
_DAY = 86400

_TABLES = {
    "answers": "CREATE TABLE answers (key BLOB PRIMARY KEY, origin TEXT, facts BLOB, etag TEXT, born REAL, "
    "lifetime REAL, checksum BLOB, used INTEGER)",
    "answers_by_use": "CREATE INDEX answers_by_use ON answers (used)",
}

_T = TypeVar("_T")
_encode = msgspec.msgpack.Encoder().encode


class Kept(Struct, Generic[_T], frozen=True):
    """An answer that was given before."""

    facts: _T
    freshness: Freshness
    fresh: bool


class _Row(Struct, frozen=True):
    origin: str
    facts: bytes
    freshness: Freshness

    def checksum(self, key: bytes) -> bytes:
        parts = (key, self.origin.encode(), self.freshness.etag.encode(), self.facts)
        times = struct.pack("<dd", self.freshness.born, self.freshness.lifetime)
        summed = blake2b(struct.pack("<4Q", *map(len, parts)) + times, digest_size=16, person=b"hashpin answers")
        for part in parts:
            summed.update(part)
        return summed.digest()


class Summary(Struct, frozen=True):
    """What is in the file."""

    bytes: int
    entries: Mapping[str, int]
    """By index: how many answers of it."""


class Cache:
    """Safe to use from several threads, and by several processes on one file."""

    def __init__(self, place: Place, now: Callable[[], float] = time.time, refused: str | None = None) -> None:
        """`refused` says why it is not to be used at all."""
        self.place = place
        self.fault = refused
        """Why it is not used, or not any more."""
        self.now = now
        self._file: sqlite3.Connection | None = None
        self._looked = False
        self._damaged = False
        self._told = False
        self._lock = threading.RLock()
        self._pending: dict[bytes, _Row | None] = {}
        self._waiting = 0
        self._used: set[bytes] = set()
        self._decoders: dict[Any, msgspec.msgpack.Decoder[Any]] = {}

    def get(self, key: bytes, kind: type[_T]) -> Kept[_T] | None:
        """What is kept under a key; None where nothing is that can be believed."""
        row = self._row(key)
        if row is None:
            return None
        try:
            decoder = self._decoders.get(kind) or self._decoders.setdefault(kind, msgspec.msgpack.Decoder(kind))
            return Kept(decoder.decode(row.facts), row.freshness, row.freshness.holds(self.now()))
        except Exception:  # nobody reads it, so it is not there
            return None

    def put(self, key: bytes, origin: str, facts: object, found: Freshness) -> None:
        """Keep what an index said; written by and by, and by `flush`."""
        try:
            row = _Row(origin, _encode(facts), found)
        except (msgspec.MsgspecError, ValueError, OverflowError, TypeError, RecursionError):  # half a surrogate pair
            row = None
        self._wait(key, row if row and len(row.facts) <= _LARGEST_FACTS else None)

    def renew(self, key: bytes, found: Freshness) -> None:
        """The index has said that what is kept still holds."""
        if row := self._row(key):
            self._wait(key, _Row(row.origin, row.facts, found))

    def forget(self, key: bytes) -> None:
        """What is kept is not to be used any more."""
        self._wait(key, None)

    def flush(self) -> None:
        """Write all that waits, in one transaction."""
        with self._lock:
            pending, used, self._pending, self._used, self._waiting = self._pending, self._used, {}, set(), 0
            self._guarded(lambda: self._write(pending, used) if pending or used else None)
            if self._damaged:
                self._damaged = False
                self._guarded(self._remove, anyway=True)

    def told(self) -> str | None:
        """Why it is not used, where that was not yet told."""
        fault = None if self._told else self.fault
        self._told = self._told or fault is not None
        return fault

    def summary(self) -> Summary | None:
        """What is in the file; None where it is not used, and `fault` says why."""
        return self._guarded(self._summary)

    # --- rows ---

    def _row(self, key: bytes) -> _Row | None:
        with self._lock:
            if key in self._pending:
                return self._pending[key]
            return self._guarded(lambda: self._read(key))

    def _read(self, key: bytes) -> _Row | None:
        file = self._open()
        if file is None:
            return None
        found = file.execute(
            "SELECT origin, facts, etag, born, lifetime, checksum, used FROM answers WHERE key = ?", (key,)
        ).fetchone()
        if found is None:
            return None
        origin, facts, etag, born, lifetime, checksum, used = found
        typed = isinstance(facts, bytes) and isinstance(born, float) and isinstance(lifetime, float)
        if not (typed and isinstance(origin, str) and isinstance(etag, str)):
            return None
        row = _Row(origin, facts, Freshness(born, lifetime, etag))
        if row.checksum(key) != checksum:
            return None
        if used != self._today():
            self._used.add(key)
        return row

    def _wait(self, key: bytes, row: _Row | None) -> None:
        with self._lock:
            if self.fault is not None:
                return
            self._pending[key] = row
            self._waiting += len(row.facts) + 200 if row else 200
            if self._waiting > _PENDING:
                self.flush()

    def _write(self, pending: Mapping[bytes, _Row | None], used: set[bytes]) -> None:
        file = self._open(make=any(pending.values()))
        if file is None:
            return
        today = self._today()
        rows = [
            (key, r.origin, r.facts, r.freshness.etag, r.freshness.born, r.freshness.lifetime, r.checksum(key), today)
            for key, r in pending.items()
            if r is not None
        ]
        file.execute("BEGIN IMMEDIATE")  # a fault ends in `_off`, which closes the file: that rolls it back
        file.executemany("DELETE FROM answers WHERE key = ?", ((key,) for key in pending))
        file.executemany("UPDATE answers SET used = ? WHERE key = ?", ((today, key) for key in used))
        if rows:
            self._make_room(file, sum(len(row[2]) + 400 for row in rows), len(rows), today)
        file.executemany("INSERT INTO answers VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
        file.execute("COMMIT")

    def _make_room(self, file: sqlite3.Connection, size: int, rows: int, today: int) -> None:
        """Let go what nobody has used for long, and then what was used longest ago."""
        file.execute("DELETE FROM answers WHERE used NOT BETWEEN ? AND ?", (today - _OLDEST, today + _OLDEST))
        for _ in range(100):  # each lets go an eighth: a damaged file must not hold us for ever
            (kept,) = file.execute("SELECT count(*) FROM answers").fetchone()
            if not kept or (kept + rows <= MOST_ROWS and self._bytes(file) + size <= MOST_BYTES):
                return
            most = max(kept // 8, kept + rows - MOST_ROWS, 1)
            file.execute(
                "DELETE FROM answers WHERE rowid IN (SELECT rowid FROM answers ORDER BY used LIMIT ?)", (most,)
            )

    @staticmethod
    def _bytes(file: sqlite3.Connection) -> int:
        (pages,) = file.execute("PRAGMA page_count").fetchone()
        (free,) = file.execute("PRAGMA freelist_count").fetchone()
        return int(pages - free) * _PAGE

    def _today(self) -> int:
        return int(self.now() // _DAY)

    def _summary(self) -> Summary:
        file = self._open()
        if file is None:
            return Summary(0, {})
        rows = file.execute("SELECT origin, count(*) FROM answers GROUP BY origin ORDER BY origin").fetchall()
        return Summary(self.place.file.stat().st_size, {str(origin): count for origin, count in rows})

    # --- the file ---

    def _guarded(self, work: Callable[[], _T], anyway: bool = False) -> _T | None:
        """What the work gives, or None. A fault of the file is the last one of this run: it is not used any more."""
        if self.fault is not None and not anyway:
            return None
        import sqlite3  # slow to import, and needed only where an index is asked

        try:
            return work()
        except Refused as refused:
            self._off(str(refused))
        except Exception as error:  # whatever it is, it is the cache's fault, and no run's
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # an extended code has the plain one in its last byte
            undecodable = type(error) is sqlite3.OperationalError and not code
            self._damaged = undecodable or code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
            self._off(f"{self.place.file}: {getattr(error, 'strerror', None) or str(error) or type(error).__name__}")
        return None

    def _remove(self) -> None:
        """So that the next run makes it anew."""
        if cache_folder.inspect(self.place):
            cache_folder.remove(self.place)

    def _off(self, fault: str) -> None:
        self.fault = fault
        self._pending, self._used = {}, set()
        file, self._file = self._file, None
        if file is not None:
            file.close()

    def _open(self, make: bool = False) -> sqlite3.Connection | None:
        """The file; None where there is none yet, or one that has to be made anew, and none is to be made now."""
        if self._file is None and (make or not self._looked):
            self._looked = True
            there = cache_folder.inspect(self.place)
            if there and there.st_size > MOST_BYTES * 2:
                self._damaged = True
                raise Refused(f"{self.place.file} is larger than any of ours")
            if make:
                cache_folder.make(self.place)
            elif not there or not there.st_size:  # somebody else may just be making it
                return None
            self._file = _connected(self.place, make)
        return self._file


def _connected(place: Place, make: bool) -> sqlite3.Connection | None:
    import sqlite3

    file = sqlite3.connect(
        f"{place.file.as_uri()}?mode=rw", uri=True, timeout=_PATIENCE, isolation_level=None, check_same_thread=False
    )
    ready = False
    try:
        file.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LARGEST_FACTS * 2)
        for pragma in _PRAGMAS:
            file.execute(f"PRAGMA {pragma}").fetchall()
        ready = _is_ours(file) or (make and _made_ours(file))
        return file if ready else None
    finally:
        if not ready:
            file.close()


_PRAGMAS = (
    # Nothing that a stranger may have put into the schema is run, and no page of a wrong shape is followed.
    "trusted_schema = OFF",
    "cell_size_check = ON",
    "mmap_size = 0",
    "temp_store = MEMORY",
    "journal_mode = DELETE",
    # What a killed process leaves half written, its journal puts right. Only a machine that goes down may damage rows,
    # which their checksums tell: that is not worth waiting for the disk.
    "synchronous = OFF",
    f"max_page_count = {MOST_BYTES // _PAGE * 9 // 8}",
)


def _is_ours(file: sqlite3.Connection) -> bool:
    """Whether the file has our tables and nothing else. Raises Refused where a newer hashpin has made it."""
    (schema,) = file.execute("PRAGMA user_version").fetchone()
    if schema > SCHEMA:
        raise Refused("the file there is of a newer hashpin")
    found = dict(file.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL LIMIT 10").fetchall())
    return bool(schema == SCHEMA and found == _TABLES)


def _made_ours(file: sqlite3.Connection) -> bool:
    """Make it ours, whatever else was in it. Another process may do the same at this moment."""
    file.execute("BEGIN IMMEDIATE")
    if not _is_ours(file):
        query = "SELECT type, name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite!_%' "
        for kind, name in file.execute(query + "ESCAPE '!'").fetchall():
            file.execute(f"""DROP {kind} IF EXISTS "{name.replace('"', '""')}" """)
        for statement in _TABLES.values():
            file.execute(statement)
        file.execute(f"PRAGMA user_version = {SCHEMA}")
    file.execute("COMMIT")
    return True
