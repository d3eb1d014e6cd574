"""What stood before a change and what it brought in, by rows, and that nothing counts as old twice."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from hashpin import debt
from hashpin.model import Explanation, Finding, Kind, Report, Rule, Severity, Source
from hashpin.text import Span
from tests.property.strategies import searched

NOTE, WARNING, ERROR = Severity
RULE = Rule("bad", ERROR, "")
_BAD = re.compile(r"(?P<project>\w+)==(?P<version>\w+)[^\n]*?(?:\\\n[^\n]*?)*(?P<bad>BAD)")


def bad(text: str, path: str = "r.txt") -> list[Finding]:
    """A finding at every BAD of a text, which tells its line."""
    return [
        Finding(
            RULE,
            ERROR,
            path,
            Span(*match.span("bad")),
            f"bad in line {text.count(chr(10), 0, match.start()) + 1}, see {path}:{match.start('bad')}",
            "",
            match["project"],
            match["version"],
        )
        for match in _BAD.finditer(text)
    ]


def report(findings: Sequence[Finding], **texts: str) -> Report:
    sources = {f"{name}.txt": Source(f"{name}.txt", text) for name, text in texts.items()}
    return Report(tuple(findings), (), sources, len(texts), 0, 0)


def compared(later: Report, earlier: Report) -> Report:
    """Where every file is taken in as it was."""
    return debt.marked(later, earlier, {}, {})


def marked(later: Report, earlier: Report) -> list[bool]:
    """Which findings are old; nothing else about them changes."""
    found = compared(later, earlier)
    assert [replace(finding, old=False) for finding in found.findings] == list(later.findings)
    assert replace(found, findings=later.findings) == later
    return [finding.old for finding in found.findings]


# --- by the text -----------------------------------------------------------


@pytest.mark.parametrize(
    ("earlier", "later", "old"),
    [
        ("", "a==1 BAD\n", [False]),
        ("a==1 BAD\n", "", []),
        ("a==1 BAD\n", "a==1 BAD\n", [True]),
        ("a==1 BAD\n", "# more\nb==2\na==1 BAD\n", [True]),
        ("a==1 BAD\nb==2 BAD\n", "b==2 BAD\na==1 BAD\n", [True, True]),
        ("a==1 BAD", "a==1 BAD\n", [True]),
        ("a==1 BAD\n", "a==1 BAD\r\n", [True]),
        ("a==1 BAD\nb==2 BAD\n", "a==1 BAD\nb==3 BAD\n", [True, False]),
        ("a==1 x BAD\n", "a==1 y BAD\n", [False]),
        ("a==1 x BAD\n", "a==1  x BAD\n", [False]),
        ("a==1 x BAD\n", "a==1 \\\n x BAD\n", [False]),
        ("a==1 BAD\n", "a==1 \\\n x \\\n BAD\n", [False]),
        ("a==1 \\\n x \\\n BAD\n", "b==2\na==1 \\\n x \\\n BAD\n", [True]),
        ("a==1 \\\n x \\\n BAD\n", "a==1 \\\n y \\\n BAD\n", [False]),
        ("a==1 \\\n BAD \\\n x\n", "a==1 \\\n BAD \\\n y\n", [False]),
        ("a==1 BAD\n", "a==1 BAD\na==1 BAD\n", [True, False]),
        ("a==1 BAD\na==1 BAD\n", "a==1 BAD\n", [True]),
        ("a==1 BAD\na==1 BAD\n", "a==1 BAD\nb==2\na==1 BAD\na==1 BAD\n", [True, True, False]),
        ("a==1 BAD\n", "b==1 BAD\n", [False]),
        ("b==2\na==1 BAD\n", "b==3\na==1 BAD\n", [True]),
    ],
)
def test_what_is_old_by_the_text(earlier: str, later: str, old: list[bool]) -> None:
    assert marked(report(bad(later), r=later), report(bad(earlier), r=earlier)) == old


def test_a_file_of_another_name_is_news() -> None:
    text = "a==1 BAD\n"
    later = report([*bad(text), *bad(text, "s.txt")], r=text, s=text)
    assert marked(later, report(bad(text), r=text)) == [True, False]
    assert marked(later, report(bad(text, "s.txt"), s=text)) == [False, True]
    assert marked(later, report([], q=text)) == [False, False]


# --- by what is said -------------------------------------------------------

TEXT = "a==1 BAD\nb==2\n"
[ONE] = bad(TEXT)


@pytest.mark.parametrize(
    ("earlier", "later", "old"),
    [
        ([ERROR], [ERROR], [True]),
        ([ERROR], [WARNING], [True]),
        ([WARNING], [ERROR], [False]),
        ([NOTE], [WARNING], [False]),
        ([WARNING, ERROR], [ERROR, WARNING], [True, True]),
        ([NOTE, ERROR], [WARNING, ERROR], [False, True]),
        ([NOTE, ERROR], [WARNING, WARNING], [True, False]),
        ([WARNING, WARNING], [ERROR, NOTE, NOTE], [False, True, True]),
        ([ERROR], [NOTE, ERROR], [False, True]),
        ([ERROR, NOTE], [NOTE, NOTE, NOTE], [True, True, False]),
        ([], [NOTE], [False]),
    ],
)
def test_what_got_worse_is_news(earlier: list[Severity], later: list[Severity], old: list[bool]) -> None:
    """The worst counts first: it is what must not be missed."""
    reports = [report([replace(ONE, severity=each) for each in severities], r=TEXT) for severities in (later, earlier)]
    assert marked(*reports) == old


@pytest.mark.parametrize(
    ("earlier", "later", "old"),
    [
        ("twice, see r.txt:3", "twice, see r.txt:14", True),
        ("twice, also on line 3 and line 9", "twice, also on line 30 and line 90", True),
        ("twice, see r.txt:3", "twice, see s.txt:3", False),
        ("1 of 3 files", "1 of 4 files", False),
        ("line 3", "lines 3", False),
        ("x", "y", False),
    ],
)
def test_line_numbers_are_counted_anew(earlier: str, later: str, old: bool) -> None:
    reports = [report([replace(ONE, message=message)], r=TEXT) for message in (later, earlier)]
    assert marked(*reports) == [old]


@pytest.mark.parametrize(
    "other",
    [
        replace(ONE, rule=Rule("other", ERROR, "")),
        replace(ONE, project="b"),
        replace(ONE, project=None),
        replace(ONE, version="2"),
        replace(ONE, explanation=Explanation.UNEXPLAINED),
        replace(ONE, span=Span(TEXT.index("b"), TEXT.index("b") + 1)),
    ],
    ids=["rule", "project", "no project", "version", "explanation", "line"],
)
def test_what_is_another_is_news(other: Finding) -> None:
    assert marked(report([other], r=TEXT), report([ONE], r=TEXT)) == [False]
    assert marked(report([other, ONE], r=TEXT), report([ONE], r=TEXT)) == [False, True]


def test_what_is_no_part_of_it() -> None:
    other = replace(ONE, advice="else", span=Span(0, 4), rule=replace(RULE, severity=NOTE, summary="else"))
    assert marked(report([other], r=TEXT), report([ONE], r=TEXT)) == [True]


@pytest.mark.parametrize("of_file", [False, True])
def test_what_speaks_of_the_file_is_old_wherever_it_stands(of_file: bool) -> None:
    """Such as a file of which some lines lack hashes: it is told at the first of them."""
    later = "c==3 x\na==1 BAD\n"
    moved = replace(ONE, of_file=of_file, span=Span(0, 4))
    assert marked(report([moved], r=later), report([replace(ONE, of_file=of_file)], r=TEXT)) == [of_file]
    twice = report([moved, moved], r=later)
    assert marked(twice, report([replace(ONE, of_file=of_file)], r=TEXT)) == [of_file, False]


_OWN = ("r.txt", Kind.REQUIREMENTS)


@pytest.mark.parametrize(
    ("ways", "earlier_ways", "old"),
    [
        ({_OWN}, {_OWN}, True),
        ({_OWN, ("s.txt", Kind.REQUIREMENTS)}, {_OWN}, False),
        ({_OWN}, {_OWN, ("s.txt", Kind.REQUIREMENTS)}, True),
        ({("r.txt", Kind.CONSTRAINTS)}, {_OWN}, False),
        ({_OWN}, set(), False),
        (set(), {_OWN}, True),
    ],
)
def test_a_file_that_is_newly_taken_in_is_news(
    ways: set[tuple[str, Kind]], earlier_ways: set[tuple[str, Kind]], old: bool
) -> None:
    same = report([*bad(TEXT), *bad(TEXT, "s.txt")], r=TEXT, s=TEXT)
    found = debt.marked(same, same, {"r.txt": frozenset(ways)}, {"r.txt": frozenset(earlier_ways)})
    assert [finding.old for finding in found.findings] == [old, True], "and it is about that file alone"


def test_what_is_set_aside_can_be_taken_in_again() -> None:
    text = "a==1 BAD\nb==2 BAD\nc==3 BAD\n"
    later = compared(report(bad(text), r=text), report(bad("b==2 BAD\n"), r="b==2 BAD\n"))
    aside = debt.set_aside(later)
    assert [finding.project for finding in aside.findings] == ["a", "c"]
    assert [finding.project for finding in aside.debt] == ["b"]
    assert set(debt.taken_in(aside).findings) == set(later.findings)
    assert debt.taken_in(aside).debt == ()


# --- at random -------------------------------------------------------------

_LINES = st.lists(st.sampled_from(["a==1", "b==2", "a==1 # x", ""]), min_size=1, max_size=5)


@st.composite
def reports(draw: st.DrawFn) -> Report:
    """Findings of few kinds on lines of few kinds, so that many of two reports are alike."""
    texts = {f"{name}.txt": "\n".join(draw(_LINES)) for name in "rs"}
    findings = []
    for _ in range(draw(st.integers(0, 8))):
        path = draw(st.sampled_from(sorted(texts)))
        lines = texts[path].split("\n")
        at = draw(st.integers(0, len(lines) - 1))
        start = len("\n".join([*lines[:at], ""]))
        findings.append(
            Finding(
                Rule(draw(st.sampled_from("xy")), ERROR, ""),
                draw(st.sampled_from(Severity)),
                path,
                Span(start, start + len(lines[at])),
                f"{draw(st.sampled_from('mn'))}, as in line {at + 1}",
                "",
                draw(st.sampled_from(["a", None])),
                of_file=draw(st.booleans()),
            )
        )
    return Report(tuple(findings), (), {path: Source(path, text) for path, text in texts.items()}, 2, 0, 0)


def kinds(found: Report, at_least: Severity, *, old: bool = False) -> Counter[tuple[object, ...]]:
    """How many findings there are of each kind, a line being the text that stands between two line ends."""
    counted: Counter[tuple[object, ...]] = Counter()
    for finding in found.findings:
        text = found.sources[finding.path].text
        line = None if finding.of_file else text[finding.span.start : finding.span.end]
        if finding.severity >= at_least and (finding.old or not old):
            counted[finding.rule.name, finding.path, finding.message[0], finding.project, line] += 1
    return counted


@searched
@given(reports(), reports())
def test_nothing_is_old_more_often_than_it_stood(later: Report, earlier: Report) -> None:
    found = compared(later, earlier)
    assert tuple(replace(finding, old=False) for finding in found.findings) == later.findings
    for severity in Severity:
        assert kinds(found, severity, old=True) <= kinds(earlier, severity)


@searched
@given(reports(), reports())
def test_what_stood_is_old_as_often_as_it_stood(later: Report, earlier: Report) -> None:
    """Where nothing got worse: all that both have of a kind."""
    later, earlier = (
        replace(each, findings=tuple(replace(finding, severity=ERROR) for finding in each.findings))
        for each in (later, earlier)
    )
    assert kinds(compared(later, earlier), ERROR, old=True) == kinds(later, ERROR) & kinds(earlier, ERROR)


@searched
@given(reports())
def test_no_change_brings_nothing_in(same: Report) -> None:
    assert all(finding.old for finding in compared(same, same).findings)
