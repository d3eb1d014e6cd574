"""The judge bites: what GitHub's descriptions forbid is seen, on its way in and on its way out."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.github import judge
from tests.github.call import ROUTES
from tests.github.standin import GitHub
from tests.github.views import Views
from tools.trim_github_descriptions import OPERATIONS


class Talk:
    """Says what a test wants to one repository, and keeps what the judge has against it."""

    def __init__(self, hub: GitHub) -> None:
        self.hub = hub
        self.repo = hub.repository("org/repo", {"requirements.txt": b"a==1\n"})
        self.head = self.repo.tip("main")
        rights = {"contents": "write", "pull_requests": "write", "issues": "write", "checks": "write"}
        self.headers = {"Authorization": f"Bearer {hub.token(self.repo, rights)}"}

    def say(self, method: str, path: str, body: Any = None) -> requests.Response:
        url = f"{self.hub.api_url}/repos/org/repo{path}"
        return requests.request(method, url, json=body, headers=self.headers, timeout=10)

    def query(self, text: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
        body = {"query": text, "variables": variables or {}}
        answer: dict[str, Any] = requests.post(self.hub.graphql_url, json=body, headers=self.headers, timeout=10).json()
        return answer

    def violations(self) -> list[str]:
        """Those so far, which are what the test is about and do not fail it."""
        found, self.hub.violations[:] = list(self.hub.violations), []
        return found


@pytest.fixture
def talk(hub: GitHub) -> Talk:
    return Talk(hub)


def some_annotations(count: int) -> list[dict[str, Any]]:
    row = {"path": "a", "start_line": 1, "end_line": 1, "annotation_level": "failure", "message": "m"}
    return [row] * count


@pytest.mark.parametrize(
    ("method", "path", "body", "words"),
    [
        (
            "POST",
            "/check-runs",
            {
                "name": "x",
                "head_sha": "1" * 40,
                "output": {"title": "t", "summary": "s", "annotations": some_annotations(51)},
            },
            "No more than 50 items are allowed; 51 were supplied.",
        ),
        (
            "POST",
            "/check-runs",
            {"name": "x", "head_sha": "1" * 40, "output": {"title": "t", "summary": "x" * 65_536}},
            "Only 65535 characters are allowed; 65536 were supplied.",
        ),
        ("POST", "/git/refs", {"ref": "refs/heads/x"}, "'sha' is a required property"),
        ("POST", "/pulls", {"head": "a", "title": "t"}, "'base' is a required property"),
        ("POST", "/git/trees", {"tree": [{"path": "a", "mode": "100600"}]}, "'100600' is not one of"),
        ("PATCH", "/git/refs/heads/main", {"sha": "1" * 40, "force": "yes"}, "'yes' is not of type 'boolean'"),
    ],
)
def test_requests_against_the_description(talk: Talk, method: str, path: str, body: Any, words: str) -> None:
    answer = talk.say(method, path, body)
    assert answer.status_code == 422
    assert words in answer.json()["message"]
    assert [words in said for said in talk.violations()] == [True]
    assert talk.repo.check_runs == []


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/pulls?state=opened", "'opened' is not one of"),
        ("/pulls?statee=open", "'statee' is no parameter of it"),
        ("/pulls?per_page=many", "many"),
        ("/milestones", "no operation of the description"),
    ],
)
def test_queries_and_paths_against_the_description(talk: Talk, path: str, words: str) -> None:
    talk.say("GET", path)
    said = talk.violations()
    assert said
    assert words in " ".join(said)


def test_what_github_takes_all_the_same(talk: Talk) -> None:
    talk.repo.commit("topic", {"a.txt": b"1"})
    talk.repo.open_pull("topic")
    assert talk.say("POST", "/issues/1/labels", ["a", "b"]).status_code == 200
    assert talk.repo.pulls[1].labels == ["a", "b"]


def _without_number(body: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in body.items() if key != "number"}


@pytest.mark.parametrize(
    "spoil",
    [_without_number, lambda body: {**body, "labels": None}, lambda body: {**body, "state": "opened"}],
    ids=["missing", "null", "not in the enum"],
)
def test_answers_against_the_description(
    talk: Talk, monkeypatch: pytest.MonkeyPatch, spoil: Callable[[dict[str, Any]], dict[str, Any]]
) -> None:
    talk.repo.commit("topic", {"a.txt": b"1"})
    talk.repo.open_pull("topic")
    honest = Views.pull
    monkeypatch.setattr(Views, "pull", lambda self, pull: spoil(honest(self, pull)))
    assert talk.say("GET", "/pulls/1").status_code == 200
    assert talk.violations()


@pytest.mark.parametrize(
    "query",
    [
        'query { repository(owner: "org", name: "repo") { identity } }',
        'query { repository(owner: "org") { id } }',
        "mutation { updateRefs(input: {refUpdates: []}) { clientMutationId } }",
        "query {",
    ],
    ids=["no such field", "missing argument", "missing input", "no GraphQL"],
)
def test_graphql_against_the_schema(talk: Talk, query: str) -> None:
    assert talk.query(query)["errors"]
    assert talk.violations()


def test_variables_against_the_schema(talk: Talk) -> None:
    query = "mutation ($r: ID!, $u: [RefUpdate!]!) {"
    query += " updateRefs(input: {repositoryId: $r, refUpdates: $u}) { clientMutationId } }"
    assert talk.query(query, {"r": "x", "u": [{"name": "refs/heads/x"}]})["errors"]
    assert "afterOid" in " ".join(talk.violations())


def test_a_field_that_is_not_played_is_said_and_not_null(talk: Talk) -> None:
    talk.query('query { repository(owner: "org", name: "repo") { diskUsage } }')
    assert "Repository.diskUsage is not played" in " ".join(talk.violations())


def test_a_violation_fails_the_test_that_made_it(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text("from tests.github.conftest import hub\n")
    (tmp_path / "test_it.py").write_text("""
import requests

def test_it(hub):
    requests.get(f"{hub.api_url}/nothing", timeout=10)
""")
    root = Path(__file__).parent.parent.parent
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--rootdir",
        str(tmp_path),
        str(tmp_path),
    ]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert "1 passed, 1 error" in done.stdout
    assert "GET /nothing: no operation of the description" in done.stdout


def test_all_that_is_described_is_played_and_the_other_way_round() -> None:
    described = {operation.name for operation in judge.operations()}
    assert described == ROUTES.keys() == OPERATIONS


def test_the_descriptions_are_small_and_their_licences_beside_them() -> None:
    sizes = {path.name: path.stat().st_size for path in judge.DESCRIPTIONS.iterdir()}
    assert sum(sizes.values()) < 1_000_000
    assert {"LICENSE.openapi", "LICENSE.graphql-schema", "README.md", "versions.json"} <= sizes.keys()
