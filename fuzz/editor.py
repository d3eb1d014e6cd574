"""Fuzz target: what a correction writes has exactly the wished hashes, and nothing else in the file changes.

    python -m fuzz.editor -max_total_time=60 CORPUS

The first byte of the input chooses the pin, the second one its digests, and the
rest is the file. A file that is left whole is right as it is; with
HASHPIN_FUZZ_STRICT=1 it is a finding, too, since the editor should know better.
"""

from __future__ import annotations

import os
import sys

import atheris
from msgspec.structs import replace

with atheris.instrument_imports(include=["hashpin"]):
    from hashpin import fix, formats, text
    from hashpin.encoding import Encoding, Undecodable, decode, encode
    from hashpin.model import STRONG_ALGORITHMS, Digest, Finding, LockFile, Pin, Rule, SetHashes, Severity, Source
    from hashpin.text import Edit
    from hashpin.tree import Forest
    from tests.property.invariants import assert_confined, expected, said, words

HEADER = 2
_STRICT = bool(os.environ.get("HASHPIN_FUZZ_STRICT"))
_STATELESS = ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be", "latin-1")
_PATH = "requirements.txt"
_NEW = (Digest("sha256", "0" * 64), Digest("sha256", "f" * 64), Digest("sha512", "5" * 128))
_RULE = Rule("unknown-hash", Severity.ERROR, "wished for by the fuzzer")


def one(data: bytes) -> None:
    """Read, correct, and read again."""
    try:
        content, encoding = decode(data[HEADER:])
    except Undecodable:
        return
    if not _gives_back(data[HEADER:], content, encoding):
        return  # whoever reads files marks these, and they are left whole
    file = formats.parse(Source(_PATH, content, encoding))
    pins = list(file.pins)
    if not pins:
        return
    which = data[0] % len(pins)
    wish = SetHashes(_PATH, pins[which], wanted(pins[which], data[1]), safe=True)
    edit = formats.rewrite(file, wish)
    assert_confined(edit, wish.pin)
    edited = text.apply(content, [edit])
    becomes = corrected(file, wish)
    if becomes is None:
        # A comment that moves to the first line may begin to declare an encoding.
        assert not _STRICT or file.hidden or not _comes_back(edited, encoding), "left whole"
        return
    assert becomes == edited
    again = formats.parse(Source(_PATH, becomes, encoding))
    assert [said(statement) for statement in again.statements] == expected(file, [wish]), "as wished, and no more"
    same = list(again.pins)[which]
    assert words(becomes, [same]) == words(content, [wish.pin]), "no word comes or goes"
    assert corrected(again, replace(wish, pin=same)) in (None, becomes), "a second time nothing changes"
    assert_outside(content, edit, data[HEADER:], encode(becomes, encoding), encoding)


def corrected(file: LockFile, wish: SetHashes) -> str | None:
    """The text that `hashpin fix` would write; None where it leaves the file whole."""
    forest = Forest((), {_PATH: file}, {})
    finding = Finding(_RULE, _RULE.severity, _PATH, wish.pin.place, "", "", fix=wish)
    return fix.corrections(forest, (), [finding], unsafe=False).texts.get(_PATH)


def assert_outside(before: str, edit: Edit, data: bytes, becomes: bytes, encoding: Encoding) -> None:
    """The bytes before and behind the edit are those of the file. Stateful encodings have no such places."""
    if encoding.codec not in _STATELESS:
        return
    above = len(encode(before[: edit.span.start], encoding))
    below = len(encode(before[edit.span.end :], replace(encoding, mark=b"")))
    assert becomes[:above] == data[:above], "not a byte before the edit changes"
    assert becomes[len(becomes) - below :] == data[len(data) - below :], "nor behind it"


def _gives_back(data: bytes, content: str, encoding: Encoding) -> bool:
    try:
        return encode(content, encoding) == data
    except UnicodeError:
        return False


def _comes_back(content: str, encoding: Encoding) -> bool:
    try:
        return decode(encode(content, encoding)) == (content, encoding)
    except ValueError:
        return False


def wanted(pin: Pin, choice: int) -> frozenset[Digest]:
    """Some of the pin's own digests and some new ones: each of the eight bits is one."""
    own = dict.fromkeys(option.digest for option in (*pin.hashes, *pin.lost))
    usable = [digest for digest in own if digest.algorithm in STRONG_ALGORITHMS and digest.fault is None]
    offered = [*_NEW, *usable[:5]]
    chosen = frozenset(digest for bit, digest in enumerate(offered) if choice >> bit & 1)
    return chosen or frozenset(_NEW[:1])


if __name__ == "__main__":
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()
