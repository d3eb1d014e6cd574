"""What holds for every file, however it was made: shared by the properties and the fuzz targets."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from msgspec.structs import replace
from packaging.requirements import Requirement

from hashpin.model import Direct, HashOption, LockFile, Orphan, Pin, SetHashes, Statement, Unpinned
from hashpin.text import Edit, Span


def assert_places(file: LockFile) -> None:
    """Every place lies in the text, in its statement and, for hash options, in order."""
    text = file.source.text
    whole = Span(0, len(text))
    for statement in file.statements:
        assert _within(statement.span, whole)
        assert statement.span.of(text).strip()
        match statement:
            case Pin(span=span, place=place, tail=tail, hashes=hashes, strays=strays, swallowed=swallowed):
                assert _within(place, span)
                assert place.end <= tail <= span.end
                assert all(place.end <= option.span.start < option.span.end <= tail for option in hashes)
                assert all(span.end <= option.span.start < option.span.end <= len(text) for option in strays)
                assert all(place.end <= option.span.start < option.span.end <= len(text) for option in swallowed)
            case Unpinned(span=span, place=place, hashes=hashes) | Direct(span=span, place=place, hashes=hashes):
                assert _within(place, span)
                assert all(_within(option.span, span) for option in hashes)
            case Orphan(span=span, hashes=hashes):
                assert all(_within(option.span, span) for option in hashes)
            case _:
                continue
        if isinstance(statement, Pin):
            hashes = tuple(sorted((*hashes, *statement.lost), key=lambda option: option.span))
        for a, b in pairwise(hashes):
            assert a.span.end <= b.span.start


def _within(inner: Span, outer: Span) -> bool:
    return outer.start <= inner.start < inner.end <= outer.end


def said(statement: Statement) -> tuple[object, ...]:
    """What a statement says: all but its places, and its hashes without their order."""
    values = {name: getattr(statement, name) for name in statement.__struct_fields__}
    return type(statement), *(
        (name, _plain(value))
        for name, value in values.items()
        if name not in ("span", "place", "tail") and not isinstance(value, Span)
    )


def _plain(value: object) -> object:
    """Requirements as text, since they compare versions, for which a number may be too long."""
    if isinstance(value, tuple) and all(isinstance(entry, HashOption) for entry in value):
        return sorted(str(option.digest) for option in value)
    return str(value) if isinstance(value, Requirement) else value


def expected(file: LockFile, wishes: Iterable[SetHashes]) -> list[tuple[object, ...]]:
    """What all statements of a file shall say when the wishes are granted: only the wished pins' hashes differ."""
    wished = {wish.pin.span: wish.digests for wish in wishes}
    granted = (
        replace(
            statement,
            hashes=tuple(HashOption(digest, statement.span) for digest in wished[statement.span]),
            strays=(),
            swallowed=(),
        )
        if isinstance(statement, Pin) and statement.span in wished
        else statement
        for statement in file.statements
    )
    return [said(statement) for statement in granted]


def words(text: str, pins: Iterable[Pin]) -> list[str]:
    """All that stands in a file but some pins' hash options and line ends. What pip drops may become a comment."""
    options = [option for pin in pins for option in (*pin.hashes, *pin.lost)]
    for option in sorted(options, key=lambda option: option.span, reverse=True):
        text = text[: option.span.start] + text[option.span.end :]
    return sorted(word for word in text.replace("\\", " ").split() if word != "#")


def assert_confined(edit: Edit, pin: Pin) -> None:
    """The edit touches nothing but what stands from the end of the requirement to its last hash or option.

    Where lost hashes are taken in, comments move above the pin, so that it begins there.
    """
    ends = [pin.tail, *(option.span.end for option in pin.lost)]
    assert (pin.span.start if pin.lost else pin.place.end) <= edit.span.start <= edit.span.end <= max(ends)
