"""The one way to GitHub's API, by PyGithub: paced, within a deadline, every fault a `Refused`.

Reads are repeated where GitHub fails; a write only where doing it twice is the
same as once, which whoever asks must say. PyGithub's own repeating is off: it
would send a POST again that may have been done, and wait as long as GitHub says.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator, Mapping
from typing import Any, Protocol
from urllib.parse import quote

from msgspec import Struct

from hashpin import HOME_PAGE, __version__
from hashpin.github.patience import within
from hashpin.github.refusals import Kind, Refusal, Refused, refusal

_PER_PAGE = 100
_MOST_PAGES = 30
_PATIENCE = 15  # seconds between two pieces of an answer
_LONGEST = 90.0  # seconds that one answer may take
PAUSE = 1.0  # seconds before something is asked again, and between two writes, as GitHub asks for
_AGAIN = 2
_LONGEST_WAIT = 90.0  # seconds, where GitHub says how long it will refuse


class Requester(Protocol):
    """What we use of PyGithub's `Requester`."""

    @property
    def graphql_url(self) -> str: ...

    def requestJson(  # noqa: N802
        self,
        verb: str,
        url: str,
        parameters: dict[str, Any] | None = None,
        *,
        input: Any | None = None,  # noqa: A002
    ) -> tuple[int, dict[str, Any], str]: ...


class Connection(Struct, frozen=True):
    """A repository on a GitHub, and a token to ask with."""

    requester: Requester
    repository: str
    """``owner/name``."""
    until: float
    """By `time.monotonic()`: nothing is asked after it."""
    pause: float = PAUSE

    def get(self, path: str, wanted: str, **parameters: str | int) -> Any:
        """What is at a path below the repository's. `wanted` is the permission needed, such as ``contents: read``.

        Raises Refused, as all of this class does.
        """
        return self._ask("GET", self._below(path), parameters, None, wanted, again=True)

    def pages(self, path: str, wanted: str, key: str | None = None, **parameters: str | int) -> Iterator[Any]:
        """The entries of a list, page by page; of the list under `key` where the answer is an object."""
        for page in range(1, _MOST_PAGES + 1):
            found = self.get(path, wanted, per_page=_PER_PAGE, page=page, **parameters)
            entries = found.get(key) if key and isinstance(found, dict) else found
            if not isinstance(entries, list):
                raise Refused(Refusal(Kind.FAULT, f"GitHub's answer for {path} is no list"))
            yield from entries
            if len(entries) < _PER_PAGE:
                return

    def write(self, verb: str, path: str, body: Any, wanted: str, *, again: bool = False) -> Any:
        """Send a body. `again` says that sending it twice is the same as once."""
        return self._ask(verb, self._below(path), {}, body, wanted, again)

    def graphql(self, query: str, variables: Mapping[str, Any], wanted: str, *, again: bool = False) -> Any:
        """The data of a GraphQL answer; errors in it are refusals, too. `again` as with `write`."""
        body = {"query": query, "variables": dict(variables)}
        answer = self._ask("POST", self.requester.graphql_url, {}, body, wanted, again)
        errors = answer.get("errors") if isinstance(answer, dict) else None
        if errors:
            first = errors[0] if isinstance(errors, list) and isinstance(errors[0], dict) else {}
            status = 403 if first.get("type") in ("FORBIDDEN", "INSUFFICIENT_SCOPES") else 422
            raise Refused(refusal(status, _text(first.get("message")), {}, wanted))
        data = answer.get("data") if isinstance(answer, dict) else None
        if not isinstance(data, dict):
            raise Refused(Refusal(Kind.FAULT, "GitHub's answer to a query has no data"))
        return data

    def _below(self, path: str) -> str:
        return f"/repos/{self.repository}{path}"

    def _ask(self, verb: str, url: str, parameters: Mapping[str, Any], body: Any, wanted: str, again: bool) -> Any:
        for attempt in range(_AGAIN + 1):
            try:
                return self._once(verb, url, parameters, body, wanted)
            except Refused as refused:
                wait = self._wait(refused.refusal, attempt, again)
                if wait is None or attempt == _AGAIN or time.monotonic() + wait > self.until:
                    raise
                time.sleep(wait)
        raise AssertionError("unreachable")

    def _wait(self, refusal: Refusal, attempt: int, again: bool) -> float | None:
        """How many seconds to wait before asking again; None where that is of no use, or could do it twice."""
        if refusal.kind is Kind.RATE:  # a request that was too many was not done
            return refusal.wait if refusal.wait is not None and refusal.wait <= _LONGEST_WAIT else None
        return self.pause * 2**attempt if again and refusal.kind is Kind.FAULT else None

    def _once(self, verb: str, url: str, parameters: Mapping[str, Any], body: Any, wanted: str) -> Any:
        if time.monotonic() > self.until:
            raise Refused(Refusal(Kind.FAULT, "GitHub was not asked any more: the run's time is over (timeout)"))
        try:
            status, headers, text = within(
                min(_LONGEST, self.until - time.monotonic()),
                lambda: self.requester.requestJson(verb, url, dict(parameters), input=body),
            )
            answer = json.loads(text) if text and status < 300 else None
        except Exception as error:
            # PyGithub also raises AssertionError, RuntimeError and what requests raises: an answer that makes no
            # sense is one that did not come.
            reason = f"GitHub did not answer ({type(error).__name__})"
            raise Refused(Refusal(Kind.FAULT, reason, "run the job again")) from error
        if 300 <= status < 400:
            reason = f"GitHub says that {self.repository} is somewhere else now ({status})"
            raise Refused(Refusal(Kind.INVALID, reason, "look whether the repository was renamed", status=status))
        if status >= 400:
            message = _message(_lenient(text))
            limited = status == 403 and "rate limit" in message.lower()
            raise Refused(refusal(429 if limited else status, message, _headers(headers), wanted))
        return answer


def connect(api_url: str, token: str, repository: str, seconds: float, pause: float | None = None) -> Connection:
    """A connection that is used for not more than so many seconds. Asks nothing yet. Raises Refused."""
    from github import Auth, Consts, Github

    # Where GitHub answers 202 to a read, PyGithub would sleep so long and ask again, without end: sleep() refuses this.
    Consts.PROCESSING_202_WAIT_TIME = -1
    pause = PAUSE if pause is None else pause
    try:
        hub = Github(
            auth=Auth.Token(token),
            base_url=api_url,
            timeout=_PATIENCE,
            user_agent=f"hashpin/{__version__} (+{HOME_PAGE})",
            retry=None,
            seconds_between_requests=None,
            seconds_between_writes=pause,
        )
    except Exception as error:  # PyGithub asserts what an address looks like
        raise Refused(Refusal(Kind.INVALID, f"no address of a GitHub API: {type(error).__name__}")) from error
    return Connection(hub.requester, repository, time.monotonic() + seconds, pause)


def spelled(*parts: str) -> str:
    """Names as parts of a path; a branch's slashes stay."""
    return "".join(f"/{quote(part, safe='/')}" for part in parts)


def _lenient(text: str) -> object:
    """The body of an error, which on its way may have become a page for people."""
    with contextlib.suppress(ValueError, RecursionError):
        return json.loads(text)
    return None


def _message(data: object) -> str:
    """GitHub's message with those of its single errors, which often alone say what is wrong."""
    if not isinstance(data, dict):
        return _text(data)
    errors = data.get("errors")
    listed = errors if isinstance(errors, list) else [errors] if errors else []
    parts = [_text(data.get("message"))]
    for entry in listed[:5]:
        if isinstance(entry, dict):
            fields = [_text(entry.get(key)) for key in ("message", "field", "code")]
            parts.append(" ".join(part for part in fields if part))
        else:
            parts.append(_text(entry))
    return ": ".join(part for part in parts if part)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _headers(headers: object) -> Mapping[str, str]:
    return {str(k).lower(): str(v) for k, v in headers.items()} if isinstance(headers, Mapping) else {}
