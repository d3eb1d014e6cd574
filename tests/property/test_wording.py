"""Hostile text, shown: one harmless line, and no command to a runner."""

from __future__ import annotations

import unicodedata

from hypothesis import example, given
from hypothesis import strategies as st

from hashpin.wording import inert, visible
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

_COMMANDS = ("add-mask", "error", "warning", "stop-commands", "set-env")
_BLANK = "\t \u00a0\u1680\u2003\u2028\u202f\u3000\x85"

_lines = st.lists(
    st.sampled_from(
        [
            *_BLANK,
            *_COMMANDS,
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
            "\u200b",
            "\ufeff",
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
    assert not _is_command(inert(line))
    assert not _is_command(inert(visible(line)))


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


def test_the_reading_of_commands_knows_some() -> None:
    assert _is_command("::add-mask::x")
    assert _is_command("\u3000::error file=x,line=1::text")
    assert _is_command("anything ##[warning]text")
    assert not _is_command("::notice")
    assert not _is_command("::unknown::text")
    assert not _is_command("text ::error::")


def _is_command(line: str) -> bool:
    """`ActionCommand.TryParseV2` and `TryParse` of the runner.

    Both search as .NET does by default, by the rules of a language, where
    characters without width count for nothing: so both readings are tried.
    """
    return any(
        _second_form(line, without_width) or _first_form(line, without_width) for without_width in ("", "\u200b\ufeff")
    )


def _second_form(line: str, ignored: str) -> bool:
    line = line.lstrip(
        "\t\n\v\f\r\x85\u00a0\u1680\u2028\u2029\u202f\u205f\u3000 " + "".join(map(chr, range(0x2000, 0x200B)))
    )
    if _find(line, "::", 0, ignored) != 0:
        return False
    end = _find(line, "::", 2, ignored)
    return end >= 0 and line[2:end].partition(" ")[0] in _COMMANDS


def _first_form(line: str, ignored: str) -> bool:
    start = _find(line, "##[", 0, ignored)
    end = line.find("]", max(start, 0))
    return start >= 0 and end >= 0 and line[start + 3 : end].partition(" ")[0] in _COMMANDS


def _find(line: str, what: str, start: int, ignored: str) -> int:
    """Where `what` begins, characters to be ignored counting for nothing wherever they stand."""
    for begin in range(start, len(line)):
        if "".join(char for char in line[begin:] if char not in ignored).startswith(what):
            return begin
    return -1
