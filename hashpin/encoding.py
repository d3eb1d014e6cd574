"""Bytes to text and back, by pip's rules for requirements files.

A byte order mark decides; else a PEP 263 declaration in one of the first two
lines that start with ``#``; else UTF-8. Source: pip, `_decode_req_file` in
`src/pip/_internal/req/req_file.py`. pip's last resort, the machine's locale,
is refused here: the same file would then mean different things on different
machines.
"""

from __future__ import annotations

import codecs
import re
import warnings

from msgspec import Struct

# The order matters: the mark of UTF-16 LE begins the one of UTF-32 LE.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# For names of hosts; a megabyte of it takes Python minutes.
_NO_FILES = frozenset({"punycode", "idna"})
_DECLARATION = re.compile(rb"coding[:=]\s*([-\w.]+)")


class Encoding(Struct, frozen=True):
    """How a file's bytes become its text."""

    codec: str
    mark: bytes = b""
    """The byte order mark, which is no part of the text."""


class Undecodable(ValueError):
    """The bytes are no text by any rule that is the same on all machines."""


def decode(data: bytes) -> tuple[str, Encoding]:
    """The text of a file's bytes, and how to get the bytes back.

    Raises Undecodable with a sentence that says what to do.
    """
    encoding = _encoding(data)
    try:
        if codecs.lookup(encoding.codec).name in _NO_FILES:
            raise Undecodable(f"declares the encoding {encoding.codec!r}, which is none for files: save it as UTF-8")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # unicode_escape warns about what it reads
            text = data[len(encoding.mark) :].decode(encoding.codec)
        if encoding.codec != "utf-8":
            text.encode()  # lone surrogates, which some codecs make, are no text
    except Undecodable:
        raise
    except (LookupError, ValueError) as error:
        if isinstance(error, LookupError):
            raise Undecodable(f"declares the encoding {encoding.codec!r}, which Python does not have") from error
        raise Undecodable(
            f"is not {encoding.codec.upper()}: save it as UTF-8, or declare its encoding in a comment on the first line"
        ) from error

    if encoding.mark and encoding.codec != "utf-8" and text[:1] in ("\ufeff", "\ufffe"):
        # pip's codec obeys the second mark too, so that pip and everybody else would read different texts.
        raise Undecodable("begins with two byte order marks: save it as UTF-8")
    return text, encoding


def shown(data: bytes, text: str, encoding: Encoding) -> str | None:
    """What editors and GitHub show of a text's bytes, who obey no declaration; None where that is the text itself.

    What is no UTF-8 is shown as U+FFFD.
    """
    if encoding.mark or encoding.codec == "utf-8":
        return None
    seen = data.decode("utf-8", "replace")
    return None if seen == text else seen


def encode(text: str, encoding: Encoding) -> bytes:
    """The bytes of a text. Raises UnicodeError where the encoding cannot hold it."""
    return encoding.mark + text.encode(encoding.codec)


def _encoding(data: bytes) -> Encoding:
    for mark, codec in _MARKS:
        if data.startswith(mark):
            return Encoding(codec, mark)
    for line in data.split(b"\n", 2)[:2]:
        if line.startswith(b"#") and (declared := _DECLARATION.search(line)):
            return Encoding(declared[1].decode("ascii"))
    return Encoding("utf-8")
