"""How many requests at a time a host is asked."""

from __future__ import annotations

import threading
from contextlib import ExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashpin.indexes.manners import Manners


def answers(manners: Manners, count: int, seconds: float = 0.03) -> None:
    for _ in range(count):
        manners.answered(seconds)


@pytest.mark.parametrize(("most", "first"), [(1, 1), (16, 16), (32, 16), (100, 16)])
def test_it_begins_with_a_few(most: int, first: int) -> None:
    assert Manners(most).allowed == first


def test_it_grows_while_answers_come_as_fast_as_before() -> None:
    manners = Manners(32)
    answers(manners, 8)
    assert manners.allowed == 24
    answers(manners, 100)
    assert manners.allowed == 32


def test_it_does_not_grow_where_more_requests_only_wait_for_each_other() -> None:
    manners = Manners(100)
    answers(manners, 1)
    answers(manners, 100, 0.3)
    assert manners.allowed < 25
    answers(manners, 200)
    assert manners.allowed == 100, "it was a passing trouble"


def test_a_host_that_is_overrun_is_asked_half_as_much_and_less_than_one_never() -> None:
    manners = Manners(32)
    rounds = []
    for _ in range(9):
        with manners.turn(1) as current:
            assert current is not None
            rounds.append(current)
            manners.overrun(current)
            manners.overrun(current)
    assert rounds == list(range(9)), "what was asked before it was halved does not halve it again"
    assert manners.allowed == 1
    answers(manners, 2)
    assert manners.allowed == 2, "from there on by one for each full round"
    answers(manners, 3)
    assert manners.allowed == 3


def test_who_has_no_turn_waits_and_not_for_ever() -> None:
    manners = Manners(2)
    with ExitStack() as under_way:
        for _ in range(2):
            assert under_way.enter_context(manners.turn(1)) is not None
        with manners.turn(0.01) as late:
            assert late is None
        came = threading.Event()

        def wait() -> None:
            with manners.turn(10) as current:
                if current is not None:
                    came.set()

        thread = threading.Thread(target=wait)
        thread.start()
    thread.join(10)
    assert came.is_set()


@given(st.lists(st.one_of(st.floats(0, 100), st.just(None)), max_size=200), st.integers(1, 100))
def test_it_stays_in_its_bounds(events: list[float | None], most: int) -> None:
    manners = Manners(most)
    for seconds in events:
        if seconds is None:
            with manners.turn(0) as current:
                manners.overrun(current or 0)
        else:
            manners.answered(seconds)
        assert 1 <= manners.allowed <= most
