"""Bytes to text and back: the same bytes, or a refusal."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pip._internal.req.req_file import _decode_req_file

from hashpin.encoding import Encoding, Undecodable, decode, encode
from tests.property.strategies import searched

_MARKS = {
    "utf-8": codecs.BOM_UTF8,
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
    "utf-32-le": codecs.BOM_UTF32_LE,
    "utf-32-be": codecs.BOM_UTF32_BE,
}
_DECLARED = b"# -*- coding: latin-1 -*-\n"

_bytes = st.one_of(
    st.binary(max_size=60),
    st.text(max_size=30).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.binary(max_size=30).map(lambda data: _DECLARED + data),
    st.tuples(st.sampled_from(sorted(_MARKS.values())), st.binary(max_size=30)).map(b"".join),
)


@searched
@given(_bytes)
def test_the_same_bytes_or_a_refusal(data: bytes) -> None:
    try:
        text, encoding = decode(data)
    except Undecodable:
        return
    assert encode(text, encoding) == data
    assert _decode_req_file(data, "requirements.txt") == text, "pip decodes it alike"


@searched
@given(st.text(max_size=30).filter(lambda text: not text.startswith("\0")), st.sampled_from(sorted(_MARKS)))
def test_a_marked_text_comes_back(text: str, codec: str) -> None:
    # A text that begins with NUL would turn the mark of UTF-16 into that of UTF-32, for every reader.
    data = _MARKS[codec] + text.encode(codec)
    assert decode(data) == (text, Encoding(codec, _MARKS[codec]))


@searched
@given(st.binary(max_size=30), st.sampled_from([b"", b"# first\n", b"# first\r\n"]))
def test_declared_latin_1_takes_every_byte(data: bytes, above: bytes) -> None:
    whole = above + _DECLARED + data
    assert decode(whole) == (whole.decode("latin-1"), Encoding("latin-1"))


@searched
@given(st.binary(max_size=30).filter(lambda data: not _is_utf_8(data)))
def test_undeclared_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(Undecodable, match="is not UTF-8"):
        decode(b"six==1.0\n\n" + data)


def _is_utf_8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
