"""One pull request for each base: made, kept up to date, and closed when nothing is left.

Its branch is the base and one commit of ours on it. A branch that holds anything
else is somebody's work and is never written to. Nothing of the work tree goes
into the commit: it is the base's tree with the bytes that are handed in.

Sources: REST API, "Git trees", "Git commits", "Pulls", "Issues"; a commit that
names neither author nor committer is made, and signed, in the name of the bot
whose token it is ("Signature verification for bots").
"""

from __future__ import annotations

import base64
import enum
import hashlib
import re
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from hashpin.github import references
from hashpin.github.commits import RemoteCommit, contains, tip
from hashpin.github.connection import Connection, spelled
from hashpin.github.refusals import Kind, Refusal, Refused
from hashpin.model import CommittedFile
from hashpin.object_names import object_name
from hashpin.wording import visible

PERMISSIONS = references.WRITE
# What stands before the first and behind the second is somebody else's words.
_MARKER = re.compile(r"<!-- hashpin: v1 base=([0-9a-f]+) fingerprint=([0-9a-z]+) -->")
_END = "<!-- end of hashpin -->"
_TRAILER = re.compile(r"^Hashpin-(Base|Tree|Changes|Scope): ([0-9a-f]+)$", re.MULTILINE)
_LONGEST_BODY = 65_536  # characters
_MOST_OURS = 200  # commits of ours on one branch that are looked through


class Operation(enum.Enum):
    """What happened to the pull request."""

    CREATED = "created"
    UPDATED = "updated"
    CLOSED = "closed"
    NONE = "none"
    REFUSED = "refused"


class Proposal(Struct, frozen=True):
    """What the pull request shall be."""

    base: str
    base_sha: str
    base_tree: str
    branch: str
    title: str
    message: str
    """Of the commit."""
    changes: Mapping[str, tuple[str, bytes]]
    """By path from the repository's root: the mode that it has in the base, and its new bytes."""
    complete: bool
    """Whether everything was judged: only then nothing to change means that nothing is left."""
    fingerprint: str
    """Of the corrections: equal where a person who said no to one would say no to the other."""
    scope: str
    """Of the job: a branch with the corrections of another one is not ours to change. Hexadecimal."""
    body: str
    labels: tuple[str, ...] = ()
    assignees: tuple[str, ...] = ()
    reviewers: tuple[str, ...] = ()
    """A team as ``organisation/team``."""
    draft: bool = False


class Outcome(Struct, frozen=True):
    """What happened, and why."""

    operation: Operation
    reason: str = ""
    number: int | None = None
    url: str | None = None
    head_sha: str | None = None
    verified: bool | None = None
    notes: tuple[str, ...] = ()
    """What was asked for beside it and could not be done."""
    failed: bool = False
    """What was asked for could not be done, and neither a person's wish nor an archive is the reason."""

    corrects: bool = False
    """A pull request is open that brings what was proposed."""


class _Pull(Struct, frozen=True):
    number: int
    url: str
    body: str
    open: bool
    merged: bool
    head_sha: str

    @property
    def marks(self) -> tuple[str, str] | None:
        """The base commit and the fingerprint that it was made for."""
        found = _MARKER.search(self.body)
        return (found[1], found[2]) if found else None


class _Run(Struct):
    connection: Connection
    proposal: Proposal
    compare_url: str
    notes: list[str] = field(default_factory=list)

    def attempt(self, what: str, call: Callable[[], Any]) -> Any:
        """Something that is nice to have: a fault is noted."""
        try:
            return call()
        except Refused as refused:
            self.notes.append(f"{what} could not be added: {refused.refusal}")
            return None


def propose(connection: Connection, proposal: Proposal, server_url: str) -> Outcome:
    """Bring GitHub to what is proposed, by as few writes as that takes, none where it is there. Raises nothing."""
    compare = f"{server_url}/{connection.repository}/compare{spelled(f'{proposal.base}...{proposal.branch}')}?expand=1"
    run = _Run(connection, proposal, compare)
    outcome = Outcome(Operation.REFUSED)
    for _ in range(2):
        run.notes.clear()
        try:
            outcome = _once(run)
        except Refused as refused:
            failed = refused.refusal.kind is not Kind.ARCHIVED
            outcome = Outcome(Operation.REFUSED, str(refused.refusal), failed=failed)
            if refused.refusal.kind is Kind.STALE:
                continue
        break
    return replace(outcome, notes=tuple(run.notes))


def _once(run: _Run) -> Outcome:
    at = tip(run.connection, run.proposal.branch)
    commit = RemoteCommit.read_from(run.connection, at) if at else None
    pulls = _pulls(run)
    now = next((pull for pull in pulls if pull.open), None)
    stranger = _stranger(run, commit, pulls) if commit else None
    if not run.proposal.complete and (now or not run.proposal.changes):
        return _waits(now, commit)
    if not run.proposal.changes:
        return _closed(run, commit, stranger, pulls)
    if stranger and commit:
        return _yielded(run, commit, stranger, now)
    dismissed = next((pull for pull in pulls if not pull.open), None)
    # Whoever deletes the branch, too, wants to be asked again.
    if commit and now is None and dismissed and not dismissed.merged and _same(dismissed, run.proposal):
        return _respected(run, dismissed)
    ours = {"Base": run.proposal.base_sha, "Changes": _changes_id(run.proposal.changes), "Scope": run.proposal.scope}
    if commit and _trailers(commit) == {**ours, "Tree": commit.tree} and _holds(run, commit):
        sha, verified, moved = commit.sha, commit.verified, False
    else:
        sha, verified = _pushed(run, commit, ours)
        moved = True
    if now is None:
        return _opened(run, sha, verified)
    told = _tell(run, now)
    operation = Operation.UPDATED if moved or told else Operation.NONE
    return Outcome(operation, _REASONS[operation], now.number, now.url, sha, verified, corrects=True)


_REASONS = {
    Operation.UPDATED: "the pull request was brought up to date",
    Operation.NONE: "the pull request is up to date",
}


def _holds(run: _Run, commit: RemoteCommit) -> bool:
    """Whether a commit is the base with our changes and nothing else: anybody can write trailers."""
    base = RemoteCommit(run.connection, run.proposal.base_sha, run.proposal.base_tree, (), "").files()
    if base is None or run.proposal.base_sha not in commit.parents:
        return False
    return commit.files() == {**base, **_changed(run, commit.sha)}


def _changed(run: _Run, like: str) -> dict[str, CommittedFile]:
    """Our changes as a commit lists them, named in the algorithm of another name."""
    return {
        path: CommittedFile(mode, object_name("blob", data, like))
        for path, (mode, data) in run.proposal.changes.items()
    }


def _waits(now: _Pull | None, commit: RemoteCommit | None) -> Outcome:
    """Not everything was judged: what is open may well be needed still."""
    why = "not everything could be checked, so nothing is changed"
    number, url = (now.number, now.url) if now else (None, None)
    return Outcome(Operation.NONE, why, number, url, commit.sha if commit else None)


# --- whose branch ----------------------------------------------------------


def _trailers(commit: RemoteCommit) -> dict[str, str]:
    return dict(_TRAILER.findall(commit.message))


def _stranger(run: _Run, commit: RemoteCommit, pulls: Sequence[_Pull]) -> str | None:
    """Whose work would be lost with this branch; None where there is none but ours.

    What the base has, or a merged pull request, is not lost with the branch.
    """
    found = _not_ours(run, commit)
    if found is None or any(pull.merged and pull.head_sha == commit.sha for pull in pulls):
        return None
    return None if contains(run.connection, run.proposal.base_sha, commit.sha) else found


def _not_ours(run: _Run, commit: RemoteCommit) -> str | None:
    """The first commit that is not ours; None where all are.

    A commit of ours names its base, which the base branch has, and its tree, and
    stands in one name. Behind its base nothing is the branch's own.
    """
    scope = _trailers(commit).get("Scope")
    todo = [commit]
    for _ in range(_MOST_OURS):
        if not todo:
            if scope != run.proposal.scope:
                return "corrections of a job with other `paths`, `exclude` or `base`: give each a `branch` of its own"
            return None
        looked_at = todo.pop()
        trailers = _trailers(looked_at)
        base = trailers.get("Base")
        genuine = trailers.get("Tree") == looked_at.tree and base in looked_at.parents and looked_at.by_one
        if not base or not genuine:
            return f"commit {looked_at.sha[:12]} by {visible(looked_at.author)[:80] or 'somebody'}, not hashpin's"
        if base != run.proposal.base_sha and not contains(run.connection, run.proposal.base_sha, base):
            return f"commit {base[:12]}, which {visible(run.proposal.base)} does not have"
        todo += [RemoteCommit.read_from(run.connection, parent) for parent in looked_at.parents if parent != base]
    return f"more than the {_MOST_OURS} commits that are looked through"


def _yielded(run: _Run, commit: RemoteCommit, stranger: str, now: _Pull | None) -> Outcome:
    reason = (
        f"the branch {visible(run.proposal.branch)} holds {stranger}, so nothing was written to it: "
        "merge it as it is, or take that off"
    )
    if now:
        mark = f"<!-- hashpin: yields {commit.sha} -->"
        text = (
            f"{mark}\nhashpin no longer updates this branch, since not all of its commits are this job's own. Merge it "
            "as it is, or take the others off, and hashpin goes on. Deleting the branch deletes them, too."
        )
        run.attempt("a comment", lambda: _comment_once(run.connection, now.number, mark, text))
    number, url = (now.number, now.url) if now else (None, None)
    still = now is not None and all(commit.file(path) == file for path, file in _changed(run, commit.sha).items())
    return Outcome(Operation.REFUSED, reason, number, url, commit.sha, commit.verified, corrects=still)


def _comment_once(connection: Connection, number: int, mark: str, text: str) -> None:
    path = spelled("issues", str(number), "comments")
    for comment in connection.pages(path, PERMISSIONS):
        if isinstance(comment, dict) and mark in str(comment.get("body")):
            return
    connection.write("POST", path, {"body": text}, PERMISSIONS)


# --- the pull requests of our branch ---------------------------------------


def _pulls(run: _Run) -> list[_Pull]:
    """Those from our branch to the base, newest first. Source: REST API, "List pull requests"."""
    owner = run.connection.repository.partition("/")[0]
    head = f"{owner}:{run.proposal.branch}"
    found = run.connection.get(
        "/pulls",
        PERMISSIONS,
        state="all",
        head=head,
        base=run.proposal.base,
        sort="created",
        direction="desc",
        per_page=30,
    )
    if not isinstance(found, list):
        raise Refused(Refusal(Kind.FAULT, "GitHub's answer for the pull requests is no list"))
    return [pull for entry in found if (pull := _pull(entry, run.connection.repository, run.proposal))]


def _pull(entry: Any, repository: str, proposal: Proposal) -> _Pull | None:
    match entry:
        case {
            "number": int(number),
            "html_url": str(url),
            "state": str(state),
            "head": {"ref": str(branch), "sha": str(sha), "repo": {"full_name": str(home)}},
            "base": {"ref": str(base)},
        } if branch == proposal.branch and base == proposal.base and home.lower() == repository.lower():
            body = entry.get("body")
            text = body if isinstance(body, str) else ""
            return _Pull(number, url, text, state == "open", entry.get("merged_at") is not None, sha)
    return None


def _same(pull: _Pull, proposal: Proposal) -> bool:
    return pull.marks is not None and pull.marks[1] == proposal.fingerprint


def _marked(run: _Run) -> str:
    marker = f"<!-- hashpin: v1 base={run.proposal.base_sha} fingerprint={run.proposal.fingerprint} -->"
    return f"{marker}\n{run.proposal.body}\n{_END}\n"


def _tell(run: _Run, pull: _Pull) -> bool:
    """Bring the body up to date between our two marks; where somebody has taken them away it is theirs."""
    start, end = _MARKER.search(pull.body), pull.body.find(_END)
    if start is None or end < start.end() or pull.marks == (run.proposal.base_sha, run.proposal.fingerprint):
        return False
    body = pull.body[: start.start()] + _marked(run).rstrip("\n") + pull.body[end + len(_END) :]
    if len(body) > _LONGEST_BODY:
        return False
    run.connection.write("PATCH", spelled("pulls", str(pull.number)), {"body": body}, PERMISSIONS, again=True)
    return True


def _respected(run: _Run, dismissed: _Pull) -> Outcome:
    by = _closer(run.connection, dismissed.number)
    reason = (
        f"pull request {dismissed.number} with these very corrections was closed{by and f' by {by}'}, so it is not "
        f"opened again: reopen it, delete the branch {visible(run.proposal.branch)} to be asked again, or allow the "
        "findings"
    )
    return Outcome(Operation.NONE, reason, dismissed.number, dismissed.url)


def _closer(connection: Connection, number: int) -> str:
    """Who closed a pull request; empty where GitHub does not say."""
    try:
        issue = connection.get(spelled("issues", str(number)), PERMISSIONS)
    except Refused:
        return ""
    match issue:
        case {"closed_by": {"login": str(login)}}:
            return visible(login)[:80]
    return ""


def _opened(run: _Run, sha: str, verified: bool | None) -> Outcome:
    proposal = run.proposal
    body: dict[str, Any] = {
        "title": proposal.title,
        "head": proposal.branch,
        "base": proposal.base,
        "body": _marked(run),
        "draft": proposal.draft,
        "maintainer_can_modify": True,
    }
    for attempt in range(4):
        try:
            made = run.connection.write("POST", "/pulls", body, PERMISSIONS)
        except Refused as refused:
            kind, reason = refused.refusal.kind, refused.refusal.reason.lower()
            if kind is Kind.NOTHING:
                return Outcome(Operation.NONE, "the base has these corrections already", None, None, sha, verified)
            if kind in (Kind.EXISTS, Kind.FAULT):  # made by another job just now, or by us although no answer came
                now = next((pull for pull in _pulls(run) if pull.open), None)
                if now:
                    return _taken(run, now, sha, verified, ours=kind is Kind.FAULT)
            if body["draft"] and "draft pull requests are not supported" in reason:
                body["draft"] = False
                run.notes.append("this repository has no draft pull requests, so it was opened as no draft")
            elif attempt == 3 or not _patient(kind, reason):
                pushed = f"{refused.refusal}. The branch is pushed: open the pull request at {run.compare_url}"
                return Outcome(Operation.REFUSED, pushed, None, None, sha, verified, failed=True)
            else:
                time.sleep(run.connection.pause)
        else:
            return _made(run, made, sha, verified)
    raise AssertionError("unreachable")


def _patient(kind: Kind, reason: str) -> bool:
    """GitHub may need a moment to know a new branch."""
    return kind is Kind.FAULT or (kind is Kind.INVALID and ("head" in reason or "resolve" in reason))


def _made(run: _Run, made: Any, sha: str, verified: bool | None) -> Outcome:
    match made:
        case {"number": int(number), "html_url": str(url), "head": {"sha": str(head)}}:
            if head != sha:  # somebody pushed in between: this is their pull request
                raise Refused(
                    Refusal(Kind.STALE, f"somebody else moved {visible(run.proposal.branch)} at the same time")
                )
            _furnished(run, number)
            return Outcome(Operation.CREATED, "a pull request was opened", number, url, sha, verified, corrects=True)
    raise Refused(Refusal(Kind.FAULT, "GitHub's answer for the new pull request makes no sense"))


def _taken(run: _Run, now: _Pull, sha: str, verified: bool | None, *, ours: bool) -> Outcome:
    _tell(run, now)
    if ours:
        _furnished(run, now.number)
    operation = Operation.CREATED if ours else Operation.UPDATED
    reason = "a pull request was opened" if ours else "another job opened the pull request"
    return Outcome(operation, reason, now.number, now.url, sha, verified, corrects=True)


def _furnished(run: _Run, number: int) -> None:
    """Labels and people, as far as GitHub takes them. Source: REST API, "Labels", "Assignees", "Review requests"."""
    proposal, connection = run.proposal, run.connection
    issue, pull = spelled("issues", str(number)), spelled("pulls", str(number))
    if proposal.labels:
        body: dict[str, Any] = {"labels": list(proposal.labels)}
        run.attempt("labels", lambda: connection.write("POST", f"{issue}/labels", body, PERMISSIONS, again=True))
    if proposal.assignees:
        people = {"assignees": list(proposal.assignees)}
        run.attempt(
            "assignees", lambda: connection.write("POST", f"{issue}/assignees", people, PERMISSIONS, again=True)
        )
    if proposal.reviewers:
        asked = {
            "reviewers": [name for name in proposal.reviewers if "/" not in name],
            "team_reviewers": [name.rpartition("/")[2] for name in proposal.reviewers if "/" in name],
        }
        path = f"{pull}/requested_reviewers"
        run.attempt("reviewers", lambda: connection.write("POST", path, asked, PERMISSIONS, again=True))


def _closed(run: _Run, commit: RemoteCommit | None, stranger: str | None, pulls: Sequence[_Pull]) -> Outcome:
    """There is nothing that hashpin would correct."""
    nothing = "there is nothing to correct"
    now = next((pull for pull in pulls if pull.open), None)
    if commit is None:
        return Outcome(Operation.NONE, nothing)
    branch = visible(run.proposal.branch)
    if stranger:
        number, url = (now.number, now.url) if now else (None, None)
        return Outcome(Operation.NONE, f"{nothing}; {branch} is left as it is, since it holds {stranger}", number, url)
    deleted = references.delete(run.connection, run.proposal.branch, commit.sha)
    if now is None:
        merged = any(pull.merged for pull in pulls)
        operation = Operation.CLOSED if deleted and not merged else Operation.NONE
        return Outcome(operation, f"{nothing}{f', and the branch {branch} was deleted' if deleted else ''}")
    if not deleted:
        run.notes.append(f"the branch {branch} was left, since without updateRefs it could only be deleted blindly")
    # Closed by us and not by a person: should the same be needed again, it is proposed again.
    done = f"<!-- hashpin: v1 base={run.proposal.base_sha} fingerprint=done -->"
    body = {"state": "closed", "body": _MARKER.sub(done, now.body)}
    run.connection.write("PATCH", spelled("pulls", str(now.number)), body, PERMISSIONS, again=True)
    comments = spelled("issues", str(now.number), "comments")
    text = {"body": "There is nothing left here that hashpin would correct."}
    run.attempt("a comment", lambda: run.connection.write("POST", comments, text, PERMISSIONS))
    return Outcome(Operation.CLOSED, nothing, now.number, now.url)


# --- the commit ------------------------------------------------------------


def _changes_id(changes: Mapping[str, tuple[str, bytes]]) -> str:
    """The same for the same paths, modes and bytes."""
    listed = (f"{path}\0{mode}\0".encode("utf-8", "surrogateescape") for path, (mode, _) in sorted(changes.items()))
    blobs = (hashlib.sha256(data).digest() for _, (_, data) in sorted(changes.items()))
    return hashlib.sha256(b"".join(part for pair in zip(listed, blobs, strict=True) for part in pair)).hexdigest()


def _pushed(run: _Run, old: RemoteCommit | None, ours: Mapping[str, str]) -> tuple[str, bool | None]:
    """Make the commit and bring the branch to it: its name, and whether GitHub shows it as verified."""
    tree = _tree(run)
    made = _committed(run, tree, ours, [run.proposal.base_sha])
    if old is None:
        references.create(run.connection, run.proposal.branch, made[0])
        return made
    again: list[tuple[str, bool | None]] = [made]

    def descendant() -> str:
        again.append(_committed(run, tree, ours, [old.sha, run.proposal.base_sha]))
        return again[-1][0]

    references.move(run.connection, run.proposal.branch, old.sha, made[0], descendant)
    return again[-1]


def _tree(run: _Run) -> str:
    """The base's tree with the changed blobs. What GitHub made of them is looked at before anything points to it."""
    entries = [
        {"path": path, "mode": mode, "type": "blob", **_content(run, data)}
        for path, (mode, data) in sorted(run.proposal.changes.items())
    ]
    body = {"base_tree": run.proposal.base_tree, "tree": entries}
    made = run.connection.write("POST", "/git/trees", body, PERMISSIONS, again=True)
    match made:
        case {"sha": str(tree)}:
            look = RemoteCommit(run.connection, run.proposal.base_sha, tree, (), "")
            for path, (mode, data) in run.proposal.changes.items():
                file = look.file(path)
                if file is None or file.mode != mode or file.sha != object_name("blob", data, file.sha):
                    raise Refused(Refusal(Kind.FAULT, f"GitHub did not take {visible(path)} byte by byte"))
            return tree
    raise Refused(Refusal(Kind.FAULT, "GitHub's answer for the new tree makes no sense"))


def _content(run: _Run, data: bytes) -> dict[str, str]:
    """Text goes with the tree; what is no UTF-8 needs a blob of its own."""
    try:
        return {"content": data.decode("utf-8")}
    except UnicodeDecodeError:
        body = {"encoding": "base64", "content": base64.b64encode(data).decode("ascii")}
        made = run.connection.write("POST", "/git/blobs", body, PERMISSIONS, again=True)
        match made:
            case {"sha": str(sha)}:
                return {"sha": sha}
        raise Refused(Refusal(Kind.FAULT, "GitHub's answer for a new blob makes no sense")) from None


def _committed(run: _Run, tree: str, ours: Mapping[str, str], parents: list[str]) -> tuple[str, bool | None]:
    trailers = "\n".join(f"Hashpin-{name}: {value}" for name, value in {**ours, "Tree": tree}.items())
    # A line of the user's message that looks like a trailer of ours must not stand for it.
    message = _TRAILER.sub(r" \g<0>", run.proposal.message.strip())
    body = {"message": f"{message}\n\n{trailers}", "tree": tree, "parents": parents}
    made = run.connection.write("POST", "/git/commits", body, PERMISSIONS, again=True)
    match made:
        case {"sha": str(sha), "tree": {"sha": str(took)}} if took == tree:
            verification = made.get("verification")
            verified = verification.get("verified") if isinstance(verification, dict) else None
            return sha, verified if isinstance(verified, bool) else None
    raise Refused(Refusal(Kind.FAULT, "GitHub's answer for the new commit makes no sense"))
