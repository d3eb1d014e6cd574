"""What a tree lacks, by hand: extras, markers, Pythons, platforms, several files; how much work a file can ask for."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from msgspec.structs import replace
from packaging.utils import canonicalize_name

from hashpin import completeness, formats, needs
from hashpin.markers import Table
from hashpin.model import (
    Finding,
    Kind,
    Member,
    NoAnswer,
    NotOffered,
    Platform,
    Policy,
    ReleaseKey,
    Severity,
    Source,
    Tree,
)
from hashpin.rules import missing_dependency
from tests.trees import Known, evidence
from tests.work import calls

WINDOWS = Platform("windows/amd64 cp312", "windows", "amd64", (3, 12))


def universe(known: Mapping[str, tuple[str, ...] | Known]) -> dict[ReleaseKey, Known]:
    """Releases as ``a==1``, with what they need."""
    found: dict[ReleaseKey, Known] = {}
    for pin, told in known.items():
        name, _, version = pin.partition("==")
        found[ReleaseKey(canonicalize_name(name), version)] = told if isinstance(told, Known) else Known(told)
    return found


def told(text: str, known: Mapping[str, tuple[str, ...] | Known], *platforms: Platform) -> list[str]:
    """What is said: an E, W or N, the pin, the first thing that it needs."""
    found = missing_dependency.check(evidence(text, universe(known), Policy(platforms=platforms)))
    return [
        f"{f.severity.name[0]} {f.project} {f.message.partition(', and ')[0].removeprefix('needs ')}" for f in found
    ]


@pytest.mark.parametrize(
    ("text", "known", "expected"),
    [
        ("a==1\nb==1\n", {"a==1": ("b",), "b==1": ()}, []),
        ("a==1\n", {"a==1": ("b>=1",)}, ["E a b>=1"]),
        ("a==1\n", {"a==1": ("a",)}, []),
        ("A_b==1\nC.d==1\n", {"a-b==1": ("c_D",), "c-d==1": ()}, []),
        ("a==1\nb>=1\n", {"a==1": ("b",)}, []),  # unpinned-requirement tells of it
        ("a==1\nb @ https://files.example/b.zip\n", {"a==1": ("b",)}, []),
        ("a==1\n", {"a==1": ("b @ https://files.example/b.zip",)}, []),
        ("a==1\nb==1\nc==1\n", {"a==1": ("d",), "b==1": ("d>=2",), "c==1": ("d",)}, ["E a d (as do b and 1 more)"]),
        # extras
        ("a[x]==1\n", {"a==1": ("b ; extra == 'x'", "c ; extra == 'y'")}, ['E a b; extra == "x"']),
        ("a[X_y]==1\n", {"a==1": ("b ; extra == 'x-Y'",)}, ['E a b; extra == "x-y"']),
        ("a[x]==1\n", {"a==1": ()}, []),
        ("a[x]==1\n", {"a==1": ("a[y] ; extra == 'x'", "b ; extra == 'y'")}, ['E a b; extra == "y"']),
        ("a[x]==1\nb==1\n", {"a==1": ("b[y] ; extra == 'x'",), "b==1": ("c ; extra == 'y'",)}, ['E b c; extra == "y"']),
        ("b==1\na[x]==1\n", {"a==1": ("b[y] ; extra == 'x'",), "b==1": ("c ; extra == 'y'",)}, ['E b c; extra == "y"']),
        ("a==1\nb==1\n", {"a==1": ("b[y] ; extra == 'x'",), "b==1": ("c ; extra == 'y'",)}, []),
        (
            "c==1\nb==1\na==1\n",
            {"a==1": ("b[y]",), "b==1": ("c[z] ; extra == 'y'",), "c==1": ("d ; extra == 'z'",)},
            ['E c d; extra == "z"'],
        ),
        (
            "a==1\nb==1\nc==1\n",
            {"a==1": ("b[y]",), "b==1": ("c[z] ; extra == 'y'",), "c==1": ("d ; extra == 'z'",)},
            ['E c d; extra == "z"'],
        ),
        # an extra that is asked for on one system, of what is needed on another
        (
            "a==1\nb==1\n",
            {"a==1": ("b[y] ; os_name == 'nt'", "b"), "b==1": ("c ; extra == 'y' and os_name == 'posix'",)},
            [],
        ),
        ("a==1\n", {"a==1": ("b ; extra != 'x'",)}, ['E a b; extra != "x"']),
        # markers
        ("a==1\n", {"a==1": ("b ; os_name == 'nt'",)}, ['N a b; os_name == "nt"']),
        ("a==1\nb==1 ; os_name == 'nt'\n", {"a==1": ("b ; sys_platform == 'win32'",), "b==1": ()}, []),
        ("a==1\nb==1 ; os_name == 'nt'\n", {"a==1": ("b",), "b==1": ()}, ["N a b"]),
        ("a==1 ; os_name == 'nt'\n", {"a==1": ("b ; sys_platform == 'win32'",)}, ['E a b; sys_platform == "win32"']),
        ("a==1 ; os_name == 'nt'\nb==1 ; os_name == 'posix'\n", {"a==1": ("b",), "b==1": ()}, ["E a b"]),
        ("a==1\n", {"a==1": ("b ; platform_python_implementation != 'PyPy'",)}, ["E a b; platform_python_impl"]),
        ("a==1\n", {"a==1": ("b ; platform_python_implementation == 'PyPy'",)}, ["N a b; platform_python_impl"]),
        (
            "a==1\n",
            {"a==1": ("b>=1 ; python_version < '3.12'", "b>=2 ; python_version >= '3.12'")},
            ['E a b>=1; python_version < "3.12"'],
        ),
        # Pythons
        ("a==1\n", {"a==1": ("b ; python_version < '3.11'",)}, []),
        ("a==1\n", {"a==1": ("b ; python_version >= '3.13'",)}, ['N a b; python_version >= "3.13"']),
        ("a==1\n", {"a==1": ("b ; python_version < '4'",)}, ['E a b; python_version < "4"']),
        ("a==1\n", {"a==1": Known(("b ; python_version >= '3.9'",), ">=3.9")}, ['E a b; python_version >= "3.9"']),
        (
            "a==1\n",
            {"a==1": Known(("b ; python_version < '3.12'",), "<3.12,>=3.8")},
            ['E a b; python_version < "3.12"'],
        ),
        ("a==1\nc==1\n", {"a==1": ("b ; python_version >= '3.13'",), "c==1": Known((), "<3.13")}, []),
        # a pin that is only there for older Pythons bounds those alone
        (
            "a==1\nc==1 ; python_version < '3.9'\n",
            {"a==1": ("b ; python_version >= '3.10'",), "c==1": Known((), "<3.9")},
            ['N a b; python_version >= "3.10"'],
        ),
        # who excludes every Python still has to be complete
        ("a==1\nc==1\n", {"a==1": Known(("b",), "<3.9"), "c==1": Known((), ">=3.9")}, ["E a b"]),
        ("a==1\n", {"a==1": Known(("b ; python_version >= '3.9'",), "nonsense")}, ['N a b; python_version >= "3.9"']),
        ("a==1\n", {"a==1": ("b ; python_full_version == '3.13.0rc1'",)}, []),
        # what nobody can tell is not needed, and a line of which nobody can tell covers nothing
        ("a==1\n", {"a==1": ("b ; platform_release > '5'",)}, []),
        ("a==1\nb==1 ; platform_release > '5'\n", {"a==1": ("b",), "b==1": ()}, ["E a b"]),
        ("a==1\nb==1 ; python_version >= '3.90'\n", {"a==1": ("b",), "b==1": ()}, ["N a b"]),
        ("a==1\n", {"a==1": ("b ; os_name > 'nt'",)}, []),
        # versions
        ("a==1\nb==1\n", {"a==1": ("b>=2",), "b==1": ()}, ["E a b>=2"]),
        ("a==1\nb==1\n", {"a==1": ("b>=2 ; os_name == 'nt'",), "b==1": ()}, []),
        ("a==1\nb==2+cpu\n", {"a==1": ("b==2",), "b==2+cpu": ()}, []),
        ("a==1\nb==2rc1\n", {"a==1": ("b>=2",), "b==2rc1": ()}, ["E a b>=2"]),
        ("a==1\nb===two\n", {"a==1": ("b>=2",), "b==two": ()}, []),
        (
            "a==1\nb==1 ; os_name == 'nt'\nb==2 ; os_name != 'nt'\n",
            {"a==1": ("b>=2 ; os_name != 'nt'", "b<2 ; os_name == 'nt'"), "b==1": (), "b==2": ()},
            [],
        ),
        # left to the environment, perhaps brought by something
        ("a==1\n", {"a==1": ("Setuptools>=1",)}, ["W a Setuptools>=1"]),
        ("a==1\n-e .\n", {"a==1": ("b",)}, ["W a b"]),
        ("a==1\n./folder\n", {"a==1": ("b",)}, ["W a b"]),
        ("a==1\n${MORE}\n", {"a==1": ("b",)}, ["W a b"]),
    ],
)
def test_what_is_told(text: str, known: Mapping[str, tuple[str, ...] | Known], expected: list[str]) -> None:
    found = told(text, known)
    assert len(found) == len(expected)
    assert all(one.startswith(other) for one, other in zip(found, expected, strict=True)), found


@pytest.mark.parametrize(
    ("need", "platform", "expected"),
    [
        ("b ; os_name == 'nt'", WINDOWS, "E"),
        ("b ; os_name == 'posix'", WINDOWS, "N"),
        ("b ; platform_machine == 'AMD64'", WINDOWS, "E"),
        ("b ; platform_machine == 'x86_64'", Platform("", "linux", "amd64"), "E"),
        ("b ; platform_machine == 'x86_64'", Platform("", "musl", "amd64"), "E"),
        ("b ; platform_machine == 'aarch64'", Platform("", "linux", "arm64"), "E"),
        ("b ; platform_machine == 'arm64'", Platform("", "linux", "arm64"), "N"),
        ("b ; platform_machine == 'arm64' and sys_platform == 'darwin'", Platform("", "macos", "arm64"), "E"),
        ("b ; python_version == '3.12'", WINDOWS, "E"),
        ("b ; python_version < '3.12'", WINDOWS, ""),
        ("b ; python_version < '3.12'", Platform("", "windows", "amd64", (3, 11)), "E"),
        ("b ; python_version < '3.12'", Platform("", "windows", "amd64"), ""),
        ("b ; platform_python_implementation == 'PyPy'", WINDOWS, "N"),
    ],
)
def test_a_platform_that_was_asked_for(need: str, platform: Platform, expected: str) -> None:
    assert [found[:1] for found in told("a==1\n", {"a==1": (need,)}, platform)] == list(expected)


def test_the_usual_system_needs_no_name() -> None:
    [finding] = missing_dependency.check(evidence("a==1\n", universe({"a==1": ("b",)}), Policy(platforms=(WINDOWS,))))
    assert WINDOWS.text not in finding.message


def test_the_platform_is_named() -> None:
    known = universe({"a==1": ("b ; os_name == 'nt'",)})
    [finding] = missing_dependency.check(evidence("a==1\n", known, Policy(platforms=(WINDOWS,))))
    assert f" on {WINDOWS.text}, " in finding.message


def test_one_note_for_a_whole_file() -> None:
    known = {"a==1": ("b ; os_name == 'nt'", "c ; os_name == 'nt'"), "d==1": ("e ; sys_platform == 'darwin'",)}
    [finding] = missing_dependency.check(evidence("a==1\nd==1\n", universe(known)))
    assert finding.severity is Severity.NOTE
    assert finding.of_file
    assert "and so it is with 2 more projects" in finding.message
    assert finding.message.endswith("as with os_name nt")


# --- what nobody tells -----------------------------------------------------


def test_pins_of_which_nobody_tells_are_counted() -> None:
    known = {"a==1": Known(NotOffered("it has none")), "b==1": Known(("c",)), "d==1": Known(NotOffered("another"))}
    error, note = missing_dependency.check(evidence("a==1\nb==1\nd==1\n", universe(known)))
    assert error.severity is Severity.ERROR
    assert note.severity is Severity.NOTE
    assert "2 pins of this file need" in note.message
    assert note.message.endswith("of this one it has none")


def test_pins_whose_needs_the_index_owes_are_unchecked_and_no_note() -> None:
    known = {"a==1": Known(NoAnswer("timed out")), "b==1": Known(NotOffered("it has none"))}
    judged = evidence("a==1\nb==1\n", universe(known))
    [note] = missing_dependency.check(judged)
    assert "1 pin of this file needs" in note.message
    [owed] = missing_dependency.unchecked(judged)
    assert (owed.project, owed.reason) == ("a", "what it needs is not known: timed out")
    assert owed.told_by == "missing-dependency"


@pytest.mark.parametrize(
    "needs",
    [
        ("what is this?", "c"),
        ("b ; python_version < ", "c"),
        ("b ; " + "(" * 500 + "os_name == 'nt'" + ")" * 500, "c"),
        ("b ; " + " or ".join(f"os_name == 'o{number}'" for number in range(2_000)), "c"),
        ("b ; " + " or ".join(f"extra == 'e{number}'" for number in range(60)), "c"),
        ("b>=" + "9" * 5_000, "c"),
    ],
)
def test_the_rest_of_what_cannot_be_read_is_judged(needs: tuple[str, ...]) -> None:
    assert [found[:3] for found in told("a==1\n", {"a==1": needs})] in (["E a", "N a"], ["E a", "E a"])
    judged = completeness.judge(evidence("a==1\n", universe({"a==1": needs})))
    assert "c" in [lack.name for lack in judged.lacks]
    assert len(judged.lacks) == 2 or judged.untold


def test_more_than_anybody_needs_is_not_read() -> None:
    judged = completeness.judge(evidence("a==1\n", universe({"a==1": tuple(f"b{n}" for n in range(50_000))})))
    assert not judged.lacks
    assert [reason for _, reason in judged.untold] == ["it needs more than can be read"]


# --- several files ---------------------------------------------------------


def checked(text: str, constraints: str) -> list[Finding]:
    known = universe({"a==1": ("b",), "b==1": ()})
    return list(missing_dependency.check(evidence(text, known, constraints=constraints)))


def test_constraints_need_nothing_and_pin_nothing_without_hashes() -> None:
    assert not checked("", "a==1\n")
    [finding] = checked("a==1\n", "b==1\n")
    assert finding.severity is Severity.ERROR


def test_hashed_constraints_pin_for_newer_pips() -> None:
    [finding] = checked("a==1\n", f"b==1 --hash=sha256:{'0' * 64}\n")
    assert finding.severity is Severity.WARNING
    assert "the constraints constraints.txt" in finding.message


def test_only_whole_trees_in_hash_mode_are_judged() -> None:
    whole = evidence("a==1\n", universe({"a==1": ("b",)}))
    assert list(missing_dependency.check(whole))
    assert not list(missing_dependency.check(replace(whole, hash_mode=False)))
    assert not list(missing_dependency.check(replace(whole, outermost=False))), "the outer tree tells of it"


def test_what_only_the_including_file_pins() -> None:
    """`pip install -r base.txt` fails, whatever `dev.txt` adds to it."""
    within = replace(evidence("a==1\n", universe({"a==1": ("b",)})), outermost=False)
    b = canonicalize_name("b")
    [finding] = missing_dependency.check(replace(within, elsewhere={b: ("dev.txt",)}))
    assert finding.severity is Severity.WARNING
    assert "dev.txt pins it, which this file does not include" in finding.message
    crowd = replace(within.tree, members=within.tree.members * 51)
    assert not list(missing_dependency.check(replace(within, tree=crowd, elsewhere={b: ("dev.txt",)})))


def test_another_file_pins_it() -> None:
    whole = evidence("a==1\n", universe({"a==1": ("b",)}))
    b = canonicalize_name("b")
    [finding] = missing_dependency.check(replace(whole, elsewhere={b: ("requirements.txt", "other.txt")}))
    assert finding.severity is Severity.WARNING
    assert "other.txt pins it" in finding.message
    [finding] = missing_dependency.check(replace(whole, elsewhere={b: ("requirements.txt",)}))
    assert finding.severity is Severity.ERROR


def test_an_include_that_was_not_read_may_hold_it() -> None:
    whole = evidence("a==1\n", universe({"a==1": ("b",)}))
    [finding] = missing_dependency.check(replace(whole, partial=True))
    assert finding.severity is Severity.WARNING


def test_what_an_included_file_needs_the_including_one_may_pin() -> None:
    base = formats.parse(Source("base.txt", "a==1\n"))
    whole = evidence("b==1\n", universe({"b==1": ()}))
    inner = evidence("a==1\n", universe({"a==1": ("b",)}))
    [judgement] = inner.judgements["requirements.txt"]
    both = replace(
        whole,
        tree=Tree((*whole.tree.members, Member(base, Kind.REQUIREMENTS))),
        judgements={**whole.judgements, "base.txt": (replace(judgement, path="base.txt"),)},
        needs={**whole.needs, **inner.needs},
    )
    assert not list(missing_dependency.check(both))
    alone = replace(both, tree=Tree((Member(base, Kind.REQUIREMENTS),)))
    assert [finding.path for finding in missing_dependency.check(alone)] == ["base.txt"]


# --- an end ----------------------------------------------------------------


def work(text: str, known: Mapping[str, tuple[str, ...]]) -> int:
    whole = evidence(text, universe(known))
    needs.by_extra_of.cache_clear()
    needs.read.cache_clear()
    return calls(lambda: completeness.judge(whole))


def crowded_lines(count: int) -> tuple[str, dict[str, tuple[str, ...]]]:
    lines = "".join(f"b=={n} ; python_version == '3.{n % 40}'\n" for n in range(count))
    return f"{lines}a==1\n", {"a==1": ("b",), **{f"b=={n}": ("b>=3",) for n in range(count)}}


def crowded_needs(count: int) -> tuple[str, dict[str, tuple[str, ...]]]:
    return "a==1\n", {"a==1": tuple(f"b{n} ; python_version < '3.{n % 40}'" for n in range(count))}


def crowded_extras(count: int) -> tuple[str, dict[str, tuple[str, ...]]]:
    """Each extra asks for the next one, on one Python more than it was asked for itself."""
    chain = (f"a[e{n + 1}] ; extra == 'e{n}' or python_version == '3.{n % 40}'" for n in range(count))
    return "a[e0]==1\n", {"a==1": tuple(chain)}


def crowded_markers(count: int) -> tuple[str, dict[str, tuple[str, ...]]]:
    marker = " or ".join(f"python_version == '3.{n % 40}'" for n in range(200))
    return "a==1\n", {"a==1": tuple(f"b{n} ; {marker}" for n in range(count))}


@pytest.mark.parametrize(
    ("crowd", "count"), [(crowded_lines, 100), (crowded_needs, 150), (crowded_extras, 80), (crowded_markers, 8)]
)
def test_twice_as_much_is_no_more_than_twice_the_work(crowd: object, count: int) -> None:
    assert callable(crowd)
    assert work(*crowd(2 * count)) < 2.5 * work(*crowd(count))


def test_more_values_than_there_is_time_for_leave_what_needs_no_marker() -> None:
    crowd = tuple(f"c{n} ; platform_machine == 'm{n}'" for n in range(500))
    text = "a==1\nb==1 ; platform_machine == 'm1'\n"
    assert told(text, {"a==1": (*crowd, "b", "d"), "b==1": ()})[0] == "E a d"
    assert "its markers name more values than are compared" in told(text, {"a==1": crowd, "b==1": ()})[-1]


def test_a_marker_longer_than_anybodys_covers_nothing() -> None:
    marker = " or ".join(["python_version < '2'"] * 1000)
    assert told(f"a==1\nb==1 ; {marker}\n", {"a==1": ("b",), "b==1": ()}) == ["E a b"]


def test_numbers_without_end_stop_nothing() -> None:
    """packaging reads them, and fails where it compares."""
    endless = "9" * 5000
    assert told("a==1\nb==1\n", {"a==1": (f"b==1.{endless}", "c"), "b==1": ()}) == ["E a c"]
    whole: dict[str, tuple[str, ...] | Known] = {"a==1": Known(("c",), f">={endless}")}
    assert told("a==1\n", whole) == ["E a c"]


def test_the_table_has_an_end() -> None:
    values = [
        f"platform_machine == 'm{n}' or sys_platform == 's{n}' or implementation_name == 'i{n}'" for n in range(49)
    ]
    assert Table.of(values, ()).crowded
    assert not Table.of(values[:3], ()).crowded


@pytest.mark.parametrize(
    ("need", "extra"),
    [
        ('b ; extra == "e"', "e"),
        ("b[x]>=1,<2 ; python_version < '3.9' and extra=='E_1'", "e-1"),
        ('b ; extra == "e" and python_version < "3.9"', None),
        ('b ; python_version < "3.9" or extra == "e"', None),
        ('b ; python_version < "3.9"\tor\textra == "e"', None),
        ('b ; (python_version < "3.9" or os_name == "nt") and extra == "e"', None),
        ('b ; extra == "e" and extra == "f"', None),
        ('b ; "e" == extra', None),
        ("b ; extra != 'e'", None),
        ("b @ https://index.example/b;extra == 'e'", None),
        ("b", None),
    ],
)
def test_the_needs_of_one_extra_that_are_not_read_before_it_is_asked_for(need: str, extra: str | None) -> None:
    assert needs.only_extra(need) == extra
    if extra:
        asked = evidence(f"a[{extra}]==1\n", universe({"a==1": (need,)}))
        assert [lack.name for lack in completeness.judge(asked).lacks] == ["b"]
        assert not completeness.judge(evidence("a==1\n", universe({"a==1": (need,)}))).lacks
