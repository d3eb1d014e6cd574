"""Who published a file: what the integrity API answers, and how often it is asked."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from packaging.utils import canonicalize_name

from hashpin.indexes import integrity
from hashpin.indexes.address import IndexAddress
from hashpin.indexes.answers import NotAnAnswer
from hashpin.indexes.client import HttpIndex
from hashpin.indexes.sessions import new_session
from hashpin.indexes.transport import Transport
from hashpin.model import DistributionFile, NoAnswer, NotOffered, Publisher, Release
from tests.loopback import INTEGRITY, Fault, LoopbackIndex, ProjectData, html, redirect, status

SIX = canonicalize_name("six")
ATTESTATION = {"version": 1, "verification_material": {}, "envelope": {}}
GITHUB = {"kind": "GitHub", "repository": "six/six", "workflow": "release.yml", "environment": None}
OF_GITHUB = Publisher("GitHub", (("repository", "six/six"), ("workflow", "release.yml")))
PROVENANCE: dict[str, Any] = {
    "version": 1,
    "attestation_bundles": [{"publisher": GITHUB, "attestations": [ATTESTATION]}],
}
NAME = "six-1.0.tar.gz"
BARE = "six-1.0-py3-none-any.whl"
PROJECTS: dict[str, ProjectData] = {
    "six": {
        "releases": {
            "1.0": [
                {"filename": NAME, "sha256": "a" * 64, "provenance": PROVENANCE},
                {"filename": BARE, "sha256": "b" * 64},
            ]
        }
    }
}
PATH = f"/integrity/six/1.0/{NAME}/provenance"


def document(**changes: Any) -> bytes:
    return json.dumps(PROVENANCE | changes).encode()


def bundles(**changes: Any) -> bytes:
    bundle = {"publisher": GITHUB, "attestations": [ATTESTATION]}
    return document(attestation_bundles=[bundle | changes])


def publishers(body: bytes) -> tuple[Publisher, ...]:
    return tuple(bundle.publisher for bundle in integrity.parse(body))


# --- the answer ---


def test_a_publisher() -> None:
    assert publishers(document()) == (OF_GITHUB,)


@pytest.mark.parametrize(
    ("said", "claims"),
    [
        ({"kind": "GitHub", "repository": "a/b", "claims": {"ref": "refs/tags/v1"}}, (("repository", "a/b"),)),
        ({"kind": "GitHub", "repository": "a/b", "claims": None}, (("repository", "a/b"),)),
        ({"kind": "CircleCI", "project_id": "1", "vcs_ref": "refs/tags/v1"}, (("project_id", "1"),)),
        ({"kind": "Google", "email": "a@index.example"}, (("email", "a@index.example"),)),
        ({"kind": "Tomorrow's", "b": "2", "a": "1"}, (("a", "1"), ("b", "2"))),
    ],
)
def test_what_names_a_publisher_is_what_stays_from_release_to_release(
    said: Mapping[str, Any], claims: tuple[tuple[str, str], ...]
) -> None:
    assert publishers(bundles(publisher=said)) == (Publisher(said["kind"], claims),)


def test_several_publishers() -> None:
    other = {"publisher": {"kind": "Google", "email": "a@index.example"}, "attestations": [ATTESTATION]}
    body = document(attestation_bundles=[*PROVENANCE["attestation_bundles"], other])
    assert [publisher.kind for publisher in publishers(body)] == ["GitHub", "Google"]


def test_a_bundle_without_attestations_says_nothing() -> None:
    assert publishers(bundles(attestations=[])) == ()
    assert publishers(document(attestation_bundles=[])) == ()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"<html></html>",
        b'{"version": 1}',
        b"[" * 200_000,
        b'{"version": ' + b"9" * 10_000 + b"}",
        document(version=2),
        document(version="1"),
        document(version=True),
        document(version=None),
        document(attestation_bundles=None),
        document(attestation_bundles={"0": {}}),
        document(attestation_bundles=[None]),
        document(attestation_bundles=["x"]),
        document(attestation_bundles=[{"publisher": GITHUB, "attestations": [ATTESTATION]}] * 101),
        bundles(publisher=None),
        bundles(publisher="GitHub"),
        bundles(publisher={}),
        bundles(publisher={"kind": 1}),
        bundles(publisher={"kind": "x" * 1001}),
        bundles(publisher={"kind": "GitHub", "repository": ["a"]}),
        bundles(publisher={"kind": "GitHub", "repository": {"a": {}}}),
        bundles(publisher={"kind": "GitHub", "repository": 1}),
        bundles(publisher={"kind": "GitHub", "repository": "x" * 1001}),
        bundles(publisher={"kind": "GitHub", "x" * 1001: "a"}),
        bundles(publisher={"kind": "GitHub", **{f"claim{n}": "a" for n in range(21)}}),
        bundles(attestations=None),
        bundles(attestations={}),
        bundles(attestations=["x"]),
        bundles(attestations=[None]),
    ],
    ids=lambda body: body[:60],
)
def test_what_is_no_provenance(body: bytes) -> None:
    with pytest.raises(NotAnAnswer):
        integrity.parse(body)


# --- the index ---


def client(index: LoopbackIndex) -> HttpIndex:
    address = IndexAddress.parse(index.url)
    return HttpIndex(address, Transport(new_session(4), address, 300))


def release(asking: HttpIndex) -> Release:
    found = asking.releases(SIX, ["1.0"])["1.0"]
    assert isinstance(found, Release)
    return found


def file(of: Release, name: str = NAME) -> DistributionFile:
    return next(file for file in of.files if file.filename == name)


def provenance_requests(index: LoopbackIndex) -> list[str]:
    return [request for request in index.requests if "/integrity/" in request]


@pytest.fixture(autouse=True)
def _hurried(no_waiting: None) -> None:
    """Every test here tries again at once."""


@pytest.fixture
def index() -> Iterator[LoopbackIndex]:
    with LoopbackIndex(PROJECTS) as index:
        yield index


@pytest.mark.parametrize("options", [{}, {"prefix": "/a/b"}, {"release_json": False}])
def test_who_published_a_file(options: Mapping[str, Any]) -> None:
    with LoopbackIndex(PROJECTS, **options) as index:
        asking = client(index)
        found = release(asking)
        assert asking.publishers(found, file(found)) == (OF_GITHUB,)
        assert asking.publishers(found, file(found, BARE)) == ()
        assert index.received[-1].headers["accept"] == INTEGRITY


def test_the_address_that_the_index_names(index: LoopbackIndex) -> None:
    asking = client(index)
    found = release(asking)
    index.fail("/elsewhere", Fault(status=200, content_type=INTEGRITY, body=document()))
    named = DistributionFile(BARE, file(found).packaging, (), provenance=f"http://{index.host}/elsewhere")
    assert asking.publishers(found, named) == (OF_GITHUB,)
    assert provenance_requests(index) == []


@pytest.mark.parametrize(
    "address", ["http://{other}/x", "http://{other}\\@[", "https://{own}/x", "http://[", "file:///etc/passwd", "x"]
)
def test_an_address_elsewhere_is_not_asked(index: LoopbackIndex, address: str) -> None:
    with LoopbackIndex(PROJECTS) as other:
        asking = client(index)
        found = release(asking)
        named = DistributionFile(
            NAME, file(found).packaging, (), provenance=address.format(other=other.host, own=index.host)
        )
        assert asking.publishers(found, named) == (OF_GITHUB,)
        assert provenance_requests(index) == [f"GET {PATH}"]
        assert other.requests == []


NOT_OFFERED: list[Any] = [
    pytest.param({"integrity": False}, id="no such endpoint"),
    pytest.param({"faults": [("/integrity/*", status(403))]}, id="disabled"),
    pytest.param({"faults": [("/integrity/*", status(406))]}, id="another type"),
    pytest.param({"faults": [("/integrity/*", html())]}, id="a page for people"),
    pytest.param({"faults": [("/integrity/*", redirect("http://localhost:1/login"))]}, id="a page elsewhere"),
    pytest.param({"faults": [("/integrity/*", Fault(status=404, body=b'{"errors": []}'))]}, id="JSON of another index"),
]


@pytest.mark.parametrize("options", NOT_OFFERED)
def test_an_index_without_the_api_is_asked_once(options: Mapping[str, Any]) -> None:
    with LoopbackIndex(PROJECTS, **options) as index:
        asking = client(index)
        found = release(asking)
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: asking.publishers(found, file(found)), range(20)))
        assert all(isinstance(answer, NotOffered) for answer in answers)
        assert len(provenance_requests(index)) == 1


OWED: list[Any] = [
    pytest.param(status(503), "the index answered 503", id="503"),
    pytest.param(status(429), "the index answered 429", id="429"),
    pytest.param(
        Fault(content_type=INTEGRITY, body=b"{}"),
        "the index answered provenance of a version other than 1",
        id="damaged",
    ),
]


@pytest.mark.parametrize(("fault", "reason"), OWED)
def test_an_index_that_does_not_answer_owes_it(index: LoopbackIndex, fault: Fault, reason: str) -> None:
    asking = client(index)
    found = release(asking)
    index.fail("/integrity/*", fault)
    assert asking.publishers(found, file(found)) == NoAnswer(reason)
    assert asking.publishers(found, file(found, BARE)) == NoAnswer(reason)


@pytest.mark.parametrize(
    ("fault", "kind"),
    [(status(404), NotOffered), (status(403), NotOffered), (status(503), NoAnswer), (html(), NoAnswer)],
)
def test_of_an_address_that_the_index_names(index: LoopbackIndex, fault: Fault, kind: type) -> None:
    asking = client(index)
    found = release(asking)
    index.fail("/elsewhere", fault)
    named = DistributionFile(BARE, file(found).packaging, (), provenance=f"http://{index.host}/elsewhere")
    assert isinstance(asking.publishers(found, named), kind)


def test_credentials_go_to_no_host_that_an_address_hides() -> None:
    with LoopbackIndex(PROJECTS) as other, LoopbackIndex(PROJECTS, credentials=("user", "secret")) as index:
        address = IndexAddress.parse(index.url.replace("//", "//user:secret@"))
        asking = HttpIndex(address, Transport(new_session(4), address, 300))
        found = release(asking)
        hidden = f"http://{other.host}\\@{index.host}/x"
        asking.publishers(found, DistributionFile(NAME, file(found).packaging, (), provenance=hidden))
        assert other.requests == []
        assert index.requests[-1] == "GET /x"


def test_an_index_that_has_it_is_asked_on(index: LoopbackIndex) -> None:
    asking = client(index)
    found = release(asking)
    index.fail(PATH, status(403), times=1)
    assert asking.publishers(found, file(found, BARE)) == ()
    assert isinstance(asking.publishers(found, file(found)), NoAnswer)
    assert asking.publishers(found, file(found)) == (OF_GITHUB,)


def test_an_index_whose_address_tells_no_sibling() -> None:
    with LoopbackIndex(PROJECTS, simple_name="index") as index:
        asking = client(index)
        found = release(asking)
        bare = DistributionFile(NAME, file(found).packaging, ())
        assert isinstance(asking.publishers(found, bare), NotOffered)
        assert provenance_requests(index) == []


def test_names_stay_in_their_place() -> None:
    address = IndexAddress.parse("https://index.example/simple/")
    assert address.provenance(SIX, "1.0", "../../x") == (
        "https://index.example/integrity/six/1.0/..%2F..%2Fx/provenance"
    )
    assert address.provenance(SIX, "..", NAME) is None
    assert address.provenance(SIX, "1.0", ".") is None
