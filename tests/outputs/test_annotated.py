"""The one list of annotations: its order, and the places in it."""

from __future__ import annotations

from msgspec.structs import replace

from hashpin.model import Annotation, Severity
from hashpin.outputs import annotated
from hashpin.text import Span
from tests.outputs import sample


def test_everything_is_there_once_and_the_worst_first() -> None:
    found = annotated.of(sample.report())
    assert [(a.severity.name, a.title) for a in found] == [
        ("ERROR", "hashpin: unknown-hash"),
        ("ERROR", "hashpin: unknown-hash"),
        ("ERROR", "hashpin: unchecked"),
        ("ERROR", "hashpin: unchecked"),
        ("WARNING", "hashpin: yanked-release"),
        ("NOTE", "hashpin: unhashed-pin"),
    ]


def test_what_the_change_brought_in_comes_before_what_is_as_bad() -> None:
    report = sample.report()
    findings = [replace(finding, old=index % 2 == 0) for index, finding in enumerate(report.findings * 2)]
    found = annotated.of(replace(report, findings=tuple(findings)))
    assert [a.severity for a in found] == sorted((a.severity for a in found), reverse=True)
    for severity in Severity:
        old = [a.old for a in found if a.severity is severity]
        assert old == sorted(old)
    assert {a.old for a in found} == {False, True}


def test_places() -> None:
    report = sample.report()
    one, several, _, whole, *_ = annotated.of(report)
    assert (one.line, one.last_line, one.columns) == (3, 3, (5, 21))
    assert (several.line, several.last_line, several.columns) == (2, 4, None), "it ends where line 5 begins"
    assert whole == Annotation(Severity.ERROR, whole.title, "not checked: cannot be read.", "::warning::\udc80bin.txt")


def test_an_empty_place_at_the_start_of_a_line() -> None:
    report = sample.report()
    empty = replace(report.findings[0], span=Span(9, 9))
    (found,) = annotated.of(replace(report, findings=(empty,), unchecked=()))
    assert (found.line, found.last_line, found.columns) == (2, 2, (1, 1))
