"""Whether two markers can both hold: by hand, and beside packaging itself on environments that there are."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator, Mapping

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from packaging.markers import InvalidMarker, Marker
from packaging.specifiers import SpecifierSet

from hashpin import markers
from hashpin.markers import Table, overlap
from tests.property.strategies import searched
from tests.work import some

LINUX = {
    "python_version": "3.12",
    "python_full_version": "3.12.0",
    "implementation_version": "3.12.0",
    "os_name": "posix",
    "sys_platform": "linux",
    "platform_system": "Linux",
    "platform_python_implementation": "CPython",
    "implementation_name": "cpython",
    "platform_machine": "x86_64",
    "platform_release": "5.15.0",
    "platform_version": "#1 SMP",
    "extra": "",
}


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    """What a test changes about the trying must not answer for another test."""
    markers._overlap.cache_clear()
    yield
    markers._overlap.cache_clear()


def of(text: str | None) -> Marker | None:
    return Marker(text) if text else None


def completed(where: Mapping[str, str]) -> dict[str, str]:
    return {**LINUX, **where}


# --- by hand ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "where"),
    [
        (None, None, {}),
        (None, "sys_platform == 'win32'", {"sys_platform": "win32"}),
        # versions
        ("python_version < '3.9'", "python_version > '3.8'", None),
        ("python_version < '3.9'", "python_version >= '3.9'", None),
        ("python_version <= '3.9'", "python_version >= '3.9'", {"python_version": "3.9"}),
        ("python_version < '3'", "python_version >= '2.7'", {"python_version": "2.7"}),
        ("python_version >= '3.30'", "python_version < '3.40'", {"python_version": "3.30"}),
        ("python_version > '3.30'", None, {"python_version": "3.99"}),
        ("python_version > '3.30'", "python_version < '3.31'", None),
        ("python_version < '2.5'", None, {"python_version": "2.4"}),
        ("python_version == '3.10'", "python_version == '3.1'", None),
        ("python_version == '3.8.*'", "python_version < '3.8'", None),
        ("python_version ~= '3.8'", "python_version < '3.4'", None),
        ("python_version in '3.8 3.9'", "python_version >= '3.9'", {"python_version": "3.9"}),
        ("python_version in '3.8 3.9'", "python_version not in '3.8 3.9'", None),
        ("'3.8' <= python_version", "'3.8' >= python_version", {"python_version": "3.8"}),
        # python_version and python_full_version go together
        ("python_version == '3.8'", "python_full_version < '3.8.0'", None),
        ("python_version == '3.8'", "python_full_version >= '3.9'", None),
        (
            "python_version == '3.8'",
            "python_full_version > '3.8.2' and python_full_version < '3.8.4'",
            {"python_version": "3.8", "python_full_version": "3.8.3"},
        ),
        ("python_full_version > '3.8.2'", "python_full_version < '3.8.3'", None),
        ("python_full_version != '3.8.1'", "python_full_version == '3.8.1'", None),
        (
            "python_version == '3.8' and python_full_version != '3.8.0'",
            "python_full_version != '3.8.1'",
            {"python_version": "3.8", "python_full_version": "3.8.2"},
        ),
        (
            "implementation_version == '3.11.4'",
            "python_version == '3.11'",
            {"python_version": "3.11", "implementation_version": "3.11.4"},
        ),
        ("implementation_version == '3.11.4'", "python_version == '3.12'", None),
        # sys_platform, platform_system and os_name go together
        ("sys_platform == 'win32'", "sys_platform != 'win32'", None),
        ("sys_platform != 'win32'", "os_name == 'nt'", None),
        ("sys_platform == 'win32'", "platform_system == 'Linux'", None),
        ("os_name == 'nt'", "platform_system == 'Windows'", {"os_name": "nt", "platform_system": "Windows"}),
        ("platform_system == 'Darwin'", "sys_platform == 'darwin'", {"sys_platform": "darwin"}),
        ("'bsd' in sys_platform", "platform_system == 'FreeBSD'", {"sys_platform": "freebsd14"}),
        ("sys_platform in 'linux darwin'", "os_name == 'nt'", None),
        ("'linux' not in sys_platform", "sys_platform == 'linux'", None),
        ("os_name == 'java'", "sys_platform == 'linux'", None),
        # values that no table has
        ("sys_platform == 'plan9'", None, {"sys_platform": "plan9"}),
        ("sys_platform == 'plan9'", "sys_platform != 'linux'", {"sys_platform": "plan9"}),
        ("sys_platform == 'plan9'", "sys_platform == 'vms'", None),
        ("sys_platform == 'plan9'", "os_name == 'nt'", None),
        ("platform_machine == 'riscv64'", "platform_machine != 'x86_64'", {"platform_machine": "riscv64"}),
        ("platform_release == '5.15-a'", None, {"platform_release": "5.15-a"}),
        ("platform_release == '5.15-a'", "platform_release == '5.15-b'", None),
        ("platform_version == '#1'", "platform_version != '#2'", {"platform_version": "#1"}),
        ("platform_release != 'x'", None, {"platform_release": "0"}),
        # machine
        ("platform_machine == 'x86_64'", "platform_machine == 'aarch64'", None),
        ("platform_machine == 'AMD64'", "platform_machine == 'amd64'", None),
        ("'arm' in platform_machine", "platform_machine != 'aarch64'", {"platform_machine": "arm64"}),
        # implementation
        ("platform_python_implementation == 'PyPy'", "implementation_name == 'cpython'", None),
        (
            "platform_python_implementation == 'PyPy'",
            "implementation_name == 'pypy'",
            {"platform_python_implementation": "PyPy", "implementation_name": "pypy"},
        ),
        ("implementation_name == 'rustpython'", "implementation_name != 'cpython'", {}),
        # a line of a requirements file is asked for without extras
        ("extra == 'x'", None, None),
        ("extra == 'x'", "extra == 'x'", None),
        ("extra != 'x'", "extra != 'y'", {}),
        ("extra == 'x' or sys_platform == 'linux'", None, {"sys_platform": "linux"}),
        # legacy spellings
        ("os.name == 'nt'", "sys.platform == 'linux'", None),
        ("os.name == 'nt'", "sys.platform == 'win32'", {"os_name": "nt", "sys_platform": "win32"}),
        ("python_implementation == 'PyPy'", "platform_python_implementation == 'CPython'", None),
        ("platform.machine == 'x86_64'", "platform_machine == 'aarch64'", None),
        ("platform.python_implementation == 'PyPy'", "platform.version == '#1'", {"platform_version": "#1"}),
        # no comparison at all: nothing is proven, so they are taken to overlap
        ("python_version ~= 'new'", "sys_platform == 'win32'", {"sys_platform": "win32"}),
        ("os_name ~= 'posix'", None, {"os_name": "posix"}),
        ("python_version ~= 'new' and sys_platform == 'a'", "sys_platform == 'b'", {"sys_platform": "b"}),
        ("'a' == 'b'", None, {}),
        ("'a' in extras", "'a' not in extras", {}),
        # and, or, brackets, quotes
        ("os_name == 'nt' or os_name == 'java' and sys_platform == 'linux'", "os_name != 'nt'", None),
        ("(os_name == 'nt' or os_name == 'posix') and sys_platform == 'linux'", "os_name == 'posix'", {}),
        ("platform_release == '\"'", 'platform_release != "\'"', {"platform_release": '"'}),
        ("platform_release == ''", None, {"platform_release": ""}),
    ],
)
def test_by_hand(one: str | None, other: str | None, where: dict[str, str] | None) -> None:
    for first, second in ((one, other), (other, one)):
        got = overlap(of(first), of(second))
        assert (got is None) is (where is None), got
        assert where is None or (got is not None and got.items() >= where.items()), got


def test_only_what_the_markers_name_is_told() -> None:
    got = overlap(Marker("sys_platform == 'win32'"), Marker("extra != 'x' and python_version == '3.8'"))
    assert got == {"sys_platform": "win32", "python_version": "3.8"}


def test_a_usual_one_is_told() -> None:
    assert overlap(Marker("python_version > '3'"), Marker("sys_platform != 'win32'")) == {
        "python_version": "3.12",
        "sys_platform": "linux",
    }


# --- what holds for all markers --------------------------------------------

SYSTEMS = {
    system: (name, platform)
    for name, platform, system in markers._SYSTEMS  # the usual ones; for the others see below
}
VERSIONS = ["2.7", "3.6", "3.8", "3.9", "3.10", "3.13"]
FULL = ["3.8", "3.8.0", "3.8.1", "3.8.10", "3.9.2", "3.13.1"]
ORDER = ["<", "<=", ">", ">=", "==", "!="]
VALUES = {
    "os_name": ["posix", "nt", "java"],
    "sys_platform": ["linux", "win32", "darwin", "cygwin", "plan9"],
    "platform_system": ["Linux", "Windows", "Darwin", "Plan 9"],
    "platform_python_implementation": ["CPython", "PyPy", "Other"],
    "implementation_name": ["cpython", "pypy", "other"],
    "platform_machine": ["x86_64", "aarch64", "AMD64", "other"],
    "platform_release": ["5.15.0", "10"],
    "platform_version": ["#1 SMP", "other"],
    "extra": ["x"],
}
PARTS = {"os_name": "posix nt", "sys_platform": "linux linux2 win32", "platform_machine": "x86_64 AMD64", "extra": "x"}


@st.composite
def atoms(draw: st.DrawFn) -> str:
    """A comparison that packaging can make."""
    name = draw(st.sampled_from(["python_version", "python_version", "python_full_version", *VALUES]))
    if name == "python_version":
        values, operators = VERSIONS, [*ORDER, "~="]
    elif name == "python_full_version":
        values, operators = FULL, ORDER
    else:
        values, operators = VALUES[name], ["==", "!="]
    if name in PARTS and draw(st.integers(0, 4)) == 0:
        return f"{name} {draw(st.sampled_from(['in', 'not in']))} {PARTS[name]!r}"
    value, operator = draw(st.sampled_from(values)), draw(st.sampled_from(operators))
    if operator in ("==", "!=") and draw(st.booleans()):
        return f"{value!r} {operator} {name}"
    return f"{name} {operator} {value!r}"


def joined(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds("({} {} {})".format, parts, st.sampled_from(["and", "or"]), parts)


texts = st.one_of(atoms(), joined(atoms()), joined(joined(atoms())))


@st.composite
def environments(draw: st.DrawFn) -> dict[str, str]:
    """One that there is: every CPython, and the usual systems and machines."""
    minor, micro = draw(st.integers(3, 20)), draw(st.integers(0, 19))
    full = draw(st.sampled_from([f"3.{minor}.{micro}", f"3.8.{micro}", "2.7.18"]))
    system = draw(st.sampled_from(list(SYSTEMS)))
    return {
        "python_version": full.rpartition(".")[0],
        "python_full_version": full,
        "implementation_version": full,
        "os_name": SYSTEMS[system][0],
        "sys_platform": SYSTEMS[system][1],
        "platform_system": system,
        "platform_python_implementation": "CPython",
        "implementation_name": "cpython",
        "platform_machine": draw(st.sampled_from(["x86_64", "aarch64", "arm64", "AMD64", "i686"])),
        "platform_release": draw(st.sampled_from(["5.15.0", "10", "23.1.0"])),
        "platform_version": draw(st.sampled_from(["#1 SMP", "10.0.19045"])),
        "extra": "",
    }


@some
@given(texts, texts, environments())
def test_where_both_hold_somewhere_they_overlap(one: str, other: str, environment: dict[str, str]) -> None:
    assume(Marker(one).evaluate(environment) and Marker(other).evaluate(environment))
    assert overlap(Marker(one), Marker(other)) is not None


@some
@given(texts, st.none() | texts)
def test_both_hold_in_what_is_told(one: str, other: str | None) -> None:
    where = overlap(of(one), of(other))
    if where == {}:
        return  # nothing is named, or nothing is proven
    for text in (one, other) if where is not None else ():
        assert text is None or Marker(text).evaluate(completed(where or {}))


@some
@given(texts)
def test_a_marker_and_its_opposite_do_not_overlap(text: str) -> None:
    """The opposite by De Morgan, so that nothing of the judging is used to judge it."""
    assert overlap(Marker(text), Marker(opposite(text))) is None


OPPOSITES = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "==", "in": "not in", "not in": "in"}


def opposite(text: str) -> str:
    return " ".join(_opposites(Marker(text)._markers))


def _opposites(parts: object) -> Iterator[str]:
    if isinstance(parts, tuple):
        left, operator, right = (part.serialize() for part in parts)
        assume(operator != "~=")  # has none
        yield f"{left} {OPPOSITES[operator]} {right}"
    elif isinstance(parts, str):
        yield {"and": "or", "or": "and"}[parts]
    elif isinstance(parts, list):
        # `and` binds closer, and after the exchange must not: the grammar above brackets every pair.
        yield "("
        for part in parts:
            yield from _opposites(part)
        yield ")"


# Anything that packaging reads as a marker, whether it makes sense or not.
ANY_NAMES = [*LINUX, "os.name", "python_implementation", "extras", "dependency_groups"]
ANY_VALUES = st.sampled_from(["'3.8'", "'3.8.*'", "'a'", "''", '"\'"', "'\"'", "'os_name'", "'3.8 3.9'", "'9999999.1'"])
any_atoms = st.builds(
    "{} {} {}".format,
    st.sampled_from(ANY_NAMES) | ANY_VALUES,
    st.sampled_from([*ORDER, "~=", "===", "in", "not in"]),
    st.sampled_from(ANY_NAMES)
    | ANY_VALUES
    | st.text(st.characters(exclude_characters="'"), max_size=6).map("'{}'".format),
)
any_texts = st.one_of(any_atoms, joined(any_atoms))


@searched
@given(any_texts, any_texts)
def test_no_marker_makes_it_raise_and_the_order_does_not_matter(one: str, other: str) -> None:
    with contextlib.suppress(InvalidMarker), pytest.MonkeyPatch.context() as patch:
        first, second = Marker(one), Marker(other)
        patch.setattr(markers, "_MOST", 300)
        markers._overlap.cache_clear()
        assert overlap(first, second) == overlap(second, first)


# --- an end ----------------------------------------------------------------


def crowded(values: int) -> Marker:
    """One that names so many values of everything."""
    names = ("platform_release", "platform_version", "platform_machine", "implementation_name", "sys_platform")
    named = " or ".join(f"{name} == 'v{number}'" for name in names for number in range(values))
    return Marker(named)


def tried(monkeypatch: pytest.MonkeyPatch, most: int) -> list[object]:
    """The environments that are tried from here on, in none of which a marker holds; more than `most` are a fault."""
    seen: list[object] = []
    environments = markers._environments

    def counted(text: str) -> Iterator[dict[str, str]]:
        for environment in environments(text):
            seen.append(environment)
            assert len(seen) <= most
            yield environment

    monkeypatch.setattr(markers, "_environments", counted)
    monkeypatch.setattr(markers, "holds", lambda marker, environment: False)
    return seen


def test_an_ordinary_pair_is_tried_a_few_times(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = tried(monkeypatch, 2_000)
    assert overlap(Marker("python_version < '3.9'"), Marker("python_version >= '3.9' and os_name == 'nt'")) is None
    assert seen


def test_beyond_the_most_they_are_taken_to_overlap(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = tried(monkeypatch, 1_000)
    monkeypatch.setattr(markers, "_MOST", 1_000)
    assert overlap(crowded(30), None) == {}
    assert len(seen) < 1_000


def test_the_same_pair_is_tried_once(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = tried(monkeypatch, 2_000)
    overlap(Marker("os_name == 'nt'"), Marker("sys_platform == 'linux'"))
    before = len(seen)
    overlap(Marker("os_name=='nt'"), Marker('sys_platform == "linux"'))
    assert len(seen) == before > 0


def test_a_crowded_pair_ends_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    tried(monkeypatch, 20_000)
    assert overlap(crowded(60), crowded(59)) is not None


# --- known faults ----------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("sys_platform == 'win32'", "os_name == 'posix'"),
        ("sys_platform == 'win32'", "platform_system != 'Windows'"),
        ("platform_system == 'Windows'", "sys_platform != 'win32'"),
        ("platform_system == 'Darwin'", "sys_platform != 'darwin'"),
        ("sys_platform == 'linux'", "platform_system != 'Linux'"),
        ("implementation_name == 'pypy'", "platform_python_implementation != 'PyPy'"),
        ("platform_python_implementation == 'CPython'", "implementation_name != 'cpython'"),
    ],
)
def test_what_is_known_is_no_unknown_system(one: str, other: str) -> None:
    assert overlap(Marker(one), Marker(other)) is None


@pytest.mark.parametrize(
    ("one", "other", "environment"),
    [
        (
            "sys_platform == 'sunos5'",
            "platform_system == 'SunOS'",
            {"platform_system": "SunOS", "sys_platform": "sunos5"},
        ),
        ("sys_platform == 'aix'", "platform_system == 'AIX'", {"platform_system": "AIX", "sys_platform": "aix"}),
        (
            "sys_platform == 'freebsd13'",
            "platform_system == 'FreeBSD'",
            {"platform_system": "FreeBSD", "sys_platform": "freebsd13"},
        ),
        (
            "implementation_name == 'graalpy'",
            "platform_python_implementation == 'GraalVM'",
            {"implementation_name": "graalpy", "platform_python_implementation": "GraalVM"},
        ),
        (
            "implementation_name == 'pypy' and implementation_version >= '7.3.12'",
            "python_version == '3.10'",
            {
                "implementation_name": "pypy",
                "implementation_version": "7.3.17",
                "python_version": "3.10",
                "python_full_version": "3.10.9",
            },
        ),
        (
            "platform_machine not in 'x86_64 aarch64 arm64 AMD64 i686'",
            "platform_machine != 'x86_64'",
            {"platform_machine": "s390x"},
        ),
        ("'arm' in platform_machine", "'v7' in platform_machine", {"platform_machine": "armv7l"}),
        ("platform_release > '20'", "platform_release > '21'", {"platform_release": "23.1.0"}),
        ("'SMP' in platform_version", "'Debian' in platform_version", {"platform_version": "#1 SMP Debian 6.1"}),
        (
            "python_version == '3.13'",
            "python_full_version == '3.13.0rc1'",
            {"python_version": "3.13", "python_full_version": "3.13.0rc1"},
        ),
        (
            "python_version == '3.8'",
            "python_full_version not in '3.8.0 3.8.1 3.8.2'",
            {"python_version": "3.8", "python_full_version": "3.8.9"},
        ),
    ],
)
def test_environments_that_there_are_and_no_table_has(one: str, other: str, environment: dict[str, str]) -> None:
    assert all(Marker(text).evaluate(completed(environment)) for text in (one, other))
    assert overlap(Marker(one), Marker(other)) is not None


def deep(levels: int) -> Marker:
    text = "os_name == 'posix'"
    for level, joint in zip(range(levels), itertools.cycle(["and", "or"]), strict=False):
        text = f"sys_platform == 'p{level}' {joint} ({text})"
    return Marker(text)


def test_a_deep_marker() -> None:
    assert overlap(deep(100), None) is not None


def test_a_marker_that_cannot_be_spelled() -> None:
    overlap(deep(380), None)


def test_a_variable_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    def evaluate(self: Marker, environment: object = None, context: str = "metadata") -> bool:
        raise KeyError("extras")

    monkeypatch.setattr(Marker, "evaluate", evaluate)
    assert overlap(Marker("'a' in extras"), None) == {}


# --- many at once ----------------------------------------------------------

SPECIFIERS = [">=3.9", "<3.10,>=3.8", "~=3.8", "!=3.9.*", ">3", "<4", "", "==2.7.*"]


@some
@given(st.lists(texts, min_size=1, max_size=4), st.sampled_from(SPECIFIERS))
def test_the_table_judges_as_packaging_does(several: list[str], interpreters: str) -> None:
    spelled = [str(Marker(text)) for text in several]
    table = Table.of(spelled, [interpreters])
    assume(not table.crowded)
    assume(
        not any(
            name in text
            for name in ("platform_release", "platform_version", "implementation_version")
            for text in spelled
        )
    )
    for text in spelled:
        places = table.where(text, doubt=False)
        assert places == table.where(text, doubt=True)
        for index, environment in list(enumerate(table.environments))[::7]:
            assert bool(places >> (8 * index) & 1) == Marker(text).evaluate(dict(environment))
    allowed = table.allowed(interpreters)
    for index, environment in enumerate(table.environments):
        fits = SpecifierSet(interpreters).contains(environment["python_full_version"])
        assert bool(allowed >> (8 * index) & 1) == fits


@some
@given(texts, environments())
def test_where_a_marker_holds_the_table_knows_it(text: str, environment: dict[str, str]) -> None:
    """The table has a place for every environment that there is, as far as the marker goes."""
    assume(not any(name in text for name in ("platform_release", "platform_version", "implementation_version")))
    marker = str(Marker(text))
    table = Table.of([marker], ["==2.7.*"])
    holds = Marker(text).evaluate(environment)
    places = table.where(marker, doubt=False)
    assert places if holds else places != table.everywhere


@pytest.mark.parametrize("name", ["platform_release", "platform_version", "implementation_version"])
def test_of_a_build_nobody_can_tell(name: str) -> None:
    table = Table.of([f'{name} >= "5"', 'os_name == "nt"'], ())
    assert table.where(f'{name} >= "5"', doubt=False) == 0
    assert table.where(f'{name} >= "5"', doubt=True) == table.everywhere
    either = f'{name} >= "5" or os_name == "nt"'
    assert table.where(either, doubt=False) == table.where('os_name == "nt"', doubt=True)


def test_where_pip_stops_nobody_can_tell() -> None:
    text = 'os_name ~= "nt"'
    table = Table.of([text], ())
    assert table.where(text, doubt=False) == 0
    assert table.where(text, doubt=True) == table.everywhere


def test_a_crowded_table_tells_of_extras_alone() -> None:
    table = Table.of([f'platform_machine == "m{number}"' for number in range(200)], ())
    assert table.crowded
    assert table.everywhere
    assert table.where('platform_machine == "m1"', doubt=False) == 0
    assert table.where('extra == "x"', "x", doubt=False) == table.everywhere
    assert table.allowed("<3") == table.everywhere


def test_the_first_and_the_newest() -> None:
    table = Table.of(['python_version >= "3.9"', 'sys_platform == "win32"'], ())
    older = table.where('python_version < "3.9"', doubt=False)
    assert table.first(table.everywhere)["python_version"] == "3.12"
    assert table.first(older)["python_version"] == "3.8"
    assert table.newest(older) == (3, 8, 0)
    assert table.newest(0) == ()


@pytest.mark.parametrize(
    ("marker", "extra", "expected"),
    [
        ("", "", True),
        ('extra == "x"', "", False),
        ('extra == "x"', "x", True),
        ('extra == "X_y"', "x-y", True),
        ('"x" == extra', "x", True),
        ('extra == "x" and os_name == "nt"', "", False),
        ('extra == "x" or os_name == "nt"', "", True),
        ('extra == "x" and (extra == "y" or os_name == "nt")', "x", True),
        ('(extra == "x" or extra == "y") and extra == "z"', "x", False),
        ('extra == "x" or extra == "y" and extra == "z"', "x", True),
        ('extra == "y" and extra == "z" or extra == "x"', "x", True),
        ('os_name == "extra"', "", True),
    ],
)
def test_what_an_extra_decides_alone(marker: str, extra: str, expected: bool) -> None:
    assert markers.possible(str(Marker(marker)) if marker else "", extra) is expected


def test_the_extras_of_a_marker() -> None:
    assert markers.extras(str(Marker("extra == 'A_b' or 'c' == extra or os_name == 'd'"))) == {"a-b", "c"}


def test_what_is_too_long_or_too_deep_is_not_spelled() -> None:
    assert markers.spelled(None) == ""
    assert markers.spelled(Marker("os_name=='nt'")) == 'os_name == "nt"'
    assert markers.spelled(Marker(" or ".join("os_name == 'nt'" for _ in range(2_000)))) is None
