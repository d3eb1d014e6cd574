"""Reading: any text is read, every place lies in it, and pip sees the same."""

from __future__ import annotations

import pip
from hypothesis import example, given
from hypothesis import strategies as st
from packaging.version import Version

from hashpin.model import STRONG_ALGORITHMS, Digest, Direct, Orphan, Pin, Unpinned
from tests.property.invariants import assert_places
from tests.property.readings import by_pip, by_us, of_bytes, parsed, told
from tests.property.strategies import files, fragments, searched
from tests.readers import oracle
from tests.readers.comparing import compare
from tests.readers.differences import row_of
from tests.readers.documents import documents

_ANY = st.one_of(st.text(), fragments, files())


@searched
@given(_ANY)
@example("six==1; " + "(" * 2_000)
@example("six==" + "1" * 5_000)
@example("https://[")
def test_no_text_makes_parse_raise(text: str) -> None:
    assert parsed(text).source.text == text


@searched
@given(_ANY)
def test_every_place_lies_in_the_text(text: str) -> None:
    assert_places(parsed(text))


@searched
@given(st.one_of(files(), fragments))
def test_a_hash_options_place_holds_its_digest(text: str) -> None:
    for statement in parsed(text).statements:
        if isinstance(statement, Pin | Unpinned | Direct | Orphan):
            for option in statement.hashes:
                spelled = option.span.of(text)
                assert spelled.lstrip("\"'").startswith("--ha")
                if option.digest.algorithm in STRONG_ALGORITHMS and option.digest.fault is None:
                    assert option.digest.value in spelled.lower()
                    assert Digest.parse(spelled[spelled.index(option.digest.algorithm) :].strip("\"'")) == option.digest


@searched
@given(files())
def test_pip_reads_a_built_file_alike(text: str) -> None:
    assert by_us(text) == by_pip(text)


@searched
@given(documents)
def test_pip_reads_any_bytes_alike(data: bytes) -> None:
    """But for what the table of differences has. The suite that asks several pips generates many more."""
    installed = Version(pip.__version__)
    for difference in compare(data, {installed: told(oracle.reading(data))}, of_bytes(data)):
        assert row_of(difference), str(difference)
