r"""pip's requirements file format: read exactly as pip reads it, edited without printing it.

The pipeline is pip's own (`src/pip/_internal/req/req_file.py`, pip 26.3):

1. split at every line end that `str.splitlines` knows, not only at line feeds;
2. join a line that ends in a backslash with the next one, stripping backslashes
   from both its ends; a comment line *ends* the continuation that it stands in;
3. cut comments (`#` at the start or after white space) off the joined line;
4. split at the first token, by spaces alone, that starts with `-`: before it the
   requirement, from it on the options, split as a shell would and read as
   `optparse` does: abbreviations, `--hash VALUE`, `-rFILE`.

`${VAR}` stays as it is written, as pip leaves it where the variable is not set:
the text of a stranger must not be able to read the environment.

What pip silently drops is kept as statements, so that rules can say so. Reading
never touches the disk: whether `./x` is there is not asked.
"""

from __future__ import annotations

import io
import re
import shlex
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from urllib.parse import urlsplit

from packaging.markers import InvalidMarker, Marker
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from hashpin import versions
from hashpin.model import (
    Digest,
    Direct,
    GlobalOptions,
    HashOption,
    Include,
    Kind,
    LockFile,
    Orphan,
    Pin,
    Reach,
    SetHashes,
    Source,
    Statement,
    Unpinned,
    Unreadable,
)
from hashpin.text import Edit, Span

NAME = "requirements.txt"


def parse(source: Source) -> LockFile:
    """The statements of a requirements file, in order. No text makes this raise."""
    statements: list[Statement] = []
    for line in _logical_lines(source.text):
        _append(statements, _statement(line))
    return LockFile(source, tuple(statements), NAME)


def _append(statements: list[Statement], statement: Statement) -> None:
    """Add a statement; hashes without a requirement go to the pin just before them as its strays."""
    if isinstance(statement, Orphan) and statements and isinstance(pin := statements[-1], Pin):
        statements[-1] = replace(pin, strays=pin.strays + statement.hashes)
    else:
        statements.append(statement)


# --- lines -----------------------------------------------------------------

# What str.splitlines splits at, besides the pair CR LF.
_LINE_ENDS = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"


@dataclass(frozen=True, slots=True)
class _LogicalLine:
    """A joined line without its comment and outer white space, and where each of its characters stands."""

    text: str
    starts: tuple[int, ...]
    """Where each piece begins in the joined line."""
    offsets: tuple[int, ...]
    """Where each piece begins in the file."""
    trimmed: int
    """How many characters were stripped at the front of the joined line."""
    span: Span
    """Over all physical lines in the file, the last line end left out."""

    def raw(self, start: int, end: int) -> Span:
        """The span in the file of a slice of `text` that is not empty."""
        return Span(self._offset(start), self._offset(end - 1) + 1)

    def _offset(self, index: int) -> int:
        joined = index + self.trimmed
        piece = bisect_right(self.starts, joined) - 1
        return self.offsets[piece] + joined - self.starts[piece]


def _logical_lines(text: str) -> Iterator[_LogicalLine]:
    """The lines that pip sees, without blank ones and comments."""
    pieces: list[tuple[str, int]] = []
    first = 0
    offset = 0
    for physical in text.splitlines(keepends=True):
        start, offset = offset, offset + len(physical)
        line = physical.rstrip(_LINE_ENDS)
        end = start + len(line)
        if not pieces:
            first = start
        comment = line.lstrip().startswith("#")
        if line.endswith("\\") and not comment:
            stripped = line.strip("\\")
            pieces.append((stripped, start + len(line) - len(line.lstrip("\\"))))
            continue
        if comment:
            pieces.append((" ", start))  # pip: "this ensures comments are always matched later"
        pieces.append((line, start))
        yield from _joined(pieces, Span(first, end))
        pieces = []
    if pieces:
        yield from _joined(pieces, Span(first, offset))


def _joined(pieces: list[tuple[str, int]], span: Span) -> Iterator[_LogicalLine]:
    whole = "".join(piece for piece, _ in pieces)
    text = whole[: _comment_start(whole)].strip()
    if text:
        starts: list[int] = []
        length = 0
        for piece, _ in pieces:
            starts.append(length)
            length += len(piece)
        trimmed = len(whole) - len(whole.lstrip())
        yield _LogicalLine(text, tuple(starts), tuple(at for _, at in pieces), trimmed, span)


def _comment_start(line: str) -> int:
    """Where the comment begins: at a ``#`` at the start or after white space, as pip's COMMENT_RE. Else the length."""
    mark = line.find("#")
    while mark > 0 and not line[mark - 1].isspace():
        mark = line.find("#", mark + 1)
    return mark if mark >= 0 else len(line)


# --- statements ------------------------------------------------------------


class _Refused(ValueError):
    """pip refuses this line; the message says why."""


def _statement(line: _LogicalLine) -> Statement:
    try:
        return _accepted(line)
    except _Refused as error:
        return Unreadable(str(error), line.span)


def _accepted(line: _LogicalLine) -> Statement:
    cut = _options_start(line.text)
    arguments = line.text[:cut].rstrip()
    options = list(_options(line, cut))
    hashes = tuple(HashOption(Digest.parse(o.value or ""), o.span) for o in options if o.name == "--hash")
    if arguments:
        place = line.raw(0, len(arguments))
        tail = max([place.end, *(o.span.end for o in options)])
        return _requirement(arguments, line.span, place, tail, hashes)
    values = {name: [o for o in options if o.name == name] for name in ("--editable", "--requirement", "--constraint")}
    if values["--editable"]:
        editable = values["--editable"][0]
        return Direct(editable.value or "", Reach.EDITABLE, line.span, editable.span, hashes=hashes)
    for name, kind in (("--requirement", Kind.REQUIREMENTS), ("--constraint", Kind.CONSTRAINTS)):
        if values[name]:
            return Include(kind, values[name][0].value or "", values[name][0].span)
    if hashes:
        return Orphan(hashes, line.span)
    return GlobalOptions(tuple((o.name, o.value) for o in options), line.span)


def _options_start(text: str) -> int:
    """Where the first token starts that begins with ``-``; the length where there is none.

    pip splits at spaces alone: a tab before an option makes it part of the requirement.
    """
    if text.startswith("-"):
        return 0
    space = text.find(" -")
    return space + 1 if space >= 0 else len(text)


# --- options ---------------------------------------------------------------

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
class _Option:
    name: str
    value: str | None
    span: Span


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    start: int
    end: int


def _options(line: _LogicalLine, start: int) -> Iterator[_Option]:
    """The options of a line as optparse reads them; what is no option there is dropped, as pip drops it."""
    tokens = _tokens(line.text, start)
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
                raise _Refused(f"{name} needs a value")
            value = last.text
        yield _Option(name, value, line.raw(token.start, last.end))


def _option(text: str) -> tuple[str, str | None, bool]:
    """Long name, value where it stands in the same token, and whether it takes one."""
    if not text.startswith("--"):
        name = _SHORT.get(text[:2])
        if name is None:
            raise _Refused(f"no such option: {text[:2]}")
        return name, text[2:] or None, True
    written, equals, value = text.partition("=")
    name = _long_name(written)
    if equals and not _LONG[name]:
        raise _Refused(f"{name} does not take a value")
    return ("--index-url" if name == "--pypi-url" else name), value if equals else None, _LONG[name]


def _long_name(written: str) -> str:
    if written in _LONG:
        return written
    matches = [name for name in _LONG if name.startswith(written)]
    if len(matches) != 1:
        raise _Refused(f"{'ambiguous' if matches else 'no such'} option: {written}")
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
            raise _Refused(f"the options cannot be split: {str(error).lower()}") from error
        if token is None:
            return
        end = start + stream.tell()
        yield _Token(token, word.start(), end - 1 if text[end - 1] in lexer.whitespace else end)


_WORD = re.compile(r"[^ \t\r\n]+")  # shlex's white space, not Unicode's

# --- requirements ----------------------------------------------------------

# Source: pip, ARCHIVE_EXTENSIONS in src/pip/_internal/utils/filetypes.py.
_ARCHIVES = (
    *(".zip", ".whl", ".tar.bz2", ".tbz", ".tar.gz", ".tgz", ".tar"),
    *(".tar.xz", ".txz", ".tlz", ".tar.lz", ".tar.lzma"),
)
_VCS = ("bzr", "git", "hg", "svn")
_FRAGMENT_HASH = re.compile(r"(?:^|&)(?:sha1|sha224|sha384|sha256|sha512|md5)=[0-9a-f]+")


def _requirement(
    text: str, span: Span, place: Span, tail: int, hashes: tuple[HashOption, ...]
) -> Pin | Unpinned | Direct:
    """A requirement as pip's `parse_req_from_line` takes it, without asking the disk."""
    if _scheme(text):
        return Direct(text, _reach(text), span, place, fragment_hash=_names_digest(text), hashes=hashes)
    body, _, marker = (part.strip() for part in text.partition(";"))
    if _is_archive(body):
        return Direct(text, Reach.ARCHIVE, span, place, hashes=hashes)
    try:
        requirement = Requirement(body)
    except InvalidRequirement as error:
        if "/" in body or body.startswith("."):
            return Direct(text, Reach.LOCAL, span, place, hashes=hashes)
        raise _Refused(str(error).partition("\n")[0]) from error
    if marker:
        try:
            requirement.marker = Marker(marker)
        except InvalidMarker as error:
            raise _Refused(str(error).partition("\n")[0]) from error
    name = canonicalize_name(requirement.name)
    if url := requirement.url:
        if not _scheme(url):
            raise _Refused("a direct reference needs a URL after the @")
        return Direct(text, _reach(url), span, place, name, _names_digest(url), hashes)
    if version := _pinned_version(requirement):
        return Pin(requirement, name, version, span, place, tail, hashes)
    return Unpinned(requirement, name, span, place, hashes)


def _pinned_version(requirement: Requirement) -> str | None:
    """The one version that an ``==`` or ``===`` clause holds, or None."""
    held = {
        versions.normal(clause.version)
        for clause in requirement.specifier
        if clause.operator == "===" or (clause.operator == "==" and not clause.version.endswith(".*"))
    }
    return held.pop() if len(held) == 1 else None


def _scheme(text: str) -> str | None:
    """The scheme where the text is a URL to pip (`is_url` in vcs/versioncontrol.py), else None."""
    try:
        scheme = urlsplit(text).scheme
    except ValueError:
        return None
    known = scheme in ("http", "https", "file", "ftp") or (scheme.partition("+")[0] in _VCS and "+" in scheme)
    return scheme if known else None


def _reach(url: str) -> Reach:
    return Reach.VCS if "+" in (_scheme(url) or "") else Reach.ARCHIVE


def _names_digest(url: str) -> bool:
    return bool(_FRAGMENT_HASH.search(urlsplit(url).fragment))


def _is_archive(body: str) -> bool:
    before, at, _ = body.partition("@")
    named_url = bool(at) and "/" not in before and not before.startswith(".")
    return not named_url and body.partition("[")[0].lower().endswith(_ARCHIVES)


# --- editing ---------------------------------------------------------------


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
        start = _comment_start(line)
        if start < len(line):
            yield line[start:].strip()
