"""Fuzz target: any bytes are read or refused, and every place that the reader names is right.

python -m fuzz.reader -max_total_time=60 CORPUS
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["hashpin"]):
    from hashpin import formats
    from hashpin.encoding import Undecodable, decode
    from hashpin.model import STRONG_ALGORITHMS, HashOption, LockFile, Source
    from tests.property.invariants import assert_places


def one(data: bytes) -> None:
    """Decode and read once."""
    try:
        text, encoding = decode(data)
    except Undecodable:
        return
    file = formats.parse(Source("requirements.txt", text, encoding))
    assert_places(file)
    assert_digests(file)


def assert_digests(file: LockFile) -> None:
    """A whole digest stands where it is said to stand, unless quotes or backslashes take it apart."""
    for statement in file.statements:
        for option in getattr(statement, "hashes", ()):
            assert isinstance(option, HashOption)
            spelled = option.span.of(file.source.text).lower()
            digest = option.digest
            if digest.algorithm in STRONG_ALGORITHMS and not digest.fault and not set(spelled) & set("'\"\\"):
                assert str(digest) in spelled, "the digest stands at its place"


if __name__ == "__main__":
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()
