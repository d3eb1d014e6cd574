"""Trees on a real disk: what is followed, what is refused, what hash mode a tree is in."""

from __future__ import annotations

from pathlib import Path

import pytest

from hashpin import files, tree
from hashpin.files import Found, Refused
from hashpin.model import Break, Kind, Source, Tree
from hashpin.text import Span
from hashpin.tree import Forest

HASHED = f"six==1.17.0 --hash=sha256:{'a' * 64}\n"


def grow(folder: Path, contents: dict[str, str], *paths: str) -> Forest:
    (folder / ".git").mkdir(exist_ok=True)
    for name, text in contents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    return tree.grow(files.find(paths or (".",), ()), lambda found: files.read(found.path))


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def members(entry: Tree) -> list[tuple[str, Kind]]:
    return [(member.file.source.path, member.kind) for member in entry.members]


def test_every_file_is_an_entry_and_included_ones_stand_in_other_trees_too(tmp_path: Path) -> None:
    forest = grow(
        tmp_path,
        {
            "requirements.txt": "-r requirements/base.txt\n-c constraints.txt\nsix==1.17.0\n",
            "requirements/base.txt": "attrs==1\n",
            "constraints.txt": "-r requirements/base.txt\n",
        },
    )
    r, c = Kind.REQUIREMENTS, Kind.CONSTRAINTS
    assert {entry.members[0].file.source.path: members(entry) for entry in forest.trees} == {
        "constraints.txt": [("constraints.txt", c), ("requirements/base.txt", r)],
        "requirements.txt": [("requirements.txt", r), ("requirements/base.txt", r), ("constraints.txt", c)],
        "requirements/base.txt": [("requirements/base.txt", r)],
    }


def test_a_file_taken_both_ways_stands_in_the_tree_twice(tmp_path: Path) -> None:
    forest = grow(tmp_path, {"requirements.txt": "-r b.txt\n-c b.txt\n-r b.txt\n", "b.txt": "six==1\n"})
    assert members(forest.trees[0])[1:] == [("b.txt", Kind.REQUIREMENTS), ("b.txt", Kind.CONSTRAINTS)]


def test_each_file_is_read_once(tmp_path: Path) -> None:
    read: list[str] = []

    def reader(found: Found) -> Source | Refused:
        read.append(found.path.name)
        return files.read(found.path)

    grow(tmp_path, {"requirements.txt": "-r base.txt\n", "requirements-dev.txt": "-r base.txt\n", "base.txt": "a==1\n"})
    tree.grow(files.find((".",), ()), reader)
    assert sorted(read) == ["base.txt", "requirements-dev.txt", "requirements.txt"]


def test_an_include_that_is_missing_and_one_that_turns_in_a_circle(tmp_path: Path) -> None:
    forest = grow(tmp_path, {"requirements.txt": "-r b.txt\n-r gone.txt\n", "b.txt": "-r requirements.txt\n-r b.txt\n"})
    broken = [(b.path, b.include.target, b.reason) for b in forest.trees[0].broken]
    assert broken == [
        ("b.txt", "requirements.txt", Break.RECURSIVE),
        ("b.txt", "b.txt", Break.RECURSIVE),
        ("requirements.txt", "gone.txt", Break.MISSING),
    ]


def test_the_same_file_by_two_ways_is_no_circle(tmp_path: Path) -> None:
    contents = {
        "requirements.txt": "-r a.txt\n-r b.txt\n",
        "a.txt": "-r c.txt\n",
        "b.txt": "-r c.txt\n",
        "c.txt": "x==1\n",
    }
    assert grow(tmp_path, contents).trees[0].broken == ()


def test_a_long_chain_of_includes(tmp_path: Path) -> None:
    chain = {f"c{n}.txt": f"-r c{n + 1}.txt\n" for n in range(3000)}
    forest = grow(tmp_path, {**chain, "c3000.txt": "six==1\n", "requirements.txt": "-r c0.txt\n"})
    assert len(forest.trees[0].members) == 3002


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("../outside.txt", "-r ../outside.txt: leads outside the repository"),
        ("https://files.example/r.txt", "-r https://files.example/r.txt: is an address, which is not read"),
        ("file:///etc/passwd", "-r file:///etc/passwd: is an address, which is not read"),
        ("folder", "-r folder: names what is no regular file"),
        (
            "binary.bin",
            "-r binary.bin: is not UTF-8: save it as UTF-8, or declare its encoding in a comment on the first line",
        ),
    ],
)
def test_what_is_not_read_is_unchecked(tmp_path: Path, target: str, reason: str) -> None:
    repo = tmp_path / "repo"
    (repo / "folder").mkdir(parents=True)
    (repo / "binary.bin").write_bytes(b"\xff\x00")
    (tmp_path / "outside.txt").write_text("six==1\n")
    forest = grow(repo, {"requirements.txt": f"-r {target}\n"}, "repo")
    assert [entry.reason for entry in forest.unchecked] == [reason]
    assert list(forest.files) == ["repo/requirements.txt"]


def test_a_refused_file_is_unchecked(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_bytes(b"\xff\x00")
    forest = grow(tmp_path, {})
    assert [(u.path, u.reason[:12]) for u in forest.unchecked] == [("requirements.txt", "is not UTF-8")]


PROSE = "These are the requirements of the project.\nIt must be fast, and good.\nIt must not be slow!\n"


def test_prose_is_skipped_with_a_word(tmp_path: Path) -> None:
    forest = grow(tmp_path, {"requirements.txt": PROSE})
    assert (forest.trees, list(forest.files)) == ((), [])
    assert [entry.path for entry in forest.skipped] == ["requirements.txt"]


@pytest.mark.parametrize(
    ("contents", "paths"),
    [
        ({"requirements.txt": PROSE}, ("requirements.txt",)),
        ({"requirements.txt": PROSE + HASHED}, (".",)),
        ({"requirements.txt": PROSE, "requirements-dev.txt": "-r requirements.txt\n"}, (".",)),
        ({"requirements.txt": "six==1\nattrs==2\nnot a requirement\n"}, (".",)),
    ],
    ids=["named", "holds a hash", "included", "mostly readable"],
)
def test_not_skipped(tmp_path: Path, contents: dict[str, str], paths: tuple[str, ...]) -> None:
    forest = grow(tmp_path, contents, *paths)
    assert "requirements.txt" in forest.files
    assert forest.skipped == ()


@pytest.mark.parametrize(
    ("contents", "mode"),
    [
        ({"requirements.txt": "six==1\n"}, False),
        ({"requirements.txt": HASHED}, True),
        ({"requirements.txt": "six\n--require-hashes\n"}, True),
        ({"requirements.txt": "-c b.txt\n", "b.txt": HASHED}, True),
        ({"requirements.txt": "-r b.txt\nsix==1\n", "b.txt": HASHED}, True),
        ({"requirements.txt": f"six --hash=sha256:{'a' * 64}\n"}, True),
        ({"requirements.txt": f"-e ./x --hash=sha256:{'a' * 64}\n"}, False),
        ({"requirements.txt": f"x @ https://files.example/x.zip#sha256={'a' * 64}\n"}, False),
        ({"requirements.txt": f"six==1 \\\n  # ends it\n  --hash=sha256:{'a' * 64}\n"}, False),
    ],
)
def test_hash_mode_is_the_trees(tmp_path: Path, contents: dict[str, str], mode: bool) -> None:
    assert grow(tmp_path, contents, "requirements.txt").trees[0].hash_mode is mode


def test_a_name_tells_the_use_of_a_file_that_was_found(tmp_path: Path) -> None:
    contents = {"requirements.in": "six\n", "constraints.txt": "six==1\n", "constraints-requirements.in": "six\n"}
    found = {t.members[0].file.source.path: (t.members[0].kind, t.input) for t in grow(tmp_path, contents).trees}
    assert found == {
        "constraints-requirements.in": (Kind.REQUIREMENTS, True),
        "constraints.txt": (Kind.CONSTRAINTS, False),
        "requirements.in": (Kind.REQUIREMENTS, True),
    }
    named = grow(tmp_path, {}, *contents)
    assert {(t.members[0].kind, t.input) for t in named.trees} == {(Kind.REQUIREMENTS, False)}


def test_includes_are_followed_to_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a chain every file has a tree of its own: a long one would cost its square."""
    chain = {f"requirements{number}.txt": f"-r requirements{number + 1}.txt\n" for number in range(4)}
    contents = {**chain, "requirements4.txt": HASHED}
    assert not grow(tmp_path, contents).unchecked
    monkeypatch.setattr(tree, "_MOST_INCLUDES", 6)
    forest = grow(tmp_path, contents)
    assert [len(entry.members) for entry in forest.trees] == [5, 3, 1, 1, 1]
    assert [(entry.path, entry.span) for entry in forest.unchecked] == [
        ("requirements3.txt", Span(0, 20)),
        ("requirements2.txt", Span(0, 20)),
    ]
    assert {entry.reason.split(":")[0] for entry in forest.unchecked} == {
        "-r requirements4.txt",
        "-r requirements3.txt",
    }


def test_a_file_that_is_included_from_everywhere_is_taken_once(tmp_path: Path) -> None:
    contents = {f"requirements{number}.txt": "-r base.txt\n" for number in range(3)}
    forest = grow(tmp_path, {**contents, "base.txt": HASHED}, *contents)
    assert len({id(entry.members[1]) for entry in forest.trees}) == 1
