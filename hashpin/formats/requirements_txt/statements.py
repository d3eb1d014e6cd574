"""From a file's text to its statements."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from msgspec import Struct, field
from msgspec.structs import replace

from hashpin.formats.requirements_txt import disagreements, hidden, ignored
from hashpin.formats.requirements_txt.comments import comment
from hashpin.formats.requirements_txt.lines import LogicalLine, logical_lines
from hashpin.formats.requirements_txt.options import Refused, options, options_start
from hashpin.formats.requirements_txt.requirements import read_editable, read_requirement
from hashpin.model import (
    Comment,
    Digest,
    Disagreement,
    FormatOption,
    GlobalOptions,
    HashOption,
    Ignored,
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

# Source: pip, ENV_VAR_RE in src/pip/_internal/req/req_file.py.
_VARIABLE = re.compile(r"\$\{[A-Z0-9_]+\}")


def read(source: Source, parts: Iterable[Pin | Span], name: str, most: int) -> LockFile:
    """The statements of a requirements file, in order: pins that are read already, and the lines between them.

    No text makes this raise. Beyond the most that are read, one more shows that there are.
    """
    reading = _Reading(source)
    odd: list[LogicalLine] = []
    for part in parts:
        if isinstance(part, Pin):
            reading.statements.append(part)
        else:
            lines = logical_lines(part.of(source.text), part.start)
            if source.shown is not None:
                lines = iter(odd := list(lines))
            for line in lines:
                reading.add(line)
                if len(reading.statements) > most:
                    break
        if cut := len(reading.statements) > most:
            break
    else:
        cut = False
    return LockFile(
        source,
        tuple(reading.owned()),
        name,
        tuple(reading.variables),
        tuple(reading.ignored),
        tuple(hidden.by_encoding(source, odd)) or tuple(hidden.by_line_ends(source.text, reading.behind)),
        (*reading.disagreements, *disagreements.of_file(source, reading.statements)),
        tuple(reading.scoped()),
        tuple(reading.formats),
        cut,
    )


class _Reading(Struct):
    """What has been read of a file so far."""

    source: Source
    statements: list[Statement] = field(default_factory=list)
    strays: dict[int, list[HashOption]] = field(default_factory=dict)
    """Hashes without a requirement, by the pin just before them: its author meant them for it."""
    swallowed: dict[int, list[HashOption]] = field(default_factory=dict)
    """What the comments on a pin's lines, or on those of its strays, have taken in."""
    variables: list[Span] = field(default_factory=list)
    ignored: list[Ignored] = field(default_factory=list)
    behind: list[LogicalLine] = field(default_factory=list)
    disagreements: list[Disagreement] = field(default_factory=list)
    formats: list[FormatOption] = field(default_factory=list)
    comments: list[tuple[Comment, int | None]] = field(default_factory=list)
    """With the statement that each stands beside."""

    def add(self, line: LogicalLine) -> None:
        ours = comment(line)
        if not line.text:
            if ours:
                self.comments.append((ours, None))
            return
        lost, swallowed = ignored.swallowed(line)
        if line.behind:
            self.behind.append(line)
        try:
            read = _read(line, self.source.text)
        except Refused as error:
            read = _Read([Unreadable(str(error), line.span)])
        # In the address of an index it is the usual way to keep a password out of the file, and judges nothing.
        if _VARIABLE.search(line.text) and not all(isinstance(entry, GlobalOptions) for entry in read.statements):
            self.variables.append(line.span)
        for statement in read.statements:
            self._put(statement)
        if swallowed and isinstance(self.statements[-1], Pin):
            self.swallowed.setdefault(len(self.statements) - 1, []).extend(swallowed)
        self.ignored += read.ignored
        self.ignored += filter(None, (lost, ignored.fragment(line, read.statements)))
        self.disagreements += read.disagreements
        self.formats += read.formats
        if ours:
            self.comments.append((replace(ours, scope=line.span), len(self.statements) - 1))

    def _put(self, statement: Statement) -> None:
        if isinstance(statement, Orphan) and self.statements and isinstance(self.statements[-1], Pin):
            self.strays.setdefault(len(self.statements) - 1, []).extend(statement.hashes)
        else:
            self.statements.append(statement)

    def owned(self) -> Iterator[Statement]:
        """The statements, each pin with what it has lost."""
        for index, statement in enumerate(self.statements):
            strays, swallowed = self.strays.get(index, ()), self.swallowed.get(index, ())
            if isinstance(statement, Pin) and (strays or swallowed):
                yield replace(statement, strays=tuple(strays), swallowed=tuple(swallowed))
            else:
                yield statement

    def scoped(self) -> Iterator[Comment]:
        """The comments, each with the lines that it speaks of: its requirement's, those of its strays too."""
        for ours, index in self.comments:
            if ours.scope is None or index is None:
                yield ours
                continue
            spans = [ours.scope, self.statements[index].span, *(o.span for o in self.strays.get(index, ())[-1:])]
            yield replace(ours, scope=Span(min(span.start for span in spans), max(span.end for span in spans)))


class _Read(Struct, frozen=True):
    """What a line comes to: one statement, or two where options and hashes without a requirement share it."""

    statements: list[Statement]
    ignored: list[Ignored] = field(default_factory=list)
    disagreements: list[Disagreement] = field(default_factory=list)
    formats: list[FormatOption] = field(default_factory=list)


def _read(line: LogicalLine, text: str) -> _Read:
    cut = options_start(line.text)
    arguments = line.text[:cut].rstrip()
    found, dropped = options(line, cut)
    hashes = tuple(HashOption(Digest.parse(o.value or ""), o.span) for o in found if o.name == "--hash")
    lost = list(ignored.words(dropped, text))
    include = next((o for name in _INCLUDES for o in found if o.name == name), None)
    editable = next((o for o in found if o.name == "--editable"), None)
    statements: list[Statement] = []
    if editable:
        # pip takes the requirement where there is one, and makes that the editable one.
        place = line.raw(0, len(arguments)) if arguments else editable.span
        statements.append(read_editable(arguments or editable.value or "", line.span, place, hashes))
        lost += ignored.beside_requirement(found, editable=True, has_words=bool(arguments))
    elif arguments:
        place = line.raw(0, len(arguments))
        tail = max([place.end, *(o.span.end for o in found)])
        statements.append(read_requirement(arguments, line.span, place, tail, hashes))
        lost += ignored.beside_requirement(found, editable=False, has_words=True)
    else:
        if include:
            statements.append(Include(_INCLUDES[include.name], include.value or "", include.span))
            lost += ignored.beside_include(found, include)
        elif not hashes or any(o.name != "--hash" for o in found):
            statements.append(GlobalOptions(tuple((o.name, o.value) for o in found if o.name != "--hash"), line.span))
            lost += ignored.beside_options(found)
        if hashes:
            statements.append(Orphan(hashes, line.span))
    formats = [FormatOption(_FORMATS[o.name], o.value or "", line.span.start) for o in found if o.name in _FORMATS]
    return _Read(statements, lost, list(disagreements.of_line(line, text, found, statements)), formats)


# Whether it is --only-binary.
_FORMATS = {"--only-binary": True, "--no-binary": False}


# pip looks for -r first, wherever it stands.
_INCLUDES = {"--requirement": Kind.REQUIREMENTS, "--constraint": Kind.CONSTRAINTS}
