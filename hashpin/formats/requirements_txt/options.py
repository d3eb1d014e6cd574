"""Step 4, the options of a line: split as a shell would, read as optparse reads them, with their places."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

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
LONG_OPTIONS = {
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


class Option(Struct, frozen=True):
    """An option as optparse reads it, and as it is written."""

    name: str
    """The long name, in full."""
    value: str | None
    written: str
    span: Span


class _Token(Struct, frozen=True):
    text: str
    start: int
    end: int


def options(line: LogicalLine, start: int) -> tuple[list[Option], list[Span]]:
    """The options of a line as optparse reads them; and the words that are none, which pip drops. Raises Refused."""
    found: list[Option] = []
    dropped: list[Span] = []
    tokens = iter(list(_tokens(line.text, start)))  # all of it has to be splittable, also what is dropped
    for token in tokens:
        if token.text == "--":
            dropped += [line.raw(other.start, other.end) for other in (token, *tokens)]
            break
        if not token.text.startswith("-") or token.text == "-":
            dropped.append(line.raw(token.start, token.end))
            continue
        name, value, takes_value = _option(token.text)
        last = token
        if takes_value and value is None:
            last = next(tokens, token)
            if last is token:
                raise Refused(f"{name} needs a value")
            value = last.text
        found.append(Option(name, value, line.text[token.start : last.end], line.raw(token.start, last.end)))
    return found, dropped


def _option(text: str) -> tuple[str, str | None, bool]:
    """Long name, value where it stands in the same token, and whether it takes one."""
    if not text.startswith("--"):
        name = _SHORT.get(text[:2])
        if name is None:
            raise Refused(f"no such option: {text[:2]}")
        return name, text[2:] or None, True
    written, equals, value = text.partition("=")
    name = _long_name(written)
    if equals and not LONG_OPTIONS[name]:
        raise Refused(f"{name} does not take a value")
    return ("--index-url" if name == "--pypi-url" else name), value if equals else None, LONG_OPTIONS[name]


def _long_name(written: str) -> str:
    if written in LONG_OPTIONS:
        return written
    matches = [name for name in LONG_OPTIONS if name.startswith(written)]
    if len(matches) != 1:
        raise Refused(f"{'ambiguous' if matches else 'no such'} option: {written}")
    return matches[0]


# The parts of a shell's words as Python's shlex.split reads them (POSIX mode, no comments).
# shlex itself takes seconds for one word of a megabyte: it adds words up letter by letter.
_PART = re.compile(
    r"""(?P<plain>[^ \t\r\n'"\\]+)
      | \\(?P<escaped>.)
      | '(?P<single>[^']*)'
      | "(?P<double>[^"\\]*+(?:\\.[^"\\]*+)*+)"
      """,
    re.DOTALL | re.VERBOSE,
)
_ESCAPED_IN_DOUBLE = re.compile(r'\\(["\\])')
_WHITE = re.compile(r"[ \t\r\n]+")  # shlex's white space, not Unicode's


def _tokens(text: str, start: int) -> Iterator[_Token]:
    at = start
    while at < len(text):
        if white := _WHITE.match(text, at):
            at = white.end()
            continue
        begin, parts = at, list[str]()
        while part := _PART.match(text, at):
            at = part.end()
            kind = part.lastgroup or ""
            parts.append(_ESCAPED_IN_DOUBLE.sub(r"\1", part[kind]) if kind == "double" else part[kind])
        if at < len(text) and text[at] in "'\"\\":
            missing = "no escaped character" if text[at] == "\\" else "no closing quotation"
            raise Refused(f"the options cannot be split: {missing}")
        yield _Token("".join(parts), begin, at)
