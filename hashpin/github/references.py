"""Moves a branch only from the commit that it was seen at, so that nobody's commits are lost.

GraphQL's `updateRefs` compares and swaps. REST's "Update a reference" does not,
but it refuses, unless forced, a commit that does not descend from the present
one: there, the new commit is given the old one as a parent, and nothing is ever
forced. Sources: GitHub's GraphQL reference, `updateRefs`; REST API, "Git references".
"""

from __future__ import annotations

from collections.abc import Callable

from hashpin.github.commits import tip
from hashpin.github.connection import Connection, spelled
from hashpin.github.refusals import Kind, Refusal, Refused
from hashpin.wording import visible

WRITE = "contents: write, pull-requests: write"
_NO_COMMIT = "0" * 40
_REPOSITORY = "query($owner: String!, $name: String!) { repository(owner: $owner, name: $name) { id } }"
_UPDATE = "mutation($input: UpdateRefsInput!) { updateRefs(input: $input) { clientMutationId } }"


def is_name(branch: str) -> bool:
    """Whether git takes a text as the name of a branch."""
    from dulwich.refs import check_ref_format

    fit = branch.isprintable() and not branch.startswith(("-", "refs/")) and len(branch) < 245
    return fit and bool(check_ref_format(f"refs/heads/{branch}".encode()))  # type: ignore[arg-type,unused-ignore]


def create(connection: Connection, branch: str, new: str) -> None:
    """Make a branch that must not be there yet. Raises Refused, of kind STALE where it is there."""
    if not _swapped(connection, branch, None, new):
        body = {"ref": f"refs/heads/{branch}", "sha": new}
        _settled(connection, branch, None, new, lambda: connection.write("POST", "/git/refs", body, WRITE))


def move(connection: Connection, branch: str, old: str, new: str, descendant: Callable[[], str]) -> str:
    """Move a branch from one commit to another; the commit that it is then at.

    `descendant` makes the commit to move to where nothing but REST may be used:
    it must have `old` as a parent. Raises Refused, of kind STALE where the
    branch is no longer at `old`.
    """
    if _swapped(connection, branch, old, new):
        return new
    other = descendant()
    path = spelled("git", "refs", f"heads/{branch}")
    body = {"sha": other, "force": False}
    _settled(connection, branch, old, other, lambda: connection.write("PATCH", path, body, WRITE))
    return other


def delete(connection: Connection, branch: str, old: str) -> bool:
    """Delete a branch; False where that can only be done without comparing, so that it was not done."""
    return _swapped(connection, branch, old, None)


def _swapped(connection: Connection, branch: str, old: str | None, new: str | None) -> bool:
    """Compare and swap; False where GitHub does not let this token do so."""
    owner, _, name = connection.repository.partition("/")
    try:
        found = connection.graphql(_REPOSITORY, {"owner": owner, "name": name}, WRITE)
        identity = (found.get("repository") or {}).get("id")
    except Refused as refused:
        if refused.refusal.kind in (Kind.RATE, Kind.ARCHIVED):
            raise
        return False
    update = {
        "name": f"refs/heads/{branch}",
        "beforeOid": old or _NO_COMMIT,
        "afterOid": new or _NO_COMMIT,
        "force": True,
    }
    wanted = {"input": {"repositoryId": identity, "refUpdates": [update]}}
    for _ in range(2):
        try:
            connection.graphql(_UPDATE, wanted, WRITE)
            return True
        except Refused as refused:
            # What it says when somebody was faster is not documented: the branch itself tells.
            now = tip(connection, branch)
            if now == new:
                return True
            if now != old:
                raise _stale(branch) from refused
            if refused.refusal.kind in (Kind.RULE, Kind.RATE, Kind.ARCHIVED):
                raise
            if refused.refusal.kind is not Kind.FAULT:
                return False
    return False


def _settled(connection: Connection, branch: str, old: str | None, new: str, write: Callable[[], object]) -> None:
    """Write, and where the answer does not tell whether it was done, look."""
    try:
        write()
    except Refused as refused:
        if refused.refusal.kind not in (Kind.FAULT, Kind.EXISTS, Kind.STALE):
            raise
        now = tip(connection, branch)
        if now == new:
            return
        if now != old:
            raise _stale(branch) from refused
        if refused.refusal.kind is Kind.FAULT:
            write()  # it was not done
            return
        if old is None:
            raise Refused(_in_the_way(branch, refused.refusal)) from refused
        raise


def _in_the_way(branch: str, refusal: Refusal) -> Refusal:
    """Branches are files to git: none can have a name that is another one's folder."""
    reason = f"GitHub cannot make the branch {visible(branch)} ({refusal.reason})"
    remedy = "look for a branch whose name is the beginning of it, and give `branch` another name"
    return Refusal(Kind.INVALID, reason, remedy, status=refusal.status)


def _stale(branch: str) -> Refused:
    return Refused(Refusal(Kind.STALE, f"somebody else moved {branch} at the same time", "run the job again"))
