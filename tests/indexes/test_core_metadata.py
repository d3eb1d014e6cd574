"""What a release needs: by the index's own word, by the core metadata beside a file, or not known."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from packaging.utils import canonicalize_name

from hashpin.indexes import core_metadata
from hashpin.indexes.address import IndexAddress
from hashpin.indexes.answers import NotAnAnswer
from hashpin.indexes.client import HttpIndex
from hashpin.indexes.sessions import new_session
from hashpin.indexes.transport import Transport
from hashpin.model import Needs, NoAnswer, NotOffered, Release
from tests.loopback import Fault, LoopbackIndex, redirect, status
from tests.property.strategies import searched
from tests.work import calls

A = canonicalize_name("a")
WHEEL, SDIST = "a-1.0-py3-none-any.whl", "a-1.0.tar.gz"
DOCUMENT = "Metadata-Version: 2.1\nName: A\nVersion: 1\nRequires-Dist: b>=1\nRequires-Dist: c ; extra == 'x'\n\nText.\n"
NEEDS = ("b>=1", "c ; extra == 'x'")
STATIC = DOCUMENT.replace("2.1", "2.2")


def file(filename: str = WHEEL, **said: Any) -> dict[str, Any]:
    return {"filename": filename, "sha256": "a" * 64, "requires_dist": None, **said}


def asked(index: LoopbackIndex, *files: dict[str, Any], client: HttpIndex | None = None) -> Needs:
    """What the release of these files needs, by the way that the index has."""
    index.projects["a"] = {"releases": {"1.0": list(files)}}
    client = client or http(index)
    release = client.releases(A, ["1.0"])["1.0"]
    assert isinstance(release, Release)
    return client.requires(release)


def http(index: LoopbackIndex) -> HttpIndex:
    address = IndexAddress.parse(index.url)
    return HttpIndex(address, Transport(new_session(2), address, 300))


def metadata_requests(index: LoopbackIndex) -> list[str]:
    return [request.rpartition("/")[2] for request in index.requests if request.endswith(".metadata")]


def test_the_own_word_of_the_index_costs_nothing(loopback: LoopbackIndex) -> None:
    assert asked(loopback, file(requires_dist=["b", "c"], metadata=DOCUMENT)) == ("b", "c")
    assert not metadata_requests(loopback)


def test_that_it_needs_nothing_is_a_word(loopback: LoopbackIndex) -> None:
    assert asked(loopback, file(requires_dist=[])) == ()
    assert not metadata_requests(loopback)


@pytest.mark.parametrize("api", ["1.4", None], ids=["json", "html"])
@pytest.mark.parametrize("release_json", [True, False])
def test_what_the_index_tells_of_is_asked_for(api: str | None, release_json: bool) -> None:
    with LoopbackIndex(api=api, release_json=release_json, project_json=False) as index:
        assert asked(index, file(SDIST), file(metadata=DOCUMENT)) == NEEDS
        assert metadata_requests(index) == [f"{WHEEL}.metadata"]


def test_a_wheel_goes_before_an_sdist(loopback: LoopbackIndex) -> None:
    other = STATIC.replace("b>=1", "other")
    assert asked(loopback, file(SDIST, metadata=other), file(metadata=DOCUMENT)) == NEEDS


def test_of_an_sdist_what_is_final_is_believed(loopback: LoopbackIndex) -> None:
    assert asked(loopback, file(SDIST, metadata=STATIC)) == NEEDS


@pytest.mark.parametrize(
    "document",
    [
        DOCUMENT,
        STATIC.replace("Name:", "Dynamic: requires-dist\nName:"),
        STATIC.replace("2.2", "two"),
        STATIC.replace("2.2", "2.2\nMetadata-Version: 2.1"),
    ],
)
def test_of_an_sdist_what_building_may_change_is_not(loopback: LoopbackIndex, document: str) -> None:
    answer = asked(loopback, file(SDIST, metadata=document))
    assert answer == NotOffered("the index has only core metadata that building the sdist may change")


def test_what_nobody_tells_of_may_be_there(loopback: LoopbackIndex) -> None:
    assert asked(loopback, file(metadata=DOCUMENT, advertised=False)) == NEEDS


def test_a_release_that_needs_nothing_is_known(loopback: LoopbackIndex) -> None:
    assert asked(loopback, file(metadata="Name: a\nVersion: 1.0\n", advertised=False)) == ()


def test_another_wheel_may_have_what_the_first_has_not(loopback: LoopbackIndex) -> None:
    first = file("a-1.0-py27-none-any.whl")
    assert asked(loopback, first, file(metadata=DOCUMENT, advertised=False)) == NEEDS
    assert len(metadata_requests(loopback)) == 2


@pytest.mark.parametrize("last", [False, True])
def test_what_is_found_does_not_depend_on_who_was_asked_first(loopback: LoopbackIndex, last: bool) -> None:
    client = http(loopback)
    for number in range(10):
        has = number == (9 if last else 0)
        found = asked(loopback, file(metadata=DOCUMENT, advertised=False) if has else file(), client=client)
        assert (found == NEEDS) if has else isinstance(found, NotOffered)
    assert len(metadata_requests(loopback)) == 10


def test_nothing_is_asked_of_what_has_no_wheel(loopback: LoopbackIndex) -> None:
    assert asked(loopback, file(SDIST)) == NotOffered("the index has no core metadata of its files")
    assert not metadata_requests(loopback)


_LARGE = b"x" * (4 * 2**20 + 1)


@pytest.mark.parametrize(
    ("fault", "answer"),
    [
        (status(404), NotOffered("the index has no core metadata of its files")),
        (status(403), NotOffered(f"the index answered 403 for the core metadata of {WHEEL}")),
        (status(503), NoAnswer("the index answered 503")),
        (Fault(body=b"Name: a\n"), NoAnswer("the index answered other core metadata than it publishes the digest of")),
        (Fault(body=_LARGE), NoAnswer("the index answered core metadata of more than 4 MiB")),
    ],
    ids=["404", "403", "503", "damaged", "large"],
)
def test_what_is_told_of_and_does_not_come(
    loopback: LoopbackIndex, fault: Fault, answer: Needs, no_waiting: None
) -> None:
    loopback.fail("*.metadata", fault)
    assert asked(loopback, file(metadata=DOCUMENT)) == answer


@pytest.mark.parametrize("fault", [status(404), status(503), Fault(body=b"Name: b\n"), Fault(body=_LARGE)])
def test_a_guess_that_fails_owes_nothing(loopback: LoopbackIndex, fault: Fault, no_waiting: None) -> None:
    loopback.fail("*.metadata", fault)
    assert isinstance(asked(loopback, file(metadata=DOCUMENT, advertised=False)), NotOffered)


def test_another_host_is_not_followed_to(loopback: LoopbackIndex) -> None:
    loopback.fail("*.metadata", redirect("http://localhost:1/a.metadata"))
    answer = asked(loopback, file(metadata=DOCUMENT))
    assert isinstance(answer, NoAnswer)
    assert "not followed" in answer.reason


# --- reading ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("document", "needs"),
    [
        ("Name: a\nVersion: 1.0\n", ()),
        ("NAME: A\nversion: v1\nREQUIRES-DIST: b\n", ("b",)),
        ("Name: a\nVersion: 1\nRequires-Dist: b\n  >=1\n\t,<2\n", ("b >=1 ,<2",)),
        ("Name: a\r\nVersion: 1\r\nRequires-Dist: b\r\n\r\nRequires-Dist: c\r\n", ("b",)),
        ("Name: a\nVersion: 1\nMaintainer: J\u00f6rg\nRequires-Dist: b\n", ("b",)),
        ("Name: a\nVersion: 1\nnonsense\nRequires-Dist: b\n", ()),  # what is no field begins the description
    ],
)
def test_a_document(document: str, needs: tuple[str, ...]) -> None:
    assert core_metadata.parse(document.encode(), A, "1.0", static=True) == needs


@pytest.mark.parametrize(
    "document",
    [
        "",
        "Version: 1\n",
        "Name: a\n",
        "Name: b\nVersion: 1\n",
        "Name: a\nVersion: 2\n",
        "Name: a\nName: a\nVersion: 1\n",
        "Name: a\nVersion: 1\nVersion: 2\n",
        "<html>Name: a</html>",
    ],
)
def test_a_document_of_something_else(document: str) -> None:
    with pytest.raises(NotAnAnswer):
        core_metadata.parse(document.encode(), A, "1.0", static=True)


@searched
@given(st.binary() | st.text("NameVersion: \n\r\t1a.\x00\xe9=?").map(str.encode))
@example(b"Name: =?utf-8?q?a?=\nVersion: 1\n")
@example("Name: a\nVersion: \ud800\n".encode("utf-8", "surrogatepass"))
def test_nothing_makes_it_raise_anything_else(document: bytes) -> None:
    with contextlib.suppress(NotAnAnswer):
        assert isinstance(core_metadata.parse(document, A, "1.0", static=False), tuple)


def fields(count: int) -> bytes:
    return b"".join(b"Field-%d: x\n" % number for number in range(count)) + b"Name: a\nVersion: 1\n"


def test_twice_as_many_fields_are_no_more_than_twice_the_work() -> None:
    small, large = fields(500), fields(1_000)
    once = calls(lambda: core_metadata.parse(small, A, "1", static=True))
    assert calls(lambda: core_metadata.parse(large, A, "1", static=True)) < 2.2 * once
