"""What is asked in which order, and what is made of it, against a whole index on 127.0.0.1."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from packaging.utils import NormalizedName, canonicalize_name

from hashpin.evidence import Answers, Asking, gather
from hashpin.formats import parse
from hashpin.indexes.address import IndexAddress
from hashpin.indexes.client import HttpIndex
from hashpin.indexes.sessions import new_session
from hashpin.indexes.transport import Transport
from hashpin.model import (
    Answer,
    Digest,
    NoAnswer,
    NoDigest,
    NoSuchProject,
    NoSuchRelease,
    Packaging,
    Project,
    Quarantined,
    Release,
    ReleaseKey,
    Source,
)
from tests import loopback
from tests.loopback import Fault, LoopbackIndex, ProjectData, redirect, status

SIX, ATTRS, DOCUTILS, PIP = (canonicalize_name(name) for name in ("six", "attrs", "docutils", "pip"))
A64, B64, C64, D64 = (letter * 64 for letter in "abcd")
UPLOADED = "2024-12-04T17:35:26Z"
PROJECTS: dict[str, ProjectData] = {
    "six": {
        "releases": {
            "1.16.0": [{"filename": "six-1.16.0.tar.gz", "sha256": C64, "uploaded": UPLOADED, "yanked": "broken"}],
            "1.17.0": [
                {"filename": "six-1.17.0.tar.gz", "sha256": A64, "md5": "0" * 32, "uploaded": UPLOADED},
                {"filename": "six-1.17.0-py2.py3-none-any.whl", "sha256": B64, "uploaded": UPLOADED},
                {"filename": "six-1.17.0-py2.7.egg", "sha256": D64, "uploaded": UPLOADED},
            ],
        }
    },
    "attrs": {"releases": {"24.3.0": [{"filename": "attrs-24.3.0.tar.gz", "sha256": D64}]}},
}


def client(index: LoopbackIndex) -> HttpIndex:
    address = IndexAddress.parse(index.url)
    return HttpIndex(address, Transport(new_session(10), address, 300))


def answer(asking: HttpIndex, name: NormalizedName, version: str) -> Answer:
    [(answered, found)] = asking.releases(name, [version]).items()
    assert answered == version
    return found


def digests(found: object) -> dict[str, tuple[Digest, ...]]:
    assert isinstance(found, Release), found
    return {file.filename: file.digests for file in found.files}


@pytest.fixture(autouse=True)
def _hurried(no_waiting: None) -> None:
    """Every test here tries again at once."""


@pytest.fixture
def index() -> Iterator[LoopbackIndex]:
    with LoopbackIndex(PROJECTS) as index:
        yield index


# --- the same, whatever the index speaks ---

SPEAKING: list[Any] = [
    pytest.param({}, id="JSON API"),
    pytest.param({"compress": True}, id="JSON API, packed"),
    pytest.param({"prefix": "/a/b"}, id="JSON API below a path"),
    *(pytest.param({"release_json": False, "api": f"1.{n}"}, id=f"Simple API as JSON 1.{n}") for n in range(5)),
    pytest.param({"release_json": False, "project_json": False, "api": None}, id="Simple API as HTML"),
    pytest.param({"simple_name": "index"}, id="Simple API of another name"),
]


@pytest.mark.parametrize("options", SPEAKING)
def test_a_release(options: Mapping[str, Any]) -> None:
    with LoopbackIndex(PROJECTS, **options) as index:
        found = answer(client(index), SIX, "1.17.0")
    assert isinstance(found, Release)
    assert found.name == "six"
    assert {(file.filename, file.packaging, file.digests, file.yanked) for file in found.files} == {
        ("six-1.17.0.tar.gz", Packaging.SDIST, (Digest("sha256", A64),), None),
        ("six-1.17.0-py2.py3-none-any.whl", Packaging.WHEEL, (Digest("sha256", B64),), None),
        ("six-1.17.0-py2.7.egg", Packaging.OTHER, (Digest("sha256", D64),), None),
    }


@pytest.mark.parametrize("options", SPEAKING)
def test_absence(options: Mapping[str, Any]) -> None:
    with LoopbackIndex(PROJECTS, **options) as index:
        asking = client(index)
        assert answer(asking, SIX, "9.9") == NoSuchRelease()
        assert answer(asking, canonicalize_name("nobody"), "1.0") == NoSuchProject()
        assert asking.is_one()


@pytest.mark.parametrize("options", SPEAKING)
def test_yanked(options: Mapping[str, Any]) -> None:
    with LoopbackIndex(PROJECTS, **options) as index:
        found = answer(client(index), SIX, "1.16.0")
    assert isinstance(found, Release)
    assert found.yanked == "broken"


@pytest.mark.parametrize("options", SPEAKING)
def test_a_project(options: Mapping[str, Any]) -> None:
    with LoopbackIndex(PROJECTS, **options) as index:
        project = client(index).project(SIX)
    assert isinstance(project, Project)
    assert {key: sorted(digests(release)) for key, release in project.releases.items()} == {
        "1.16": ["six-1.16.0.tar.gz"],
        "1.17": ["six-1.17.0-py2.7.egg", "six-1.17.0-py2.py3-none-any.whl", "six-1.17.0.tar.gz"],
    }


@pytest.mark.parametrize("options", [{}, {"release_json": False, "api": "1.4"}, {"release_json": False, "api": None}])
def test_a_quarantined_project(options: Mapping[str, Any]) -> None:
    projects = {"six": {**PROJECTS["six"], "status": "quarantined", "reason": "malware"}}
    with LoopbackIndex(projects, **options) as index:
        assert answer(client(index), SIX, "1.17.0") == Quarantined("malware")


@pytest.mark.parametrize("options", SPEAKING)
def test_an_index_that_wants_credentials(options: Mapping[str, Any]) -> None:
    with LoopbackIndex(PROJECTS, credentials=("user", "secret"), **options) as index:
        expected = NoAnswer("the index answered 401: it wants other credentials")
        assert answer(client(index), SIX, "1.17.0") == expected
        address = IndexAddress.parse(index.url.replace("//", "//user:secret@"))
        asking = HttpIndex(address, Transport(new_session(1), address, 300))
        assert len(digests(answer(asking, SIX, "1.17.0"))) == 3


# --- the order ---


def test_the_json_api_goes_first(index: LoopbackIndex) -> None:
    answer(client(index), SIX, "1.17.0")
    assert index.requests == ["GET /pypi/six/1.17.0/json"]


def test_then_the_simple_api(index: LoopbackIndex) -> None:
    answer(client(index), SIX, "9.9")
    assert index.requests == ["GET /pypi/six/9.9/json", "GET /simple/six/", "GET /simple/six/"]
    assert index.received[1].headers["accept"].startswith("application/vnd.pypi.simple.v1+json,")


def test_a_page_is_asked_for_once_for_several_releases(index: LoopbackIndex) -> None:
    found = client(index).releases(SIX, ["9.8", "1.17.0", "9.9"])
    assert [type(answer) for answer in found.values()] == [NoSuchRelease, Release, NoSuchRelease]
    assert list(found) == ["9.8", "1.17.0", "9.9"]
    assert index.requests.count("GET /simple/six/") == 2, "once, and once more past the caches"


def test_no_release_is_no_question(index: LoopbackIndex) -> None:
    assert client(index).releases(SIX, []) == {}
    assert index.requests == []


def test_an_index_without_the_json_api_is_asked_for_it_once() -> None:
    with LoopbackIndex(PROJECTS, release_json=False, project_json=False) as index:
        asking = client(index)
        assert isinstance(answer(asking, SIX, "1.17.0"), Release)
        assert isinstance(answer(asking, ATTRS, "24.3.0"), Release)
        assert index.requests == ["GET /pypi/six/1.17.0/json", "GET /simple/six/", "GET /simple/attrs/"]


def test_an_index_without_the_json_api_is_asked_for_projects_once() -> None:
    with LoopbackIndex(PROJECTS, release_json=False, project_json=False) as index:
        asking = client(index)
        assert isinstance(asking.project(SIX), Project)
        assert isinstance(asking.project(ATTRS), Project)
        assert index.requests == ["GET /pypi/six/json", "GET /simple/six/", "GET /simple/attrs/"]


def test_a_release_that_is_nowhere_says_nothing_about_the_json_api(index: LoopbackIndex) -> None:
    asking = client(index)
    answer(asking, SIX, "9.9")
    answer(asking, ATTRS, "24.3.0")
    assert index.requests[3:] == ["GET /pypi/attrs/24.3.0/json"]


def test_a_json_api_that_has_answered_is_not_forgotten(index: LoopbackIndex) -> None:
    asking = client(index)
    answer(asking, ATTRS, "24.3.0")
    index.fail("/pypi/six/1.17.0/json", status(404))
    assert isinstance(answer(asking, SIX, "1.17.0"), Release), "the Simple API has it"
    answer(asking, SIX, "1.16.0")
    assert index.requests[-1] == "GET /pypi/six/1.16.0/json"


def test_an_index_whose_simple_api_has_another_name_has_no_json_api() -> None:
    with LoopbackIndex(PROJECTS, simple_name="index") as index:
        asking = client(index)
        answer(asking, SIX, "1.17.0")
        asking.project(SIX)
        assert index.requests == ["GET /index/six/"] * 2


@pytest.mark.parametrize("code", [400, 401, 403, 404, 405, 410])
def test_the_simple_api_decides_where_the_json_api_is_not_offered(index: LoopbackIndex, code: int) -> None:
    index.fail("/pypi/*", status(code))
    asking = client(index)
    assert digests(answer(asking, SIX, "1.17.0"))["six-1.17.0.tar.gz"] == (Digest("sha256", A64),)
    assert isinstance(asking.project(SIX), Project)


def test_each_release_is_asked_for_once_over_few_connections(index: LoopbackIndex) -> None:
    releases = {
        f"project-{number}": {"releases": {"1.0": [{"filename": f"project_{number}-1.0.tar.gz", "sha256": A64}]}}
        for number in range(30)
    }
    index.projects = dict(releases)
    text = "".join(f"{name}==1.0 --hash=sha256:{A64}\n" for name in releases)
    pins = [pin for path in ("a.txt", "b.txt") for pin in parse(Source(path, text + text)).pins]
    answers = Answers()
    for _ in range(2):
        gather(pins, client(index), answers, Asking(3, 60))
    assert sorted(index.requests) == sorted(f"GET /pypi/{name}/1.0/json" for name in releases)
    assert all(isinstance(answers.releases[ReleaseKey(canonicalize_name(n), "1.0")], Release) for n in releases)
    assert index.connections <= 3


# --- digests ---


@pytest.mark.parametrize("options", [{}, {"release_json": False}, {"release_json": False, "api": None}])
@pytest.mark.parametrize("given", [{}, {"md5": "0" * 32}, {"sha1": "0" * 40}, {"sha256": "too short"}])
def test_a_release_without_digests(options: Mapping[str, Any], given: Mapping[str, str]) -> None:
    files = [{"filename": f"six-1.0{ending}", "digests": given} for ending in (".tar.gz", "-py3-none-any.whl")]
    # A digest of what pip cannot install is no help.
    files.append({"filename": "six-1.0-py2.7.egg", "digests": {"sha256": A64}})
    with LoopbackIndex({"six": {"releases": {"1.0": files}}}, **options) as index:
        assert answer(client(index), SIX, "1.0") == NoDigest()


def test_a_release_with_a_digest_of_one_file(index: LoopbackIndex) -> None:
    files = [
        {"filename": "six-1.0.tar.gz", "digests": {}},
        {"filename": "six-1.0.zip", "digests": {"sha512": "a" * 128}},
    ]
    index.projects = {"six": {"releases": {"1.0": files}}}
    assert digests(answer(client(index), SIX, "1.0")) == {
        "six-1.0.tar.gz": (),
        "six-1.0.zip": (Digest("sha512", "a" * 128),),
    }


@pytest.mark.parametrize("files", [[], [{"filename": "six-1.0-py2.7.egg", "digests": {}}]])
def test_a_release_without_installable_files_is_a_release(index: LoopbackIndex, files: list[Any]) -> None:
    index.projects = {"six": {"releases": {"1.0": files}}}
    assert isinstance(answer(client(index), SIX, "1.0"), Release)


def test_a_file_listed_twice_is_no_fault(index: LoopbackIndex) -> None:
    index.fail("*", loopback.doubled())
    assert len(digests(answer(client(index), SIX, "1.17.0"))) == 3


# --- versions that file names do not carry ---

ODD: dict[str, ProjectData] = {
    "docutils": {
        "releases": {
            "0.15": [{"filename": "docutils-0.15.post1.tar.gz", "sha256": A64}],
            "0.16": [{"filename": "docutils-0.16.tar.gz", "sha256": B64}],
        }
    }
}


def test_a_version_that_no_file_name_carries_is_looked_up_in_the_project() -> None:
    with LoopbackIndex(ODD, release_json=False) as index:
        found = answer(client(index), DOCUTILS, "0.15")
        assert digests(found) == {"docutils-0.15.post1.tar.gz": (Digest("sha256", A64),)}
        assert index.requests[-1] == "GET /pypi/docutils/json"


@pytest.mark.parametrize("options", [{"project_json": False}, {"releases_key": False}])
def test_a_version_that_no_file_name_carries_and_no_project_tells(options: Mapping[str, Any]) -> None:
    with LoopbackIndex(ODD, release_json=False, **options) as index:
        found = answer(client(index), DOCUTILS, "0.15")
    assert found == NoAnswer("the index names this release, but no file name tells which files are its own")


def test_a_version_that_no_file_name_carries_and_the_project_lacks() -> None:
    def without(body: bytes) -> bytes:
        return body.replace(b'"0.15"', b'"0.14"')

    with LoopbackIndex(ODD, release_json=False) as index:
        index.fail("/pypi/docutils/json", Fault(rewrite=without))
        assert isinstance(answer(client(index), DOCUTILS, "0.15"), NoAnswer)


# --- no answer ---


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (loopback.html(), "the index answered something that is not JSON"),
        (loopback.of_project("django"), "the index answered for another project than six"),
        (loopback.of_version("1.16.0"), "the index answered for another version than 1.17.0"),
        (loopback.truncated(), "the index answered something that is not JSON"),
        (loopback.nested(), "the index answered JSON of another shape (Expected `object`, got `array` - at `$.info`)"),
        (loopback.mistyped(), "the index answered JSON of another shape (Expected `object`, got `str` - at `$.info`)"),
        (Fault(body=b"{}"), "the index answered JSON of another shape (Object missing required field `info`)"),
        (Fault(body=b""), "the index answered something that is not JSON"),
        (Fault(status=204, body=b""), "the index answered 204"),
        (Fault(status=304, body=b""), "the index answered 304"),
        (status(500), "the index answered 500"),
        (Fault(cut=True), "the index's answer was cut off or damaged"),
        (Fault(closed=True), "the index could not be reached"),
        (redirect("/pypi/six/1.17.0/json"), "the index redirects in circles"),
        (redirect("https://b.example/"), "the index redirects to https://b.example, another host; not followed"),
    ],
)  # fmt: skip
def test_no_answer_of_the_json_api(index: LoopbackIndex, fault: Fault, reason: str) -> None:
    index.fail("/pypi/*", fault)
    assert answer(client(index), SIX, "1.17.0") == NoAnswer(reason)
    assert "GET /simple/six/" not in index.requests, "what is no answer is not made up for"


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (loopback.html(), "the index answered a page without any file of six"),
        (loopback.of_project("django"), "the index answered for another project than six"),
        (loopback.truncated(), "the index answered something that is not JSON"),
        (loopback.nested(), "the index answered something that is not JSON"),
        (loopback.mistyped(), "the index answered JSON of another shape (Expected `object`, got `str` - at `$.meta`)"),
        (loopback.api_version("2.0"), "the index speaks version 2.0 of the Simple API, hashpin knows 1"),
        (Fault(content_type="text/plain"), "the index answered a page of type text/plain"),
        (status(401), "the index answered 401: it wants other credentials"),
        (status(403), "the index answered 403: it wants other credentials"),
        (status(406), "the index answered 406"),
        (status(503), "the index answered 503"),
        (Fault(status=204, body=b""), "the index answered 204"),
    ],
)
@pytest.mark.parametrize("version", ["1.17.0", "9.9"])
def test_no_answer_of_the_simple_api(fault: Fault, reason: str, version: str) -> None:
    with LoopbackIndex(PROJECTS, release_json=False, project_json=False) as index:
        index.fail("/simple/*", fault)
        asking = client(index)
        assert answer(asking, SIX, version) == NoAnswer(reason)
        assert asking.project(SIX) == NoAnswer(reason)
        assert not asking.is_one()


@pytest.mark.parametrize("code", [404, 410])
def test_an_absent_page_is_an_absent_project(index: LoopbackIndex, code: int) -> None:
    index.fail("*/six/*", status(code))
    assert answer(client(index), SIX, "1.17.0") == NoSuchProject()


def test_html_of_an_old_index_says_nothing_of_a_project_without_files() -> None:
    with LoopbackIndex({"six": {"releases": {}}}, release_json=False, api=None) as index:
        assert answer(client(index), SIX, "1.0") == NoAnswer("the index answered a page without any file of six")


def test_one_release_without_an_answer_takes_no_other_with_it(index: LoopbackIndex) -> None:
    index.fail("/pypi/six/1.16.0/json", status(500))
    found = client(index).releases(SIX, ["1.16.0", "1.17.0"])
    assert found["1.16.0"] == NoAnswer("the index answered 500")
    assert isinstance(found["1.17.0"], Release)


def test_an_index_that_keeps_failing_is_given_up(index: LoopbackIndex) -> None:
    index.fail("*", status(500))
    versions = [f"1.{number}" for number in range(12)]
    reasons = {found.reason for found in client(index).releases(SIX, versions).values() if isinstance(found, NoAnswer)}
    assert reasons == {"the index answered 500", "the index has failed to answer many times in a row"}
    assert len(index.requests) == 40


# --- projects ---


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, ["GET /pypi/six/json", "GET /simple/six/"]),
        ({"releases_key": False}, ["GET /pypi/six/json", "GET /simple/six/"]),
        ({"project_json": False}, ["GET /pypi/six/json", "GET /simple/six/"]),
    ],
)
def test_the_order_for_a_project(options: Mapping[str, Any], expected: list[str]) -> None:
    with LoopbackIndex(PROJECTS, **options) as index:
        assert isinstance(client(index).project(SIX), Project)
        assert index.requests == expected


def test_a_project_whose_json_is_broken(index: LoopbackIndex) -> None:
    index.fail("/pypi/*", loopback.html())
    assert isinstance(client(index).project(SIX), Project), "the Simple API has it"


def test_no_such_project(index: LoopbackIndex) -> None:
    assert client(index).project(PIP) == Project(PIP, {})


# --- caches on the way ---


def without(filename: str) -> Fault:
    """The honest document as it was before a file came."""

    def earlier(body: bytes) -> bytes:
        data = json.loads(body)
        for files in [data.get("urls"), data.get("files"), *data.get("releases", {}).values()]:
            if files is not None:
                files[:] = [file for file in files if file["filename"] != filename]
        data["releases"] = {version: files for version, files in data.get("releases", {}).items() if files}
        data["versions"] = [version for version in data.get("versions", ()) if version not in filename]
        return json.dumps(data).encode()

    return Fault(rewrite=earlier)


def is_fresh(request: loopback.Request) -> bool:
    return request.headers.get("cache-control") == "no-cache"


def test_what_a_cache_lacks_is_asked_for_past_it(index: LoopbackIndex) -> None:
    index.fail("/pypi/attrs/24.3.0/json", status(404))
    index.fail("/simple/attrs/", without("attrs-24.3.0.tar.gz"), times=1)
    assert isinstance(answer(client(index), ATTRS, "24.3.0"), Release)
    assert [is_fresh(request) for request in index.received] == [False, False, True]


def test_a_project_that_a_cache_lacks_is_asked_for_past_it(index: LoopbackIndex) -> None:
    index.fail("/pypi/attrs/24.3.0/json", status(404))
    index.fail("/simple/attrs/", status(404), times=1)
    assert isinstance(answer(client(index), ATTRS, "24.3.0"), Release)


def test_an_absence_stands_where_nobody_answers_the_second_time(index: LoopbackIndex) -> None:
    index.fail("/simple/six/", Fault(), times=1)
    index.fail("/simple/six/", status(503))
    assert answer(client(index), SIX, "9.9") == NoSuchRelease()


def test_not_every_absence_of_a_run_is_asked_for_twice(loopback: LoopbackIndex) -> None:
    asking = client(loopback)
    for number in range(50):
        assert answer(asking, canonicalize_name(f"absent-{number}"), "1") == NoSuchProject()
    assert len(loopback.requests) == 50 * 2 + 20
    assert sum(is_fresh(request) for request in loopback.received) == 20


@pytest.mark.parametrize("behind", ["/pypi/six/json", "/simple/six/"])
def test_a_project_is_what_either_api_has_of_it(index: LoopbackIndex, behind: str) -> None:
    index.fail(behind, without("six-1.17.0.tar.gz"))
    found = client(index).project(SIX)
    assert isinstance(found, Project)
    assert set(digests(found.releases["1.17"])) == {file["filename"] for file in PROJECTS["six"]["releases"]["1.17.0"]}
    assert len(found.releases["1.17"].files) == 3, "each once"
    assert set(found.releases) == {"1.16", "1.17"}
    assert all(is_fresh(request) for request in index.received)


def test_a_project_whose_json_lacks_a_whole_release(index: LoopbackIndex) -> None:
    index.fail("/pypi/six/json", without("six-1.16.0.tar.gz"))
    found = client(index).project(SIX)
    assert isinstance(found, Project)
    assert set(digests(found.releases["1.16"])) == {"six-1.16.0.tar.gz"}


def test_a_project_keeps_files_where_its_json_has_them(loopback: LoopbackIndex) -> None:
    """docutils 0.15 holds a file that is named for 0.15.post1."""
    odd = {"filename": "docutils-0.15.post1-py3-none-any.whl", "sha256": A64}
    loopback.projects["docutils"] = {"releases": {"0.15": [odd, {"filename": "docutils-0.15.tar.gz", "sha256": B64}]}}
    found = client(loopback).project(DOCUTILS)
    assert isinstance(found, Project)
    assert {key: set(digests(release)) for key, release in found.releases.items()} == {
        "0.15": {"docutils-0.15.post1-py3-none-any.whl", "docutils-0.15.tar.gz"}
    }


def test_a_project_of_one_api_alone(index: LoopbackIndex) -> None:
    index.fail("/simple/six/", status(503))
    assert isinstance(client(index).project(SIX), Project)
    index.fail("/simple/attrs/", status(404))
    assert isinstance(client(index).project(ATTRS), Project)


def test_a_clean_run_asks_each_release_once_and_nothing_more(index: LoopbackIndex) -> None:
    text = f"six==1.17.0 --hash=sha256:{A64} --hash=sha256:{B64}\nattrs==24.3.0 --hash=sha256:{D64}\n"
    answers = Answers()
    gather(parse(Source("r.txt", text)).pins, client(index), answers, Asking(1, 60))
    assert sorted(index.requests) == ["GET /pypi/attrs/24.3.0/json", "GET /pypi/six/1.17.0/json"]
    assert answers.projects == {}


def test_a_hash_that_the_release_lacks_costs_two_questions_and_no_more(index: LoopbackIndex) -> None:
    text = f"six==1.17.0 --hash=sha256:{A64} --hash=sha256:{'e' * 64}\n" * 2
    gather(parse(Source("r.txt", text)).pins, client(index), Answers(), Asking(1, 60))
    assert sorted(index.requests) == ["GET /pypi/six/1.17.0/json", "GET /pypi/six/json", "GET /simple/six/"]


def test_a_release_that_only_the_fresh_project_has_is_there(index: LoopbackIndex) -> None:
    index.fail("/pypi/six/1.17.0/json", status(404))
    index.fail("/simple/six/", without("six-1.17.0.tar.gz"))
    answers = Answers()
    (pin,) = parse(Source("r.txt", f"six==1.17.0 --hash=sha256:{A64}\n")).pins
    index.projects["six"] = {"releases": {"1.17.0": [{"filename": "six-1.17.0.tar.gz", "sha256": A64}]}}
    gather([pin], client(index), answers, Asking(1, 60))
    found = answers.releases[ReleaseKey(SIX, "1.17.0")]
    assert digests(found) == {"six-1.17.0.tar.gz": (Digest("sha256", A64),)}


# --- whether it is an index at all ---


def test_what_has_answered_is_an_index(index: LoopbackIndex) -> None:
    asking = client(index)
    answer(asking, SIX, "1.17.0")
    before = index.requests
    assert asking.is_one()
    assert index.requests == before, "nothing more had to be asked"


def test_a_page_that_lacks_the_release_is_an_answer(index: LoopbackIndex) -> None:
    asking = client(index)
    assert answer(asking, SIX, "9.9") == NoSuchRelease()
    assert asking.is_one()


def test_what_has_pip_is_an_index(index: LoopbackIndex) -> None:
    index.projects["pip"] = {"releases": {"24.0": [{"filename": "pip-24.0.tar.gz", "sha256": A64}]}}
    asking = client(index)
    assert answer(asking, DOCUTILS, "0.15") == NoSuchProject()
    assert asking.is_one()
    assert index.requests[-1] == "GET /simple/pip/"


def test_what_has_nothing_not_even_pip_is_none(loopback: LoopbackIndex) -> None:
    asking = client(loopback)
    assert answer(asking, DOCUTILS, "0.15") == NoSuchProject()
    assert not asking.is_one()


def test_what_answers_everything_with_a_login_page_is_none(index: LoopbackIndex) -> None:
    index.fail("*", loopback.html())
    asking = client(index)
    answer(asking, SIX, "1.17.0")
    assert not asking.is_one()
