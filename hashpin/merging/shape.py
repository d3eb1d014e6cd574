"""Holds what a report says to a shape, whoever wrote it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, NoReturn, TypeVar

import msgspec
from msgspec import Meta, Struct

from hashpin.errors import UsageError
from hashpin.wishes import MOST_SHARDS
from hashpin.wording import plural, shortened, visible

LARGEST = 64 * 1024 * 1024  # bytes of a report
MOST = 1000  # reports

_T = TypeVar("_T")

Count = Annotated[int, Meta(ge=0, le=2**53)]
Line = Annotated[int, Meta(ge=1, le=2**53)]


class Shape(Struct, frozen=True, kw_only=True):
    """A JSON object; keys that it does not name are dropped."""


class Part(Shape, frozen=True, kw_only=True):
    """Which part of the whole a report is of."""

    number: Annotated[int, Meta(ge=1, le=MOST_SHARDS)]
    of: Annotated[int, Meta(ge=1, le=MOST_SHARDS)]
    cut: Annotated[str, Meta(pattern="^[0-9a-f]{16}$")]
    hashpin: Annotated[str, Meta(min_length=1, max_length=50)]


def loaded(name: str, data: bytes) -> Any:
    """The JSON of a report. Raises UsageError."""
    if len(data) > LARGEST:
        raise wrong(name, f"has more than {LARGEST >> 20} MiB")
    try:
        found = json.loads(data, parse_constant=_no_number)
    except RecursionError as error:
        raise wrong(name, "is no report: too deeply nested") from error
    except ValueError as error:  # also what is no UTF-8, and a number of thousands of digits
        raise wrong(name, f"is no JSON, or not all of it: {shortened(str(error), 200)}") from error
    if not isinstance(found, dict):
        raise wrong(name, "is no report: it holds no JSON object")
    return found


def held(name: str, data: Any, shape: type[_T], what: str) -> _T:
    """The data as that shape. Raises UsageError that says where it differs."""
    try:
        return msgspec.convert(data, shape)
    except msgspec.ValidationError as error:
        raise wrong(name, f"is no {what}: {shortened(str(error), 200)}") from error


def wrong(name: str, why: str) -> UsageError:
    """What stops a merge."""
    return UsageError(f"{visible(name)}: {visible(why)}")


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number of JSON")


# --- which parts there are -------------------------------------------------


def missing(parts: Iterable[tuple[str, Part | None]]) -> Iterator[str]:
    """Of each shard that no report is of: that it is unchecked. Raises UsageError where they are not of one cut."""
    first: tuple[str, Part] | None = None
    seen: dict[int, str] = {}
    for name, part in parts:
        if part is None:
            continue
        if part.number > part.of:
            raise wrong(name, f"is of shard {part.number}/{part.of}, which there cannot be")
        if part.number in seen:
            raise wrong(name, f"is of shard {part.number}/{part.of}, and so is {seen[part.number]}")
        seen[part.number] = name
        first = first or (name, part)
        if part.hashpin != first[1].hashpin:
            said = f"was made by hashpin {part.hashpin}, and {first[0]} by hashpin {first[1].hashpin}"
            raise wrong(name, f"{said}: check all shards with one version")
        if (part.of, part.cut) != (first[1].of, first[1].cut):
            said = f"is of another cut ({part.of} shards, {part.cut}) than {first[0]} ({first[1].of}, {first[1].cut})"
            raise wrong(name, f"{said}: check all shards of the same files, from the same folder")
    if first is None:
        return iter(())
    lacking = [number for number in range(1, first[1].of + 1) if number not in seen]
    given = plural(len(seen), "report")
    return (f"shard {number}/{first[1].of} was not checked: none of the {given} given is of it" for number in lacking)
