"""How long an answer may be used again, by RFC 9111."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashpin.indexes.freshness import LONGEST, Freshness, addressed_by_content, of_answer, of_confirmation

NOW = 1_700_000_000.0  # Tue, 14 Nov 2023 22:13:20 GMT
DATE = "Tue, 14 Nov 2023 22:13:20 GMT"
ETAG = {"ETag": '"one"'}


def lifetime(shared: bool = False, **headers: str) -> float | None:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    found = of_answer({**ETAG, **named}, NOW, NOW, shared)
    return found.lifetime if found else None


@pytest.mark.parametrize(
    ("cache_control", "seconds"),
    [
        ("max-age=600, public", 600),
        ("Public , MAX-AGE=600", 600),
        ('max-age="600"', 600),
        (",, max-age=600 ,", 600),
        ("max-age=0", 0),
        ("max-age=-1", 0),
        ("max-age=+5", 0),
        ("max-age=1e3", 0),
        ("max-age=\N{FULLWIDTH DIGIT FIVE}", 0),
        ("max-age", 0),
        ("max-age=86400", LONGEST),
        (f"max-age={'9' * 4000}", LONGEST),
        ("max-age=900, max-age=600", 600),
        ("max-age=600, no-cache", 0),
        ('max-age=600, no-cache="Set-Cookie"', 0),
        ("max-age=600, must-revalidate, immutable", 600),
        ("s-maxage=600", 0),
        ('max-age=600, private="a, no-store"', 600),
        ('max-age=600, unheard-of="x\\", no-store"', 600),
        ("public", 0),
        ("", 0),
    ],
)
def test_a_lifetime_is_what_the_index_says_and_an_hour_at_most(cache_control: str, seconds: float) -> None:
    assert lifetime(Cache_Control=cache_control) == seconds


@pytest.mark.parametrize(
    "headers",
    [
        {"Cache-Control": "no-store"},
        {"Cache-Control": "max-age=600, NO-STORE"},
        {"Cache-Control": 'max-age="600'},
        {"Cache-Control": "max-age=600; no-store"},
        {"Cache-Control": "max-age=600, " * 1000},
        {"Cache-Control": "max-age=600", "Vary": "*"},
        {"Cache-Control": "max-age=600", "Vary": "Accept, *"},
    ],
)
def test_some_answers_are_not_kept(headers: dict[str, str]) -> None:
    assert of_answer({**ETAG, **headers}, NOW, NOW, shared=False) is None


def test_what_is_said_to_one_user_is_not_kept_where_others_read() -> None:
    assert lifetime(Cache_Control="private, max-age=600") == 600
    assert lifetime(Cache_Control="private, max-age=600", shared=True) is None
    assert lifetime(Cache_Control="s-maxage=5, max-age=600", shared=True) == 5


def test_expires_counts_from_the_answers_own_date() -> None:
    assert lifetime(Expires="Tue, 14 Nov 2023 22:23:20 GMT", Date=DATE) == 600
    assert lifetime(Expires="Tue, 14 Nov 2023 22:23:20 GMT") == 600
    assert lifetime(Expires="Tue, 14 Nov 2023 22:23:20 GMT", Date=DATE, Cache_Control="max-age=5") == 5
    assert lifetime(Expires="0", Date=DATE) == 0
    assert lifetime(Expires="Tue, 14 Nov 2000 22:23:20 GMT", Date=DATE) == 0
    assert lifetime(Expires="Tue, 14 Nov 99999999999 22:23:20 GMT", Date=DATE) == 0


@pytest.mark.parametrize(
    ("headers", "asked", "old"),
    [
        ({}, NOW, 0),
        ({}, NOW - 7, 7),
        ({"Age": "100"}, NOW - 7, 107),
        ({"Age": "100", "Date": DATE}, NOW, 100),
        ({"Date": "Tue, 14 Nov 2023 22:11:40 GMT"}, NOW, 100),
        ({"Date": "Tue, 14 Nov 2033 22:11:40 GMT"}, NOW, 0),
        ({"Date": "yesterday"}, NOW, 0),
    ],
)
def test_time_on_the_way_counts(headers: dict[str, str], asked: float, old: float) -> None:
    found = of_answer({**ETAG, "Cache-Control": "max-age=600", **headers}, asked, NOW, shared=False)
    assert found == Freshness(NOW - old, 600, '"one"')
    assert found.holds(NOW)
    assert found.holds(NOW + 599 - old)
    assert not found.holds(NOW + 600 - old)


@pytest.mark.parametrize("age", ["-5", "soon", "1, 2", "9" * 30])
def test_an_age_that_nobody_understands_ends_freshness(age: str) -> None:
    found = of_answer({**ETAG, "Cache-Control": "max-age=600", "Age": age}, NOW, NOW, shared=False)
    assert found is not None
    assert not found.holds(NOW)


def test_what_comes_from_the_future_is_stale() -> None:
    assert not Freshness(NOW + 1, 600).holds(NOW)


@pytest.mark.parametrize("etag", ['"x"', 'W/"x"', '""', '"!#~"'])
def test_etags(etag: str) -> None:
    assert of_answer({"etag": etag}, NOW, NOW, shared=False) == Freshness(NOW, 0, etag)


@pytest.mark.parametrize(
    "etag",
    ["x", '"a"b"', '"a\r\nX: y"', '"\N{LATIN SMALL LETTER E WITH ACUTE}"', f'"{"x" * 600}"', 'w/"x"', '"a", "b"'],
)
def test_what_is_no_etag_is_never_sent(etag: str) -> None:
    assert of_answer({"ETag": etag}, NOW, NOW, shared=False) is None
    found = of_answer({"ETag": etag, "Cache-Control": "max-age=5"}, NOW, NOW, shared=False)
    assert found is not None
    assert found.etag == ""


def test_without_a_lifetime_and_an_etag_there_is_nothing_to_keep() -> None:
    assert of_answer({}, NOW, NOW, shared=False) is None
    assert of_answer({"Cache-Control": "max-age=600", "Age": "600"}, NOW, NOW, shared=False) is None


def test_a_confirmation_begins_a_new_life() -> None:
    former = Freshness(NOW - 900, 600, '"one"')
    assert of_confirmation({}, former, NOW, NOW, shared=False) == Freshness(NOW, 600, '"one"')
    assert of_confirmation({"Age": "9"}, former, NOW, NOW, shared=False) == Freshness(NOW - 9, 600, '"one"')
    new = of_confirmation({"Cache-Control": "max-age=5"}, former, NOW, NOW, shared=False)
    assert new == Freshness(NOW, 5, '"one"')
    assert of_confirmation({"Cache-Control": "no-store"}, former, NOW, NOW, shared=False) is None


def test_what_is_asked_for_by_its_digest_stays() -> None:
    assert addressed_by_content(NOW).holds(NOW + 30 * 86400)


@given(st.dictionaries(st.sampled_from(["cache-control", "age", "date", "expires", "vary", "etag"]), st.text()))
def test_whatever_an_index_says_no_answer_is_fresh_for_longer_than_an_hour(headers: dict[str, str]) -> None:
    found = of_answer(headers, NOW, NOW, shared=False)
    assert found is None or not found.holds(NOW + LONGEST)
