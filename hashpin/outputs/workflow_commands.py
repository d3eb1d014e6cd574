"""For a GitHub workflow's log: annotations as workflow commands.

A step shows 10 errors, 10 warnings and 10 notices and silently drops the rest,
so the worst come first and the last one of each kind counts those that are left.
Sources: `ActionCommand.cs` and `ExecutionContext.cs` in actions/runner, and
`packages/core/src/command.ts` in actions/toolkit for the escapes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hashpin.model import Report, Severity
from hashpin.outputs.places import Place, Places, counts
from hashpin.wording import visible

LIMIT = 10  # annotations of one kind that a step may make
_LONGEST = 4000  # characters of a message; the runner cuts at 4,096
_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


@dataclass(frozen=True, slots=True)
class _Annotation:
    severity: Severity
    title: str
    message: str
    path: str
    place: Place | None


def render(report: Report) -> str:
    """The commands, errors first."""
    annotations = list(_annotations(report))
    lines: list[str] = []
    for severity in reversed(Severity):
        ours = [annotation for annotation in annotations if annotation.severity is severity]
        shown = ours if len(ours) <= LIMIT else ours[: LIMIT - 1]
        lines += [_command(annotation) for annotation in shown]
        if left := len(ours) - len(shown):
            message = f"{left} more of this kind, which GitHub would not show here. In all: {counts(report)}."
            lines.append(_spell(_COMMANDS[severity], {"title": f"hashpin: {left} more"}, message))
    return "".join(f"{line}\n" for line in lines)


def _annotations(report: Report) -> Iterator[_Annotation]:
    places = Places(report)
    for finding in report.findings:
        subject = f"{finding.project}=={finding.version}: " if finding.version else ""
        yield _Annotation(
            finding.severity,
            f"hashpin: {finding.rule.name}",
            f"{subject}{finding.message}. Next: {finding.advice}.",
            finding.path,
            places.of(finding.path, finding.span),
        )
    for entry in report.unchecked:
        subject = f"{entry.project}=={entry.version}: " if entry.version else ""
        # An error, since the step fails on it: what could not be judged must not look judged.
        yield _Annotation(
            Severity.ERROR,
            "hashpin: unchecked",
            f"{subject}not checked: {entry.reason}.",
            entry.path,
            places.of(entry.path, entry.span),
        )


def _command(annotation: _Annotation) -> str:
    properties = {"title": annotation.title, "file": annotation.path}
    if place := annotation.place:
        properties["line"] = str(place.start.line)
        # A region that ends where a line begins ends on the line before; the runner drops columns over several lines.
        if place.end.line == place.start.line:
            properties |= {"col": str(place.start.column), "endColumn": str(place.end.column)}
    return _spell(_COMMANDS[annotation.severity], properties, annotation.message)


def error(message: str) -> str:
    """An error that belongs to no file, as one command without line end."""
    return _spell("error", {"title": "hashpin"}, message)


def mask(secret: str) -> str:
    """The command that hides a text from the log from here on."""
    return f"::add-mask::{_data(secret)}"


def _spell(command: str, properties: dict[str, str], message: str) -> str:
    spelled = ",".join(f"{name}={_property(visible(value))}" for name, value in properties.items())
    return f"::{command} {spelled}::{_data(visible(message)[:_LONGEST])}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
