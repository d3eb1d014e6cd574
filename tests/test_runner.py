"""The reading of the runner that our outputs are judged by, held by the runner's own examples.

Source: `src/Test/L0/Worker/` of actions/runner: ActionCommandL0.cs, ActionCommandManagerL0.cs,
SetOutputFileCommandL0.cs, IssueCommandExtension's tests in ActionCommandManagerL0.cs.
"""

from __future__ import annotations

import pytest

from tests import runner
from tests.runner import READINGS, Command, Refused, Step, file_commands, parsed

DO = frozenset({"do-something"})


@pytest.mark.parametrize("reading", READINGS)
@pytest.mark.parametrize(
    ("line", "properties", "data"),
    [
        # CommandParserTest
        ("##[do-something k1=v1;]msg", {"k1": "v1"}, "msg"),
        ("##[do-something]", {}, ""),
        ("##[do-something k1=%3B=%0D=%0A=%5D;]%3B-%0D-%0A-%5D", {"k1": ";=\r=\n=]"}, ";-\r-\n-]"),
        (
            "##[do-something k1=%253B=%250D=%250A=%255D;]%253B-%250D-%250A-%255D",
            {"k1": "%3B=%0D=%0A=%5D"},
            "%3B-%0D-%0A-%5D",
        ),
        ("##[do-something k1=;k2=;]", {}, ""),
        (">>>   ##[do-something k1=v1;]msg", {"k1": "v1"}, "msg"),
        # CommandParserV2Test
        ("::do-something k1=v1,::msg", {"k1": "v1"}, "msg"),
        ("::do-something::", {}, ""),
        ("::do-something k1=;=%2C=%0D=%0A=]=%3A,::;-%0D-%0A-]-:-,", {"k1": ";=,=\r=\n=]=:"}, ";-\r-\n-]-:-,"),
        (
            "::do-something k1=;=%252C=%250D=%250A=]=%253A,::;-%250D-%250A-]-:-,",
            {"k1": ";=%2C=%0D=%0A=]=%3A"},
            ";-%0D-%0A-]-:-,",
        ),
        ("::do-something k1=,k2=,::", {}, ""),
        ("::do-something k1=v1::", {"k1": "v1"}, ""),
        ("   ::do-something k1=v1,::msg", {"k1": "v1"}, "msg"),
    ],
)
def test_parsing(reading: runner.Find, line: str, properties: dict[str, str], data: str) -> None:
    assert parsed(line, reading, DO) == Command("do-something", properties, data)


@pytest.mark.parametrize("reading", READINGS)
@pytest.mark.parametrize(
    "line", ["   >>>   ::do-something k1=v1,::msg", "::do-something", "::x::", "##[x]", "##[do-something"]
)
def test_no_command(reading: runner.Find, line: str) -> None:
    assert parsed(line, reading, DO) is None


def test_names_have_no_case() -> None:
    assert parsed("::ERROR::x") == parsed("##[Error]x") == Command("error", {}, "x")


@pytest.mark.parametrize("token", ["stopToken", "randomToken"])
def test_stop_commands(token: str) -> None:
    step = Step()
    step.read(f"##[stop-commands]{token}\n##[error]1\n::error::2\n##[{token}]\n::error::3")
    assert [annotation.data for annotation in step.annotations] == ["3"]
    assert step.masked == "##[error]1\n::error::2"
    assert step.masks == [token]


def test_stopped_in_one_stream_is_stopped_in_the_other() -> None:
    step = Step()
    step.read("::stop-commands::randomToken")
    step.read("::error::x")
    step.read("::RANDOMTOKEN::")
    step.read("::error::y")
    assert [annotation.data for annotation in step.annotations] == ["y"]


@pytest.mark.parametrize("token", ["", "pause-logging", "set-env", "Error"])
def test_tokens_that_are_refused(token: str) -> None:
    with pytest.raises(Refused):
        Step().read(f"::stop-commands::{token}")


@pytest.mark.parametrize("line", ["::set-env name=a::b", "##[add-path]x"])
def test_what_is_disabled_fails(line: str) -> None:
    with pytest.raises(Refused):
        Step().read(line)


def test_masks_are_added_line_by_line() -> None:
    step = Step()
    step.read("::add-mask::abc%0Ddef%0Aghi%0D%0Ajkl\n::add-mask:: %0D  %0A   %0D%0A    %0D\nxdefx abc")
    assert step.masks == ["abc\rdef\nghi\r\njkl", "abc", "def", "ghi", "jkl"]
    assert step.masked == "x***x ***"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("line=1,endLine=2,col=1,endColumn=2", {"line": "1", "endLine": "2"}),
        ("line=1,endLine=1,col=1,endColumn=2", {"line": "1", "endLine": "1", "col": "1", "endColumn": "2"}),
        ("col=1,endColumn=2", {}),
        ("endLine=1", {"line": "1", "endLine": "1"}),
        ("line=1,endColumn=2", {"line": "1", "col": "2", "endColumn": "2"}),
        ("line=3,endLine=1", {}),
        ("line=1,col=4,endColumn=3", {"line": "1"}),
    ],
)
def test_places(given: str, kept: dict[str, str]) -> None:
    step = Step()
    step.read(f"::error {given}::x")
    assert step.annotations == [Command("error", kept, "x")]


def test_ten_of_each_kind_are_shown_and_messages_are_cut() -> None:
    step = Step()
    step.read("::error::x\n" * 12 + "::notice::y\n" + "::warning::" + "\U0001f600" * 3000)
    assert (len(step.shown("error")), len(step.shown("notice"))) == (10, 1)
    assert step.annotations[-1].data == "\U0001f600" * 2048, "counted in UTF-16"


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("", {}),
        ("A=MY VALUE", {"A": "MY VALUE"}),
        ("\nA=my value\n\nB=my second value\n\n", {"A": "my value", "B": "my second value"}),
        ("A=", {"A": ""}),
        ("A==abc\nB=def=ghi\nC=jkl=", {"A": "=abc", "B": "def=ghi", "C": "jkl="}),
        ("A<<EOF\nline one\nline two\nline three\nEOF", {"A": "line one\nline two\nline three"}),
        ("A<<EOF\nEOF", {"A": ""}),
        ("\nA<<EOF\nhello\nworld\nEOF\n\nB<<EOF\nHELLO\nAGAIN\nEOF\n", {"A": "hello\nworld", "B": "HELLO\nAGAIN"}),
        (
            "A<<=EOF\nhello\none\n=EOF\nB<<<EOF\nhello\ntwo\n<EOF\nC<<EOF\nhello\n\nthree\n\nEOF\n",
            {"A": "hello\none", "B": "hello\ntwo", "C": "hello\n\nthree\n"},
        ),
        (
            "D<<EOF\nhello=four\nEOF\nE<<EOF\n EOF\nEOF",
            {"D": "hello=four", "E": " EOF"},
        ),
        ("A<<EOF\na\rb\r\nEOF\n", {"A": "a\rb\r"}),
        ("A=1<<EOF\nB=2", {"A": "1<<EOF", "B": "2"}),
    ],
)
def test_file_commands(text: str, values: dict[str, str]) -> None:
    assert file_commands(text) == values


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("A<<EOF line one line two line three EOF", "Matching delimiter not found"),
        ("A<<EOF line one\n line two\n line three EOF", "EOF marker missing new line"),
        ("<<EOF\nx\nEOF", "Name must not be empty"),
        ("A<<\nx", "delimiter must not be empty"),
        ("words", "Invalid format"),
    ],
)
def test_file_commands_that_are_refused(text: str, message: str) -> None:
    with pytest.raises(Refused, match=message):
        file_commands(text)


# --- the rules of a language -----------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "\u200b::error::x",
        "##\u200b[error]x",
        ":\u200b:error::x",
        "\ufe00::error::x",
        "#\u034f#[error]x",
        "\U000e0100::error::x",
    ],
)
def test_a_match_that_leaves_something_out_is_cut_at_the_wrong_place(line: str) -> None:
    """So a zero-width space does protect: the runner finds its mark, and then no name that it knows."""
    assert runner._weightless(line.replace("\U000e0100", "\udb40\udd00"), "##[" if "#" in line else "::", 0)
    assert list(runner.commands(line)) == []


def test_a_combining_character_takes_the_mark_away() -> None:
    assert parsed("::error::\u0301x") == Command("error", {}, "\u0301x")
    assert parsed("::error::\u0301x", runner._whole) is None
    with pytest.raises(AssertionError, match="the readings differ"):
        runner.alike("::error::\u0301x")
