"""What the runner obeys in what we print: our annotations, all of them ours, and nothing else."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from hashpin.model import Severity
from hashpin.outputs import OUTPUTS, workflow_commands
from hashpin.wording import visible
from tests import runner
from tests.outputs import sample

PIECES = st.sampled_from(
    [
        "::",
        "##[",
        "]",
        "error",
        "set-output name=a",
        "add-mask",
        "\n",
        "\r",
        "\u2028",
        "\x85",
        "%0A",
        "%",
        " ",
        ":",
        ",",
    ]
)
HOSTILE = st.lists(PIECES | st.text(max_size=5), max_size=12).map("".join) | st.text()


@given(HOSTILE)
def test_annotations_are_what_they_say(text: str) -> None:
    found = list(runner.commands(workflow_commands.render(sample.hostile(text))))
    assert [command.name for command in found] == ["error", "error"]
    for command in found:
        assert command.properties.get("file", "").removeprefix("./") == visible(text).removeprefix("./")
        assert set(command.properties) <= {"title", "file", "line", "col", "endColumn"}
        assert visible(text)[:100] in command.data


@given(HOSTILE)
def test_no_other_output_commands_the_runner(text: str) -> None:
    for name in ("text", "json", "markdown", "sarif"):
        assert list(runner.commands(OUTPUTS[name](sample.hostile(text)))) == [], name


def test_the_runner_would_obey_these() -> None:
    for line in ("::error::x", "  ::error file=a::x", "\u2003::add-mask::x", "a ##[error]x", "##[set-output name=a;]b"):
        assert len(list(runner.commands(line))) == 1, line
    for line in ("::errors::x", ":: error::x", "::error:x", "# #[error]x", "a ::error::x"):
        assert list(runner.commands(line)) == [], line


def test_ten_errors_of_which_the_last_counts_the_rest() -> None:
    report = sample.hostile("a.txt", findings=119)
    found = list(runner.commands(workflow_commands.render(report)))
    assert len(found) == workflow_commands.LIMIT
    assert found[-1].data.startswith("111 more of this kind, which GitHub would not show here")


def test_ten_errors_are_ten_errors() -> None:
    found = list(runner.commands(workflow_commands.render(sample.hostile("a.txt", findings=9))))
    assert len(found) == 10
    assert "more of this kind" not in found[-1].data


def test_each_kind_has_its_own_ten() -> None:
    report = sample.hostile("a.txt", findings=30)
    levels = [replace(f, severity=list(Severity)[i % 3]) for i, f in enumerate(report.findings)]
    found = list(runner.commands(workflow_commands.render(replace(report, findings=tuple(levels)))))
    names = [command.name for command in found]
    assert names == ["error"] * 10 + ["warning"] * 10 + ["notice"] * 10


def test_columns_only_on_one_line() -> None:
    found = list(runner.commands(workflow_commands.render(sample.report())))
    one, several = found[0].properties, found[1].properties
    assert (one["line"], one["col"], one["endColumn"]) == ("3", "5", "21")
    assert several["line"] == "2"
    assert "col" not in several


def test_long_messages_are_cut_before_the_runner_does() -> None:
    found = list(runner.commands(workflow_commands.render(sample.hostile("x" * 10_000))))
    assert all(len(command.data) <= 4096 for command in found)


def test_error_and_mask() -> None:
    assert list(runner.commands(workflow_commands.error("50% of\nx::y"))) == [
        runner.Command("error", {"title": "hashpin"}, "50% of\\nx::y")
    ]
    assert list(runner.commands(workflow_commands.mask("a%b\nc"))) == [runner.Command("add-mask", {}, "a%b\nc")]
