"""What ``--index-url`` means."""

from __future__ import annotations

import pytest
from packageurl.validate import PypiTypeDefinition
from packaging.utils import NormalizedName, canonicalize_name

from hashpin.errors import UsageError
from hashpin.indexes.address import IndexAddress, origin

SIX = canonicalize_name("six")


@pytest.mark.parametrize(
    ("url", "simple", "json"),
    [
        ("https://index.example/simple/", "https://index.example/simple/", "https://index.example/pypi/"),
        ("https://index.example/simple", "https://index.example/simple/", "https://index.example/pypi/"),
        ("  https://index.example/simple/\n", "https://index.example/simple/", "https://index.example/pypi/"),
        ("https://index.example/simple//", "https://index.example/simple/", "https://index.example/pypi/"),
        ("HTTPS://Index.Example/simple/", "https://index.example/simple/", "https://index.example/pypi/"),
        ("http://index.example:8080/a/simple/", "http://index.example:8080/a/simple/", "http://index.example:8080/a/pypi/"),
        ("http://[::1]:8080/simple/", "http://[::1]:8080/simple/", "http://[::1]:8080/pypi/"),
        ("https://index.example/simple/?a=b#c", "https://index.example/simple/", "https://index.example/pypi/"),
        ("https://index.example", "https://index.example/", None),
        ("https://index.example/repository/pypi/", "https://index.example/repository/pypi/", None),
        ("https://index.example/user/+simple/", "https://index.example/user/+simple/", None),
        ("https://index.example/mysimple/", "https://index.example/mysimple/", None),
    ],
)  # fmt: skip
def test_addresses(url: str, simple: str, json: str | None) -> None:
    assert IndexAddress.parse(url) == IndexAddress(simple, json)


@pytest.mark.parametrize(
    ("url", "credentials"),
    [
        ("https://index.example/simple/", None),
        ("https://@index.example/simple/", None),
        ("https://user:secret@index.example/simple/", ("user", "secret")),
        ("https://token@index.example/simple/", ("token", "")),
        ("https://:token@index.example/simple/", ("", "token")),
        ("https://a%40b:c%3Ad%2F@index.example/simple/", ("a@b", "c:d/")),
    ],
)
def test_credentials_are_kept_apart(url: str, credentials: tuple[str, str] | None) -> None:
    address = IndexAddress.parse(url)
    assert address.credentials == credentials
    assert (address.simple, address.json) == ("https://index.example/simple/", "https://index.example/pypi/")


@pytest.mark.parametrize(
    "url",
    [
        *("", "index.example/simple/", "/simple/", "ftp://index.example/", "file:///simple/", "https://"),
        *("https:///simple/", "http://[::1/simple/", "http://index.example:99999/", "http://index.example:x/"),
    ],
)
def test_no_address(url: str) -> None:
    with pytest.raises(UsageError, match="--index-url"):
        IndexAddress.parse(url)


def test_default_is_where_the_purl_specification_says() -> None:
    address = IndexAddress.default()
    assert address.simple == f"{PypiTypeDefinition.default_repository_url}/simple/"
    assert address.json == f"{PypiTypeDefinition.default_repository_url}/pypi/"
    assert address.credentials is None


def test_pages() -> None:
    address = IndexAddress.parse("https://index.example/a/simple/")
    assert address.project_page(SIX) == "https://index.example/a/simple/six/"
    assert address.project_json(SIX) == "https://index.example/a/pypi/six/json"
    assert address.release_json(SIX, "1.0") == "https://index.example/a/pypi/six/1.0/json"


def test_pages_of_an_index_without_the_json_api() -> None:
    address = IndexAddress.parse("https://index.example/a/")
    assert address.project_page(SIX) == "https://index.example/a/six/"
    assert address.project_json(SIX) is None
    assert address.release_json(SIX, "1.0") is None


def test_a_name_or_version_from_a_file_cannot_lead_elsewhere() -> None:
    # A name that is no project's, and an arbitrary === version, are a stranger's text.
    address = IndexAddress.parse("https://index.example/simple/")
    assert address.release_json(SIX, "../../admin?x#y") == (
        "https://index.example/pypi/six/..%2F..%2Fadmin%3Fx%23y/json"
    )
    assert address.project_page(NormalizedName("../x")) == "https://index.example/simple/..%2Fx/"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://index.example/simple/", ("https", "index.example:443")),
        ("http://index.example/simple/", ("http", "index.example:80")),
        ("http://Index.Example:80/", ("http", "index.example:80")),
        ("https://user:secret@index.example:8443/", ("https", "index.example:8443")),
    ],
)
def test_origin(url: str, expected: tuple[str, str]) -> None:
    assert origin(url) == expected


def test_an_address_knows_its_origin() -> None:
    assert IndexAddress.parse("https://index.example/simple/").origin == ("https", "index.example:443")
