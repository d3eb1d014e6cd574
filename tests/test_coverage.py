"""hashpin coverage: its table, its exit codes, and what it never calls covered."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from hashpin.covering import Cell
from tests.console import Ran, run
from tests.golden import golden
from tests.loopback import LoopbackIndex, status

ROOT = Path(__file__).parents[1]
SCHEMA = json.loads((ROOT / "docs" / "coverage.schema.json").read_text())
GOLDEN = Path(__file__).parent / "outputs" / "snapshots"

LINUX, MACOS = "-cp312-cp312-manylinux_2_28_x86_64.whl", "-cp312-cp312-macosx_11_0_arm64.whl"
ABI3, SDIST, EGG = "-cp39-abi3-win_amd64.whl", ".tar.gz", "-py2.7.egg"
RELEASES = {
    "alpha": ("1.0", [LINUX, MACOS, ABI3, SDIST]),
    "beta": ("3.1", [LINUX]),
    "gamma": ("1", [SDIST]),
    "delta": ("2.0", [ABI3]),
}


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def hashes(project: str, *ends: str) -> str:
    version = RELEASES[project][0]
    return "".join(f" --hash=sha256:{sha256(f'{project}-{version}{end}')}" for end in ends)


@pytest.fixture
def index() -> Iterator[LoopbackIndex]:
    projects = {
        name: {
            "releases": {
                version: [
                    {
                        "filename": f"{name}-{version}{end}",
                        "sha256": sha256(f"{name}-{version}{end}"),
                        "requires_python": ">=3.9",
                        "uploaded": "2024-03-01T12:00:00Z",
                    }
                    for end in ends
                ]
            }
        }
        for name, (version, ends) in RELEASES.items()
    }
    with LoopbackIndex(projects) as running:
        yield running


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def coverage(index: LoopbackIndex, *argv: str, stdin: str = "") -> Ran:
    return run("coverage", *argv, "--index-url", index.url, stdin=stdin.encode())


def document(index: LoopbackIndex, text: str, *platforms: str) -> tuple[int, dict[str, Any]]:
    """The exit code and the document of a file on standard input."""
    asked = [word for platform in platforms for word in ("--platform", platform)]
    ran = coverage(index, "-", "--format", "json", *asked, stdin=text)
    found: dict[str, Any] = json.loads(ran.out)
    jsonschema.validate(found, SCHEMA)
    return ran.code, found


def cells(index: LoopbackIndex, text: str, *platforms: str) -> list[Mapping[str, str]]:
    return [pin["coverage"] for pin in document(index, text, *platforms)[1]["pins"]]


EVERYTHING = (
    f"alpha==1.0{hashes('alpha', LINUX, MACOS, ABI3, SDIST)}\n"
    f"beta==3.1{hashes('beta', LINUX)}\n"
    f"gamma==1{hashes('gamma', SDIST)}\n"
    f"delta==2.0; sys_platform == 'win32'{hashes('delta', ABI3)}\n"
    "epsilon>=1\n"
)


def test_the_table_for_people(index: LoopbackIndex, repo: Path) -> None:
    (repo / "requirements.txt").write_text(EVERYTHING)
    (repo / "bare.txt").write_text("beta==3.1\ngamma==1\nzeta==5\n")
    index.fail("/pypi/gamma/*", status(500))
    index.fail("/simple/gamma/*", status(500))
    ran = coverage(index, "requirements.txt", "bare.txt")
    assert ran.code == 3
    assert ran.out.replace(index.host, "index.example") == golden(
        GOLDEN / "coverage.text", ran.out.replace(index.host, "index.example")
    )


def test_what_all_can_install_needs_no_legend(index: LoopbackIndex) -> None:
    ran = coverage(index, "-", "--platform", "linux/amd64", stdin=f"beta==3.1{hashes('beta', LINUX)}\n")
    assert (ran.code, ran.out.splitlines()) == (
        0,
        ["-", "             linux/amd64", "  beta==3.1  wheel", "", "1 pin by 1 platform: 1 wheel"],
    )


def test_the_document(index: LoopbackIndex) -> None:
    code, found = document(index, EVERYTHING, "linux/amd64 cp312", "windows/x86_64", "linux/amd64 cp312")
    assert code == 0
    assert found["platforms"] == [
        {
            "platform": "linux/amd64 cp312",
            "system": "linux",
            "machine": "amd64",
            "python": "3.12",
            "free_threaded": False,
        },
        {"platform": "windows/x86_64", "system": "windows", "machine": "amd64", "python": None, "free_threaded": False},
    ]
    assert [(pin["project"], pin["line"], *pin["coverage"].values()) for pin in found["pins"]] == [
        ("alpha", 1, "wheel", "wheel"),
        ("beta", 2, "wheel", "nothing"),
        ("gamma", 3, "sdist", "sdist"),
        ("delta", 4, "elsewhere", "wheel"),
    ]
    assert found["pins"][0]["purl"] == "pkg:pypi/alpha@1.0"
    assert found["summary"] == {
        "pins": 4,
        "unpinned": 1,
        "unchecked": 0,
        "wheel": 4,
        "sdist": 2,
        "nothing": 1,
        "elsewhere": 1,
        "unknown": 0,
    }


def test_an_interpreter_counts(index: LoopbackIndex) -> None:
    text = f"alpha==1.0{hashes('alpha', LINUX, ABI3)}\n"
    asked = ("linux/amd64 cp312", "linux/amd64 cp313", "windows/amd64 cp313", "windows/amd64 cp38")
    assert list(cells(index, text, *asked)[0].values()) == ["wheel", "nothing", "wheel", "nothing"]


def test_a_pin_without_hashes_shows_what_its_release_offers(index: LoopbackIndex) -> None:
    _, found = document(index, "alpha==1.0\n", "linux/amd64", "musl/amd64")
    assert [(pin["listed"], *pin["coverage"].values()) for pin in found["pins"]] == [(False, "wheel", "sdist")]


def test_a_hash_that_covers_nothing(index: LoopbackIndex) -> None:
    """Forged, swallowed by a comment, of another release, of an egg: no file that pip would take."""
    text = f"alpha==1.0 --hash=sha256:{'0' * 64}\nbeta==3.1{hashes('beta', EGG)}\n"
    text += f"delta==2.0 --hash=sha256:{'0' * 64} # \\\n   {hashes('delta', ABI3)}\n"
    assert cells(index, text, "windows/amd64") == [{"windows/amd64": "nothing"}] * 3


def test_what_is_not_there_covers_nothing(index: LoopbackIndex) -> None:
    code, found = document(index, "alpha==9.9\nzeta==1.0\n", "linux/amd64")
    assert (code, [pin["coverage"] for pin in found["pins"]]) == (0, [{"linux/amd64": "nothing"}] * 2)


@pytest.mark.parametrize(
    ("line", "what"),
    [("alpha==9.9", "the index has no such version"), ("nowhere==1.0", "the index has no such project")],
)
def test_hashes_of_what_is_not_there_are_unknown_with_the_reason(index: LoopbackIndex, line: str, what: str) -> None:
    # The second pin shows that the index is one.
    code, found = document(index, f"{line} --hash=sha256:{'0' * 64}\nbeta==3.1\n", "linux/amd64")
    assert (code, found["pins"][0]["coverage"]) == (3, {"linux/amd64": "unknown"})
    assert [entry["reason"] for entry in found["unchecked"]] == [
        f"{what}: its hashes may be of files that are elsewhere"
    ]


def test_kinds_that_the_file_forbids(index: LoopbackIndex) -> None:
    text = f"--only-binary :all:\n--no-binary alpha\n{EVERYTHING}"
    assert [list(row.values()) for row in cells(index, text, "linux/amd64")] == [
        ["sdist"],
        ["wheel"],
        ["nothing"],
        ["elsewhere"],
    ]


def test_an_include_counts_where_it_stands_however_it_is_spelled(index: LoopbackIndex, repo: Path) -> None:
    """An absolute path, which anybody may guess on a runner: what stands below it goes last, as for pip."""
    (repo / "opts.txt").write_text("--only-binary :all:\n")
    for target in ("opts.txt", f"{repo}/opts.txt", f"{repo}/./opts.txt"):
        (repo / "requirements.txt").write_text(f"-r {target}\n--no-binary :all:\nalpha==1.0\n")
        shown = json.loads(coverage(index, "requirements.txt", "--format", "json", "--platform", "linux/amd64").out)
        assert [pin["coverage"] for pin in shown["pins"]] == [{"linux/amd64": "sdist"}], target


@pytest.mark.parametrize("entry", ["a-requirements.txt", "requirements.txt"])
def test_of_several_trees_the_worst_counts(index: LoopbackIndex, repo: Path, entry: str) -> None:
    """Whether the tree that has it comes first or not."""
    (repo / "base-requirements.txt").write_text(f"gamma==1{hashes('gamma', SDIST)}\n")
    (repo / entry).write_text("--only-binary :all:\n-r base-requirements.txt\n")
    (repo / "z-requirements.txt").write_text("--no-binary other\n-r base-requirements.txt\n")
    both = json.loads(coverage(index, ".", "--format", "json", "--platform", "linux/amd64").out)
    alone = coverage(index, "base-requirements.txt", "--format", "json", "--platform", "linux/amd64")
    assert [pin["coverage"] for pin in both["pins"]] == [{"linux/amd64": "nothing"}]
    assert [pin["coverage"] for pin in json.loads(alone.out)["pins"]] == [{"linux/amd64": "sdist"}]


# --- what could not be judged ----------------------------------------------


def test_without_an_answer_nothing_is_covered(index: LoopbackIndex) -> None:
    index.fail("*", status(503))
    code, found = document(index, EVERYTHING, "linux/amd64")
    assert code == 3
    assert {cell for pin in found["pins"][:3] for cell in pin["coverage"].values()} == {"unknown"}
    assert found["pins"][3]["coverage"] == {"linux/amd64": "elsewhere"}
    assert len(found["unchecked"]) == 4


def test_offline_nothing_is_known(index: LoopbackIndex) -> None:
    ran = coverage(index, "-", "--offline", "--format", "json", stdin="alpha==1.0\n")
    assert (ran.code, index.requests) == (3, [])
    assert set(json.loads(ran.out)["pins"][0]["coverage"].values()) == {"unknown"}


def test_a_hash_that_cannot_be_judged_may_be_of_any_file(index: LoopbackIndex) -> None:
    text = f"alpha==1.0{hashes('alpha', LINUX)} --hash=sha512:{'a' * 128}\n"
    code, found = document(index, text, "linux/amd64", "macos/arm64")
    assert (code, list(found["pins"][0]["coverage"].values())) == (3, ["wheel", "unknown"])


def test_a_release_without_digests_is_unknown(index: LoopbackIndex) -> None:
    index.projects["eta"] = {"releases": {"1.0": [{"filename": "eta-1.0.tar.gz", "digests": {}}]}}
    code, found = document(index, "eta==1.0\n", "linux/amd64")
    assert (code, found["pins"][0]["coverage"]) == (3, {"linux/amd64": "unknown"})


def test_a_line_that_pip_fills_in_is_unknown(index: LoopbackIndex) -> None:
    code, found = document(index, f"alpha==1.0{hashes('alpha', LINUX)} ${{MORE}}\n", "linux/amd64")
    assert (code, found["pins"][0]["coverage"]) == (3, {"linux/amd64": "unknown"})


def test_a_file_that_is_not_there_is_unchecked(index: LoopbackIndex) -> None:
    code, found = document(index, "-r https://index.example/more.txt\nbeta==3.1\n", "linux/amd64")
    assert (code, len(found["unchecked"])) == (3, 1)


# --- words of the command line ---------------------------------------------


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (("-", "--platform", "linux/amd46"), "did you mean linux/amd64?"),
        (("-", "--platform", "linux/amd64 pp310"), "names no interpreter"),
        (("-", "--format", "sarif"), "--format"),
        ((), "FILE"),
        (("nowhere.txt",), "nowhere.txt"),
    ],
)
def test_wrong_usage(index: LoopbackIndex, repo: Path, argv: tuple[str, ...], told: str) -> None:
    ran = coverage(index, *argv, stdin="beta==3.1\n")
    assert (ran.code, ran.out, told in ran.err) == (2, "", True)


def test_the_table_is_written_where_it_is_asked_for(index: LoopbackIndex, repo: Path) -> None:
    ran = coverage(index, "-", "--format", "json", "--output", "table.json", stdin="beta==3.1\n")
    assert (ran.code, ran.out) == (0, "")
    jsonschema.validate(json.loads((repo / "table.json").read_text()), SCHEMA)


def test_a_table_that_cannot_be_written_is_printed(index: LoopbackIndex, repo: Path) -> None:
    ran = coverage(index, "-", "--output", "no/table.txt", stdin="beta==3.1\n")
    assert ran.code == 3
    assert "beta==3.1" in ran.out


def test_hostile_text_drives_no_terminal_and_no_runner(index: LoopbackIndex, repo: Path) -> None:
    name = "::error::\u202e\x1b[31m.txt"
    (repo / name).write_text("six===1\u202e##[error]x" + "y" * 500 + "\n")
    ran = coverage(index, name)
    table = [line for line in ran.out.splitlines() if "unchecked" not in line]
    assert max(map(len, table)) < 160
    assert not [line for line in ran.out.splitlines() if line.lstrip().startswith("::")]
    assert not {"\x1b", "\u202e"} & set(ran.out)
    assert "##[" not in ran.out + coverage(index, name, "--format", "json").out


def test_the_schema_bites(index: LoopbackIndex) -> None:
    _, found = document(index, "beta==3.1\n")
    found["pins"][0]["coverage"]["linux/amd64"] = "perhaps"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(found, SCHEMA)


def test_the_schema_knows_every_cell() -> None:
    pin = SCHEMA["properties"]["pins"]["items"]["properties"]
    assert set(pin["coverage"]["additionalProperties"]["enum"]) == {cell.value for cell in Cell}
