"""Suggestions: a click on each makes the corrected file, none is made twice, and strangers move nothing."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from hashpin.diff import hunks
from hashpin.github import suggestions
from hashpin.github.connection import Connection, connect
from hashpin.github.event import Event, PullRequest
from hashpin.github.refusals import Kind
from hashpin.github.suggestions import Outcome, Suggestion, suggest
from hashpin.outputs import markup
from hashpin.text import Hunk, Span
from tests.github import rules
from tests.github.standin import GitHub
from tests.github.store import Pull, Repository, ReviewComment
from tests.outputs.test_patch import HOSTILE

READER = MarkdownIt("gfm-like", {"linkify": False})
PATH = "requirements/dev.txt"
REVIEWS = "/repos/o/r/pulls/*/reviews"
BASE = "".join(f"# {number}\n" for number in range(30))
PINS = "alpha==1.0 \\\n    --hash=sha256:aa\nbeta==2.0 \\\n    --hash=sha256:bb\n"
FIXED = PINS.replace("aa", "a0 \\\n    --hash=sha256:a1").replace("bb", "b0")


@pytest.fixture
def repository(hub: GitHub) -> Repository:
    return hub.repository("o/r", {PATH: BASE.encode()})


@pytest.fixture
def connection(hub: GitHub, repository: Repository) -> Connection:
    return allowed(hub, repository, contents="read", pull_requests="write")


def allowed(hub: GitHub, repository: Repository, **permissions: str) -> Connection:
    return connect(hub.api_url, hub.token(repository, permissions), "o/r", 30, pause=0)


def opened(repository: Repository, text: str = BASE + PINS) -> Pull:
    repository.commit("feature", {PATH: text.encode()})
    return repository.open_pull("feature")


def event(pull: Pull) -> PullRequest:
    return PullRequest(pull.number, pull.base_sha, pull.head_sha, fork=False)


def wanted(before: str, after: str, message: str = "these are the hashes of another version") -> list[Suggestion]:
    pins = [Span(before.index(name), before.index(name) + 20) for name in ("alpha", "beta") if name in before]
    return [Suggestion(PATH, hunk, message) for hunk in hunks(before, after, pins)]


def run(connection: Connection, pull: Pull, corrections: Sequence[Suggestion]) -> Outcome:
    return suggest(connection, event(pull), corrections, markup.text)


def clicked(text: str, comments: Sequence[ReviewComment]) -> str:
    """What GitHub would write if somebody took each suggestion."""
    lines = text.splitlines(keepends=True)
    for comment in sorted(comments, key=lambda comment: -comment.line):
        (fence,) = [token for token in READER.parse(comment.body) if token.type == "fence"]
        assert fence.info == "suggestion"
        lines[(comment.start_line or comment.line) - 1 : comment.line] = [fence.content]
    return "".join(lines)


def test_a_click_on_each_makes_the_corrected_file(hub: GitHub, repository: Repository, connection: Connection) -> None:
    pull = opened(repository)
    outcome = run(connection, pull, wanted(BASE + PINS, BASE + FIXED))
    assert (outcome.made, outcome.left, outcome.refusal) == (2, 0, None)
    assert outcome.url.startswith(hub.server_url)
    assert clicked(BASE + PINS, pull.review_comments) == BASE + FIXED
    (review,) = pull.reviews
    assert (review.state, review.commit) == ("COMMENTED", pull.head_sha)
    assert pull.review_comments[0].body.endswith(
        " -->\nhashpin: these are the hashes of another version\n\n"
        "```suggestion\n    --hash=sha256:a0 \\\n    --hash=sha256:a1\n```\n"
    )


def test_the_next_run_writes_nothing(hub: GitHub, repository: Repository, connection: Connection) -> None:
    pull = opened(repository)
    run(connection, pull, wanted(BASE + PINS, BASE + FIXED))
    hub.requests.clear()
    outcome = run(connection, pull, wanted(BASE + PINS, BASE + FIXED, "said in other words"))
    assert (outcome.made, outcome.kept, outcome.left) == (0, 2, 0)
    assert hub.requests.writes == []
    assert str(outcome) == "suggestions: 2 there already"


def test_the_next_run_after_lines_above_came_in(repository: Repository, connection: Connection) -> None:
    pull = opened(repository)
    run(connection, pull, wanted(BASE + PINS, BASE + FIXED))
    above = "# new\n" + BASE
    repository.commit("feature", {PATH: (above + PINS).encode()})
    assert run(connection, pull, wanted(above + PINS, above + FIXED)).kept == 2


@pytest.mark.parametrize("contents", ["write", "read"])
def test_what_does_not_hold_any_more_is_closed(hub: GitHub, repository: Repository, contents: str) -> None:
    """Resolved, or hidden where the token may not resolve."""
    connection = allowed(hub, repository, contents=contents, pull_requests="write")
    pull = opened(repository)
    run(connection, pull, wanted(BASE + PINS, BASE + FIXED))
    half = BASE + FIXED.replace("b0", "bb")
    repository.commit("feature", {PATH: half.encode()})
    outcome = run(connection, pull, wanted(half, BASE + FIXED))
    assert (outcome.made, outcome.kept, outcome.closed, outcome.not_closed) == (0, 1, 1, None)
    alpha, beta = pull.threads
    assert beta.resolved_by is None
    assert beta.comments[0].minimized is None
    assert alpha.resolved_by == ("github-actions[bot]" if contents == "write" else None)
    assert alpha.comments[0].minimized == (None if contents == "write" else "outdated")
    hub.requests.clear()
    assert run(connection, pull, wanted(half, BASE + FIXED)).closed == 0
    assert hub.requests.writes == []


def test_all_is_closed_where_nothing_is_wanted(repository: Repository, connection: Connection) -> None:
    pull = opened(repository)
    run(connection, pull, wanted(BASE + PINS, BASE + FIXED))
    assert run(connection, pull, []).closed == 2


def test_what_cannot_be_closed_is_said(hub: GitHub, repository: Repository, connection: Connection) -> None:
    pull = opened(repository)
    run(connection, pull, wanted(BASE + PINS, BASE + FIXED))
    hub.fail("POST", "/graphql", status=502, containing="mutation", times=-1)
    outcome = run(connection, pull, [])
    assert outcome.closed == 0
    assert outcome.not_closed is not None
    assert "some of an earlier run stay open" in str(outcome)


def test_a_person_resolved_it_and_is_not_asked_again(repository: Repository, connection: Connection) -> None:
    pull = opened(repository)
    run(connection, pull, wanted(BASE + PINS, BASE + FIXED))
    for thread in pull.threads:
        thread.resolved_by = "jo"
    assert run(connection, pull, wanted(BASE + PINS, BASE + FIXED)).kept == 2
    assert {thread.resolved_by for thread in pull.threads} == {"jo"}


def test_a_stranger_copies_our_marker(hub: GitHub, repository: Repository, connection: Connection) -> None:
    """It keeps no suggestion of ours away, and nothing of anybody else's is closed."""
    pull = opened(repository)
    run(connection, pull, wanted(BASE + PINS, BASE + FIXED))
    for comment in pull.review_comments:
        comment.login = "mallory"
    outcome = run(connection, pull, wanted(BASE + PINS, BASE + FIXED))
    assert (outcome.made, outcome.kept, outcome.closed) == (2, 0, 0)
    run(connection, pull, [])
    strangers = [thread for thread in pull.threads if thread.comments[0].login == "mallory"]
    assert [(thread.resolved_by, thread.comments[0].minimized) for thread in strangers] == [(None, None)] * 2


def test_another_comment_by_the_same_token(repository: Repository, connection: Connection) -> None:
    """Another action that quotes us: a marker counts only where the comment begins with it."""
    pull = opened(repository)
    run(connection, pull, wanted(BASE + PINS, BASE + FIXED))
    for comment in pull.review_comments:
        comment.body = f"> quoted\n{comment.body}"
    outcome = run(connection, pull, [])
    assert outcome.closed == 0


def test_only_lines_that_the_pull_request_shows(repository: Repository, connection: Connection) -> None:
    repository.commit("main", {PATH: (PINS + BASE).encode()})
    pull = opened(repository, PINS + BASE + "gamma==3.0\n")
    after = FIXED + BASE + "gamma==4.0\n"
    outcome = run(connection, pull, wanted(PINS + BASE + "gamma==3.0\n", after))
    assert (outcome.made, outcome.outside, outcome.left) == (1, 2, 2)
    assert [comment.line for comment in pull.review_comments] == [35]


def test_lines_of_two_parts_of_the_diff(repository: Repository, connection: Connection) -> None:
    """GitHub refuses a comment over lines of two parts, and with it the whole review."""
    changed = BASE.replace("# 2\n", "# two\n").replace("# 25\n", "# twenty-five\n")
    pull = opened(repository, changed)
    lines = tuple(changed.splitlines(keepends=True))
    across = Suggestion(PATH, Hunk(3, lines[2:26], ("a\n",)), "m")
    within = Suggestion(PATH, Hunk(26, lines[25:26], ("a\n",)), "m")
    outcome = run(connection, pull, [across, within])
    assert (outcome.made, outcome.outside) == (1, 1)


def test_another_commit_was_judged(repository: Repository, connection: Connection) -> None:
    """The runner's merge has lines that the pull request's own commit has elsewhere."""
    pull = opened(repository)
    merged = "# of the base branch\n" + BASE + PINS
    outcome = run(connection, pull, wanted(merged, "# of the base branch\n" + BASE + FIXED))
    assert (outcome.made, outcome.outside) == (0, 2)


def test_a_file_whose_diff_is_too_large(hub: GitHub, repository: Repository, connection: Connection) -> None:
    pull = opened(repository)
    hub.fail("GET", "*/files", status=200, body=[{"filename": PATH}, {"filename": 1}, None])
    outcome = run(connection, pull, wanted(BASE + PINS, BASE + FIXED))
    assert (outcome.made, outcome.outside) == (0, 2)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a==1\r\n", "a==2\r\n"),
        ("a==1", "a==2"),
        ("a==1 # \u202e\n", "a==2 # \u202e\n"),
        ("a @ https://u:hunter2@h.example/a#1\n", "a @ https://u:hunter2@h.example/a#2\n"),
        ("a==1 # \x0c\n", "a==2 # \x0c\n"),
        ("a==1\n", f"a==2 # {'x' * 70_000}\n"),
    ],
)
def test_what_github_would_not_write_as_meant(
    repository: Repository, connection: Connection, before: str, after: str
) -> None:
    pull = opened(repository, BASE + before)
    outcome = run(connection, pull, wanted(BASE + before, BASE + after))
    assert (outcome.made, outcome.unfit, pull.reviews) == (0, 1, [])


def test_thirty_in_a_review_and_the_rest_in_the_next(repository: Repository, connection: Connection) -> None:
    before = "".join(f"p{number}==1\n\n" for number in range(35))
    pull = opened(repository, before)
    after = before.replace("==1", "==2")
    first = run(connection, pull, wanted(before, after))
    assert (first.made, first.over, first.left) == (30, 5, 5)
    assert "5 for the next run" in str(first)
    second = run(connection, pull, wanted(before, after))
    assert (second.made, second.kept, second.over) == (5, 30, 0)
    assert clicked(before, pull.review_comments) == after


@pytest.mark.parametrize(
    "permissions", [{"contents": "read"}, {"contents": "read", "pull_requests": "read"}, {"metadata": "read"}]
)
def test_a_read_only_token(hub: GitHub, repository: Repository, permissions: dict[str, str]) -> None:
    pull = opened(repository)
    outcome = run(allowed(hub, repository, **permissions), pull, wanted(BASE + PINS, BASE + FIXED))
    assert (outcome.made, outcome.left, pull.reviews) == (0, 2, [])
    assert outcome.refusal is not None
    assert outcome.refusal.remedy == "give the job `permissions: {contents: read, pull-requests: write}`"


def test_made_though_github_says_it_failed(hub: GitHub, repository: Repository, connection: Connection) -> None:
    pull = opened(repository)
    hub.fail("POST", REVIEWS, status=502, after=True)
    outcome = run(connection, pull, wanted(BASE + PINS, BASE + FIXED))
    assert (outcome.made, outcome.refusal, len(pull.reviews)) == (2, None, 1)


def test_not_made_and_not_tried_twice(hub: GitHub, repository: Repository, connection: Connection) -> None:
    pull = opened(repository)
    hub.fail("POST", REVIEWS, status=502)
    outcome = run(connection, pull, wanted(BASE + PINS, BASE + FIXED))
    assert (outcome.made, outcome.left, pull.reviews) == (0, 2, [])
    assert outcome.refusal is not None
    assert outcome.refusal.kind is Kind.FAULT


def test_github_refuses_a_line(hub: GitHub, repository: Repository, connection: Connection) -> None:
    pull = opened(repository)
    hub.refuse(
        "POST", REVIEWS, rules.invalid("PullRequestReviewComment", "line", "custom", "Line could not be resolved")
    )
    outcome = run(connection, pull, wanted(BASE + PINS, BASE + FIXED))
    assert (outcome.made, outcome.left) == (0, 2)
    assert "Line could not be resolved" in str(outcome)


def test_somebody_pushed_since(hub: GitHub, repository: Repository, connection: Connection) -> None:
    pull = opened(repository)
    before = event(pull)
    repository.commit("feature", {"other.txt": b"x\n"})
    outcome = suggest(connection, before, wanted(BASE + PINS, BASE + FIXED), markup.text)
    assert outcome.refusal is not None
    assert outcome.refusal.kind is Kind.STALE
    assert hub.requests.writes == []


@pytest.mark.parametrize(
    "body",
    [{"data": None}, {"data": {"repository": None}}, {"data": {"repository": {"pullRequest": []}}}, [], "<html>", {}],
)
def test_answers_that_make_no_sense(hub: GitHub, repository: Repository, connection: Connection, body: Any) -> None:
    pull = opened(repository)
    hub.fail("POST", "/graphql", status=200, body=body, times=-1)
    outcome = run(connection, pull, wanted(BASE + PINS, BASE + FIXED))
    assert outcome.refusal is not None
    assert outcome.refusal.kind is Kind.FAULT
    assert pull.reviews == []


def test_many_conversations(hub: GitHub, repository: Repository, connection: Connection) -> None:
    """Ours is found behind those of others."""
    pull = opened(repository)
    run(connection, pull, wanted(BASE + PINS, BASE + FIXED))
    ours = list(pull.threads)
    other = dataclasses.replace(pull.review_comments[0], body="hello", login="jo")
    pull.threads[:] = [dataclasses.replace(ours[0], id=f"other {n}", comments=[other]) for n in range(250)] + ours
    hub.requests.clear()
    assert run(connection, pull, wanted(BASE + PINS, BASE + FIXED)).kept == 2
    assert sum(request.path == "/graphql" for request in hub.requests) == 3


@given(HOSTILE | st.sampled_from(["- a", "1. a", "    a", "# a", "> a", "---", "```"]), HOSTILE)
def test_hostile_texts_are_text(message: str, line: str) -> None:
    suggestion = Suggestion("r.txt", Hunk(1, ("a\n",), (f"{line}\n".replace("\n", " ").strip() + "\n",)), message)
    body = suggestions._Comment.of(suggestion, markup.text).body
    tokens = READER.parse(body)
    (fence,) = [token for token in tokens if token.type == "fence"]
    if suggestions._writable(suggestion.hunk):
        assert (fence.info, fence.content) == ("suggestion", "".join(suggestion.hunk.new))
    paragraph = ["paragraph_open", "inline", "paragraph_close"]
    assert [token.type for token in tokens] == ["html_block", *paragraph, "fence"]
    inner = {child.type for token in tokens for child in token.children or ()}
    assert inner <= {"text", "text_special", "softbreak"}


@given(st.lists(st.sampled_from(["@@ -1,2 +1,3 @@", "@@ x", " a", "+a", "-a", "\\ No", "", "+"]) | st.text()))
def test_any_patch_can_be_read(lines: list[str]) -> None:
    shown = suggestions._lines("\n".join(lines))
    assert all(number >= 1 and part >= 1 for number, (part, _) in shown.items())


def test_what_hinders() -> None:
    pull = PullRequest(3, "a" * 40, "b" * 40, fork=False)
    assert suggestions.hindrance(Event("pull_request", pull_request=pull)) is None
    assert "need a pull request" in str(suggestions.hindrance(Event("push")))
    fork = suggestions.hindrance(Event("pull_request", pull_request=msgspec.structs.replace(pull, fork=True)))
    assert fork is not None
    assert "{contents: read, pull-requests: write}" in fork.remedy
