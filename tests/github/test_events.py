"""What the action does on each event: what counts, what is shown, and what it may not do is said with a remedy."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from hashpin.github.connection import Connection, connect
from hashpin.github.history import NearestCommit
from tests.github.stage import ALL, ALSO, BAD, FINE, FORGED, GOOD, OLD, STALE, Ran, Stage, stage
from tests.github.store import Pull
from tests.test_provenance import attested, pin, serve

BOTH = f"{FINE}other==2 --hash=sha256:{'2' * 64}\n"
DEBT = {"requirements.txt": BAD.encode()}
BUMPED = FINE.replace(GOOD, OLD).replace(f" \\\n    --hash=sha256:{ALSO}", "").encode()


@pytest.fixture
def on(tmp_path: Path, no_waiting: None) -> Iterator[Stage]:
    """A repository whose main is clean."""
    with stage(tmp_path, {"requirements.txt": FINE.encode()}) as set_up:
        yield set_up
        assert not set_up.hub.violations, "\n".join(set_up.hub.violations)


@pytest.fixture
def indebted(tmp_path: Path, no_waiting: None) -> Iterator[Stage]:
    """A repository whose main has a forged hash."""
    with stage(tmp_path, DEBT) as set_up:
        yield set_up
        assert not set_up.hub.violations, "\n".join(set_up.hub.violations)


def pulled(on: Stage, text: bytes, path: str = "requirements.txt", **more: object) -> Pull:
    on.repository.commit("topic", {path: text}, parent="main")
    return on.repository.open_pull("topic", **more)  # type: ignore[arg-type]


def from_fork(on: Stage, text: bytes) -> Pull:
    fork = on.repository.fork("stranger/repo")
    fork.commit("topic", {"requirements.txt": text})
    return on.repository.open_pull("topic", fork=fork)


def titles(ran: Ran) -> list[str]:
    return [
        command.properties.get("title", "").removeprefix("hashpin: ")
        for command in ran.commands
        if command.name != "add-mask"
    ]


CHECKING = {"mode": "check"}


# --- what cannot be done is said ---------------------------------------------


@pytest.mark.parametrize("who", ["fork", "dependabot", "a fork that is gone"])
def test_a_read_only_token_still_shows_everything(on: Stage, who: str) -> None:
    pull = pulled(on, BAD.encode(), login="dependabot[bot]") if who == "dependabot" else from_fork(on, BAD.encode())
    if who == "a fork that is gone":
        assert pull.head
        pull.head.delete()
    on.permissions = {"contents": "read", "pull_requests": "read", "metadata": "read"}
    asked = {**CHECKING, "annotations": "check-run", "suggestions": "true", "only-changed": "true"}
    environ = {"GITHUB_ACTOR": "dependabot[bot]"} if who == "dependabot" else {}
    ran = on.run("pull_request", pull=pull, depth=2, inputs=asked, environ=environ)
    assert ran.code == 1
    assert titles(ran)[0] == "unknown-hash"
    assert f"{FORGED}" in ran.log
    assert "unknown-hash" in ran.summary
    told = [command.data for command in ran.commands if command.name == "notice"]
    assert len(told) == 1, "annotations by commands instead; there is no safe correction to suggest"
    assert "permissions: {contents: read, checks: write}" in told[0]
    assert "Traceback" not in ran.log
    assert on.repository.check_runs == []


def test_suggestions_that_may_not_be_made_become_a_patch(on: Stage) -> None:
    pull = from_fork(on, STALE.encode())
    on.permissions = {"contents": "read"}
    ran = on.run("pull_request", pull=pull, inputs={**CHECKING, "suggestions": "true"})
    told = [command.data for command in ran.commands if command.name == "notice"]
    assert len(told) == 1
    assert "permissions: {contents: read, pull-requests: write}" in told[0]
    assert "git apply <<'HASHPIN'" in ran.summary
    assert GOOD in ran.summary


def test_suggestions(on: Stage) -> None:
    pull = pulled(on, STALE.encode())
    ran = on.run("pull_request", pull=pull, depth=2, inputs={**CHECKING, "suggestions": "true"})
    assert ran.code == 1
    (comment,) = [comment for thread in pull.threads for comment in thread.comments]
    assert f"--hash=sha256:{GOOD}" in comment.body
    assert "suggestions: 1 made" in ran.log
    assert "git apply" not in ran.summary
    since = len(on.hub.requests)
    again = on.run("pull_request", pull=pull, depth=2, inputs={**CHECKING, "suggestions": "true"})
    assert "suggestions: 1 there already" in again.log
    assert not [request for request in on.hub.requests[since:] if request.is_write]
    on.repository.commit("topic", {"requirements.txt": FINE.encode()})
    last = on.run("pull_request", pull=pull, depth=2, inputs={**CHECKING, "suggestions": "true"})
    assert (last.code, "1 of an earlier run closed" in last.log) == (0, True)


def test_a_check_run_shows_what_commands_cannot(on: Stage) -> None:
    many = "".join(f"other==2 --hash=sha256:{number:064x}\n" for number in range(120)).encode()
    pull = pulled(on, many, "many-requirements.txt")
    ran = on.run("pull_request", pull=pull, inputs={**CHECKING, "annotations": "check-run"})
    (run,) = on.repository.check_runs
    assert (run.status, run.conclusion, run.head_sha) == ("completed", "failure", pull.head_sha)
    assert len(run.annotations) >= 120
    assert ran.commands[1:] == [], "the log need not repeat it"
    assert ran.code == 1


def test_annotations_can_be_switched_off(on: Stage) -> None:
    pull = pulled(on, BAD.encode())
    ran = on.run("pull_request", pull=pull, inputs={**CHECKING, "annotations": "none"})
    assert (ran.code, ran.commands[1:]) == (1, [])


# --- only-changed ------------------------------------------------------------


@pytest.mark.parametrize("depth", [None, 1, 2], ids=["no history", "shallow", "with the base"])
@pytest.mark.parametrize("event", ["pull_request", "pull_request_target"])
def test_old_debt_is_one_notice(indebted: Stage, event: str, depth: int | None) -> None:
    pull = pulled(indebted, f"# more\n\n{BAD}other==2 --hash=sha256:{'2' * 64}\n".encode())
    commit = pull.merge_commit if event == "pull_request" else pull.head_sha
    ran = indebted.run(event, pull=pull, commit=commit, depth=depth, inputs={**CHECKING, "only-changed": "true"})
    assert (ran.code, titles(ran)) == (0, ["older findings"]), ran.log
    assert FORGED in ran.summary
    assert ran.outputs["errors"] == "0"
    blobs = [request for request in indebted.hub.requests if "/git/blobs/" in request.path]
    assert bool(blobs) is (depth != 2 or event == "pull_request_target"), (
        "a checkout is believed on its own events alone"
    )


def test_what_the_change_brings_in_fails_it(indebted: Stage) -> None:
    pull = pulled(indebted, f"{BAD}other==2 --hash=sha256:{'1' * 64}\n".encode())
    ran = indebted.run("pull_request", pull=pull, inputs={**CHECKING, "only-changed": "true"})
    assert (ran.code, titles(ran)) == (1, ["unknown-hash", "older findings"])


def test_debt_that_is_touched_is_new(indebted: Stage) -> None:
    pull = pulled(indebted, BAD.replace(FORGED, "e" * 64).encode())
    ran = indebted.run("pull_request", pull=pull, inputs={**CHECKING, "only-changed": "true"})
    assert (ran.code, titles(ran)) == (1, ["unknown-hash"])


def test_debt_in_another_file_is_new(indebted: Stage) -> None:
    pull = pulled(indebted, BAD.encode(), "dev-requirements.txt")
    ran = indebted.run("pull_request", pull=pull, inputs={**CHECKING, "only-changed": "true"})
    assert (ran.code, titles(ran)) == (1, ["unknown-hash", "older findings"])


def test_debt_that_is_doubled_is_new(indebted: Stage) -> None:
    pull = pulled(indebted, f"{BAD}{BAD}".encode())
    ran = indebted.run("pull_request", pull=pull, inputs={**CHECKING, "only-changed": "true"})
    assert ran.code == 1


def test_lines_that_the_change_leaves_alone_may_be_its_doing(on: Stage) -> None:
    on.repository.commit("main", {"bare-requirements.txt": b"demo==2.0\nother==2\n"})
    pull = pulled(on, f"demo==2.0\nother==2 --hash=sha256:{'2' * 64}\n".encode(), "bare-requirements.txt")
    ran = on.run("pull_request", pull=pull, inputs={**CHECKING, "only-changed": "true"})
    assert (ran.code, titles(ran)) == (1, ["unhashed-pin"]), "one hash switches hash mode on for all"


def test_an_include_that_the_change_removes_is_its_doing(on: Stage) -> None:
    on.repository.commit("main", {"requirements.txt": f"-r base.txt\n{FINE}".encode(), "base.txt": b"\n"})
    on.repository.commit("topic", {"base.txt": None}, parent="main")
    pull = on.repository.open_pull("topic")
    ran = on.run("pull_request", pull=pull, inputs={**CHECKING, "only-changed": "true"})
    assert (ran.code, titles(ran)) == (1, ["missing-include"])


def test_a_merge_queue(indebted: Stage) -> None:
    pull = pulled(indebted, f"{BAD}\n# a comment\n".encode())
    ran = indebted.run("merge_group", pull=pull, inputs={**CHECKING, "only-changed": "true"})
    assert (ran.code, titles(ran)) == (0, ["older findings"])


def test_where_the_base_cannot_be_known_everything_counts(indebted: Stage) -> None:
    pull = pulled(indebted, f"{BAD}\n# a comment\n".encode())
    ran = indebted.run("pull_request", pull=pull, inputs={**CHECKING, "only-changed": "true", "token": ""})
    assert (ran.code, titles(ran)) == (1, ["unknown-hash", "hashpin"])
    assert "what this change brought in cannot be told, so everything counts" in ran.log


@pytest.mark.parametrize("event", ["push", "schedule", "workflow_dispatch", "workflow_run"])
def test_without_a_change_everything_counts(indebted: Stage, event: str) -> None:
    ran = indebted.run(event, inputs={**CHECKING, "only-changed": "true"})
    assert (ran.code, titles(ran)) == (1, ["unknown-hash"])
    assert f"only-changed is for pull requests and merge queues: on {event} everything counts" in ran.log


def test_what_is_unchecked_counts_always(indebted: Stage) -> None:
    pull = pulled(indebted, f"{BAD}\n# a comment\n".encode())
    inputs = {**CHECKING, "only-changed": "true", "index-url": "http://127.0.0.1:9/simple/", "timeout": "1"}
    ran = indebted.run("pull_request", pull=pull, inputs=inputs)
    assert ran.code == 3


def test_what_the_change_brings_in_is_annotated_first(on: Stage) -> None:
    old = "".join(f"other==2 --hash=sha256:{number:064x}\n" for number in range(30))
    on.repository.commit("main", {"a-requirements.txt": old.encode()})
    pull = pulled(on, BAD.encode(), "z-requirements.txt")
    ran = on.run("pull_request", pull=pull, inputs=CHECKING)
    errors = [command for command in ran.commands if command.name == "error"]
    assert len(errors) == 10
    assert errors[0].properties["file"] == "z-requirements.txt"


# --- events and pull requests ------------------------------------------------


@pytest.mark.parametrize("event", ["push", "schedule", "workflow_dispatch", "workflow_run"])
def test_events_that_may_open_a_pull_request(on: Stage, event: str) -> None:
    on.repository.commit("main", {"requirements.txt": STALE.encode()})
    ran = on.run(event)
    assert (ran.operation, ran.code) == ("created", 0), ran.log


@pytest.mark.parametrize("event", ["pull_request", "pull_request_target", "merge_group"])
def test_events_that_open_none(on: Stage, event: str) -> None:
    pull = pulled(on, STALE.encode())
    ran = on.run(event, pull=pull, commit=pull.head_sha)
    assert (ran.operation, ran.code) == ("none", 1), ran.log
    assert list(on.repository.pulls) == [pull.number]


def test_a_push_to_a_branch_corrects_that_branch(on: Stage) -> None:
    """As after Dependabot has bumped a version."""
    on.repository.commit("dependabot/pip/demo-2.0", {"requirements.txt": STALE.encode()}, parent="main")
    ran = on.run("push", branch="dependabot/pip/demo-2.0", environ={"GITHUB_ACTOR": "dependabot[bot]"})
    assert (ran.operation, ran.code) == ("created", 0)
    (pull,) = on.repository.pulls.values()
    assert (pull.base_ref, pull.head_ref) == ("dependabot/pip/demo-2.0", "hashpin/fix-dependabot/pip/demo-2.0")


def test_a_push_to_our_own_branch_is_only_checked(on: Stage) -> None:
    on.repository.commit("hashpin/fix-main", {"requirements.txt": STALE.encode()}, parent="main")
    ran = on.run("push", branch="hashpin/fix-main")
    assert (ran.operation, ran.code) == ("none", 1)
    assert on.repository.pulls == {}


def test_the_checkout_may_be_behind(on: Stage) -> None:
    behind = on.repository.tip("main")
    on.repository.commit("main", {"requirements.txt": STALE.encode()})
    ran = on.run("schedule", commit=behind)
    assert (ran.operation, ran.code) == ("created", 0)
    assert "which is not what is checked out" in ran.log


def test_what_only_the_checkout_has_is_told(on: Stage) -> None:
    on.repository.commit("main", {"requirements.txt": STALE.encode()})
    made = {"made/requirements.txt": BAD.encode()}
    ran = on.run("schedule", extra=made)
    assert (ran.operation, ran.code) == ("created", 3)
    assert re.search(r"file=made/requirements.txt::not checked: is not in commit \w{12}", ran.log)
    on.repository.commit("main", {"requirements.txt": FINE.encode()})
    assert on.run("schedule", extra=made).operation == "closed", "it has no say in what is left"


def test_a_repository_inside_of_ours_is_not_ours(on: Stage) -> None:
    """As a submodule: what stands there under a name of ours must not be taken for ours."""
    on.repository.commit("main", {"requirements.txt": STALE.encode()})
    inside = {"vendor/lib/.git": b"gitdir: elsewhere\n", "vendor/lib/requirements.txt": BAD.encode()}
    ran = on.run("schedule", extra=inside)
    assert (ran.operation, ran.code) == ("created", 3)
    assert on.repository.git("show", "hashpin/fix-main:requirements.txt") == FINE.encode()
    assert "file=vendor/lib/requirements.txt::not checked" in ran.log
    checked = on.run("schedule", extra=inside, inputs=CHECKING)
    files = {command.properties.get("file") for command in checked.commands if command.name == "error"}
    assert files == {"requirements.txt", "vendor/lib/requirements.txt"}


@pytest.mark.parametrize("depth", [None, 1], ids=["no history", "history"])
def test_a_checkout_below_the_workspace(on: Stage, depth: int | None) -> None:
    on.repository.commit("main", {"a/requirements.txt": STALE.encode()})
    ran = on.run("schedule", below="src", depth=depth)
    assert (ran.operation, ran.code) == ("created", 0)
    assert on.repository.git("show", "hashpin/fix-main:a/requirements.txt") == FINE.encode()


def test_files_as_the_commit_has_them_are_not_asked_for(indebted: Stage) -> None:
    more = {f"{letter}/requirements.txt": FINE.encode() + letter.encode() * 3 for letter in "abcdef"}
    indebted.repository.commit("main", more)
    pull = pulled(indebted, f"# more\n{BAD}".encode())
    ran = indebted.run("pull_request", pull=pull, inputs={**CHECKING, "only-changed": "true"})
    assert ran.code == 0
    assert len([request for request in indebted.hub.requests if "/git/blobs/" in request.path]) == 1


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"mode": "fix"}, "input mode: fix is none of check, pull-request"),
        ({"annotations": "all"}, "input annotations: all is none of commands, check-run, none"),
        ({"branch": "a..b"}, "input branch: a..b is no name that git takes for a branch"),
        ({"branch": "main"}, "input branch: main is the branch to be corrected"),
        ({"base": "-x"}, "input base: -x is no name that git takes for a branch"),
    ],
)
def test_wrong_inputs_are_named(on: Stage, inputs: dict[str, str], message: str) -> None:
    ran = on.run(inputs=inputs)
    assert ran.code == 2
    assert message in ran.commands[-1].data


def test_the_configuration_of_a_pull_request_counts_for_nothing(on: Stage) -> None:
    on.repository.commit("topic", {"hashpin.toml": b'[severity]\nunknown-hash = "off"\n'}, parent="main")
    pull = pulled(on, BAD.encode())
    ran = on.run("pull_request_target", pull=pull, commit=pull.head_sha, inputs=CHECKING)
    assert (ran.code, titles(ran)) == (1, ["unknown-hash"])


def test_the_base_is_not_the_pull_request(on: Stage) -> None:
    """The usual checkout of pull_request_target: nobody may take its green tick for one of the change."""
    pull = pulled(on, BAD.encode())
    ran = on.run("pull_request_target", pull=pull, commit=on.repository.tip("main"), depth=1, inputs=CHECKING)
    assert (ran.code, titles(ran), ran.outputs["verdict"]) == (3, ["unchecked"], "incomplete")
    assert "nothing of the pull request was checked" in ran.log


@pytest.mark.parametrize("place", ["detached", "on a branch"])
def test_a_checkout_of_the_head(indebted: Stage, place: str) -> None:
    """What the base has mended since is not of the pull request's doing."""
    pull = pulled(indebted, b"hello\n", "notes.txt")
    indebted.repository.commit("main", {"requirements.txt": FINE.encode()})
    branch = "topic" if place == "on a branch" else None
    inputs = {**CHECKING, "only-changed": "true"}
    ran = indebted.run("pull_request", pull=pull, commit=pull.head_sha, depth=1, on_branch=branch, inputs=inputs)
    assert (ran.code, titles(ran)) == (0, ["older findings"]), ran.log


def test_where_the_two_parted_cannot_be_known(indebted: Stage) -> None:
    pull = pulled(indebted, b"hello\n", "notes.txt")
    indebted.hub.fail("GET", "/repos/*/compare/*", status=502, times=-1)
    inputs = {**CHECKING, "only-changed": "true"}
    ran = indebted.run("pull_request", pull=pull, commit=pull.head_sha, depth=50, inputs=inputs)
    assert ran.code == 1
    assert "what this change brought in cannot be told, so everything counts" in ran.log


def test_a_run_for_a_review_opens_no_pull_request(on: Stage) -> None:
    on.repository.commit("main", {"requirements.txt": STALE.encode()})
    ran = on.run("push", environ={"GITHUB_EVENT_NAME": "pull_request_review", "GITHUB_REF": "refs/pull/3/merge"})
    assert (ran.operation, ran.code, on.repository.pulls) == ("none", 1, {})


def test_a_push_to_a_branch_of_ours_by_another_name(on: Stage) -> None:
    on.repository.commit("mend", {"requirements.txt": STALE.encode()}, parent="main")
    ran = on.run("push", branch="mend", inputs={"branch": "mend"})
    assert (ran.operation, ran.code) == ("none", 1)


def test_findings_stand_where_the_branch_has_them(on: Stage) -> None:
    """What is corrected moves lines; the branch is not corrected yet, and code scanning speaks of the branch."""
    on.repository.commit("main", {"requirements.txt": f"{STALE}other==2 --hash=sha256:{'e' * 64}\n".encode()})
    ran = on.run(inputs={"sarif-file": "../out.sarif"})
    assert (ran.operation, ran.code) == ("created", 1)
    (error,) = [command for command in ran.commands if command.name == "error"]
    assert error.properties["line"] == "4"
    (results,) = json.loads((on.folder / "job1" / "out.sarif").read_text())["runs"]
    assert sorted(
        result["locations"][0]["physicalLocation"]["region"]["startLine"] for result in results["results"]
    ) == [2, 4]


def test_what_is_left_as_it_is_is_told(on: Stage) -> None:
    on.repository.commit("main", {".github/workflows/requirements.txt": STALE.encode()})
    ran = on.run()
    assert (ran.operation, ran.code) == ("none", 1)
    assert ".github/workflows/requirements.txt: left as it is, because the job's token may change nothing" in ran.log


def test_suggestions_stay_where_the_index_does_not_answer(on: Stage) -> None:
    pull = pulled(on, STALE.encode())
    asked = {**CHECKING, "suggestions": "true"}
    on.run("pull_request", pull=pull, inputs=asked)
    down = {**asked, "index-url": "http://127.0.0.1:9/simple/", "timeout": "2"}
    ran = on.run("pull_request", pull=pull, inputs=down)
    assert ran.code == 3
    (thread,) = pull.threads
    assert not thread.resolved_by


# --- hostile changes -----------------------------------------------------------


@pytest.mark.parametrize("how", ["a new include", "no line at all"])
@pytest.mark.parametrize("depth", [None, 2])
def test_a_symlinked_folder_makes_no_old_debt(on: Stage, how: str, depth: int | None) -> None:
    """A file that nobody looks at has a forged hash; the change leads an include to it."""
    include = b"-r reqs/prod.txt\n"
    begin = {"requirements.txt": b"" if how == "a new include" else include, "docs/prod.txt": BAD.encode()}
    on.repository.commit("main", {**begin, "reqs/prod.txt": FINE.encode()})
    link = {"requirements.txt": include, "reqs/prod.txt": None, "reqs": b"docs"}
    on.repository.commit("topic", link, parent="main", modes={"reqs": "120000"})
    pull = on.repository.open_pull("topic")
    ran = on.run("pull_request", pull=pull, depth=depth, inputs={**CHECKING, "only-changed": "true"})
    assert (ran.code, titles(ran)) == (1, ["unknown-hash"]), ran.log


def test_an_old_file_that_is_newly_installed_is_new(on: Stage) -> None:
    on.repository.commit("main", {"tests/data/requirements.txt": BAD.encode()})
    pull = pulled(on, f"-r tests/data/requirements.txt\n{FINE}".encode())
    ran = on.run("pull_request", pull=pull, inputs={**CHECKING, "only-changed": "true"})
    assert (ran.code, "unknown-hash" in titles(ran)) == (1, True)


@pytest.mark.parametrize("end", ["\x0b", "\x0c", "\r"])
def test_white_space_that_brings_a_hash_to_life_is_a_change(on: Stage, end: str) -> None:
    dead = f"demo==2.0 --hash=sha256:{GOOD}{end}--hash=sha256:{FORGED}\n"
    on.repository.commit("main", {"requirements.txt": dead.encode()})
    pull = pulled(on, dead.replace(end, " ").encode())
    ran = on.run("pull_request", pull=pull, inputs={**CHECKING, "only-changed": "true"})
    assert ran.code == 1


@pytest.mark.parametrize("link", ["requirements.txt", "requirements"])
def test_no_symlink_leads_to_the_credentials_in_git(on: Stage, link: str) -> None:
    """actions/checkout keeps the token in .git/config where it is not told otherwise."""
    target = b".git/config" if link == "requirements.txt" else b".git"
    on.repository.commit("topic", {link: target}, parent="main", modes={link: "120000"})
    pull = on.repository.open_pull("topic")
    secret = {".git/config": f"AUTHORIZATION --hash=sha256:{FORGED}\n".encode()}
    for paths in (".", link):
        asked = {**CHECKING, "annotations": "check-run", "paths": paths}
        ran = on.run("pull_request", pull=pull, depth=1, extra=secret, inputs=asked)
        assert ran.code == 3
        assert "leads into .git, which may hold credentials" in str(on.repository.check_runs[-1].annotations)
    assert "AUTHORIZATION" not in str([run.annotations for run in on.repository.check_runs]) + ran.log + ran.summary


def test_what_the_checkout_lacks_is_found_in_the_branch(on: Stage) -> None:
    on.repository.commit("release", {"legacy-requirements.txt": BAD.encode()}, parent="main")
    ran = on.run("schedule", inputs={"base": "release"})
    assert (ran.operation, ran.code) == ("none", 1)
    on.repository.commit("release", {"legacy-requirements.txt": STALE.encode()})
    assert on.run("push", branch="release").operation == "created"
    again = on.run("schedule", inputs={"base": "release"})
    assert (again.operation, again.code) == ("none", 0), "it is the same job"


def test_a_pipe_in_the_history_holds_nobody_up(indebted: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hashpin.github.history._PATIENCE", 0.2)
    pull = pulled(indebted, f"{BAD}\n# more\n".encode())
    history = indebted.folder / "trap"
    history.mkdir()
    made = NearestCommit(pull.base_sha, history, lambda: connection(indebted))
    (history / ".git" / "objects" / pull.base_sha[:2]).mkdir(parents=True)
    os.mkfifo(history / ".git" / "objects" / pull.base_sha[:2] / pull.base_sha[2:])
    assert made.file("requirements.txt") is not None, "GitHub knows it, too"


def connection(on: Stage) -> Connection:
    return connect(on.hub.api_url, on.hub.token(on.repository, on.permissions), "org/repo", 30)


def test_the_token_is_masked_first(on: Stage) -> None:
    on.repository.commit("main", {"requirements.txt": STALE.encode()})
    ran = on.run()
    assert ran.commands[0].name == "add-mask"
    token = ran.commands[0].data
    rest = ran.log.split("\n", 1)[1]
    assert token not in rest + ran.summary + "".join(ran.outputs.values())
    (pull,) = on.repository.pulls.values()
    assert token not in (pull.body or "")


def test_every_permission_that_is_lacking_is_named_once(on: Stage) -> None:
    on.repository.commit("main", {"requirements.txt": STALE.encode()})
    for missing in ("contents", "pull_requests"):
        on.permissions = {name: level for name, level in ALL.items() if name != missing}
        ran = on.run()
        assert ran.operation == "refused"
        assert "permissions: {contents: write, pull-requests: write}" in ran.log, missing


# --- what stood before -------------------------------------------------------

ASIDE = f"# aside\n{BAD}".encode()


def explanations(ran: Ran) -> list[tuple[str, str]]:
    """The severities of unknown hashes, and how far each was explained."""
    removed = "so its file was probably removed"
    return [
        (command.name, "removed" if removed in command.data else "not explained")
        for command in ran.commands
        if "unknown-hash" in command.properties.get("title", "")
    ]


def accepted_alone(on: Stage) -> None:
    """main was clean, and then somebody let the hash in."""
    on.repository.commit("main", {"requirements.txt": BAD.encode()})


@pytest.mark.parametrize("depth", [None, 2, 10])
def test_what_the_base_has_may_have_been_removed(indebted: Stage, depth: int | None) -> None:
    pull = pulled(indebted, ASIDE)
    ran = indebted.run("pull_request", pull=pull, depth=depth, inputs=CHECKING)
    assert (ran.code, explanations(ran)) == (0, [("warning", "removed")])


def test_what_was_removed_is_old(indebted: Stage) -> None:
    ran = indebted.run("pull_request", pull=pulled(indebted, ASIDE), inputs={**CHECKING, "only-changed": "true"})
    assert (ran.outputs["warnings"], ran.outputs["errors"]) == ("0", "0")


@pytest.mark.parametrize("depth", [None, 10])
def test_what_the_change_brings_in_is_an_error(on: Stage, depth: int | None) -> None:
    ran = on.run("pull_request", pull=pulled(on, BAD.encode()), depth=depth, inputs=CHECKING)
    assert (ran.code, explanations(ran)) == (1, [("error", "not explained")])


def test_what_was_let_in_alone_is_an_error_where_the_history_is_known(on: Stage) -> None:
    accepted_alone(on)
    pull = pulled(on, ASIDE)
    assert on.run("pull_request", pull=pull, depth=10, inputs=CHECKING).code == 1
    ran = on.run("pull_request", pull=pull, depth=1, inputs=CHECKING)
    assert explanations(ran) == [("warning", "removed")], "without history nobody can tell"


@pytest.mark.parametrize("depth", [None, 1])
def test_a_push_starts_from_what_the_branch_was_at(indebted: Stage, depth: int | None) -> None:
    before = indebted.repository.tip("main")
    indebted.repository.commit("main", {"requirements.txt": ASIDE})
    payload = indebted.hub.event("push", indebted.repository) | {"before": before}
    ran = indebted.run("push", payload=payload, depth=depth, inputs=CHECKING)
    assert (ran.code, explanations(ran)) == (0, [("warning", "removed")])


def test_a_push_that_brings_it_in_is_an_error(on: Stage) -> None:
    before = on.repository.tip("main")
    accepted_alone(on)
    payload = on.hub.event("push", on.repository) | {"before": before}
    ran = on.run("push", payload=payload, depth=10, inputs=CHECKING)
    assert (ran.code, explanations(ran)) == (1, [("error", "not explained")])


@pytest.mark.parametrize(
    ("depth", "code", "said"), [(None, 1, ("error", "not explained")), (10, 0, ("warning", "removed"))]
)
def test_where_nothing_changes_only_the_history_tells(
    indebted: Stage, depth: int | None, code: int, said: tuple[str, str]
) -> None:
    """The very commit that is judged has the hash, of course."""
    ran = indebted.run("schedule", depth=depth, inputs=CHECKING)
    assert (ran.code, explanations(ran)) == (code, [said])


def test_a_pull_request_drops_what_was_removed(indebted: Stage) -> None:
    ran = indebted.run("schedule", depth=10)
    assert ran.operation == "created"
    branch = indebted.repository.git.blob("hashpin/fix-main:requirements.txt").decode()
    assert FORGED not in branch
    assert GOOD in branch


@pytest.mark.parametrize("depth", [None, 10])
def test_a_pull_request_drops_nothing_that_was_let_in_alone(on: Stage, depth: int | None) -> None:
    accepted_alone(on)
    ran = on.run("schedule", depth=depth)
    assert ran.operation in ("none", "")
    assert on.repository.tip("hashpin/fix-main") is None


def test_who_needs_nothing_asks_github_nothing(on: Stage) -> None:
    """Only the rules that compare publishers need what stood before a change that is otherwise fine."""
    off = b"[severity]\npublisher-changed = 'off'\nprovenance-lost = 'off'\n"
    on.repository.commit("main", {"hashpin.toml": off})
    pull = pulled(on, f"{FINE}other==2 --hash=sha256:{'2' * 64}\n".encode())
    for more, asks in (({"trust-config": "true"}, False), ({}, True)):
        asked = len(on.hub.requests)
        assert on.run("pull_request", pull=pull, inputs={**CHECKING, **more}).code == 0
        assert (len(on.hub.requests) > asked) is asks


def test_on_a_push_of_nothing_new_no_publisher_is_asked_for(on: Stage) -> None:
    serve(on.index, attested(), attested(repository="stranger/six"))
    on.repository.commit("main", {"requirements.txt": pin("2.0").encode()})
    assert on.run("schedule", inputs=CHECKING).code == 0
    assert not any("/integrity/" in request for request in on.index.requests)


@pytest.mark.parametrize("inputs", [{}, {"only-changed": "true"}])
def test_another_publisher_is_told_on_a_pull_request(on: Stage, inputs: Mapping[str, str]) -> None:
    serve(on.index, attested(), attested(repository="stranger/six"))
    on.repository.commit("main", {"requirements.txt": pin("1.0").encode()})
    pull = pulled(on, pin("2.0").encode())
    ran = on.run("pull_request", pull=pull, inputs={**CHECKING, **inputs})
    assert (ran.code, titles(ran)) == (0, ["publisher-changed"])
    assert "its GitHub repository was six/six and is stranger/six" in ran.log
    again = on.run("pull_request", pull=pulled(on, pin("1.0").encode()), inputs={**CHECKING, **inputs})
    assert (again.code, titles(again)) == (0, [])


def test_without_a_token_what_stood_before_is_not_known(indebted: Stage) -> None:
    ran = indebted.run("pull_request", pull=pulled(indebted, ASIDE), inputs={**CHECKING, "token": ""})
    assert (ran.code, explanations(ran)) == (1, [("error", "not explained")])
    assert "what stood before this change is not known: GitHub cannot be asked without a token" in ran.log
