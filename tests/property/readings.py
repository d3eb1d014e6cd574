"""One requirements file read twice, by pip's own parser and by ours, in words that can be compared."""

from __future__ import annotations

import codecs
import enum
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement

from hashpin import files, formats
from hashpin.formats.requirements_txt.lines import logical_lines
from hashpin.model import (
    Direct,
    GlobalOptions,
    HashOption,
    Include,
    Kind,
    LockFile,
    Orphan,
    Pin,
    Reach,
    SetHashes,
    Source,
    Statement,
    Unpinned,
    Unreadable,
)
from tests.readers import oracle

NAME = "requirements.txt"


class What(enum.Enum):
    """What a line comes to."""

    REQUIREMENT = "requirement"
    DIRECT = "direct"
    EDITABLE = "editable"
    REQUIREMENTS_FILE = "requirements_file"
    CONSTRAINTS_FILE = "constraints_file"
    OPTIONS = "options"
    HASHES = "hashes"
    """Hashes without a requirement, and nothing else."""
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Line:
    """A logical line."""

    number: int
    """Of its first physical line, as pip counts."""
    what: What
    text: str = ""
    """The requirement, or the name of the file that is included. Of a refused line, nothing."""
    hashes: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    """The hashes that pip drops."""
    options: tuple[tuple[str, str | None], ...] = ()
    """Of a line of options: long name and value."""
    reason: str = field(default="", compare=False)
    on_disk: bool = field(default=False, compare=False)
    """pip reads it so where a project lies on the disk, and refuses it else."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader takes from a file."""

    lines: tuple[Line, ...]
    undecodable: str | None = None

    @property
    def dropped(self) -> tuple[str, ...]:
        return tuple(sorted(digest for line in self.lines for digest in line.dropped))


def parsed(text: str, path: str = NAME) -> LockFile:
    return formats.parse(Source(path, text))


@lru_cache(maxsize=20_000)
def normal(requirement: str) -> str:
    """A requirement as one and the same library writes it. Old ones of pip take what ours does not."""
    try:
        return str(Requirement(requirement))
    except InvalidRequirement:
        return requirement


# --- pip -------------------------------------------------------------------


def by_pip(text: str) -> Reading:
    """What the pip that is installed takes from a text."""
    return told(oracle.reading(codecs.BOM_UTF8 + text.encode()))  # the mark, so that no declaration counts


def told(document: Mapping[str, Any]) -> Reading:
    """An answer of the oracle in our words."""
    return Reading(tuple(_of_pip(line) for line in document["lines"]), document["undecodable"])


def _of_pip(line: Mapping[str, Any]) -> Line:
    what = What(line["what"])
    return Line(
        line["number"],
        what,
        normal(line["text"]) if what is What.REQUIREMENT else line["text"],
        tuple(line["hashes"]),
        tuple(line["dropped"]),
        tuple((name, value) for name, value in line["options"]) if what is What.OPTIONS else (),
        line["reason"],
        line["on_disk"],
    )


# --- ours ------------------------------------------------------------------


def by_us(text: str) -> Reading:
    """What hashpin takes from a text, in pip's words."""
    return _of_file(parsed(text))


def of_bytes(data: bytes) -> Reading:
    """What hashpin takes from the bytes of a file."""
    match files.from_bytes(NAME, data):
        case Source() as source:
            return _of_file(formats.parse(source))
        case files.Refused(reason=reason):
            return Reading((), reason)


def _of_file(file: LockFile) -> Reading:
    numbers = _Numbers(file.source.text)
    lines: dict[int, Line] = {}
    for statement in file.statements:
        if not isinstance(statement, Orphan):
            line = _line(numbers.of(statement.span.start), statement)
            assert line.number not in lines, "one line says one thing"
            lines[line.number] = line
    for option in _dropped(file.statements):
        number = numbers.of(option.span.start)
        line = lines.get(number, Line(number, What.HASHES))
        lines[number] = replace(line, dropped=tuple(sorted((*line.dropped, str(option.digest)))))
    return Reading(tuple(lines[number] for number in sorted(lines)))


class _Numbers:
    """The number, as pip counts, of the logical line that an offset lies in."""

    def __init__(self, text: str) -> None:
        self._physical = [0]
        for line in text.splitlines(keepends=True):
            self._physical.append(self._physical[-1] + len(line))
        self._logical = [line.span.start for line in logical_lines(text)]

    def of(self, offset: int) -> int:
        start = self._logical[bisect_right(self._logical, offset) - 1]
        return bisect_right(self._physical, start)


def _line(number: int, statement: Statement) -> Line:
    match statement:
        case Pin() | Unpinned():
            return Line(number, What.REQUIREMENT, normal(str(statement.requirement)), _options(statement.hashes))
        case Direct(reach=Reach.EDITABLE):
            return Line(number, What.EDITABLE, statement.text)
        case Direct():
            return Line(number, What.DIRECT, statement.text, _options(statement.hashes))
        case Include():
            of = {Kind.REQUIREMENTS: What.REQUIREMENTS_FILE, Kind.CONSTRAINTS: What.CONSTRAINTS_FILE}
            return Line(number, of[statement.kind], statement.target)
        case GlobalOptions():
            return Line(number, What.OPTIONS, options=statement.options)
        case Unreadable():
            return Line(number, What.REFUSED, reason=statement.reason)
        case Orphan():
            return Line(number, What.HASHES)


def _options(hashes: Iterable[HashOption]) -> tuple[str, ...]:
    return tuple(sorted(str(option.digest) for option in hashes))


def _dropped(statements: Iterable[Statement]) -> Iterable[HashOption]:
    for statement in statements:
        match statement:
            case Pin(strays=hashes) | Orphan(hashes=hashes) | Direct(reach=Reach.EDITABLE, hashes=hashes):
                yield from hashes
            case _:
                pass


# --- what shall be ----------------------------------------------------------


def granted(before: Reading, file: LockFile, wishes: Iterable[SetHashes]) -> Reading:
    """The reading with the wishes granted: their pins have the hashes, and their strays are dropped no more.

    Without numbers, since lines may have moved.
    """
    lines = list(before.lines)
    for wish in wishes:
        number = pip_line(file.source.text, wish.pin.span.start)
        strays = Counter(str(option.digest) for option in wish.pin.strays)
        for index, line in enumerate(lines):
            if line.number == number:
                hashes = tuple(sorted(map(str, wish.digests)))
                lines[index] = Line(number, What.REQUIREMENT, normal(str(wish.pin.requirement)), hashes)
            elif line.number > number:
                taken = Counter(line.dropped) & strays
                strays -= taken
                rest = tuple(sorted((Counter(line.dropped) - taken).elements()))
                lines[index] = replace(line, dropped=rest)
    return unnumbered(Reading(tuple(line for line in lines if line.what is not What.HASHES or line.dropped)))


def unnumbered(reading: Reading) -> Reading:
    """The same reading wherever its lines stand."""
    return replace(reading, lines=tuple(replace(line, number=0) for line in reading.lines))


def pip_line(text: str, offset: int) -> int:
    """The line of an offset as pip counts: at every line end that `str.splitlines` knows."""
    return len(f"{text[:offset]}|".splitlines())
