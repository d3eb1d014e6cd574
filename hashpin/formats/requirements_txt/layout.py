"""Editing: hash options spelled as the author of the file spells them, and nothing else touched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from hashpin.formats.requirements_txt.lines import comment_start
from hashpin.model import Digest, LockFile, Pin, SetHashes
from hashpin.text import Edit, Span


def rewrite(file: LockFile, wish: SetHashes) -> Edit:
    """The one edit that gives the wish's pin exactly its digests.

    Options that stay keep their bytes; new ones are put in order where the pin's
    list is sorted, else behind. Where strays are taken in, the comments that
    broke the continuation move above the pin.
    """
    text, pin = file.source.text, wish.pin
    kept = _kept(text, pin, wish.digests)
    new = [_Spelled(d, f"--hash={d}") for d in sorted(wish.digests.difference(entry.digest for entry in kept))]
    in_order = all(a.digest <= b.digest for a, b in pairwise((*pin.hashes, *pin.strays)))
    spelled = sorted(kept + new, key=lambda entry: entry.digest) if in_order else kept + new
    layout = _Layout.of(file, pin)
    options = "".join(
        (entry.separator or layout.other if index else layout.first) + entry.option
        for index, entry in enumerate(spelled)
    )
    if not pin.strays:
        end = pin.hashes[-1].span.end if pin.hashes else layout.head
        return Edit(Span(layout.head, end), layout.between + options)
    end = pin.strays[-1].span.end
    comments = "".join(f"{comment}{_newline(text)}" for comment in _comments(text[layout.head : end]))
    return Edit(
        Span(pin.span.start, end),
        comments + text[pin.span.start : layout.head] + layout.between + options,
    )


@dataclass(frozen=True, slots=True)
class _Spelled:
    """A hash option as it will stand in the file."""

    digest: Digest
    option: str
    separator: str | None = None
    """What stood before it, where it had a place behind another option."""


def _kept(text: str, pin: Pin, digests: frozenset[Digest]) -> list[_Spelled]:
    kept: dict[Digest, _Spelled] = {}
    for option in (*pin.hashes, *pin.strays):
        if option.digest in digests and option.digest not in kept:
            separator = _before(text, option.span.start) if option in pin.hashes[1:] else None
            kept[option.digest] = _Spelled(option.digest, option.span.of(text), separator)
    return list(kept.values())


@dataclass(frozen=True, slots=True)
class _Layout:
    """How a pin's author puts hashes: learnt from the pin, else from the file, else what pip-compile and uv do."""

    first: str
    """What stands before the first hash option."""
    other: str
    """What stands before every other one."""
    head: int
    """The offset where the first separator begins."""
    between: str
    """What stands between the hash options and is none of them, such as --config-settings; it moves before them."""

    @classmethod
    def of(cls, file: LockFile, pin: Pin) -> _Layout:
        text = file.source.text
        if not pin.hashes:
            separator = _usual(file) or f" \\{_newline(text)}    "
            return cls(separator, separator, pin.tail, "")
        first, *others = (_before(text, option.span.start) for option in pin.hashes)
        other = Counter(others).most_common(1)[0][0] if others else first
        return cls(first, other, pin.hashes[0].span.start - len(first), _between(text, pin))


def _before(text: str, start: int) -> str:
    """The white space and the line continuations that stand before an offset."""
    begin = start
    while begin and (text[begin - 1].isspace() or text[begin - 1] == "\\"):
        begin -= 1
    return text[begin:start]


def _between(text: str, pin: Pin) -> str:
    gaps = (text[a.span.end : b.span.start] for a, b in pairwise(pin.hashes))
    return "".join(f" {words}" for gap in gaps if (words := gap.strip("\\ \t\r\n")))


def _usual(file: LockFile) -> str | None:
    """The separator that most first hashes of the file have."""
    text = file.source.text
    seen = Counter(_before(text, pin.hashes[0].span.start) for pin in file.pins if pin.hashes)
    return seen.most_common(1)[0][0] if seen else None


def _newline(text: str) -> str:
    """The file's line end, by its first line."""
    end = text.find("\n")
    return "\r\n" if end > 0 and text[end - 1] == "\r" else "\n"


def _comments(text: str) -> Iterator[str]:
    """The comments in a part of a file, each as it would stand on a line of its own."""
    for line in text.splitlines():
        start = comment_start(line)
        if start < len(line):
            yield line[start:].strip()
