"""Splicing edits and counting lines, beside the most naive way of each."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashpin.text import Edit, Lines, OverlappingEdits, Position, Span, apply
from tests.property.strategies import searched


@st.composite
def texts_with_edits(draw: st.DrawFn) -> tuple[str, list[Edit]]:
    """Edits that share no character and no place, in any order."""
    text = draw(st.text(max_size=40))
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=8)))
    spans = {Span(a, b) for a, b in zip(cuts[::2], cuts[1::2], strict=False)}
    # An insertion right behind another edit is allowed; two at one place are not, and a set has none.
    return text, [Edit(span, draw(st.text(max_size=5))) for span in draw(st.permutations(sorted(spans)))]


@searched
@given(texts_with_edits())
def test_apply_is_a_splice_from_the_back(case: tuple[str, list[Edit]]) -> None:
    text, edits = case
    expected = text
    for edit in sorted(edits, key=lambda edit: edit.span, reverse=True):
        expected = expected[: edit.span.start] + edit.replacement + expected[edit.span.end :]
    assert apply(text, edits) == expected


@searched
@given(st.text(min_size=1, max_size=20), st.data())
def test_apply_refuses_what_shares_a_character(text: str, data: st.DataObject) -> None:
    shared = data.draw(st.integers(0, len(text) - 1))
    spans = st.builds(Span, st.integers(0, shared), st.integers(shared + 1, len(text)))
    first, second = data.draw(spans), data.draw(spans)
    with pytest.raises(OverlappingEdits):
        apply(text, [Edit(first, "a"), Edit(second, "b")])


@searched
@given(st.text(alphabet="a\n\r\u2028", max_size=30))
def test_positions_are_counted_line_feed_by_line_feed(text: str) -> None:
    lines = Lines(text)
    line, column = 1, 1
    for offset, char in enumerate(f"{text}|"):
        assert lines.position(offset) == Position(line, column)
        line, column = (line + 1, 1) if char == "\n" else (line, column + 1)


@searched
@given(st.text(alphabet="a\n\r\u2028", max_size=30))
def test_a_line_is_its_text_without_its_end(text: str) -> None:
    lines = Lines(text)
    for number, line in enumerate(text.split("\n"), start=1):
        assert lines.line(number) == line.rstrip("\r")
