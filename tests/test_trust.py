"""Whom the action believes: on a pull request, what the repository says about itself takes no finding away."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from hashpin import action
from tests import runner
from tests.loopback import LoopbackIndex
from tests.test_action import Ran
from tests.test_cli import BAD, FINE, PROJECTS

OWN = ["push", "schedule", "workflow_dispatch", "repository_dispatch", "release", "create", "merge_group"]
OTHERS = [
    *("pull_request", "pull_request_target", "pull_request_review", "issue_comment", "workflow_run"),
    *("new_event", "Push", " push", ""),
]
FORGED = BAD.rstrip("\n")
ALLOWED = f"{FORGED} # hashpin: allow[unknown-hash] own build\n"
ENTRY = '[[allow]]\nrule = "unknown-hash"\nproject = "demo"\nreason = "own build"\n'
UNTOLD = "hashpin's configuration is not applied: the pull request may have written it (trust-config)\n"


@pytest.fixture
def index() -> Iterator[LoopbackIndex]:
    with LoopbackIndex(PROJECTS) as index:
        yield index


@pytest.fixture(autouse=True)
def _in_a_repository(here: Path) -> None:
    """Every test has a workspace of its own."""


def ran(index: LoopbackIndex, event: str | None, text: str, configured: str | None = None, **inputs: str) -> Ran:
    """The action on this event; None where the runner does not say which."""
    Path("requirements.txt").write_text(text)
    if configured is not None:
        Path("hashpin.toml").write_text(configured)
    written = {name: Path("..") / name for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    for file in written.values():
        file.write_text("")
    environ = {f"INPUT_{name.upper().replace('_', '-')}": value for name, value in inputs.items()}
    environ |= {"INPUT_INDEX-URL": index.url, **{name: str(file) for name, file in written.items()}}
    if event is not None:
        environ["GITHUB_EVENT_NAME"] = event
    log = io.StringIO()
    code = action.main(environ, log)
    outputs = runner.file_commands(written["GITHUB_OUTPUT"].read_text())
    return Ran(code, log.getvalue(), outputs, written["GITHUB_STEP_SUMMARY"].read_text())


def titles(got: Ran) -> list[str]:
    return [command.properties["title"].removeprefix("hashpin: ") for command in got.commands]


# --- comments --------------------------------------------------------------


@pytest.mark.parametrize("event", OWN)
def test_what_was_accepted_before_counts(index: LoopbackIndex, event: str) -> None:
    got = ran(index, event, ALLOWED)
    assert (got.code, got.commands) == (0, [])
    assert got.log == "1 file, 1 pin, 2 hashes: no findings; 1 allowed\n"
    assert got.outputs["verdict"] == "clean"
    assert "reason: own build" in got.summary


@pytest.mark.parametrize("event", [*OTHERS, None])
def test_what_a_stranger_may_have_written_does_not(index: LoopbackIndex, event: str | None) -> None:
    got = ran(index, event, ALLOWED)
    assert got.code == 1
    assert titles(got) == ["unknown-hash", "unused-allowance"]
    assert "is not applied: it may come from the pull request itself (trust-config)" in got.commands[1].data
    assert (got.commands[1].name, got.commands[1].properties["line"]) == ("notice", "3")
    assert got.outputs["verdict"] == "findings"
    assert "allowed" not in got.log.splitlines()[-1]
    assert UNTOLD not in got.log, "there is no configuration"


@pytest.mark.parametrize("event", ["pull_request", "pull_request_target", None])
def test_unless_the_workflow_says_so(index: LoopbackIndex, event: str | None) -> None:
    assert ran(index, event, ALLOWED, trust_config="true").code == 0
    assert ran(index, event, ALLOWED, trust_config="false").code == 1
    got = ran(index, event, f"{FORGED}\n", ENTRY, trust_config="true")
    assert (got.code, UNTOLD in got.log) == (0, False)


def test_no_event_is_made_untrusted_by_the_input(index: LoopbackIndex) -> None:
    """As the input's description says: they always count on a push."""
    assert ran(index, "push", ALLOWED, trust_config="false").code == 0


# --- the configuration -----------------------------------------------------

CONFIGURATIONS = {
    "allow": ENTRY,
    "severity": "severity.unknown-hash = 'off'\n",
    "weaker": "severity.unknown-hash = 'note'\n",
    "fail-on": "fail-on = 'never'\n",
}


@pytest.mark.parametrize("configured", CONFIGURATIONS.values(), ids=CONFIGURATIONS)
def test_the_configuration_counts_on_a_push_alone(index: LoopbackIndex, configured: str) -> None:
    text = f"{FORGED}\n"
    got = ran(index, "push", text, configured)
    assert (got.code, UNTOLD in got.log) == (0, False)
    for event in ("pull_request", "pull_request_target", "unheard_of", None):
        got = ran(index, event, text, configured)
        assert got.code == 1
        assert titles(got) == ["unknown-hash"]
        assert got.commands[0].name == "error"
        assert got.log.count(UNTOLD) == 1


def test_excluded_files_come_back(index: LoopbackIndex) -> None:
    configured = "exclude = ['requirements.txt']\n"
    assert ran(index, "push", f"{FORGED}\n", configured, allow_empty="true").outputs["findings"] == "0"
    assert ran(index, "pull_request", f"{FORGED}\n", configured, allow_empty="true").outputs["findings"] == "1"


def test_what_makes_it_stricter_does_not_count_either(index: LoopbackIndex) -> None:
    """One rule for all keys: what is told to be left out is left out."""
    configured = "require-hashes = true\nfail-on = 'note'\n"
    assert ran(index, "push", "demo==2.0\n", configured).code == 1
    got = ran(index, "pull_request", "demo==2.0\n", configured)
    assert (got.code, got.log.count(UNTOLD)) == (0, 1)


def test_inputs_always_count_and_go_before(index: LoopbackIndex) -> None:
    for event in ("push", "pull_request"):
        assert ran(index, event, f"{FORGED}\n", "fail-on = 'note'\n", fail_on="never").code == 0
        assert ran(index, event, "demo==2.0\n", "require-hashes = false\n", require_hashes="true").code == 1
        assert ran(index, event, "demo==2.0\n", "require-hashes = true\n", require_hashes="false").code == 0
        got = ran(index, event, f"{FORGED}\n", "exclude = ['x']\n", exclude="requirements.txt", allow_empty="true")
        assert got.outputs["findings"] == "0"


@pytest.mark.parametrize("name", ["ci/hashpin.toml", "pyproject.toml"])
def test_one_that_the_workflow_names_is_the_repositorys_still(index: LoopbackIndex, name: str) -> None:
    Path(name).parent.mkdir(exist_ok=True)
    Path(name).write_text(ENTRY if name.startswith("ci") else ENTRY.replace("allow", "tool.hashpin.allow"))
    assert ran(index, "push", f"{FORGED}\n", config=name).code == 0
    got = ran(index, "pull_request", f"{FORGED}\n", config=name)
    assert (got.code, got.log.count(UNTOLD)) == (1, 1)
    assert ran(index, "pull_request", f"{FORGED}\n", config=name, trust_config="true").code == 0


def test_in_pyproject(index: LoopbackIndex) -> None:
    Path("pyproject.toml").write_text("[project]\nname = 'x'\n")
    assert UNTOLD not in ran(index, "pull_request", FINE).log
    Path("pyproject.toml").write_text(f"[project]\nname = 'x'\n{ENTRY.replace('allow', 'tool.hashpin.allow')}")
    assert ran(index, "push", f"{FORGED}\n").code == 0
    got = ran(index, "pull_request", f"{FORGED}\n")
    assert (got.code, got.log.count(UNTOLD)) == (1, 1)


def broken(how: str) -> None:
    path = Path("hashpin.toml")
    match how:
        case "no toml":
            path.write_text("broken")
        case "unknown key":
            path.write_text('"\\n::error::owned" = 1\n')
        case "not utf-8":
            path.write_bytes(b"\xff")
        case "two":
            path.write_text("")
            Path("pyproject.toml").write_text("[tool.hashpin]\n")
        case "folder":
            path.mkdir()
        case "fifo":
            os.mkfifo(path)
        case _:
            Path("../outside.toml").write_text(ENTRY)
            path.symlink_to("../outside.toml")


@pytest.mark.parametrize(
    "how",
    [
        *("no toml", "unknown key", "not utf-8", "two", "folder", "link"),
        pytest.param("fifo", marks=pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs FIFOs")),
    ],
)
def test_a_broken_one_stops_a_push_and_no_pull_request(index: LoopbackIndex, how: str) -> None:
    broken(how)
    got = ran(index, "push", f"{FORGED}\n")
    assert (got.code, titles(got)) == (2, ["hashpin"])
    assert "toml" in got.commands[0].data
    assert got.outputs == {}
    got = ran(index, "pull_request", f"{FORGED}\n")
    assert (got.code, titles(got)) == (1, ["unknown-hash"])
    assert got.log.count(UNTOLD) == 1


def test_one_that_is_not_there(index: LoopbackIndex) -> None:
    assert ran(index, "push", FINE, config="gone.toml").code == 2
    got = ran(index, "pull_request", FINE, config="gone.toml")
    assert (got.code, got.log.count(UNTOLD)) == (0, 1)


# --- hostile words ---------------------------------------------------------

HOSTILE = "x\x1b[31m ::error::owned ##[set-output name=a]b | `@org` <img src=x> %0A::add-mask::y"


@pytest.mark.parametrize("event", ["push", "pull_request"])
def test_reasons_and_rules_command_nothing(index: LoopbackIndex, event: str) -> None:
    text = f"{FORGED} # hashpin: allow[unknown-hash, {HOSTILE.replace(']', '')}] {HOSTILE}\n# hashpin: {HOSTILE}\n"
    spelled = "".join(f"\\U{ord(char):08x}" for char in f"{HOSTILE}\r\n::error::owned\n")
    entry = ENTRY.replace("own build", spelled) + f'path = "{spelled}"\n'
    got = ran(index, event, text, entry)
    assert {command.name for command in got.commands} <= {"error", "notice"}
    assert set(titles(got)) <= {"unknown-hash", "unused-allowance"}
    assert all(line.isprintable() for line in got.log.splitlines())
    assert "\x1b" not in got.summary
    assert not re.search(r"(?<!\\)<img", got.summary)
    assert list(runner.commands(got.summary)) == []
    assert got.outputs["verdict"] in ("clean", "findings")
