"""PyPI's JSON API, read from bytes."""

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

from hashpin.indexes import json_api
from hashpin.indexes.answers import NotAnAnswer
from hashpin.model import Advisory, Digest, DistributionFile, Packaging, Project, Release
from tests.indexes import damaged

SIX = canonicalize_name("six")
A64, B64 = "a" * 64, "b" * 64
SDIST = {
    "filename": "six-1.17.0.tar.gz",
    "packagetype": "sdist",
    "digests": {"md5": "c" * 32, "sha256": A64, "blake2b_256": B64},
    "upload_time_iso_8601": "2024-12-04T17:35:26.504072Z",
    "yanked": False,
    "yanked_reason": None,
}
WHEEL = {
    **SDIST,
    "filename": "six-1.17.0-py2.py3-none-any.whl",
    "packagetype": "bdist_wheel",
    "digests": {"sha256": B64},
}
WHEN = datetime(2024, 12, 4, 17, 35, 26, 504072, tzinfo=UTC)
FILES = (
    DistributionFile("six-1.17.0.tar.gz", Packaging.SDIST, (Digest("sha256", A64),), WHEN),
    DistributionFile("six-1.17.0-py2.py3-none-any.whl", Packaging.WHEEL, (Digest("sha256", B64),), WHEN),
)


def document(**changes: Any) -> dict[str, Any]:
    return {"info": {"name": "six", "version": "1.17.0"}, "last_serial": 1, "urls": [SDIST, WHEEL], **changes}


def encoded(**changes: Any) -> bytes:
    return json.dumps(document(**changes)).encode()


def one_file(**changes: Any) -> DistributionFile:
    return json_api.parse_release(encoded(urls=[{**SDIST, **changes}]), SIX, "1.17.0").files[0]


# --- one release ---


def test_a_release() -> None:
    assert json_api.parse_release(encoded(), SIX, "1.17.0") == Release(SIX, "1.17.0", FILES)


def test_a_release_without_files() -> None:
    assert json_api.parse_release(encoded(urls=[]), SIX, "1.17.0") == Release(SIX, "1.17.0", ())


@pytest.mark.parametrize(("asked", "answered"), [("1.17", "1.17.0"), ("1.17.0", "v1.17"), ("1.0rc1", "1.0-RC.1")])
def test_versions_compare_by_pep_440(asked: str, answered: str) -> None:
    body = encoded(info={"name": "six", "version": answered})
    assert json_api.parse_release(body, SIX, asked).version == asked, "the version is the one that was asked for"


@pytest.mark.parametrize("name", ["Zope.Interface", "zope_interface", "ZOPE-interface"])
def test_names_compare_normalised(name: str) -> None:
    body = encoded(info={"name": name, "version": "1"}, urls=[])
    assert json_api.parse_release(body, canonicalize_name("zope.interface"), "1").name == "zope-interface"


@pytest.mark.parametrize(
    ("packagetype", "packaging"),
    [
        ("sdist", Packaging.SDIST),
        ("bdist_wheel", Packaging.WHEEL),
        *((kind, Packaging.OTHER) for kind in ("bdist_egg", "bdist_wininst", "bdist_msi", "bdist_rpm", "bdist_dumb")),
        ("bdist_dmg", Packaging.OTHER),
        ("something new", Packaging.OTHER),
    ],
)
def test_packagetypes(packagetype: str, packaging: Packaging) -> None:
    assert one_file(packagetype=packagetype).packaging is packaging


@pytest.mark.parametrize(
    ("yanked", "reason", "expected"),
    [(False, None, None), (True, None, ""), (True, "broken", "broken"), (False, "left over", None)],
)
def test_yanked(yanked: bool, reason: str | None, expected: str | None) -> None:
    assert one_file(yanked=yanked, yanked_reason=reason).yanked == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"url": "https://files.index.example/six"}, {"url": "https://files.index.example/six"}),
        ({"url": 1, "size": "1", "requires_python": ""}, {}),
        ({"size": 12, "requires_python": ">=3.9"}, {"size": 12, "requires_python": ">=3.9"}),
        ({"core-metadata": {"sha256": B64}}, {"core_metadata": (Digest("sha256", B64),)}),
    ],
)
def test_what_else_a_file_says(changes: dict[str, Any], expected: dict[str, Any]) -> None:
    assert one_file(**changes) == replace(FILES[0], **expected)


def test_what_a_release_needs() -> None:
    info = {"name": "six", "version": "1.17.0", "requires_dist": ["a>=1", 'b ; extra == "c"']}
    assert json_api.parse_release(encoded(info=info), SIX, "1.17").requires_dist == ("a>=1", 'b ; extra == "c"')


def test_advisories() -> None:
    told = {"id": "PYSEC-1", "aliases": ["CVE-1"], "fixed_in": ["2.0"], "link": "https://x.example", "withdrawn": None}
    taken_back = {**told, "id": "PYSEC-2", "withdrawn": "2024-01-01T00:00:00Z"}
    body = encoded(vulnerabilities=[told, taken_back, {"id": 3}, "x"])
    found = json_api.parse_release(body, SIX, "1.17").advisories
    assert found == (Advisory("PYSEC-1", ("CVE-1",), "", ("2.0",), "https://x.example"),)


def test_a_file_of_unknown_age() -> None:
    assert one_file(upload_time_iso_8601=None).uploaded is None


def test_a_file_without_a_digest_that_pip_takes() -> None:
    assert one_file(digests={"md5": "c" * 32}).digests == ()


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"<!DOCTYPE html><html></html>", "not JSON"),
        (encoded()[:-20], "not JSON"),
        (b"[]", "another shape"),
        (b"{}", "of another shape"),
        (encoded(info={"name": "django", "version": "1.17.0"}), "another project than six"),
        (encoded(info={"name": "six", "version": "1.16.0"}), "another version than 1.17.0"),
        (encoded(info={"name": "six"}), "of another shape"),
        (encoded(info={"version": "1.17.0"}), "of another shape"),
        (encoded(urls=None), "of another shape"),
        (encoded(urls={}), "of another shape"),
        (encoded(urls=["six-1.17.0.tar.gz"]), "of another shape"),
        (encoded(urls=[{**SDIST, "filename": 1}]), "of another shape"),
        (encoded(urls=[{**SDIST, "packagetype": None}]), "of another shape"),
        (encoded(urls=[{**SDIST, "digests": [A64]}]), "of another shape"),
    ],
)
def test_not_the_release(body: bytes, message: str) -> None:
    with pytest.raises(NotAnAnswer, match=message):
        json_api.parse_release(body, SIX, "1.17.0")


# --- a project ---


def test_a_project() -> None:
    body = encoded(releases={"1.17.0": [SDIST, WHEEL], "1.0": [], "not-a-version": [SDIST]})
    project = json_api.parse_project(body, SIX)
    assert project == Project(
        SIX,
        {
            "1.17": Release(SIX, "1.17.0", FILES),
            "1": Release(SIX, "1.0", ()),
            "not-a-version": Release(SIX, "not-a-version", FILES[:1]),
        },
    )


def test_a_project_that_leaves_its_releases_out() -> None:
    assert json_api.parse_project(encoded(), SIX) is None


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "not JSON"),
        (b"{}", "of another shape"),
        (encoded(info={"name": "django"}, releases={}), "another project than six"),
        (encoded(releases=[]), "of another shape"),
        (encoded(releases={"1.0": {}}), "of another shape"),
        (encoded(releases={"1.0": [None]}), "of another shape"),
    ],
)
def test_not_the_project(body: bytes, message: str) -> None:
    with pytest.raises(NotAnAnswer, match=message):
        json_api.parse_project(body, SIX)


# --- whatever a stranger sends ---

LONG = "9" * 5_000  # longer than what Python makes a number of by default


def checked(body: bytes) -> None:
    """A parser answers for what was asked, or says that this is no answer; nothing else."""
    with contextlib.suppress(NotAnAnswer):
        release = json_api.parse_release(body, SIX, "1.17.0")
        assert (release.name, release.version) == (SIX, "1.17.0")
    with contextlib.suppress(NotAnAnswer):
        project = json_api.parse_project(body, SIX)
        assert project is None or project.name == SIX


@given(st.binary())
@example(b"[" * 200_000)
@example(b"\xff\xfe{\x00")
def test_any_bytes(body: bytes) -> None:
    checked(body)


@given(damaged(document(releases={"1.17.0": [SDIST, WHEEL], "1.0": [WHEEL]})))
@example(document(info={"name": "six", "version": LONG}))
@example(document(releases={LONG: []}))
def test_any_document(data: Any) -> None:
    checked(json.dumps(data).encode())


def entry_of(filename: str, uploaded: str | None) -> dict[str, Any]:
    kind = "bdist_wheel" if filename.endswith(".whl") else "sdist"
    return {"filename": filename, "packagetype": kind, "digests": {}, "upload_time_iso_8601": uploaded}


WHEEL_NAME, SDIST_NAME = "six-1.17.0-py3-none-any.whl", "six-1.17.0.tar.gz"


@pytest.mark.parametrize(
    ("files", "needs"),
    [
        ([entry_of(WHEEL_NAME, "2024-12-04T17:00:00Z"), entry_of(SDIST_NAME, "2024-12-04T17:00:01Z")], ()),
        ([entry_of(SDIST_NAME, "2024-12-04T17:00:01Z"), entry_of(WHEEL_NAME, "2024-12-04T17:00:00Z")], ()),
        ([entry_of(SDIST_NAME, "2024-12-04T17:00:00Z"), entry_of(WHEEL_NAME, "2024-12-04T17:00:01Z")], None),
        ([entry_of(WHEEL_NAME, None)], None),
        ([{**entry_of(WHEEL_NAME, "2024-12-04T17:00:00Z"), "core-metadata": True}], None),
        ([], None),
    ],
)
def test_null_is_nothing_where_a_wheel_came_first(files: list[dict[str, Any]], needs: tuple[str, ...] | None) -> None:
    info = {"name": "six", "version": "1.17.0", "requires_dist": None}
    body = json.dumps({"info": info, "urls": files, "releases": {"1.17.0": files}}).encode()
    assert json_api.parse_release(body, canonicalize_name("six"), "1.17.0").requires_dist == needs
    project = json_api.parse_project(body, canonicalize_name("six"))
    assert project
    assert [release.requires_dist for release in project.releases.values()] == [needs]
