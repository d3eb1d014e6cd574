"""Reading: any text is read, every place lies in it, and pip sees the same."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from hashpin.model import STRONG_ALGORITHMS, Digest, Direct, Orphan, Pin, Unpinned
from hashpin.text import Span
from tests.property.readings import Line, What, by_pip, by_us, parsed, pip_line
from tests.property.strategies import files, fragments, searched

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
    statements = parsed(text).statements
    whole = Span(0, len(text))
    for statement in statements:
        assert _within(statement.span, whole)
        assert statement.span.of(text).strip()
        match statement:
            case Pin(span=span, place=place, tail=tail, hashes=hashes, strays=strays):
                assert _within(place, span)
                assert place.end <= tail <= span.end
                assert all(place.end <= option.span.start < option.span.end <= tail for option in hashes)
                assert all(span.end <= option.span.start < option.span.end <= len(text) for option in strays)
            case Unpinned(span=span, place=place, hashes=hashes) | Direct(span=span, place=place, hashes=hashes):
                assert _within(place, span)
                assert all(_within(option.span, span) for option in hashes)
            case Orphan(span=span, hashes=hashes):
                assert all(_within(option.span, span) for option in hashes)
            case _:
                continue
        strays = statement.strays if isinstance(statement, Pin) else ()
        for a, b in pairwise((*hashes, *strays)):
            assert a.span.end <= b.span.start


def _within(inner: Span, outer: Span) -> bool:
    return outer.start <= inner.start < inner.end <= outer.end


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
@given(fragments)
def test_what_pip_takes_from_any_line_we_take(text: str) -> None:
    """Where pip refuses a line for a digest or an address, we may say more of it, and only there."""
    pip, ours = by_pip(text), by_us(text)
    refused = {line.number for line in pip.lines if line.what is What.REFUSED}
    named = [line for line in pip.lines if line.what is not What.REFUSED and not _addressless(line)]
    taken = [line for line in ours.lines if line.number not in refused and line.what is not What.REFUSED]
    includes = (What.REQUIREMENTS_FILE, What.CONSTRAINTS_FILE)
    assert [line for line in taken if line.what not in includes] == [
        line for line in named if line.what not in includes
    ]
    assert not Counter(line for line in named if line.what in includes) - Counter(taken)
    assert not Counter(pip.dropped) - Counter(ours.dropped)
    for statement in parsed(text).statements:
        if pip_line(text, statement.span.start) in refused and isinstance(statement, Pin | Unpinned):
            assert any(option.digest.fault for option in statement.hashes)


def _addressless(line: Line) -> bool:
    """`name@1.2.3`, which pip takes for an address."""
    name, at, address = line.text.partition("@")
    named = line.what is What.DIRECT and bool(at) and "/" not in name
    return named and not address.lstrip().startswith(("https:", "git+https:"))
