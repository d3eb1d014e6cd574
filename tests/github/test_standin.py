"""The stand-in as PyGithub sees it: what it plays, what it refuses and in which words, and what git then has."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
import requests
from github import Auth, Github, GithubException, InputGitAuthor, InputGitTreeElement
from github.PullRequest import PullRequest
from github.Repository import Repository as Seen

from tests.github import rules
from tests.github.standin import GitHub
from tests.github.store import ZERO, Repository

FILES: dict[str, bytes | None] = {
    "requirements.txt": b"a==1\r\nb==1",
    "run.sh": b"#!/bin/sh\n",
    "docs/long.txt": "".join(f"line {number}\n" for number in range(1, 41)).encode(),
}
EVERYTHING = {"contents": "write", "pull_requests": "write", "issues": "write", "checks": "write"}
UPDATE = """mutation ($id: ID!, $updates: [RefUpdate!]!) {
    updateRefs(input: {repositoryId: $id, refUpdates: $updates}) { clientMutationId } }"""


def client(hub: GitHub, token: str | None) -> Github:
    auth = Auth.Token(token) if token else None
    return Github(auth=auth, base_url=hub.api_url, seconds_between_requests=0, seconds_between_writes=0, retry=None)


@pytest.fixture
def repo(hub: GitHub) -> Repository:
    return hub.repository("org/repo", FILES, executable={"run.sh"})


@pytest.fixture
def seen(hub: GitHub, repo: Repository) -> Iterator[Seen]:
    with client(hub, hub.token(repo, EVERYTHING)) as github:
        yield github.get_repo("org/repo")


@contextlib.contextmanager
def refused(status: int, words: str) -> Iterator[None]:
    with pytest.raises(GithubException) as caught:
        yield
    assert caught.value.status == status
    told = caught.value.data
    assert words in "\n".join([str(told.get("message")), *map(str, told.get("errors", ()))])


def commit_on(seen: Seen, base: str, path: str = "requirements.txt", content: str = "a==2\n") -> str:
    """By the token's account, on no branch."""
    parent = seen.get_git_commit(base)
    element = InputGitTreeElement(path, "100644", "blob", content=content)
    tree = seen.create_git_tree([element], parent.tree)
    return seen.create_git_commit("Fix", tree, [parent]).sha


def topic(seen: Seen, repo: Repository, name: str = "fix/main") -> str:
    base = repo.tip("main")
    assert base
    sha = commit_on(seen, base)
    seen.create_git_ref(f"refs/heads/{name}", sha)
    return sha


def opened(seen: Seen, repo: Repository) -> PullRequest:
    topic(seen, repo)
    return seen.create_pull(title="Fix", body="b", head="fix/main", base="main")


def update_refs(hub: GitHub, token: str, repo: Repository, *updates: Mapping[str, object]) -> dict[str, Any]:
    with client(hub, token) as github:
        query = 'query { repository(owner: "org", name: "repo") { id } }'
        _, found = github.requester.graphql_query(query, {})
        identity = found["data"]["repository"]["id"]
    answer = requests.post(
        hub.graphql_url,
        json={"query": UPDATE, "variables": {"id": identity, "updates": list(updates)}},
        headers={"Authorization": f"Bearer {token}"},
        timeout=10,
    )
    body: dict[str, Any] = answer.json()
    return body


# --- git -------------------------------------------------------------------------


def test_bytes_and_modes_are_gits(repo: Repository, seen: Seen) -> None:
    entries = {entry.path: entry for entry in seen.get_git_tree("main", recursive=True).tree}
    assert {path: entry.mode for path, entry in entries.items()} == {
        "docs": "040000",
        "docs/long.txt": "100644",
        "requirements.txt": "100644",
        "run.sh": "100755",
    }
    blob = seen.get_git_blob(entries["requirements.txt"].sha)
    assert blob.encoding == "base64"
    assert repo.git("show", "main:requirements.txt") == b"a==1\r\nb==1"
    file = seen.get_contents("requirements.txt")
    assert not isinstance(file, list)
    assert file.decoded_content == b"a==1\r\nb==1"


def test_a_commit_without_author_is_the_applications_and_signed(repo: Repository, seen: Seen) -> None:
    sha = topic(seen, repo)
    made = seen.get_git_commit(sha)
    assert made.author.name == "github-actions[bot]"
    assert made.author.email == "41898282+github-actions[bot]@users.noreply.github.com"
    assert made.verification.verified
    listed = seen.get_commits(sha=sha)[0]
    assert (listed.author.login, listed.committer.login) == ("github-actions[bot]", "web-flow")
    assert repo.git("log", "-1", "--format=%an %cn", sha) == b"github-actions[bot] GitHub\n"
    assert repo.git("ls-tree", "--name-only", "-r", sha).split() == [b"docs/long.txt", b"requirements.txt", b"run.sh"]
    # Who names an author is not signed for, and nor is a person.
    parent = seen.get_git_commit(sha)
    named = seen.create_git_commit("m", parent.tree, [parent], author=InputGitAuthor("Jo", "jo@example.org"))
    assert not named.verification.verified
    human = repo.commit("main", {"a.txt": b"1"})
    assert not seen.get_commit(human).commit.verification.verified
    assert seen.get_commit(human).author.login == "jo"


def test_paths_are_added_changed_and_taken_away(repo: Repository, seen: Seen) -> None:
    parent = seen.get_git_commit(str(repo.tip("main")))
    blob = seen.create_git_blob("AAEC", "base64")
    elements = [
        InputGitTreeElement("run.sh", "100755", "blob", content="#!/bin/bash\n"),
        InputGitTreeElement("bin/new", "100644", "blob", sha=blob.sha),
        InputGitTreeElement("docs/long.txt", "100644", "blob", sha=None),
        InputGitTreeElement("link", "120000", "blob", content="run.sh"),
    ]
    tree = seen.create_git_tree(elements, parent.tree)
    listed = repo.git("ls-tree", "-r", "--format=%(objectmode) %(path)", tree.sha).decode().splitlines()
    assert listed == ["100644 bin/new", "120000 link", "100644 requirements.txt", "100755 run.sh"]
    assert repo.git("cat-file", "blob", f"{tree.sha}:bin/new") == b"\0\1\2"


@pytest.mark.parametrize(
    ("element", "words"),
    [
        (InputGitTreeElement("gone.txt", "100644", "blob", sha=None), "GitRPC::BadObjectState"),
        (InputGitTreeElement("a", "100644", "blob", sha="1" * 40), f"tree.sha {'1' * 40} is not a valid blob"),
    ],
)
def test_trees_that_cannot_be(repo: Repository, seen: Seen, element: InputGitTreeElement, words: str) -> None:
    parent = seen.get_git_commit(str(repo.tip("main")))
    with refused(422, words):
        seen.create_git_tree([element], parent.tree)


def test_a_workflow_needs_a_right_of_its_own(hub: GitHub, repo: Repository, seen: Seen) -> None:
    element = InputGitTreeElement(".github/workflows/ci.yml", "100644", "blob", content="on: push\n")
    with refused(403, "Resource not accessible by integration"):
        seen.create_git_tree([element])
    with client(hub, hub.token(repo, {**EVERYTHING, "workflows": "write"})) as github:
        assert github.get_repo("org/repo").create_git_tree([element]).sha


# --- refs ------------------------------------------------------------------------


def test_refs_and_what_is_refused_of_them(repo: Repository, seen: Seen) -> None:
    base = str(repo.tip("main"))
    first = topic(seen, repo)
    second = commit_on(seen, first, content="a==3\n")
    ref = seen.get_git_ref("heads/fix/main")
    ref.edit(second)
    assert repo.tip("fix/main") == second
    assert [one.ref for one in seen.get_git_matching_refs("heads/fix")] == ["refs/heads/fix/main"]
    with refused(422, "Update is not a fast forward"):
        ref.edit(base)
    ref.edit(base, force=True)
    with refused(422, "Reference already exists"):
        seen.create_git_ref("refs/heads/main", base)
    with refused(422, "Object does not exist"):
        seen.create_git_ref("refs/heads/none", "1" * 40)
    with refused(422, "Reference update failed"):
        seen.create_git_ref("refs/heads/fix", base)
    with refused(422, "Reference update failed"):
        seen.create_git_ref("refs/heads/main/x", base)
    ref.delete()
    for late in (ref.delete, lambda: ref.edit(base)):
        with refused(422, "Reference does not exist"):
            late()
    with refused(404, "Not Found"):
        seen.get_git_ref("heads/fix/main")


@pytest.mark.parametrize("act", ["create", "update", "delete"])
def test_a_ruleset_guards_every_way_to_a_branch(hub: GitHub, repo: Repository, seen: Seen, act: str) -> None:
    base = str(repo.tip("main"))
    sha = commit_on(seen, base)
    if act != "create":
        seen.create_git_ref("refs/heads/fix/main", base)
    repo.protect("fix/*", message="Cannot update this protected ref.")
    before = repo.tip("fix/main")
    name, after = "refs/heads/fix/main", ZERO if act == "delete" else sha
    with refused(422, "Repository rule violations found\n\nCannot update this protected ref."):
        if act == "create":
            seen.create_git_ref(name, sha)
        elif act == "update":
            seen.get_git_ref("heads/fix/main").edit(sha)
        else:
            seen.get_git_ref("heads/fix/main").delete()
    told = update_refs(hub, hub.token(repo, EVERYTHING), repo, {"name": name, "afterOid": after, "force": True})
    assert "Cannot update this protected ref." in told["errors"][0]["message"]
    assert repo.tip("fix/main") == before


def test_update_refs_compares_and_swaps_all_or_none(hub: GitHub, repo: Repository, seen: Seen) -> None:
    token = hub.token(repo, {"contents": "write"})
    base = str(repo.tip("main"))
    fix = commit_on(seen, base)
    name = "refs/heads/fix/main"
    assert update_refs(hub, token, repo, {"name": name, "beforeOid": ZERO, "afterOid": fix}) == {
        "data": {"updateRefs": {"clientMutationId": None}}
    }
    human = repo.commit("fix/main", {"a.txt": b"mine"})
    other = {"name": "refs/heads/other", "beforeOid": ZERO, "afterOid": fix}
    for stale in (ZERO, fix):
        told = update_refs(hub, token, repo, other, {"name": name, "beforeOid": stale, "afterOid": base, "force": True})
        assert told["data"] == {"updateRefs": None}
        assert told["errors"][0]["type"] == "STALE_DATA"
    assert (repo.tip("fix/main"), repo.tip("other")) == (human, None)
    told = update_refs(hub, token, repo, {"name": name, "beforeOid": human, "afterOid": base})
    assert told["errors"][0]["message"] == "Update is not a fast forward"
    update_refs(hub, token, repo, {"name": name, "beforeOid": human, "afterOid": base, "force": True})
    assert repo.tip("fix/main") == base
    update_refs(hub, token, repo, {"name": name, "beforeOid": base, "afterOid": ZERO})
    assert repo.tip("fix/main") is None


def test_update_refs_needs_the_right_to_write(hub: GitHub, repo: Repository) -> None:
    base = repo.tip("main")
    told = update_refs(hub, hub.token(repo), repo, {"name": "refs/heads/x", "afterOid": base})
    assert told["errors"][0]["type"] == "FORBIDDEN"
    assert repo.tip("x") is None


# --- between commits -------------------------------------------------------------


def test_compare(repo: Repository, seen: Seen) -> None:
    sha = topic(seen, repo)
    repo.commit("main", {"other.txt": b"1\n"})
    found = seen.compare("main", "fix/main")
    assert (found.status, found.ahead_by, found.behind_by) == ("diverged", 1, 1)
    assert [one.sha for one in found.commits] == [sha]
    assert [(one.filename, one.status) for one in found.files] == [("requirements.txt", "modified")]
    assert seen.compare("main", "main").status == "identical"
    with refused(404, "Not Found"):
        seen.compare("main", "nothing")


def test_pages(repo: Repository, seen: Seen) -> None:
    for number in range(34):
        repo.commit("main", {"count": str(number).encode()})
    shas = [one.sha for one in seen.get_commits()]
    assert shas == repo.git("rev-list", "main").decode().split()
    assert len(shas) == 35


# --- pull requests ---------------------------------------------------------------


def test_a_pull_request_from_birth_to_death(hub: GitHub, repo: Repository, seen: Seen) -> None:
    made = opened(seen, repo)
    assert (made.number, made.state, made.user.login) == (1, "open", "github-actions[bot]")
    assert made.raw_data["mergeable"] is None
    assert (made.commits, made.changed_files, made.base.ref) == (1, 1, "main")
    assert made.merge_commit_sha == repo.git("rev-parse", "refs/pull/1/merge").decode().strip()
    assert [one.number for one in seen.get_pulls(head="org:fix/main", base="main")] == [1]
    assert [one.number for one in seen.get_pulls(head="fork:fix/main", state="all")] == []
    made.edit(title="Better", body="c")
    made.add_to_labels("dependencies")
    made.create_issue_comment("hello")
    seen.get_git_ref("heads/fix/main").delete()
    pull = repo.pulls[1]
    assert (pull.state, pull.closed_by, pull.title, pull.body) == ("closed", None, "Better", "c")
    assert pull.labels == ["dependencies"]
    assert [comment.body for comment in repo.comments] == ["hello"]
    assert seen.get_pull(1).closed_at is not None
    assert [request.operation for request in hub.requests.writes][-5:] == [
        "pulls/create",
        "pulls/update",
        "issues/add-labels",
        "issues/create-comment",
        "git/delete-ref",
    ]


def test_it_follows_its_branches(repo: Repository, seen: Seen) -> None:
    opened(seen, repo)
    new = repo.commit("fix/main", {"a.txt": b"1"})
    assert seen.get_pull(1).head.sha == new
    repo.push("fix/main", repo.tip("main"))
    assert (seen.get_pull(1).state, seen.get_pull(1).merged) == ("closed", False)
    pull = repo.open_pull(topic_of(repo, "other"))
    pull.merge(by="jo")
    assert (pull.state, pull.merged_by, seen.get_pull(2).merged) == ("closed", "jo", True)
    third = repo.open_pull(topic_of(repo, "third"))
    third.close(by="jo")
    closer = seen.get_issue(3).closed_by
    assert closer is not None
    assert closer.login == "jo"
    with refused(422, "Validation Failed"):
        seen.get_pull(2).edit(state="open")
    seen.get_pull(3).edit(state="open")
    assert third.state == "open"


def topic_of(repo: Repository, branch: str) -> str:
    repo.commit(branch, {f"{branch}.txt": b"1"})
    return branch


def test_pull_requests_that_cannot_be(repo: Repository, seen: Seen) -> None:
    opened(seen, repo)

    def create(head: str, base: str = "main", body: str = "b") -> None:
        seen.create_pull(title="t", body=body, head=head, base=base)

    with refused(422, "A pull request already exists for org:fix/main."):
        create("org:fix/main")
    with refused(422, "'field': 'head', 'code': 'invalid'"):
        create("none")
    with refused(422, "'field': 'base', 'code': 'invalid'"):
        create("fix/main", base="none")
    repo.push("same", repo.tip("main"))
    with refused(422, "No commits between main and same"):
        create("same")
    topic_of(repo, "long")
    with refused(422, "body is too long (maximum is 65536 characters)"):
        create("long", body="é" * 65_537)
    create("long", body="é" * 65_536)
    with refused(422, "body is too long"):
        seen.get_pull(2).edit(body="x" * 65_537)
    with refused(422, "Body is too long"):
        seen.get_pull(2).create_issue_comment("x" * 65_537)


def test_from_a_fork(hub: GitHub, repo: Repository, seen: Seen) -> None:
    fork = repo.fork("stranger/repo")
    fork.commit("topic", {"a.txt": b"1"}, login="stranger", author=("S", "s@example.org"))
    pull = repo.open_pull("topic", login="stranger", fork=fork)
    made = seen.get_pull(1)
    assert made.head.repo.full_name == "stranger/repo"
    assert made.head.label == "stranger:topic"
    assert [one.filename for one in made.get_files()] == ["a.txt"]
    assert hub.event("pull_request", repo, pull=pull)["pull_request"]["head"]["repo"]["fork"]
    fork.delete()
    assert hub.event("pull_request", repo, pull=pull)["pull_request"]["head"]["repo"] is None
    assert seen.get_pull(1).state == "closed"


def test_people(repo: Repository, seen: Seen) -> None:
    made = opened(seen, repo)
    repo.collaborators.add("jo")
    made.create_review_request(reviewers=["jo"])
    with refused(422, "One or more of the users or teams you specified is not a collaborator of the org/repo"):
        made.create_review_request(reviewers=["nobody"])
    with refused(422, "Review cannot be requested from pull request author."):
        made.create_review_request(reviewers=["github-actions[bot]"])
    made.add_to_assignees("jo", "nobody")
    assert (repo.pulls[1].reviewers, repo.pulls[1].assignees) == (["jo"], ["jo"])


# --- reviews ---------------------------------------------------------------------


def test_reviews_speak_of_lines_in_the_diff_alone(hub: GitHub, repo: Repository, seen: Seen) -> None:
    text = FILES["docs/long.txt"]
    assert text
    repo.commit("topic", {"docs/long.txt": text.replace(b"line 20\n", b"line twenty\n")})
    pull = repo.open_pull("topic")
    made = seen.get_pull(1)
    head = seen.get_commit(pull.head_sha)
    made.create_review(
        commit=head,
        body="Two things",
        event="COMMENT",
        comments=[{"path": "docs/long.txt", "line": 20, "side": "RIGHT", "body": "```suggestion\nline 20\n```"}],
    )
    made.create_review_comment("context", head, "docs/long.txt", line=23, start_line=19)
    with refused(422, "Pull request review thread line must be part of the diff and"):
        made.create_review(commit=head, event="COMMENT", comments=[{"path": "docs/long.txt", "line": 24, "body": "x"}])
    for path, line in (("docs/long.txt", 16), ("run.sh", 1)):
        with refused(422, "pull_request_review_thread.line must be part of the diff"):
            made.create_review_comment("x", head, path, line=line)
    assert [one.line for one in made.get_review_comments()] == [20, 23]
    assert [one.state for one in made.get_reviews()] == ["COMMENTED", "COMMENTED"]

    # A line more above moves them; another text of theirs makes them outdated.
    repo.commit("topic", {"docs/long.txt": b"new\n" + text.replace(b"line 20\n", b"line XX\n")})
    assert [one.line for one in made.get_review_comments()] == [None, None]
    repo.push("topic", head.sha)
    repo.commit("topic", {"docs/long.txt": b"new\n" + text.replace(b"line 20\n", b"line twenty\n")})
    assert [one.line for one in made.get_review_comments()] == [21, 24]
    assert not threads(hub, repo)[0]["isOutdated"]


def threads(hub: GitHub, repo: Repository) -> list[dict[str, Any]]:
    query = """query ($number: Int!) { repository(owner: "org", name: "repo") { pullRequest(number: $number) {
        reviewThreads(first: 50) { nodes { id isResolved isOutdated
            comments(first: 1) { nodes { databaseId body path author { login } } } } } } } }"""
    with client(hub, hub.token(repo)) as github:
        _, found = github.requester.graphql_query(query, {"number": 1})
    nodes: list[dict[str, Any]] = found["data"]["repository"]["pullRequest"]["reviewThreads"]["nodes"]
    return nodes


def test_threads_are_resolved(hub: GitHub, repo: Repository, seen: Seen) -> None:
    repo.commit("topic", {"requirements.txt": b"a==2\n"})
    repo.open_pull("topic")
    head = seen.get_commit(repo.pulls[1].head_sha)
    seen.get_pull(1).create_review_comment("hm", head, "requirements.txt", line=1)
    thread = threads(hub, repo)[0]
    assert thread["comments"]["nodes"] == [
        {
            "databaseId": repo.pulls[1].review_comments[0].id,
            "body": "hm",
            "path": "requirements.txt",
            "author": {"login": "github-actions"},
        }
    ]
    resolve = "mutation ($id: ID!) { resolveReviewThread(input: {threadId: $id}) { thread { isResolved } } }"
    with client(hub, hub.token(repo, {"pull_requests": "write"})) as github, refused(400, "not accessible"):
        github.requester.graphql_query(resolve, {"id": thread["id"]})
    assert not threads(hub, repo)[0]["isResolved"]
    seen.requester.graphql_query(resolve, {"id": thread["id"]})
    assert threads(hub, repo)[0]["isResolved"]


def test_approvals(repo: Repository, seen: Seen) -> None:
    made = opened(seen, repo)
    with refused(422, "Can not approve your own pull request"):
        made.create_review(event="APPROVE")
    repo.open_pull(topic_of(repo, "theirs"))
    seen.get_pull(2).create_review(event="APPROVE")
    assert [review.state for review in repo.reviews] == ["APPROVED"]
    repo.settings.actions_may_create_pull_requests = False
    with refused(403, "GitHub Actions is not permitted to create or approve pull requests."):
        seen.get_pull(2).create_review(event="APPROVE")


# --- checks ----------------------------------------------------------------------


def test_check_runs_gather_their_annotations(repo: Repository, seen: Seen) -> None:
    head = str(repo.tip("main"))

    def some(count: int) -> dict[str, Any]:
        row = {"path": "requirements.txt", "start_line": 1, "end_line": 1, "annotation_level": "failure"}
        return {"title": "t", "summary": "s", "annotations": [{**row, "message": "m"} for _ in range(count)]}

    run = seen.create_check_run("hashpin", head, status="in_progress", output=some(50))
    run.edit(output=some(50))
    run.edit(output=some(20), conclusion="failure", status="completed")
    assert (run.status, run.conclusion, run.output.annotations_count) == ("completed", "failure", 120)
    assert len(list(run.get_annotations())) == 120
    assert [one.name for one in seen.get_commit(head).get_check_runs()] == ["hashpin"]
    with refused(422, "summary exceeds a maximum bytesize of 65535"):
        run.edit(output={"title": "t", "summary": "é" * 40_000})


def test_a_person_has_no_check_runs(hub: GitHub, repo: Repository) -> None:
    with client(hub, hub.token(repo, EVERYTHING, login="jo")) as github:
        assert github.get_user().login == "jo"
        with refused(403, "You must authenticate via a GitHub App."):
            github.get_repo("org/repo").create_check_run("x", str(repo.tip("main")))


# --- who may ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("permissions", "act", "accepted"),
    [
        ({"contents": "read"}, lambda seen, pull: seen.create_git_blob("x", "utf-8"), "contents=write"),
        ({"contents": "write"}, lambda seen, pull: pull.edit(title="x"), "pull_requests=write"),
        ({"contents": "write"}, lambda seen, pull: pull.add_to_labels("x"), "issues=write; pull_requests=write"),
        ({}, lambda seen, pull: seen.create_check_run("x", "1" * 40), "checks=write"),
    ],
)
def test_what_a_token_may_not(
    hub: GitHub,
    repo: Repository,
    permissions: dict[str, str],
    act: Callable[[Seen, PullRequest], object],
    accepted: str,
) -> None:
    repo.open_pull(topic_of(repo, "topic"))
    with client(hub, hub.token(repo, permissions)) as github:
        mine = github.get_repo("org/repo")
        pull = mine.get_pull(1)
        with pytest.raises(GithubException) as caught:
            act(mine, pull)
    assert (caught.value.status, caught.value.data["message"]) == (403, "Resource not accessible by integration")
    assert caught.value.headers is not None
    assert caught.value.headers["x-accepted-github-permissions"] == accepted


def test_strangers(hub: GitHub, repo: Repository) -> None:
    own = hub.repository("org/secret", private=True)
    with client(hub, hub.token(repo, EVERYTHING)) as github, refused(404, "Not Found"):
        github.get_repo("org/secret")
    with client(hub, hub.token(own, {"contents": "write"})) as github:
        assert github.get_repo("org/secret").private
        with refused(403, "Resource not accessible by integration"):
            github.get_repo("org/secret").get_pulls()[0]
        with refused(403, "Resource not accessible by integration"):
            github.get_repo("org/repo").create_git_blob("x", "utf-8")
    with client(hub, None) as github:
        found = github.get_repo("org/repo")
        with refused(401, "Requires authentication"):
            found.create_git_blob("x", "utf-8")
    with client(hub, "ghs_none") as github, refused(401, "Bad credentials"):
        github.get_repo("org/repo")


def test_the_setting_and_the_state_of_a_repository(repo: Repository, seen: Seen) -> None:
    topic(seen, repo)
    repo.settings.actions_may_create_pull_requests = False
    with refused(403, "GitHub Actions is not permitted to create or approve pull requests."):
        seen.create_pull(title="t", body="b", head="fix/main", base="main")
    repo.settings.archived = True
    with refused(403, "Repository was archived so is read-only."):
        seen.create_git_blob("x", "utf-8")
    assert seen.get_branch("main").name == "main"
    repo.settings.disabled = True
    with refused(403, "Repository access blocked"):
        seen.get_branch("main")


# --- faults and races ------------------------------------------------------------


def test_faults_before_and_after(hub: GitHub, repo: Repository, seen: Seen) -> None:
    topic(seen, repo)
    hub.fail("POST", "/repos/*/pulls", status=502)
    with refused(502, "Bad Gateway"):
        seen.create_pull(title="t", body="b", head="fix/main", base="main")
    assert repo.pulls == {}
    hub.fail("POST", "/repos/*/pulls", status=502, after=True)
    with refused(502, "Bad Gateway"):
        seen.create_pull(title="t", body="b", head="fix/main", base="main")
    assert [pull.state for pull in repo.pulls.values()] == ["open"]
    assert [request.status for request in hub.requests if request.path.endswith("/pulls")] == [502, 502]
    hub.fail("GET", "/repos/*/git/ref/*", status=0)
    with pytest.raises(requests.ConnectionError):
        seen.get_git_ref("heads/main")
    assert seen.get_git_ref("heads/main").object.sha == repo.tip("main")


def test_rate_limits(hub: GitHub, seen: Seen) -> None:
    hub.refuse("POST", "/repos/*/git/blobs", rules.secondary_limit(7))
    with pytest.raises(GithubException) as caught:
        seen.create_git_blob("x", "utf-8")
    assert caught.value.headers
    assert caught.value.headers["retry-after"] == "7"
    hub.refuse("*", "*", rules.primary_limit(1_767_607_200))
    with pytest.raises(GithubException) as caught:
        seen.create_git_blob("x", "utf-8")
    assert caught.value.headers
    assert caught.value.headers["x-ratelimit-remaining"] == "0"
    assert seen.create_git_blob("x", "utf-8").sha


def test_a_race_between_read_and_write(hub: GitHub, repo: Repository, seen: Seen) -> None:
    topic(seen, repo)
    ref = seen.get_git_ref("heads/fix/main")
    mine = commit_on(seen, ref.object.sha, content="a==3\n")
    hub.before("PATCH", "/repos/*/git/refs/*", lambda: repo.commit("fix/main", {"a.txt": b"theirs"}))
    with refused(422, "Update is not a fast forward"):
        ref.edit(mine)
    assert repo.git("show", "fix/main:a.txt") == b"theirs"


def test_what_breaks_in_the_stand_in_is_no_answer_of_githubs(hub: GitHub, seen: Seen) -> None:
    hub.before("GET", "/repos/*/branches/*", lambda: 1 / 0)
    with refused(500, "the stand-in is broken"):
        seen.get_branch("main")
    assert "ZeroDivisionError" in hub.violations.pop()


def test_a_name_with_a_slash_is_one_name(hub: GitHub, repo: Repository, seen: Seen) -> None:
    opened(seen, repo).add_to_labels("area/pins", "a b")
    address = f"{hub.api_url}/repos/org/repo/issues/1/labels/area%2Fpins"
    headers = {"Authorization": f"Bearer {hub.token(repo, EVERYTHING)}"}
    assert requests.delete(address, headers=headers, timeout=10).status_code == 200
    assert repo.pulls[1].labels == ["a b"]


def test_queries_are_no_writes(hub: GitHub, repo: Repository) -> None:
    update_refs(hub, hub.token(repo), repo, {"name": "refs/heads/x", "afterOid": ZERO})
    assert [request.operation for request in hub.requests] == ["graphql", "graphql"]
    assert len(hub.requests.writes) == 1


# --- Enterprise and events -------------------------------------------------------


def test_enterprise_addresses(tmp_path: Any) -> None:
    with GitHub(tmp_path / "hub", enterprise=True) as hub:
        repo = hub.repository("org/repo", FILES)
        token = hub.token(repo, EVERYTHING)
        with client(hub, token) as github:
            made = opened(github.get_repo("org/repo"), repo)
            assert made.url == f"{hub.server_url}/api/v3/repos/org/repo/pulls/1"
            assert made.html_url == f"{hub.server_url}/org/repo/pull/1"
        sha = repo.tip("main")
        update_refs(hub, token, repo, {"name": "refs/heads/x", "beforeOid": ZERO, "afterOid": sha})
        assert repo.tip("x") == sha
        assert hub.requests[0].path == "/repos/org/repo"
    assert hub.violations == []


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("push", "after"),
        ("schedule", "schedule"),
        ("workflow_dispatch", "ref"),
        ("pull_request", "pull_request"),
        ("pull_request_target", "number"),
        ("merge_group", "merge_group"),
        ("workflow_run", "workflow_run"),
    ],
)
def test_events(hub: GitHub, repo: Repository, name: str, key: str) -> None:
    pull = repo.open_pull(topic_of(repo, "topic"), login="dependabot[bot]")
    payload = hub.event(name, repo, pull=pull)
    assert payload[key]
    assert payload["repository"]["full_name"] == "org/repo"
    assert payload["sender"]["login"] == "dependabot[bot]"
