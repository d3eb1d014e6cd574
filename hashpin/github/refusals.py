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
from dataclasses import dataclass, replace

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


@dataclass(frozen=True, slots=True)
class Refusal:
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


# What part of GitHub's message says what; the first that is found counts.
_MESSAGES: tuple[tuple[str, Kind], ...] = (
    ("not permitted to create or approve pull requests", Kind.SETTING),
    ("archived", Kind.ARCHIVED),
    ("repository access blocked", Kind.ARCHIVED),
    ("repository disabled", Kind.ARCHIVED),
    ("rate limit", Kind.RATE),
    ("abuse detection", Kind.RATE),
    ("no commits between", Kind.NOTHING),
    ("a pull request already exists", Kind.EXISTS),
    ("reference already exists", Kind.EXISTS),
    ("not a fast forward", Kind.STALE),
    ("reference does not exist", Kind.MISSING),
    ("reference update failed", Kind.STALE),
    ("expected head", Kind.STALE),
    ("protected branch", Kind.RULE),
    ("cannot force-push", Kind.RULE),
    ("verified signatures", Kind.RULE),
    ("must be made through a pull request", Kind.RULE),
    ("rule violations", Kind.RULE),
    ("gh013", Kind.RULE),
    ("changes must be", Kind.RULE),
)
_PERMISSION = re.compile(r"([a-z_]+)=(read|write)")

SETTING = (
    'allow it in Settings, Actions, General: "Allow GitHub Actions to create and approve pull requests"'
    " (an organisation may have switched it off for all), or give the token of a GitHub App"
)
_RULE = "give `branch` a name that no rule protects, or let the App whose token you give bypass the rule"


def refusal(status: int, message: str, headers: Mapping[str, str], wanted: str) -> Refusal:
    """A refusal in our words.

    `status` and `message` are GitHub's, `headers` have names in lower case;
    `wanted` is the permission that the request needs, as `contents: write`, for
    where GitHub does not say.
    """
    said = shortened(visible(message), 300) or "no reason given"
    kind = _kind(status, message.lower(), headers)
    return replace(_refusal(kind, status, said, headers, wanted), status=status)


def _refusal(kind: Kind, status: int, said: str, headers: Mapping[str, str], wanted: str) -> Refusal:
    match kind:
        case Kind.SETTING:
            return Refusal(kind, f"GitHub says: {said}", SETTING)
        case Kind.PERMISSION:
            missing = _missing(headers.get("x-accepted-github-permissions", ""), wanted)
            return Refusal(kind, f"the token may not ({status}: {said})", f"give the job {_block(missing)}")
        case Kind.ARCHIVED:
            return Refusal(kind, f"GitHub says: {said}")
        case Kind.RULE:
            return Refusal(kind, f"a rule of the repository forbids it: {said}", _RULE)
        case Kind.RATE:
            return Refusal(kind, f"too many requests ({status}: {said})", "run the job again later", _wait(headers))
        case Kind.FAULT:
            return Refusal(kind, f"GitHub did not answer as it should ({status}: {said})", "run the job again")
        case _:
            return Refusal(kind, f"GitHub says: {said} ({status})")


def _kind(status: int, message: str, headers: Mapping[str, str]) -> Kind:
    if status >= 500:
        return Kind.FAULT
    if status == 429 or (status == 403 and (headers.get("x-ratelimit-remaining") == "0" or "retry-after" in headers)):
        return Kind.RATE
    for part, kind in _MESSAGES:
        if part in message:
            return kind
    # GitHub hides what a token may not see behind a 404.
    if status in (401, 403, 404):
        return Kind.PERMISSION
    return Kind.INVALID


def _wait(headers: Mapping[str, str]) -> float | None:
    """Seconds, by `Retry-After` of a secondary limit; a primary one ends too far away to wait for."""
    text = headers.get("retry-after", "")
    return float(text) if text.isascii() and text.isdigit() and len(text) < 6 else None


def _missing(accepted: str, wanted: str) -> tuple[str, ...]:
    """The permissions to give: the first set in `X-Accepted-GitHub-Permissions`, else what we know is needed."""
    listed = _PERMISSION.findall(accepted.partition(";")[0])
    return tuple(f"{name.replace('_', '-')}: {level}" for name, level in listed) or (wanted,)


def _block(permissions: tuple[str, ...]) -> str:
    return "`permissions:` " + ", ".join(f"`{permission}`" for permission in permissions)
