"""Bytes to text and back, by pip's rules but for the machine's own encoding."""

from __future__ import annotations

import codecs

import pytest

from hashpin.encoding import Encoding, Undecodable, decode, encode

PIN = "# größe\nsix==1.0\r\n"


@pytest.mark.parametrize(
    ("data", "text", "encoding"),
    [
        (b"", "", Encoding("utf-8")),
        (PIN.encode(), PIN, Encoding("utf-8")),
        (codecs.BOM_UTF8 + PIN.encode(), PIN, Encoding("utf-8", codecs.BOM_UTF8)),
        (codecs.BOM_UTF16_LE + PIN.encode("utf-16-le"), PIN, Encoding("utf-16-le", codecs.BOM_UTF16_LE)),
        (codecs.BOM_UTF16_BE + PIN.encode("utf-16-be"), PIN, Encoding("utf-16-be", codecs.BOM_UTF16_BE)),
        (codecs.BOM_UTF32_LE + PIN.encode("utf-32-le"), PIN, Encoding("utf-32-le", codecs.BOM_UTF32_LE)),
        (codecs.BOM_UTF32_BE + PIN.encode("utf-32-be"), PIN, Encoding("utf-32-be", codecs.BOM_UTF32_BE)),
        (b"# coding: latin-1\n# \xe9", "# coding: latin-1\n# é", Encoding("latin-1")),
        (b"# vim: set fileencoding=cp1252 :\n# \x80", "# vim: set fileencoding=cp1252 :\n# €", Encoding("cp1252")),
        (b"six==1\n# coding: latin-1\n# \xe9", "six==1\n# coding: latin-1\n# é", Encoding("latin-1")),
        (b"six==1 # coding: latin-1", "six==1 # coding: latin-1", Encoding("utf-8")),
        (b" # coding: latin-1", " # coding: latin-1", Encoding("utf-8")),
        (b"#\n#\n# coding: latin-1", "#\n#\n# coding: latin-1", Encoding("utf-8")),
        (codecs.BOM_UTF8 + b"# coding: latin-1\n", "# coding: latin-1\n", Encoding("utf-8", codecs.BOM_UTF8)),
        (b"# coding: utf-7\n# +AAo-evil==1\n", "# coding: utf-7\n# \nevil==1\n", Encoding("utf-7")),
        (b"# coding: unicode_escape\n# \\q\n", "# coding: unicode_escape\n# \\q\n", Encoding("unicode_escape")),
    ],
)
def test_decode(data: bytes, text: str, encoding: Encoding) -> None:
    assert decode(data) == (text, encoding)


@pytest.mark.parametrize("codec", ["utf-8", "utf-16-le", "utf-32-be", "latin-1"])
def test_encode_puts_the_mark_back(codec: str) -> None:
    assert encode(PIN, Encoding(codec, b"mark")) == b"mark" + PIN.encode(codec)


def test_encode_does_not_guess() -> None:
    with pytest.raises(UnicodeError):
        encode("€", Encoding("latin-1"))


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"six==1.0 # \xe9", "is not UTF-8: save it as UTF-8, or declare its encoding in a comment on the first line"),
        (b"# coding: ascii\n# \xe9", "is not ASCII: "),
        (codecs.BOM_UTF16_LE + b"x", "is not UTF-16-LE: "),
        (b"# coding: klingon\n", "declares the encoding 'klingon', which Python does not have"),
        (b"# coding: rot13\n", "declares the encoding 'rot13', which Python does not have"),
        (b"# coding: undefined\n", "is not UNDEFINED: "),
    ],
)
def test_undecodable(data: bytes, says: str) -> None:
    with pytest.raises(Undecodable) as refusal:
        decode(data)
    assert str(refusal.value).startswith(says)


@pytest.mark.parametrize("second", [b"\xfe\xff", b"\xff\xfe"])
def test_two_marks_are_refused(second: bytes) -> None:
    """pip's codec obeys the second one, too: it would read another text than everybody who looks at the file."""
    with pytest.raises(Undecodable, match="two byte order marks"):
        decode(b"\xff\xfe" + second + "six==1\n".encode("utf-16-be"))


def test_lone_surrogates_are_no_text() -> None:
    with pytest.raises(Undecodable):
        decode(b"# coding: unicode_escape\nsix===\\ud800\n")
