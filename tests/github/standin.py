"""GitHub on a port of loopback: what comes in is judged, played on real git, and what goes out is judged as well."""

from __future__ import annotations

import json
import re
import socket
import threading
import traceback
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, unquote

from werkzeug.datastructures import MultiDict
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request as WebRequest
from werkzeug.wrappers import Response

from tests.github import events, graphql, judge, rest_git, rest_issues, rest_pulls, rules
from tests.github.access import may
from tests.github.call import ROUTES, Answer, Call
from tests.github.faults import Fault, Hook
from tests.github.judge import Operation
from tests.github.store import Pull, Repository, Token, World
from tests.github.views import Views

# Importing them has filled the table of routes.
_PLAYED = (rest_git, rest_pulls, rest_issues)


@dataclass(slots=True)
class Request:
    """One that came in. `path` has no prefix of an Enterprise server; `status` is 0 while none was given."""

    method: str
    path: str
    query: Mapping[str, str]
    body: Any
    headers: Mapping[str, str]
    operation: str = ""
    status: int = 0

    @property
    def is_write(self) -> bool:
        if self.path == "/graphql" and isinstance(self.body, dict):
            return graphql.is_mutation(str(self.body.get("query", "")))
        return self.method != "GET"


class Requests(list[Request]):
    @property
    def writes(self) -> list[Request]:
        return [request for request in self if request.is_write]


@dataclass(frozen=True, slots=True)
class _Route:
    operation: Operation
    pattern: re.Pattern[str]


def _routes() -> list[_Route]:
    """A name stands for all between two slashes, but refs, paths and comparisons have slashes inside."""
    found = []
    for operation in judge.operations():
        pattern = re.sub(
            r"\\{(\w+)\\}",
            lambda match: f"(?P<{match[1]}>{'.+' if match[1] in ('ref', 'path', 'basehead', 'branch') else '[^/]+'})",
            re.escape(operation.template),
        )
        found.append(_Route(operation, re.compile(pattern)))
    # commits/{ref}/check-runs before commits/{ref}, which would take it all.
    return sorted(found, key=lambda route: -len(route.operation.template))


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


class GitHub:
    """
    `enterprise` serves under /api/v3 and /api/graphql, as GitHub Enterprise Server does; else as api.github.com does.
    `violations` is what GitHub's descriptions have against anything that was said; a test with one has failed.
    """

    def __init__(self, folder: Path, *, enterprise: bool = False) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.world = World(folder)
        self.requests = Requests()
        self.violations: list[str] = []
        self._prefix = "/api/v3" if enterprise else ""
        self._graphql = "/api/graphql" if enterprise else "/graphql"
        self._tokens: dict[str, Token] = {}
        self._faults: list[Fault] = []
        self._hooks: list[Hook] = []
        self._guard = threading.RLock()
        self._routes = _routes()
        self._server = make_server("127.0.0.1", 0, self._serve, threaded=True, request_handler=_Quiet)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self.server_url = f"http://127.0.0.1:{self._server.port}"
        self.api_url = self.server_url + self._prefix
        self.graphql_url = self.server_url + self._graphql
        self.views = Views(self.world, self.api_url, self.server_url)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    # --- what tests set up ---

    def repository(
        self,
        name: str,
        files: Mapping[str, bytes | None] | None = None,
        *,
        default_branch: str = "main",
        executable: Collection[str] = (),
        modes: Mapping[str, str] | None = None,
        private: bool = False,
    ) -> Repository:
        made = Repository(self.world, name, default_branch)
        made.settings.private = private
        made.commit(default_branch, files or {}, message="Begin", executable=executable, modes=modes)
        return made

    def token(
        self,
        repositories: Repository | Collection[Repository],
        permissions: Mapping[str, str] | None = None,
        *,
        login: str = "github-actions[bot]",
    ) -> str:
        """Of an application where the login ends in [bot], else a person's fine-grained one."""
        self.world.user(login)
        text = f"ghs_{len(self._tokens):036d}"
        chosen = [repositories] if isinstance(repositories, Repository) else repositories
        names = frozenset(one.full_name for one in chosen)
        self._tokens[text] = Token(text, login, {"metadata": "read", **(permissions or {})}, names)
        return text

    def revoke(self, token: str) -> None:
        del self._tokens[token]

    def fail(
        self,
        method: str,
        path: str,
        *,
        status: int,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        times: int = 1,
        after: bool = False,
        containing: str = "",
    ) -> None:
        """`times` requests fail; -1 for all of them. Status 0 hangs up."""
        self._faults.append(Fault(method, path, times, containing, status, body, headers or {}, after))

    def refuse(self, method: str, path: str, refusal: rules.Refusal, *, times: int = 1, containing: str = "") -> None:
        """The same with one of the refusals of `rules`, for what only GitHub knows the reason of."""
        self.fail(
            method,
            path,
            status=refusal.status,
            body=refusal.body(),
            headers=refusal.headers,
            times=times,
            containing=containing,
        )

    def before(
        self, method: str, path: str, run: Callable[[], object], *, times: int = 1, containing: str = ""
    ) -> None:
        """Runs when such a request has come in and before anything is done for it."""
        self._hooks.append(Hook(method, path, times, containing, run))

    def event(self, name: str, repository: Repository, *, pull: Pull | None = None, **more: Any) -> dict[str, Any]:
        """The payload that a workflow finds under GITHUB_EVENT_PATH."""
        return events.payload(self.views, name, repository, pull, more)

    # --- the wire ---

    def _serve(self, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        web = WebRequest(environ)
        response = self._respond(web)
        if response is None:
            connection: socket.socket = environ["werkzeug.socket"]
            connection.shutdown(socket.SHUT_RDWR)
            return Response(status=500)(environ, start)
        return response(environ, start)

    def _respond(self, web: WebRequest) -> Response | None:
        raw = web.get_data()
        path = _raw_path(web)
        if path == self._graphql:
            path = "/graphql"
        elif path.startswith(f"{self._prefix}/"):
            path = path.removeprefix(self._prefix)
        else:
            return _response(Answer(404, {"message": "Not Found"}))
        plain = unquote(path)
        request = Request(web.method, plain, dict(web.args), _parsed(raw), dict(web.headers))
        text = raw.decode(errors="replace")
        with self._guard:
            self.requests.append(request)
            hooks = [hook for hook in self._hooks if hook.takes(request.method, plain, text)]
            fault = next((one for one in self._faults if one.takes(request.method, plain, text)), None)
        try:
            for hook in hooks:  # outside the guard: a hook may be a client
                hook.run()
            with self._guard:
                if fault is None or fault.after:
                    answer = self._answer(request, path, web, raw)
        except Exception as error:  # a fault of the stand-in or of the test, and no answer of GitHub's
            self.violations.append("".join(traceback.format_exception(error)))
            answer = Answer(500, {"message": "the stand-in is broken"})
        if fault is not None:
            answer = _faulty(fault)
        request.status = answer.status
        return None if answer.status == 0 else _response(answer)

    def _answer(self, request: Request, path: str, web: WebRequest, raw: bytes) -> Answer:
        try:
            token = self._token(web)
        except rules.Refusal as refusal:
            return Answer(refusal.status, refusal.body())
        if request.path == "/graphql":
            return self._query(request, token)
        for route in self._routes:
            match = route.pattern.fullmatch(path)
            if match and route.operation.method == request.method:
                request.operation = route.operation.name
                values = {name: unquote(value) for name, value in match.groupdict().items()}
                return self._operate(route.operation, values, web, token, request, raw)
        self.violations.append(f"{request.method} {request.path}: no operation of the description")
        return Answer(404, rules.not_found().body())

    def _operate(
        self,
        operation: Operation,
        values: Mapping[str, str],
        web: WebRequest,
        token: Token | None,
        request: Request,
        raw: bytes,
    ) -> Answer:
        found = judge.of_request(operation, values, MultiDict(web.args), raw, web.headers.get("Content-Type", ""))
        self.violations += found
        route = ROUTES[operation.name]
        call = Call(self.world, self.views, token, values, web.args, request.body, self.api_url + quote(request.path))
        write = request.method != "GET"
        try:
            if "repo" in values:
                may(call.repository, token, route.accepted, write=write)
            elif write and token is None:
                raise rules.requires_authentication()
            if found:
                raise rules.invalid_request(found[0].partition(": ")[2].partition(": ")[2] or found[0])
            answer = route.play(call)
        except rules.Refusal as refusal:
            answer = Answer(refusal.status, refusal.body(), refusal.headers)
        body = _bytes(answer.body)
        self.violations += judge.of_answer(operation, values, answer.status, body)
        return answer

    def _query(self, request: Request, token: Token | None) -> Answer:
        if token is None:
            return Answer(401, rules.requires_authentication().body())
        body = request.body if isinstance(request.body, dict) else {}
        query = str(body.get("query", ""))
        request.operation = "graphql"
        played = graphql.play(self.world, self.views, token, query, body.get("variables"), body.get("operationName"))
        self.violations += played.violations
        return Answer(200, played.body)

    def _token(self, web: WebRequest) -> Token | None:
        scheme, _, text = web.headers.get("Authorization", "").partition(" ")
        if not scheme:
            return None
        if scheme.lower() not in ("token", "bearer") or text not in self._tokens:
            raise rules.bad_credentials()
        return self._tokens[text]


def _raw_path(web: WebRequest) -> str:
    """As sent, so that a slash inside a name can be told from one between two."""
    uri = str(web.environ.get("REQUEST_URI") or web.environ.get("RAW_URI") or web.path)
    return uri.split("?", 1)[0]


def _parsed(raw: bytes) -> Any:
    try:
        return json.loads(raw) if raw else None
    except ValueError:
        return raw


def _bytes(body: Any) -> bytes:
    return b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()


def _faulty(fault: Fault) -> Answer:
    body = fault.body
    if body is None and fault.status:
        body = {"message": HTTPStatus(fault.status).phrase}
    return Answer(fault.status, body.encode() if isinstance(body, str) else body, fault.headers)


def _response(answer: Answer) -> Response:
    headers = {
        "X-RateLimit-Limit": "5000",
        "X-RateLimit-Remaining": "4999",
        "X-RateLimit-Used": "1",
        "X-RateLimit-Reset": "1767607200",
        "X-RateLimit-Resource": "core",
        "X-GitHub-Request-Id": "0000:000000:0000000:0000000:00000000",
        "X-GitHub-Media-Type": "github.v3; format=json",
    }
    headers |= answer.headers
    if answer.status == HTTPStatus.NO_CONTENT:
        return Response(status=answer.status, headers=headers)
    return Response(_bytes(answer.body), answer.status, headers, mimetype="application/json")
