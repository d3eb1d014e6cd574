"""One requirements file read twice, by pip's own parser and by ours, in words that can be compared.

pip is asked in process and line by line, so that a line that it refuses does
not hide the lines below it.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from packaging.requirements import Requirement
from pip._internal.exceptions import PipError
from pip._internal.req.constructors import install_req_from_parsed_requirement
from pip._internal.req.req_file import (
    OptionParsingError,
    ParsedLine,
    get_line_parser,
    handle_requirement_line,
    preprocess,
)

from hashpin import formats
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
    Source,
    Statement,
    Unpinned,
    Unreadable,
)


class What(enum.Enum):
    """What a line comes to."""

    REQUIREMENT = enum.auto()
    DIRECT = enum.auto()
    EDITABLE = enum.auto()
    REQUIREMENTS_FILE = enum.auto()
    CONSTRAINTS_FILE = enum.auto()
    OPTIONS = enum.auto()
    REFUSED = enum.auto()


@dataclass(frozen=True, slots=True)
class Line:
    """A logical line. The text of a refused one and of options is not compared."""

    number: int
    """0 for an include, which we place at the option and pip at the line."""
    what: What
    text: str = ""
    hashes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader takes from a file."""

    lines: tuple[Line, ...]
    dropped: tuple[str, ...] = ()
    """The hashes on lines without a requirement, which pip drops."""


def parsed(text: str, path: str = "requirements.txt") -> LockFile:
    return formats.parse(Source(path, text))


# --- pip -------------------------------------------------------------------


def by_pip(text: str) -> Reading:
    """What pip takes from a text. `${VAR}` must not be set in the environment."""
    lines: list[Line] = []
    dropped: list[str] = []
    parse_line = get_line_parser(None)
    for number, line in preprocess(text):
        try:
            args, opts = parse_line(line)
        except (OptionParsingError, PipError):
            lines.append(Line(number, What.REFUSED))
            continue
        read = ParsedLine("requirements.txt", number, args, opts, constraint=False)
        hashes = _hashes(opts.hashes or {})
        if read.requirement is not None:
            lines.append(_requirement(read))
            continue
        dropped += hashes
        if opts.requirements:
            lines.append(Line(0, What.REQUIREMENTS_FILE, opts.requirements[0]))
        elif opts.constraints:
            lines.append(Line(0, What.CONSTRAINTS_FILE, opts.constraints[0]))
        elif not hashes or vars(opts) | {"hashes": None} != vars(parse_line("")[1]):
            lines.append(Line(number, What.OPTIONS))
    return Reading(tuple(lines), tuple(sorted(dropped)))


def _requirement(read: ParsedLine) -> Line:
    named = read.requirement or ""
    if read.is_editable and not read.args and ("==" not in named or "/" in named or named.startswith(".")):
        # Whether a project lies there is asked of the disk.
        return Line(read.lineno, What.EDITABLE, named)
    try:
        requirement = install_req_from_parsed_requirement(handle_requirement_line(read))
    except (PipError, ValueError, AssertionError, RecursionError):
        return Line(read.lineno, What.REFUSED)
    hashes = _hashes(requirement.hash_options)
    if requirement.link is not None:
        what = What.EDITABLE if read.is_editable else What.DIRECT
        return Line(read.lineno, what, read.args.rstrip(), hashes)
    marker = f"; {requirement.markers}" if requirement.markers else ""
    return Line(read.lineno, What.REQUIREMENT, _normal(f"{requirement.req}{marker}"), hashes)


def _hashes(options: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    return tuple(sorted(f"{algorithm}:{value.lower()}" for algorithm, of in options.items() for value in of))


def _normal(requirement: str) -> str:
    return str(Requirement(requirement))


# --- ours ------------------------------------------------------------------


def by_us(text: str) -> Reading:
    """What hashpin takes from a text, in pip's words."""
    file = parsed(text)
    lines = tuple(line for statement in file.statements if (line := _line(text, statement)))
    return Reading(lines, tuple(sorted(str(option.digest) for option in _dropped(file.statements))))


def _line(text: str, statement: Statement) -> Line | None:
    number = pip_line(text, statement.span.start)
    match statement:
        case Pin() | Unpinned():
            return Line(number, What.REQUIREMENT, _normal(str(statement.requirement)), _options(statement.hashes))
        case Direct(reach=Reach.EDITABLE):
            return Line(number, What.EDITABLE, statement.text)
        case Direct():
            return Line(number, What.DIRECT, statement.text, _options(statement.hashes))
        case Include():
            of = {Kind.REQUIREMENTS: What.REQUIREMENTS_FILE, Kind.CONSTRAINTS: What.CONSTRAINTS_FILE}
            return Line(0, of[statement.kind], statement.target)
        case GlobalOptions():
            return Line(number, What.OPTIONS)
        case Unreadable():
            return Line(number, What.REFUSED)
        case Orphan():
            return None


def _options(hashes: Iterable[HashOption]) -> tuple[str, ...]:
    return tuple(sorted(str(option.digest) for option in hashes))


def _dropped(statements: Iterable[Statement]) -> Iterator[HashOption]:
    for statement in statements:
        match statement:
            case Pin(strays=strays):
                yield from strays
            case Orphan(hashes=hashes):
                yield from hashes
            case _:
                pass


def pip_line(text: str, offset: int) -> int:
    """The line of an offset as pip counts: at every line end that `str.splitlines` knows."""
    return len(f"{text[:offset]}|".splitlines())
