"""How the Actions runner reads a step's two streams and its file commands: the judge of what we print.

Sources in actions/runner, as of August 2026: `src/Runner.Common/ActionCommand.cs` (both forms of a command),
`src/Runner.Worker/ActionCommandManager.cs` (what is obeyed, stop-commands, lines and columns of annotations),
`src/Runner.Worker/Handlers/OutputManager.cs` (both streams go through it), `src/Runner.Worker/FileCommandManager.cs`
(GITHUB_OUTPUT and its like), `src/Runner.Worker/ExecutionContext.cs` (how long a message may be).

The runner searches for `::` and `##[` as .NET does by default, by the rules of a language (ICU): characters without
weight count for nothing there, and what a combining character belongs to is no match. Where it then cuts, it counts
UTF-16 units as if nothing had been left out. Which characters have no weight depends on the machine's ICU, so the
reading here leaves out more than any. A text is harmless if no reading obeys it; ours must be read alike by all.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

COMMANDS = frozenset(
    {
        *("add-mask", "add-matcher", "add-path", "debug", "echo", "endgroup", "error", "group", "notice"),
        *("remove-matcher", "save-state", "set-env", "set-output", "stop-commands", "warning"),
    }
)
ANNOTATIONS = ("error", "warning", "notice")
SHOWN = 10  # annotations of one kind a step; see "Workflow commands" and actions/toolkit's problem matchers
LONGEST = 4096  # _maxIssueMessageLength
SUMMARY = 1024 * 1024  # AttachmentSizeLimit

# Char.IsWhiteSpace of .NET, which TrimStart goes by: not Python's, which has U+001C to U+001F, too.
_WHITE = "\t\n\v\f\r \x85\xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000"
_FILLERS = "\u115f\u1160\u3164\uffa0"  # letters without weight


@dataclass(frozen=True)
class Command:
    name: str
    properties: Mapping[str, str]
    data: str


# --- the readings ----------------------------------------------------------

Find = Callable[[str, str, int], list[int]]
"""Where the first match of a text may begin, from an index on."""


def _ordinal(line: str, what: str, start: int) -> list[int]:
    found = line.find(what, start)
    return [found] if found >= 0 else []


def _weightless(line: str, what: str, start: int) -> list[int]:
    weighty = [index for index in range(start, len(line)) if not _without_weight(line[index])]
    found = "".join(line[index] for index in weighty).find(what)
    if found < 0:
        return []
    first = weighty[found - 1] + 1 if found else start
    return list(range(first, weighty[found] + 1))


def _whole(line: str, what: str, start: int) -> list[int]:
    while (found := line.find(what, start)) >= 0:
        behind = line[found + len(what) : found + len(what) + 1]
        if not behind or not unicodedata.category(behind).startswith("M"):
            return [found]
        start = found + 1
    return []


@cache
def _without_weight(unit: str) -> bool:
    return unicodedata.category(unit) in ("Cc", "Cf", "Cn", "Co", "Cs", "Mn", "Me") or unit in _FILLERS


READINGS: tuple[Find, ...] = (_ordinal, _weightless, _whole)


# --- commands --------------------------------------------------------------


def commands(log: str) -> Iterator[Command]:
    """What a runner obeys in a log by any of the readings."""
    for line in lines(log):
        if found := next((c for reading in READINGS if (c := parsed(line, reading))), None):
            yield found


def alike(log: str) -> list[Command]:
    """What a runner obeys in a log, where all readings agree."""
    first, *others = ([c for line in lines(log) if (c := parsed(line, reading))] for reading in READINGS)
    assert all(other == first for other in others), "the readings differ"
    return first


def lines(log: str) -> list[str]:
    """As StreamReader.ReadLine of .NET."""
    return re.split("\r\n|\r|\n", log)


def parsed(line: str, find: Find = _ordinal, registered: frozenset[str] = COMMANDS) -> Command | None:
    """The one command of a line."""
    if "::" not in line and "#" not in line and line.isascii():
        return None
    units = _units(line)
    return _second_form(units, find, registered) or _first_form(units, find, registered)


def _second_form(line: str, find: Find, registered: frozenset[str]) -> Command | None:
    line = line.lstrip(_WHITE)
    if 0 not in find(line, "::", 0):
        return None
    for end in find(line, "::", 2):
        name, blank, listed = line[2:end].partition(" ")
        if name.casefold() in registered:
            pairs = _pairs(listed.strip(_WHITE), ",", {**_ESCAPES, "%3A": ":", "%2C": ","}) if blank else {}
            return Command(name.casefold(), pairs, _text(_unescape(line[end + 2 :], _ESCAPES)))
    return None


def _first_form(line: str, find: Find, registered: frozenset[str]) -> Command | None:
    for start in find(line, "##[", 0):
        end = line.find("]", start)
        name, blank, listed = line[start + 3 : end].partition(" ")
        if end >= 0 and name.casefold() in registered:
            escapes = {"%3B": ";", **_ESCAPES, "%5D": "]"}
            pairs = _pairs(listed, ";", escapes) if blank else {}
            return Command(name.casefold(), pairs, _text(_unescape(line[end + 1 :], escapes)))
    return None


_ESCAPES = {"%0D": "\r", "%0A": "\n"}


def _pairs(listed: str, mark: str, escapes: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for piece in filter(None, listed.split(mark)):
        # Split(count: 2, RemoveEmptyEntries): `=v` and `k=` have one part and are dropped, `k==v` is k and v.
        name, _, value = piece.lstrip("=").partition("=")
        if name and (value := value.lstrip("=")):
            found[name] = _text(_unescape(value, escapes))
    return found


def _unescape(text: str, escapes: Mapping[str, str]) -> str:
    for escape, meant in escapes.items():
        text = text.replace(escape, meant)
    return text.replace("%25", "%")


def _units(text: str) -> str:
    """One character for each UTF-16 unit, which is what .NET counts."""
    if text.isascii():
        return text
    return "".join(map(chr, memoryview(text.encode("utf-16-le", "surrogatepass")).cast("H")))


def _text(units: str) -> str:
    return units.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


# --- a step ----------------------------------------------------------------


class Refused(Exception):
    """The runner fails the step for this."""


@dataclass
class Step:
    """What a step comes to as the runner reads its streams, one line at a time."""

    annotations: list[Command] = field(default_factory=list)
    masks: list[str] = field(default_factory=list)
    others: list[Command] = field(default_factory=list)
    """Whatever else was obeyed."""
    log: list[str] = field(default_factory=list)
    """The lines that were no commands."""
    _token: str | None = None

    def read(self, stream: str) -> None:
        """A stream, be it standard output or standard error: there is no difference."""
        for line in lines(stream):
            registered = COMMANDS | ({self._token.casefold()} if self._token else set())
            found = parsed(line, registered=registered)
            if found is None or (self._token and found.name != self._token.casefold()):
                self.log.append(line)
            elif self._token:
                self._token = None
            else:
                self._obey(found)

    def _obey(self, found: Command) -> None:
        if found.name == "stop-commands":
            if found.data.casefold() in COMMANDS | {"", "pause-logging"}:
                raise Refused(f"stop-commands with the token {found.data!r}")
            self._token = found.data
            if len(found.data) > 6:
                self.masks.append(found.data)
        elif found.name in ("set-env", "add-path"):
            raise Refused(f"{found.name} is disabled")
        elif found.name == "add-mask":
            if found.data.strip():
                self.masks += [found.data, *filter(None, (part.strip() for part in re.split("[\r\n]", found.data)))]
        elif found.name in ANNOTATIONS:
            self.annotations.append(Command(found.name, _place(found.properties), _cut(found.data)))
        else:
            self.others.append(found)

    def shown(self, kind: str) -> list[Command]:
        """The annotations of one kind that people see."""
        return [annotation for annotation in self.annotations if annotation.name == kind][:SHOWN]

    @property
    def masked(self) -> str:
        """The log as people see it."""
        log = "\n".join(self.log)
        for secret in sorted(self.masks, key=len, reverse=True):
            log = log.replace(secret, "***")
        return log


def _cut(message: str) -> str:
    return _text(_units(message)[:LONGEST])


def _place(properties: Mapping[str, str]) -> dict[str, str]:
    """`ValidateLinesAndColumns`: what of a place the runner keeps."""
    found = dict(properties)
    if _number(found, "endLine") and not _number(found, "line"):
        found["line"] = found["endLine"]
    if _number(found, "endColumn") and not _number(found, "col"):
        found["col"] = found["endColumn"]
    without_line = not _number(found, "line")
    several = _number(found, "endLine") and found.get("line") != found["endLine"]
    backwards = _number(found, "endColumn") and int(found["endColumn"]) < int(found["col"])
    upwards = _number(found, "endLine") and int(found["endLine"]) < int(found["line"])
    for drop, names in ((without_line or several or backwards, ("col", "endColumn")), (upwards, ("line", "endLine"))):
        for name in names if drop else ():
            found.pop(name, None)
    return found


def _number(properties: Mapping[str, str], name: str) -> bool:
    return bool(re.fullmatch(r"\s*[+-]?[0-9]+\s*", properties.get(name, "")))


# --- file commands ---------------------------------------------------------


def file_commands(text: str) -> dict[str, str]:
    """The entries of a GITHUB_OUTPUT, GITHUB_ENV or GITHUB_STATE file; a line ends at a line feed alone."""
    found: dict[str, str] = {}
    rest = text.split("\n")
    # What follows the last line feed is a line where there is something.
    *ended, last = rest
    left = iter([*((line, True) for line in ended), *([(last, False)] if last else [])])
    for line, _ in left:
        equals, heredoc = line.find("="), line.find("<<")
        if not line:
            continue
        if equals >= 0 and (heredoc < 0 or equals < heredoc):
            name, _, found[name] = line.partition("=")  # the name may be empty: the runner checks the line instead
        elif heredoc >= 0:
            name, _, delimiter = line.partition("<<")
            if not name or not delimiter:
                raise Refused(f"Invalid format {line!r}. Name must not be empty and delimiter must not be empty")
            value: list[str] = []
            for part, whole in left:
                if part == delimiter:
                    break
                if not whole:
                    raise Refused("Invalid value. EOF marker missing new line.")
                value.append(part)
            else:
                raise Refused(f"Invalid value. Matching delimiter not found {delimiter!r}")
            found[name] = "\n".join(value)
        else:
            raise Refused(f"Invalid format {line!r}")
    return found
