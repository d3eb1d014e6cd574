"""Editing: hash options spelled as the author of the file spells them, and nothing else touched."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from msgspec import Struct

from hashpin.formats.requirements_txt.lines import LINE_ENDS, comment_start
from hashpin.model import Digest, HashOption, LockFile, Pin, SetHashes
from hashpin.text import Edit, Span

# A backslash at the start of a line that pip joins, and strips there only because the line also ends in one.
_LEADING_BACKSLASHES = re.compile(rf"([{LINE_ENDS}])\\+(?![\\{LINE_ENDS}])")


def rewrite(file: LockFile, wishes: Sequence[SetHashes]) -> list[Edit]:
    """For each wish the one edit that gives its pin exactly its digests.

    Options that stay keep their bytes; new ones are put in order where the pin's
    list is sorted, else behind. Where lost hashes are taken in, the comments that
    broke the continuation move above the pin. What stands among the hashes and
    is none of them, such as --config-settings, moves behind them.
    """
    habits = _Habits.of(file, learn=any(not wish.pin.hashes for wish in wishes))
    return [_edit(file.source.text, habits, wish) for wish in wishes]


def _edit(text: str, habits: _Habits, wish: SetHashes) -> Edit:
    pin = wish.pin
    options = (*pin.hashes, *pin.lost)
    kept = _kept(text, pin, wish.digests)
    new = [_Spelled(d, f"--hash={d}") for d in sorted(wish.digests.difference(entry.digest for entry in kept))]
    in_order = all(a.digest <= b.digest for a, b in pairwise(options))
    spelled = sorted(kept + new, key=lambda entry: entry.digest) if in_order else kept + new
    layout = _Layout.of(text, habits, pin)
    end = max([layout.head, *(option.span.end for option in options)])
    hashes = "".join(
        _LEADING_BACKSLASHES.sub(r"\1", entry.separator or layout.other if index else layout.first) + entry.option
        for index, entry in enumerate(spelled)
    )
    gaps = _gaps(text, layout.head, options)
    among = "".join(f" {words}" for words in _among(gaps, habits.newline))
    if not pin.lost:
        return Edit(Span(layout.head, end), hashes + among)
    comments = "".join(f"{comment}{habits.newline}" for comment in _comments(gaps))
    return Edit(Span(pin.span.start, end), comments + text[pin.span.start : layout.head] + hashes + among)


class _Habits(Struct, frozen=True):
    """How the author of a file ends lines and puts first hashes."""

    newline: str
    separator: str

    @classmethod
    def of(cls, file: LockFile, learn: bool) -> _Habits:
        newline = _newline(file.source.text)
        return cls(newline, (_usual(file) if learn else None) or f" \\{newline}    ")


class _Spelled(Struct, frozen=True):
    """A hash option as it will stand in the file."""

    digest: Digest
    option: str
    separator: str | None = None
    """What stood before it, where it had a place behind another option."""


def _kept(text: str, pin: Pin, digests: frozenset[Digest]) -> list[_Spelled]:
    separators = dict(zip(pin.hashes[1:], _separators(text, pin)[1:], strict=True))
    kept: dict[Digest, _Spelled] = {}
    for option in (*pin.hashes, *pin.lost):
        if option.digest in digests and option.digest not in kept:
            kept[option.digest] = _Spelled(option.digest, option.span.of(text), separators.get(option))
    return list(kept.values())


class _Layout(Struct, frozen=True):
    """How a pin's author puts hashes: learnt from the pin, else from the file, else what pip-compile and uv do."""

    first: str
    """What stands before the first hash option."""
    other: str
    """What stands before every other one."""
    head: int
    """The offset where the first separator begins."""

    @classmethod
    def of(cls, text: str, habits: _Habits, pin: Pin) -> _Layout:
        if not pin.hashes:
            return cls(habits.separator, habits.separator, pin.tail)
        first, *others = _separators(text, pin)
        other = Counter(others).most_common(1)[0][0] if others else first
        return cls(first, other, pin.hashes[0].span.start - len(first))


def _separators(text: str, pin: Pin) -> list[str]:
    """What stands before each hash option that pip sees."""
    ends = [pin.place.end, *(option.span.end for option in pin.hashes)]
    return [_separator(text[end : option.span.start]) for end, option in zip(ends, pin.hashes, strict=False)]


def _separator(gap: str) -> str:
    """The blanks and the line ends, with the backslashes before them, that a gap between two options ends with."""
    run = gap[len(gap.rstrip(f"\\ \t{LINE_ENDS}")) :]
    unescaped = run.lstrip("\\")
    return run if unescaped[:1] in LINE_ENDS else unescaped  # before a blank, a backslash is part of a word


def _usual(file: LockFile) -> str | None:
    """The separator that most first hashes of the file have, where nothing else stands before them."""
    text = file.source.text
    seen = Counter(
        first
        for pin in file.pins
        for first in _separators(text, pin)[:1]
        if pin.place.end + len(first) == pin.hashes[0].span.start
    )
    return seen.most_common(1)[0][0] if seen else None


def _newline(text: str) -> str:
    """The file's line end, by its first line; a line feed where pip and people agree that lines end."""
    end = text.find("\n")
    if end > 0 and text[end - 1] == "\r":
        return "\r\n"
    other = None if end >= 0 else re.search(f"[{LINE_ENDS}]", text)
    return other[0] if other else "\n"


def _gaps(text: str, head: int, options: tuple[HashOption, ...]) -> list[str]:
    """What stands before each option, from the head on."""
    ends = [head, *(option.span.end for option in options)]
    return [text[end : option.span.start] for end, option in zip(ends, options, strict=False)]


def _among(gaps: list[str], newline: str) -> Iterator[str]:
    """What stands between the hash options and is neither one of them nor a comment."""
    for gap in gaps:
        words = newline.join(words for words, _ in _words_and_comments(gap))
        if words := _trimmed(words):
            yield words


_JOINTS = re.compile(rf"(?:[ \t]|\\*+[{LINE_ENDS}])*+(?:\\*+\Z)?")


def _trimmed(words: str) -> str:
    """Without the blanks and the joined line ends around. Any other backslash is part of a word."""
    words = words[len(match[0]) :] if (match := _JOINTS.match(words)) else words
    while True:
        body = words.rstrip(f" \t{LINE_ENDS}")
        behind = words[len(body) : len(body) + 1]
        slashes = len(body) - len(body.rstrip("\\"))
        if not slashes:
            return body
        if behind and behind not in LINE_ENDS:
            return body + behind if slashes % 2 else body
        words = body.rstrip("\\")


def _comments(gaps: list[str]) -> Iterator[str]:
    """The comments in the gaps, each as it would stand on a line of its own."""
    # Something has to stand for each option: a comment behind one is not alone on its line.
    longest = max((len(run) for gap in gaps for run in re.findall("\ue000+", gap)), default=0)
    option = "\ue000" * (longest + 1)
    for _, comment in _words_and_comments(option.join(gaps)):
        if option not in comment:
            yield from filter(None, [comment])
        # A swallowed line: what stands behind its hashes may be a comment by itself.
        elif rest := comment[1:].replace(option, "").strip():
            yield rest if rest.startswith("#") else f"# {rest}"


def _words_and_comments(text: str) -> Iterator[tuple[str, str]]:
    """Each line of a part of a file that begins in the middle of one: what pip reads of it, and its comment.

    A comment behind a requirement that ends in a backslash swallows the line
    below it, which has to stay a comment.
    """
    swallowed = False
    for index, line in enumerate(text.splitlines()):
        alone = index > 0 and line.lstrip().startswith("#")
        if swallowed and not alone:
            rest = line.strip("\\ \t")
            words, comment = "", f"# {rest}" if rest else ""
        else:
            start = comment_start(line)
            words, comment = line[:start], line[start:].strip()
        swallowed = bool(comment) and line.endswith("\\") and not alone
        yield words, comment.rstrip("\\ \t")
