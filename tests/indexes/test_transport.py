"""Patience, limits and where requests may go, over real HTTP with a clock that does not take any time."""

from __future__ import annotations

import io
import socket
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from email.utils import formatdate
from pathlib import Path
from threading import Lock
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from requests.adapters import BaseAdapter
from requests.exceptions import InvalidURL
from urllib3 import HTTPResponse

from hashpin import HOME_PAGE, __version__
from hashpin.indexes import transport
from hashpin.indexes.address import IndexAddress
from hashpin.indexes.answers import NotAnAnswer
from hashpin.indexes.responses import Response, Unanswered
from hashpin.indexes.sessions import new_session
from hashpin.indexes.transport import Transport
from tests import loopback
from tests.loopback import Fault, LoopbackIndex, redirect, status

SIX = {"six": {"releases": {"1.17.0": [{"filename": "six-1.17.0.tar.gz", "sha256": "a" * 64}]}}}
PATH = "/pypi/six/1.17.0/json"


class Clock:
    """Stands for `time` in the transport: who waits moves the clock, and nobody really waits."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.waits: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        if seconds:
            self.waits.append(seconds)
            self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(transport, "time", clock)
    return clock


@pytest.fixture
def even(monkeypatch: pytest.MonkeyPatch) -> None:
    """Back-off without its chance."""
    monkeypatch.setattr(transport, "random", SimpleNamespace(uniform=lambda low, high: (low + high) / 2))


@pytest.fixture
def index() -> Iterator[LoopbackIndex]:
    with LoopbackIndex(SIX) as index:
        yield index


def to(index: LoopbackIndex, seconds: float = 300.0, url: str = "") -> Transport:
    return Transport(new_session(2), IndexAddress.parse(url or index.url), seconds)


def get(asking: Transport, index: LoopbackIndex, path: str = PATH, accept: str = "*/*") -> Response:
    return asking.get(f"http://{index.host}{path}", accept, lambda got: got)


def refused(asking: Transport, index: LoopbackIndex, path: str = PATH) -> str:
    with pytest.raises(Unanswered) as caught:
        get(asking, index, path)
    return str(caught.value)


# --- one request ---


def test_an_answer(index: LoopbackIndex) -> None:
    response = get(to(index), index)
    assert (response.status, response.content_type) == (200, "application/json")
    assert b'"six-1.17.0.tar.gz"' in response.body


@pytest.mark.parametrize("code", [204, 304, 400, 401, 403, 404, 410, 451])
def test_a_status_below_500_is_an_answer_at_once(index: LoopbackIndex, code: int) -> None:
    index.fail("*", Fault(status=code, body=b""))
    assert get(to(index), index).status == code
    assert len(index.requests) == 1


def test_what_is_sent(index: LoopbackIndex) -> None:
    get(to(index), index, accept="application/json")
    [request] = index.received
    assert str(request) == f"GET {PATH}"
    assert request.headers["user-agent"] == f"hashpin/{__version__} (+{HOME_PAGE})"
    assert request.headers["accept"] == "application/json"
    assert "gzip" in request.headers["accept-encoding"]
    assert request.headers.keys() <= {"host", "user-agent", "accept", "accept-encoding", "connection"}


def test_a_packed_answer_is_unpacked() -> None:
    with LoopbackIndex(SIX) as plain, LoopbackIndex(SIX, compress=True) as packed:
        bodies = [get(to(index), index, "/simple/six/", loopback.SIMPLE_JSON).body for index in (plain, packed)]
        assert bodies[0] == bodies[1].replace(packed.host.encode(), plain.host.encode())


def test_no_cookie_is_kept(index: LoopbackIndex) -> None:
    index.fail("*", Fault(headers={"Set-Cookie": "session=1; Path=/"}))
    asking = to(index)
    get(asking, index)
    get(asking, index)
    assert [request.headers.get("cookie") for request in index.received] == [None, None]


def test_a_connection_is_kept(index: LoopbackIndex) -> None:
    asking = to(index)
    for path in (PATH, "/pypi/six/9/json", "/simple/six/"):
        get(asking, index, path)
    assert index.connections == 1


# --- trying again ---


@pytest.mark.parametrize(
    "fault",
    [
        *(pytest.param(status(code), id=str(code)) for code in (429, 500, 502, 503, 504)),
        pytest.param(Fault(cut=True), id="cut off"),
        pytest.param(Fault(closed=True), id="closed"),
        pytest.param(Fault(headers={"Content-Encoding": "gzip"}), id="damaged"),
    ],
)
def test_a_fault_that_passes_is_tried_again(index: LoopbackIndex, clock: Clock, fault: Fault) -> None:
    index.fail("*", fault, times=3)
    assert get(to(index), index).status == 200
    assert index.requests == [f"GET {PATH}"] * 4


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (status(429), "the index answered 429"),
        (status(500), "the index answered 500"),
        (Fault(cut=True), "the index's answer was cut off or damaged"),
        (Fault(headers={"Content-Encoding": "gzip"}), "the index's answer was cut off or damaged"),
        (Fault(closed=True), "the index could not be reached"),
    ],
)
def test_a_fault_that_stays_is_no_answer(index: LoopbackIndex, clock: Clock, fault: Fault, reason: str) -> None:
    index.fail("*", fault)
    assert refused(to(index), index).startswith(reason)
    assert index.requests == [f"GET {PATH}"] * 4


def test_waits_double(index: LoopbackIndex, clock: Clock, even: None) -> None:
    index.fail("*", status(503))
    refused(to(index), index)
    assert clock.waits == [0.5, 1.0, 2.0]


def test_waits_are_left_to_chance_a_little(index: LoopbackIndex, clock: Clock) -> None:
    index.fail("*", status(503))
    for _ in range(3):
        refused(to(index), index)
    for expected, *waits in zip([0.5, 1.0, 2.0], clock.waits[:3], clock.waits[3:6], clock.waits[6:], strict=True):
        assert all(0.75 * expected <= wait <= 1.25 * expected for wait in waits)
        assert len(set(waits)) > 1


def test_nothing_waits_for_a_right_answer(index: LoopbackIndex, clock: Clock) -> None:
    asking = to(index)
    get(asking, index)
    get(asking, index)
    assert clock.waits == []


def test_a_host_that_cannot_be_reached(clock: Clock) -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))  # nobody listens
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}/simple/"
        with pytest.raises(Unanswered, match=r"^the index could not be reached \(connection refused\)$"):
            Transport(new_session(1), IndexAddress.parse(url), 300).get(url, "*/*", lambda got: got)
    assert len(clock.waits) == 3


def test_a_certificate_that_cannot_be_verified_is_asked_for_once(index: LoopbackIndex, clock: Clock) -> None:
    url = f"https://{index.host}/simple/"
    with pytest.raises(Unanswered, match=r"certificate could not be verified .*REQUESTS_CA_BUNDLE"):
        Transport(new_session(1), IndexAddress.parse(url), 300).get(url, "*/*", lambda got: got)
    assert (index.connections, clock.waits) == (1, [])


def test_an_address_that_cannot_be_one_is_not_tried_again(clock: Clock) -> None:
    url = "http://*.example/simple/"
    with pytest.raises(Unanswered, match="could not be asked"):
        Transport(new_session(1), IndexAddress.parse(url), 300).get(url, "*/*", lambda got: got)
    assert clock.waits == []


def test_credentials_that_http_cannot_carry_are_not_quoted(index: LoopbackIndex, clock: Clock) -> None:
    asking = to(index, url=index.url.replace("//", "//user:p%E2%82%ACss@"))
    try:
        get(asking, index)
    except Unanswered as error:
        assert "20ac" not in str(error), "no part of a password in a reason"  # noqa: PT017  it may also be carried


# --- Retry-After ---


def test_retry_after_is_honoured(index: LoopbackIndex, clock: Clock, even: None) -> None:
    index.fail("*", status(429, Retry_After="7"), times=1)
    index.fail("*", status(503, Retry_After="11"), times=1)
    assert get(to(index), index).status == 200
    assert clock.waits == [7.0, 11.0]


def test_retry_after_shorter_than_the_back_off(index: LoopbackIndex, clock: Clock, even: None) -> None:
    index.fail("*", status(429, Retry_After="0"), times=2)
    assert get(to(index), index).status == 200
    assert clock.waits == [0.5, 1.0]


def test_retry_after_as_a_date(index: LoopbackIndex, clock: Clock) -> None:
    index.fail("*", status(503, Retry_After=formatdate(time.time() + 100, usegmt=True)), times=1)
    assert get(to(index), index).status == 200
    assert 90 < clock.waits[0] <= 100


def test_retry_after_is_heeded_by_every_request(index: LoopbackIndex, clock: Clock) -> None:
    index.fail(PATH, status(429, Retry_After="1000"))
    asking = to(index, seconds=300)
    assert refused(asking, index) == "the index answered 429, and could not be asked again within 300 s (--timeout)"
    assert refused(asking, index, "/simple/six/") == "no answer within 300 s (--timeout)"
    assert index.requests == [f"GET {PATH}"]


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("9" * 5_000, id="a number of 5000 digits"),
        "Wed, 99 Foo 2015 07:28:00 GMT",
        "Wed, 21 Oct 99999999999999999999 07:28:00 GMT",
        "Wed, 21 Oct 2015 99999999999999999999:28:00 GMT",
    ],
)
def test_retry_after_that_makes_no_sense(index: LoopbackIndex, clock: Clock, value: str) -> None:
    index.fail("*", status(429, Retry_After=value))
    assert "the index" in refused(to(index), index)


@pytest.mark.parametrize("value", ["", "soon", "-5", "1.5", "Wed, 21 Oct 2015 07:28:00 GMT"])
def test_retry_after_that_says_nothing_leaves_the_back_off(
    index: LoopbackIndex, clock: Clock, even: None, value: str
) -> None:
    index.fail("*", status(429, Retry_After=value), times=2)
    assert get(to(index), index).status == 200
    assert clock.waits == [0.5, 1.0]


def test_retry_after_of_a_right_answer_is_not_heard(index: LoopbackIndex, clock: Clock) -> None:
    index.fail("*", Fault(headers={"Retry-After": "1000"}))
    asking = to(index)
    get(asking, index)
    get(asking, index)
    assert clock.waits == []


# --- the deadline ---


def test_no_try_begins_behind_the_deadline(index: LoopbackIndex, clock: Clock, even: None) -> None:
    index.fail("*", status(503))
    asking = to(index, seconds=1.0)
    assert refused(asking, index) == "the index answered 503, and could not be asked again within 1 s (--timeout)"
    assert clock.waits == [0.5]
    assert len(index.requests) == 2


def test_nothing_is_asked_behind_the_deadline(index: LoopbackIndex, clock: Clock) -> None:
    asking = to(index, seconds=60)
    clock.now += 60
    assert refused(asking, index) == "no answer within 60 s (--timeout)"
    assert index.requests == []


def test_an_answer_that_stalls(index: LoopbackIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "_READ_TIMEOUT", 0.05)
    monkeypatch.setattr(transport, "_FIRST_WAIT", 0.0)
    index.fail("*", Fault(stall=True))
    assert refused(to(index), index) == "the index did not answer in time"
    assert index.requests == [f"GET {PATH}"] * 4


def test_an_answer_that_stalls_until_the_deadline(index: LoopbackIndex) -> None:
    index.fail("*", Fault(stall=True))
    assert refused(to(index, seconds=0.3), index).endswith("could not be asked again within 0.3 s (--timeout)")
    assert index.requests == [f"GET {PATH}"]


DRIPPING = [
    pytest.param(Fault(drip=0.005), id="an answer"),
    pytest.param(Fault(status=302, headers={"Location": "/"}, drip=0.005), id="a redirect"),
]


@pytest.mark.parametrize("fault", DRIPPING)
def test_what_drips_past_its_time(monkeypatch: pytest.MonkeyPatch, fault: Fault) -> None:
    monkeypatch.setattr(transport, "_WHOLE_TIMEOUT", 0.05)
    with LoopbackIndex(SIX, faults=[("*", fault)]) as index:
        assert refused(to(index), index) == "the index was too slow"
    assert index.delivered == [], "the transport has not waited for all of it"


@pytest.mark.parametrize("fault", DRIPPING)
def test_what_drips_past_the_deadline(fault: Fault) -> None:
    with LoopbackIndex(SIX, faults=[("*", fault)]) as index:
        assert refused(to(index, seconds=0.2), index) == "the index was too slow"
    assert index.delivered == [], "the transport has not waited for all of it"


def test_a_small_answer_that_drips_in_time_is_one(index: LoopbackIndex) -> None:
    index.fail("*", Fault(status=404, body=b"none", drip=0.001))
    assert get(to(index), index).body == b"none"


def test_an_answer_that_is_too_large(index: LoopbackIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "_LARGEST", 100)
    index.fail("*", Fault(body=b"x" * 101), times=1)
    assert refused(to(index), index).startswith("the index answered more than")
    index.fail("*", Fault(body=b"x" * 100))
    assert get(to(index), index).body == b"x" * 100


# --- giving up ---


def test_an_index_that_fails_ten_times_in_a_row_is_asked_no_more(index: LoopbackIndex, clock: Clock) -> None:
    index.fail("*", status(500))
    asking = to(index)
    for _ in range(10):
        assert refused(asking, index) == "the index answered 500"
    assert refused(asking, index) == "the index has failed to answer many times in a row"
    assert len(index.requests) == 40


def test_an_answer_between_failures_is_no_reason_to_give_up(index: LoopbackIndex, clock: Clock) -> None:
    index.fail("/pypi/*", status(500))
    asking = to(index)
    for _ in range(9):
        refused(asking, index)
    assert get(asking, index, "/nothing/here").status == 404
    for _ in range(9):
        assert refused(asking, index) == "the index answered 500"


# --- redirects ---


def test_a_redirect_to_the_normalised_name(index: LoopbackIndex) -> None:
    assert get(to(index), index, "/pypi/Six/1.17.0/json").status == 200
    assert index.requests == ["GET /pypi/Six/1.17.0/json", f"GET {PATH}"]


def test_a_redirect_within_the_host(index: LoopbackIndex) -> None:
    index.fail("/old", redirect(f"http://{index.host}/older", 308))
    index.fail("/older", redirect("pypi/six/1.17.0/json", 307))
    assert get(to(index), index, "/old", "application/json").status == 200
    assert [request.headers["accept"] for request in index.received] == ["application/json"] * 3


@pytest.mark.parametrize("location", [PATH, "", "?again"])
def test_a_redirect_in_circles(index: LoopbackIndex, location: str) -> None:
    index.fail("*", redirect(location))
    assert refused(to(index), index) == "the index redirects in circles"
    assert len(index.requests) == 6


def test_a_redirect_to_another_host_is_not_followed(index: LoopbackIndex) -> None:
    with LoopbackIndex(SIX) as other:
        index.fail("*", redirect(f"http://{other.host}{PATH}?token=secret"))
        expected = f"the index redirects to http://{other.host}, another host; not followed"
        assert refused(to(index), index) == expected
        assert len(index.requests) == 1
        assert other.requests == []


@pytest.mark.parametrize(
    "location", ["http://[", "http://127.0.0.1:99999999/", "file:///etc/passwd", "//index.example/"]
)
def test_a_redirect_to_nowhere(index: LoopbackIndex, location: str) -> None:
    index.fail("*", redirect(location))
    assert refused(to(index), index).startswith("the index ")
    assert len(index.requests) == 1


class Told(BaseAdapter):
    """Stands for the network where a loopback cannot: hosts with names, and ports that need privileges."""

    def __init__(self, redirects: Mapping[str, str]) -> None:
        super().__init__()
        self.redirects = redirects
        self.asked: list[str] = []

    def send(self, request: requests.PreparedRequest, *_: object, **__: object) -> requests.Response:
        url = request.url or ""
        self.asked.append(url)
        response = requests.Response()
        response.url = url
        response.request = request
        response.status_code = 302 if url in self.redirects else 200
        if url in self.redirects:
            response.headers["Location"] = self.redirects[url]
        response.raw = HTTPResponse(io.BytesIO(b"{}"), preload_content=False)
        return response

    def close(self) -> None:
        pass


@pytest.mark.parametrize(
    ("own", "location", "followed"),
    [
        ("https://index.example/simple/", "https://index.example:443/x", True),
        ("https://index.example/simple/", "https://INDEX.example/x", True),
        ("https://index.example/simple/", "https://index.example:8443/x", False),
        ("https://index.example/simple/", "https://files.index.example/x", False),
        ("https://index.example/simple/", "https://index.example.org/x", False),
        ("https://index.example/simple/", "https://index.example@other.example/x", False),
        ("https://index.example/simple/", "http://index.example/x", False),  # never down to a scheme that all can read
        ("http://index.example/simple/", "https://index.example/x", True),
        ("http://index.example:8080/simple/", "https://index.example/x", False),
        ("http://index.example/simple/", "https://index.example:8443/x", False),
    ],
)
def test_hosts_of_redirects(own: str, location: str, followed: bool) -> None:
    told = Told({own: location})
    session = new_session(1)
    for scheme in ("http://", "https://"):
        session.mount(scheme, told)
    asking = Transport(session, IndexAddress.parse(own), 300)
    if followed:
        assert asking.get(own, "*/*", lambda got: got).status == 200
        assert len(told.asked) == 2
    else:
        with pytest.raises(Unanswered, match="another host; not followed"):
            asking.get(own, "*/*", lambda got: got)
        assert told.asked == [own]


# --- credentials ---


@pytest.fixture
def guarded() -> Iterator[LoopbackIndex]:
    with LoopbackIndex(SIX, credentials=("user", "se:cr@t")) as index:
        yield index


def with_credentials(index: LoopbackIndex) -> str:
    return index.url.replace("//", "//user:se%3Acr%40t@", 1)


def netrc(login: str, password: str) -> None:
    path = Path.home() / ".netrc"
    path.write_text(f"machine 127.0.0.1 login {login} password {password}\n")
    path.chmod(0o600)


def test_credentials_of_the_url(guarded: LoopbackIndex) -> None:
    assert get(to(guarded, url=with_credentials(guarded)), guarded).status == 200


def test_credentials_of_netrc(guarded: LoopbackIndex) -> None:
    netrc("user", "se:cr@t")
    assert get(to(guarded), guarded).status == 200


def test_credentials_of_the_url_go_before_those_of_netrc(guarded: LoopbackIndex) -> None:
    netrc("user", "an-older-one")
    assert get(to(guarded, url=with_credentials(guarded)), guarded).status == 200


def test_without_credentials(guarded: LoopbackIndex) -> None:
    assert get(to(guarded), guarded).status == 401
    assert "authorization" not in guarded.received[0].headers


def test_credentials_go_with_a_redirect_on_the_same_host(guarded: LoopbackIndex) -> None:
    assert get(to(guarded, url=with_credentials(guarded)), guarded, "/pypi/Six/1.17.0/json").status == 200
    assert all("authorization" in request.headers for request in guarded.received)


@pytest.mark.parametrize("where", ["url", "netrc"])
def test_credentials_never_go_to_another_host(guarded: LoopbackIndex, where: str) -> None:
    if where == "netrc":
        netrc("user", "se:cr@t")
    with LoopbackIndex(SIX) as other:
        guarded.fail("*", redirect(f"http://{other.host}{PATH}"))
        reason = refused(to(guarded, url=with_credentials(guarded) if where == "url" else ""), guarded)
        assert "cr" not in reason.replace(PATH, "")
        assert other.requests == []


# --- what went wrong, in a few words ---


def caused(cause: BaseException) -> requests.ConnectionError:
    error = requests.ConnectionError("http://secret")
    error.__cause__ = cause
    return error


CIRCLE = requests.ConnectionError("http://secret")
CIRCLE.__cause__ = CIRCLE
UNREACHED = "the index could not be reached"


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (requests.ConnectTimeout("http://secret"), "the index did not answer in time"),
        (requests.ConnectionError("http://secret"), UNREACHED),
        (caused(OSError(113, "No route to host")), f"{UNREACHED} (no route to host)"),
        (ConnectionResetError(104, "Connection reset by peer"), f"{UNREACHED} (connection reset by peer)"),
        (CIRCLE, UNREACHED),
        (InvalidURL("no host"), "the index could not be asked (InvalidURL)"),
        (ValueError("no"), "the index could not be asked (ValueError)"),
    ],
)
def test_reasons(clock: Clock, error: Exception, reason: str) -> None:
    class Failing(BaseAdapter):
        def send(self, *_: Any, **__: Any) -> requests.Response:
            raise error

        def close(self) -> None:
            pass

    session = new_session(1)
    session.mount("https://", Failing())
    with pytest.raises(Unanswered) as caught:
        Transport(session, IndexAddress.parse("https://index.example/"), 300).get(
            "https://index.example/x", "*/*", lambda got: got
        )
    assert str(caught.value) == reason


# --- large answers ---


def test_of_large_answers_one_at_a_time_is_held(index: LoopbackIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "_LARGE", 1000)
    index.fail("*", Fault(body=b"x" * 5_000))
    asking = Transport(new_session(8), IndexAddress.parse(index.url), 60, 8)
    held, most = [0], [0]
    counting = Lock()

    def read(response: Response) -> int:
        with counting:
            held[0] += 1
            most[0] = max(most[0], held[0])
        time.sleep(0.01)
        with counting:
            held[0] -= 1
        return len(response.body)

    with ThreadPoolExecutor(8) as pool:
        found = [*pool.map(lambda _: asking.get(f"http://{index.host}{PATH}", "*/*", read), range(24))]
    assert found == [5_000] * 24
    assert most == [1]


def test_a_large_answer_that_fails_makes_room(index: LoopbackIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "_LARGE", 1000)
    monkeypatch.setattr(transport, "_FIRST_WAIT", 0.0)
    index.fail("*", Fault(body=b"x" * 5_000))
    asking = Transport(new_session(1), IndexAddress.parse(index.url), 10, 1)

    def fail(response: Response) -> None:
        raise NotAnAnswer("no")

    index.fail("*", Fault(body=b"x" * 5_000, cut=True), times=2)
    for _ in range(3):
        with pytest.raises(NotAnAnswer):
            asking.get(f"http://{index.host}{PATH}", "*/*", fail)


def test_a_large_refusal_keeps_no_room(index: LoopbackIndex, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "_LARGE", 1000)
    index.fail("*", Fault(status=503, body=b"x" * 5_000), times=1)
    asking = to(index)
    left: list[bool] = []
    real = asking._pause

    def pause(until: float, reason: str) -> None:
        left.append(asking._large.locked())
        real(until, reason)

    monkeypatch.setattr(asking, "_pause", pause)
    assert get(asking, index).status == 200
    assert left == [False, False]


@pytest.mark.parametrize(("named", "asked"), [('"one"', 1), ('W/"one"', 1), ('"two"', 2), (None, 1)])
def test_a_304_about_another_answer_is_none(index: LoopbackIndex, named: str | None, asked: int) -> None:
    headers = {"ETag": named} if named else {}
    index.fail("*", Fault(status=304, headers=headers, body=b""), times=1)
    asking = to(index)
    status = asking.get(f"http://{index.host}{PATH}", "*/*", lambda got: got.status, etag='"one"')
    assert (status, len(index.requests)) == (304 if asked == 1 else 200, asked)


def test_a_304_behind_a_redirect_is_none(index: LoopbackIndex) -> None:
    index.fail(PATH, redirect("/moved"))
    index.fail("/moved", Fault(status=304, body=b""))
    with pytest.raises(Unanswered, match="answered 304"):
        to(index).get(f"http://{index.host}{PATH}", "*/*", lambda got: got.status, etag='"one"')
