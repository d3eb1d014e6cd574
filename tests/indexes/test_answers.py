"""Typed getters over JSON that a stranger wrote."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashpin.indexes import answers
from hashpin.indexes.answers import NotAnAnswer
from hashpin.model import Digest

A64, B96, C128 = "a" * 64, "b" * 96, "c" * 128


def test_load() -> None:
    assert answers.load(b'{"a": 1}') == {"a": 1}


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b'{"a":', b"\xff\xfe\x00", b'{"a":' * 200_000, b'{"a": NaN}'],
    ids=["empty", "HTML", "cut off", "no text", "nested deeply", "NaN"],
)
def test_load_what_is_not_json(body: bytes) -> None:
    with pytest.raises(NotAnAnswer, match="not JSON"):
        answers.load(body)


@pytest.mark.parametrize("body", [b"[]", b"null", b"1", b'"text"', b"[" * 200_000, b'{"a": ' + b"9" * 5_000 + b"}"])
def test_load_json_that_is_no_object(body: bytes) -> None:
    with pytest.raises(NotAnAnswer, match="of another shape"):
        answers.load(body)


def test_get() -> None:
    assert answers.get({"a": [1]}, "a", list) == [1]
    with pytest.raises(NotAnAnswer, match="a is no list"):
        answers.get({"a": "x"}, "a", list)
    with pytest.raises(NotAnAnswer, match="b is no str"):
        answers.get({"a": "x"}, "b", str)


def test_digests_are_those_that_pip_takes() -> None:
    found = answers.digests({"sha512": C128, "sha256": A64.upper(), "sha384": B96, "md5": "d" * 32, "blake2b_256": A64})
    assert found == (Digest("sha256", A64), Digest("sha384", B96), Digest("sha512", C128))


@pytest.mark.parametrize("value", ["", "a" * 63, "a" * 65, "g" * 64, A64 + "\n", None, 1, True, [A64]])
def test_a_digest_that_no_file_can_have_is_none(value: object) -> None:
    assert answers.digests({"sha256": value, "sha512": C128}) == (Digest("sha512", C128),)


@pytest.mark.parametrize(
    "text",
    ["2024-12-04T17:35:26Z", "2024-12-04T17:35:26+00:00", "2024-12-04T19:35:26+02:00", "2024-12-04T17:35:26"],
)
def test_moments_are_in_utc(text: str) -> None:
    assert answers.moment(text) == datetime(2024, 12, 4, 17, 35, 26, tzinfo=UTC)


def test_a_moment_keeps_its_fraction() -> None:
    assert answers.moment("2024-12-04T17:35:26.504072Z") == datetime(2024, 12, 4, 17, 35, 26, 504072, tzinfo=UTC)


@pytest.mark.parametrize(
    "value", [None, 1733333333, "", "yesterday", "2024-13-01T00:00:00Z", "0001-01-01T00:00:00+23:00"]
)
def test_no_moment(value: object) -> None:
    assert answers.moment(value) is None


_OFFSETS = st.sampled_from(["", "Z", "+00:00", "+14:00", "-23:59", "+24:00"])


@given(st.one_of(st.text(), st.builds("{}{}".format, st.datetimes(), _OFFSETS), st.integers(), st.none()))
def test_a_moment_is_one_in_utc_or_none(value: object) -> None:
    found = answers.moment(value)
    assert found is None or found.tzinfo is UTC


@pytest.mark.parametrize(
    ("value", "reason", "expected"),
    [
        (False, None, None),
        (None, None, None),
        ("", None, None),
        (0, None, None),
        (1, None, None),
        (False, "left over", None),
        ("broken", None, "broken"),
        (True, None, ""),
        (True, "broken", "broken"),
        (True, 7, ""),
    ],
)
def test_yanked(value: object, reason: object, expected: str | None) -> None:
    assert answers.yanked(value, reason) == expected
