"""GitHub's GraphQL: graphql-core executes the query on these plain values, and so judges every answer by the schema."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import ExecutionResult, GraphQLError, GraphQLResolveInfo, OperationType, execute_sync, parse

from tests.github import judge, rules
from tests.github.access import may
from tests.github.rest_git import has_object, may_move, move
from tests.github.store import ZERO, Comment, Pull, Repository, ReviewComment, Thread, Token, World
from tests.github.views import Views, moment, node

Value = dict[str, Any]
_CAPITAL = re.compile("[A-Z]")


class NotPlayed(Exception):
    """The schema has this field and the stand-in does not: give it here."""


@dataclass(frozen=True, slots=True)
class Played:
    body: Value
    violations: list[str]


def is_mutation(query: str) -> bool:
    try:
        definitions = parse(query).definitions
    except GraphQLError:
        return True
    return any(getattr(one, "operation", None) is OperationType.MUTATION for one in definitions)


def play(world: World, views: Views, token: Token, query: str, variables: Value | None, name: str | None) -> Played:
    errors = judge.of_query(query)
    if errors:
        told = [error.formatted for error in errors]
        return Played({"errors": told}, [f"graphql: {error.message}" for error in errors])
    root = _Root(world, views, token)
    result = execute_sync(
        judge.schema(),
        parse(query),
        root,
        variable_values=variables,
        operation_name=name,
        field_resolver=_field,
    )
    assert isinstance(result, ExecutionResult)
    shown: Value = {"data": result.data}
    violations = []
    if result.errors:
        shown["errors"] = []
        for error in result.errors:
            formatted: Value = dict(error.formatted)
            if isinstance(error.original_error, rules.Refusal):
                formatted = {"type": error.original_error.kind, **formatted, "message": error.original_error.message}
            else:  # variables that do not fit, or an answer that the schema forbids
                violations.append(f"graphql: {error.message}")
            shown["errors"].append(formatted)
    return Played(shown, violations)


def _field(source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
    name = info.field_name
    if isinstance(source, _Root):
        return getattr(source, _CAPITAL.sub(lambda match: f"_{match[0].lower()}", name))(arguments)
    if name not in source:
        raise NotPlayed(f"{info.parent_type.name}.{name} is not played")
    value = source[name]
    return value(**arguments) if callable(value) else value


def connection(show: Callable[[Any], Value], rows: Sequence[Any]) -> Callable[..., Value]:
    """docs.github.com/graphql/guides/using-pagination-in-the-graphql-api; a cursor is the row's place."""

    def page(
        first: int | None = None, last: int | None = None, after: str | None = None, before: str | None = None, **_: Any
    ) -> Value:
        if (first is None) == (last is None):
            raise rules.Refusal(422, "You must provide a `first` or `last` value to properly paginate.")
        start = 0 if after is None else int(after) + 1
        stop = len(rows) if before is None else int(before)
        if first is not None:
            stop = min(stop, start + first)
        elif last is not None:
            start = max(start, stop - last)
        shown = rows[start:stop]
        return {
            "nodes": [show(row) for row in shown],
            "totalCount": len(rows),
            "pageInfo": {
                "hasNextPage": stop < len(rows),
                "hasPreviousPage": start > 0,
                "startCursor": str(start) if shown else None,
                "endCursor": str(stop - 1) if shown else None,
            },
        }

    return page


@dataclass(frozen=True, slots=True)
class _Root:
    world: World
    views: Views
    token: Token

    # --- queries ---

    def repository(self, arguments: Value) -> Value:
        return self._repository(self._known(f"{arguments['owner']}/{arguments['name']}"))

    def viewer(self, arguments: Value) -> Value:
        return self._actor(self.token.login)

    def rate_limit(self, arguments: Value) -> Value:
        return {"limit": 5000, "remaining": 4999, "used": 1, "cost": 1, "nodeCount": 0}

    def node(self, arguments: Value) -> Value:
        kind, found = self._find(arguments["id"])
        match found:
            case Repository():
                return self._repository(found)
            case (Pull() as pull, Thread() as thread):
                return self._thread(pull, thread)
            case (Pull() as pull, ReviewComment() as comment):
                return self._comment(pull, comment)
            case Pull():
                return self._pull(found)
        raise NotPlayed(f"node of {kind}")

    # --- mutations ---

    def update_refs(self, arguments: Value) -> Value:
        """All or none; `beforeOid` of zeros says that the ref must not be there: the schema's own words."""
        _, repository = self._find(arguments["input"]["repositoryId"])
        if not isinstance(repository, Repository):
            raise rules.not_resolved_node(arguments["input"]["repositoryId"])
        self._may_write(repository, "contents=write")
        moves = []
        for row in arguments["input"]["refUpdates"]:
            name, after, before = row["name"], row["afterOid"], row.get("beforeOid")
            if not name.startswith("refs/"):
                raise rules.bad_ref_name(name)
            now = repository.git.refs(name).get(name)
            if before is not None and before != (now or ZERO):
                raise rules.stale(before)
            target = None if after == ZERO else after
            if target is None:
                if now is None:
                    raise rules.no_reference()
            else:
                has_object(repository, target)
            may_move(repository, name, now, target)
            if target and now and not row["force"] and not repository.git.contains(target, now):
                raise rules.no_fast_forward()
            moves.append((name, target, now or ZERO))
        for name, target, now in moves:
            move(repository, name, target, now)
        return {"clientMutationId": arguments["input"].get("clientMutationId")}

    def resolve_review_thread(self, arguments: Value) -> Value:
        return self._resolved(arguments["input"], self.token.login)

    def unresolve_review_thread(self, arguments: Value) -> Value:
        return self._resolved(arguments["input"], None)

    def _resolved(self, given: Value, by: str | None) -> Value:
        _, found = self._find(given["threadId"])
        if not isinstance(found, tuple) or not isinstance(found[1], Thread):
            raise rules.not_resolved_node(given["threadId"])
        pull, thread = found
        # It takes the right to push (learningequality/.github#84), which we read as contents=write of a token.
        self._may_write(pull.repository, "contents=write,pull_requests=write")
        thread.resolved_by = by
        return {"clientMutationId": given.get("clientMutationId"), "thread": self._thread(pull, thread)}

    def minimize_comment(self, arguments: Value) -> Value:
        _, found = self._find(arguments["input"]["subjectId"])
        if not isinstance(found, tuple) or isinstance(found[1], Thread):
            raise rules.not_resolved_node(arguments["input"]["subjectId"])
        pull, comment = found
        self._may_write(pull.repository, "issues=write; pull_requests=write")
        comment.minimized = arguments["input"]["classifier"].lower()
        kind = "IssueComment" if isinstance(comment, Comment) else "PullRequestReviewComment"
        shown = {"__typename": kind, "isMinimized": True, "minimizedReason": comment.minimized}
        return {"clientMutationId": arguments["input"].get("clientMutationId"), "minimizedComment": shown}

    # --- who may ---

    def _known(self, name: str) -> Repository:
        found = self.world.repositories.get(name)
        if found is None or (found.settings.private and name not in self.token.repositories):
            raise rules.not_resolved("Repository", f"name '{name}'")
        return found

    def _may_write(self, repository: Repository, accepted: str) -> None:
        may(repository, self.token, accepted, write=True)

    def _find(self, name: str) -> tuple[str, Any]:
        try:
            kind, *parts = base64.urlsafe_b64decode(name.encode()).decode().split(":")
        except (binascii.Error, UnicodeDecodeError) as error:
            raise rules.not_resolved_node(name) from error
        repository = self.world.repositories.get(parts[0]) if parts else None
        if repository is None or (repository.settings.private and parts[0] not in self.token.repositories):
            raise rules.not_resolved_node(name)
        if kind == "Repository":
            return kind, repository
        if kind == "PullRequest":
            return kind, repository.pulls[int(parts[1])]
        for pull in repository.pulls.values():
            for thread in pull.threads:
                if thread.id == name:
                    return kind, (pull, thread)
                for one in thread.comments:
                    if kind == "PullRequestReviewComment" and str(one.id) == parts[1]:
                        return kind, (pull, one)
            for comment in pull.comments:
                if kind == "IssueComment" and str(comment.id) == parts[1]:
                    return kind, (pull, comment)
        raise rules.not_resolved_node(name)

    # --- what is shown ---

    def _actor(self, login: str) -> Value:
        """GraphQL names a bot without the brackets that REST puts behind it."""
        user = self.world.user(login)
        plain = login.removesuffix("[bot]")
        shown = {
            "login": plain,
            "id": node("User", login),
            "databaseId": user.id,
            "url": f"{self.views.server}/{plain}",
        }
        return {"__typename": user.kind, **shown}

    def _repository(self, repository: Repository) -> Value:
        def ref(qualifiedName: str) -> Value | None:  # noqa: N803
            name = qualifiedName if qualifiedName.startswith("refs/") else f"refs/heads/{qualifiedName}"
            sha = repository.git.refs(name).get(name)
            return None if sha is None else self._ref(repository, name, sha)

        def pull(number: int) -> Value:
            if number not in repository.pulls:
                raise rules.not_resolved("PullRequest", f"number of {number}")
            return self._pull(repository.pulls[number])

        return {
            "__typename": "Repository",
            "id": node("Repository", repository.full_name),
            "databaseId": repository.id,
            "name": repository.name,
            "nameWithOwner": repository.full_name,
            "isArchived": repository.settings.archived,
            "isDisabled": repository.settings.disabled,
            "isFork": repository.parent is not None,
            "isPrivate": repository.settings.private,
            "url": self.views.html(repository),
            "owner": lambda: self._actor(repository.owner),
            "parent": lambda: self._repository(repository.parent) if repository.parent else None,
            "ref": ref,
            "defaultBranchRef": lambda: ref(f"refs/heads/{repository.default_branch}"),
            "pullRequest": pull,
        }

    def _ref(self, repository: Repository, name: str, sha: str) -> Value:
        return {
            "__typename": "Ref",
            "id": node("Ref", repository.full_name, name),
            "name": name.split("/", 2)[-1],
            "prefix": "/".join(name.split("/", 2)[:2]) + "/",
            "repository": lambda: self._repository(repository),
            "target": {"__typename": "Commit", "oid": sha, "id": node("Commit", repository.full_name, sha)},
        }

    def _pull(self, pull: Pull) -> Value:
        repository = pull.repository
        return {
            "__typename": "PullRequest",
            "id": node("PullRequest", repository.full_name, pull.number),
            "databaseId": pull.id,
            "number": pull.number,
            "title": pull.title,
            "body": pull.body or "",
            "state": "MERGED" if pull.merged else pull.state.upper(),
            "closed": pull.state == "closed",
            "merged": pull.merged is not None,
            "isDraft": pull.draft,
            "url": f"{self.views.html(repository)}/pull/{pull.number}",
            "baseRefName": pull.base_ref,
            "baseRefOid": pull.base_sha,
            "headRefName": pull.head_ref,
            "headRefOid": pull.head_sha,
            "author": lambda: self._actor(pull.login),
            "repository": lambda: self._repository(repository),
            "headRepository": lambda: self._repository(pull.head) if pull.head else None,
            "reviewThreads": connection(lambda thread: self._thread(pull, thread), pull.threads),
        }

    def _thread(self, pull: Pull, thread: Thread) -> Value:
        first = thread.comments[0]
        line = pull.line_now(first)
        return {
            "__typename": "PullRequestReviewThread",
            "id": thread.id,
            "isResolved": thread.resolved_by is not None,
            "isOutdated": line is None,
            "isCollapsed": thread.resolved_by is not None or line is None,
            "path": first.path,
            "line": line,
            "originalLine": first.line,
            "originalStartLine": first.start_line,
            "startLine": line - (first.line - first.start_line) if line and first.start_line else None,
            "diffSide": first.side,
            "subjectType": "LINE",
            "viewerCanResolve": True,
            "resolvedBy": lambda: self._actor(thread.resolved_by) if thread.resolved_by else None,
            "comments": connection(lambda comment: self._comment(pull, comment), thread.comments),
            "pullRequest": lambda: self._pull(pull),
            "repository": lambda: self._repository(pull.repository),
        }

    def _comment(self, pull: Pull, comment: ReviewComment) -> Value:
        line = pull.line_now(comment)
        return {
            "__typename": "PullRequestReviewComment",
            "id": node("PullRequestReviewComment", pull.repository.full_name, comment.id),
            "databaseId": comment.id,
            "fullDatabaseId": str(comment.id),
            "body": comment.body,
            "path": comment.path,
            "line": line,
            "originalLine": comment.line,
            "originalStartLine": comment.start_line,
            "outdated": line is None,
            "isMinimized": comment.minimized is not None,
            "minimizedReason": comment.minimized,
            "viewerDidAuthor": comment.login == self.token.login,
            "diffHunk": comment.hunk,
            "createdAt": moment(comment.created),
            "url": f"{self.views.html(pull.repository)}/pull/{pull.number}#discussion_r{comment.id}",
            "author": lambda: self._actor(comment.login),
            "pullRequest": lambda: self._pull(pull),
        }
