"""What is shown at the lines of a report's files, wherever GitHub takes it: the worst first.

The one place that orders annotations and says what stands in one. What limits
them, and how they are spelled, is each taker's own.
"""

from __future__ import annotations

from msgspec.structs import replace

from hashpin.model import Annotation, Finding, Report, Severity, Unchecked
from hashpin.outputs.places import Place, Places, subject
from hashpin.wording import plural


def of(report: Report) -> tuple[Annotation, ...]:
    """An annotation for each finding and for each thing that is unchecked, and one for all that stood before."""
    places = Places(report)
    found = [_finding(finding, places.of(finding.path, finding.span)) for finding in report.findings]
    found += (_unchecked(entry, places.of(entry.path, entry.span)) for entry in report.unchecked)
    if report.debt:
        stood = plural(len(report.debt), "finding")
        message = f"{stood} stood before this change, so this change does not fail for them: the job summary has them."
        found.append(Annotation(Severity.NOTE, "hashpin: older findings", message, ""))
    return tuple(sorted(found, key=_order))


def _order(annotation: Annotation) -> tuple[int, bool]:
    """What this change brought in comes before what is as bad and stood before it."""
    return -annotation.severity, annotation.old


def _finding(finding: Finding, place: Place | None) -> Annotation:
    message = f"{subject(finding)}{finding.message}. Next: {finding.advice}."
    return replace(
        _at(place, finding.severity, f"hashpin: {finding.rule.name}", message, finding.path), old=finding.old
    )


def _unchecked(entry: Unchecked, place: Place | None) -> Annotation:
    # An error, since the step fails on it: what could not be judged must not look judged.
    return _at(place, Severity.ERROR, "hashpin: unchecked", f"{subject(entry)}not checked: {entry.reason}.", entry.path)


def _at(place: Place | None, severity: Severity, title: str, message: str, path: str) -> Annotation:
    if place is None:
        return Annotation(severity, title, message, path)
    start, end = place.start, place.end
    # A region that ends where a line begins ends on the line before.
    last = end.line - 1 if end.column == 1 and end.line > start.line else end.line
    columns = (start.column, end.column) if end.line == start.line else None
    return Annotation(severity, title, message, path, start.line, last, columns)
