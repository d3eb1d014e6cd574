"""The session of requests by which indexes are asked.

It differs from a new one of requests in what would be paid for with every
connection or request: one TLS context with the certificates read once, one
look-up of a name for all threads, and nothing read ahead.
"""

from __future__ import annotations

import ipaddress
import os
import socket
import ssl
import threading
from collections import defaultdict
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3 import PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, HTTPError
from urllib3.util.ssl_ import create_urllib3_context

from hashpin import HOME_PAGE, __version__


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
    adapter = _Adapter(pool_connections=8, pool_maxsize=connections, max_retries=0)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


class _Adapter(HTTPAdapter):
    """Connections that share a TLS context and the look-up of a name."""

    def init_poolmanager(self, *arguments: Any, **named: Any) -> None:
        super().init_poolmanager(*arguments, **named)
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._making = threading.Lock()
        _share_look_ups(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **named: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **named)
        if isinstance(manager, PoolManager) and not proxy.lower().startswith("socks"):
            _share_look_ups(manager)
        return manager

    def build_connection_pool_key_attributes(self, request: Any, verify: Any, cert: Any = None) -> Any:
        """The hook that requests has for a TLS context of one's own."""
        host, pool = super().build_connection_pool_key_attributes(request, True, cert)
        if host["scheme"] == "https":
            pool["ssl_context"] = self._context(verify)
        return host, pool

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """Nothing: the context knows the certificates, which otherwise every connection would read again."""

    def _context(self, verify: Any) -> ssl.SSLContext:
        where = verify if isinstance(verify, str) else DEFAULT_CA_BUNDLE_PATH
        with self._making:
            if where not in self._contexts:
                context = create_urllib3_context()
                folder = os.path.isdir(where)
                context.load_verify_locations(None if folder else where, where if folder else None)
                self._contexts[where] = context
            return self._contexts[where]


class _LookUps:
    """The addresses of each name, looked up once for all threads.

    Many threads that ask at once for the same name can stall for as long as a resolver's time-out.
    """

    def __init__(self) -> None:
        self._locks: defaultdict[tuple[str, int], threading.Lock] = defaultdict(threading.Lock)
        self._found: dict[tuple[str, int], tuple[str, ...]] = {}

    def addresses(self, host: str, port: int) -> tuple[str, ...]:
        """In the order of the resolver. Raises OSError."""
        with self._locks[host, port]:
            if (host, port) not in self._found:
                entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
                self._found[host, port] = tuple(dict.fromkeys(str(entry[4][0]) for entry in entries))
            return self._found[host, port]

    def forget(self, host: str, port: int) -> None:
        """None of them could be reached: they may be others by now."""
        self._found.pop((host, port), None)


_LOOK_UPS = _LookUps()


class _Shared(HTTPConnection):
    """Connects to one of the addresses that were looked up for all."""

    def _new_conn(self) -> socket.socket:
        name, port = self._dns_host, self.port or self.default_port
        host = name.strip("[]")
        try:
            ipaddress.ip_address(host)
            return super()._new_conn()
        except ValueError:
            pass
        try:
            addresses = _LOOK_UPS.addresses(host, port)
        except (OSError, UnicodeError):
            return super()._new_conn()  # which says it as urllib3 does
        failure: HTTPError | None = None
        for address in addresses:
            self._dns_host = address
            try:
                return super()._new_conn()
            except ConnectTimeoutError as error:  # also a refused one, see NewConnectionError
                failure = error
            finally:
                self._dns_host = name
        _LOOK_UPS.forget(host, port)
        raise failure or ConnectTimeoutError(self, f"{host} has no address")


class _SharedTLS(_Shared, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Shared


class _PoolTLS(HTTPSConnectionPool):
    ConnectionCls = _SharedTLS


def _share_look_ups(manager: PoolManager) -> None:
    manager.pool_classes_by_scheme = {"http": _Pool, "https": _PoolTLS}
