"""The same project pinned twice, over real trees of files; how much work a hostile file can ask for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from hashpin import check, files, tree
from hashpin.evidence import Answers, Asking
from hashpin.markers import Environment
from hashpin.model import Finding, Policy, Report, Severity
from hashpin.rules import conflicting_pins
from hashpin.text import Lines
from tests import console

A, B = (f" --hash=sha256:{letter * 64}" for letter in "ab")


def reported(contents: Mapping[str, str]) -> Report:
    """What comes of these files, without an index."""
    for name, text in contents.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text)
    forest = tree.grow(files.find((".",), ()), lambda found: files.read(found.path))
    _, report = check.check(forest, None, Answers(), Policy(), Asking(1, 1.0))
    return report


def conflicts(contents: Mapping[str, str]) -> list[Finding]:
    return [finding for finding in reported(contents).findings if finding.rule is conflicting_pins.RULE]


def told(contents: Mapping[str, str]) -> list[str]:
    """Where each conflict is, and with what."""
    found: list[str] = []
    for finding in conflicts(contents):
        assert finding.severity is Severity.ERROR
        line = Lines(Path(finding.path).read_text()).position(finding.span.start).line
        found.append(f"{finding.path}:{line} {finding.message.partition(': ')[0]}")
    return found


@pytest.fixture(autouse=True)
def _in_a_repository(here: Path) -> None:
    """Every test has files of its own."""


# --- in one file -----------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("a==1\na==1\n", None),
        ("a==1\na==1.0\n", None),
        ("A.b==1\na-B===1\n", None),
        (f"a==1{A}{B}\na==1{B}{A}\n", None),
        (f"a==1{A}\na==1{A.upper().replace('HASH', 'hash').replace('SHA', 'sha')}\n", None),
        ("a==1\nb==2\n", None),
        ("a==1\na==2\n", "is pinned to 1, too, in requirements.txt:1"),
        ("A_b==1\n\na.B==2\n", "is pinned to 1, too, in requirements.txt:1"),
        ("a[x]==1\na==2\n", "is pinned to 1, too, in requirements.txt:1"),
        (f"a==1{A}\na==1{B}\n", "has other hashes in requirements.txt:1"),
        (f"a==1{A}\na==1{A}{B}\n", "has other hashes in requirements.txt:1"),
        (f"a==1{A}\na==1\n", "has hashes in requirements.txt:1"),
        (f"a==1\na==1{A}\n", "has no hashes in requirements.txt:1"),
        (f"a==1{A}\na==2{A}\n", "is pinned to 1, too, in requirements.txt:1"),
        ("a==1 ; python_version < '3.9'\na==2 ; python_version >= '3.9'\n", None),
        ("a==1 ; sys_platform == 'win32'\na==2 ; sys_platform != 'win32'\n", None),
        ("a==1 ; extra == 'x'\na==2\n", None),
        (
            "a==1 ; python_version <= '3.9'\na==2 ; python_version >= '3.9'\n",
            "is pinned to 1, too, in requirements.txt:1 (both hold with python_version 3.9)",
        ),
        (
            f"a==1{A}\na==1 ; sys_platform == 'win32'{B}\n",
            "has other hashes in requirements.txt:1 (both hold with sys_platform win32)",
        ),
        (f"a==1{A}\na==1 ; sys_platform == 'win32'{A}\n", None),
    ],
)
def test_two_lines_of_one_file(text: str, what: str | None) -> None:
    last = text.count("\n")
    assert told({"requirements.txt": text}) == ([] if what is None else [f"requirements.txt:{last} {what}"])


def test_the_first_other_one_is_told_for_each() -> None:
    assert told({"requirements.txt": "a==1\na==2\na==1\na==3\n"}) == [
        "requirements.txt:2 is pinned to 1, too, in requirements.txt:1",
        "requirements.txt:4 is pinned to 1, too, in requirements.txt:1",
    ]


def test_a_finding_names_its_pin() -> None:
    (finding,) = conflicts({"requirements.txt": "A.a==1\na_a==2 # why\n"})
    assert (finding.project, finding.version) == ("a-a", "2")
    assert finding.span.of("A.a==1\na_a==2 # why\n") == "a_a==2"
    assert finding.fix is None


# --- over files ------------------------------------------------------------


def test_files_that_nobody_takes_together_may_differ() -> None:
    assert told({"requirements.txt": "a==1\n", "requirements-dev.txt": "a==2\n"}) == []


def test_what_one_file_takes_in_counts_together_and_is_told_once() -> None:
    assert told(
        {
            "requirements-all.txt": "-r requirements-b.txt\n-r requirements-c.txt\n",
            "requirements-b.txt": "\na==1\n",
            "requirements-c.txt": "a==2\n",
        }
    ) == ["requirements-c.txt:1 is pinned to 1, too, in requirements-b.txt:2"]


def test_the_outermost_tree_tells_of_those_within() -> None:
    contents = {
        "requirements-all.txt": "-r requirements-b.txt\nb==1\n",
        "requirements-b.txt": "-r requirements-c.txt\na==1\n",
        "requirements-c.txt": "a==2\n",
    }
    assert told(contents) == ["requirements-c.txt:1 is pinned to 1, too, in requirements-b.txt:2"]


def test_trees_within_do_not_tell_it_the_other_way_round() -> None:
    contents = {
        "requirements.txt": "-r requirements-c.txt\n-r requirements-b.txt\n",
        "requirements-b.txt": "-r requirements-c.txt\na==1\n",
        "requirements-c.txt": "a==2\n",
    }
    assert told(contents) == ["requirements-b.txt:2 is pinned to 2, too, in requirements-c.txt:1"]


def test_each_outermost_tree_tells_its_own() -> None:
    contents = {
        "requirements-one.txt": "-r requirements-base.txt\na==1\n",
        "requirements-two.txt": "-r requirements-base.txt\na==2\n",
        "requirements-base.txt": "a==3\n",
    }
    assert told(contents) == [
        "requirements-base.txt:1 is pinned to 1, too, in requirements-one.txt:2",
        "requirements-base.txt:1 is pinned to 2, too, in requirements-two.txt:2",
    ]


def test_the_same_file_by_two_ways_is_no_conflict() -> None:
    contents = {
        "requirements.txt": "".join(f"{way}.txt\n" for way in ("-r b", "-r c", "-r d", "-c d")),
        "b.txt": "-r d.txt\n",
        "c.txt": "-c d.txt\n",
        "d.txt": f"a==1{A}\n",
    }
    assert told(contents) == []


def test_a_conflict_within_a_file_by_two_ways_is_one_of_its_lines() -> None:
    contents = {
        "requirements.txt": "-r requirements-b.txt\n-c requirements-b.txt\n",
        "requirements-b.txt": "a==1\na==2\n",
    }
    assert "requirements-b.txt:2 is pinned to 1, too, in requirements-b.txt:1" in told(contents)


def test_the_same_line_again_in_an_included_file_is_no_conflict() -> None:
    assert told({"requirements.txt": f"-r requirements-b.txt\na==1{A}\n", "requirements-b.txt": f"a==1{A}\n"}) == []


@pytest.mark.parametrize("ways", [["-c constraints", "-r b"], ["-r b", "-c constraints"]])
def test_a_constraint_is_told_where_it_stands(ways: list[str]) -> None:
    contents = {"requirements.txt": "".join(f"{way}.txt\n" for way in ways), "b.txt": "a==1\n"}
    assert told({**contents, "constraints.txt": "a==2\n"}) == [
        "constraints.txt:1 is pinned to 1, too, in b.txt:1",
    ]


@pytest.mark.parametrize("hashes", [("", A), (A, ""), (A, B), (A, A + B)])
def test_a_constraint_counts_for_its_version_alone(hashes: tuple[str, str]) -> None:
    contents = {"requirements.txt": f"-c constraints.txt\na==1{hashes[0]}\n", "constraints.txt": f"a==1{hashes[1]}\n"}
    assert told(contents) == []


def test_constraints_against_each_other() -> None:
    contents = {"requirements.txt": "-c constraints.txt\n-c constraints-b.txt\n"}
    contents |= {"constraints.txt": "a==1\n", "constraints-b.txt": "a==2\n"}
    assert told(contents) == ["constraints-b.txt:1 is pinned to 1, too, in constraints.txt:1"]


def test_constraints_of_their_own() -> None:
    """Nobody takes them in as requirements, so their own tree tells of them, too: the place is one, and told once."""
    contents = {"requirements.txt": "-c constraints.txt\n", "constraints.txt": "a==1\na==2\n"}
    assert told(contents) == ["constraints.txt:2 is pinned to 1, too, in constraints.txt:1"]
    assert told({"constraints.txt": "a==1\na==2\n"}) == ["constraints.txt:2 is pinned to 1, too, in constraints.txt:1"]


def test_a_circle_has_no_outermost_tree_and_is_an_error() -> None:
    report = reported(
        {"requirements.txt": "-r requirements-b.txt\na==1\n", "requirements-b.txt": "-r requirements.txt\na==2\n"}
    )
    assert report.worst is Severity.ERROR


# --- how much work ---------------------------------------------------------


class Counted:
    """Stands for the judging of markers: always says the same, and counts."""

    def __init__(self, where: Environment | None) -> None:
        self.where = where
        self.calls = 0

    def __call__(self, one: object, other: object) -> Environment | None:
        self.calls += 1
        return self.where


def counted(monkeypatch: pytest.MonkeyPatch, where: Environment | None) -> Counted:
    counting = Counted(where)
    monkeypatch.setattr(conflicting_pins, "overlap", counting)
    return counting


def test_many_alike_are_one(monkeypatch: pytest.MonkeyPatch) -> None:
    counting = counted(monkeypatch, {})
    assert conflicts({"requirements.txt": f"a==1{A}\n" * 5_000}) == []
    assert counting.calls == 0


def test_many_unlike_are_each_compared_once(monkeypatch: pytest.MonkeyPatch) -> None:
    counting = counted(monkeypatch, {})
    found = conflicts({"requirements.txt": "".join(f"a=={number}\n" for number in range(5_000))})
    assert len(found) == 4_999
    assert counting.calls <= 4_999


def test_many_apart_are_compared_with_a_bounded_number(monkeypatch: pytest.MonkeyPatch) -> None:
    counting = counted(monkeypatch, None)
    conflicts({"requirements.txt": "".join(f"a=={number} ; os_name == '{number}'\n" for number in range(2_000))})
    assert 0 < counting.calls <= 200 * 2_000


def test_many_projects_are_not_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    counting = counted(monkeypatch, {})
    assert conflicts({"requirements.txt": "".join(f"a{number}==1\n" for number in range(1_000))}) == []
    assert counting.calls == 0


# --- known faults ----------------------------------------------------------


def test_many_apart_end_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    counting = counted(monkeypatch, None)
    conflicts({"requirements.txt": "".join(f"a=={number} ; os_name == '{number}'\n" for number in range(200))})
    assert counting.calls <= 5_000


def test_a_conflict_behind_many_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conflicting_pins, "_MOST", 3)
    apart = "".join(f"a==1.{number} ; python_version == '3.{number}'\n" for number in range(8, 12))
    last = "a==2 ; python_version == '3.12'\na==3 ; python_version == '3.12'\n"
    assert len(told({"requirements.txt": last})) == 1
    assert len(told({"requirements.txt": apart + last})) >= 1


def test_lines_are_counted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    def counting(text: str) -> Lines:
        made.append(text)
        return Lines(text)

    monkeypatch.setattr(conflicting_pins, "Lines", counting)
    conflicts({"requirements.txt": "".join(f"a=={number}\n" for number in range(100))})
    assert 0 < len(made) <= 2


def test_a_deep_marker_does_not_end_the_run() -> None:
    marker = "os_name == 'posix'"
    for _ in range(190):
        marker = f"os_name == 'nt' and (os_name == 'nt' or ({marker}))"
    Path("requirements.txt").write_text(f"a==1 ; {marker}\n--no-require-hashes\n")
    assert "error[disabled-hash-checking]" in console.run("check", "--offline").out
