"""What may happen to a pull request: each scenario sets the stage, runs jobs on it, and says what came of it.

Every one ends with the same question: is anything of anybody's lost? A human's
commit that was on our branch must still be there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.github import rules
from tests.github.stage import BAD, FINE, GOOD, OLD, STALE, Ran, Stage
from tests.github.store import Pull
from tests.loopback import status

BRANCH = "hashpin/fix-main"
# With comments, markers, an option, and a pin that is right.
OTHER = f"""
--prefer-binary
Other [x] == 2 ; python_version > "3"  --hash=sha256:{"1" * 64}   # why
other-thing @ https://files.example/other-1.tar.gz --hash=sha256:{"9" * 64}
"""
FILES: Mapping[str, bytes | None] = {"requirements.txt": STALE.encode(), "README.md": b"hello\n"}


@dataclass(frozen=True)
class Scenario:
    """`play` returns the outcome in a few words, and asserts what must hold."""

    name: str
    play: Callable[[Stage], str]
    files: Mapping[str, bytes | None] = field(default_factory=lambda: FILES)
    more: Mapping[str, Any] = field(default_factory=dict)
    """For the repository: modes, executables."""


def _on_branch(stage: Stage, path: str = "requirements.txt", branch: str = BRANCH) -> bytes:
    return stage.repository.git("show", f"{branch}:{path}")


def _only(stage: Stage) -> Pull:
    (pull,) = stage.repository.pulls.values()
    return pull


def _only_rest(stage: Stage) -> None:
    """GitHub lets this token write by REST alone."""
    refused = {"message": "Resource not accessible by integration"}
    stage.hub.fail("POST", "/graphql", status=403, body=refused, times=-1, containing="mutation")


def _said(ran: Ran) -> str:
    return f"{ran.operation}, exit {ran.code}"


def _writes(stage: Stage, since: int) -> list[str]:
    return [f"{request.method} {request.path}" for request in stage.hub.requests[since:] if request.is_write]


def _made(stage: Stage, inputs: Mapping[str, str] | None = None) -> Ran:
    ran = stage.run(inputs=inputs)
    assert (ran.operation, ran.code) == ("created", 0), ran.log
    return ran


# --- the usual life ----------------------------------------------------------


def create(stage: Stage) -> str:
    ran = _made(stage, {"labels": "dependencies", "assignees": "jo", "commit-message": "Mend hashes"})
    pull = _only(stage)
    assert ran.outputs["pull-request-number"] == str(pull.number)
    assert ran.outputs["pull-request-url"] == f"{stage.hub.server_url}/org/repo/pull/{pull.number}"
    assert ran.outputs["pull-request-head-sha"] == stage.repository.tip(BRANCH)
    assert (ran.outputs["pull-request-commits-verified"], ran.outputs["files-changed"]) == ("true", "1")
    assert (pull.state, pull.base_ref, pull.title) == ("open", "main", "Correct the hashes of pinned requirements")
    assert _on_branch(stage) == FINE.encode()
    assert stage.repository.git("diff", "--name-only", "main", BRANCH) == b"requirements.txt\n"
    assert stage.repository.git("log", "--format=%s|%an", f"main..{BRANCH}") == b"Mend hashes|github-actions[bot]\n"
    for part in ("demo", "requirements.txt", OLD, GOOD, "demo-2.0.tar.gz", "2024-01-01", "of version 1.0"):
        assert part in (pull.body or ""), part
    assert pull.labels == ["dependencies"]
    assert "## hashpin: ✅ no findings left once pull request 1 is merged" in ran.summary
    assert f"<{ran.outputs['pull-request-url']}>" in ran.summary
    return _said(ran)


def end_to_end(stage: Stage) -> str:
    """What the pull request changes is hash options and what separates them; on its branch, hashpin is content."""
    ran = _made(stage)
    before, after = (_on_branch(stage, branch=branch).decode() for branch in ("main", BRANCH))
    assert before != after
    bare = [re.sub(r"--hash=sha256:[0-9a-f]{64}|\\\n|[ \t]+", "", text) for text in (before, after)]
    assert bare[0] == bare[1]
    assert stage.repository.git("log", "-1", "--format=%b", BRANCH).startswith(b"requirements.txt: demo 2.0\n")
    assert stage.repository.git("diff", "--name-only", "main", BRANCH) == b"requirements.txt\n"
    there = stage.run("push", branch=BRANCH, inputs={"mode": "check"})
    assert there.code == 0, there.log
    return f"{_said(ran)}; on its branch: exit {there.code}"


def unchanged(stage: Stage) -> str:
    _made(stage)
    since = len(stage.hub.requests)
    ran = stage.run()
    assert _writes(stage, since) == []
    assert (ran.operation, ran.code, ran.outputs["pull-request-number"]) == ("none", 0, "1")
    return f"{_said(ran)}, no write"


def update(stage: Stage) -> str:
    _made(stage)
    stage.repository.commit("main", {"dev-requirements.txt": f"other==2 --hash=sha256:{'1' * 64}\n".encode()})
    ran = stage.run()
    assert (ran.operation, ran.code, len(stage.repository.pulls)) == ("updated", 0, 1)
    assert b"2" * 64 in _on_branch(stage, "dev-requirements.txt")
    assert "other" in (_only(stage).body or "")
    return _said(ran)


def base_moved(stage: Stage) -> str:
    _made(stage)
    moved = stage.repository.commit("main", {"README.md": b"more\n"})
    ran = stage.run()
    assert (ran.operation, ran.code, len(stage.repository.pulls)) == ("updated", 0, 1)
    assert stage.repository.git("rev-parse", f"{BRANCH}^").decode().strip() == moved
    assert _on_branch(stage, "README.md") == b"more\n"
    return _said(ran)


def nothing_left(stage: Stage) -> str:
    _made(stage)
    stage.repository.commit("main", {"requirements.txt": FINE.encode()})
    ran = stage.run()
    assert (ran.operation, ran.code, _only(stage).state) == ("closed", 0, "closed")
    assert stage.repository.tip(BRANCH) is None
    stage.repository.commit("main", {"requirements.txt": STALE.encode()})
    again = stage.run()
    assert again.operation == "created", "what hashpin closed itself, it may propose again"
    return _said(ran)


def index_down(stage: Stage) -> str:
    """An index that does not answer has nothing to correct; that is no reason to close anything."""
    _made(stage)
    since = len(stage.hub.requests)
    ran = stage.run(inputs={"index-url": "http://127.0.0.1:9/simple/", "timeout": "2"})
    assert (ran.operation, ran.code, _only(stage).state) == ("none", 3, "open")
    assert _writes(stage, since) == []
    return f"{_said(ran)}, no write"


def index_half_down(stage: Stage) -> str:
    """What the other half still needs must not fall out of the pull request."""
    stage.repository.commit("main", {"dev-requirements.txt": f"other==2 --hash=sha256:{'1' * 64}\n".encode()})
    _made(stage)
    tip = stage.repository.tip(BRANCH)
    stage.repository.commit("main", {"README.md": b"more\n"})
    stage.index.fail("*other*", status(503, Retry_After="0"))
    ran = stage.run(inputs={"timeout": "5"})
    assert (ran.operation, ran.code, stage.repository.tip(BRANCH)) == ("none", 1, tip), ran.log
    return f"{_said(ran)}, left as it is"


def _fault_at_the_end(method: str, path: str, containing: str, *, after: bool) -> Callable[[Stage], str]:
    """GitHub answers 502 to one of the writes that close a pull request."""

    def play(stage: Stage) -> str:
        _made(stage)
        stage.repository.commit("main", {"requirements.txt": FINE.encode()})
        stage.hub.fail(method, path, status=502, after=after, containing=containing)
        ran = stage.run()
        assert (ran.operation, ran.code, _only(stage).state) == ("closed", 0, "closed"), ran.log
        assert stage.repository.tip(BRANCH) is None
        return _said(ran)

    return play


def race_at_the_end(stage: Stage) -> str:
    """A human pushes just before the branch is deleted."""
    _made(stage)
    stage.repository.commit("main", {"requirements.txt": FINE.encode()})
    pushed: list[str] = []
    stage.hub.before(
        "POST",
        "/graphql",
        lambda: pushed.append(stage.repository.commit(BRANCH, {"notes.txt": b"mine\n"})),
        containing="mutation",
    )
    ran = stage.run()
    assert (ran.operation, ran.code, stage.repository.tip(BRANCH)) == ("none", 0, pushed[0]), ran.log
    assert _only(stage).state == "open"
    return f"{_said(ran)}, their commit is there"


def nothing_ever(stage: Stage) -> str:
    ran = stage.run()
    assert (ran.operation, ran.code) == ("none", 0)
    assert _writes(stage, 0) == []
    return f"{_said(ran)}, no write"


def merged(stage: Stage) -> str:
    _made(stage)
    stage.repository.push("main", stage.repository.tip(BRANCH))
    ran = stage.run()
    assert ran.code == 0
    assert ran.operation == "none"
    return _said(ran)


def closed_by_a_human(stage: Stage) -> str:
    _made(stage)
    _only(stage).close(by="jo")
    since = len(stage.hub.requests)
    ran = stage.run()
    assert (ran.operation, ran.code) == ("none", 1), "the errors are still there"
    assert _writes(stage, since) == []
    assert "closed by jo" in ran.log
    assert "closed by jo" in ran.summary
    assert "no pull request holds it" in ran.summary
    return f"{_said(ran)}, no write"


def closed_by_a_human_and_other_corrections(stage: Stage) -> str:
    _made(stage)
    _only(stage).close(by="jo")
    stage.repository.commit("main", {"dev-requirements.txt": f"other==2 --hash=sha256:{'1' * 64}\n".encode()})
    ran = stage.run()
    assert (ran.operation, len(stage.repository.pulls)) == ("created", 2)
    return _said(ran)


def unexplained(stage: Stage) -> str:
    ran = stage.run()
    assert (ran.operation, ran.code) == ("none", 1), "nobody has explained that hash, so it is not written over"
    forced = stage.run(inputs={"unsafe-fixes": "true"})
    assert (forced.operation, forced.code) == ("created", 0)
    return f"{_said(ran)}; with unsafe-fixes {_said(forced)}"


# --- people ------------------------------------------------------------------


def human_commit(stage: Stage) -> str:
    _made(stage)
    theirs = stage.repository.commit(BRANCH, {"notes.txt": b"mine\n"})
    stage.repository.commit("main", {"README.md": b"more\n"})
    ran = stage.run()
    assert (ran.operation, ran.code) == ("refused", 0), "the pull request still holds the correction"
    assert stage.repository.tip(BRANCH) == theirs
    assert theirs[:12] in ran.log
    since = len(stage.hub.requests)
    stage.run()
    assert _writes(stage, since) == [], "one comment is enough"
    return f"{_said(ran)}, their commit is there"


def human_amended(stage: Stage) -> str:
    _made(stage)
    git, tip = stage.repository.git, stage.repository.tip(BRANCH)
    message = git("log", "-1", "--format=%B", BRANCH).decode()
    tree = git("rev-parse", "main^{tree}").decode().strip()
    parent = git("rev-parse", f"{tip}^").decode().strip()
    theirs = (
        git("-c", "user.name=Jo", "-c", "user.email=jo@example.org", "commit-tree", tree, "-p", parent, "-m", message)
        .decode()
        .strip()
    )
    stage.repository.push(BRANCH, theirs)
    ran = stage.run()
    assert ran.operation == "refused"
    assert stage.repository.tip(BRANCH) == theirs
    return f"{_said(ran)}, their commit is there"


def _commit(stage: Stage, tree: str, parent: str, message: str) -> str:
    git = stage.repository.git
    who = ("-c", "user.name=Jo", "-c", "user.email=jo@example.org")
    made = git(*who, "commit-tree", tree, "-p", parent, "-m", message).decode().strip()
    stage.repository.push(BRANCH, made)
    return made


def forged_trailers(stage: Stage) -> str:
    """Somebody gives a tree of their own our trailers: nothing may vouch for it."""
    _made(stage)
    git = stage.repository.git
    ours = git("log", "-1", "--format=%B", BRANCH).decode()
    stage.repository.commit("other", {"setup.py": b"evil\n", "requirements.txt": BAD.encode()}, parent="main")
    tree = git("rev-parse", "other^{tree}").decode().strip()
    message = re.sub("Hashpin-Tree: .*", f"Hashpin-Tree: {tree}", ours)
    _commit(stage, tree, git("rev-parse", "main").decode().strip(), message)
    ran = stage.run()
    assert (ran.operation, _on_branch(stage)) == ("updated", FINE.encode())
    return f"{_said(ran)}, nothing vouched for"


def forged_base(stage: Stage) -> str:
    """Somebody names a human's commit as the base of an empty one on top of it."""
    _made(stage)
    theirs = stage.repository.commit(BRANCH, {"notes.txt": b"mine\n"})
    tree = stage.repository.git("rev-parse", f"{BRANCH}^{{tree}}").decode().strip()
    trailers = f"x\n\nHashpin-Base: {theirs}\nHashpin-Changes: {'0' * 64}\nHashpin-Tree: {tree}"
    forged = _commit(stage, tree, theirs, trailers)
    ran = stage.run()
    assert (ran.operation, stage.repository.tip(BRANCH)) == ("refused", forged)
    return f"{_said(ran)}, their commit is there"


def merged_by_a_human(stage: Stage) -> str:
    """What a merged pull request held is not lost with its branch."""
    _made(stage)
    stage.repository.commit(BRANCH, {"notes.txt": b"mine\n"})
    stage.repository.push("main", stage.repository.tip(BRANCH))
    stage.repository.commit("main", {"dev-requirements.txt": STALE.encode()})
    ran = stage.run()
    assert (ran.operation, ran.code) == ("created", 0)
    assert _on_branch(stage, "notes.txt") == b"mine\n"
    return _said(ran)


def deleted_by_a_human(stage: Stage) -> str:
    """Whoever deletes the branch wants to be asked again."""
    _made(stage)
    stage.repository.push(BRANCH, None)
    assert _only(stage).state == "closed"
    ran = stage.run()
    assert (ran.operation, ran.code, len(stage.repository.pulls)) == ("created", 0, 2)
    return _said(ran)


def two_kinds_of_jobs(stage: Stage) -> str:
    """Jobs with other paths must not undo each other's corrections."""
    _made(stage)
    tip = stage.repository.tip(BRANCH)
    ran = stage.run(inputs={"paths": "README.md", "allow-empty": "true"})
    assert (ran.operation, stage.repository.tip(BRANCH)) == ("none", tip)
    assert _only(stage).state == "open"
    return f"{_said(ran)}, the other's is there"


def words_of_a_human(stage: Stage) -> str:
    """What somebody wrote around our part of the body stays."""
    _made(stage)
    pull = _only(stage)
    pull.body = f"A note by Jo.\r\n\r\n{pull.body}\nAnd another one."
    stage.repository.commit("main", {"README.md": b"more\n"})
    ran = stage.run()
    assert ran.operation == "updated"
    assert pull.body.startswith("A note by Jo.\r\n\r\n<!-- hashpin: v1 base=")
    assert pull.body.endswith("And another one.")
    assert f"base={stage.repository.tip('main')}" in pull.body
    return f"{_said(ran)}, their words are there"


def in_the_way(stage: Stage) -> str:
    """Branches are files to git: one called hashpin leaves no room for hashpin/fix-main."""
    stage.repository.commit("hashpin", {"README.md": b"x\n"}, parent="main")
    ran = stage.run()
    assert (ran.operation, ran.code) == ("refused", 1)
    assert "look for a branch whose name is the beginning of it" in ran.log
    return _said(ran)


def no_drafts(stage: Stage) -> str:
    refused = rules.invalid("PullRequest", message="Draft pull requests are not supported in this repository.")
    stage.hub.refuse("POST", "/repos/*/pulls", refused, containing='"draft": true')
    ran = _made(stage, {"draft": "true"})
    assert "no draft" in ran.log
    return f"{_said(ran)}, and a warning"


def human_pushes_while_it_opens(stage: Stage) -> str:
    """GitHub then opens the pull request for their commit, which has no correction."""
    pushed: list[str] = []

    def push() -> None:
        tree = stage.repository.git("rev-parse", "main^{tree}").decode().strip()
        parent = stage.repository.commit("aside", {"notes.txt": b"mine\n"}, parent="main")
        pushed.append(_commit(stage, tree, parent, "Mine"))

    stage.hub.before("POST", "/repos/*/pulls", push)
    ran = stage.run()
    assert (ran.operation, ran.code, stage.repository.tip(BRANCH)) == ("refused", 1, pushed[0])
    return f"{_said(ran)}, their commit is there"


def branch_of_a_human(stage: Stage) -> str:
    theirs = stage.repository.commit(BRANCH, {"notes.txt": b"mine\n"}, parent="main")
    ran = stage.run()
    assert ran.operation == "refused"
    assert stage.repository.tip(BRANCH) == theirs
    assert stage.repository.pulls == {}
    return f"{_said(ran)}, their branch is there"


def human_commit_and_nothing_left(stage: Stage) -> str:
    _made(stage)
    theirs = stage.repository.commit(BRANCH, {"notes.txt": b"mine\n"})
    stage.repository.commit("main", {"requirements.txt": FINE.encode()})
    ran = stage.run()
    assert (ran.operation, ran.code, _only(stage).state) == ("none", 0, "open")
    assert stage.repository.tip(BRANCH) == theirs
    return f"{_said(ran)}, their commit is there"


def _race(
    method: str, path: str, containing: str = "", *, rest: bool = False, begin: bool = True, ends: str = "refused"
) -> Callable[[Stage], str]:
    """A human pushes to our branch just before we write."""

    def play(stage: Stage) -> str:
        if rest:
            _only_rest(stage)
        if begin:
            _made(stage)
            stage.repository.commit("main", {"README.md": b"more\n"})
        pushed: list[str] = []

        def push() -> None:
            pushed.append(stage.repository.commit(BRANCH, {"notes.txt": b"mine\n"}, parent="main"))

        stage.hub.before(method, path, push, containing=containing)
        ran = stage.run()
        assert pushed, f"never came to {method} {path}"
        assert ran.operation == ends, ran.log
        tip = stage.repository.tip(BRANCH)
        assert tip
        stage.repository.git("merge-base", "--is-ancestor", pushed[0], tip)
        return f"{_said(ran)}, their commit is there"

    return play


def two_jobs(stage: Stage) -> str:
    """Another job makes the pull request just before ours does."""
    stage.hub.before(
        "POST", "/repos/*/pulls", lambda: stage.repository.open_pull(BRANCH, "main", login="github-actions[bot]")
    )
    ran = stage.run()
    assert (ran.operation, len(stage.repository.pulls)) == ("updated", 1)
    return _said(ran)


# --- refusals ----------------------------------------------------------------


def protected(stage: Stage) -> str:
    stage.repository.protect(
        "hashpin/*", message="Cannot create ref due to creations being restricted: rule violations"
    )
    ran = stage.run()
    assert (ran.operation, ran.code) == ("refused", 1)
    assert "rule" in ran.log
    assert "`branch`" in ran.log
    assert "give `branch` a name" in ran.summary
    return _said(ran)


def setting_off(stage: Stage) -> str:
    stage.repository.settings.actions_may_create_pull_requests = False
    ran = stage.run()
    assert (ran.operation, ran.code) == ("refused", 1)
    assert "Allow GitHub Actions to create and approve pull requests" in ran.log
    assert f"{stage.hub.server_url}/org/repo/compare/main...{BRANCH}" in ran.log
    assert f"<{stage.hub.server_url}/org/repo/compare/main...{BRANCH}?expand=1>" in ran.summary
    assert _on_branch(stage) == FINE.encode(), "the branch is pushed"
    stage.repository.settings.actions_may_create_pull_requests = True
    since = len(stage.hub.requests)
    assert stage.run().operation == "created"
    assert _writes(stage, since) == ["POST /repos/org/repo/pulls"]
    return f"{_said(ran)}, the branch is pushed; once it is on: created"


def read_only(stage: Stage) -> str:
    stage.permissions = {"contents": "read"}
    ran = stage.run()
    assert (ran.operation, ran.code) == ("refused", 1)
    assert "permissions: {contents: write, pull-requests: write}" in ran.log
    assert "Traceback" not in ran.log
    assert any(command.properties.get("file") == "requirements.txt" for command in ran.commands)
    return _said(ran)


def half_allowed(stage: Stage) -> str:
    stage.permissions = {"contents": "write"}
    ran = stage.run()
    assert (ran.operation, ran.code) == ("refused", 1)
    assert "permissions: {contents: write, pull-requests: write}" in ran.log
    return _said(ran)


def no_token(stage: Stage) -> str:
    ran = stage.run(inputs={"token": ""})
    assert (ran.operation, ran.code) == ("refused", 1)
    assert "token" in ran.log
    return _said(ran)


def wrong_token(stage: Stage) -> str:
    ran = stage.run(inputs={"token": "ghs_nobodys"})
    assert (ran.operation, ran.code) == ("refused", 1)
    assert "does not take the token" in ran.log
    return _said(ran)


def archived(stage: Stage) -> str:
    stage.repository.settings.archived = True
    ran = stage.run()
    assert (ran.operation, ran.code) == ("refused", 1)
    assert "archived" in ran.log
    return _said(ran)


def no_such_base(stage: Stage) -> str:
    ran = stage.run(inputs={"base": "gone"})
    assert (ran.operation, ran.code) == ("refused", 1)
    assert "there is no branch gone" in ran.log
    return _said(ran)


def secondary_limit(stage: Stage) -> str:
    stage.hub.refuse("POST", "/repos/*/git/trees", rules.secondary_limit(1))
    ran = _made(stage)
    return f"{_said(ran)}, after waiting as told"


def secondary_limit_for_long(stage: Stage) -> str:
    stage.hub.refuse("POST", "/repos/*/git/trees", rules.secondary_limit(3600), times=-1)
    ran = stage.run()
    assert (ran.operation, ran.code) == ("refused", 1)
    assert "too many requests" in ran.log
    return _said(ran)


def people_unknown(stage: Stage) -> str:
    stage.hub.refuse("POST", "/repos/*/requested_reviewers", rules.invalid("PullRequest", "reviewers"))
    ran = _made(stage, {"reviewers": "nobody", "labels": "x"})
    assert "reviewers" in ran.log
    return f"{_said(ran)}, and a warning"


def _fault(method: str, path: str, containing: str = "", *, after: bool, rest: bool = False) -> Callable[[Stage], str]:
    """GitHub answers 502 to one write: before it did it, or after."""

    def play(stage: Stage) -> str:
        if rest:
            _only_rest(stage)
        stage.hub.fail(method, path, status=502, after=after, containing=containing)
        ran = stage.run()
        assert (ran.operation, ran.code, len(stage.repository.pulls)) == ("created", 0, 1), ran.log
        assert _on_branch(stage) == FINE.encode()
        return _said(ran)

    return play


def _fault_at_a_blob(*, after: bool) -> Callable[[Stage], str]:
    """What is no UTF-8 has a blob of its own."""

    def play(stage: Stage) -> str:
        stage.hub.fail("POST", "/repos/*/git/blobs", status=502, after=after)
        return utf_16(stage)

    return play


def _fault_later(method: str, path: str, containing: str, *, after: bool) -> Callable[[Stage], str]:
    """The same to a write of a later run."""

    def play(stage: Stage) -> str:
        _made(stage)
        stage.repository.commit("main", {"README.md": b"more\n"})
        stage.hub.fail(method, path, status=502, after=after, containing=containing)
        ran = stage.run()
        assert (ran.operation, ran.code, len(stage.repository.pulls)) == ("updated", 0, 1), ran.log
        assert len(stage.repository.git("rev-list", f"main..{BRANCH}").split()) == 1, "by compare and swap"
        return _said(ran)

    return play


def always_down(stage: Stage) -> str:
    stage.hub.fail("POST", "/repos/*/git/commits", status=503, times=-1)
    ran = stage.run()
    assert (ran.operation, ran.code) == ("refused", 1)
    assert stage.repository.tip(BRANCH) is None
    return _said(ran)


# --- by REST alone -----------------------------------------------------------


def by_rest(stage: Stage) -> str:
    _only_rest(stage)
    _made(stage)
    stage.repository.commit("main", {"README.md": b"more\n"})
    ran = stage.run()
    assert (ran.operation, ran.code, len(stage.repository.pulls)) == ("updated", 0, 1)
    assert stage.repository.git("diff", "--name-only", f"main...{BRANCH}") == b"requirements.txt\n"
    assert all("force': True" not in str(r.body) for r in stage.hub.requests if r.method == "PATCH")
    since = len(stage.hub.requests)
    same = stage.run()
    assert (same.operation, _writes(stage, since)) == ("none", [])
    stage.repository.commit("main", {"README.md": b"even more\n"})
    assert stage.run().operation == "updated", "a branch of several commits of ours is ours"
    stage.repository.commit("main", {"requirements.txt": FINE.encode()})
    closed = stage.run()
    assert (closed.operation, _only(stage).state) == ("closed", "closed")
    return f"{_said(ran)}; closed, the branch left"


# --- bytes -------------------------------------------------------------------


def crlf(stage: Stage) -> str:
    ran = _made(stage)
    assert _on_branch(stage) == FINE.replace("\n", "\r\n").encode()
    return _said(ran)


def executable(stage: Stage) -> str:
    ran = _made(stage)
    assert stage.repository.git("ls-tree", BRANCH, "requirements.txt").startswith(b"100755 ")
    return _said(ran)


def utf_16(stage: Stage) -> str:
    ran = _made(stage)
    assert _on_branch(stage) == FINE.encode("utf-16")
    return _said(ran)


def filtered(stage: Stage) -> str:
    """The checkout has other line ends than the blob: git's filters are not ours to undo."""
    ran = _made(stage)
    assert _on_branch(stage) == FINE.encode()
    return _said(ran)


def symlink(stage: Stage) -> str:
    ran = _made(stage)
    assert _on_branch(stage, "real-requirements.txt") == FINE.encode()
    assert stage.repository.git("ls-tree", BRANCH, "requirements.txt").startswith(b"120000 ")
    return _said(ran)


def large_files(stage: Stage) -> str:
    ran = stage.run()
    assert ran.code == 3
    assert "Git LFS" in ran.log
    return _said(ran)


def subfolder(stage: Stage) -> str:
    ran = _made(stage)
    assert _on_branch(stage, "a b/é/requirements.txt") == FINE.encode()
    return _said(ran)


_TREES, _COMMITS, _PULLS = "/repos/*/git/trees", "/repos/*/git/commits", "/repos/*/pulls"

SCENARIOS = (
    Scenario("create", create),
    Scenario("end to end", end_to_end, {"requirements.txt": (STALE + OTHER).encode()}),
    Scenario("unchanged", unchanged),
    Scenario("update", update),
    Scenario("base moved", base_moved),
    Scenario("nothing left", nothing_left),
    Scenario("nothing ever", nothing_ever, {"requirements.txt": FINE.encode()}),
    Scenario("merged", merged),
    Scenario("the index does not answer", index_down),
    Scenario("half of the index does not answer", index_half_down),
    Scenario("race before the branch is deleted", race_at_the_end),
    *(
        Scenario(f"502 {when} {what}", _fault_at_the_end(method, path, containing, after=after))
        for what, method, path, containing in (
            ("the branch deleted", "POST", "/graphql", "mutation"),
            ("the pull request closed", "PATCH", "/repos/*/pulls/*", ""),
            ("the last comment", "POST", "/repos/*/comments", ""),
        )
        for when, after in (("instead of", False), ("after", True))
    ),
    Scenario("closed by a human", closed_by_a_human),
    Scenario("closed by a human, then other corrections", closed_by_a_human_and_other_corrections),
    Scenario("an unexplained hash", unexplained, {"requirements.txt": BAD.encode()}),
    Scenario("human commit on the branch", human_commit),
    Scenario("human amended our commit", human_amended),
    Scenario("the branch is a human's", branch_of_a_human),
    Scenario("somebody forges our trailers", forged_trailers),
    Scenario("somebody forges the base", forged_base),
    Scenario("merged, with a human's commit", merged_by_a_human),
    Scenario("the branch is deleted by a human", deleted_by_a_human),
    Scenario("another job for the same branch", two_kinds_of_jobs),
    Scenario("a human's words in the body", words_of_a_human),
    Scenario("a branch in the way", in_the_way),
    Scenario("no drafts here", no_drafts),
    Scenario("human pushes while it opens", human_pushes_while_it_opens),
    Scenario("human commit, and nothing left", human_commit_and_nothing_left),
    Scenario("race before the tree", _race("POST", _TREES)),
    Scenario("race before the commit", _race("POST", _COMMITS)),
    Scenario("race before the branch moves", _race("POST", "/graphql", "mutation")),
    Scenario("race before the branch is made", _race("POST", "/graphql", "mutation", begin=False)),
    Scenario("race before the branch moves, by REST", _race("PATCH", "/repos/*/git/refs/*", rest=True)),
    Scenario("race before the branch is made, by REST", _race("POST", "/repos/*/git/refs", rest=True, begin=False)),
    Scenario("race before the pull request is opened", _race("POST", _PULLS, begin=False)),
    Scenario("race before the pull request is changed", _race("PATCH", "/repos/*/pulls/*", ends="updated")),
    Scenario("race with another job", two_jobs),
    Scenario("protected branch", protected),
    Scenario("setting off", setting_off),
    Scenario("read-only token", read_only),
    Scenario("token without pull-requests", half_allowed),
    Scenario("no token", no_token),
    Scenario("wrong token", wrong_token),
    Scenario("archived", archived),
    Scenario("no such base", no_such_base),
    Scenario("secondary limit", secondary_limit),
    Scenario("secondary limit for an hour", secondary_limit_for_long),
    Scenario("reviewers that GitHub does not take", people_unknown),
    *(
        Scenario(f"502 {when} {what}", _fault(method, path, containing, after=after, rest=rest))
        for what, method, path, containing, rest in (
            ("the tree", "POST", _TREES, "", False),
            ("the commit", "POST", _COMMITS, "", False),
            ("the branch", "POST", "/graphql", "mutation", False),
            ("the branch, by REST", "POST", "/repos/*/git/refs", "", True),
            ("the pull request", "POST", _PULLS, "", False),
        )
        for when, after in (("instead of", False), ("after", True))
    ),
    *(
        Scenario(f"502 {when} {what}", _fault_later(method, path, containing, after=after))
        for what, method, path, containing in (
            ("the branch moved", "POST", "/graphql", "mutation"),
            ("the pull request changed", "PATCH", "/repos/*/pulls/*", ""),
        )
        for when, after in (("instead of", False), ("after", True))
    ),
    Scenario("503 for good", always_down),
    Scenario("by REST alone", by_rest),
    Scenario("CRLF", crlf, {"requirements.txt": STALE.replace("\n", "\r\n").encode()}),
    Scenario("executable", executable, more={"executable": {"requirements.txt"}}),
    *(
        Scenario(f"502 {when} the blob", _fault_at_a_blob(after=after), {"requirements.txt": STALE.encode("utf-16")})
        for when, after in (("instead of", False), ("after", True))
    ),
    Scenario("UTF-16", utf_16, {"requirements.txt": STALE.encode("utf-16")}),
    Scenario("filtered by git", filtered, {**FILES, ".gitattributes": b"*.txt text eol=crlf\n"}),
    Scenario(
        "symlink",
        symlink,
        {"requirements.txt": b"real-requirements.txt", "real-requirements.txt": STALE.encode()},
        {"modes": {"requirements.txt": "120000"}},
    ),
    Scenario(
        "Git LFS",
        large_files,
        {
            "requirements.txt": b"version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 1\n",
            "constraints.txt": b"demo==2.0\n",
        },
    ),
    Scenario("folders with odd names", subfolder, {"a b/é/requirements.txt": STALE.encode()}),
)
