"""The files of a commit in place of those on disk: the commit's names, links, modes and bytes, and nobody else's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from hashpin import files
from hashpin.committed import Committed
from hashpin.errors import HashpinError
from hashpin.files import Finds, Found, Refused
from hashpin.model import CommittedFile, Source
from hashpin.object_names import object_name

FILE, EXECUTABLE, SYMLINK, SUBMODULE = "100644", "100755", "120000", "160000"
SHA = "0123456789" * 4
TEXT = b"six==1.17.0\n"
NOT_IN_IT = "is not in commit 012345678901"


@dataclass
class Held:
    """A commit of these files, each a mode and its bytes."""

    entries: Mapping[str, tuple[str, bytes]]
    sha: str = SHA
    asked: list[str] = field(default_factory=list)
    """The blobs that were read."""

    def file(self, path: str) -> CommittedFile | None:
        entry = self.entries.get(path)
        return CommittedFile(entry[0], name(entry[1])) if entry else None

    def read(self, file: CommittedFile) -> bytes:
        self.asked.append(file.sha)
        for _, data in self.entries.values():
            if name(data) == file.sha:
                return data
        raise HashpinError("it cannot be read")

    def paths(self) -> list[str]:
        return list(self.entries)


def name(data: bytes) -> str:
    return object_name("blob", data, SHA)


def held(entries: Mapping[str, bytes | tuple[str, bytes]]) -> Held:
    return Held({path: entry if isinstance(entry, tuple) else (FILE, entry) for path, entry in entries.items()})


def link(target: str) -> tuple[str, bytes]:
    return SYMLINK, target.encode("utf-8", "surrogateescape")


def found(path: str, root: Path) -> Found:
    return Found(Path(path), root, named=False)


def read(root: Path, entries: Mapping[str, bytes | tuple[str, bytes]], path: str = "requirements.txt") -> str:
    """The text of a file in a commit, or why there is none."""
    got = Committed(held(entries), root).read(found(path, root))
    assert got.path == path
    return got.text if isinstance(got, Source) else got.reason


# --- bytes -----------------------------------------------------------------


def test_the_bytes_are_the_commits(here: Path) -> None:
    Path("requirements.txt").write_bytes(b"six==6.6.6\n")
    assert read(here, {"requirements.txt": TEXT}) == TEXT.decode()
    assert read(here, {"requirements.txt": (EXECUTABLE, TEXT)}) == TEXT.decode()
    assert read(here, {"requirements.txt": "größe==1\r\n".encode()}) == "größe==1\r\n"
    assert read(here, {"requirements.txt": b""}) == ""
    assert read(here, {}) == NOT_IN_IT
    assert "is not UTF-8" in read(here, {"requirements.txt": b"\xff\x00"})


@pytest.mark.parametrize(
    ("on_disk", "asked"),
    [(TEXT, False), (b"six==6.6.6\n", True), (TEXT.replace(b"\n", b"\r\n"), True), (None, True)],
    ids=["the same", "other", "other line ends", "nothing"],
)
def test_what_lies_there_as_committed_is_not_asked_for(here: Path, on_disk: bytes | None, asked: bool) -> None:
    if on_disk is not None:
        Path("requirements.txt").write_bytes(on_disk)
    commit = held({"requirements.txt": TEXT})
    got = Committed(commit, here).read(found("requirements.txt", here))
    assert isinstance(got, Source)
    assert got.text == TEXT.decode()
    assert commit.asked == [name(TEXT)] * asked


def test_a_folder_or_a_symlink_on_disk_is_not_in_the_way(here: Path) -> None:
    Path("requirements.txt").mkdir()
    assert read(here, {"requirements.txt": TEXT}) == TEXT.decode()
    Path("requirements.txt").rmdir()
    Path("requirements.txt").symlink_to("/etc/passwd")
    assert read(here, {"requirements.txt": TEXT}) == TEXT.decode()


def test_a_pointer_of_git_lfs_is_no_text(here: Path) -> None:
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'a' * 64}\nsize 12\n".encode()
    Path("requirements.txt").write_bytes(TEXT)  # as git lfs checks it out
    assert read(here, {"requirements.txt": pointer}).startswith("is kept by Git LFS")
    Path("requirements.txt").write_bytes(pointer)  # as a checkout without lfs has it
    assert read(here, {"requirements.txt": pointer}).startswith("is kept by Git LFS")


def test_what_the_commit_raises_comes_through(here: Path) -> None:
    class Broken(Held):
        def file(self, path: str) -> CommittedFile | None:
            return CommittedFile(FILE, SHA)

    with pytest.raises(HashpinError, match="it cannot be read"):
        Committed(Broken({}), here).read(found("requirements.txt", here))


@pytest.mark.parametrize("mode", [SUBMODULE, "040000", "000000", "160001", ""])
def test_what_is_no_regular_file(here: Path, mode: str) -> None:
    assert read(here, {"requirements.txt": (mode, TEXT)}) in (NOT_IN_IT, "is no regular file")


# --- symlinks --------------------------------------------------------------


@pytest.mark.parametrize(
    ("entries", "text"),
    [
        ({"requirements.txt": link("a.txt"), "a.txt": TEXT}, TEXT.decode()),
        ({"requirements.txt": link("./x/../a.txt"), "a.txt": TEXT}, TEXT.decode()),
        ({"requirements.txt": link("a/b.txt"), "a/b.txt": link("../c/d.txt"), "c/d.txt": TEXT}, TEXT.decode()),
        ({"requirements.txt": link("größe 1.txt"), "größe 1.txt": TEXT}, TEXT.decode()),
        ({"requirements.txt": link("gone.txt")}, NOT_IN_IT),
        ({"requirements.txt": link("requirements.txt")}, NOT_IN_IT),
        ({"requirements.txt": link("a.txt"), "a.txt": link("requirements.txt")}, NOT_IN_IT),
        ({"requirements.txt": link("../a.txt"), "a.txt": TEXT}, NOT_IN_IT),
        ({"requirements.txt": link("../repository/a.txt"), "a.txt": TEXT}, NOT_IN_IT),
        ({"requirements.txt": link("/a.txt"), "a.txt": TEXT}, NOT_IN_IT),
        ({"requirements.txt": link("/etc/passwd")}, NOT_IN_IT),
        ({"requirements.txt": link("")}, NOT_IN_IT),
        ({"requirements.txt": link("a.txt\n"), "a.txt": TEXT}, NOT_IN_IT),
        ({"requirements.txt": link("\udcff")}, NOT_IN_IT),
        ({"requirements.txt": link("module/a.txt"), "module": (SUBMODULE, b""), "a.txt": TEXT}, NOT_IN_IT),
        ({"requirements.txt": link("module"), "module": (SUBMODULE, b"")}, NOT_IN_IT),
    ],
)
def test_symlinks_are_followed_inside_the_commit(
    here: Path, entries: Mapping[str, bytes | tuple[str, bytes]], text: str
) -> None:
    (here.parent / "a.txt").write_bytes(b"outside==1\n")
    assert read(here, entries) == text


@pytest.mark.parametrize(("links", "text"), [(1, TEXT.decode()), (9, TEXT.decode()), (11, NOT_IN_IT), (50, NOT_IN_IT)])
def test_a_chain_of_symlinks_ends(here: Path, links: int, text: str) -> None:
    chain: dict[str, bytes | tuple[str, bytes]] = {f"{at}.txt": link(f"{at + 1}.txt") for at in range(links)}
    assert read(here, {**chain, f"{links}.txt": TEXT}, "0.txt") == text


def test_the_disks_symlinks_do_not_count(here: Path) -> None:
    Path("requirements.txt").symlink_to("b.txt")
    Path("b.txt").write_bytes(b"b==1\n")
    assert read(here, {"requirements.txt": link("a.txt"), "a.txt": TEXT, "b.txt": b"b==1\n"}) == TEXT.decode()


def test_a_symlink_stands_for_the_text_of_its_target(here: Path) -> None:
    committed = Committed(held({"a.txt": TEXT, "b.txt": link("a.txt"), "c.txt": b"c==1\n"}), here)
    finds = Finds([found(path, here) for path in ("a.txt", "b.txt", "c.txt", "gone.txt")])
    assert committed.standing_in(finds, {"a.txt": "new"}) == {"a.txt": "new", "b.txt": "new"}
    assert committed.standing_in(finds, {"a.txt": "new", "b.txt": "own"}) == {"a.txt": "new", "b.txt": "own"}
    assert committed.standing_in(finds, {}) == {}


# --- includes --------------------------------------------------------------

ENTRIES: Mapping[str, bytes | tuple[str, bytes]] = {
    "requirements.txt": TEXT,
    "two words.txt": TEXT,
    "folder/dev.txt": TEXT,
    "folder/deep/x.txt": TEXT,
    "link.txt": link("folder/dev.txt"),
    "out.txt": link("../outside.txt"),
    "module": (SUBMODULE, b""),
    ".gitignore": b"",
    ".github/requirements.txt": TEXT,
}


@pytest.mark.parametrize(
    ("by", "target", "path"),
    [
        ("requirements.txt", "two words.txt", "two words.txt"),
        ("requirements.txt", "folder/dev.txt", "folder/dev.txt"),
        ("requirements.txt", "./folder//deep/../dev.txt", "folder/dev.txt"),
        ("folder/deep/x.txt", "../../requirements.txt", "requirements.txt"),
        ("folder/dev.txt", "../gone/../requirements.txt", "requirements.txt"),
        ("requirements.txt", "link.txt", "link.txt"),
        ("requirements.txt", "requirements.txt", "requirements.txt"),
        ("requirements.txt", ".gitignore", ".gitignore"),
        ("requirements.txt", ".github/requirements.txt", ".github/requirements.txt"),
    ],
)
def test_an_include_leads_to_a_file_of_the_commit(here: Path, by: str, target: str, path: str) -> None:
    got = Committed(held(ENTRIES), here).include_target(found(by, here), target)
    assert got == Found(here / path, here, named=True)
    assert files.shown(got.path) == path


@pytest.mark.parametrize(
    "target",
    ["gone.txt", "Requirements.txt", "folder", "folder/", ".", "", "module", "module/x.txt", "out.txt", "a" * 9999],
)
def test_an_include_of_what_the_commit_does_not_have(here: Path, target: str) -> None:
    (here.parent / "outside.txt").write_bytes(TEXT)
    Path("gone.txt").write_bytes(TEXT)
    assert Committed(held(ENTRIES), here).include_target(found("requirements.txt", here), target) is None


@pytest.mark.parametrize(
    ("by", "target"),
    [
        ("requirements.txt", "../outside.txt"),
        ("requirements.txt", ".."),
        ("requirements.txt", "../repository/requirements.txt"),
        ("folder/dev.txt", "../../outside.txt"),
        ("folder/dev.txt", "deep/../../../outside.txt"),
        ("requirements.txt", "/etc/passwd"),
        ("requirements.txt", "//requirements.txt"),
        ("requirements.txt", "requirements.txt\0"),
        ("../outside.txt", "repository/requirements.txt"),
    ],
)
def test_an_include_stays_inside(here: Path, by: str, target: str) -> None:
    (here.parent / "outside.txt").write_bytes(TEXT)
    got = Committed(held(ENTRIES), here).include_target(found(by, here), target)
    assert got == "leads outside the repository"


@pytest.mark.parametrize("target", [".git", ".git/config", "folder/../.git/config", "folder/.git/x.txt"])
def test_no_include_leads_into_git(here: Path, target: str) -> None:
    commit = held({**ENTRIES, ".git/config": TEXT, "folder/.git/x.txt": TEXT})
    got = Committed(commit, here).include_target(found("requirements.txt", here), target)
    assert got == "leads into .git, which may hold credentials"
    assert commit.asked == []


# --- what the commit has ---------------------------------------------------


def test_the_part_that_the_commit_has(here: Path) -> None:
    paths = ["gone.txt", "requirements.txt", "out.txt", "link.txt", "module/x.txt", "folder/dev.txt"]
    finds = Finds([found(path, here) for path in paths], [Refused("odd.txt", "cannot be read")])
    there, missing = Committed(held(ENTRIES), here).part(finds)
    assert [str(entry.path) for entry in there.files] == ["requirements.txt", "link.txt", "folder/dev.txt"]
    assert there.refused == finds.refused
    assert [str(entry.path) for entry in missing] == ["gone.txt", "out.txt", "module/x.txt"]


def test_what_is_piped_in_is_in_no_commit(here: Path) -> None:
    piped = Found(Path("-"), here, named=True, standard_input=True)
    committed = Committed(held({"-": TEXT}), here)
    assert committed.part(Finds([piped])) == (Finds(), [piped])
    assert committed.read(piped) == Refused("./-", NOT_IN_IT)


def test_a_file_elsewhere_is_in_no_commit(here: Path) -> None:
    (here.parent / "requirements.txt").write_bytes(TEXT)
    elsewhere = found("../requirements.txt", here.parent)
    committed = Committed(held(ENTRIES), here)
    assert committed.part(Finds([elsewhere])) == (Finds(), [elsewhere])
    assert committed.read(elsewhere) == Refused("../requirements.txt", NOT_IN_IT)


# --- writing ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("requirements.txt", None),
        ("./folder/../requirements.txt", None),
        ("folder/dev.txt", None),
        (".github/requirements.txt", None),
        ("link.txt", "it is a symlink"),
        ("out.txt", "it is"),
        ("gone.txt", "it is not in commit 012345678901"),
        ("folder", "it is not in commit 012345678901"),
        ("../requirements.txt", "it is not in commit 012345678901"),
        ("/etc/passwd", "it is not in commit 012345678901"),
        (".github/workflows/requirements.txt", "the job's token may change nothing below .github/workflows"),
        (".github/workflows/deep/requirements.txt", "the job's token may change nothing below .github/workflows"),
    ],
)
def test_what_can_be_corrected(here: Path, path: str, reason: str | None) -> None:
    workflows = {f".github/workflows/{name}": TEXT for name in ("requirements.txt", "deep/requirements.txt")}
    got = Committed(held({**ENTRIES, **workflows}), here).unwritable(path)
    if reason is None:
        assert got is None
    else:
        assert got
        assert got.startswith(reason)


def test_a_change_keeps_the_mode_that_stands_there(here: Path) -> None:
    committed = Committed(
        held({"a.txt": TEXT, "folder/run.txt": (EXECUTABLE, TEXT), "old.txt": ("100664", TEXT)}), here
    )
    Path("a.txt").write_bytes(b"x")
    Path("a.txt").chmod(0o755)
    texts = {"a.txt": b"new\r\n", "folder/run.txt": b"\xff", "old.txt": b"", "gone.txt": b"g", "../a.txt": b"o"}
    assert committed.changes(texts) == {
        "a.txt": (FILE, b"new\r\n"),
        "folder/run.txt": (EXECUTABLE, b"\xff"),
        "old.txt": ("100664", b""),
    }


# --- a repository inside ---------------------------------------------------


@pytest.fixture
def inner(here: Path) -> Path:
    """Of `actions/checkout` with a `path`, say."""
    (here / "inner" / ".git").mkdir(parents=True)
    (here / "inner" / "requirements.txt").write_bytes(TEXT)
    return here / "inner"


@pytest.mark.parametrize("entries", [{}, {"inner": (SUBMODULE, b"")}], ids=["untracked", "a submodule"])
def test_the_files_of_a_repository_inside_are_not_the_commits(
    here: Path, inner: Path, entries: Mapping[str, bytes | tuple[str, bytes]]
) -> None:
    committed = Committed(held({"requirements.txt": TEXT, **entries}), here)
    finds = files.find(["inner"], [])
    assert [entry.root for entry in finds.files] == [inner]
    assert committed.part(finds) == (Finds(), finds.files)
    assert committed.include_target(found("requirements.txt", here), "inner/requirements.txt") is None
    assert committed.unwritable("inner/requirements.txt") == "it is not in commit 012345678901"
    assert committed.changes({"inner/requirements.txt": b"x"}) == {}


def test_a_commit_of_the_repository_inside(here: Path, inner: Path) -> None:
    committed = Committed(held({"requirements.txt": b"inner==1\n", "base.txt": TEXT}), inner)
    finds = files.find(["inner"], [])
    assert committed.part(finds) == (finds, [])
    got = committed.read(finds.files[0])
    assert isinstance(got, Source)
    assert (got.path, got.text) == ("inner/requirements.txt", "inner==1\n")
    assert committed.include_target(finds.files[0], "base.txt") == Found(inner / "base.txt", inner, named=True)
    assert committed.include_target(finds.files[0], "../requirements.txt") == "leads outside the repository"
    assert committed.changes({"inner/requirements.txt": b"x"}) == {"requirements.txt": (FILE, b"x")}
    assert committed.changes({"requirements.txt": b"x"}) == {}
    assert committed.unwritable("requirements.txt") == "it is not in commit 012345678901"
