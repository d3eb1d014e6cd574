"""What is paid for once: the look-up of a name, the reading of certificates."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from hashpin.indexes import sessions
from hashpin.indexes.address import IndexAddress
from hashpin.indexes.responses import Unanswered
from hashpin.indexes.sessions import new_session
from hashpin.indexes.transport import Transport
from tests.loopback import LoopbackIndex

SIX = {"six": {"releases": {"1.17.0": [{"filename": "six-1.17.0.tar.gz", "sha256": "a" * 64}]}}}
NAME = "index.example"


@pytest.fixture
def index() -> Iterator[LoopbackIndex]:
    with LoopbackIndex(SIX) as index:
        yield index


@pytest.fixture
def looked_up(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names that were looked up; the index's leads to loopback, by an address first where nobody listens."""
    names: list[str] = []
    real = socket.getaddrinfo

    def look_up(host: Any, port: Any, *arguments: Any, **named: Any) -> Any:
        if host != NAME:
            return real(host, port, *arguments, **named)
        names.append(host)
        return [entry for address in ("127.9.9.9", "127.0.0.1") for entry in real(address, port, type=named["type"])]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr(sessions, "_LOOK_UPS", sessions._LookUps())
    return names


def transport(index: LoopbackIndex, connections: int) -> tuple[Transport, str]:
    url = index.url.replace("127.0.0.1", NAME)
    return Transport(new_session(connections), IndexAddress.parse(url), 60, connections), url


def test_a_name_is_looked_up_once_for_all_threads(index: LoopbackIndex, looked_up: list[str]) -> None:
    asking, url = transport(index, 32)
    together = Barrier(32)

    def ask(_: int) -> int:
        together.wait(10)
        return asking.get(f"{url}six/", "*/*", lambda got: got.status)

    with ThreadPoolExecutor(32) as pool:
        assert [*pool.map(ask, range(32))] == [200] * 32
    assert looked_up == [NAME]


def test_addresses_that_nobody_answers_at_are_looked_up_again(
    index: LoopbackIndex, looked_up: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asking, _ = transport(index, 1)
    monkeypatch.setattr("hashpin.indexes.transport._FIRST_WAIT", 0.0)
    with pytest.raises(Unanswered, match="could not be reached"):
        asking.get(f"http://{NAME}:9/simple/six/", "*/*", lambda got: got.status)
    assert looked_up == [NAME] * 4, "at each try"


def test_a_name_that_nobody_knows_is_told_as_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nobody)
    monkeypatch.setattr("hashpin.indexes.transport._FIRST_WAIT", 0.0)
    url = f"http://{NAME}/simple/"
    with pytest.raises(Unanswered, match=r"could not be reached \(name or service not known\)"):
        Transport(new_session(1), IndexAddress.parse(url), 60).get(url, "*/*", lambda got: got)


def test_certificates_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[object] = []
    real = ssl.SSLContext.load_verify_locations

    def load(self: ssl.SSLContext, *arguments: Any, **named: Any) -> None:
        read.append(arguments)
        real(self, *arguments, **named)

    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", load)
    monkeypatch.setattr("hashpin.indexes.transport._FIRST_WAIT", 0.0)
    url = "https://127.0.0.1:9/simple/"
    asking = Transport(new_session(4), IndexAddress.parse(url), 60, 4)
    with ThreadPoolExecutor(4) as pool:
        failed = [*pool.map(lambda _: refused(asking, url), range(4))]
    assert all("could not be reached" in reason for reason in failed)
    assert len(read) == 1


def refused(asking: Transport, url: str) -> str:
    with pytest.raises(Unanswered) as caught:
        asking.get(url, "*/*", lambda got: got)
    return str(caught.value)
