"""How the Actions runner reads a step's log and its file commands: the judge of what we print.

Source: `src/Runner.Common/ActionCommand.cs`, `src/Runner.Worker/ActionCommandManager.cs`
and `src/Runner.Worker/FileCommandManager.cs` in actions/runner.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

COMMANDS = frozenset(
    {
        *("add-mask", "add-matcher", "add-path", "debug", "echo", "endgroup", "error", "group", "notice"),
        *("remove-matcher", "save-state", "set-env", "set-output", "stop-commands", "warning"),
    }
)


@dataclass(frozen=True)
class Command:
    name: str
    properties: Mapping[str, str]
    data: str


def commands(log: str) -> Iterator[Command]:
    """What the runner obeys in a log."""
    for line in re.split("\r\n|\r|\n", log):
        if found := _second_form(line) or _first_form(line):
            yield found


def _second_form(line: str) -> Command | None:
    line = line.lstrip()
    if not line.startswith("::"):
        return None
    info, mark, data = line[2:].partition("::")
    name, _, listed = info.partition(" ")
    if not mark or name.lower() not in COMMANDS:
        return None
    pairs = (pair.split("=", 1) for pair in listed.strip().split(",") if "=" in pair)
    return Command(name.lower(), {key: _unescape(value, "%3A:", "%2C,") for key, value in pairs}, _unescape(data))


def _first_form(line: str) -> Command | None:
    start = line.find("##[")
    end = line.find("]", start)
    if start < 0 or end < 0:
        return None
    name, _, listed = line[start + 3 : end].partition(" ")
    if name.lower() not in COMMANDS:
        return None
    pairs = (pair.split("=", 1) for pair in listed.strip().split(";") if "=" in pair)
    return Command(name.lower(), dict(pairs), line[end + 1 :])


def _unescape(text: str, *more: str) -> str:
    for escape in ("%0D\r", "%0A\n", *more):
        text = text.replace(escape[:3], escape[3:])
    return text.replace("%25", "%")


def file_commands(text: str) -> dict[str, str]:
    """The outputs in a GITHUB_OUTPUT file; each `name<<DELIMITER` up to its delimiter."""
    found: dict[str, str] = {}
    lines = iter(text.split("\n"))
    for line in lines:
        name, heredoc, delimiter = line.partition("<<")
        if heredoc:
            value: list[str] = []
            while (part := next(lines)) != delimiter:
                value.append(part)
            found[name] = "\n".join(value)
        elif line:
            name, equals, rest = line.partition("=")
            assert equals, f"the runner refuses {line!r}"
            found[name] = rest
    return found
