"""The Simple repository API, read from bytes: as JSON and as HTML."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace
from packaging.utils import canonicalize_name

from hashpin.indexes import simple
from hashpin.indexes.answers import NotAnAnswer
from hashpin.model import (
    Digest,
    DistributionFile,
    NoSuchRelease,
    Packaging,
    Project,
    Quarantined,
    Release,
)
from tests.indexes import damaged

SIX = canonicalize_name("six")
A64, B64 = "a" * 64, "b" * 64
JSON = "application/vnd.pypi.simple.v1+json"
SDIST: dict[str, Any] = {
    "filename": "six-1.17.0.tar.gz",
    "hashes": {"sha256": A64},
    "upload-time": "2024-12-04T17:35:26.504072Z",
    "url": "https://files.index.example/six-1.17.0.tar.gz",
    "yanked": False,
}
WHEEL = {**SDIST, "filename": "six-1.17.0-py2.py3-none-any.whl", "hashes": {"sha256": B64}}
OLDER = {**SDIST, "filename": "six-1.16.tar.gz"}
URL = SDIST["url"]
WHEN = datetime(2024, 12, 4, 17, 35, 26, 504072, tzinfo=UTC)


def document(**changes: Any) -> dict[str, Any]:
    return {
        "meta": {"api-version": "1.4"},
        "name": "six",
        "files": [SDIST, WHEEL, OLDER],
        "versions": ["1.16", "1.17.0", "0.15"],
        "project-status": {"status": "active"},
        **changes,
    }


def page(**changes: Any) -> simple.Page:
    return simple.parse(json.dumps(document(**changes)).encode(), JSON, SIX)


def html(*links: str, head: str = "") -> simple.Page:
    return simple.parse(f"<!DOCTYPE html><html><head>{head}</head>{''.join(links)}</html>".encode(), "text/html", SIX)


def filenames(answer: object) -> list[str]:
    assert isinstance(answer, Release)
    return [file.filename for file in answer.files]


# --- which of the two ---


@pytest.mark.parametrize(
    "content_type",
    [JSON, "application/json", f"{JSON}; charset=utf-8", JSON.upper(), f" {JSON} ;x"],
)
def test_json_by_its_content_type(content_type: str) -> None:
    assert simple.parse(json.dumps(document()).encode(), content_type, SIX) == page()


@pytest.mark.parametrize(
    "content_type", ["text/html", "text/html; charset=utf-8", "application/vnd.pypi.simple.v1+html", "TEXT/HTML"]
)
def test_html_by_its_content_type(content_type: str) -> None:
    assert simple.parse(b"<a href=six-1.0.tar.gz>", content_type, SIX) == html("<a href=six-1.0.tar.gz>")


@pytest.mark.parametrize(
    ("content_type", "said"),
    [
        ("", "unknown"),
        ("text/plain", "text/plain"),
        ("application/vnd.pypi.simple.v2+json", "application/vnd.pypi.simple.v2[+]json"),
    ],
)
def test_no_other_content_type_is_guessed_at(content_type: str, said: str) -> None:
    with pytest.raises(NotAnAnswer, match=f"a page of type {said}"):
        simple.parse(json.dumps(document()).encode(), content_type, SIX)


# --- as JSON ---


def test_the_files_of_a_release() -> None:
    assert page().release("1.17") == Release(
        SIX,
        "1.17.0",
        (
            DistributionFile("six-1.17.0.tar.gz", Packaging.SDIST, (Digest("sha256", A64),), WHEN, url=URL),
            DistributionFile(
                "six-1.17.0-py2.py3-none-any.whl", Packaging.WHEEL, (Digest("sha256", B64),), WHEN, url=URL
            ),
        ),
    )


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"size": 34031}, {"size": 34031}),
        ({"size": "34031"}, {}),
        ({"size": True}, {}),
        ({"size": -1}, {}),
        ({"requires-python": ">=3.9"}, {"requires_python": ">=3.9"}),
        ({"core-metadata": {"sha256": B64}}, {"core_metadata": (Digest("sha256", B64),)}),
        ({"dist-info-metadata": {"sha256": B64}}, {"core_metadata": (Digest("sha256", B64),)}),
        ({"core-metadata": True}, {"core_metadata": ()}),
        ({"core-metadata": False, "dist-info-metadata": True}, {}),
        ({"url": "../../files/six.tar.gz"}, {"url": "https://index.example/files/six.tar.gz"}),
        ({"url": "http://[x/"}, {"url": None}),
        ({"url": None}, {"url": None}),
        ({"provenance": "/integrity/six"}, {"provenance": "https://index.example/integrity/six"}),
        ({"provenance": None}, {}),
    ],
)
def test_what_else_a_file_says(changes: dict[str, Any], expected: dict[str, Any]) -> None:
    body = json.dumps(document(files=[{**SDIST, **changes}])).encode()
    found = simple.parse(body, JSON, SIX, "https://index.example/simple/six/").release("1.17")
    assert isinstance(found, Release)
    plain = DistributionFile("six-1.17.0.tar.gz", Packaging.SDIST, (Digest("sha256", A64),), WHEN, url=URL)
    assert found.files == (replace(plain, **expected),)


def test_an_archived_project() -> None:
    found = page(**{"project-status": {"status": "archived", "reason": "done"}}).release("1.17")
    assert isinstance(found, Release)
    assert found.archived == "done"
    marked = html("<a href=six-1.17.0.tar.gz>", head='<meta name="pypi:project-status" content="archived">')
    found = marked.release("1.17")
    assert isinstance(found, Release)
    assert found.archived == ""


def test_a_release_that_is_not_there() -> None:
    assert page().release("2.0") == NoSuchRelease()


def test_a_release_whose_files_carry_another_version() -> None:
    assert page().release("0.15") is None, "the page cannot tell which files are its own"


def told(found: simple.Page) -> dict[str, bool]:
    return {key: release.told for key, release in found.project.releases.items()}


def test_a_release_that_only_file_names_tell_of() -> None:
    post = {**SDIST, "filename": "six-0.15.post1.tar.gz"}
    assert told(page(files=[SDIST, post])) == {"1.17": True, "0.15.post1": False}
    assert told(page(files=[SDIST, post], versions=[])) == {"1.17": True, "0.15.post1": False}
    assert told(page(files=[SDIST, post], versions=["0.15.post1"])) == {"1.17": False, "0.15.post1": True}
    links = [f'<a href="/{file["filename"]}">x</a>' for file in (SDIST, post, {"filename": "six-legacy.1.tar.gz"})]
    assert told(html(*links)) == {"1.17": True, "0.15.post1": False}


def test_files_of_other_names_belong_to_no_release() -> None:
    files = [SDIST, {**SDIST, "filename": "seven-1.17.0.tar.gz"}, {**SDIST, "filename": "README"}]
    assert page(files=files).project.releases == {"1.17": page(files=[SDIST]).release("1.17.0")}


def test_a_project_is_all_of_its_releases() -> None:
    project = page().project
    assert isinstance(project, Project)
    assert {key: filenames(release) for key, release in project.releases.items()} == {
        "1.17": ["six-1.17.0.tar.gz", "six-1.17.0-py2.py3-none-any.whl"],
        "1.16": ["six-1.16.tar.gz"],
    }


@pytest.mark.parametrize("version", ["1", "1.0", "1.1", "1.4", "1.99"])
def test_every_minor_version_is_understood(version: str) -> None:
    assert filenames(page(meta={"api-version": version}).release("1.16")) == ["six-1.16.tar.gz"]


@pytest.mark.parametrize("version", ["2.0", "0.9", "10.0", "", "x"])
def test_another_major_version_is_refused(version: str) -> None:
    with pytest.raises(NotAnAnswer, match="of the Simple API"):
        page(meta={"api-version": version})


def test_version_1_0_has_neither_versions_nor_times_nor_status() -> None:
    bare = {"meta": {"api-version": "1.0"}, "name": "six"}
    files = [{"filename": "six-1.17.0.tar.gz", "url": "six-1.17.0.tar.gz", "hashes": {}}]
    found = simple.parse(json.dumps({**bare, "files": files}).encode(), JSON, SIX)
    assert found.release("1.17.0") == Release(
        SIX, "1.17.0", (DistributionFile("six-1.17.0.tar.gz", Packaging.SDIST, (), url="six-1.17.0.tar.gz"),)
    )
    assert found.release("0.15") == NoSuchRelease()


@pytest.mark.parametrize(("yanked", "expected"), [(False, None), (True, ""), ("broken", "broken"), ("", None)])
def test_yanked(yanked: object, expected: str | None) -> None:
    release = page(files=[{**SDIST, "yanked": yanked}]).release("1.17.0")
    assert isinstance(release, Release)
    assert release.files[0].yanked == expected


def test_quarantined() -> None:
    status = {"status": "quarantined", "reason": "malware"}
    assert page(**{"project-status": status, "files": []}).release("1.17.0") == Quarantined("malware")


@pytest.mark.parametrize("reason", [None, 7])
def test_quarantined_without_a_reason(reason: object) -> None:
    assert page(**{"project-status": {"status": "quarantined", "reason": reason}}).release("1.17.0") == Quarantined("")


@pytest.mark.parametrize("status", ["active", "deprecated", "something new"])
def test_other_statuses_change_no_answer(status: str) -> None:
    assert page(**{"project-status": {"status": status}}).release("1.17.0") == page().release("1.17.0")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"meta": None}, "of another shape"),
        ({"meta": {}}, "of another shape"),
        ({"meta": {"api-version": 1.0}}, "of another shape"),
        ({"name": "django"}, "another project than six"),
        ({"name": None}, "of another shape"),
        ({"files": {}}, "of another shape"),
        ({"files": ["six-1.17.0.tar.gz"]}, "of another shape"),
        ({"files": [{**SDIST, "filename": None}]}, "of another shape"),
        ({"files": [{**SDIST, "hashes": A64}]}, "of another shape"),
        ({"versions": "1.17.0"}, "of another shape"),
        ({"project-status": "quarantined"}, "of another shape"),
    ],
)
def test_not_the_project(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(NotAnAnswer, match=message):
        page(**changes)


def test_versions_that_are_no_texts_name_nothing() -> None:
    read = page(versions=[None, 2.0, "0.15"])
    assert read.release("0.15") is None
    assert read.release("2.0") == NoSuchRelease()


# --- as HTML ---


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        (
            f'<a href="../../packages/six-1.17.0.tar.gz#sha256={A64}">six-1.17.0.tar.gz</a>',
            DistributionFile("six-1.17.0.tar.gz", Packaging.SDIST, (Digest("sha256", A64),)),
        ),
        (
            f'<A HREF="https://files.index.example/six-1.17.0.tar.gz?x=y#sha256={A64.upper()}&amp;egg=six">x</A>',
            DistributionFile("six-1.17.0.tar.gz", Packaging.SDIST, (Digest("sha256", A64),)),
        ),
        (
            f'<a href="six-1.17.0-py2.py3-none-any.whl#md5={"c" * 32}">',
            DistributionFile("six-1.17.0-py2.py3-none-any.whl", Packaging.WHEEL, ()),
        ),
        (
            '<a href="six-1.17.0.tar.gz">',
            DistributionFile("six-1.17.0.tar.gz", Packaging.SDIST, ()),
        ),
        (
            '<a href="six-1.17.0.tar.gz#sha256=aaaa">',
            DistributionFile("six-1.17.0.tar.gz", Packaging.SDIST, ()),
        ),
        (
            '<a href="six%2D1.17.0.tar.gz" data-yanked>',
            DistributionFile("six-1.17.0.tar.gz", Packaging.SDIST, (), yanked=""),
        ),
        (
            '<a href="six-1.17.0.tar.gz" data-yanked="a &lt;b&gt; c">',
            DistributionFile("six-1.17.0.tar.gz", Packaging.SDIST, (), yanked="a <b> c"),
        ),
    ],
)
def test_a_link(link: str, expected: DistributionFile) -> None:
    found = html(link).release("1.17.0")
    assert isinstance(found, Release)
    assert [replace(file, url=None) for file in found.files] == [expected]


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ('data-requires-python="&gt;=3.9"', {"requires_python": ">=3.9"}),
        (f'data-core-metadata="sha256={B64}"', {"core_metadata": (Digest("sha256", B64),)}),
        ('data-dist-info-metadata="true"', {"core_metadata": ()}),
        ('data-core-metadata="false"', {}),
        ("data-core-metadata", {}),
        ('data-provenance="https://index.example/p"', {"provenance": "https://index.example/p"}),
    ],
)
def test_what_else_a_link_says(attributes: str, expected: dict[str, Any]) -> None:
    text = f'<a href="../../files/six-1.17.0.tar.gz#sha256={A64}" {attributes}>'.encode()
    found = simple.parse(text, "text/html", SIX, "https://index.example/simple/six/").release("1.17")
    assert isinstance(found, Release)
    url = "https://index.example/files/six-1.17.0.tar.gz"
    plain = DistributionFile("six-1.17.0.tar.gz", Packaging.SDIST, (Digest("sha256", A64),), url=url)
    assert found.files == (replace(plain, **expected),)


def test_the_base_of_a_page() -> None:
    text = b'<base href="https://files.index.example/x/"><a href="six-1.17.0.tar.gz">'
    found = simple.parse(text, "text/html", SIX, "https://index.example/simple/six/").release("1.17")
    assert isinstance(found, Release)
    assert found.files[0].url == "https://files.index.example/x/six-1.17.0.tar.gz"


def test_links_that_lead_to_no_file_of_the_project() -> None:
    links = ["<a>", "<a href>", '<a href="http://[x/six-1.0.tar.gz">', "<a href=/simple/>", "<a href=seven-1.tar.gz>"]
    assert html(*links, "<a href=six-1.17.0.tar.gz>").project.releases.keys() == {"1.17"}


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<html><body><h1>Please log in</h1><a href='/login'>here</a></body></html>",
        "<a href='/simple/six/'>six</a><a href='/simple/seven/'>seven</a>",
        "<a href='seven-1.0.tar.gz'>",
        "<a href='six'>",
    ],
    ids=["nothing", "a login page", "a list of projects", "another project", "a bare name"],
)
def test_a_page_that_does_not_speak_of_the_project(body: str) -> None:
    with pytest.raises(NotAnAnswer, match="without any file of six"):
        html(body)


def test_a_flat_list_of_files_does_not_speak_of_every_project() -> None:
    # Each of these begins with "six-", and none is a file of six.
    with pytest.raises(NotAnAnswer, match="without any file of six"):
        html("<a href=six-degrees-1.0.tar.gz>", "<a href=six-nations-2.0.zip>")


def test_html_says_which_version_it_speaks() -> None:
    link = "<a href=six-1.0.tar.gz>"
    assert html(link, head='<meta name="pypi:repository-version" content="1.4"><meta><meta name="x">') == html(link)
    with pytest.raises(NotAnAnswer, match=r"speaks version 2\.0"):
        html(link, head='<meta name="pypi:repository-version" content="2.0">')


@pytest.mark.parametrize(
    ("reason", "expected"), [('<meta name="pypi:project-status-reason" content="malware">', "malware"), ("", "")]
)
def test_html_of_a_quarantined_project(reason: str, expected: str) -> None:
    head = f'<meta name="pypi:project-status" content="quarantined">{reason}'
    assert html(head=head).release("1.0") == Quarantined(expected)


def test_html_in_another_encoding_is_still_read() -> None:
    body = "<h1>Größe</h1><a href=six-1.0.tar.gz>".encode("latin-1")
    assert filenames(simple.parse(body, "text/html", SIX).release("1.0")) == ["six-1.0.tar.gz"]


# --- whatever a stranger sends ---

LONG = "9" * 5_000  # longer than what Python makes a number of by default


def checked(body: bytes, content_type: str) -> None:
    """A parser answers for what was asked, or says that this is no answer; nothing else."""
    with contextlib.suppress(NotAnAnswer):
        found = simple.parse(body, content_type, SIX)
        assert found.project.name == SIX
        assert isinstance(found.release("1.17.0"), (Release, NoSuchRelease, Quarantined, type(None)))


@given(st.binary(), st.sampled_from([JSON, "text/html", "image/png"]))
@example(b"[" * 200_000, JSON)
def test_any_bytes(body: bytes, content_type: str) -> None:
    checked(body, content_type)


@given(damaged(document()))
@example(document(versions=[LONG]))
@example(document(files=[{**SDIST, "filename": f"six-{LONG}.tar.gz"}]))
def test_any_document(data: Any) -> None:
    checked(json.dumps(data).encode(), JSON)


_PIECES = (
    *("<", ">", "<!", "<![", "<!--", "-->", "<?", "</", "<a", " href=", '"', "'", "six-1.tar.gz", "#sha256=", "&#0;"),
    *(
        "<meta name=",
        "pypi:project-status",
        " content=",
        "quarantined",
        "%",
        "[",
        "]",
        "CDATA[",
        "DOCTYPE",
        "\x00",
        "x",
    ),
)


@given(st.lists(st.sampled_from(_PIECES)).map("".join))
@example("<![>")
@example("<a href=six-1.0.tar.gz><![x[")
@example(f"<a href=six-{LONG}.tar.gz>")
def test_any_tag_soup(text: str) -> None:
    checked(text.encode(), "text/html")
