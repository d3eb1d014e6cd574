"""Every way in which GitHub refuses, by its literal words, and what we make of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashpin.github.refusals import Kind, read_only, refusal
from hashpin.wording import visible
from tests.github import rules

SUGGEST = "contents: read, pull-requests: write"
PUBLISH = "contents: write, pull-requests: write"

CASES = [
    (
        (403, "GitHub Actions is not permitted to create or approve pull requests.", {}),
        Kind.SETTING,
        "Allow GitHub Actions to create and approve pull requests",
    ),
    (
        (403, "Resource not accessible by integration", {}),
        Kind.PERMISSION,
        "give the job `permissions: {contents: write, pull-requests: write}`",
    ),
    (
        (403, "Resource not accessible by personal access token", {}),
        Kind.PERMISSION,
        "give the job `permissions: {contents: write, pull-requests: write}`",
    ),
    ((401, "Bad credentials", {}), Kind.PERMISSION, "give a token that is valid"),
    ((404, "Not Found", {}), Kind.PERMISSION, "it is not there, or the token lacks a permission (404: Not Found)"),
    ((422, "Validation Failed: No commits between main and archived-x", {}), Kind.NOTHING, "No commits between"),
    ((422, "Validation Failed: A pull request already exists for o:gh013.", {}), Kind.EXISTS, "already exists for o:"),
    ((422, "Reference already exists", {}), Kind.EXISTS, "Reference already exists"),
    ((422, "Reference does not exist", {}), Kind.MISSING, "does not exist"),
    ((422, "Update is not a fast forward", {}), Kind.STALE, "fast forward"),
    ((422, "Reference update failed", {}), Kind.STALE, "update failed"),
    ((422, "Cannot update this protected branch.", {}), Kind.RULE, "a name that no rule protects"),
    ((422, "Protected branch update failed for refs/heads/b.", {}), Kind.RULE, "Protected branch update failed for"),
    ((422, "Cannot force-push to this branch", {}), Kind.RULE, "Cannot force-push"),
    ((422, "Commits must have verified signatures.", {}), Kind.RULE, "Commits must have verified signatures."),
    ((422, "Changes must be made through a pull request.", {}), Kind.RULE, "through a pull request"),
    ((422, "You're not authorized to push to this branch.", {}), Kind.RULE, "not authorized to push"),
    ((422, "This branch must not contain merge commits.", {}), Kind.RULE, "must not contain merge commits"),
    ((422, 'Required status check "test" is expected.', {}), Kind.RULE, 'Required status check "test"'),
    ((422, "A pull request for this branch has been added to a merge queue.", {}), Kind.RULE, "merge queue"),
    ((422, "Repository rule violations found\n\nx\n\n", {}), Kind.RULE, "Repository rule violations found"),
    ((422, "push declined due to repository rule violations: GH013", {}), Kind.RULE, "GH013"),
    (
        (422, "Validation Failed: PullRequest base invalid", {}),
        Kind.INVALID,
        "the base branch (`base`) is there",
    ),
    ((422, "Validation Failed: head invalid", {}), Kind.INVALID, "whether the branch to merge (`branch`) is there"),
    ((403, "Repository was archived so is read-only.", {}), Kind.ARCHIVED, "takes no changes: Repository was archived"),
    ((403, "Repository access blocked", {}), Kind.ARCHIVED, "Repository access blocked"),
    ((403, "This repository has been disabled.", {}), Kind.ARCHIVED, "has been disabled"),
    ((403, "You have exceeded a secondary rate limit.", {"retry-after": "7"}), Kind.RATE, "again later"),
    ((403, "anything", {"retry-after": "7"}), Kind.RATE, "again later"),
    ((403, "API rate limit exceeded", {"x-ratelimit-remaining": "0"}), Kind.RATE, "again later"),
    ((403, "You have triggered an abuse detection mechanism.", {}), Kind.RATE, "again later"),
    ((429, "", {}), Kind.RATE, "too many requests (429: no reason given)"),
    ((422, "Invalid request.", {}), Kind.INVALID, "GitHub says: Invalid request. (422)"),
    ((500, "archived", {}), Kind.FAULT, "run the job again"),
    ((502, "Server Error", {}), Kind.FAULT, "did not answer as it should (502: Server Error)"),
]


@pytest.mark.parametrize(("answer", "kind", "words"), CASES, ids=[f"{case[0][0]} {case[0][1][:40]}" for case in CASES])
def test_words(answer: tuple[int, str, dict[str, str]], kind: Kind, words: str) -> None:
    status, message, headers = answer
    found = refusal(status, message, headers, PUBLISH)
    assert (found.kind, found.status) == (kind, status)
    assert words.replace(".", "") in str(found).replace(".", "")
    assert "\n" not in str(found)


STANDIN = [
    (rules.not_found(), Kind.PERMISSION),
    (rules.not_accessible("contents=write", application=True), Kind.PERMISSION),
    (rules.archived(), Kind.ARCHIVED),
    (rules.disabled(), Kind.ARCHIVED),
    (rules.actions_may_not(), Kind.SETTING),
    (rules.secondary_limit(3), Kind.RATE),
    (rules.primary_limit(3), Kind.RATE),
    (rules.reference_exists(), Kind.EXISTS),
    (rules.no_reference(), Kind.MISSING),
    (rules.no_fast_forward(), Kind.STALE),
    (rules.broken_rule("Changes must be made through a pull request."), Kind.RULE),
    (rules.only_applications(), Kind.PERMISSION),
]


@pytest.mark.parametrize(("said", "kind"), STANDIN, ids=[said.message[:40] for said, _ in STANDIN])
def test_the_stand_in_is_understood(said: rules.Refusal, kind: Kind) -> None:
    headers = {name.lower(): value for name, value in said.headers.items()}
    assert refusal(said.status, said.message, headers, PUBLISH).kind is kind


@pytest.mark.parametrize(
    ("accepted", "block"),
    [
        ("", "{contents: read, pull-requests: write}"),
        ("pull_requests=write", "{contents: read, pull-requests: write}"),
        ("issues=write; pull_requests=write", "{contents: read, pull-requests: write}"),
        ("contents=write,pull_requests=write", "{contents: write, pull-requests: write}"),
        ("contents=read", "{contents: read, pull-requests: write}"),
        ("pull_requests=read", "{contents: read, pull-requests: write}"),
        ("metadata=read", "{contents: read, pull-requests: write}"),
        ("checks=write", "{contents: read, pull-requests: write, checks: write}"),
        ("nonsense", "{contents: read, pull-requests: write}"),
    ],
)
def test_the_block_has_all_that_the_work_needs(accepted: str, block: str) -> None:
    headers = {"x-accepted-github-permissions": accepted}
    found = refusal(403, "Resource not accessible by integration", headers, SUGGEST)
    assert found.remedy == f"give the job `permissions: {block}`"


def test_what_is_known_before() -> None:
    assert str(read_only("the pull request comes from a fork", SUGGEST)) == (
        "the token can only read: the pull request comes from a fork; only a run on a branch of this repository can be "
        "given `permissions: {contents: read, pull-requests: write}`"
    )


@pytest.mark.parametrize(
    ("said", "wait"), [("7", 7.0), ("0", 0.0), ("", None), ("-1", None), ("1e9", None), ("999999", None), ("٣", None)]
)
def test_how_long_to_wait(said: str, wait: float | None) -> None:
    assert refusal(429, "", {"retry-after": said}, SUGGEST).wait == wait


@given(
    st.integers(0, 999),
    st.text(),
    st.dictionaries(st.sampled_from(["retry-after", "x-ratelimit-remaining"]), st.text()),
)
def test_whatever_it_says_is_one_visible_line(status: int, message: str, headers: dict[str, str]) -> None:
    headers |= {"x-accepted-github-permissions": message}
    said = str(refusal(status, message, headers, SUGGEST))
    assert visible(said) == said
