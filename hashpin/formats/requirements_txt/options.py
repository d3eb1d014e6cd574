"""Step 4, the options of a line: split as a shell would, read as optparse reads them, with their places."""

from __future__ import annotations

import io
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from hashpin.formats.requirements_txt.lines import LogicalLine
from hashpin.text import Span


class Refused(ValueError):
    """pip refuses this line; the message says why."""


def options_start(text: str) -> int:
    """Where the first token starts that begins with ``-``; the length where there is none.

    pip splits at spaces alone: a tab before an option makes it part of the requirement.
    """
    if text.startswith("-"):
        return 0
    space = text.find(" -")
    return space + 1 if space >= 0 else len(text)


# pip's SUPPORTED_OPTIONS and SUPPORTED_OPTIONS_REQ: the long name and whether it takes a value.
_LONG = {
    "--all-releases": True,
    "--config-settings": True,
    "--constraint": True,
    "--editable": True,
    "--extra-index-url": True,
    "--find-links": True,
    "--hash": True,
    "--index-url": True,
    "--no-binary": True,
    "--no-index": False,
    "--no-require-hashes": False,
    "--only-binary": True,
    "--only-final": True,
    "--pre": False,
    "--prefer-binary": False,
    "--pypi-url": True,
    "--require-hashes": False,
    "--requirement": True,
    "--trusted-host": True,
    "--use-feature": True,
}
_SHORT = {
    "-C": "--config-settings",
    "-c": "--constraint",
    "-e": "--editable",
    "-f": "--find-links",
    "-i": "--index-url",
    "-r": "--requirement",
}


@dataclass(frozen=True, slots=True)
class Option:
    name: str
    value: str | None
    span: Span


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    start: int
    end: int


def options(line: LogicalLine, start: int) -> Iterator[Option]:
    """The options of a line as optparse reads them; what is no option there is dropped, as pip drops it."""
    tokens = iter(list(_tokens(line.text, start)))  # all of it has to be splittable, also what is dropped
    for token in tokens:
        if token.text == "--":
            return
        if not token.text.startswith("-") or token.text == "-":
            continue
        name, value, takes_value = _option(token.text)
        last = token
        if takes_value and value is None:
            last = next(tokens, token)
            if last is token:
                raise Refused(f"{name} needs a value")
            value = last.text
        yield Option(name, value, line.raw(token.start, last.end))


def _option(text: str) -> tuple[str, str | None, bool]:
    """Long name, value where it stands in the same token, and whether it takes one."""
    if not text.startswith("--"):
        name = _SHORT.get(text[:2])
        if name is None:
            raise Refused(f"no such option: {text[:2]}")
        return name, text[2:] or None, True
    written, equals, value = text.partition("=")
    name = _long_name(written)
    if equals and not _LONG[name]:
        raise Refused(f"{name} does not take a value")
    return ("--index-url" if name == "--pypi-url" else name), value if equals else None, _LONG[name]


def _long_name(written: str) -> str:
    if written in _LONG:
        return written
    matches = [name for name in _LONG if name.startswith(written)]
    if len(matches) != 1:
        raise Refused(f"{'ambiguous' if matches else 'no such'} option: {written}")
    return matches[0]


def _tokens(text: str, start: int) -> Iterator[_Token]:
    if not any(mark in text for mark in "'\"\\"):
        yield from (_Token(match[0], match.start(), match.end()) for match in _WORD.finditer(text, start))
        return
    # Quotes and backslashes: the standard library's own shell splitter, asked where it stands after each token.
    stream = io.StringIO(text[start:])
    lexer = shlex.shlex(stream, posix=True)
    lexer.whitespace_split = True
    lexer.commenters = ""
    end = start
    while word := _WORD.search(text, end):
        try:
            token = lexer.get_token()
        except ValueError as error:
            raise Refused(f"the options cannot be split: {str(error).lower()}") from error
        if token is None:
            return
        end = start + stream.tell()
        yield _Token(token, word.start(), end - 1 if text[end - 1] in lexer.whitespace else end)


_WORD = re.compile(r"[^ \t\r\n]+")  # shlex's white space, not Unicode's
