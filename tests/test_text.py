"""Places in a text and edits to it."""

from __future__ import annotations

import pytest

from hashpin.text import Edit, Lines, OverlappingEdits, Position, Span, apply


def test_a_span_is_half_open() -> None:
    assert Span(1, 3).of("abcd") == "bc"
    assert Span(2, 2).of("abcd") == ""


@pytest.mark.parametrize(
    ("edits", "expected"),
    [
        ([], "abcdef"),
        ([Edit(Span(1, 3), "X")], "aXdef"),
        ([Edit(Span(4, 5), "Y"), Edit(Span(1, 3), "X")], "aXdYf"),
        ([Edit(Span(1, 3), "X"), Edit(Span(3, 5), "Y")], "aXYf"),
        ([Edit(Span(0, 6), "")], ""),
        ([Edit(Span(6, 6), "!")], "abcdef!"),
        ([Edit(Span(0, 0), "<"), Edit(Span(0, 2), "X")], "<Xcdef"),
        ([Edit(Span(0, 2), "X"), Edit(Span(2, 2), "|")], "X|cdef"),
    ],
)
def test_apply(edits: list[Edit], expected: str) -> None:
    assert apply("abcdef", edits) == expected


@pytest.mark.parametrize(
    "spans",
    [
        (Span(1, 3), Span(2, 4)),
        (Span(2, 4), Span(1, 3)),
        (Span(1, 3), Span(1, 3)),
        (Span(1, 5), Span(2, 3)),
        (Span(1, 5), Span(2, 2)),
        (Span(2, 2), Span(2, 2)),
    ],
)
def test_apply_refuses_overlaps(spans: tuple[Span, Span]) -> None:
    with pytest.raises(OverlappingEdits, match="overlap at offset"):
        apply("abcdef", [Edit(span, "") for span in spans])


def test_lines_end_at_line_feeds_alone() -> None:
    lines = Lines("one\r\ntwo\u2028still two\rstill two\n\nfour")
    assert [lines.line(number) for number in range(1, 5)] == ["one", "two\u2028still two\rstill two", "", "four"]
    assert lines.position(0) == Position(1, 1)
    assert lines.position(4) == Position(1, 5)
    assert lines.position(5) == Position(2, 1)
    assert lines.position(len("one\r\ntwo\u2028still two\rstill two\n")) == Position(3, 1)


def test_the_place_behind_the_last_line_feed() -> None:
    lines = Lines("one\n")
    assert lines.position(4) == Position(2, 1)
    assert lines.line(2) == ""
