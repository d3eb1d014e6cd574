"""How GitHub shows what it holds, as REST gives it. What no test needs is null or zero, as the schema allows."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from tests.github.git import FOLDER, SUBMODULE, Change, Commit, Entry, Who
from tests.github.store import CheckRun, Comment, Pull, Repository, Review, ReviewComment, User, World

Body = dict[str, Any]

_USER_LINKS = (
    *("followers_url followers", "following_url following{/other_user}", "gists_url gists{/gist_id}"),
    *("starred_url starred{/owner}{/repo}", "subscriptions_url subscriptions", "organizations_url orgs"),
    *("repos_url repos", "events_url events{/privacy}", "received_events_url received_events"),
)
_REPOSITORY_LINKS = (
    *("archive_url {archive_format}{/ref}", "assignees_url assignees{/user}", "blobs_url git/blobs{/sha}"),
    *("branches_url branches{/branch}", "collaborators_url collaborators{/collaborator}"),
    *("comments_url comments{/number}", "commits_url commits{/sha}", "compare_url compare/{base}...{head}"),
    *("contents_url contents/{+path}", "contributors_url contributors", "deployments_url deployments"),
    *("downloads_url downloads", "events_url events", "forks_url forks", "git_commits_url git/commits{/sha}"),
    *("git_refs_url git/refs{/sha}", "git_tags_url git/tags{/sha}", "hooks_url hooks"),
    *("issue_comment_url issues/comments{/number}", "issue_events_url issues/events{/number}"),
    *("issues_url issues{/number}", "keys_url keys{/key_id}", "labels_url labels{/name}", "languages_url languages"),
    *("merges_url merges", "milestones_url milestones{/number}", "pulls_url pulls{/number}"),
    *("notifications_url notifications{?since,all,participating}", "releases_url releases{/id}"),
    *("stargazers_url stargazers", "statuses_url statuses/{sha}", "subscribers_url subscribers"),
    *("subscription_url subscription", "tags_url tags", "teams_url teams", "trees_url git/trees{/sha}"),
)


def node(kind: str, *parts: object) -> str:
    """An opaque id that GraphQL can find again."""
    return base64.urlsafe_b64encode(":".join([kind, *map(str, parts)]).encode()).decode()


def moment(when: datetime | None) -> str | None:
    return None if when is None else f"{when:%Y-%m-%dT%H:%M:%SZ}"


@dataclass(frozen=True, slots=True)
class Views:
    world: World
    api: str
    server: str

    # --- users and repositories ---

    def user(self, login: str | User) -> Body:
        user = login if isinstance(login, User) else self.world.user(login)
        url = f"{self.api}/users/{quote(user.login)}"
        links = (pair.split(" ") for pair in _USER_LINKS)
        return {
            "login": user.login,
            "id": user.id,
            "node_id": node("User", user.login),
            "avatar_url": f"{self.server}/avatars/{user.id}",
            "gravatar_id": "",
            "url": url,
            "html_url": f"{self.server}/{quote(user.login)}",
            "type": user.kind,
            "user_view_type": "public",
            "site_admin": False,
            **{name: f"{url}/{path}" for name, path in links},
        }

    def public_user(self, login: str) -> Body:
        user = self.world.user(login)
        counts = dict.fromkeys(("public_repos", "public_gists", "followers", "following"), 0)
        nothing = dict.fromkeys(("name", "company", "blog", "location", "email", "hireable", "bio"))
        when = "2026-01-05T09:00:00Z"
        return {**self.user(user), **counts, **nothing, "created_at": when, "updated_at": when}

    def url(self, repository: Repository) -> str:
        return f"{self.api}/repos/{repository.full_name}"

    def html(self, repository: Repository) -> str:
        return f"{self.server}/{repository.full_name}"

    def repository(self, repository: Repository) -> Body:
        url, html = self.url(repository), self.html(repository)
        links = (pair.split(" ") for pair in _REPOSITORY_LINKS)
        flags = dict.fromkeys(("has_issues", "has_projects", "has_wiki", "has_downloads"), True)
        zeros = ("forks", "forks_count", "open_issues", "open_issues_count", "stargazers_count")
        counts = dict.fromkeys((*zeros, "watchers", "watchers_count", "size"), 0)
        return {
            "id": repository.id,
            "node_id": node("Repository", repository.full_name),
            "name": repository.name,
            "full_name": repository.full_name,
            "private": repository.settings.private,
            "owner": self.user(repository.owner),
            "html_url": html,
            "description": None,
            "fork": repository.parent is not None,
            "url": url,
            **{name: f"{url}/{path}" for name, path in links},
            **flags,
            **counts,
            "has_pages": False,
            "has_discussions": False,
            "git_url": f"git:{html.split(':', 1)[1]}.git",
            "ssh_url": f"git@github.example:{repository.full_name}.git",
            "clone_url": f"{html}.git",
            "svn_url": html,
            "mirror_url": None,
            "homepage": None,
            "language": None,
            "license": None,
            "archived": repository.settings.archived,
            "disabled": repository.settings.disabled,
            "visibility": "private" if repository.settings.private else "public",
            "default_branch": repository.default_branch,
            "pushed_at": moment(repository.created),
            "created_at": moment(repository.created),
            "updated_at": moment(repository.created),
        }

    def full_repository(self, repository: Repository) -> Body:
        body = {**self.repository(repository), "network_count": 0, "subscribers_count": 0}
        if repository.parent:
            body["parent"] = self.repository(repository.parent)
            body["source"] = self.repository(repository.network())
        return body

    def branch(self, repository: Repository, name: str, sha: str) -> Body:
        url = f"{self.url(repository)}/branches/{quote(name)}"
        protected = any(rule.forbids(name, sha, sha) for rule in repository.protections)
        return {
            "name": name,
            "commit": self.commit(repository, repository.git.commit(sha)),
            "_links": {"self": url, "html": f"{self.html(repository)}/tree/{quote(name)}"},
            "protected": protected,
            "protection": {"enabled": protected},
            "protection_url": f"{url}/protection",
        }

    # --- git ---

    def ref(self, repository: Repository, name: str, sha: str) -> Body:
        kind = repository.git.kind(sha) or "commit"
        at = self.url(repository)
        return {
            "ref": name,
            "node_id": node("Ref", repository.full_name, name),
            "url": f"{at}/git/{quote(name)}",
            "object": {"sha": sha, "type": kind, "url": f"{at}/git/{kind}s/{sha}"},
        }

    def _signature(self, repository: Repository, commit: Commit) -> Body:
        if commit.sha not in repository.signed:
            nothing = dict.fromkeys(("signature", "payload", "verified_at"))
            return {"verified": False, "reason": "unsigned", **nothing}
        # The signature itself is GitHub's own business, and nobody reads it here.
        when = moment(commit.committer.when)
        return {"verified": True, "reason": "valid", "signature": "-", "payload": "-", "verified_at": when}

    @staticmethod
    def _who(who: Who) -> Body:
        return {"name": who.name, "email": who.email, "date": moment(who.when)}

    def git_commit(self, repository: Repository, commit: Commit) -> Body:
        at, html = f"{self.url(repository)}/git", f"{self.html(repository)}/commit"
        return {
            "sha": commit.sha,
            "node_id": node("Commit", repository.full_name, commit.sha),
            "url": f"{at}/commits/{commit.sha}",
            "html_url": f"{html}/{commit.sha}",
            "author": self._who(commit.author),
            "committer": self._who(commit.committer),
            "message": commit.message,
            "tree": {"sha": commit.tree, "url": f"{at}/trees/{commit.tree}"},
            "parents": [
                {"sha": sha, "url": f"{at}/commits/{sha}", "html_url": f"{html}/{sha}"} for sha in commit.parents
            ],
            "verification": self._signature(repository, commit),
        }

    def commit(self, repository: Repository, commit: Commit) -> Body:
        at, html = f"{self.url(repository)}/commits", f"{self.html(repository)}/commit"
        plain = self.git_commit(repository, commit)
        author, committer = (self.world.by_email(who.email) for who in (commit.author, commit.committer))
        inner = {key: plain[key] for key in ("url", "author", "committer", "message", "tree", "verification")}
        return {
            "sha": commit.sha,
            "node_id": plain["node_id"],
            "commit": {**inner, "comment_count": 0},
            "url": f"{at}/{commit.sha}",
            "html_url": f"{html}/{commit.sha}",
            "comments_url": f"{at}/{commit.sha}/comments",
            "author": self.user(author) if author else None,
            "committer": self.user(committer) if committer else None,
            "parents": [{"sha": sha, "url": f"{at}/{sha}", "html_url": f"{html}/{sha}"} for sha in commit.parents],
        }

    def tree(self, repository: Repository, sha: str, entries: Sequence[Entry], *, truncated: bool = False) -> Body:
        at = f"{self.url(repository)}/git"
        rows = []
        for entry in entries:
            row: Body = {"path": entry.path, "mode": entry.mode, "type": entry.kind, "sha": entry.sha}
            if entry.mode != SUBMODULE:
                row["url"] = f"{at}/{'trees' if entry.mode == FOLDER else 'blobs'}/{entry.sha}"
            if entry.size is not None:
                row["size"] = entry.size
            rows.append(row)
        return {"sha": sha, "url": f"{at}/trees/{sha}", "tree": rows, "truncated": truncated}

    def change(self, repository: Repository, change: Change, head: str) -> Body:
        html, path = self.html(repository), quote(change.path)
        body: Body = {
            "sha": change.sha,
            "filename": change.path,
            "status": change.status,
            "additions": change.additions,
            "deletions": change.deletions,
            "changes": change.additions + change.deletions,
            "blob_url": f"{html}/blob/{head}/{path}",
            "raw_url": f"{html}/raw/{head}/{path}",
            "contents_url": f"{self.url(repository)}/contents/{path}?ref={head}",
        }
        return body if change.patch is None else {**body, "patch": change.patch}

    # --- issues and pull requests ---

    def label(self, repository: Repository, name: str) -> Body:
        return {
            "id": repository.labels[name],
            "node_id": node("Label", repository.full_name, name),
            "url": f"{self.url(repository)}/labels/{quote(name)}",
            "name": name,
            # The list of pull requests has no null here, though GitHub gives one elsewhere.
            "description": "",
            "color": "ededed",
            "default": False,
        }

    def _side(self, repository: Repository | None, owner: str, ref: str, sha: str) -> Body:
        return {
            "label": f"{owner}:{ref}",
            "ref": ref,
            "sha": sha,
            "user": self.user(owner),
            "repo": None if repository is None else self.repository(repository),
        }

    def pull_simple(self, pull: Pull) -> Body:
        repository = pull.repository
        url, html = f"{self.url(repository)}/pulls/{pull.number}", f"{self.html(repository)}/pull/{pull.number}"
        issue = f"{self.url(repository)}/issues/{pull.number}"
        statuses = f"{self.url(repository)}/statuses/{pull.head_sha}"
        links = {
            "self": url,
            "html": html,
            "issue": issue,
            "comments": f"{issue}/comments",
            "review_comments": f"{url}/comments",
            "review_comment": f"{self.url(repository)}/pulls/comments{{/number}}",
            "commits": f"{url}/commits",
            "statuses": statuses,
        }
        people = [self.user(login) for login in pull.assignees]
        return {
            "id": pull.id,
            "node_id": node("PullRequest", repository.full_name, pull.number),
            "number": pull.number,
            "state": pull.state,
            "locked": False,
            "title": pull.title,
            "user": self.user(pull.login),
            "body": pull.body,
            "draft": pull.draft,
            "url": url,
            "html_url": html,
            "diff_url": f"{html}.diff",
            "patch_url": f"{html}.patch",
            "issue_url": issue,
            "commits_url": f"{url}/commits",
            "review_comments_url": f"{url}/comments",
            "review_comment_url": links["review_comment"],
            "comments_url": f"{issue}/comments",
            "statuses_url": statuses,
            "created_at": moment(pull.created),
            "updated_at": moment(pull.updated),
            "closed_at": moment(pull.closed),
            "merged_at": moment(pull.merged),
            "merge_commit_sha": pull.merge_commit,
            "labels": [self.label(repository, name) for name in pull.labels],
            "milestone": None,
            "assignee": people[0] if people else None,
            "assignees": people,
            "requested_reviewers": [self.user(login) for login in pull.reviewers],
            "requested_teams": [],
            "head": self._side(pull.head, pull.head_owner, pull.head_ref, pull.head_sha),
            "base": self._side(repository, repository.owner, pull.base_ref, pull.base_sha),
            "_links": {name: {"href": href} for name, href in links.items()},
            "author_association": self.association(repository, pull.login),
            "auto_merge": None,
        }

    def pull(self, pull: Pull) -> Body:
        changes = pull.repository.git.changes(pull.merge_base, pull.head_sha)
        return {
            **self.pull_simple(pull),
            "merged": pull.merged is not None,
            "merged_by": self.user(pull.merged_by) if pull.merged_by else None,
            # GitHub works these out afterwards and says null until then, which a client has to bear.
            "mergeable": None,
            "rebaseable": None,
            "mergeable_state": "unknown",
            "maintainer_can_modify": pull.maintainer_can_modify,
            "comments": len(pull.comments),
            "review_comments": len(pull.review_comments),
            "commits": len(pull.repository.git.between(pull.base_sha, pull.head_sha)),
            "additions": sum(change.additions for change in changes),
            "deletions": sum(change.deletions for change in changes),
            "changed_files": len(changes),
        }

    def association(self, repository: Repository, login: str) -> str:
        if login == repository.owner:
            return "OWNER"
        return "COLLABORATOR" if login in repository.collaborators else "NONE"

    def issue(self, pull: Pull) -> Body:
        repository = pull.repository
        url, html = f"{self.url(repository)}/issues/{pull.number}", f"{self.html(repository)}/pull/{pull.number}"
        simple = self.pull_simple(pull)
        same = ("number", "state", "locked", "title", "user", "body", "labels", "assignee", "assignees", "milestone")
        kept = (*same, "created_at", "updated_at", "closed_at", "author_association", "draft", "id", "node_id")
        return {
            **{key: simple[key] for key in kept},
            "url": url,
            "repository_url": self.url(repository),
            "labels_url": f"{url}/labels{{/name}}",
            "comments_url": f"{url}/comments",
            "events_url": f"{url}/events",
            "html_url": html,
            "comments": len(pull.comments),
            "closed_by": self.user(pull.closed_by) if pull.closed_by else None,
            "state_reason": None,
            "pull_request": {
                "url": simple["url"],
                "html_url": html,
                "diff_url": f"{html}.diff",
                "patch_url": f"{html}.patch",
                "merged_at": moment(pull.merged),
            },
        }

    def comment(self, pull: Pull, comment: Comment) -> Body:
        repository = pull.repository
        return {
            "id": comment.id,
            "node_id": node("IssueComment", repository.full_name, comment.id),
            "url": f"{self.url(repository)}/issues/comments/{comment.id}",
            "html_url": f"{self.html(repository)}/pull/{pull.number}#issuecomment-{comment.id}",
            "issue_url": f"{self.url(repository)}/issues/{pull.number}",
            "body": comment.body,
            "user": self.user(comment.login),
            "created_at": moment(comment.created),
            "updated_at": moment(comment.updated),
            "author_association": self.association(repository, comment.login),
            "performed_via_github_app": None,
        }

    def review(self, pull: Pull, review: Review) -> Body:
        url = f"{self.url(pull.repository)}/pulls/{pull.number}"
        html = f"{self.html(pull.repository)}/pull/{pull.number}#pullrequestreview-{review.id}"
        return {
            "id": review.id,
            "node_id": node("PullRequestReview", pull.repository.full_name, review.id),
            "user": self.user(review.login),
            "body": review.body,
            "state": review.state,
            "html_url": html,
            "pull_request_url": url,
            "_links": {"html": {"href": html}, "pull_request": {"href": url}},
            "submitted_at": moment(review.submitted),
            "commit_id": review.commit,
            "author_association": self.association(pull.repository, review.login),
        }

    def review_comment(self, pull: Pull, comment: ReviewComment) -> Body:
        repository = pull.repository
        url = f"{self.url(repository)}/pulls/comments/{comment.id}"
        html = f"{self.html(repository)}/pull/{pull.number}#discussion_r{comment.id}"
        line = pull.line_now(comment)
        reach = 0 if comment.start_line is None else comment.line - comment.start_line
        body = {
            "id": comment.id,
            "node_id": node("PullRequestReviewComment", repository.full_name, comment.id),
            "pull_request_review_id": comment.review,
            "url": url,
            "html_url": html,
            "pull_request_url": f"{self.url(repository)}/pulls/{pull.number}",
            "diff_hunk": comment.hunk,
            "path": comment.path,
            "commit_id": pull.head_sha if line else comment.commit,
            "original_commit_id": comment.commit,
            "user": self.user(comment.login),
            "body": comment.body,
            "created_at": moment(comment.created),
            "updated_at": moment(comment.updated),
            "author_association": self.association(repository, comment.login),
            "side": comment.side,
            "line": line,
            "original_line": comment.line,
            "start_line": line - reach if line and reach else None,
            "original_start_line": comment.start_line,
            "start_side": comment.side if comment.start_line else None,
            "subject_type": "line",
            "_links": {
                "self": {"href": url},
                "html": {"href": html},
                "pull_request": {"href": f"{self.url(repository)}/pulls/{pull.number}"},
            },
        }
        return body if comment.reply_to is None else {**body, "in_reply_to_id": comment.reply_to}

    # --- checks ---

    def check_run(self, repository: Repository, run: CheckRun) -> Body:
        url = f"{self.url(repository)}/check-runs/{run.id}"
        html = f"{self.html(repository)}/runs/{run.id}"
        pulls = (pull for pull in repository.pulls.values() if pull.state == "open" and pull.head_sha == run.head_sha)
        return {
            "id": run.id,
            "node_id": node("CheckRun", repository.full_name, run.id),
            "head_sha": run.head_sha,
            "external_id": run.external_id,
            "url": url,
            "html_url": html,
            "details_url": run.details_url or html,
            "status": run.status,
            "conclusion": run.conclusion,
            "started_at": moment(run.started),
            "completed_at": moment(run.completed),
            "name": run.name,
            "check_suite": {"id": run.id},
            "app": None,
            "pull_requests": [self._pull_minimal(pull) for pull in pulls],
            "output": {
                "title": run.title,
                "summary": run.summary,
                "text": run.text,
                "annotations_count": len(run.annotations),
                "annotations_url": f"{url}/annotations",
            },
        }

    def _pull_minimal(self, pull: Pull) -> Body:
        def side(repository: Repository, ref: str, sha: str) -> Body:
            told = {"id": repository.id, "url": self.url(repository), "name": repository.name}
            return {"ref": ref, "sha": sha, "repo": told}

        return {
            "id": pull.id,
            "number": pull.number,
            "url": f"{self.url(pull.repository)}/pulls/{pull.number}",
            "head": side(pull.head or pull.repository, pull.head_ref, pull.head_sha),
            "base": side(pull.repository, pull.base_ref, pull.base_sha),
        }

    def annotation(self, repository: Repository, run: CheckRun, given: dict[str, object]) -> Body:
        nothing = dict.fromkeys(("start_column", "end_column", "title", "raw_details"))
        path = quote(str(given["path"]))
        return {**nothing, **given, "blob_href": f"{self.html(repository)}/blob/{run.head_sha}/{path}"}
