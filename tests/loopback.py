"""A package index on 127.0.0.1, over a plain data structure, which can also misbehave.

It serves what PyPI documents: the JSON API's release and project documents and
the Simple repository API as JSON (1.0 to 1.4) and as HTML, and the integrity API.
What it serves is a mapping from normalised project names to `ProjectData`, the shape of a golden
case's `index.json`:

    {"six": {
        "releases": {"1.17.0": [{"filename": "six-1.17.0.tar.gz", "sha256": "...",
                                 "uploaded": "2024-12-04T17:35:26Z", "yanked": "reason or true"}]},
        "status": "quarantined", "reason": "...",
        "vulnerabilities": {"1.17.0": [{"id": "PYSEC-...", "fixed_in": ["1.18"], ...}]}}}

A file may also give `packagetype` (else its name tells), `md5`, `size`,
`requires_python`, `digests` in place of `sha256`, `url`, `provenance` (what the
integrity API says of it), or `content`: a text that is then served as the file,
and that its size and its sha256 are of, if nothing else is said. Nothing is
served that is not in the data, a project called pip included.

What a release needs is its first file's `requires_dist`, in the JSON API's `info`:
nothing where none is given, null where that is. `metadata` is the text of a
file's core metadata (PEP 658); the index tells of it unless `advertised` is false.
"""

from __future__ import annotations

import base64
import contextlib
import gzip
import hashlib
import json
import re
import socket
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from html import escape
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

from packaging.utils import canonicalize_name, canonicalize_version
from packaging.version import InvalidVersion, Version

ProjectData = Mapping[str, Any]

SIMPLE_JSON = "application/vnd.pypi.simple.v1+json"
SIMPLE_HTML = "application/vnd.pypi.simple.v1+html"
INTEGRITY = "application/vnd.pypi.integrity.v1+json"
_PACKAGETYPES = {".whl": "bdist_wheel", ".egg": "bdist_egg", ".exe": "bdist_wininst", ".rpm": "bdist_rpm"}
_SERIAL = 4242


# --- what may go wrong -----------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fault:
    """How an answer differs from the honest one; a part that is None or False stays honest."""

    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str | None = None
    body: bytes | None = None
    rewrite: Callable[[bytes], bytes] | None = None
    """From the honest body to another one."""
    cut: bool = False
    """Half of the body is sent of the length that was promised, then the connection is closed."""
    stall: bool = False
    """Half of the body is sent, and no more until the client goes away or the index stops."""
    drip: float | None = None
    """Seconds between two bytes of the body."""
    closed: bool = False
    """The connection is closed without an answer."""


def status(code: int, **headers: str) -> Fault:
    """An error status; ``Retry_After="1"`` becomes a header."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Fault(status=code, headers=named, content_type="text/plain", body=b"an error\n")


def redirect(location: str, code: int = 302) -> Fault:
    return Fault(status=code, headers={"Location": location}, content_type="text/plain", body=b"")


def html() -> Fault:
    """A page for people with status 200, as portals and proxies answer."""
    page = b"<!DOCTYPE html><html><body><h1>Please log in</h1><a href='/login'>here</a></body></html>"
    return Fault(status=200, content_type="text/html; charset=utf-8", body=page)


def of_project(name: str) -> Fault:
    """The honest document with another project's name in it."""

    def renamed(data: Any) -> Any:
        if "info" in data:
            data["info"]["name"] = name
        else:
            data["name"] = name
        return data

    return Fault(rewrite=_json(renamed))


def of_version(version: str) -> Fault:
    """The honest release document with another version in it."""

    def changed(data: Any) -> Any:
        if "info" in data:
            data["info"]["version"] = version
        return data

    return Fault(rewrite=_json(changed))


def truncated() -> Fault:
    """Half of the honest JSON, all of which arrives."""
    return Fault(rewrite=lambda body: body[: len(body) // 2])


def nested() -> Fault:
    """JSON that is nested deeper than a recursive reader can go."""
    return Fault(body=b'{"info":' + b"[" * 200_000 + b"]" * 200_000 + b"}")


def mistyped() -> Fault:
    """The honest document with a text in place of every list and mapping."""
    return Fault(rewrite=_json(lambda data: {k: "x" if isinstance(v, (dict, list)) else v for k, v in data.items()}))


def doubled() -> Fault:
    """The honest document with every file listed twice."""
    return Fault(rewrite=_json(lambda data: {k: v * 2 if k in ("urls", "files") else v for k, v in data.items()}))


def api_version(version: str) -> Fault:
    """The honest Simple document with another API version in it."""
    return Fault(rewrite=_json(lambda data: {**data, "meta": {"api-version": version}}))


def _json(change: Callable[[Any], Any]) -> Callable[[bytes], bytes]:
    """Change a JSON body; what is none (a 404's page) stays."""

    def rewrite(body: bytes) -> bytes:
        try:
            data = json.loads(body)
        except ValueError:
            return body
        return json.dumps(change(data)).encode()

    return rewrite


# --- the index -------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it came in; header names in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    content_type: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Planned:
    pattern: str
    fault: Fault
    times: int | None


class LoopbackIndex:
    """An index that runs from ``__enter__`` to ``__exit__``, on a port of its own."""

    def __init__(
        self,
        projects: Mapping[str, ProjectData] | None = None,
        *,
        release_json: bool = True,
        project_json: bool = True,
        releases_key: bool = True,
        simple: bool = True,
        integrity: bool = True,
        files_at: str | None = None,
        api: str | None = "1.4",
        html_pages: bool = True,
        prefix: str = "",
        simple_name: str = "simple",
        credentials: tuple[str, str] | None = None,
        compress: bool = False,
        cache_control: str = "max-age=600, public",
        faults: Sequence[tuple[str, Fault]] = (),
    ) -> None:
        """`api` is the Simple API's version as JSON, None for an index that has it as HTML alone.

        `releases_key` says whether the project's JSON has its deprecated key
        `releases`; `prefix` stands before every path; `files_at` is the host
        that its files are said to be on, if not here; `faults` are (pattern,
        fault) for good, see `fail`.
        """
        self.projects: dict[str, ProjectData] = dict(projects or {})
        self._release_json = release_json
        self._project_json = project_json
        self._releases_key = releases_key
        self._simple = simple
        self._integrity = integrity
        self._files_at = files_at
        self._api = api
        self._html_pages = html_pages
        self._prefix = prefix
        self._simple_name = simple_name
        self._credentials = credentials
        self._compress = compress
        self.cache_control = cache_control
        self._planned = [_Planned(pattern, fault, None) for pattern, fault in faults]
        self._received: list[Request] = []
        self._delivered: list[Request] = []
        self._lock = threading.Lock()
        self.closing = threading.Event()

    def __enter__(self) -> LoopbackIndex:
        self._server = _Server(self)
        # The interval bounds how long shutdown() takes.
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), name="loopback index")
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.hang_up()
        self._server.server_close()

    @property
    def host(self) -> str:
        """``127.0.0.1:PORT``."""
        return f"127.0.0.1:{self._server.server_port}"

    @property
    def url(self) -> str:
        """The Simple API's address, as ``--index-url`` takes it."""
        return f"http://{self.host}{self._prefix}/{self._simple_name}/"

    @property
    def received(self) -> list[Request]:
        """The requests so far, in the order in which they came in."""
        with self._lock:
            return list(self._received)

    @property
    def requests(self) -> list[str]:
        """``GET /pypi/six/1.17.0/json`` for each request so far."""
        return [str(request) for request in self.received]

    @property
    def delivered(self) -> list[str]:
        """The requests whose whole answer was sent, so that a client that gave up early is not among them."""
        with self._lock:
            return [str(request) for request in self._delivered]

    @property
    def connections(self) -> int:
        """How many connections clients have opened so far."""
        return self._server.accepted

    def fail(self, pattern: str, fault: Fault, times: int | None = None) -> None:
        """Answer paths that match (as in a shell) with a fault, only the first so many times where that is said.

        Of several that match the first planned applies, until its times are used up.
        """
        with self._lock:
            self._planned.append(_Planned(pattern, fault, times))

    # --- answering ---

    def note(self, request: Request) -> Fault:
        """Remember a request, and say what goes wrong with it: nothing, as a rule."""
        with self._lock:
            self._received.append(request)
            for planned in self._planned:
                if fnmatchcase(request.path, planned.pattern) and planned.times != 0:
                    if planned.times is not None:
                        planned.times -= 1
                    return planned.fault
        return Fault()

    def sent(self, request: Request) -> None:
        """Remember that the whole answer was sent."""
        with self._lock:
            self._delivered.append(request)

    def answer(self, request: Request, fault: Fault) -> _Answer:
        """The answer with the fault in it, and all that HTTP adds."""
        honest = self._honest(request)
        answer = replace(
            honest,
            status=fault.status if fault.status is not None else honest.status,
            content_type=fault.content_type or honest.content_type,
            body=honest.body if fault.body is None else fault.body,
        )
        if fault.rewrite:
            answer = replace(answer, body=fault.rewrite(answer.body))
        headers = {**answer.headers, **fault.headers}
        if answer.status == HTTPStatus.OK:
            etag = f'"{hashlib.sha256(answer.body).hexdigest()[:16]}"'
            headers |= {"ETag": etag, "Cache-Control": self.cache_control, "Vary": "Accept, Accept-Encoding"}
            if request.headers.get("if-none-match") == etag:
                return _Answer(HTTPStatus.NOT_MODIFIED, "", b"", headers)
        if self._compress and "gzip" in request.headers.get("accept-encoding", ""):
            headers["Content-Encoding"] = "gzip"
            answer = replace(answer, body=gzip.compress(answer.body))
        return replace(answer, headers=headers)

    def _honest(self, request: Request) -> _Answer:
        if self._credentials and request.headers.get("authorization") != _basic(*self._credentials):
            return _Answer(401, "text/plain", b"who are you?\n", {"WWW-Authenticate": 'Basic realm="index"'})
        path = urlsplit(request.path).path
        if not path.startswith(f"{self._prefix}/"):
            return _not_found()
        match [unquote(part) for part in path.removeprefix(f"{self._prefix}/").split("/")]:
            case ["pypi", name, version, "json"] if self._release_json:
                return self._moved(name, f"pypi/{{}}/{version}/json") or self._release(name, version)
            case ["pypi", name, "json"] if self._project_json:
                return self._moved(name, "pypi/{}/json") or self._project(name)
            case ["packages", name] if name.endswith(".metadata"):
                return self._metadata(name.removesuffix(".metadata"))
            case ["integrity", name, version, filename, "provenance"] if self._integrity:
                return self._provenance(self._file(filename, name, version), request)
            case ["packages", filename]:
                return self._content(self._file(filename))
            case [self._simple_name, ""] if self._simple:
                return self._root(request)
            case [self._simple_name, name, ""] if self._simple:
                return self._moved(name, f"{self._simple_name}/{{}}/") or self._page(name, request)
            case [self._simple_name, name] if self._simple and name in self.projects:
                return _Answer(301, "text/plain", b"", {"Location": f"{path}/"})
            case _:
                return _not_found()

    def _file(self, filename: str, name: str = "", version: str = "") -> Mapping[str, Any] | None:
        """A file by its name, of this project and release alone where they are said."""
        for project, data in self.projects.items():
            for of_version, files in data.get("releases", {}).items():
                if (name or project, version or of_version) == (project, of_version):
                    for file in files:
                        if file["filename"] == filename:
                            return dict(file)
        return None

    def _content(self, file: Mapping[str, Any] | None) -> _Answer:
        if file is None or "content" not in file:
            return _not_found()
        return _Answer(200, "application/octet-stream", file["content"].encode())

    def _provenance(self, file: Mapping[str, Any] | None, request: Request) -> _Answer:
        if file is None:
            return _not_found()
        wishes = _wishes(request.headers.get("accept", "*/*"))
        if not wishes.keys() & {INTEGRITY, "application/json", "*/*"}:
            return _Answer(406, "application/json", b'{"message": "Request not acceptable"}')
        if "provenance" not in file:
            message = {"message": f"No provenance available for {file['filename']}"}
            return _Answer(404, "application/json", json.dumps(message).encode())
        return _json_answer(file["provenance"], INTEGRITY)

    def _moved(self, name: str, path: str) -> _Answer | None:
        """To the project's normalised name, if it has one here and was asked for by another."""
        normalised = canonicalize_name(name)
        if name == normalised or normalised not in self.projects:
            return None
        return _Answer(301, "text/plain", b"", {"Location": f"{self._prefix}/{path.format(normalised)}"})

    def _metadata(self, filename: str) -> _Answer:
        """PEP 658."""
        files = (f for project in self.projects.values() for of in project.get("releases", {}).values() for f in of)
        found = next((file["metadata"] for file in files if file["filename"] == filename and "metadata" in file), None)
        return _not_found() if found is None else _Answer(200, "application/octet-stream", found.encode())

    def _release(self, name: str, version: str) -> _Answer:
        releases = self._served(name)
        wanted = canonicalize_version(version)
        found = next((v for v in releases if canonicalize_version(v) == wanted), None)
        if found is None:
            return _not_found(json_body=True)
        return _json_answer(self._document(name, found, releases[found]), serial=True)

    def _project(self, name: str) -> _Answer:
        releases = self._served(name)
        if not releases:
            return _not_found(json_body=True)
        latest = max(releases, key=_order)
        document = self._document(name, latest, releases[latest])
        if self._releases_key:
            document["releases"] = {v: [self._json_file(f) for f in files] for v, files in releases.items()}
        return _json_answer(document, serial=True)

    def _served(self, name: str) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """What the JSON API has of a project: nothing of a quarantined one."""
        project = self.projects.get(name, {})
        found: Mapping[str, Sequence[Mapping[str, Any]]] = project.get("releases", {})
        return {} if project.get("status") == "quarantined" else found

    def _document(self, name: str, version: str, files: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        reasons = [file.get("yanked", False) for file in files]
        yanked = bool(reasons) and all(reason is not False for reason in reasons)
        return {
            "info": {
                "name": name,
                "version": version,
                "summary": "",
                "requires_dist": next((file["requires_dist"] for file in files if "requires_dist" in file), []),
                "yanked": yanked,
                "yanked_reason": next((r for r in reasons if isinstance(r, str)), None) if yanked else None,
            },
            "last_serial": _SERIAL,
            "ownership": {"organization": None, "roles": []},
            "urls": [self._json_file(file) for file in files],
            "vulnerabilities": self.projects[name].get("vulnerabilities", {}).get(version, []),
        }

    def _json_file(self, file: Mapping[str, Any]) -> dict[str, Any]:
        yanked = file.get("yanked", False)
        entry: dict[str, Any] = {
            "comment_text": None,
            "core-metadata": _core_metadata(file),
            "digests": _digests(file),
            "filename": file["filename"],
            "packagetype": file.get("packagetype") or _packagetype(file["filename"]),
            "python_version": "source",
            "requires_python": file.get("requires_python"),
            "size": _size(file),
            "url": self._file_url(file),
            "yanked": yanked is not False,
            "yanked_reason": yanked if isinstance(yanked, str) else None,
        }
        if uploaded := file.get("uploaded"):
            entry |= {"upload_time": uploaded.removesuffix("Z"), "upload_time_iso_8601": uploaded}
        return entry

    def _root(self, request: Request) -> _Answer:
        if self._negotiated(request) == SIMPLE_JSON:
            meta = {"_last-serial": _SERIAL, "api-version": self._api}
            return _json_answer({"meta": meta, "projects": [{"name": name} for name in self.projects]}, SIMPLE_JSON)
        links = "".join(
            f'<a href="{self._prefix}/{self._simple_name}/{name}/">{name}</a><br/>\n' for name in self.projects
        )
        return _Answer(200, "text/html", f"<!DOCTYPE html><html><body>\n{links}</body></html>".encode())

    def _page(self, name: str, request: Request) -> _Answer:
        if name not in self.projects:
            return _not_found()
        project = self.projects[name]
        quarantined = project.get("status") == "quarantined"
        releases = {} if quarantined else project.get("releases", {})
        media_type = self._negotiated(request)
        if media_type is None:
            return _Answer(406, "text/plain", b"not acceptable\n")
        if media_type == SIMPLE_JSON:
            return _json_answer(self._simple_document(name, project, releases), SIMPLE_JSON, serial=True)
        return _Answer(200, media_type, self._html_page(name, project, releases).encode())

    def _simple_document(self, name: str, project: ProjectData, releases: Mapping[str, Any]) -> dict[str, Any]:
        api = self._api or ""
        minor = int(api.partition(".")[2] or 0)
        files = [self._simple_file(file, minor) for of_version in releases.values() for file in of_version]
        document: dict[str, Any] = {"meta": {"api-version": api, "_last-serial": _SERIAL}, "name": name, "files": files}
        if minor >= 1:  # PEP 700
            document["versions"] = list(releases)
        if minor >= 2:  # PEP 708
            document["alternate-locations"] = []
        if minor >= 4:  # PEP 792
            document["project-status"] = {"status": project.get("status", "active")}
            if reason := project.get("reason"):
                document["project-status"]["reason"] = reason
        return document

    def _simple_file(self, file: Mapping[str, Any], minor: int) -> dict[str, Any]:
        entry: dict[str, Any] = {
            "filename": file["filename"],
            "hashes": _digests(file),
            "requires-python": file.get("requires_python"),
            "url": self._file_url(file),
            "yanked": file.get("yanked", False),
        }
        if minor >= 1:
            entry["size"] = _size(file)
            if uploaded := file.get("uploaded"):
                entry["upload-time"] = uploaded
        if "metadata" in file:
            entry["core-metadata"] = _core_metadata(file)
        if minor >= 3:  # PEP 740
            entry["provenance"] = self._provenance_url(file)
        return entry

    def _html_page(self, name: str, project: ProjectData, releases: Mapping[str, Any]) -> str:
        api = self._api or "1.0"
        head = [f'<meta name="pypi:repository-version" content="{api}">']
        if "status" in project:
            head.append(f'<meta name="pypi:project-status" content="{escape(project["status"])}">')
        if "reason" in project:
            head.append(f'<meta name="pypi:project-status-reason" content="{escape(project["reason"])}">')
        links = "<br/>\n".join(self._link(file) for of_version in releases.values() for file in of_version)
        return (
            f"<!DOCTYPE html>\n<html>\n<head>{''.join(head)}<title>Links for {name}</title></head>\n"
            f"<body>\n<h1>Links for {name}</h1>\n{links}\n</body>\n</html>\n"
        )

    def _link(self, file: Mapping[str, Any]) -> str:
        found = _digests(file)
        algorithm = "sha256" if "sha256" in found else next(iter(found), None)
        fragment = f"#{algorithm}={found[algorithm]}" if algorithm else ""
        attributes = f'href="{escape(self._file_url(file) + fragment)}"'
        if requires := file.get("requires_python"):
            attributes += f' data-requires-python="{escape(requires)}"'
        if isinstance(offered := _core_metadata(file), dict):
            attributes += f' data-core-metadata="sha256={offered["sha256"]}"'
        yanked = file.get("yanked", False)
        if yanked is not False:
            attributes += f' data-yanked="{escape(yanked) if isinstance(yanked, str) else ""}"'
        return f"<a {attributes}>{escape(file['filename'])}</a>"

    def _file_url(self, file: Mapping[str, Any]) -> str:
        at = f"http://{self._files_at or self.host}{self._prefix}/packages/{file['filename']}"
        return str(file.get("url", at))

    def _provenance_url(self, file: Mapping[str, Any]) -> str | None:
        if "provenance" not in file:
            return None
        name, version = next(
            (name, version)
            for name, project in self.projects.items()
            for version, files in project["releases"].items()
            if file in files
        )
        return f"http://{self.host}{self._prefix}/integrity/{name}/{version}/{file['filename']}/provenance"

    def _negotiated(self, request: Request) -> str | None:
        """The media type that the client likes best of those that this index has."""
        offered = [SIMPLE_JSON] if self._api else []
        if self._html_pages:
            # PEP 691's own type for HTML is only known to an index that knows PEP 691.
            offered += [SIMPLE_HTML, "text/html"] if self._api else ["text/html"]
        wishes = _wishes(request.headers.get("accept", "*/*"))
        if not self._api:  # an older index does not negotiate
            return "text/html"
        best = max(offered, key=lambda media_type: wishes.get(media_type, wishes.get("*/*", 0.0)))
        return best if wishes.get(best, wishes.get("*/*", 0.0)) > 0 else None


# --- pieces ----------------------------------------------------------------


def _digests(file: Mapping[str, Any]) -> dict[str, str]:
    if "digests" in file:
        return dict(file["digests"])
    found = {name: file[name] for name in ("md5", "sha256") if name in file}
    return found or ({"sha256": hashlib.sha256(file["content"].encode()).hexdigest()} if "content" in file else {})


def _size(file: Mapping[str, Any]) -> int | None:
    found: int | None = file.get("size", len(file["content"].encode()) if "content" in file else 1000)
    return found


def _core_metadata(file: Mapping[str, Any]) -> dict[str, str] | bool:
    """PEP 714."""
    if "metadata" not in file or not file.get("advertised", True):
        return False
    return {"sha256": hashlib.sha256(file["metadata"].encode()).hexdigest()}


def _packagetype(filename: str) -> str:
    return next((kind for ending, kind in _PACKAGETYPES.items() if filename.endswith(ending)), "sdist")


def _order(version: str) -> tuple[bool, Version]:
    """The latest release is the highest that PEP 440 can read."""
    try:
        return True, Version(version)
    except InvalidVersion:
        return False, Version("0")


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def _wishes(accept: str) -> dict[str, float]:
    """Media types with their quality, of an Accept header."""
    found: dict[str, float] = {}
    for wish in accept.split(","):
        media_type, *parameters = (part.strip() for part in wish.split(";"))
        quality = next((p[2:] for p in parameters if re.fullmatch(r"q=[\d.]+", p)), "1")
        found[media_type] = float(quality)
    return found


def _json_answer(document: Mapping[str, Any], content_type: str = "application/json", serial: bool = False) -> _Answer:
    headers = {"X-PyPI-Last-Serial": str(_SERIAL)} if serial else {}
    return _Answer(200, content_type, json.dumps(document).encode(), headers)


def _not_found(json_body: bool = False) -> _Answer:
    if json_body:
        return _Answer(404, "application/json", b'{"message": "Not Found"}')
    return _Answer(404, "text/html", b"<html><body>404 Not Found</body></html>")


# --- the wire --------------------------------------------------------------


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # so that server_close() waits for all of them
    request_queue_size = 128

    def __init__(self, index: LoopbackIndex) -> None:
        self.index = index
        self._connections: set[socket.socket] = set()
        self._guard = threading.Lock()
        self.accepted = 0
        super().__init__(("127.0.0.1", 0), _Handler)

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        with self._guard:
            self._connections.add(connection)
            self.accepted += 1
        return connection, address

    def close_request(self, request: Any) -> None:
        with self._guard:
            self._connections.discard(request)
        super().close_request(request)

    def hang_up(self) -> None:
        """End what clients keep open, so that nobody waits for them."""
        with self._guard:
            for connection in self._connections:
                _shut(connection)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away is what the tests are about; anything else must be seen."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


def _shut(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):  # the other side may have been faster
        connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        index = self.server.index
        request = Request(self.command, self.path, {name.lower(): value for name, value in self.headers.items()})
        fault = index.note(request)
        if fault.closed:
            self.close_connection = True
            return
        answer = index.answer(request, fault)
        body = answer.body
        head = [f"HTTP/1.1 {answer.status} {self._phrase(answer.status)}"]
        head += [f"{name}: {value}" for name, value in answer.headers.items()]
        if answer.content_type:
            head.append(f"Content-Type: {answer.content_type}")
        if fault.cut or fault.stall or fault.drip is not None:
            self.close_connection = True
            head.append("Connection: close")
        # In one piece: two would wait for each other's acknowledgement.
        start = "\r\n".join([*head, f"Content-Length: {len(body)}", "", ""]).encode("latin-1")
        half = len(body) // 2
        if fault.cut or fault.stall:
            self.wfile.write(start + body[:half])
            if fault.stall:
                self._until_gone()
        elif fault.drip is not None:
            self.wfile.write(start)
            for place in range(len(body)):
                if index.closing.wait(fault.drip):
                    return
                self.wfile.write(body[place : place + 1])
            index.sent(request)
        else:
            self.wfile.write(start + body)
            index.sent(request)

    def _until_gone(self) -> None:
        self.connection.settimeout(0.02)
        while not self.server.index.closing.is_set():
            try:
                if not self.connection.recv(1):
                    return
            except TimeoutError:
                continue

    @staticmethod
    def _phrase(code: int) -> str:
        return HTTPStatus(code).phrase

    def log_message(self, *_: object) -> None:
        """Nothing: the requests are remembered."""
