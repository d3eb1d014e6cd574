"""The payloads of events, as docs.github.com/webhooks/webhook-events-and-payloads has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.github.store import HEADS, Pull, Repository
from tests.github.views import Views


def payload(
    views: Views, name: str, repository: Repository, pull: Pull | None, more: Mapping[str, Any]
) -> dict[str, Any]:
    """`more` goes over it; `login` is who did it, `branch` where."""
    told = dict(more)
    login, branch = told.pop("login", pull.login if pull else "jo"), told.pop("branch", repository.default_branch)
    body: dict[str, Any] = {"repository": views.repository(repository), "sender": views.user(login)}
    tip = repository.tip(branch)
    match name:
        case "push":
            commit = repository.git.commit(tip) if tip else None
            before = commit.parents[0] if commit and commit.parents else "0" * 40
            body |= {"ref": HEADS + branch, "before": before, "after": tip, "deleted": False, "forced": False}
        case "schedule":
            body |= {"schedule": "17 5 * * 1"}
        case "workflow_dispatch":
            body |= {"ref": HEADS + branch, "inputs": None, "workflow": ".github/workflows/hashpin.yml"}
        case "pull_request" | "pull_request_target":
            assert pull is not None, "whose pull request?"
            body |= {"action": "synchronize", "number": pull.number, "pull_request": views.pull(pull)}
        case "merge_group":
            ref = f"{HEADS}gh-readonly-queue/{branch}/pr-{pull.number if pull else 1}-{tip}"
            group = {"head_sha": pull.merge_commit if pull else tip, "head_ref": ref}
            body |= {
                "action": "checks_requested",
                "merge_group": {**group, "base_sha": tip, "base_ref": HEADS + branch},
            }
        case "workflow_run":
            run: dict[str, Any] = {
                "event": "pull_request",
                "head_branch": pull.head_ref if pull else branch,
                "conclusion": "success",
            }
            run |= {"head_sha": pull.head_sha if pull else tip, "pull_requests": []}
            body |= {"action": "completed", "workflow_run": run}
        case _:
            raise ValueError(name)
    return body | told
