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
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from http.client import IncompleteRead as HttpIncompleteRead
from threading import Lock
from typing import TypeVar
from urllib.parse import urljoin, urlsplit

import requests
from msgspec import Struct
from msgspec.structs import replace
from requests.adapters import BaseAdapter
from requests.utils import get_netrc_auth
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

from hashpin.indexes import freshness
from hashpin.indexes.address import IndexAddress, bare, origin
from hashpin.indexes.manners import Manners
from hashpin.indexes.responses import Body, NotFollowed, Response, Unanswered

_T = TypeVar("_T")

_TRIES = 4
_FIRST_WAIT = 0.5  # seconds; doubles with each try
_CONNECT_TIMEOUT = 10.0  # seconds
_READ_TIMEOUT = 20.0  # seconds between two bytes
_WHOLE_TIMEOUT = 90.0  # seconds for one answer: the largest known project has 21 MB
_CHUNK = 256 * 1024  # bytes
_LARGE = 2 * 1024 * 1024  # bytes of an answer that many others of its size must not be held beside
_LARGEST = 64 * 1024 * 1024  # bytes of one unpacked answer
_REDIRECTS = 5
_REDIRECTED = (301, 302, 303, 307, 308)
_GIVE_UP_AFTER = 10  # answers in a row that failed on every try


class _Room:
    """Room for one large answer at a time, held until it is read, however many are asked for."""

    def __init__(self, shared: Lock) -> None:
        self._shared = shared
        self._entered = False

    def enter(self, seconds: float) -> None:
        """Raises Unanswered where there is none within so many seconds."""
        if not self._entered and not self._shared.acquire(timeout=seconds):
            raise Unanswered("there was no time left for an answer of this size")
        self._entered = True

    def leave(self) -> None:
        if self._entered:
            self._entered = False
            self._shared.release()


class _Document:
    """Keeps all bytes. Satisfies `responses.Body`."""

    def __init__(self, room: _Room, left: Callable[[], float]) -> None:
        self._room = room
        self._left = left
        self._bytes = bytearray()

    def take(self, chunk: bytes) -> None:
        self._bytes += chunk
        if len(self._bytes) > _LARGE:
            self._room.enter(self._left())
        if len(self._bytes) > _LARGEST:
            raise Unanswered(f"the index answered more than {_LARGEST // 2**20} MiB")

    @property
    def kept(self) -> bytes:
        return bytes(self._bytes)


class _Host(Struct, frozen=True):
    """How to ask one host."""

    manners: Manners
    authorization: str | None
    """The header field with what it knows us by."""
    verify: bool | str
    """By what certificates: of the file or folder that the environment names, or those of requests."""
    proxies: Mapping[str, str]


class _Request(Struct, frozen=True):
    url: str
    headers: Mapping[str, str]
    body: Callable[[], Body] | None
    """None for a document, which is kept whole, may come packed, and has a time of its own."""
    room: _Room


class Transport:
    """Satisfies `responses.Asks`, until a deadline. Safe to use from several threads."""

    def __init__(self, session: requests.Session, address: IndexAddress, seconds: float, most: int = 16) -> None:
        """`most` requests at a time are asked of one host."""
        self._session = session
        self._address = address
        self._deadline = time.monotonic() + seconds
        self._seconds = seconds
        self._most = most
        self._hosts: dict[tuple[str, str], _Host] = {}
        self._large = Lock()
        self._meeting = Lock()

    def get(
        self,
        url: str,
        accept: str,
        read: Callable[[Response], _T],
        *,
        fresh: bool = False,
        etag: str | None = None,
    ) -> _T:
        """See `responses.Asks`."""
        headers = {"Accept": accept, "Accept-Encoding": "gzip, deflate"}
        if fresh:
            headers |= {"Cache-Control": "no-cache", "Pragma": "no-cache"}
        if etag is not None:
            headers["If-None-Match"] = etag
        room = _Room(self._large)
        try:
            return read(self._answered(_Request(url, headers, None, room)))
        finally:
            room.leave()

    def fetch(self, url: str, accept: str, body: Callable[[], Body], etag: str | None = None) -> Response:
        """See `responses.Asks`."""
        try:
            url = bare(url)
        except ValueError:
            raise Unanswered("the index names what is no address") from None
        room = _Room(self._large)
        try:
            # Identity: a server that packs an archive once more would change its digest.
            headers = {"Accept": accept, "Accept-Encoding": "identity"}
            if etag is not None:
                headers["If-None-Match"] = etag
            return self._answered(_Request(url, headers, body, room))
        finally:
            room.leave()

    def _answered(self, request: _Request) -> Response:
        """The answer; a 304 only where it is about the very answer that was asked about."""
        response = self._patiently(request)
        etag = request.headers.get("If-None-Match")
        if response.status != 304 or etag is None or freshness.confirms(response.fields, etag):
            return response
        unconditional = {name: value for name, value in request.headers.items() if name != "If-None-Match"}
        return self._patiently(replace(request, headers=unconditional))

    def _patiently(self, request: _Request) -> Response:
        if not self._may_ask(request.url):
            raise NotFollowed(f"the index names {_shown(request.url)}, which is not asked")
        manners = self._host(request.url).manners
        if manners.failed_in_a_row >= _GIVE_UP_AFTER:
            raise Unanswered("the index has failed to answer many times in a row")
        reason = ""
        for attempt in range(_TRIES):
            wait = _FIRST_WAIT * 2 ** (attempt - 1) * random.uniform(0.75, 1.25) if attempt else 0.0
            self._pause(max(time.monotonic() + wait, manners.not_before), reason)
            with manners.turn(self._left()) as current:
                if current is None:
                    raise Unanswered(self._no_answer(reason))
                try:
                    response = self._followed(request)
                except (requests.RequestException, HTTPError, OSError, ValueError) as error:
                    request.room.leave()
                    reason = _reason(error)
                    if not _may_pass(error):
                        break
                else:
                    if response.status != 429 and response.status < 500:
                        manners.failed_in_a_row = 0
                        return response
                    request.room.leave()
                    reason = f"the index answered {response.status}"
                manners.overrun(current)
        manners.failed_in_a_row += 1
        raise Unanswered(reason)

    def _followed(self, request: _Request) -> Response:
        url = request.url
        for _ in range(_REDIRECTS + 1):
            response, location = self._once(url, request)
            if location is None:
                if response.status == 304 and url != request.url:  # to what nobody asked
                    raise Unanswered("the index answered 304")
                # What the other address says of its answer is not said of the one that was asked for.
                return response if url == request.url else replace(response, fields=_type_alone(response))
            request.room.leave()
            # An ETag is that of one address (RFC 9110, 8.8.3).
            request = replace(request, headers={n: v for n, v in request.headers.items() if n != "If-None-Match"})
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
        host = self._host(url)
        timeout = (min(_CONNECT_TIMEOUT, left), min(_READ_TIMEOUT, left))
        with self._adapter(url).send(
            self._prepared(url, request), stream=True, timeout=timeout, verify=host.verify, proxies=host.proxies
        ) as raw:
            if raw.status_code == 429 or raw.status_code >= 500:
                host.manners.not_before = max(host.manners.not_before, _asked_for(raw.headers))
            else:
                host.manners.answered(time.monotonic() - started)
            document = request.body is None or raw.status_code != 200
            body = _Document(request.room, self._left) if document or not request.body else request.body()
            whole = _WHOLE_TIMEOUT if document else self._seconds
            # read1 returns what has arrived; iter_content would wait for a whole piece, however slowly it drips.
            while chunk := raw.raw.read1(_CHUNK, decode_content=document):
                body.take(chunk)
                if time.monotonic() - started > whole or not self._left():
                    raise Unanswered("the index was too slow")
            fields = {name.lower(): value for name, value in raw.headers.items()}
            location = fields.get("location") if raw.status_code in _REDIRECTED else None
            return Response(raw.status_code, fields, body.kept), location

    def _host(self, url: str) -> _Host:
        """What is known of a URL's host; the environment is asked for each once."""
        own = origin(url)
        with self._meeting:
            if own not in self._hosts:
                found = self._session.merge_environment_settings(url, {}, True, None, None)
                known = self._authorization(url) if _same(self._address.origin, url) else None
                self._hosts[own] = _Host(Manners(self._most), known, found["verify"] or True, found["proxies"])
            return self._hosts[own]

    def _adapter(self, url: str) -> BaseAdapter:
        """The session's own: what it does besides, for each request anew, was done once."""
        return self._session.get_adapter(url)

    def _prepared(self, url: str, request: _Request) -> requests.PreparedRequest:
        headers = {**self._session.headers, **request.headers}
        if authorization := self._host(url).authorization:
            headers["Authorization"] = authorization
        prepared = requests.PreparedRequest()  # without what Request.prepare does for cookies, hooks and bodies
        prepared.method = "GET"
        prepared.prepare_url(url, None)
        prepared.prepare_headers(headers)
        return prepared

    def _authorization(self, url: str) -> str | None:
        """The index's credentials, else those that netrc has for its host; in UTF-8 (RFC 7617)."""
        credentials = self._address.credentials or get_netrc_auth(url)
        return f"Basic {b64encode(':'.join(credentials).encode()).decode()}" if credentials else None

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
            raise Unanswered(self._no_answer(reason))
        wait = until - time.monotonic()
        if wait > 0:  # a sleep of nothing would still hand the processor to others
            time.sleep(wait)

    def _no_answer(self, reason: str) -> str:
        within = f"within {self._seconds:g} s (--timeout)"
        return f"{reason}, and could not be asked again {within}" if reason else f"no answer {within}"

    def _left(self) -> float:
        """Seconds until the deadline; 0 where it has passed."""
        return max(0.0, self._deadline - time.monotonic())


def _type_alone(response: Response) -> Mapping[str, str]:
    return {"content-type": response.content_type, "cache-control": "no-store"}


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
