"""Rewriting: pip and we then see exactly what was wanted, and nothing else has changed."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from hashpin import formats, text
from hashpin.model import Digest, LockFile, Pin, SetHashes
from hashpin.text import Edit
from tests.property.readings import Line, Reading, What, by_pip, by_us, parsed, pip_line
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
    assert _unnumbered(by_pip(becomes)) == _expected(by_pip(file.source.text), file, wish)


@searched
@given(wishes())
def test_we_see_what_was_wanted(case: tuple[LockFile, SetHashes]) -> None:
    file, wish = case
    _, becomes = edit_and_result(file, wish)
    assert _unnumbered(by_us(becomes)) == _expected(by_us(file.source.text), file, wish)


def _expected(before: Reading, file: LockFile, wish: SetHashes) -> Reading:
    """The same reading with the wish granted: its pin has the hashes, and its strays are dropped no more."""
    number = pip_line(file.source.text, wish.pin.span.start)
    strays = Counter(str(option.digest) for option in wish.pin.strays)
    lines = []
    for line in before.lines:
        if line.number == number:
            hashes = tuple(sorted(map(str, wish.digests)))
            lines.append(Line(0, What.REQUIREMENT, str(wish.pin.requirement), hashes))
            continue
        if line.number > number:
            taken = Counter(line.dropped) & strays
            strays -= taken
            line = replace(line, dropped=tuple(sorted((Counter(line.dropped) - taken).elements())))
        if line.what is not What.HASHES or line.dropped:
            lines.append(line)
    return _unnumbered(Reading(tuple(lines)))


def _unnumbered(reading: Reading) -> Reading:
    return replace(reading, lines=tuple(replace(line, number=0) for line in reading.lines))


@searched
@given(wishes())
def test_nothing_but_hashes_changes(case: tuple[LockFile, SetHashes]) -> None:
    file, wish = case
    before = file.source.text
    edit, becomes = edit_and_result(file, wish)
    after = edit.span.start + len(edit.replacement)
    assert becomes[: edit.span.start] == before[: edit.span.start]
    assert becomes[after:] == before[edit.span.end :]
    last = wish.pin.lost[-1].span.end if wish.pin.lost else wish.pin.tail
    assert edit.span.end <= last
    if not wish.pin.lost:
        assert edit.span.start >= wish.pin.place.end
    assert _words(becomes, _same(file, wish, parsed(becomes))) == _words(before, wish.pin)


def _same(file: LockFile, wish: SetHashes, after: LockFile) -> Pin:
    """The wish's pin after the edit: pins neither come nor go."""
    (pin,) = [new for old, new in zip(file.pins, after.pins, strict=True) if old is wish.pin]
    return pin


def _words(content: str, pin: Pin) -> list[str]:
    """All that stands in a file but one pin's hash options and line ends. What pip drops may become a comment."""
    for option in reversed((*pin.hashes, *pin.lost)):
        content = content[: option.span.start] + content[option.span.end :]
    return sorted(word for word in content.replace("\\", " ").split() if word != "#")


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
