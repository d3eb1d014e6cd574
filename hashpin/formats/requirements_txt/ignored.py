"""What of a line pip drops.

Source: pip, `handle_line`, `handle_option_line` and `_parse_and_recurse` in
`src/pip/_internal/req/req_file.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from hashpin.formats.requirements_txt.lines import LogicalLine
from hashpin.formats.requirements_txt.options import Option
from hashpin.model import Digest, Direct, HashOption, Ignored, Loss, Statement
from hashpin.text import Span

# What pip takes on the line of a requirement. The last two act on the whole run from there, too.
_OF_REQUIREMENTS = frozenset({"--hash", "--config-settings", "--only-binary", "--no-binary"})
_INCLUDES = frozenset({"--requirement", "--constraint"})


def beside_requirement(found: Sequence[Option], editable: bool, has_words: bool) -> Iterator[Ignored]:
    """What has no effect beside a requirement; an editable one is taken from the words before, else from `-e`."""
    taken = not has_words
    for option in found:
        if option.name == "--editable":
            if not taken:
                yield Ignored(Loss.EDITABLE, option.written, option.span)
            taken = False
        elif option.name == "--hash":
            if editable:
                yield Ignored(Loss.HASH, option.written, option.span, has_hash=True)
        elif option.name not in _OF_REQUIREMENTS:
            yield Ignored(Loss.OPTION, option.written, option.span)


def beside_include(found: Sequence[Option], taken: Option) -> Iterator[Ignored]:
    """What has no effect beside the one include that pip follows. Its hashes are orphans."""
    for option in found:
        if option.name in _INCLUDES:
            if option is not taken:
                yield Ignored(Loss.INCLUDE, option.written, option.span)
        elif option.name not in _OF_REQUIREMENTS:
            yield Ignored(Loss.BESIDE_INCLUDE, option.written, option.span)


def beside_options(found: Sequence[Option]) -> Iterator[Ignored]:
    """Of several --find-links on a line pip takes the first."""
    for option in [option for option in found if option.name == "--find-links"][1:]:
        yield Ignored(Loss.LINKS, option.written, option.span)


def words(dropped: Sequence[Span], text: str) -> Iterator[Ignored]:
    """The words behind an option that are no option."""
    if dropped:
        span = Span(dropped[0].start, dropped[-1].end)
        yield Ignored(Loss.WORDS, " ".join(word.of(text) for word in dropped), span, _has_hash(span.of(text)))


_HASH = re.compile(r"--hash(?:=|[ \t]+)(\S+)")


def _has_hash(text: str) -> bool:
    return bool(_HASH.search(text))


_FRAGMENT = re.compile(r"#(?:\S*&)?(?:sha(?:1|224|256|384|512)|md5)=[0-9A-Fa-f]+\S*")


def fragment(line: LogicalLine, statements: Sequence[Statement]) -> Ignored | None:
    """The hash in an address's fragment that a blank before it makes a comment."""
    if not any(isinstance(statement, Direct) for statement in statements) or line.comment >= len(line.pieces):
        return None
    piece = line.pieces[line.comment]
    match = _FRAGMENT.match(piece.text, len(piece.words))
    if match is None:
        return None
    span = Span(piece.offset + match.start(), piece.offset + match.end())
    return Ignored(Loss.FRAGMENT, match[0], span, has_hash=True)


def swallowed(line: LogicalLine) -> tuple[Ignored | None, tuple[HashOption, ...]]:
    """The lines that the comment of this one has taken in, and the hashes in them that its author meant for it."""
    pieces = [piece for piece in line.pieces[line.comment + 1 :] if piece.words.strip()]
    if not pieces:
        return None, ()
    first, last = pieces[0], pieces[-1]
    start = first.offset + len(first.words) - len(first.words.lstrip())
    text = " ".join(piece.words.strip() for piece in pieces)
    ignored = Ignored(Loss.SWALLOWED, text, Span(start, last.offset + len(last.words.rstrip())), _has_hash(text))
    if any(_HASH.sub("", piece.words).strip() for piece in pieces):
        return ignored, ()  # other words, too: perhaps another requirement begins, and the hashes are its own
    hashes: list[HashOption] = []
    for piece in pieces:
        for match in _HASH.finditer(piece.words):
            digest = Digest.parse(match[1].strip("\"'"))
            hashes.append(HashOption(digest, Span(piece.offset + match.start(), piece.offset + match.end())))
    return ignored, tuple(hashes)
