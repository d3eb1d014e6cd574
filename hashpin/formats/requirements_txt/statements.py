"""From a file's text to its statements."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from hashpin.formats.requirements_txt.lines import LogicalLine, logical_lines
from hashpin.formats.requirements_txt.options import Refused, options, options_start
from hashpin.formats.requirements_txt.requirements import read_editable, read_requirement
from hashpin.model import (
    Digest,
    GlobalOptions,
    HashOption,
    Include,
    Kind,
    LockFile,
    Orphan,
    Pin,
    Source,
    Statement,
    Unreadable,
)
from hashpin.text import Span

NAME = "requirements.txt"
# Source: pip, ENV_VAR_RE in src/pip/_internal/req/req_file.py.
_VARIABLE = re.compile(r"\$\{[A-Z0-9_]+\}")


def parse(source: Source) -> LockFile:
    """The statements of a requirements file, in order. No text makes this raise."""
    statements: list[Statement] = []
    strays: dict[int, list[HashOption]] = {}
    variables: list[Span] = []
    for line in logical_lines(source.text):
        of_line = _statements(line)
        # In the address of an index it is the usual way to keep a password out of the file, and judges nothing.
        if _VARIABLE.search(line.text) and not all(isinstance(statement, GlobalOptions) for statement in of_line):
            variables.append(line.span)
        for statement in of_line:
            if isinstance(statement, Orphan) and statements and isinstance(statements[-1], Pin):
                strays.setdefault(len(statements) - 1, []).extend(statement.hashes)
            else:
                statements.append(statement)
    return LockFile(source, tuple(_with_strays(statements, strays)), NAME, tuple(variables))


def _with_strays(statements: list[Statement], strays: dict[int, list[HashOption]]) -> Iterator[Statement]:
    """Hashes without a requirement go to the pin just before them: its author meant them for it."""
    for index, statement in enumerate(statements):
        owned = strays.get(index)
        yield replace(statement, strays=tuple(owned)) if owned and isinstance(statement, Pin) else statement


def _statements(line: LogicalLine) -> list[Statement]:
    try:
        return list(_accepted(line))
    except Refused as error:
        return [Unreadable(str(error), line.span)]


def _accepted(line: LogicalLine) -> Iterator[Statement]:
    """One statement, or two where options and hashes without a requirement share a line."""
    cut = options_start(line.text)
    arguments = line.text[:cut].rstrip()
    found = list(options(line, cut))
    hashes = tuple(HashOption(Digest.parse(o.value or ""), o.span) for o in found if o.name == "--hash")
    named = {name: [o for o in found if o.name == name] for name in ("--editable", "--requirement", "--constraint")}
    if editables := named["--editable"]:
        # pip takes the requirement where there is one, and makes that the editable one.
        place = line.raw(0, len(arguments)) if arguments else editables[0].span
        yield read_editable(arguments or editables[0].value or "", line.span, place, hashes)
        return
    if arguments:
        place = line.raw(0, len(arguments))
        tail = max([place.end, *(o.span.end for o in found)])
        yield read_requirement(arguments, line.span, place, tail, hashes)
        return
    for name, kind in (("--requirement", Kind.REQUIREMENTS), ("--constraint", Kind.CONSTRAINTS)):
        if named[name]:
            yield Include(kind, named[name][0].value or "", named[name][0].span)
            break
    else:
        others = tuple((o.name, o.value) for o in found if o.name != "--hash")
        if others or not hashes:
            yield GlobalOptions(others, line.span)
    if hashes:
        yield Orphan(hashes, line.span)
