"""For a GitHub workflow's log: annotations as workflow commands.

A step shows 10 errors, 10 warnings and 10 notices and silently drops the rest,
so the worst come first and the last one of each kind counts those that are left.
Sources: `ActionCommand.cs` and `ExecutionContext.cs` in actions/runner, and
`packages/core/src/command.ts` in actions/toolkit for the escapes.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from hashpin.model import Annotation, Report, Severity
from hashpin.outputs import annotated
from hashpin.outputs.places import counts
from hashpin.wording import visible

LIMIT = 10  # annotations of one kind that a step may make
LONGEST = 4096  # UTF-16 units of a message; the runner cuts off the rest without a word
_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def render(report: Report) -> str:
    """The commands, errors first."""
    return spelled(annotated.of(report), counts(report))


def crowded(report: Report) -> bool:
    """Whether there is more of one kind than is shown, so that it matters which come first."""
    return any(report.count(severity) > LIMIT for severity in Severity)


def spelled(chosen: Sequence[Annotation], in_all: str) -> str:
    """Commands for these annotations, of which the last of each kind counts those that do not fit."""
    lines: list[str] = []
    for severity in reversed(Severity):
        ours = [annotation for annotation in chosen if annotation.severity is severity]
        shown = ours if len(ours) <= LIMIT else ours[: LIMIT - 1]
        lines += [_command(annotation) for annotation in shown]
        if left := len(ours) - len(shown):
            message = f"{left} more of this kind, which GitHub would not show here. In all: {in_all}."
            lines.append(_spell(_COMMANDS[severity], {"title": f"hashpin: {left} more"}, message))
    return "".join(f"{line}\n" for line in lines)


def _command(annotation: Annotation) -> str:
    properties = {"title": annotation.title}
    if annotation.path:
        # The runner drops an equals sign at the beginning of a value: the path would be another file's.
        properties["file"] = f"./{annotation.path}" if annotation.path.startswith("=") else annotation.path
    if annotation.line is not None:
        properties["line"] = str(annotation.line)
    if annotation.columns:  # the runner drops columns over several lines
        properties |= {"col": str(annotation.columns[0]), "endColumn": str(annotation.columns[1])}
    return _spell(_COMMANDS[annotation.severity], properties, annotation.message)


def error(message: str) -> str:
    """An error that belongs to no file, as one command without line end."""
    return _spell("error", {"title": "hashpin"}, message)


def mask(secret: str) -> str:
    """The command that hides a text from the log from here on."""
    return f"::add-mask::{_data(secret)}"


def _spell(command: str, properties: dict[str, str], message: str) -> str:
    spelled = ",".join(f"{name}={_property(visible(value))}" for name, value in properties.items())
    return f"::{command} {spelled}::{_data(_fitting(visible(message)))}"


def _fitting(message: str) -> str:
    """What the runner takes whole, and as the message of this command."""
    if message and unicodedata.category(message[0]).startswith("M"):
        # It would combine with the colon before it, and .NET, which compares as a language does, find no `::` there.
        message = f" {message}"
    units = message.encode("utf-16-le")
    cut = units[: 2 * (LONGEST - 1)].decode("utf-16-le", "ignore")
    return message if len(units) <= 2 * LONGEST else f"{cut}…"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
