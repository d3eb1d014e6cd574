"""The lines that change: they make the new text, and what belongs together stays together."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from hashpin.diff import hunks
from hashpin.text import Hunk, Span

LINES = st.lists(st.sampled_from(["a\n", "b\n", "c \\\n", "\n", "d\r\n"]), max_size=12)
LAST = st.sampled_from(["", "e", "f"])
TEXTS = st.builds(lambda lines, last: "".join(lines) + last, LINES, LAST)


def applied(text: str, found: tuple[Hunk, ...]) -> str:
    lines = text.split("\n")
    whole = [f"{line}\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])
    for hunk in reversed(found):
        assert whole[hunk.start - 1 : hunk.end] == list(hunk.old)
        whole[hunk.start - 1 : hunk.end] = hunk.new
    return "".join(whole)


@given(TEXTS, TEXTS, st.tuples(st.integers(0, 40), st.integers(0, 40)))
def test_they_make_the_new_text(before: str, after: str, ends: tuple[int, int]) -> None:
    start, end = sorted(min(end, len(before)) for end in ends)
    found = hunks(before, after, [Span(start, end)])
    assert applied(before, found) == after
    assert all(hunk.old for hunk in found) or not before
    assert all(above.end < below.start for above, below in pairwise(found))
    first, last = before.count("\n", 0, start) + 1, before.count("\n", 0, max(start, end - 1)) + 1
    assert sum(hunk.start <= last and first <= hunk.end for hunk in found) <= 1


def test_nothing_changed() -> None:
    assert hunks("a\nb\n", "a\nb\n") == ()


def test_a_line_that_comes_in_brings_the_one_above_along() -> None:
    assert hunks("a\nb\n", "a\nx\nb\n") == (Hunk(1, ("a\n",), ("a\n", "x\n")),)


def test_or_the_one_below_at_the_top() -> None:
    assert hunks("a\nb\n", "x\na\nb\n") == (Hunk(1, ("a\n",), ("x\n", "a\n")),)


def test_a_line_that_goes() -> None:
    assert hunks("a\nb\nc\n", "a\nc\n") == (Hunk(2, ("b\n",), ()),)


def test_changes_of_one_pin_are_one_hunk() -> None:
    before, after = "p\na\nb\nc\nq\n", "P\nA\nb\nC\nq\n"
    assert len(hunks(before, after)) == 2
    together = hunks(before, after, [Span(0, 2), Span(2, 8)])
    assert together == (Hunk(1, ("p\n", "a\n", "b\n", "c\n"), ("P\n", "A\n", "b\n", "C\n")),)
    assert hunks(before, after, [Span(0, 2)]) == hunks(before, after)
