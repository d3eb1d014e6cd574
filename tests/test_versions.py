"""Version texts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.utils import canonicalize_version
from packaging.version import Version

from hashpin import versions
from tests.property.strategies import searched

_LONG = "1" * 5_000


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("1.0", "1.0"),
        ("v1.0", "1.0"),
        (" 1.0 ", "1.0"),
        ("1.0-1", "1.0.post1"),
        ("1.0ALPHA2", "1.0a2"),
        ("0!1.0", "1.0"),
        ("1!2.0", "1!2.0"),
        ("1.0+Ubuntu-1", "1.0+ubuntu.1"),
        ("1.0.0", "1.0.0"),
        ("2004d", "2004d"),
        ("banana", "banana"),
        ("", ""),
        (_LONG, _LONG),
    ],
)
def test_normal(written: str, normal: str) -> None:
    assert versions.normal(written) == normal


@pytest.mark.parametrize("written", ["1.17", "1.17.0", "v1.17", "0!1.17", "1.17.0.0", "01.17"])
def test_key_is_equal_for_one_version(written: str) -> None:
    assert versions.key(written) == versions.key("1.17.0")


@pytest.mark.parametrize(
    "written", ["1.17.1", "1!1.17", "1.17+cpu", "1.17.post0", "1.17rc1", "1.70", "banana", "", _LONG]
)
def test_key_tells_versions_apart(written: str) -> None:
    assert versions.key(written) != versions.key("1.17")
    assert versions.key(written) == versions.key(written)


@searched
@given(
    st.lists(st.sampled_from(["0", "00", "1", "10", "01", "9" * 18, "9" * 19]), min_size=1, max_size=5).map(".".join)
)
def test_numbers_in_a_row_are_spelled_as_packaging_spells_them(written: str) -> None:
    assert versions.normal(written) == str(Version(written))
    assert versions.key(written) == canonicalize_version(written)
