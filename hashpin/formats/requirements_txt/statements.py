"""From a file's text to its statements."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from hashpin.formats.requirements_txt.lines import LogicalLine, logical_lines
from hashpin.formats.requirements_txt.options import Refused, options, options_start
from hashpin.formats.requirements_txt.requirements import read_requirement
from hashpin.model import (
    Digest,
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
    Unreadable,
)

NAME = "requirements.txt"


def parse(source: Source) -> LockFile:
    """The statements of a requirements file, in order. No text makes this raise."""
    statements: list[Statement] = []
    strays: dict[int, list[HashOption]] = {}
    for line in logical_lines(source.text):
        statement = _statement(line)
        if isinstance(statement, Orphan) and statements and isinstance(statements[-1], Pin):
            strays.setdefault(len(statements) - 1, []).extend(statement.hashes)
        else:
            statements.append(statement)
    return LockFile(source, tuple(_with_strays(statements, strays)), NAME)


def _with_strays(statements: list[Statement], strays: dict[int, list[HashOption]]) -> Iterator[Statement]:
    """Hashes without a requirement go to the pin just before them: its author meant them for it."""
    for index, statement in enumerate(statements):
        owned = strays.get(index)
        yield replace(statement, strays=tuple(owned)) if owned and isinstance(statement, Pin) else statement


def _statement(line: LogicalLine) -> Statement:
    try:
        return _accepted(line)
    except Refused as error:
        return Unreadable(str(error), line.span)


def _accepted(line: LogicalLine) -> Statement:
    cut = options_start(line.text)
    arguments = line.text[:cut].rstrip()
    found = list(options(line, cut))
    hashes = tuple(HashOption(Digest.parse(o.value or ""), o.span) for o in found if o.name == "--hash")
    if arguments:
        place = line.raw(0, len(arguments))
        tail = max([place.end, *(o.span.end for o in found)])
        return read_requirement(arguments, line.span, place, tail, hashes)
    values = {name: [o for o in found if o.name == name] for name in ("--editable", "--requirement", "--constraint")}
    if values["--editable"]:
        editable = values["--editable"][0]
        return Direct(editable.value or "", Reach.EDITABLE, line.span, editable.span, hashes=hashes)
    for name, kind in (("--requirement", Kind.REQUIREMENTS), ("--constraint", Kind.CONSTRAINTS)):
        if values[name]:
            return Include(kind, values[name][0].value or "", values[name][0].span)
    if hashes:
        return Orphan(hashes, line.span)
    return GlobalOptions(tuple((o.name, o.value) for o in found), line.span)
