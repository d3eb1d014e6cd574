"""What tools write, told from the text alone: pins with their hashes, comments, blank lines.

Nearly all of a locked file is of one shape, and one expression knows it. It
takes nothing of which pip, uv or the other modules here say more than "a pin,
with these hashes": all else is left to them, line by line. That both ways say
the same is held by `tests/property/test_plain.py`.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, cast

from msgspec import Struct

from hashpin import versions
from hashpin.model import Digest, Hashes, Pin, Source
from hashpin.text import Span

if TYPE_CHECKING:
    from packaging.utils import NormalizedName

# What pip takes for white space or a line end, besides blank, tab, line feed and the pair CR LF.
_ODD = "\v\f\x1c\x1d\x1e\x1f"
_ODD_BEYOND_ASCII = "".join(char for char in map(chr, range(0x80, 0x3001)) if char.isspace())

_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]*+(?<![._-])"
# A version in PEP 440's own spelling, but for zeros in front; numbers that every reader can hold.
_NUMBER = "[0-9]{1,9}+"
_NUMBERS = rf"{_NUMBER}(?:\.{_NUMBER})*+"
_VERSION = rf"{_NUMBERS}(?:(?:a|b|rc){_NUMBER})?+(?:\.post{_NUMBER})?+(?:\.dev{_NUMBER})?+"
# A comment that ends in a backslash takes the next line in; one that is a word to hashpin is read elsewhere.
_COMMENT = r"\#(?![^\n]*hashpin:)[^\r\n]*+"

_PIN = re.compile(
    rf"""(?P<requirement>
            (?P<name>{_NAME})
            (?:\[{_NAME}(?:,[ ]?{_NAME})*+\])?+
            ==(?P<version>{_VERSION})
            (?:[ ]*+;[ ]*+(?P<marker>(?:[ ]*+[\w.'"<>=!()]++)++))?+
         )
         (?:[ ]++(?:\\\r?\n[ ]*+)?+--hash=[a-z0-9]++:[0-9a-f]++)*+
         (?P<behind>[ ]++(?:{_COMMENT}(?<!\\))?+)?+
         (?=\r?\n|\Z)""",
    re.VERBOSE | re.ASCII,
)
_HASH = re.compile(r"--hash=([a-z0-9]+):([0-9a-f]+)")
_PADDED = re.compile(r"(?<![0-9])0[0-9]")
_NOTHING = re.compile(rf"(?:[ \t]*+(?:{_COMMENT})?+\r?(?:\n|\Z))*+", re.VERBOSE)
# To the end of a line that pip joins with no other.
_LINES = re.compile(r"(?:[^\n]*+(?:(?<=\\)|(?<=\\\r))\n)*+[^\n]*+(?:\n|\Z)")


def parts(source: Source) -> Iterator[Pin | Span]:
    """The plain pins of a file, and between them the spans of the lines that it takes more to read."""
    text = source.text
    if not _has_usual_lines(source):
        yield Span(0, len(text))
        return
    at = _end(_NOTHING, text, 0)
    while at < len(text):
        if (match := _PIN.match(text, at)) and _is_plain(match["marker"]):
            yield _pin(match)
            at = match.end()
        else:
            end = _end(_LINES, text, at)
            yield Span(at, end)
            at = end
        at = _end(_NOTHING, text, at)


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.match(text, at)
    return match.end() if match else at


@lru_cache(maxsize=1024)
def _is_plain(marker: str | None) -> bool:
    """Whether all readers of a marker judge it alike, see `markers.oddity`."""
    return marker is None or _marker().fullmatch(marker) is not None


@lru_cache(maxsize=1)
def _marker() -> re.Pattern[str]:
    """The usual markers: made for the first one, since most small files have none. Brackets do not go deeper."""
    ordered = rf"""python_(?:full_)?version[ ]*+(?:[<>]=?|[=!]=)[ ]*+(?:'{_NUMBERS}'|"{_NUMBERS}")"""
    named = r"""(?:sys_platform|platform_(?:system|machine|python_implementation)|os_name|implementation_name)
                [ ]*+[=!]=[ ]*+(?:'\w+'|"\w+")"""
    joined = "[ ]++(?:and|or)[ ]++"
    compared = f"(?:{ordered}|{named})"
    several = f"{compared}(?:{joined}{compared})*+"
    term = rf"(?:{several}|\({several}\))"
    return re.compile(f"{term}(?:{joined}{term})*+", re.VERBOSE | re.ASCII)


def _has_usual_lines(source: Source) -> bool:
    """Whether all readers see the same lines in a file, of the same characters."""
    text = source.text
    odd = _ODD if text.isascii() else _ODD + _ODD_BEYOND_ASCII
    return (
        source.encoding.codec == "utf-8"
        and not any(char in text for char in odd)
        and ("\r" not in text or text.count("\r") == text.count("\r\n"))
    )


class _Written(Struct, frozen=True, gc=False):
    """What pins have in common that are written alike, wherever they stand. Places count from the pin's own."""

    text: str
    name: NormalizedName
    version: str
    digests: tuple[Digest, ...]
    starts: Sequence[int]
    ends: Sequence[int]


def _pin(match: re.Match[str]) -> Pin:
    start, end = match.span()
    behind = match.start("behind")
    tail = end if behind < 0 else behind
    written = match.string[start:tail]
    known = _shared if len(written) <= _LONG else _written
    said = known(written, match.end("requirement") - start, match["name"], match["version"])
    return Pin(
        said.text,
        said.name,
        said.version,
        Span(start, end),
        Span(start, start + len(said.text)),
        tail,
        Hashes(said.digests, said.starts, said.ends, start) if said.digests else (),
    )


def _written(written: str, length: int, name: str, version: str) -> _Written:
    digests: list[Digest] = []
    starts: list[int] = []
    ends: list[int] = []
    for option in _HASH.finditer(written, length):
        algorithm, value = option.groups()
        digests.append(Digest(sys.intern(algorithm), value))
        starts.append(option.start())
        ends.append(option.end())
    return _Written(
        written[:length],
        _normalised(name),
        versions.normal(version) if _PADDED.search(version) else version,
        tuple(digests),
        _even(starts),
        _even(ends),
    )


# A repository's files pin the same releases over and over: one of them is held, however many there are.
_shared = lru_cache(maxsize=8192)(_written)
_LONG = 20_000


def _even(offsets: list[int]) -> Sequence[int]:
    """Offsets that are equally far apart, as hashes of one algorithm are, as a range, which weighs next to nothing."""
    if len(offsets) < 2:
        return tuple(offsets)
    even = range(offsets[0], offsets[-1] + 1, offsets[1] - offsets[0])
    return even if list(even) == offsets else tuple(offsets)


def _normalised(name: str) -> NormalizedName:
    """PEP 503's spelling."""
    return cast("NormalizedName", re.sub(r"[-_.]+", "-", name).lower())
