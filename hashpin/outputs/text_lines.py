"""For people at a terminal: one finding, where it is, the line with a caret, what to do next."""

from __future__ import annotations

from collections.abc import Iterator

from hashpin.model import Allowed, Finding, Report, Severity, Unchecked
from hashpin.outputs.places import Place, Places, last_line, subject
from hashpin.wording import inert, visible

_WIDEST = 160  # columns of an excerpt; a longer line is cut

# Select Graphic Rendition codes (ECMA-48): bold red, yellow, cyan; bold; faint.
_COLORS = {Severity.ERROR: "1;31", Severity.WARNING: "33", Severity.NOTE: "36"}
_BOLD = "1"
_FAINT = "2"


def render(report: Report, *, color: bool = False, quiet: bool = False, verbose: bool = False) -> str:
    """The findings, what is unchecked, and a last line with counts (left out where `quiet`).

    What is allowed is counted there, and listed where `verbose`.
    """
    places = Places(report)
    lines: list[str] = []
    for finding in report.findings:
        lines += _finding(finding, places.of(finding.path, finding.span), color)
    for entry in report.unchecked:
        lines.append(unchecked(entry, places.of(entry.path, entry.span), color))
    if report.unchecked:
        lines.append("    next: nothing was judged there; mend the reason, and run it again")
    if verbose:
        lines += (_allowed(entry, places.of(entry.finding.path, entry.finding.span)) for entry in report.allowed)
    if not quiet:
        lines.append(last_line(report))
    return "".join(f"{line}\n" for line in lines)


def _finding(finding: Finding, place: Place | None, color: bool) -> Iterator[str]:
    label = f"{finding.severity.name.lower()}[{finding.rule.name}]"
    where = _where(finding.path, place)
    yield inert(f"{_paint(where, _BOLD, color)}: {_paint(label, _COLORS[finding.severity], color)} {_subject(finding)}")
    if place:
        yield from (_paint(inert(line), _FAINT, color) for line in _excerpt(place))
    yield inert(f"    next: {visible(finding.advice)}")


def _subject(finding: Finding) -> str:
    return visible(subject(finding) + finding.message)


def unchecked(entry: Unchecked, place: Place | None, color: bool) -> str:
    """The line that says what was not judged, and why."""
    where = _paint(_where(entry.path, place), _BOLD, color)
    return inert(
        f"{where}: {_paint('unchecked', _COLORS[Severity.WARNING], color)} {visible(subject(entry) + entry.reason)}"
    )


def _allowed(entry: Allowed, place: Place | None) -> str:
    rule, reason = entry.finding.rule.name, visible(entry.reason)
    return inert(f"{_where(entry.finding.path, place)}: allowed[{rule}] {_subject(entry.finding)}, reason: {reason}")


def _where(path: str, place: Place | None) -> str:
    return visible(path) + (f":{place.start.line}:{place.start.column}" if place else "")


def _excerpt(place: Place) -> Iterator[str]:
    """The first line of the place, and a caret line under what it covers there."""
    head = place.excerpt[: place.start.column - 1]
    end = place.end.column - 1 if place.end.line == place.start.line else len(place.excerpt)
    covered = place.excerpt[len(head) : end]
    rest = place.excerpt[end:]
    shown_head, shown = visible(head.replace("\t", " ")), visible(covered.replace("\t", " "))
    line = (shown_head + shown + visible(rest.replace("\t", " ")))[:_WIDEST]
    number = f"{place.start.line:>6} | "
    yield number + line
    carets = "^" * max(1, min(len(shown), _WIDEST - len(shown_head)))
    if len(shown_head) < _WIDEST:
        yield " " * 6 + " | " + " " * len(shown_head) + carets


def _paint(text: str, code: str, color: bool) -> str:
    return f"\033[{code}m{text}\033[0m" if color else text
