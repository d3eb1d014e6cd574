"""Check runs: every annotation in one, whatever happens in between, and none left in progress."""

from __future__ import annotations

import time
from typing import Any

import pytest
from msgspec.structs import replace

from hashpin.github import check_run
from hashpin.github.check_run import Conclusion, Outcome, Words
from hashpin.github.connection import Connection, connect
from hashpin.github.event import Event, PullRequest
from hashpin.github.refusals import Kind
from hashpin.model import Annotation, Severity
from hashpin.outputs import annotated, workflow_commands
from hashpin.outputs.places import counts
from tests import runner
from tests.github import rules
from tests.github.standin import GitHub
from tests.github.store import CheckRun, Repository
from tests.outputs import sample

WORDS = Words("hashpin", "2 errors", "## hashpin\n\nA table.\n")
RUNS, RUN = "/repos/o/r/check-runs", "/repos/o/r/check-runs/*"


@pytest.fixture
def repository(hub: GitHub) -> Repository:
    return hub.repository("o/r", {"requirements.txt": b"six==1.0\n"})


@pytest.fixture
def connection(hub: GitHub, repository: Repository) -> Connection:
    token = hub.token(repository, {"contents": "read", "checks": "write"})
    return connect(hub.api_url, token, "o/r", 30, pause=0)


def some(count: int) -> list[Annotation]:
    return [Annotation(Severity.ERROR, "hashpin: x", f"number {n}", "requirements.txt", 1, 1) for n in range(count)]


def publish(connection: Connection, repository: Repository, annotations: list[Annotation]) -> Outcome:
    sha = repository.tip("main")
    assert sha
    return check_run.publish(connection, sha, annotations, WORDS, Conclusion.FAILURE)


def only(repository: Repository) -> CheckRun:
    (run,) = repository.check_runs
    assert (run.status, run.conclusion) == ("completed", "failure")
    assert run.head_sha == repository.tip("main")
    return run


def messages(run: CheckRun) -> list[object]:
    return [annotation["message"] for annotation in run.annotations]


@pytest.mark.parametrize(("count", "requests"), [(0, 1), (1, 1), (50, 1), (51, 2), (100, 2), (120, 3)])
def test_batches(hub: GitHub, repository: Repository, connection: Connection, count: int, requests: int) -> None:
    outcome = publish(connection, repository, some(count))
    run = only(repository)
    assert messages(run) == [f"number {n}" for n in range(count)]
    assert (outcome.shown, outcome.refusal) == (count, None)
    assert outcome.url.startswith(hub.server_url)
    assert (run.title, run.summary) == ("2 errors", WORDS.summary)
    concluding = ["conclusion" in request.body for request in hub.requests]
    assert concluding == [False] * (requests - 1) + [True]


def test_no_more_than_a_run_is_given(repository: Repository, connection: Connection) -> None:
    outcome = publish(connection, repository, some(check_run.MOST + 1))
    assert len(only(repository).annotations) == outcome.shown == check_run.MOST
    assert outcome.refusal is not None
    assert "no more than 1,000 annotations" in str(outcome.refusal)


def test_what_an_annotation_says(repository: Repository, connection: Connection) -> None:
    hostile = Annotation(Severity.NOTE, "t\u202e" * 300, "ä" * 70_000, "a\nb\udc80.txt", 3, 3, (5, 21))
    several = Annotation(Severity.WARNING, "t", "m", "r.txt", 2, 4)
    whole = Annotation(Severity.ERROR, "t", "m", "r.txt")
    publish(connection, repository, [hostile, several, whole])
    first, second, third = only(repository).annotations
    assert (first["path"], first["annotation_level"]) == ("a\\nb\\udc80.txt", "notice")
    assert (first["start_line"], first["end_line"], first["start_column"], first["end_column"]) == (3, 3, 5, 21)
    assert len(str(first["title"])) == 255
    assert len(str(first["message"]).encode()) == 64 * 1024
    assert "raw_details" not in first, "a line of a file that only looks like ours may hold anything"
    assert second == {
        "path": "r.txt",
        "start_line": 2,
        "end_line": 4,
        "annotation_level": "warning",
        "title": "t",
        "message": "m",
    }
    assert (third["start_line"], third["end_line"], third["annotation_level"]) == (1, 1, "failure")


def test_a_long_summary_is_cut_at_a_line(repository: Repository, connection: Connection) -> None:
    sha = repository.tip("main") or ""
    words = replace(WORDS, title="ä" * 300, summary="| ä |\n" * 20_000)
    assert check_run.publish(connection, sha, [], words, Conclusion.FAILURE).refusal is None
    run = only(repository)
    assert run.summary
    assert len(run.summary.encode()) <= 65_535
    assert run.summary.endswith("| ä |\n\nThe rest is in the job summary.\n")
    assert set(run.summary.splitlines()) == {"| ä |", "", "The rest is in the job summary."}


FAULTS = [
    pytest.param("POST", RUNS, 502, True, 120, 120, id="made, though GitHub says 502"),
    pytest.param("POST", RUNS, 0, True, 120, 120, id="made, though the connection was lost"),
    pytest.param("PATCH", RUN, 502, True, 120, 120, id="added, though GitHub says 502"),
    pytest.param("PATCH", RUN, 0, False, 120, 120, id="not added, so added again"),
    pytest.param("PATCH", RUN, 503, False, 120, 120, id="not added with 503"),
]


@pytest.mark.parametrize(("method", "path", "status", "after", "count", "shown"), FAULTS)
def test_a_fault_in_the_middle_changes_nothing(
    hub: GitHub,
    repository: Repository,
    connection: Connection,
    method: str,
    path: str,
    status: int,
    after: bool,
    count: int,
    shown: int,
) -> None:
    hub.fail(method, path, status=status, after=after)
    outcome = publish(connection, repository, some(count))
    assert (outcome.shown, outcome.refusal) == (shown, None)
    assert messages(only(repository)) == [f"number {n}" for n in range(count)]


def test_a_fault_that_stays_concludes_what_is_there(
    hub: GitHub, repository: Repository, connection: Connection
) -> None:
    hub.fail("PATCH", RUN, status=502, containing='"annotations"', times=-1)
    outcome = publish(connection, repository, some(120))
    run = only(repository)
    assert len(run.annotations) == outcome.shown == 50
    assert outcome.refusal is not None
    assert outcome.refusal.kind is Kind.FAULT
    assert run.summary
    assert "Only the first 50 annotations could be shown here" in run.summary


def test_a_refusal_in_the_middle_concludes_what_is_there(
    hub: GitHub, repository: Repository, connection: Connection
) -> None:
    hub.refuse("PATCH", RUN, rules.invalid("CheckRun", "annotations"))
    outcome = publish(connection, repository, some(120))
    assert len(only(repository).annotations) == outcome.shown == 50
    assert outcome.refusal is not None
    assert outcome.refusal.kind is Kind.INVALID


def test_the_deadline_leaves_time_to_conclude(hub: GitHub, repository: Repository, connection: Connection) -> None:
    soon = replace(connection, until=time.monotonic() + 0.5)
    hub.before("PATCH", RUN, lambda: time.sleep(1))
    outcome = publish(soon, repository, some(200))
    # What GitHub takes in late is shown twice: here, and in the log.
    assert outcome.shown == 50
    assert outcome.refusal is not None
    assert only(repository).status == "completed"


def test_a_cancelled_job_leaves_nothing_in_progress(
    repository: Repository, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[str] = []
    write = Connection.write

    def cancelled(self: Connection, verb: str, *rest: Any, **more: Any) -> Any:
        written.append(verb)
        if len(written) == 2:
            raise KeyboardInterrupt
        return write(self, verb, *rest, **more)

    monkeypatch.setattr(Connection, "write", cancelled)
    with pytest.raises(KeyboardInterrupt):
        publish(connection, repository, some(120))
    assert len(only(repository).annotations) == 50


def test_what_cannot_be_concluded_is_said(hub: GitHub, repository: Repository, connection: Connection) -> None:
    hub.fail("PATCH", RUN, status=502, times=-1)
    outcome = publish(connection, repository, some(120))
    assert outcome.shown == 50
    assert "and the check run could not be concluded" in str(outcome.refusal)


def test_nothing_made_at_all(hub: GitHub, repository: Repository, connection: Connection) -> None:
    hub.fail("POST", RUNS, status=502, times=-1)
    outcome = publish(connection, repository, some(3))
    assert (outcome.shown, outcome.url, repository.check_runs) == (0, "", [])
    assert len(hub.requests.writes) == 1, "a run that may have been made is not made again"


@pytest.mark.parametrize("permissions", [{"contents": "read"}, {"contents": "read", "checks": "read"}])
def test_a_read_only_token_falls_back_to_the_log(
    hub: GitHub, repository: Repository, permissions: dict[str, str]
) -> None:
    """Tested for effect: every annotation is in the log where the check run was refused."""
    connection = connect(hub.api_url, hub.token(repository, permissions), "o/r", 30, pause=0)
    report = sample.report()
    annotations = annotated.of(report)
    outcome = publish(connection, repository, list(annotations))
    assert (outcome.shown, repository.check_runs) == (0, [])
    assert outcome.refusal is not None
    assert outcome.refusal.remedy == "give the job `permissions: {contents: read, checks: write}`"
    log = workflow_commands.spelled(annotations[outcome.shown :], counts(report))
    assert log == workflow_commands.render(report)
    assert [command.name for command in runner.commands(log)] == ["error"] * 4 + ["warning", "notice"]


def test_what_a_cut_run_lacks_is_in_the_log(hub: GitHub, repository: Repository, connection: Connection) -> None:
    hub.refuse("PATCH", RUN, rules.invalid("CheckRun", "annotations"))
    annotations = some(55)
    outcome = publish(connection, repository, annotations)
    log = workflow_commands.spelled(annotations[outcome.shown :], "55 errors")
    assert [command.data for command in runner.commands(log)] == [f"number {n}" for n in range(50, 55)]


PULL = PullRequest(3, "a" * 40, "b" * 40, fork=False)


def test_the_commit_and_what_hinders() -> None:
    assert check_run.commit(Event("pull_request", sha="c" * 40, pull_request=PULL)) == "b" * 40
    assert check_run.commit(Event("push", sha="c" * 40)) == "c" * 40
    assert check_run.hindrance(Event("push", sha="c" * 40)) is None
    assert "names no commit" in str(check_run.hindrance(Event("push")))
    fork = check_run.hindrance(Event("pull_request", pull_request=replace(PULL, fork=True)))
    assert fork is not None
    assert "comes from a fork" in fork.reason
    assert "{contents: read, checks: write}" in fork.remedy
