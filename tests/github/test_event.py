"""What the runner tells of each event, as the stand-in's GitHub spells it; and whatever else it may say."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashpin.github.event import Event, PullRequest, read
from tests.github.standin import GitHub
from tests.github.store import Repository

RUNNER = {
    "GITHUB_REPOSITORY": "o/r",
    "GITHUB_SHA": "c" * 40,
    "GITHUB_ACTOR": "jo",
    "GITHUB_API_URL": "https://github.example/api/v3",
    "GITHUB_SERVER_URL": "https://github.example/",
    "GITHUB_RUN_ID": "7",
}


@pytest.fixture
def repository(hub: GitHub) -> Repository:
    made = hub.repository("o/r", {"requirements.txt": b"six==1.0\n"}, default_branch="trunk")
    made.commit("feature", {"requirements.txt": b"six==2.0\n"})
    return made


def told(hub: GitHub, name: str, repository: Repository, ref: str = "refs/heads/trunk", **more: Any) -> Event:
    environ = RUNNER | {"GITHUB_EVENT_NAME": name, "GITHUB_REF": ref}
    return read(environ, json.dumps(hub.event(name, repository, **more)))


@pytest.mark.parametrize("name", ["push", "schedule", "workflow_dispatch"])
def test_events_of_the_repository_itself(hub: GitHub, repository: Repository, name: str) -> None:
    event = told(hub, name, repository, branch="trunk")
    assert (event.name, event.repository, event.branch, event.default_branch) == (name, "o/r", "trunk", "trunk")
    assert event.own
    assert event.trusted_checkout
    assert (event.pull_request, event.read_only, event.changes_from) == (None, None, None)
    assert (event.sha, event.unmerged) == ("c" * 40, False)


def test_a_branch_has_slashes_and_a_tag_is_none(hub: GitHub, repository: Repository) -> None:
    assert told(hub, "push", repository, "refs/heads/a/b").branch == "a/b"
    assert told(hub, "push", repository, "refs/tags/v1").branch is None


@pytest.mark.parametrize(("name", "trusted"), [("pull_request", True), ("pull_request_target", False)])
def test_a_pull_request_of_the_same_repository(hub: GitHub, repository: Repository, name: str, trusted: bool) -> None:
    pull = repository.open_pull("feature")
    event = told(hub, name, repository, f"refs/pull/{pull.number}/merge", pull=pull)
    assert event.pull_request == PullRequest(pull.number, pull.base_sha, pull.head_sha, fork=False)
    assert (event.own, event.trusted_checkout, event.read_only) == (False, trusted, None)
    assert (event.branch, event.changes_from) == (None, pull.base_sha)


@pytest.mark.parametrize("gone", [False, True])
@pytest.mark.parametrize(("name", "read_only"), [("pull_request", True), ("pull_request_target", False)])
def test_a_fork(hub: GitHub, repository: Repository, name: str, read_only: bool, gone: bool) -> None:
    """A fork of the same owner is one, too, and so is one that was deleted since."""
    fork = repository.fork("o/r2")
    fork.commit("feature", {"requirements.txt": b"six==3.0\n"})
    pull = repository.open_pull("feature", fork=fork)
    if gone:
        fork.delete()
    event = told(hub, name, repository, pull=pull)
    assert event.pull_request is not None
    assert event.pull_request.fork
    assert event.read_only == ("the pull request comes from a fork" if read_only else None)
    assert not event.own


def test_dependabot(hub: GitHub, repository: Repository) -> None:
    """Its branches are the repository's own: that its token is read-only shows only when it is refused."""
    pull = repository.open_pull("feature", login="dependabot[bot]")
    environ = RUNNER | {"GITHUB_EVENT_NAME": "pull_request", "GITHUB_ACTOR": "dependabot[bot]"}
    event = read(environ, json.dumps(hub.event("pull_request", repository, pull=pull)))
    assert event.pull_request is not None
    assert event.unmerged
    assert (event.pull_request.fork, event.read_only) == (False, None)


def test_a_merge_group(hub: GitHub, repository: Repository) -> None:
    event = told(hub, "merge_group", repository, branch="trunk", pull=repository.open_pull("feature"))
    assert (event.changes_from, event.pull_request) == (repository.tip("trunk"), None)
    assert (event.own, event.trusted_checkout, event.unmerged) == (True, True, True), "a maintainer has queued it"


@pytest.mark.parametrize("name", ["pull_request_review", "pull_request_review_comment", "check_run"])
def test_whatever_is_about_a_pull_request_is_not_merged(name: str) -> None:
    assert read(RUNNER | {"GITHUB_EVENT_NAME": name, "GITHUB_REF": "refs/pull/3/merge"}, "").unmerged


def test_a_workflow_run_is_trusted_with_nothing(hub: GitHub, repository: Repository) -> None:
    event = told(hub, "workflow_run", repository, pull=repository.open_pull("feature"))
    assert (event.own, event.trusted_checkout, event.pull_request, event.changes_from) == (False, False, None, None)


def test_addresses() -> None:
    there = read(RUNNER, "{}")
    assert (there.api_url, there.server_url) == ("https://github.example/api/v3", "https://github.example")
    assert there.run_url == "https://github.example/o/r/actions/runs/7"
    here = read({}, "")
    assert (here.api_url, here.server_url) == ("https://api.github.com", "https://github.com")
    assert (here.name, here.repository, here.sha, here.run_url, here.own) == ("", None, None, None, False)


@pytest.mark.parametrize("name", ["o", "o/r/x", "../r?x=1", "o/r\nx", "", "o r/x"])
def test_what_is_no_repository(name: str) -> None:
    assert read({"GITHUB_REPOSITORY": name}, "").repository is None


@pytest.mark.parametrize("sha", ["0" * 40, "c" * 39, "C" * 40, "main", "c" * 40 + "\n"])
def test_what_is_no_commit(sha: str) -> None:
    assert read({"GITHUB_SHA": sha}, "").sha is None


@pytest.mark.parametrize("payload", ["", "null", "[]", "1", '"x"', "{", "[" * 200_000, '{"a":' * 100_000])
def test_a_payload_that_is_none(payload: str) -> None:
    assert read(RUNNER | {"GITHUB_EVENT_NAME": "pull_request"}, payload).pull_request is None


LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.lists(st.none(), max_size=1)
SHAS = st.just("a" * 40) | st.sampled_from(["0" * 40, "A" * 40]) | LEAVES
REPOS = st.fixed_dictionaries({"id": st.sampled_from([1, 2]) | LEAVES}) | st.none() | LEAVES
SIDES = st.fixed_dictionaries({"sha": st.just("a" * 40), "ref": st.just("main"), "repo": REPOS}) | (
    st.fixed_dictionaries({}, optional={"sha": SHAS, "ref": LEAVES, "repo": REPOS}) | LEAVES
)
NUMBERS = st.just(1) | st.sampled_from([True, 0, -1]) | LEAVES
PULLS = st.fixed_dictionaries({"number": NUMBERS, "base": SIDES, "head": SIDES}) | LEAVES
PAYLOADS = st.fixed_dictionaries(
    {},
    optional={
        "pull_request": PULLS,
        "repository": st.fixed_dictionaries({}, optional={"default_branch": LEAVES}) | LEAVES,
        "merge_group": st.fixed_dictionaries({}, optional={"base_sha": LEAVES}) | LEAVES,
    },
)
NAMES = st.sampled_from(["push", "pull_request", "pull_request_target", "merge_group", "workflow_run", ""]) | st.text()
ENVIRON = st.fixed_dictionaries({"GITHUB_EVENT_NAME": NAMES}, optional=dict.fromkeys(RUNNER, st.text()))


@given(ENVIRON, PAYLOADS | st.dictionaries(st.text(), LEAVES))
def test_nothing_that_it_says_stops_the_run(environ: dict[str, str], payload: dict[str, Any]) -> None:
    event = read(environ, json.dumps(payload))
    assert event.repository is None or event.repository.count("/") == 1
    assert event.default_branch is None or event.default_branch


@given(NUMBERS, SIDES, SIDES)
def test_a_pull_request_is_whole_or_none(number: Any, base: Any, head: Any) -> None:
    told = {"number": number, "base": base, "head": head}
    found = read({"GITHUB_EVENT_NAME": "pull_request"}, json.dumps({"pull_request": told})).pull_request
    if found:
        assert type(found.number) is int
        assert found.number > 0
        assert found.head_sha == found.base_sha == "a" * 40
        repos = [side.get("repo") for side in (base, head)]
        ids = [repo["id"] if isinstance(repo, dict) else None for repo in repos]
        assert found.fork is (ids[0] is None or ids[0] != ids[1])


def test_a_pull_request_without_a_part_is_none() -> None:
    side = {"sha": "a" * 40, "ref": "main", "repo": {"id": 1}}
    whole: dict[str, Any] = {"number": 1, "base": side, "head": side}
    environ = {"GITHUB_EVENT_NAME": "pull_request"}
    assert read(environ, json.dumps({"pull_request": whole})).pull_request
    parts: list[dict[str, Any]] = [{key: None} for key in whole]
    for part in (*parts, {"number": True}, {"number": "1"}, {"base": {**side, "sha": ""}}):
        assert read(environ, json.dumps({"pull_request": whole | part})).pull_request is None, part


@given(st.text())
def test_no_text_of_a_payload_stops_the_run(payload: str) -> None:
    assert read(RUNNER, payload).pull_request is None
