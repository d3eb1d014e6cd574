"""One GET at a time to one index, with patience and with limits.

Faults that may pass (no connection, a cut-off body, 429, 5xx) are tried again
with growing waits, as long as the run's deadline allows; `Retry-After` is
honoured for all threads at once. Redirects are followed on the index's own
host alone, so that neither a request nor a credential ever leaves for another.
"""

from __future__ import annotations

import ipaddress
import random
import socket
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from http.client import IncompleteRead as HttpIncompleteRead
from http.cookiejar import DefaultCookiePolicy
from typing import Protocol
from urllib.parse import urljoin, urlsplit

import requests
from msgspec import Struct, field
from msgspec.structs import replace
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
from hashpin.indexes.address import IndexAddress, bare, origin

_TRIES = 4
_FIRST_WAIT = 0.5  # seconds; doubles with each try
_CONNECT_TIMEOUT = 10.0  # seconds
_READ_TIMEOUT = 20.0  # seconds between two bytes
_WHOLE_TIMEOUT = 90.0  # seconds for one answer: the largest known project has 21 MB
_LARGEST = 64 * 1024 * 1024  # bytes of one unpacked answer
_REDIRECTS = 5
_REDIRECTED = (301, 302, 303, 307, 308)
_GIVE_UP_AFTER = 10  # answers in a row that failed on every try


class Unanswered(Exception):
    """Nothing usable came back; the message says why, for people."""


class NotFollowed(Unanswered):
    """The index leads to where nobody is asked."""


class Response(Struct, frozen=True):
    """A status, where it came from in the end, what it says it is, and its bytes."""

    status: int
    content_type: str
    body: bytes


class Body(Protocol):
    """Takes the bytes of an answer as they come, as they are sent. May raise Unanswered, which ends it."""

    def take(self, chunk: bytes, /) -> None: ...

    @property
    def kept(self) -> bytes:
        """What of them the response shall hold."""


class _Body:
    """Keeps them all."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def take(self, chunk: bytes) -> None:
        self._bytes += chunk
        if len(self._bytes) > _LARGEST:
            raise Unanswered(f"the index answered more than {_LARGEST // 2**20} MiB")

    @property
    def kept(self) -> bytes:
        return bytes(self._bytes)


class _Manners(Struct):
    """What a host has asked for, and how often it has failed: one that is down must not silence another."""

    not_before: float = 0.0
    failed_in_a_row: int = 0


class _Request(Struct, frozen=True):
    url: str
    headers: Mapping[str, str]
    body: Callable[[], Body]
    manners: _Manners = field(default_factory=_Manners)


class _Session(requests.Session):
    """One that leaves redirects to us: requests would read the whole body of each ahead, outside of every limit."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:  # noqa: ARG002
        return None


def new_session(connections: int) -> requests.Session:
    """A session that keeps this many connections, names hashpin and its version, and stores no cookie."""
    session = _Session()
    session.headers["User-Agent"] = f"hashpin/{__version__} (+{HOME_PAGE})"
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    # A few hosts: some indexes, and where they keep their files.
    adapter = HTTPAdapter(pool_connections=8, pool_maxsize=connections, max_retries=0)
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
        self._manners: defaultdict[tuple[str, str], _Manners] = defaultdict(_Manners)

    def get(self, url: str, accept: str, *, fresh: bool = False) -> Response:
        """The answer at a URL of this index, whatever its status below 500. Raises Unanswered.

        `fresh` goes past the caches on the way (RFC 9111, no-cache).
        """
        caches = {"Cache-Control": "no-cache", "Pragma": "no-cache"} if fresh else {}
        return self._patiently(_Request(url, {"Accept": accept, **caches}, _Body))

    def fetch(self, url: str, accept: str, body: Callable[[], Body]) -> Response:
        """The same for what the index names, on another host, too: then without credentials. The bytes go to `body`.

        A new one is made for each try, and it may take as long as the whole run. Nothing of what stands before an
        ``@`` in the URL is sent. Raises Unanswered, and what `body` raises.
        """
        try:
            url = bare(url)
        except ValueError:
            raise Unanswered("the index names what is no address") from None
        # Identity: a server that packs an archive once more would change its digest.
        return self._patiently(_Request(url, {"Accept": accept, "Accept-Encoding": "identity"}, body))

    def _patiently(self, request: _Request) -> Response:
        if not self._may_ask(request.url):
            raise NotFollowed(f"the index names {_shown(request.url)}, which is not asked")
        host = self._manners[origin(request.url)]
        request = replace(request, manners=host)
        if host.failed_in_a_row >= _GIVE_UP_AFTER:
            raise Unanswered("the index has failed to answer many times in a row")
        reason = ""
        for attempt in range(_TRIES):
            wait = _FIRST_WAIT * 2 ** (attempt - 1) * random.uniform(0.75, 1.25) if attempt else 0.0
            self._pause(max(time.monotonic() + wait, host.not_before), reason)
            try:
                response = self._followed(request)
            except (requests.RequestException, HTTPError, OSError, ValueError) as error:
                reason = _reason(error)
                if not _may_pass(error):
                    break
                continue
            if response.status != 429 and response.status < 500:
                host.failed_in_a_row = 0
                return response
            reason = f"the index answered {response.status}"
        host.failed_in_a_row += 1
        raise Unanswered(reason)

    def _followed(self, request: _Request) -> Response:
        url = request.url
        for _ in range(_REDIRECTS + 1):
            response, location = self._once(url, request)
            if location is None:
                return response
            target = urljoin(url, location)
            try:
                url = bare(target)
            except ValueError:
                raise NotFollowed("the index redirects to what is no address") from None
            if not _same(origin(request.url), url):
                raise NotFollowed(f"the index redirects to {_shown(target)}, another host; not followed")
        raise Unanswered("the index redirects in circles")

    def _once(self, url: str, request: _Request) -> tuple[Response, str | None]:
        started = time.monotonic()
        left = max(self._left(), 0.001)  # 0 is no time-out to requests, but an error
        with self._session.get(
            url,
            headers=request.headers,
            auth=self._credentials() if _same(self._address.origin, url) else _nobody,
            timeout=(min(_CONNECT_TIMEOUT, left), min(_READ_TIMEOUT, left)),
            allow_redirects=False,
            stream=True,
        ) as raw:
            if raw.status_code == 429 or raw.status_code >= 500:
                request.manners.not_before = max(request.manners.not_before, _asked_for(raw.headers))
            body = request.body() if raw.status_code == 200 else _Body()
            document = isinstance(body, _Body)
            whole = _WHOLE_TIMEOUT if document else self._seconds
            # read1 returns what has arrived; iter_content would wait for a whole piece, however slowly it drips.
            while chunk := raw.raw.read1(64 * 1024, decode_content=document):
                body.take(chunk)
                if time.monotonic() - started > whole or not self._left():
                    raise Unanswered("the index was too slow")
            location = raw.headers.get("Location") if raw.status_code in _REDIRECTED else None
            return Response(raw.status_code, raw.headers.get("Content-Type", ""), body.kept), location

    def _credentials(self) -> HTTPBasicAuth | None:
        """In UTF-8 (RFC 7617); without any, requests looks into netrc."""
        if self._address.credentials is None:
            return None
        user, password = self._address.credentials
        return HTTPBasicAuth(user.encode(), password.encode())

    def _may_ask(self, url: str) -> bool:
        """Whether it is the index's own, or no less safe than that on the way there."""
        try:
            scheme, _ = origin(url)
        except ValueError:
            return False
        if scheme not in ("https", self._address.origin[0]):
            return False
        return _same(self._address.origin, url) or not _off_limits(url, self._address.simple)

    def _pause(self, until: float, reason: str) -> None:
        """Wait before a try. Raises Unanswered where that would be past the deadline."""
        if until >= self._deadline:
            within = f"within {self._seconds:g} s (--timeout)"
            raise Unanswered(f"{reason}, and could not be asked again {within}" if reason else f"no answer {within}")
        time.sleep(max(0.0, until - time.monotonic()))

    def _left(self) -> float:
        """Seconds until the deadline; 0 where it has passed."""
        return max(0.0, self._deadline - time.monotonic())


def _same(own: tuple[str, str], url: str) -> bool:
    """Whether a URL is on an origin, or on the same host by https in place of http."""
    try:
        scheme, host = origin(url)
    except ValueError:
        return False
    upgraded = own[0] == "http" and scheme == "https" and host == own[1].removesuffix(":80") + ":443"
    return (scheme, host) == own or upgraded


def _off_limits(url: str, own: str) -> bool:
    """Whether a URL names an address that nobody publishes files at, but where a machine's own services may listen.

    Link-local addresses (RFC 3927) are where clouds hand out a machine's credentials; loopback is for an index that
    is on loopback itself. What a name leads to is not looked up: nothing of an answer is ever shown.
    """
    address = _literal(url)
    if address is None:
        return False
    here = _literal(own)
    if address.is_loopback:
        return here is None or not here.is_loopback
    return address.is_link_local or address.is_multicast or address.is_unspecified


def _literal(url: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address that a URL's host spells, in any of the ways that a resolver takes (``127.1``, ``0x7f000001``)."""
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return ipaddress.IPv4Address("127.0.0.1")
    try:
        if ":" not in host:
            return ipaddress.IPv4Address(socket.inet_aton(host))
        address = ipaddress.IPv6Address(host)
        return address.ipv4_mapped or address
    except (OSError, ValueError):
        return None


def _asked_for(headers: Mapping[str, str]) -> float:
    """Until when a server asks to be left alone (`Retry-After`); long ago where it does not."""
    retry_after = headers.get("Retry-After")
    try:
        return time.monotonic() + Retry().parse_retry_after(retry_after) if retry_after else 0.0
    except (InvalidHeader, ValueError, OverflowError):
        return 0.0


def _nobody(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Nobody's credentials: without any, requests would look into netrc."""
    return request


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
