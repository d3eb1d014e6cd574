"""What every test runs in: an environment of its own, no host but this one, and no silent skips."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.loopback import LoopbackIndex

# A slow machine is no fault of the code: nothing is timed.
settings.register_profile("hashpin", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("hashpin")

# The suite runs inside Actions and on desks with indexes and proxies of their own: none of it may reach a test.
_SCRUBBED = ("GITHUB_", "RUNNER_", "INPUT_", "PIP_", "HASHPIN_INDEX")
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "FTP_PROXY", "NO_PROXY")
_COLORS = ("NO_COLOR", "FORCE_COLOR", "COLUMNS")

# Marker: the variable that switches such tests on, and what to say where it does not.
_ASKED_FOR = {
    "corpus": ("HASHPIN_CORPUS", "needs HASHPIN_CORPUS=the folder of the corpus"),
    "live": ("HASHPIN_LIVE", "needs HASHPIN_LIVE=1, for it asks the live index"),
    "container": ("HASHPIN_IMAGE", "needs HASHPIN_IMAGE=the name of a built image"),
    "npm": ("HASHPIN_NPM", "needs HASHPIN_NPM=1 and what npm ci installs beside the test"),
    "readers": ("HASHPIN_PIPS", "needs HASHPIN_PIPS=the folder that make pips makes"),
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for marker, (variable, reason) in _ASKED_FOR.items():
            value = os.environ.get(variable, "")
            switched_on = value == "1" if marker in ("live", "npm") else bool(value)
            if item.get_closest_marker(marker) and not switched_on:
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(autouse=True)
def _own_environment(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    live = request.node.get_closest_marker("live") is not None
    for name in list(os.environ):
        upper = name.upper()
        proxy = upper in _PROXIES and not live
        if upper.startswith(_SCRUBBED) or upper in ("NETRC", *_COLORS) or proxy:
            monkeypatch.delenv(name)
    home = tmp_path_factory.mktemp("home")
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(home))
    for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)


class Leaving(AssertionError):
    """A test wanted to leave this machine. No OSError, which the code under test may take for a bad line."""


@pytest.fixture(autouse=True)
def _stays_here(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.node.get_closest_marker("live"):
        return
    connect, connect_ex, lookup = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def guarded_connect(self: socket.socket, address: Any) -> None:
        _only_loopback(self.family, address)
        connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: Any) -> int:
        _only_loopback(self.family, address)
        return connect_ex(self, address)

    def guarded_lookup(host: Any, *rest: Any, **named: Any) -> Any:
        if host is not None and not _is_loopback(host):
            raise Leaving(f"this test wanted to look up {host!r}; only live tests may leave the machine")
        return lookup(host, *rest, **named)

    monkeypatch.setattr(socket.socket, "connect", guarded_connect)
    monkeypatch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
    monkeypatch.setattr(socket, "getaddrinfo", guarded_lookup)


def _only_loopback(family: int, address: Any) -> None:
    if family in (socket.AF_INET, socket.AF_INET6) and not _is_loopback(address[0]):
        raise Leaving(f"this test wanted to connect to {address!r}; only live tests may leave the machine")


def _is_loopback(host: object) -> bool:
    text = host.decode() if isinstance(host, bytes) else str(host)
    try:
        return text == "localhost" or ipaddress.ip_address(text).is_loopback
    except ValueError:
        return False


@pytest.fixture
def loopback() -> Iterator[LoopbackIndex]:
    """An index without any project; give it some by its `projects`."""
    with LoopbackIndex() as index:
        yield index


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty repository, which is also the working directory."""
    root = tmp_path / "repository"
    (root / ".git").mkdir(parents=True)
    monkeypatch.chdir(root)
    return root


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is tried again is tried at once."""
    monkeypatch.setattr("hashpin.indexes.transport._FIRST_WAIT", 0.0)
    monkeypatch.setattr("hashpin.github.connection.PAUSE", 0.0)
