"""What the runner tells of the event that started a run. Pure.

Sources: GitHub's documentation, "Variables" (the default environment variables)
and "Webhook events and payloads". The payload holds texts of strangers (branch
names, titles): only what is checked here is taken from it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from msgspec import Struct

# Events in which everything in the workspace was accepted into the repository before; a pull request's was not.
# What is in a merge queue, somebody with write access has put there.
_OWN = frozenset({"push", "schedule", "workflow_dispatch", "repository_dispatch", "release", "create", "merge_group"})
_OF_PULL_REQUESTS = frozenset({"pull_request", "pull_request_target"})
_SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_REPOSITORY = re.compile(r"[A-Za-z0-9._-]+/[A-Za-z0-9._-]+")
_BRANCHES, _PULLS = "refs/heads/", "refs/pull/"


class PullRequest(Struct, frozen=True):
    """The pull request that an event is about."""

    number: int
    base_sha: str
    """The tip of the base branch when the event was made."""
    head_sha: str
    fork: bool
    """It comes from another repository, or from one that is gone."""


class Event(Struct, frozen=True):
    """Why a run was started, and where its GitHub is."""

    name: str = ""
    """Empty outside of a runner."""
    repository: str | None = None
    """``owner/name``."""
    sha: str | None = None
    """The commit that the runner says this run is for; on a pull request a merge commit."""
    branch: str | None = None
    """The branch that was pushed, or that a workflow was dispatched on."""
    default_branch: str | None = None
    api_url: str = "https://api.github.com"
    server_url: str = "https://github.com"
    run_id: str = ""
    pull_request: PullRequest | None = None
    merge_base: str | None = None
    """In a merge queue: the commit that this group is merged into."""
    pushed_from: str | None = None
    """On a push: the commit that the branch was at before; None where the push has made it."""
    of_pull_request: bool = False
    """The ref is a pull request's, whatever the event."""

    @property
    def own(self) -> bool:
        """Whether the repository's owners accepted everything in the workspace before."""
        return self.name in _OWN

    @property
    def trusted_checkout(self) -> bool:
        """Whether the checkout's own history may be looked at; a privileged event may hold a stranger's."""
        return self.own or self.name == "pull_request"

    @property
    def read_only(self) -> str | None:
        """Why the job's token can write nothing, where the event alone tells; None where it may be able to."""
        if self.name == "pull_request" and self.pull_request and self.pull_request.fork:
            return "the pull request comes from a fork"
        return None

    @property
    def unmerged(self) -> bool:
        """Whether it is about a change that is not in any branch of the repository yet."""
        return self.pull_request is not None or self.merge_base is not None or self.of_pull_request

    @property
    def changes_from(self) -> str | None:
        """The commit that the change of this event starts from, where there is one."""
        return self.pull_request.base_sha if self.pull_request else self.merge_base

    @property
    def run_url(self) -> str | None:
        """Where people find this run."""
        return f"{self.server_url}/{self.repository}/actions/runs/{self.run_id}" if self.run_id else None


def read(environ: Mapping[str, str], payload: str) -> Event:
    """The event from the runner's environment and the text of the file at GITHUB_EVENT_PATH (empty where none is)."""
    try:
        loaded = json.loads(payload)
    except (ValueError, RecursionError):
        loaded = None
    body = _Body(loaded if isinstance(loaded, dict) else {})
    name = environ.get("GITHUB_EVENT_NAME", "")
    repository = environ.get("GITHUB_REPOSITORY", "")
    ref = environ.get("GITHUB_REF", "")
    default = Event()
    return Event(
        name,
        repository if _REPOSITORY.fullmatch(repository) else None,
        _sha(environ.get("GITHUB_SHA")),
        ref.removeprefix(_BRANCHES) if ref.startswith(_BRANCHES) else None,
        body.text("repository", "default_branch"),
        environ.get("GITHUB_API_URL", "").rstrip("/") or default.api_url,
        environ.get("GITHUB_SERVER_URL", "").rstrip("/") or default.server_url,
        run if (run := environ.get("GITHUB_RUN_ID", "")).isdecimal() else "",
        _pull_request(body) if name in _OF_PULL_REQUESTS else None,
        _sha(body.text("merge_group", "base_sha")) if name == "merge_group" else None,
        _sha(body.text("before")) if name == "push" else None,
        ref.startswith(_PULLS),
    )


def _pull_request(body: _Body) -> PullRequest | None:
    number = body.get("pull_request", "number")
    base_sha = _sha(body.text("pull_request", "base", "sha"))
    head_sha = _sha(body.text("pull_request", "head", "sha"))
    if type(number) is not int or number < 1 or not base_sha or not head_sha:
        return None
    # By the repository's own id: a fork may have the same owner, and a deleted one is null.
    base, head = (body.get("pull_request", side, "repo", "id") for side in ("base", "head"))
    return PullRequest(number, base_sha, head_sha, fork=base is None or base != head)


def _sha(text: str | None) -> str | None:
    return text if text and _SHA.fullmatch(text) and set(text) != {"0"} else None


class _Body(Struct, frozen=True):
    """A payload, of which any part may be missing or null."""

    loaded: Mapping[str, object]

    def get(self, *keys: str) -> object:
        found: object = self.loaded
        for key in keys:
            found = found.get(key) if isinstance(found, Mapping) else None
        return found

    def text(self, *keys: str) -> str | None:
        found = self.get(*keys)
        # A lone surrogate, which JSON can spell, is no text that anybody could be asked about.
        return found if isinstance(found, str) and found and found.isprintable() else None
