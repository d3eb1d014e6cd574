"""What GitHub says when it refuses, in words that say what to do. Pure.

Sources of the literal messages: GitHub's documentation of the REST API
("Troubleshooting", "Permissions required for GitHub Apps"), and the issues of
peter-evans/create-pull-request, dependabot/dependabot-core and EnricoMi's
publish-unit-test-result-action that quote them.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from hashpin.errors import HashpinError
from hashpin.wording import shortened, visible


class Kind(enum.Enum):
    """What a refusal means for whoever asked."""

    PERMISSION = "the token may not do this"
    SETTING = "a setting of the repository forbids it"
    RULE = "a rule of the branch forbids it"
    ARCHIVED = "the repository is archived or disabled"
    RATE = "too many requests"
    STALE = "somebody else was faster"
    EXISTS = "it is there already"
    NOTHING = "there is nothing to do"
    MISSING = "it is not there"
    INVALID = "the request makes no sense to GitHub"
    FAULT = "GitHub did not answer, or not sensibly: it may have been done or not"


class Refusal(Struct, frozen=True):
    """Why something was not done, and what would let it be done."""

    kind: Kind
    reason: str
    """A clause without a full stop."""
    remedy: str = ""
    """What to do next."""
    wait: float | None = None
    """With RATE: after how many seconds GitHub would answer, where it says so."""
    status: int = 0
    """Of the answer; 0 where none came."""

    def __str__(self) -> str:
        return f"{self.reason}; {self.remedy}" if self.remedy else self.reason


class Refused(HashpinError):
    """A request that GitHub refused, or did not answer."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal


# What part of GitHub's message says what, and with which status (0: any); the first that is found counts. Those that
# quote a branch's name come first: a branch may be called "archived".
_MESSAGES: tuple[tuple[int, str, Kind], ...] = (
    (403, "not permitted to create or approve pull requests", Kind.SETTING),
    (0, "no commits between", Kind.NOTHING),
    (0, "a pull request already exists", Kind.EXISTS),
    (0, "reference already exists", Kind.EXISTS),
    (0, "not a fast forward", Kind.STALE),
    (0, "reference does not exist", Kind.MISSING),
    (0, "reference update failed", Kind.STALE),
    (0, "expected head", Kind.STALE),
    (0, "rate limit", Kind.RATE),
    (0, "abuse detection", Kind.RATE),
    (0, "protected branch", Kind.RULE),
    (0, "not authorized to push", Kind.RULE),
    (0, "must not contain merge commits", Kind.RULE),
    (0, "required status check", Kind.RULE),
    (0, "cannot force-push", Kind.RULE),
    (0, "added to a merge queue", Kind.RULE),
    (0, "verified signatures", Kind.RULE),
    (0, "must be made through a pull request", Kind.RULE),
    (0, "rule violation", Kind.RULE),
    (0, "gh013", Kind.RULE),
    (0, "changes must be", Kind.RULE),
    (403, "archived", Kind.ARCHIVED),
    (403, "disabled", Kind.ARCHIVED),
    (403, "repository access blocked", Kind.ARCHIVED),
)
_PERMISSION = re.compile(r"([a-z_-]+)\s*[=:]\s*(read|write)")
_NO_BRANCH = re.compile(r"\b(base|head) invalid\b")

SETTING = (
    'allow it in Settings, Actions, General: "Allow GitHub Actions to create and approve pull requests"'
    " (an organisation may have switched it off for all), or give the token of a GitHub App"
)
_RULE = "give `branch` a name that no rule protects, or let the App whose token you give bypass the rule"


def refusal(status: int, message: str, headers: Mapping[str, str], wanted: str) -> Refusal:
    """A refusal in our words.

    `status` and `message` are GitHub's, `headers` have names in lower case;
    `wanted` are the permissions that the work needs, all of them, as
    `contents: read, checks: write`: a job that is given some has no others.
    """
    said = shortened(visible(" ".join(message.split())), 300).rstrip(".") or "no reason given"
    kind = _kind(status, message.lower(), headers)
    return replace(_refusal(kind, status, said, headers, wanted), status=status)


def _refusal(kind: Kind, status: int, said: str, headers: Mapping[str, str], wanted: str) -> Refusal:
    match kind:
        case Kind.SETTING:
            return Refusal(kind, f"GitHub says: {said}", SETTING)
        case Kind.PERMISSION if status == 401:
            return Refusal(kind, f"GitHub does not take the token ({status}: {said})", "give a token that is valid")
        case Kind.PERMISSION:
            hidden = "it is not there, or " if status == 404 else ""
            block = _block(_needed(headers.get("x-accepted-github-permissions", ""), wanted))
            return Refusal(kind, f"{hidden}the token lacks a permission ({status}: {said})", f"give the job {block}")
        case Kind.ARCHIVED:
            return Refusal(kind, f"the repository takes no changes: {said}")
        case Kind.RULE:
            return Refusal(kind, f"a rule of the repository forbids it: {said}", _RULE)
        case Kind.RATE:
            return Refusal(kind, f"too many requests ({status}: {said})", "run the job again later", _wait(headers))
        case Kind.FAULT:
            return Refusal(kind, f"GitHub did not answer as it should ({status}: {said})", "run the job again")
        case Kind.INVALID if found := _NO_BRANCH.search(said):
            which = "base branch (`base`)" if found[1] == "base" else "branch to merge (`branch`)"
            remedy = f"look whether the {which} is there, and in this repository"
            return Refusal(kind, f"GitHub says: {said} ({status})", remedy)
        case _:
            return Refusal(kind, f"GitHub says: {said} ({status})")


def read_only(why: str, wanted: str) -> Refusal:
    """A refusal that is known before anything is asked: such a run is given no token that may write."""
    remedy = f"only a run on a branch of this repository can be given {_block(_pairs(wanted))}"
    return Refusal(Kind.PERMISSION, f"the token can only read: {why}", remedy)


def _kind(status: int, message: str, headers: Mapping[str, str]) -> Kind:
    if status >= 500:
        return Kind.FAULT
    if status == 429 or (status == 403 and (headers.get("x-ratelimit-remaining") == "0" or "retry-after" in headers)):
        return Kind.RATE
    for only, part, kind in _MESSAGES:
        if part in message and only in (0, status):
            return kind
    # GitHub hides what a token may not see behind a 404.
    if status in (401, 403, 404):
        return Kind.PERMISSION
    return Kind.INVALID


def _wait(headers: Mapping[str, str]) -> float | None:
    """Seconds, by `Retry-After` of a secondary limit; a primary one ends too far away to wait for."""
    text = headers.get("retry-after", "")
    return float(text) if text.isascii() and text.isdigit() and len(text) < 6 else None


def _needed(accepted: str, wanted: str) -> Mapping[str, str]:
    """All that is wanted, and what GitHub says is lacking.

    `X-Accepted-GitHub-Permissions` lists sets of which one is enough. Source:
    GitHub's documentation, "Troubleshooting the REST API".
    """
    needed = dict(_pairs(wanted))
    sets = [_pairs(listed) for listed in accepted.split(";") if _pairs(listed)]
    if sets and not any(listed.items() <= needed.items() for listed in sets):
        for name, level in sets[0].items():
            if needed.get(name) != "write":
                needed[name] = level
    return needed


def _pairs(listed: str) -> Mapping[str, str]:
    # What the token may read of the repository itself (`metadata`) is not a workflow's to give.
    found = ((name.replace("_", "-"), level) for name, level in _PERMISSION.findall(listed))
    return {name: level for name, level in found if name != "metadata"}


def _block(permissions: Mapping[str, str]) -> str:
    """As it stands in a workflow."""
    return f"`permissions: {{{', '.join(f'{name}: {level}' for name, level in permissions.items())}}}`"
