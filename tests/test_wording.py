"""Words for people."""

from __future__ import annotations

import pytest

from hashpin.wording import inert, plural, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("plain text, 100 %", "plain text, 100 %"),
        ("größe 中文 🐍", "größe 中文 🐍"),
        ("a\nb\r\tc", "a\\nb\\r\\tc"),
        ("\x1b[31mred\x07", "\\x1b[31mred\\x07"),
        ("\x85\u2028\u2029", "\\x85\\u2028\\u2029"),
        ("a\u202eb\u2066c", "a\\u202eb\\u2066c"),
        ("zero\u200bwidth\ufeff", "zero\\u200bwidth\\ufeff"),
        ("no\udc80name", "no\\udc80name"),
        ("tag\U000e0041", "tag\\U000e0041"),
        ("é\0", "é\\x00"),
        ("a back\\slash", "a back\\slash"),
    ],
)
def test_visible(text: str, shown: str) -> None:
    assert visible(text) == shown


@pytest.mark.parametrize(
    ("line", "made"),
    [
        ("six==1.0: note", "six==1.0: note"),
        ("a::b::c", "a::b::c"),
        ("::error::x", "\u200b::error::x"),
        (" \u00a0::error::x", " \u00a0\u200b::error::x"),
        ("x ##[error]y ##[z]", "x ##\u200b[error]y ##\u200b[z]"),
        (" ::a ##[b]", " \u200b::a ##\u200b[b]"),
        ("## [error]", "## [error]"),
    ],
)
def test_inert(line: str, made: str) -> None:
    assert inert(line) == made


@pytest.mark.parametrize(
    ("count", "noun", "said"),
    [
        (0, "file", "0 files"),
        (1, "file", "1 file"),
        (1, "hash", "1 hash"),
        (2, "hash", "2 hashes"),
        (1234567, "pin", "1,234,567 pins"),
        (2, "installable file", "2 installable files"),
    ],
)
def test_plural(count: int, noun: str, said: str) -> None:
    assert plural(count, noun) == said
