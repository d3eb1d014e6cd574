"""Serves a replica's folder on loopback by nginx, as slowly as asked, and tells what was asked of it.

Needs nginx with its Lua module (Debian: nginx-light, libnginx-mod-http-lua) and,
for TLS, openssl. It runs as whoever runs the bench, with one worker, so that it
takes little from what is measured.

What one `Scene` asks for is one server on a port of its own: with or without TLS
(then HTTP/2, too), so many seconds before each answer, so many bytes in a second on
each connection. Answers are packed ahead (`documents.put`), have an ETag, and are compared
with If-None-Match. The Simple API has JSON alone: who does not take it gets 406.

In the documents of releases, whose addresses are absolute, the server's own takes the
place of the one that they were made with, so that core metadata is asked of it.
"""

from __future__ import annotations

import os
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import documents

LOOPBACK = "127.0.0.1"
_SIMPLE = "application/vnd.pypi.simple.v1+json"
_LOG = "'$request_method\\t$request_uri\\t$status\\t$bytes_sent\\t$server_protocol\\t$http_if_none_match\\t$connection'"
_READY_WITHIN = 10.0  # seconds
_MODULES = ("ndk_http_module.so", "ngx_http_lua_module.so")


class CannotServe(Exception):
    """The machine lacks what serving needs; the message says what."""


@dataclass(frozen=True, slots=True)
class Scene:
    """How one server of the replica behaves."""

    name: str
    delay: float = 0.0
    """Seconds before each answer, those without a body included."""
    tls: bool = False
    rate: int = 0
    """Bytes in a second on each connection; 0 for as many as there are."""
    link: int = 0
    """Bytes in a second for all connections together, as on a line to somewhere; 0 for as many as there are."""
    max_age: int = 600
    """Seconds that answers are fresh for."""
    release_json: bool = True
    """Whether there is ``pypi/NAME/VERSION/json``; else 404, as of many private indexes."""
    project_json: bool = True


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, as the server saw it."""

    method: str
    path: str
    status: int
    bytes: int
    """Sent, the head included, and without what TLS adds."""
    protocol: str
    conditional: bool
    connection: str


@dataclass(frozen=True, slots=True)
class Served:
    """A scene that is being served."""

    scene: Scene
    port: int
    log: Path
    certificate: Path

    @property
    def base(self) -> str:
        return f"{'https' if self.scene.tls else 'http'}://{LOOPBACK}:{self.port}"

    @property
    def index_url(self) -> str:
        return f"{self.base}/simple/"

    @property
    def documents(self) -> Path:
        """Where its documents of releases are."""
        return self.log.with_suffix("")

    def mark(self) -> int:
        """Where the log ends now."""
        return self.log.stat().st_size

    def asked(self, since: int) -> list[Asked]:
        """What was asked since a mark. A server writes its line when the answer is sent: give it a moment."""
        time.sleep(0.05)
        with self.log.open("rb") as file:
            file.seek(since)
            return [read(line) for line in file.read().decode("utf-8", "replace").splitlines()]


def read(line: str) -> Asked:
    """A line of the log."""
    method, path, status, sent, protocol, tag, connection = line.split("\t")
    return Asked(method, path, int(status), int(sent), protocol, tag not in ("", "-"), connection)


@contextmanager
def serve(folder: Path, scenes: Sequence[Scene], work: Path) -> Iterator[dict[str, Served]]:
    """Serve a replica in all these scenes, each by its name, until the block ends. Raises CannotServe."""
    nginx = _nginx()
    work.mkdir(parents=True, exist_ok=True)
    certificate = make_certificate(work) if any(scene.tls for scene in scenes) else work / "no-certificate"
    served = {
        scene.name: Served(scene, port, work / f"{scene.name}.log", certificate)
        for scene, port in zip(scenes, _free_ports(len(scenes)), strict=True)
    }
    for one in served.values():
        one.log.write_bytes(b"")
        if one.scene.release_json:
            _addressed(folder, one)
    (work / "nginx.conf").write_text(configuration(folder.resolve(), work.resolve(), list(served.values())))
    errors = work / "nginx.error.log"
    command = [nginx, "-e", str(errors), "-p", str(work.resolve()), "-c", "nginx.conf"]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(process, list(served.values()), errors)
        yield served
    finally:
        process.terminate()
        process.wait(10)


def _addressed(folder: Path, one: Served) -> None:
    """Write the documents of releases with the address of one server."""
    for path in (folder / "pypi").glob("*/*/json"):
        content = path.read_bytes().replace(documents.HOST.encode(), one.base.encode())
        documents.put(one.documents / path.relative_to(folder), content)


def configuration(folder: Path, work: Path, served: Sequence[Served]) -> str:
    """What nginx reads."""
    lines = [f"load_module {path};" for path in _modules()]
    if os.geteuid() == 0:
        lines.append("user root;")  # else its worker could not read what root made
    lines += [
        "worker_processes 1;",
        "daemon off;",
        f"pid {work}/nginx.pid;",
        "events { worker_connections 2048; }",
        "http {",
        *(f"  {kind}_temp_path {work}/temp_{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")),
        f"  log_format asked {_LOG};",
        "  types {}",
        "  default_type application/json;",
        "  sendfile on;",
        "  tcp_nopush on;",
        "  keepalive_requests 100000;",
        "  keepalive_timeout 60s;",
        "  http2_max_concurrent_streams 128;",
        "  open_file_cache max=4000 inactive=600s;",
        "  gzip_static on;",
        "  gzip_vary on;",
        f'  map $http_accept $takes_json {{ default 0; "" 1; "~{_SIMPLE.replace("+", "[+]")}" 1; "~[*]/[*]" 1; }}',
        *(line for one in served for line in _server(folder, one)),
        "}",
    ]
    return "\n".join(lines) + "\n"


# Each answer waits until those before it have gone over the line, and it itself has. What is loaded outlives requests.
_LINK = """
      local uri, accepts = ngx.var.uri, ngx.var.http_accept_encoding or ""
      local path = uri:find("^/pypi/[^/]+/[^/]+/json$") and "{documents}" .. uri or "{folder}" .. uri
      if uri:find("^/simple/") then path = path .. "index.json" end
      local file = io.open(accepts:find("gzip") and path .. ".gz" or path)
      local bytes = 400
      if file then bytes = bytes + file:seek("end"); file:close() end
      ngx.update_time()
      local now = ngx.now()
      local free = math.max(now, package.loaded.line_is_free or 0) + bytes / {link}
      package.loaded.line_is_free = free
      ngx.sleep({delay} + free - now)
    """


def _numbers(scene: Scene) -> dict[str, str]:
    return {"link": f"{scene.link:d}", "delay": f"{scene.delay:g}"}


def _server(folder: Path, one: Served) -> Iterator[str]:
    scene = one.scene
    yield "  server {"
    yield f"    listen {LOOPBACK}:{one.port}{' ssl http2' if scene.tls else ''};"
    if scene.tls:
        yield f"    ssl_certificate {one.certificate.with_name('server.pem')};"
        yield f"    ssl_certificate_key {one.certificate.with_name('server.key')};"
    yield f"    root {folder};"
    yield f"    access_log {one.log.resolve()} asked;"
    yield f'    add_header Cache-Control "max-age={scene.max_age}, public" always;'
    if scene.link:
        yield f"    access_by_lua_block {{ {_LINK.format(folder=folder, documents=one.documents, **_numbers(scene))} }}"
    elif scene.delay:
        yield f"    access_by_lua_block {{ ngx.sleep({scene.delay:g}) }}"
    if scene.rate:
        yield f"    limit_rate {scene.rate};"
    yield "    location / { return 404; }"
    release = f"root {one.documents.resolve()}; try_files $uri =404" if scene.release_json else "return 404"
    yield f"    location ~ ^/pypi/[^/]+/[^/]+/json$ {{ {release}; }}"
    yield f"    location ~ ^/pypi/[^/]+/json$ {{ {'try_files $uri =404' if scene.project_json else 'return 404'}; }}"
    # Where pip-compile looks for a project's document; it compares the addresses in it with those of the page.
    yield "    location ~ ^/(?<project>[a-z0-9-]+)/json$ {"
    yield "      gzip_static off;"
    yield "      sub_filter_types application/json;"
    yield "      sub_filter_once off;"
    yield f"      sub_filter '{documents.HOST}' '{one.base}';"
    yield "      try_files /pypi/$project/json =404;"
    yield "    }"
    yield "    location ~ ^/simple/(?<project>[a-z0-9-]+)/$ {"
    yield "      if ($takes_json = 0) { return 406; }"
    yield f"      default_type {_SIMPLE};"
    yield '      add_header Vary "Accept";'
    yield f'      add_header Cache-Control "max-age={scene.max_age}, public" always;'
    yield "      try_files /simple/$project/index.json =404;"
    yield "    }"
    yield "    location ~ ^/files/.*/([^/]+[.]metadata)$ {"
    yield "      default_type application/octet-stream;"
    yield "      try_files /metadata/$1 =404;"
    yield "    }"
    yield "  }"


def make_certificate(work: Path) -> Path:
    """An authority of the bench's own, and what it vouches for, loopback. Returns the authority's file."""
    authority, key, server = work / "authority.pem", work / "authority.key", work / "server.pem"
    if authority.exists() and server.exists():
        return authority
    new = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30"]
    own = ["-keyout", str(key), "-out", str(authority), "-subj", "/CN=hashpin bench authority"]
    name = ["-keyout", str(server.with_suffix(".key")), "-out", str(server), "-subj", "/CN=hashpin bench"]
    signed = ["-CA", str(authority), "-CAkey", str(key), "-addext", f"subjectAltName=IP:{LOOPBACK},DNS:localhost"]
    leaf = ["-addext", "basicConstraints=critical,CA:FALSE"]
    try:
        for command in ([*new, *own], [*new, *name, *signed, *leaf]):
            subprocess.run(command, check=True, capture_output=True)
    except FileNotFoundError as error:
        raise CannotServe("TLS needs openssl") from error
    ssl.create_default_context(cafile=authority)  # raises where it is no certificate
    return authority


def _nginx() -> str:
    found = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if found is None:
        raise CannotServe("the bench needs nginx (Debian: nginx-light and libnginx-mod-http-lua)")
    return found


def nginx_version() -> str:
    told = subprocess.run([_nginx(), "-v"], check=False, capture_output=True, text=True).stderr
    return told.strip().rpartition("/")[2]


def _modules() -> list[Path]:
    folder = Path("/usr/lib/nginx/modules")
    found = [folder / name for name in _MODULES]
    if missing := [path.name for path in found if not path.exists()]:
        raise CannotServe(f"nginx lacks {', '.join(missing)} (Debian: libnginx-mod-http-lua)")
    return found


def _free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now. All are held until the last is known, so that no two are the same."""
    held = [socket.socket() for _ in range(count)]
    try:
        for one in held:
            one.bind((LOOPBACK, 0))
        return [int(one.getsockname()[1]) for one in held]
    finally:
        for one in held:
            one.close()


def _wait(process: subprocess.Popen[bytes], served: Sequence[Served], errors: Path) -> None:
    until = time.monotonic() + _READY_WITHIN
    for one in served:
        while not _listens(one.port):
            if process.poll() is not None or time.monotonic() > until:
                raise CannotServe(f"nginx does not serve: {errors.read_text()[-1000:] if errors.exists() else ''}")
            time.sleep(0.02)


def _listens(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex((LOOPBACK, port)) == 0
