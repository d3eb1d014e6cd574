"""The way of the plain pins says what the way of any line says, for every file."""

from __future__ import annotations

from itertools import combinations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashpin import files
from hashpin.formats.requirements_txt import plain, statements
from hashpin.formats.requirements_txt.reading import MOST, NAME, parse
from hashpin.model import Hashes, LockFile, Pin, Source
from hashpin.text import Span
from tests.property.strategies import LINE_ENDS, fragments, lock_files, searched
from tests.property.strategies import files as odd_files
from tests.readers.documents import documents

A, B = "a" * 64, "b" * 64

# What tools write, in parts that one expression has to tell from what they never write.
_NAMES = ["six", "Six.Seven", "a", "a-b_c", "a-", "-a", "1", "six[a]", "six[a, b.c]", "six[]", "six[-a]", "é"]
_VERSIONS = [
    *("==1.0", "==2024.07.04", "==1.0rc1.post2.dev3", "==01", "==1.0a01", "==1" + "0" * 9, "==1.0.*", "==1!1.0"),
    *(
        "==1.0+cpu",
        "==1.0.zip",
        "==1.0+a.zip",
        "===1.0",
        f"=={'1' * 20}",
        f"=={'1' * 5_000}",
        " == 1.0",
        "==1.0,>0",
        "== 1.0",
        "==v1.0",
        ">=1.0",
        "==1.0c1",
    ),
]
_MARKERS = [
    *(" ; python_version >= '3.8'", ';python_full_version<"3.11.1"', " ; os_name == 'nt' and python_version != '3'"),
    *("; (os_name == 'nt' or sys_platform=='win32') and platform_machine != \"x86_64\"", " ; ((os_name == 'nt'))"),
    *(" ; python_version ~= '3'", " ; python_version == '3.*'", " ; extra == 'a'", " ; 'nt' == os_name", " ;", " ; ()"),
    *(
        " ; os_name == 'a -b'",
        " ; os_name == ' #'",
        " ; os_name == 'nt' or",
        " ; platform_release == '1'",
        " ; os_name",
    ),
    *(
        " ; python_version>='3'and os_name=='nt'",
        " ; python_version >= '03'",
        " ; sys_platform ~= 'a'",
        ' ; os_name == ""',
    ),
    *(" ; python_version in '3'", " ; python_version >= '3.8\"", " ; python_version > os_name", " ; '3' < '4'"),
]
_HASHES = [f"--hash=sha256:{A}", f"--hash=sha256:{B}", "--hash=sha384:ab", "--hash=md5:0", "--hash=sha256:", "--hash=a"]
_GAPS = [
    " \\\n    ",
    " \\\n    ",
    " ",
    "  ",
    " \\\n",
    "\\\n    ",
    " \\\n\t",
    "\t",
    " \\\\\n  ",
    " \\\n \\\n  ",
    " \\ \n  ",
]
_ENDS = [
    *(
        "",
        "",
        "\n    # via x",
        "  # via x",
        "  # via x \\",
        " \\",
        "  # hashpin: allow a: b",
        "\n# hashpin: allow a: b",
    ),
    *(
        " # a # hashpin: b",
        "\n    # via x \\",
        "#a",
        " #",
        "  ",
        "\t",
        "\n \\\n",
        "\n\n",
        f"\n  --hash=sha256:{B}",
        " -C a=b",
    ),
]
_PLAIN = (
    f"six==1.0 ; python_version >= '3.8' \\\n    --hash=sha256:{A} \\\n    --hash=sha256:{B}\n    # via\n    #   y\n"
)
_NOISE = [
    *"\\#;-=.'\"()[]!<>$ \t\n\r@:,*~aA0_/",
    *LINE_ENDS,
    "\\\n",
    " \\\n",
    "\u00a0",
    "\u2003",
    "${A}",
    "\ufeff",
    "é",
]


_PARTS = (_NAMES, _VERSIONS, _MARKERS, _GAPS, _HASHES, _ENDS)


@st.composite
def _pins(draw: st.DrawFn) -> str:
    """What tools write, with here and there a part that they do not."""
    name, version, marker, gap, _, end = (
        draw(st.sampled_from(parts[:4] if draw(_usual) else parts)) for parts in _PARTS
    )
    text = name + version + (marker if draw(st.booleans()) else "")
    for _ in range(draw(st.integers(0, 3))):
        text += (gap if draw(_usual) else draw(st.sampled_from(_GAPS))) + draw(st.sampled_from(_HASHES))
    return f"{text}{end}\n"


_usual = st.sampled_from([True, True, True, False])


@st.composite
def _changed(draw: st.DrawFn, texts: st.SearchStrategy[str]) -> str:
    """A text with some characters more, less or others."""
    text = draw(texts)
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, len(text)))
        text = text[:start] + draw(st.sampled_from(["", *_NOISE])) + text[start + draw(st.integers(0, 2)) :]
    return text


_plain = st.lists(_pins(), min_size=1, max_size=4).map("".join)
_tools = st.integers(1, 3).map(lambda times: _PLAIN * times)
_any = st.one_of(_changed(_plain), _changed(_tools), _changed(lock_files()), lock_files(), odd_files(), fragments)


def line_by_line(source: Source) -> LockFile:
    """The file as the way of any line reads it, from one end to the other."""
    return statements.read(source, [Span(0, len(source.text))], NAME, MOST)


def _same(source: Source) -> bool:
    one, other = parse(source), line_by_line(source)
    return one == other and repr(one) == repr(other)


@searched
@given(_any, st.sampled_from(["\n", "\n", "\r\n", "\r", "\u2028"]))
def test_both_ways_read_a_text_alike(text: str, end: str) -> None:
    assert _same(Source("requirements.txt", text.replace("\n", end)))


@searched
@given(documents)
def test_both_ways_read_bytes_alike(data: bytes) -> None:
    source = files.from_bytes("requirements.txt", data)
    assert not isinstance(source, Source) or _same(source)


def test_both_ways_read_every_two_odd_parts_alike() -> None:
    for one, other in combinations(range(len(_PARTS)), 2):
        for odd in product(_PARTS[one], _PARTS[other]):
            name, version, marker, gap, option, end = (
                odd[(one, other).index(index)] if index in (one, other) else parts[0]
                for index, parts in enumerate(_PARTS)
            )
            text = f"{name}{version}{marker}{gap}{option}{gap}{_HASHES[1]}{end}\n{_PLAIN}"
            assert _same(Source("requirements.txt", text)), text


def test_both_ways_read_every_change_of_a_letter_alike() -> None:
    text = "# a\nb[c]==1.0 ; os_name == 'd' \\\n  --hash=e:f \\\n  --hash=e:1  # g\n# h\n"
    for at, noise, gone in product(range(len(text) + 1), ["", *_NOISE], (0, 1)):
        changed = text[:at] + noise + text[at + gone :]
        assert _same(Source("requirements.txt", changed)), changed


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "utf-32", "latin-1", "utf-7", "utf8"])
def test_both_ways_read_encodings_alike(codec: str) -> None:
    declared = "" if codec in ("utf-8-sig", "utf-16", "utf-32") else f"# coding: {codec} \xe9\n"
    source = files.from_bytes("requirements.txt", f"{declared}{_PLAIN}".encode(codec))
    assert isinstance(source, Source)
    assert _same(source)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize(
    "text",
    [
        _PLAIN * 3,
        f"# by a tool\n#\n\nsix[a]==1.0 --hash=sha256:{A} --hash=sha512:{A}  # via y\n\nseven==1.0.post1",
        "six==2024.07.04\n  \ny==1.0rc1;(os_name=='nt' or python_version>\"3\") and sys_platform != 'win32'  # y\n",
        f"six==1.0 \\\n--hash=sha256:{A}\n  # hashed, and no line end",
    ],
)
def test_what_tools_write_is_plain(text: str, end: str) -> None:
    source = Source("requirements.txt", text.replace("\n", end))
    assert all(isinstance(part, Pin) for part in plain.parts(source))
    assert _same(source)


def test_only_the_lines_that_are_not_plain_are_read_one_by_one() -> None:
    text = f"{_PLAIN}-r other.txt\n{_PLAIN}six == 1.0 \\\n  --hash=sha256:{A}\n# a\n{_PLAIN}"
    parts = list(plain.parts(Source("requirements.txt", text)))
    assert [part.of(text) for part in parts if isinstance(part, Span)] == [
        "-r other.txt\n",
        f"six == 1.0 \\\n  --hash=sha256:{A}\n",
    ]
    assert sum(isinstance(part, Pin) for part in parts) == 3


def test_pins_that_are_written_alike_share_their_digests() -> None:
    one, other = (pin.hashes for file in map(parse, _sources()) for pin in file.pins)
    assert isinstance(one, Hashes)
    assert isinstance(other, Hashes)
    assert one.digests is other.digests
    assert [option.span.start for option in other] == [option.span.start + 2 for option in one]


def _sources() -> list[Source]:
    return [Source("a.txt", _PLAIN), Source("b.txt", f"#\n{_PLAIN}")]


def test_hashes_are_the_tuple_that_they_stand_for() -> None:
    (pin,) = parse(Source("a.txt", _PLAIN)).pins
    (same,) = line_by_line(Source("a.txt", _PLAIN)).pins
    assert isinstance(pin.hashes, Hashes)
    assert isinstance(same.hashes, tuple)
    assert pin.hashes == same.hashes
    assert same.hashes == pin.hashes
    assert hash(pin) == hash(same)
    assert (pin.hashes[0], pin.hashes[-1]) == (same.hashes[0], same.hashes[-1])
    assert pin.hashes[1:] == same.hashes[1:]
    assert pin.hashes != same.hashes[1:]
    assert pin.hashes != list(same.hashes)
    assert list(reversed(pin.hashes)) == list(reversed(same.hashes))
    assert pin.digests == same.digests
