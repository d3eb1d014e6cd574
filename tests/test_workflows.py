"""What can be known without a runner of the workflows, those to copy, the two actions and the pre-commit hooks."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from hashpin import HOME_PAGE, files
from tests.loopback import LoopbackIndex
from tests.test_cli import FINE, PROJECTS, STALE
from tools import make_composite, make_docs

ROOT = make_docs.ROOT
OUR_ACTION = HOME_PAGE.removeprefix("https://github.com/")
EXAMPLES = sorted(make_docs.WORKFLOWS.glob("*.yml"))
SWEEP = make_docs.WORKFLOWS / "sweep.yml"  # the one that runs the command line, on several machines
OF_THE_ACTION = [path for path in EXAMPLES if path != SWEEP]
WORKFLOWS = [*sorted((ROOT / ".github" / "workflows").glob("*.yml")), *EXAMPLES]
ACTIONS = [make_composite.ACTION, make_composite.COMPOSITE]


def load(path: Path) -> Any:
    return YAML(typ="safe").load(path.read_text(encoding="utf-8"))


def jobs(path: Path) -> Mapping[str, Any]:
    found: Mapping[str, Any] = load(path)["jobs"]
    return found


def steps(path: Path) -> Iterator[Mapping[str, Any]]:
    document = load(path)
    if "runs" in document:
        yield from document["runs"].get("steps", ())
    for job in document.get("jobs", {}).values():
        yield from job["steps"]


def used(path: Path) -> list[Mapping[str, Any]]:
    """The steps that use this action, in either form."""
    return [s for s in steps(path) if re.match(rf"(\./|{OUR_ACTION}(/composite)?@)", s.get("uses", ""))]


def test_there_are_workflows_to_look_at() -> None:
    names = {"check.yml", "code-scanning.yml", "refresh.yml", "after-update.yml", "app-token.yml", "sweep.yml"}
    assert {path.name for path in EXAMPLES} == names
    assert {path.name for path in WORKFLOWS} == names | {"ci.yml", "release.yml"}


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_nobody_has_a_permission_that_a_job_does_not_name(path: Path) -> None:
    assert load(path)["permissions"] == {}
    for name, job in jobs(path).items():
        assert isinstance(job["permissions"], dict), name


@pytest.mark.parametrize("path", [*WORKFLOWS, *ACTIONS], ids=lambda path: str(path.relative_to(ROOT)))
def test_no_expression_stands_in_a_script(path: Path) -> None:
    """GitHub would put its text into the script before the shell reads it."""
    assert [step["run"] for step in steps(path) if "${{" in step.get("run", "")] == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_every_action_is_pinned_by_commit(path: Path) -> None:
    listed = re.findall(r"uses: (.*)", path.read_text(encoding="utf-8"))
    assert len(listed) == len([step for step in steps(path) if "uses" in step])
    for text in listed:
        pinned = re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v[\d.]+", text)
        assert pinned or text.startswith(("./ # zizmor: ignore", "./composite # zizmor: ignore")), text


def test_one_version_of_each_action_is_used() -> None:
    pins = {pin for path in WORKFLOWS for pin in re.findall(r"uses: ([\w/-]+)@(.*)", path.read_text(encoding="utf-8"))}
    assert len(pins) == len({name for name, _ in pins})


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_no_checkout_leaves_its_token_behind(path: Path) -> None:
    for step in steps(path):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


@pytest.mark.parametrize("path", OF_THE_ACTION, ids=lambda path: path.name)
def test_an_example_uses_the_action_once(path: Path) -> None:
    assert len(used(path)) == 1


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_what_is_given_to_the_action_is_an_input_of_it(path: Path) -> None:
    action = make_docs.action()
    for step in used(path):
        assert set(step.get("with", {})) <= set(action["inputs"])


@pytest.mark.parametrize("path", OF_THE_ACTION, ids=lambda path: path.name)
def test_whoever_writes_may_write(path: Path) -> None:
    """By the job's own token or by that of an App; and whoever only reads may do no more."""
    [job] = jobs(path).values()
    writes = {name for name, level in job["permissions"].items() if level == "write"}
    for step in used(path):
        given_ = step.get("with", {})
        if given_.get("mode") != "pull-request":
            assert writes <= {"security-events"}
        elif "token" in given_:
            [app] = [s["with"] for s in job["steps"] if s["uses"].startswith("actions/create-github-app-token@")]
            assert (app["permission-contents"], app["permission-pull-requests"]) == ("write", "write")
            assert writes == set()
        else:
            assert writes == {"contents", "pull-requests"}


def test_a_correction_is_not_cut_off() -> None:
    for path in EXAMPLES:
        correcting = any(step.get("with", {}).get("mode") == "pull-request" for step in used(path))
        assert load(path)["concurrency"]["cancel-in-progress"] is not correcting


def test_the_branch_of_a_correction_starts_no_further_one() -> None:
    """`hashpin/fix-` and the base is pushed by hashpin itself, with an App's token as an event like any other."""
    [patterns] = [load(path)["on"]["push"]["branches"] for path in EXAMPLES if path.name == "after-update.yml"]
    assert [pattern for pattern in patterns if not pattern.startswith(("dependabot/", "renovate/"))] == []


def test_a_sweep_runs_commands_that_there_are() -> None:
    """What its jobs ask of hashpin is asked of the parser here; nobody may do anything but read."""
    known = dict(make_docs.commands())
    found = []
    for step in steps(SWEEP):
        script = step.get("run", "").replace("\\\n", " ")
        for call in re.findall(r"-m hashpin ([a-z].*?)(?: >> .*| \|\| .*)?$", script, re.MULTILINE):
            command, *arguments = shlex.split(call.replace('"$SHARDS"', "8").replace('"$SHARD"', "1/8"))
            known[command].parse_args(arguments)
            found.append(command)
    assert found == ["plan", "check", "merge", "merge"]
    assert [job["permissions"] for job in jobs(SWEEP).values()] == [{}, {}, {}]
    code = {step["with"]["ref"] for step in steps(SWEEP) if step.get("with", {}).get("path") == ".hashpin"}
    assert len(code) == 1


def test_a_sweep_says_what_could_not_be_checked() -> None:
    """The last job is skipped only with the first: a shard that failed has no report, and merge says so."""
    merging = jobs(SWEEP)["merge"]
    assert merging["needs"] == ["plan", "check"]
    assert merging["if"] == "${{ !cancelled() && needs.plan.result == 'success' }}"
    assert merging["steps"][-1]["run"].splitlines()[-1].endswith("-m hashpin merge reports/*/report.json")


def test_only_one_job_can_publish_to_pypi_and_it_runs_no_script() -> None:
    release = jobs(ROOT / ".github" / "workflows" / "release.yml")
    assert {name for name, job in release.items() if job["permissions"].get("id-token")} == {"image", "pypi"}
    assert release["pypi"]["permissions"] == {"id-token": "write"}
    assert release["pypi"]["environment"] == "pypi"
    assert [step for step in release["pypi"]["steps"] if "run" in step] == []


def test_the_scripts_of_a_release_are_there() -> None:
    text = (ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8")
    called = set(re.findall(r"-m tools\.release\.(\w+)", text))
    assert called == {"versions", "build_image", "pin_image", "tag_release", "make_release", "move_major"}
    assert [name for name in called if not (ROOT / "tools" / "release" / f"{name}.py").is_file()] == []


# Need the live index, real files, or the means to build the image and to install pips, which are not on the runner.
_NOT_ON_EVERY_PUSH = {"dist", "container", "corpus", "pips", "readers", "demo", "live"}


def test_a_pull_request_sees_what_the_whole_check_sees() -> None:
    whole = set(re.findall(r"\bmake ([a-z]+)", (ROOT / ".ci" / "run").read_text(encoding="utf-8")))
    called = {
        target
        for step in steps(ROOT / ".github" / "workflows" / "ci.yml")
        for command in re.findall(r"\bmake ([a-z ]+)", step.get("run", ""))
        for target in command.split()
    }
    assert called == whole - _NOT_ON_EVERY_PUSH


# What GitHub and its runner say, of which only they can say whether they still do.
_NOT_OURS = {
    "GitHub Actions is not permitted to create or approve pull requests",
    "Resource not accessible by integration",
    "Container action is only supported on Linux",
    "Unable to resolve action",
    "An action could not be found at the URI",
    "Docker pull failed",
    "Code Security must be enabled for this repository to use code scanning",
}


def test_the_messages_that_the_readme_explains_are_said() -> None:
    _, _, section = make_docs.README.read_text(encoding="utf-8").partition("### When something goes wrong\n")
    rows = re.findall(r"^\| (`.*?`) \|", section.partition("\n#")[0], re.MULTILINE)
    told = {message for row in rows for message in re.findall("`([^`]*)`", row)}
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "hashpin").rglob("*.py"))
    assert told >= _NOT_OURS
    assert [message for message in told - _NOT_OURS if message not in code] == []


# --- the hooks -------------------------------------------------------------

HOOKS: list[Mapping[str, Any]] = load(ROOT / ".pre-commit-hooks.yaml")
_NAMES = st.one_of(
    st.text("reqRm.-_/ñ\n", min_size=1, max_size=6),
    st.sampled_from(
        ["requirements", "Requirement", "constraints", "README", "dev", "notes", ".", "..", "requirementſ"]
    ),
)
_PARTS = st.tuples(_NAMES, _NAMES, st.sampled_from([".txt", ".in", ".TXT", ".pip", ".lock", ".hash", "", ".md", "."]))


def test_the_hooks_are_two() -> None:
    assert [(hook["id"], hook["entry"]) for hook in HOOKS] == [
        ("hashpin", "hashpin check"),
        ("hashpin-fix", "hashpin fix"),
    ]
    assert all(hook["language"] == "python" and hook["require_serial"] for hook in HOOKS)


@given(st.lists(st.sampled_from(["requirements", "Requirements-dev", "docs", ".github", "a.txt"]), max_size=2), _PARTS)
def test_the_hooks_take_what_hashpin_finds(folders: list[str], parts: tuple[str, str, str]) -> None:
    name = "".join(parts).replace("/", "")
    assume(name not in ("", ".", ".."))
    path = "/".join([*folders, name])
    for hook in HOOKS:
        # As pre-commit asks: Classifier in pre_commit/commands/run.py.
        assert bool(re.search(hook["files"], path)) == files._is_ours(name, folders), path


@pytest.mark.parametrize("folder", sorted(files._NEVER_SEARCHED - {".git"}))
def test_the_hooks_leave_out_what_hashpin_never_searches(folder: str) -> None:
    for hook in HOOKS:
        for path in (f"{folder}/requirements.txt", f"a/{folder}/b/requirements.txt"):
            assert re.search(hook["exclude"], path)
        assert not re.search(hook["exclude"], f"a{folder}/requirements.txt")


def run_hook(which: int, names: list[str], index: LoopbackIndex) -> subprocess.CompletedProcess[str]:
    """As pre-commit calls it: the entry, then the files."""
    program, *arguments = shlex.split(HOOKS[which]["entry"])
    assert program == "hashpin"
    command = [sys.executable, "-m", program, *arguments, *names]
    environ = {**os.environ, "PIP_INDEX_URL": index.url, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=120, check=False)


def test_the_hooks_run_on_many_files(here: Path) -> None:
    names = [f"service-{number}/requirements.txt" for number in range(300)]
    for name in names:
        Path(name).parent.mkdir()
        Path(name).write_text(FINE)
    with LoopbackIndex(PROJECTS) as index:
        done = run_hook(0, names, index)
        assert (done.returncode, done.stdout) == (0, "300 files, 300 pins, 600 hashes: no findings\n")
        assert len(index.requests) == 1
        Path(names[-1]).write_text(STALE)
        done = run_hook(0, names, index)
        assert done.returncode == 1
        assert names[-1] in done.stdout
        done = run_hook(1, names, index)
        assert done.returncode == 0, done.stdout
    assert Path(names[-1]).read_text() == FINE
