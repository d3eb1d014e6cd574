"""What pip and uv, or two versions of pip, read otherwise.

Measured with pip 24.0 to 26.3 and uv 0.13.9 by installing from the same bytes.
pip reads lines; uv scans the text: a requirement goes to the end of its line or
to white space before ``--hash``, and only there may a line be continued; an
option takes the rest of its line. What is told elsewhere (what pip drops, what a
comment hides, a line that pip refuses) is not told again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from hashpin import markers
from hashpin.formats.requirements_txt.lines import LogicalLine
from hashpin.formats.requirements_txt.options import LONG_OPTIONS, Option
from hashpin.model import Direct, Disagreement, GlobalOptions, Pin, Reach, Source, Statement, Unpinned
from hashpin.text import Span

_PLAIN = "write it on one line of its own, spelled in full and without quotes"
_MARKER = "compare a variable with a text, or python_version with a version"
_CONTINUED = "join lines only before --hash, by one backslash"

# White space that pip knows and uv does not, beyond blank, tab and the ends of lines.
_ODD_WHITE = "".join(char for char in map(chr, range(0x3001)) if char.isspace() and char not in " \t\r\n")
_ODD = re.compile(f"[{_ODD_WHITE}]")
_VISIBLE_LINE = re.compile(r"[^\r\n]+")
_COMMENT = re.compile(r"(?:^|[ \t])#")

# Options of a file that uv does not have: it refuses the file.
_UNKNOWN_TO_UV = frozenset({"--config-settings", "--all-releases", "--only-final"})
# Options that uv passes over with a warning, with all that follows on the line.
_IGNORED_BY_UV = frozenset({"--pre", "--prefer-binary"})
_FILES_AND_ADDRESSES = frozenset({"--requirement", "--constraint", "--index-url", "--extra-index-url", "--find-links"})
_FORMATS = frozenset({"--only-binary", "--no-binary"})


def of_line(
    line: LogicalLine, text: str, found: Sequence[Option], statements: Iterable[Statement]
) -> Iterator[Disagreement]:
    """What readers take otherwise from one line."""
    if reading := _joined(line, text):
        yield Disagreement(reading, _CONTINUED, line.span)
    for option in found:
        if reading := _spelled(option):
            yield Disagreement(reading, _PLAIN, option.span)
    upper = next((option for option in found if option.name == "--hash" and _upper_case(option)), None)
    if upper:
        reading = "upper-case digits in a hash: pip before 24.2 finds no file that matches"
        yield Disagreement(reading, "write them in lower case", upper.span)
    for statement in statements:
        match statement:
            case GlobalOptions([(name, _)], span) if name in _IGNORED_BY_UV:
                reading = f"{name}: pip obeys it, uv ignores it"
                yield Disagreement(reading, "give it on the command line of the installer that needs it", span, True)
            case GlobalOptions(options) if len(options) != 1:
                yield Disagreement(
                    "several options on one line: pip obeys all, uv ignores or misreads the later ones"
                    if options
                    else "a line without effect: pip reads over it, uv refuses the file",
                    "put each on a line of its own" if options else "remove the line",
                    line.span,
                )
            case Pin() | Unpinned() | Direct():
                yield from _beside_requirement(found)
                yield from _requirement(text, statement)
            case _:
                pass


def _upper_case(option: Option) -> bool:
    digits = (option.value or "").partition(":")[2]
    return digits != digits.lower() and "${" not in digits


def _joined(line: LogicalLine, text: str) -> str | None:
    """How a continuation is read otherwise, if it is."""
    hashed = False
    for index, piece in enumerate(line.pieces[: line.comment + 1]):
        hashed = hashed or "--hash" in piece.text
        if not piece.ended_by.startswith("\\"):
            return None
        if piece.offset and text[piece.offset - 1] == "\\":
            return "a backslash at the start of a joined line: pip strips it, uv refuses the file"
        if _HASH_AT_THE_END.search(piece.text):
            return "a backslash right behind a hash: pip joins the next line, uv takes it into the hash"
        if piece.ended_by.startswith("\\\\"):
            return "two backslashes at the end of a line: pip joins the next line, uv refuses the file"
        following = line.pieces[index + 1 : index + 2]
        option_line = line.text.startswith("-") and not line.text.startswith("--hash")
        broken = bool(following) and not following[0].ended_by and index + 2 < len(line.pieces)
        if index == line.comment or (broken and not option_line):
            return None  # a comment takes the next line in, or a comment line ends the continuation
        rest = following[0].words.strip() if following else ""
        if option_line or (rest and not rest.startswith("--hash")):
            return (
                "a line joined elsewhere than before --hash: pip joins it, uv refuses it or reads the next line alone"
            )
        if not rest and (not hashed or not piece.ended_by.strip("\\")):
            return "a backslash with nothing behind it: pip takes the line, uv refuses the file"
    return None


_HASH_AT_THE_END = re.compile(r"(?:^|\s)--hash=\S+\Z")


def _spelled(option: Option) -> str | None:
    """How an option's spelling is read otherwise, if it is."""
    written, name = option.written, option.name
    value = option.value or ""
    named = re.split(r"[=\s]", written, maxsplit=1)[0]
    if name in ("--hash", "--editable") and any(mark in written for mark in "'\"\\"):
        return f"{name} with quotes or a backslash: pip takes them off, uv refuses the file"
    if named.startswith("--"):
        if named not in LONG_OPTIONS:
            return f"{named} for {name}: pip takes the abbreviation, uv refuses the file"
    elif re.match(r"-\w\S", written):
        return f"{named[:2]} without a blank before its value: pip takes the rest of the word, uv does not"
    if name == "--use-feature":
        return f"{name} {value}: every pip has its own features and refuses others, uv ignores all"
    if name in _UNKNOWN_TO_UV or named == "--pypi-url":
        return f"{named}: older pip does not have every such option, uv refuses the file"
    if name in _FILES_AND_ADDRESSES and "#" in value:
        return f"# in the value of {name}: pip takes it as part of it, uv as a comment"
    if name == "--editable" and "#" in value and ":" not in value:
        return "# in the path of --editable: pip takes it as part of it, uv as a comment"
    if name in ("--index-url", "--extra-index-url") and ":" not in value:
        return f"{name} without an address: pip takes it, uv refuses the file"
    if name in _FORMATS and ("," in value or value in ("", ":none:")):
        return f"{name} {value}: pip takes a list, and :none: to clear it; uv does not"
    return None


def _beside_requirement(found: Sequence[Option]) -> Iterator[Disagreement]:
    """Options behind a requirement that pip obeys there, and for all requirements."""
    for option in found:
        if option.name in _FORMATS:
            yield Disagreement(
                f"{option.name} behind a requirement: pip obeys it for all requirements, uv does not",
                "put it on a line of its own",
                option.span,
            )


# A number in a version is one of 64 bits for uv.
_LONG_NUMBER = re.compile(r"\d{20}")


def _requirement(text: str, statement: Pin | Unpinned | Direct) -> Iterator[Disagreement]:
    if text[statement.place.end - 1] == ";":
        yield Disagreement(
            "nothing behind the semicolon: pip takes it, uv refuses the file", "remove it", statement.place
        )
    if isinstance(statement, Pin | Unpinned):
        requirement = statement.requirement
        if _LONG_NUMBER.search(str(requirement.specifier)):
            reading = "a number of more than 19 digits: pip takes it, uv refuses the file"
            yield Disagreement(reading, "use a version that is there", statement.place)
        if requirement.marker and (odd := markers.oddity(requirement.marker)):
            yield Disagreement(f"{odd} in a marker: pip and uv do not judge it alike", _MARKER, statement.place)
    if isinstance(statement, Pin) and statement.hashes and _bounded(statement):
        yield Disagreement(
            "a hash behind more than one clause: pip from 26.1 on takes it, older pip and uv refuse it in hash mode",
            "keep the == clause alone",
            statement.place,
        )
    if not isinstance(statement, Direct) or statement.reach is not Reach.ARCHIVE:
        return
    named = statement.name or "://" not in statement.text
    if named and re.search(r"[^;\s];\S", statement.text):
        yield Disagreement(
            "a semicolon without a blank before it: pip takes a marker, uv takes it as part of the address",
            "put a blank before the semicolon",
            statement.place,
        )
    _, mark, fragment = statement.text.partition("#")
    if statement.name is None and statement.fragment_hash and ";" in fragment.partition(" ;")[0].partition("; ")[0]:
        yield Disagreement(
            "a semicolon without a blank: pip and uv take the marker as part of the hash, which no file has",
            "put a blank before the semicolon, and one behind it",
            statement.place,
        )
    if mark and statement.name is None and not statement.text.lower().startswith(("http:", "https:")):
        yield Disagreement(
            "a path without a name and with a fragment: pip takes it, uv refuses the file",
            "write NAME @ before its file: address",
            statement.place,
        )
    elif statement.fragment_hash and any(
        f"{h.digest.algorithm}={h.digest.value}" not in fragment for h in statement.hashes
    ):
        yield Disagreement(
            "a hash in the address and one behind it: pip takes a file that has either, uv one that has both",
            "keep the one behind it",
            statement.place,
        )
    elif re.search(r"\b(sha1|sha224|blake2b)=", fragment):
        yield Disagreement(
            "a hash of another algorithm in the address: pip checks sha1 and sha224 alone, uv neither",
            "use --hash with sha256",
            statement.place,
        )


def _bounded(pin: Pin) -> bool:
    """Whether other clauses stand beside the one that holds the version; the same one twice is none."""
    return any(c.operator not in ("==", "===") or c.version.endswith(".*") for c in pin.requirement.specifier)


# Lines of two or more, and of one at the end of the file.
_BACKSLASHES = re.compile(r"(?:(?<=[\r\n])|\A)[ \t]*+(?:(?:\\[ \t]*+){2,}+(?=[\r\n]|\Z)|\\\Z)")


def of_file(source: Source, statements: Iterable[Statement]) -> Iterator[Disagreement]:
    """What readers take otherwise from a whole file."""
    yield from _white(source.text)
    for match in _BACKSLASHES.finditer(source.text):
        reading = "nothing but backslashes: pip reads over them, uv refuses the file"
        yield Disagreement(reading, "remove the line", Span(match.start(), match.end()))
    yield from _indexes(statements)
    start = Span(0, len(source.text.partition("\n")[0].rstrip("\r")))
    if source.encoding.codec.startswith("utf-32") or (source.shown is not None and "\ufffd" in source.shown):
        codec = source.encoding.codec
        yield Disagreement(f"the encoding {codec}: pip reads it, uv refuses the file", "save it as UTF-8", start)


def _white(text: str) -> Iterator[Disagreement]:
    """Line ends and white space that only pip takes for such, outside of what all take for comments."""
    if not _ODD.search(text):
        return
    for line in _VISIBLE_LINE.finditer(text):
        comment = _COMMENT.search(line[0])
        odd = _ODD.search(line[0], 0, comment.end() if comment else len(line[0]))
        if odd and odd.start() < (comment.end() if comment else len(line[0])):
            at = line.start() + odd.start()
            yield Disagreement(
                f"U+{ord(odd[0]):04X}: pip takes it for white space or a line end, uv does not",
                "replace it by a blank or a line feed",
                Span(at, at + 1),
            )


def _indexes(statements: Iterable[Statement]) -> Iterator[Disagreement]:
    """Of two, pip takes the last."""
    seen = False
    for statement in statements:
        if isinstance(statement, GlobalOptions) and any(name == "--index-url" for name, _ in statement.options):
            if seen:
                reading = "a second --index-url: pip takes the last one, uv refuses the file"
                yield Disagreement(reading, "keep one of them", statement.span)
            seen = True
