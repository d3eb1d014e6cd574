"""Corrections as suggestions in one review of a pull request, each taken with a click.

A suggestion can stand only on lines that the pull request's diff shows, and only
where GitHub would write what we mean: what does not fit is counted and left to
whoever calls. What an earlier run suggested is known by a marker in comments
that this token wrote; markers in anybody else's mean nothing. Sources: GitHub's
documentation, "REST API endpoints for pull request reviews", "Commenting on a
pull request", and its GraphQL schema.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from hashpin.github.connection import Connection
from hashpin.github.event import Event, PullRequest
from hashpin.github.refusals import Kind, Refusal, Refused, read_only
from hashpin.text import Hunk
from hashpin.wording import plural, visible

MOST = 30  # comments of a review, and threads that a run closes: GitHub slows down who makes more at once
PERMISSIONS = "contents: read, pull-requests: write"
_LONGEST = 65_000  # characters of a comment; GitHub takes 65,536
_MOST_PAGES = 20
_MARKER = re.compile(r"<!-- hashpin suggestion ([0-9a-f]{32}) -->\r?\n")
_HEADER = re.compile(r"@@ -\d{1,9}(?:,\d{1,9})? \+(\d{1,9})(?:,\d{1,9})? @@")

_THREADS = """
query($owner: String!, $name: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      headRefOid
      reviewThreads(first: 100, after: $after) {
        nodes {
          id isResolved isOutdated viewerCanResolve path line startLine
          comments(first: 1) { nodes { id body viewerDidAuthor isMinimized } }
        }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
}
"""
_RESOLVE = "mutation($id: ID!) { resolveReviewThread(input: {threadId: $id}) { thread { id } } }"
_MINIMIZE = """
mutation($id: ID!) {
  minimizeComment(input: {subjectId: $id, classifier: OUTDATED}) { minimizedComment { isMinimized } }
}
"""


class Suggestion(Struct, frozen=True):
    """Lines of a file, what should stand there, and why in one sentence."""

    path: str
    """From the root of the repository."""
    hunk: Hunk
    message: str


class Outcome(Struct, frozen=True):
    """What became of the suggestions that were wanted."""

    wanted: int = 0
    made: int = 0
    kept: int = 0
    """They stood there already."""
    outside: int = 0
    """On lines that the pull request's diff does not show."""
    unfit: int = 0
    """With characters, line ends or a length that would not come through."""
    over: int = 0
    """More than a review may have; the next run makes them."""
    closed: int = 0
    """Those of an earlier run that do not hold any more, and are resolved or hidden now."""
    url: str = ""
    """Where people find the review."""
    refusal: Refusal | None = None
    """Why suggestions were not made."""
    not_closed: Refusal | None = None
    """Why some of an earlier run stay open."""

    @property
    def left(self) -> int:
        """How many nobody sees as a suggestion: a patch has to show them."""
        return self.wanted - self.made - self.kept

    def __str__(self) -> str:
        counted = (
            (self.made, "made"),
            (self.kept, "there already"),
            (self.outside, "on lines that this pull request does not show"),
            (self.unfit, "that GitHub would not write as meant"),
            (self.over, "for the next run, as a review is given no more"),
            (self.closed, "of an earlier run closed"),
        )
        said = [f"{count:,} {what}" for count, what in counted if count]
        if self.refusal:
            said.append(f"no more could be made: {self.refusal}")
        if self.not_closed:
            said.append(f"some of an earlier run stay open: {self.not_closed}")
        return f"suggestions: {', '.join(said) or 'none'}" + (f", {self.url}" if self.url else "")


def hindrance(event: Event) -> Refusal | None:
    """Why nothing can be suggested, where the event alone tells."""
    if event.read_only:
        return read_only(event.read_only, PERMISSIONS)
    return None if event.pull_request else Refusal(Kind.NOTHING, "suggestions need a pull request")


def suggest(
    connection: Connection,
    pull_request: PullRequest,
    wanted: Sequence[Suggestion],
    neutral: Callable[[str], str],
    complete: bool = True,
) -> Outcome:
    """Make what is wanted of one review and close what an earlier run suggested in vain.

    Where not everything was judged (not `complete`), nothing is closed.

    `neutral` makes a text harmless in Markdown. Raises nothing: a refusal is in
    the outcome.
    """
    outcome = Outcome(len(wanted))
    try:
        standing = _standing(connection, pull_request)
        fit = [_Comment.of(suggestion, neutral) for suggestion in wanted if _writable(suggestion.hunk)]
        fit = [comment for comment in fit if len(comment.body) <= _LONGEST]
        shown = _shown(connection, pull_request, {comment.path for comment in fit})
        inside = [comment for comment in fit if _inside(comment.hunk, shown.get(comment.path, {}))]
        new = [comment for comment in inside if not any(thread.holds(comment) for thread in standing)]
        outcome = replace(
            outcome, kept=len(inside) - len(new), outside=len(fit) - len(inside), unfit=len(wanted) - len(fit)
        )
        if new:
            outcome = _reviewed(connection, pull_request, new, outcome)
    except Refused as refused:
        return replace(outcome, refusal=refused.refusal)
    if not complete:
        return outcome
    return _closed(connection, [t for t in standing if t.open and not any(map(t.holds, inside))], outcome)


# --- what to write ---------------------------------------------------------


class _Comment(Struct, frozen=True):
    path: str
    hunk: Hunk
    mark: str
    body: str

    @classmethod
    def of(cls, suggestion: Suggestion, neutral: Callable[[str], str]) -> _Comment:
        hunk = suggestion.hunk
        mark = hashlib.sha256(repr((suggestion.path, hunk.old, hunk.new)).encode()).hexdigest()[:32]
        new = "".join(hunk.new)
        fence = "`" * max(3, 1 + max(map(len, re.findall("`+", new)), default=0))
        sentence = f"hashpin: {neutral(suggestion.message)}"  # so that it does not begin a list
        body = f"<!-- hashpin suggestion {mark} -->\n{sentence}\n\n{fence}suggestion\n{new}{fence}\n"
        return cls(suggestion.path, hunk, mark, body)

    @property
    def spelled(self) -> dict[str, Any]:
        one: dict[str, Any] = {"path": self.path, "body": self.body, "line": self.hunk.end, "side": "RIGHT"}
        several = {"start_line": self.hunk.start, "start_side": "RIGHT"}
        return one if self.hunk.start == self.hunk.end else one | several


def _writable(hunk: Hunk) -> bool:
    """Whether a click writes these lines as they are meant.

    GitHub's suggestions mix line ends in files that have CRLF, and a comment has
    no way to say that a last line has no end. Nothing is repeated that people
    could not see, nor the credentials of an address.
    """
    lines = (*hunk.old, *hunk.new)
    bodies = (line[:-1].replace("\t", " ") for line in lines)
    return bool(hunk.old) and all(line.endswith("\n") for line in lines) and all(visible(b) == b for b in bodies)


def _reviewed(connection: Connection, pull_request: PullRequest, new: Sequence[_Comment], outcome: Outcome) -> Outcome:
    chosen = new[:MOST]
    outcome = replace(outcome, over=len(new) - len(chosen))
    body = {
        "commit_id": pull_request.head_sha,
        "event": "COMMENT",
        "body": f"hashpin can correct {plural(len(new), 'place')} of this change.",
        "comments": [comment.spelled for comment in chosen],
    }
    try:
        made = connection.write("POST", f"/pulls/{pull_request.number}/reviews", body, PERMISSIONS)
    except Refused as refused:
        # After a fault nobody knows whether it was made; twice would be worse than not.
        if refused.refusal.kind is not Kind.FAULT:
            raise
        standing = _standing(connection, pull_request)
        if not all(any(thread.holds(comment) for thread in standing) for comment in chosen):
            raise
        made = None
    url = made.get("html_url") if isinstance(made, dict) else None
    return replace(outcome, made=len(chosen), url=url if isinstance(url, str) else "")


# --- what the pull request shows -------------------------------------------

_Shown = Mapping[int, tuple[int, str]]
"""By line of the new side: in which part of the diff it stands, and its text without the line end."""


def _shown(connection: Connection, pull_request: PullRequest, paths: set[str]) -> Mapping[str, _Shown]:
    """The lines that may be commented, of these files; none of a file whose diff GitHub finds too large."""
    if not paths:
        return {}
    files = connection.pages(f"/pulls/{pull_request.number}/files", PERMISSIONS)
    return {
        file["filename"]: _lines(file["patch"])
        for file in files
        if isinstance(file, dict) and file.get("filename") in paths and isinstance(file.get("patch"), str)
    }


def _lines(patch: str) -> _Shown:
    found: dict[int, tuple[int, str]] = {}
    part = number = 0
    for line in patch.split("\n"):
        if header := _HEADER.match(line):
            part, number = part + 1, int(header[1])
        elif part and line[:1] in (" ", "+"):
            found[number] = part, line[1:]
            number += 1
    return found


def _inside(hunk: Hunk, shown: _Shown) -> bool:
    """Whether the diff shows all these lines in one part, as we know them: another commit may have been judged."""
    lines = [shown.get(hunk.start + index) for index in range(len(hunk.old))]
    parts = {line[0] for line in lines if line}
    return len(parts) == 1 and [line and f"{line[1]}\n" for line in lines] == list(hunk.old)


# --- what stands there -----------------------------------------------------


class _Thread(Struct, frozen=True):
    """A conversation that a suggestion of ours began."""

    id: str
    comment: str
    mark: str
    path: str
    lines: tuple[int, int] | None
    """First and last; None where the lines have changed since."""
    open: bool
    resolvable: bool

    def holds(self, comment: _Comment) -> bool:
        """Whether it is this suggestion, at this place. One that people have resolved counts: they have seen it."""
        place = (comment.path, (comment.hunk.start, comment.hunk.end))
        return self.mark == comment.mark and (self.path, self.lines) == place


def _standing(connection: Connection, pull_request: PullRequest) -> list[_Thread]:
    """Our threads. Raises Refused where somebody has pushed since the event."""
    owner, _, name = connection.repository.partition("/")
    variables: dict[str, Any] = {"owner": owner, "name": name, "number": pull_request.number, "after": None}
    found: list[_Thread] = []
    for _ in range(_MOST_PAGES):
        data = connection.graphql(_THREADS, variables, PERMISSIONS, again=True)
        asked = _at(data, "repository", "pullRequest")
        head = _at(asked, "headRefOid")
        if not isinstance(head, str):
            raise Refused(Refusal(Kind.FAULT, "GitHub's answer knows no such pull request"))
        if head != pull_request.head_sha:
            raise Refused(Refusal(Kind.STALE, "somebody has pushed since: the run for that commit suggests"))
        found += _ours(_at(asked, "reviewThreads", "nodes"))
        page = _at(asked, "reviewThreads", "pageInfo")
        if _at(page, "hasNextPage") is not True:
            return found
        variables["after"] = _at(page, "endCursor")
    raise Refused(Refusal(Kind.INVALID, "the pull request has more conversations than we look through"))


def _ours(nodes: object) -> Iterator[_Thread]:
    for node in nodes if isinstance(nodes, list) else ():
        comments = _at(node, "comments", "nodes")
        first = comments[0] if isinstance(comments, list) and comments else None
        body, identity, comment = _at(first, "body"), _at(node, "id"), _at(first, "id")
        marked = _MARKER.match(body) if isinstance(body, str) else None
        # Whoever copies a marker did not write with our token.
        if not marked or _at(first, "viewerDidAuthor") is not True:
            continue
        if not isinstance(identity, str) or not isinstance(comment, str):
            continue
        line, start, path = _at(node, "line"), _at(node, "startLine"), _at(node, "path")
        known = isinstance(line, int) and _at(node, "isOutdated") is False
        lines = (start if isinstance(start, int) else line, line) if known and isinstance(line, int) else None
        yield _Thread(
            identity,
            comment,
            marked[1],
            path if isinstance(path, str) else "",
            lines,
            open=_at(node, "isResolved") is False and _at(first, "isMinimized") is False,
            resolvable=_at(node, "viewerCanResolve") is True,
        )


def _closed(connection: Connection, outdated: Iterable[_Thread], outcome: Outcome) -> Outcome:
    """Resolve what does not hold any more; where the token may not, hide it.

    Resolving needs `contents: write` of an App's token (github/gh-aw#35726),
    which is more than a check of pull requests should be given.
    """
    resolving = True
    for thread in islice(outdated, MOST):
        try:
            resolving = resolving and thread.resolvable and _resolved(connection, thread)
            if not resolving:
                connection.graphql(_MINIMIZE, {"id": thread.comment}, PERMISSIONS, again=True)
        except Refused as refused:
            return replace(outcome, not_closed=refused.refusal)
        outcome = replace(outcome, closed=outcome.closed + 1)
    return outcome


def _resolved(connection: Connection, thread: _Thread) -> bool:
    """Whether the token may resolve, and did."""
    try:
        connection.graphql(_RESOLVE, {"id": thread.id}, PERMISSIONS, again=True)
    except Refused as refused:
        if refused.refusal.kind is not Kind.PERMISSION:
            raise
        return False
    return True


def _at(found: object, *keys: str) -> Any:
    """What stands there in an answer; None where it has another shape."""
    for key in keys:
        found = found.get(key) if isinstance(found, Mapping) else None
    return found
