"""Rewriting: pip and we then see exactly what was wanted, and nothing else has changed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from hashpin import formats, text
from hashpin.model import Digest, LockFile, Pin, SetHashes
from hashpin.text import Edit
from tests.property.invariants import assert_confined, words
from tests.property.readings import by_pip, by_us, granted, parsed, unnumbered
from tests.property.strategies import files, searched, wanted_digests


@st.composite
def wishes(draw: st.DrawFn) -> tuple[LockFile, SetHashes]:
    file = parsed(draw(files()))
    pin = draw(st.sampled_from(list(file.pins)))
    return file, SetHashes(file.source.path, pin, draw(wanted_digests), safe=True)


def edit_and_result(file: LockFile, wish: SetHashes) -> tuple[Edit, str]:
    edit = formats.rewrite(file, wish)
    return edit, text.apply(file.source.text, [edit])


@searched
@given(wishes())
def test_pip_sees_what_was_wanted(case: tuple[LockFile, SetHashes]) -> None:
    file, wish = case
    _, becomes = edit_and_result(file, wish)
    assert unnumbered(by_pip(becomes)) == granted(by_pip(file.source.text), file, [wish])


@searched
@given(wishes())
def test_we_see_what_was_wanted(case: tuple[LockFile, SetHashes]) -> None:
    file, wish = case
    _, becomes = edit_and_result(file, wish)
    assert unnumbered(by_us(becomes)) == granted(by_us(file.source.text), file, [wish])


@searched
@given(wishes())
def test_nothing_but_hashes_changes(case: tuple[LockFile, SetHashes]) -> None:
    file, wish = case
    before = file.source.text
    edit, becomes = edit_and_result(file, wish)
    after = edit.span.start + len(edit.replacement)
    assert becomes[: edit.span.start] == before[: edit.span.start]
    assert becomes[after:] == before[edit.span.end :]
    assert_confined(edit, wish.pin)
    assert words(becomes, [_same(file, wish, parsed(becomes))]) == words(before, [wish.pin])


def _same(file: LockFile, wish: SetHashes, after: LockFile) -> Pin:
    """The wish's pin after the edit: pins neither come nor go."""
    (pin,) = [new for old, new in zip(file.pins, after.pins, strict=True) if old is wish.pin]
    return pin


@searched
@given(wishes())
def test_a_second_time_nothing_changes(case: tuple[LockFile, SetHashes]) -> None:
    file, wish = case
    _, becomes = edit_and_result(file, wish)
    again = parsed(becomes)
    pin = _same(file, wish, again)
    assert {option.digest for option in pin.hashes} == wish.digests
    assert edit_and_result(again, replace(wish, pin=pin))[1] == becomes


@searched
@given(files(), wanted_digests)
def test_all_pins_at_once(content: str, digests: frozenset[Digest]) -> None:
    file = parsed(content)
    edits = [formats.rewrite(file, SetHashes(file.source.path, pin, digests, safe=True)) for pin in file.pins]
    again = list(parsed(text.apply(content, edits)).pins)
    assert [str(pin.requirement) for pin in again] == [str(pin.requirement) for pin in file.pins]
    assert all({option.digest for option in pin.hashes} == digests and not pin.strays for pin in again)
