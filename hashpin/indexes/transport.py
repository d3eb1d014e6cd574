"""One GET at a time to one index, with patience and with limits.

Faults that may pass (no connection, a cut-off body, 429, 5xx) are tried again
with growing waits, as long as the run's deadline allows; `Retry-After` is
honoured for all threads at once. Redirects are followed on the index's own
host alone, so that neither a request nor a credential ever leaves for another.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import IncompleteRead as HttpIncompleteRead
from http.cookiejar import DefaultCookiePolicy
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.auth import HTTPBasicAuth
from urllib3.exceptions import (
    ConnectTimeoutError,
    DecodeError,
    HTTPError,
    IncompleteRead,
    InvalidChunkLength,
    InvalidHeader,
    LocationParseError,
    NewConnectionError,
    ReadTimeoutError,
)
from urllib3.util import Retry

from hashpin import HOME_PAGE, __version__
from hashpin.indexes.address import IndexAddress, origin

_TRIES = 4
_FIRST_WAIT = 0.5  # seconds; doubles with each try
_CONNECT_TIMEOUT = 10.0  # seconds
_READ_TIMEOUT = 20.0  # seconds between two bytes
_WHOLE_TIMEOUT = 90.0  # seconds for one answer: the largest known project has 21 MB
_LARGEST = 256 * 1024 * 1024  # bytes of one unpacked answer
_REDIRECTS = 5
_REDIRECTED = (301, 302, 303, 307, 308)
_GIVE_UP_AFTER = 10  # answers in a row that failed on every try


class Unanswered(Exception):
    """Nothing usable came back; the message says why, for people."""


@dataclass(frozen=True, slots=True)
class Response:
    """A status, where it came from in the end, what it says it is, and its bytes."""

    status: int
    content_type: str
    body: bytes


class _Session(requests.Session):
    """One that leaves redirects to us: requests would read the whole body of each ahead, outside of every limit."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:  # noqa: ARG002
        return None


def new_session(connections: int) -> requests.Session:
    """A session that keeps this many connections, names hashpin and its version, and stores no cookie."""
    session = _Session()
    session.headers["User-Agent"] = f"hashpin/{__version__} (+{HOME_PAGE})"
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    adapter = HTTPAdapter(pool_connections=1, pool_maxsize=connections, max_retries=0)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


class Transport:
    """GET requests to one index, until a deadline. Safe to use from several threads."""

    def __init__(self, session: requests.Session, address: IndexAddress, seconds: float) -> None:
        self._session = session
        self._address = address
        self._deadline = time.monotonic() + seconds
        self._seconds = seconds
        self._not_before = 0.0
        self._failed_in_a_row = 0

    def get(self, url: str, accept: str) -> Response:
        """The answer at a URL of this index, whatever its status below 500. Raises Unanswered."""
        if self._failed_in_a_row >= _GIVE_UP_AFTER:
            raise Unanswered("the index has failed to answer many times in a row")
        reason = ""
        for attempt in range(_TRIES):
            self._pause(_FIRST_WAIT * 2 ** (attempt - 1) * random.uniform(0.75, 1.25) if attempt else 0.0, reason)
            try:
                response = self._followed(url, accept)
            except (requests.RequestException, HTTPError, OSError, ValueError) as error:
                reason = _reason(error)
                if not _may_pass(error):
                    break
                continue
            if response.status != 429 and response.status < 500:
                self._failed_in_a_row = 0
                return response
            reason = f"the index answered {response.status}"
        self._failed_in_a_row += 1
        raise Unanswered(reason)

    def _followed(self, url: str, accept: str) -> Response:
        for _ in range(_REDIRECTS + 1):
            response, location = self._once(url, accept)
            if location is None:
                return response
            url = urljoin(url, location)
            if not self._ours(url):
                raise Unanswered(f"the index redirects to {_shown(url)}, another host; not followed")
        raise Unanswered("the index redirects in circles")

    def _once(self, url: str, accept: str) -> tuple[Response, str | None]:
        started = time.monotonic()
        left = max(self._left(), 0.001)  # 0 is no time-out to requests, but an error
        with self._session.get(
            url,
            headers={"Accept": accept},
            auth=self._credentials(),
            timeout=(min(_CONNECT_TIMEOUT, left), min(_READ_TIMEOUT, left)),
            allow_redirects=False,
            stream=True,
        ) as raw:
            if raw.status_code == 429 or raw.status_code >= 500:
                self._hear(raw.headers.get("Retry-After"))
            body = bytearray()
            # read1 returns what has arrived; iter_content would wait for a whole piece, however slowly it drips.
            while chunk := raw.raw.read1(64 * 1024, decode_content=True):
                body += chunk
                if len(body) > _LARGEST:
                    raise Unanswered(f"the index answered more than {_LARGEST // 2**20} MiB")
                if time.monotonic() - started > _WHOLE_TIMEOUT or not self._left():
                    raise Unanswered("the index was too slow")
            location = raw.headers.get("Location") if raw.status_code in _REDIRECTED else None
            return Response(raw.status_code, raw.headers.get("Content-Type", ""), bytes(body)), location

    def _credentials(self) -> HTTPBasicAuth | None:
        """In UTF-8 (RFC 7617); without any, requests looks into netrc."""
        if self._address.credentials is None:
            return None
        user, password = self._address.credentials
        return HTTPBasicAuth(user.encode(), password.encode())

    def _ours(self, url: str) -> bool:
        try:
            scheme, host = origin(url)
        except ValueError:
            return False
        own_scheme, own_host = self._address.origin
        upgraded = own_scheme == "http" and scheme == "https" and host == own_host.removesuffix(":80") + ":443"
        return (scheme, host) == (own_scheme, own_host) or upgraded

    def _hear(self, retry_after: str | None) -> None:
        try:
            seconds = Retry().parse_retry_after(retry_after) if retry_after else 0.0
        except (InvalidHeader, ValueError, OverflowError):
            return
        self._not_before = max(self._not_before, time.monotonic() + seconds)

    def _pause(self, seconds: float, reason: str) -> None:
        """Wait before a try: the back-off, and what the index asked for. Raises Unanswered past the deadline."""
        until = max(time.monotonic() + seconds, self._not_before)
        if until >= self._deadline:
            within = f"within {self._seconds:g} s (--timeout)"
            raise Unanswered(f"{reason}, and could not be asked again {within}" if reason else f"no answer {within}")
        time.sleep(max(0.0, until - time.monotonic()))

    def _left(self) -> float:
        """Seconds until the deadline; 0 where it has passed."""
        return max(0.0, self._deadline - time.monotonic())


def _may_pass(error: Exception) -> bool:
    """Whether another try may cure it. What is wrong with the URL, the credentials or the certificate stays wrong."""
    match error:
        case requests.exceptions.SSLError():
            return False
        case (
            requests.exceptions.ConnectionError()
            | requests.exceptions.Timeout()
            | requests.exceptions.ChunkedEncodingError()
            | requests.exceptions.ContentDecodingError()
        ):
            return True
        case requests.RequestException() | LocationParseError():  # the former is an OSError, too
            return False
        case _:
            return isinstance(error, (HTTPError, OSError))


def _reason(error: Exception) -> str:
    """The innermost cause in a few words: the libraries' own messages are long, and quote addresses and passwords."""
    causes = list(_causes(error))
    if isinstance(error, requests.exceptions.SSLError):
        return "the index's certificate could not be verified (behind a proxy that intercepts, set REQUESTS_CA_BUNDLE)"
    if any(_ran_out(cause) for cause in causes):
        return "the index did not answer in time"
    if any(
        isinstance(cause, (IncompleteRead, InvalidChunkLength, DecodeError, HttpIncompleteRead)) for cause in causes
    ):
        return "the index's answer was cut off or damaged"
    if _may_pass(error):
        told = (c.strerror for c in causes if isinstance(c, OSError) and not isinstance(c, requests.RequestException))
        strerror = next((text for text in told if text), None)
        return f"the index could not be reached{f' ({strerror.lower()})' if strerror else ''}"
    return f"the index could not be asked ({type(error).__name__})"


def _ran_out(cause: BaseException) -> bool:
    # NewConnectionError, such as for a refused one, is a ConnectTimeoutError only for the sake of old callers.
    kinds = (requests.exceptions.Timeout, TimeoutError, ReadTimeoutError, ConnectTimeoutError)
    return isinstance(cause, kinds) and not isinstance(cause, NewConnectionError)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An exception and all that it was raised from or for, each once."""
    seen: list[BaseException] = []
    todo: list[object] = [error]
    while todo:
        current = todo.pop(0)
        if isinstance(current, BaseException) and not any(current is other for other in seen):
            seen.append(current)
            yield current
            todo += [*current.args, current.__cause__, current.__context__, getattr(current, "reason", None)]


def _shown(url: str) -> str:
    """Scheme and host of a URL that somebody else chose; the rest may hold secrets."""
    try:
        parts = urlsplit(url)
        return f"{parts.scheme}://{parts.hostname}{f':{parts.port}' if parts.port else ''}"
    except ValueError:
        return "what is no URL"
