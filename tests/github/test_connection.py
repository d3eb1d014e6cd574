"""What is asked of GitHub, how often and until when; and that nothing but a refusal comes out of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from hashpin.github.connection import Connection, connect, spelled
from hashpin.github.refusals import Kind, Refusal, Refused
from tests.github import rules
from tests.github.standin import GitHub
from tests.github.store import Repository

READ, WRITE = "contents: read", "contents: read, issues: write"
ISSUE = "/issues/1/comments"
REPO = "/repos/o/r"


@pytest.fixture
def repository(hub: GitHub) -> Repository:
    made = hub.repository("o/r", {"a.txt": b"a\n"})
    made.commit("feature", {"a.txt": b"b\n"})
    made.open_pull("feature")
    return made


@pytest.fixture
def token(hub: GitHub, repository: Repository) -> str:
    return hub.token(repository, {"contents": "read", "issues": "write", "pull_requests": "write"})


@pytest.fixture
def connection(hub: GitHub, token: str) -> Connection:
    return connect(hub.api_url, token, "o/r", 30, pause=0)


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    slept: list[float] = []
    monkeypatch.setattr("hashpin.github.connection.time.sleep", slept.append)
    return slept


def refused(ask: Callable[[], object]) -> Refusal:
    with pytest.raises(Refused) as caught:
        ask()
    return caught.value.refusal


def comment(connection: Connection, *, again: bool = False) -> Any:
    return connection.write("POST", ISSUE, {"body": "x"}, WRITE, again=again)


def test_who_asks_and_how(hub: GitHub, connection: Connection, token: str) -> None:
    assert connection.get("", READ)["full_name"] == "o/r"
    (request,) = hub.requests
    assert request.headers["Authorization"] == f"token {token}"
    assert request.headers["User-Agent"].startswith("hashpin/")


def test_an_enterprise_server(tmp_path: Path) -> None:
    with GitHub(tmp_path, enterprise=True) as hub:
        repository = hub.repository("o/r", {"a.txt": b"a\n"})
        connection = connect(hub.api_url, hub.token(repository, {"contents": "read"}), "o/r", 30, pause=0)
        assert connection.get("", READ)["full_name"] == "o/r"
        found = connection.graphql('{ repository(owner: "o", name: "r") { name } }', {}, READ)
        assert found == {"repository": {"name": "r"}}


def test_all_pages(hub: GitHub, repository: Repository, connection: Connection) -> None:
    for _ in range(3):
        hub.fail("GET", f"{REPO}/branches", status=200, body=[{"name": "b"}] * 100)
    hub.fail("GET", f"{REPO}/branches", status=200, body=[])
    assert len(list(connection.pages("/branches", READ))) == 300
    assert [request.query["page"] for request in hub.requests] == ["1", "2", "3", "4"]


def test_pages_below_a_key(hub: GitHub, repository: Repository, connection: Connection) -> None:
    tip = repository.tip("main")
    assert list(connection.pages(f"/commits/{tip}/check-runs", "checks: read", "check_runs")) == []


def test_pages_without_end(hub: GitHub, connection: Connection) -> None:
    hub.fail("GET", f"{REPO}/branches", status=200, body=[{}] * 100, times=-1)
    assert len(list(connection.pages("/branches", READ))) == 3000


@pytest.mark.parametrize("body", [{"check_runs": None}, {"check_runs": {}}, {}, 1, "x", None, [[], 1]])
def test_what_is_no_list(hub: GitHub, connection: Connection, body: Any) -> None:
    hub.fail("GET", "*/check-runs", status=200, body=body, times=-1)
    if body == [[], 1]:  # what is in a list is for who asked to judge
        assert list(connection.pages("/commits/x/check-runs", READ, "check_runs")) == body
    else:
        assert refused(lambda: list(connection.pages("/commits/x/check-runs", READ, "check_runs"))).kind is Kind.FAULT


# --- faults ----------------------------------------------------------------


@pytest.mark.parametrize("status", [0, 500, 502, 503, 504])
def test_a_read_is_repeated_twice(hub: GitHub, connection: Connection, status: int, slept: list[float]) -> None:
    hub.fail("GET", REPO, status=status, times=2)
    assert replace(connection, pause=1.0).get("", READ)["full_name"] == "o/r"
    assert slept == [1.0, 2.0]


def test_and_no_more(hub: GitHub, connection: Connection) -> None:
    hub.fail("GET", REPO, status=502, times=-1)
    found = refused(lambda: connection.get("", READ))
    assert (found.kind, len(hub.requests)) == (Kind.FAULT, 3)


@pytest.mark.parametrize("status", [0, 500, 502, 503])
@pytest.mark.parametrize("after", [False, True])
def test_a_write_is_not(hub: GitHub, repository: Repository, connection: Connection, status: int, after: bool) -> None:
    hub.fail("POST", f"{REPO}{ISSUE}", status=status, after=after, times=-1)
    found = refused(lambda: comment(connection))
    assert (found.kind, len(hub.requests)) == (Kind.FAULT, 1)
    assert len(repository.pulls[1].comments) == after


def test_but_where_twice_is_as_good_as_once(hub: GitHub, connection: Connection) -> None:
    hub.fail("POST", f"{REPO}{ISSUE}", status=502, times=2)
    assert comment(connection, again=True)["body"] == "x"
    assert len(hub.requests) == 3


@pytest.mark.parametrize(
    "refusal", [rules.not_found(), rules.archived(), rules.no_reference(), rules.bad_credentials()]
)
def test_a_refusal_is_not_asked_again(hub: GitHub, connection: Connection, refusal: rules.Refusal) -> None:
    hub.refuse("GET", REPO, refusal, times=-1)
    assert refusal.message.rstrip(".") in refused(lambda: connection.get("", READ)).reason
    assert len(hub.requests) == 1


# --- limits ----------------------------------------------------------------


def test_a_limit_is_waited_for_as_long_as_github_says(
    hub: GitHub, repository: Repository, connection: Connection, slept: list[float]
) -> None:
    """Of a write, too: what was too much was not done."""
    hub.refuse("POST", f"{REPO}{ISSUE}", rules.secondary_limit(7))
    hub.fail("POST", f"{REPO}{ISSUE}", status=429, headers={"Retry-After": "3"})
    assert comment(replace(connection, until=time.monotonic() + 60))["body"] == "x"
    assert slept == [7.0, 3.0]
    assert len(repository.pulls[1].comments) == 1


@pytest.mark.parametrize(
    ("refusal", "wait"),
    [
        (rules.secondary_limit(91), 91.0),
        (rules.primary_limit(2_000_000_000), None),
        (rules.Refusal(429, "", headers={"Retry-After": "soon"}), None),
    ],
)
def test_but_not_for_ever(
    hub: GitHub, connection: Connection, slept: list[float], refusal: rules.Refusal, wait: float | None
) -> None:
    hub.refuse("GET", REPO, refusal, times=-1)
    found = refused(lambda: connection.get("", READ))
    assert (found.kind, found.wait, slept, len(hub.requests)) == (Kind.RATE, wait, [], 1)


def test_nor_beyond_the_deadline(hub: GitHub, connection: Connection, slept: list[float]) -> None:
    hub.refuse("GET", REPO, rules.secondary_limit(60), times=-1)
    found = refused(lambda: connection.get("", READ))
    assert (found.kind, slept, len(hub.requests)) == (Kind.RATE, [], 1)


def test_nothing_is_asked_after_the_deadline(hub: GitHub, connection: Connection) -> None:
    late = replace(connection, until=time.monotonic() - 1)
    for ask in (
        lambda: late.get("", READ),
        lambda: comment(late, again=True),
        lambda: late.graphql("{ viewer { login } }", {}, READ, again=True),
    ):
        found = refused(ask)
        assert found.kind is Kind.FAULT
        assert "the run's time is over" in found.reason
    assert hub.requests == []


# --- answers that make no sense --------------------------------------------


NONSENSE: list[Any] = [
    "{",
    "[" * 100_000,
    "<html>",
    "\ufeff{}",
    {"message": 1},
    {"message": None, "errors": None},
    {"message": "x", "errors": "y"},
    {"message": "x", "errors": [1, None, {"message": [], "code": 1}, {"field": "base", "code": "invalid"}, "z"]},
    ["x"],
    1,
]


@pytest.mark.parametrize("status", [200, 400, 403, 404, 422, 500])
def test_whatever_comes_is_an_answer_or_a_refusal(hub: GitHub, connection: Connection, status: int) -> None:
    def asked() -> list[Any]:
        return [connection.get("", READ), connection.write("PATCH", "", {}, WRITE)]

    for body in NONSENSE:
        hub.fail("*", "*", status=status, body=body, times=20)
        if status != 200 or isinstance(body, str):
            assert str(refused(asked))
        else:
            assert len(asked()) == 2
        assert str(refused(lambda: connection.graphql("{ viewer { login } }", {}, READ)))
        hub._faults.clear()


def test_single_errors_are_said(hub: GitHub, connection: Connection) -> None:
    body = {"message": "Validation Failed", "errors": [{"resource": "PullRequest", "field": "base", "code": "invalid"}]}
    hub.fail("POST", f"{REPO}/pulls", status=422, body=body)
    found = refused(lambda: connection.write("POST", "/pulls", {}, WRITE))
    assert found.reason == "GitHub says: Validation Failed: base invalid (422)"
    assert "the base branch (`base`) is there" in found.remedy


class Elsewhere:
    """PyGithub asserts that every address is its server's; AssertionError is no GithubException."""

    graphql_url = "https://elsewhere.example/graphql"

    def requestJson(  # noqa: N802
        self,
        verb: str,
        url: str,
        parameters: dict[str, Any] | None = None,
        *,
        input: Any | None = None,  # noqa: A002
    ) -> tuple[int, dict[str, Any], str]:
        raise AssertionError("elsewhere.example")


def test_an_address_on_another_host(hub: GitHub, connection: Connection) -> None:
    found = refused(lambda: replace(connection, requester=Elsewhere()).get("", READ))
    assert (found.kind, found.reason) == (Kind.FAULT, "GitHub did not answer (AssertionError)")
    away = replace(connection, repository="o/r")
    hub.fail("GET", REPO, status=301, headers={"Location": "https://elsewhere.example/x"}, times=-1)
    assert refused(lambda: away.get("", READ)).kind is Kind.FAULT


def test_a_write_that_is_sent_elsewhere_is_not_done(hub: GitHub, connection: Connection) -> None:
    """GitHub answers so for a repository that was renamed."""
    hub.fail("PATCH", REPO, status=307, body={"message": "Moved"}, headers={"Location": f"{hub.api_url}/x"})
    found = refused(lambda: connection.write("PATCH", "", {}, WRITE))
    assert (found.kind, found.remedy) == (Kind.INVALID, "look whether the repository was renamed")


def test_an_answer_that_is_never_ready(hub: GitHub, connection: Connection) -> None:
    hub.fail("GET", REPO, status=202, body={}, times=-1)
    assert refused(lambda: connection.get("", READ)).kind is Kind.FAULT
    assert len(hub.requests) == 3


def test_a_redirect_in_circles(hub: GitHub, connection: Connection) -> None:
    hub.fail("GET", REPO, status=301, headers={"Location": f"{hub.api_url}{REPO}"}, times=-1)
    assert refused(lambda: connection.get("", READ)).kind is Kind.FAULT


@pytest.mark.parametrize("address", ["", "nonsense", "ftp://github.example", "https://", "http://[", "//x"])
def test_what_is_no_address(address: str) -> None:
    def asked() -> object:
        return connect(address, "t", "o/r", 5, pause=0).get("", READ)

    assert refused(asked).kind in (Kind.INVALID, Kind.FAULT)


def test_the_token_is_in_no_refusal(hub: GitHub, connection: Connection, token: str) -> None:
    hub.fail("GET", REPO, status=0, times=-1)
    with pytest.raises(Refused) as caught:
        connection.get("", READ)
    assert token not in str(caught.value)
    hub.revoke(token)
    with pytest.raises(Refused) as caught:
        connection.get("/branches/main", READ)
    assert token not in str(caught.value)
    assert caught.value.refusal.remedy == "give a token that is valid"


# --- GraphQL ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("errors", "kind"),
    [
        ([{"type": "FORBIDDEN", "message": "Resource not accessible by integration"}], Kind.PERMISSION),
        ([{"type": "INSUFFICIENT_SCOPES", "message": "x"}], Kind.PERMISSION),
        ([{"type": "STALE_DATA", "message": "Expected head oid"}], Kind.STALE),
        ([{"message": "x"}], Kind.INVALID),
        ([1], Kind.INVALID),
        ("x", Kind.INVALID),
    ],
)
def test_errors_in_an_answer_are_refusals(hub: GitHub, connection: Connection, errors: Any, kind: Kind) -> None:
    hub.fail("POST", "/graphql", status=200, body={"data": {"x": None}, "errors": errors})
    assert refused(lambda: connection.graphql("{ viewer { login } }", {}, READ)).kind is kind


@pytest.mark.parametrize("again", [False, True])
def test_a_query_is_repeated_where_that_is_allowed(hub: GitHub, connection: Connection, again: bool) -> None:
    hub.fail("POST", "/graphql", status=502)
    query = '{ repository(owner: "o", name: "r") { name } }'
    if again:
        assert connection.graphql(query, {}, READ, again=True) == {"repository": {"name": "r"}}
    else:
        assert refused(lambda: connection.graphql(query, {}, READ)).kind is Kind.FAULT
    assert len(hub.requests) == 1 + again


def test_names_in_paths() -> None:
    assert spelled("git", "ref", "heads/a b/ü?#%") == "/git/ref/heads/a%20b/%C3%BC%3F%23%25"
