"""Reading JSON that a stranger wrote: typed getters that fail with a sentence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec

from hashpin.model import STRONG_ALGORITHMS, Digest

_T = TypeVar("_T")
_ANYTHING = msgspec.json.Decoder(dict[str, Any])


class NotAnAnswer(ValueError):
    """What came back is not what an index answers; the message says how."""


def load(body: bytes) -> Mapping[str, Any]:
    """The JSON object in a body. Raises NotAnAnswer."""
    return decoded(body, _ANYTHING)


def decoded(body: bytes, decoder: msgspec.json.Decoder[_T]) -> _T:
    """What of a JSON body a decoder wants; the rest is never made. Raises NotAnAnswer."""
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:  # quotes the types and the keys that were wanted alone
        raise NotAnAnswer(f"answered JSON of another shape ({error})") from error
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise NotAnAnswer("answered something that is not JSON") from error


def of_type(value: object, kind: type[_T], what: str) -> _T:
    """The value, if it is of this type. Raises NotAnAnswer."""
    if not isinstance(value, kind):
        raise NotAnAnswer(f"answered JSON of another shape ({what} is no {kind.__name__})")
    return value


def get(data: Mapping[str, Any], key: str, kind: type[_T]) -> _T:
    """A key that must be there. Raises NotAnAnswer."""
    return of_type(data.get(key), kind, key)


def digests(hashes: Mapping[str, Any]) -> tuple[Digest, ...]:
    """The digests that pip takes, of a mapping from algorithm to hexadecimal value; others are left out."""
    return strong(
        Digest(name, value.lower())
        for name, value in hashes.items()
        if name in STRONG_ALGORITHMS and isinstance(value, str)
    )


def strong(found: Iterable[Digest]) -> tuple[Digest, ...]:
    """Those of the digests that pip takes and that are well formed."""
    return tuple(sorted(d for d in found if d.algorithm in STRONG_ALGORITHMS and d.fault is None))


def moment(value: object) -> datetime | None:
    """An ISO 8601 time in UTC (PEP 700's upload-time), or None where there is none to read."""
    try:
        parsed = datetime.fromisoformat(value) if isinstance(value, str) else None
        return parsed and parsed.replace(tzinfo=parsed.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def text(value: object) -> str | None:
    """A text that says something, or None."""
    return value if isinstance(value, str) and value else None


def texts(value: object) -> tuple[str, ...] | None:
    """A list of texts; None where it is none."""
    return tuple(value) if isinstance(value, list) and all(isinstance(entry, str) for entry in value) else None


def bytes_count(value: object) -> int | None:
    """A number of bytes, or None."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def core_metadata(value: object) -> tuple[Digest, ...] | None:
    """PEP 714's core-metadata: the digests of it, none of them where it is only said to be there; None where not."""
    if isinstance(value, dict):
        return digests(value)
    return () if value is True else None


def yanked(value: object, reason: object = None) -> str | None:
    """The reason where a file is yanked (a text, or true with the reason apart), else None."""
    if isinstance(value, str) and value:
        return value
    return (reason if isinstance(reason, str) else "") if value is True else None
