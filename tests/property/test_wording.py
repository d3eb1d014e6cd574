"""Hostile text, shown: one harmless line, and no command to a runner."""

from __future__ import annotations

import unicodedata

from hypothesis import example, given
from hypothesis import strategies as st

from hashpin.wording import inert, visible
from tests import runner
from tests.property.strategies import searched

_NASTY = "\x1b\x07\0\r\n\t\v\f\x7f\x85\x9b\u00ad\u200b\u200e\u2028\u2029\u202e\u2066\ufeff\ud800\udc80\U000e0041"


@searched
@given(st.text(st.one_of(st.characters(), st.sampled_from(_NASTY))))
def test_visible_is_one_line_that_drives_nothing(text: str) -> None:
    shown = visible(text)
    assert len(shown.splitlines()) <= 1
    assert not any(unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp") for char in shown)
    shown.encode("utf-8")
    assert visible(shown) == shown


@searched
@given(st.text(st.characters(categories=["L", "N", "P", "S"])))
def test_visible_leaves_what_is_visible(text: str) -> None:
    assert visible(text) == text


# --- the runner ------------------------------------------------------------

_BLANK = "\t \u00a0\u1680\u2003\u2028\u202f\u3000\x85"

_lines = st.lists(
    st.sampled_from(
        [
            *_BLANK,
            *("add-mask", "error", "warning", "stop-commands", "set-env"),
            ":",
            "::",
            ":::",
            "#",
            "##",
            "##[",
            "[",
            "]",
            " ",
            " file=x",
            *("\u200b", "\ufeff", "\ufe00", "\u034f", "\u3164", "\U000e0100", "\u0301"),
            "\x1b",
            "text",
        ]
    ),
    max_size=9,
).map("".join)


@searched
@given(_lines)
@example("::add-mask::x")
@example(" \u00a0::error file=x::text")
@example("text ##[add-mask]x")
@example("####[error]##[error]")
def test_inert_is_no_command(line: str) -> None:
    assert not list(runner.commands(inert(line)))
    assert not list(runner.commands(inert(visible(line))))


@searched
@given(_lines)
def test_inert_changes_commands_alone(line: str) -> None:
    assert inert(line).replace("\u200b", "") == line.replace("\u200b", "")
    if "##[" not in line and "::" not in line:
        assert inert(line) == line


@searched
@given(_lines)
def test_inert_twice_is_inert_once(line: str) -> None:
    assert inert(inert(line)) == inert(line)
