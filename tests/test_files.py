"""Finding, reading and writing on a real disk."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from hashpin import files
from hashpin.encoding import Encoding
from hashpin.errors import UsageError, WriteError
from hashpin.files import Found, Refused
from hashpin.model import Source

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="POSIX files")


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    repo = tmp_path / "repo"
    (repo / ".git").mkdir(parents=True)
    monkeypatch.chdir(repo)
    return repo


def put(path: Path, text: str = "six==1.17.0\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
    return path


def found(*paths: str, exclude: tuple[str, ...] = ()) -> list[str]:
    return [files.shown(entry.path) for entry in files.find(paths or (".",), exclude).files]


# --- finding ---------------------------------------------------------------

OURS = (
    *(
        "requirements.txt",
        "Requirements.TXT",
        "dev-requirements.in",
        "constraints.txt",
        "my_constraints",
        "requirements",
    ),
    *(
        "requirements.pip",
        "requirements.lock",
        "requirements.txt.hash",
        "requirements/base.txt",
        "requirements/abi3audit",
    ),
    *(
        "requirements-tools/deep/er/uv.txt",
        ".github/requirements/ci.txt",
        "a/.hidden/requirements.txt",
        "Requirements/x.in",
    ),
)
NOT_OURS = (
    *("setup.py", "readme.txt", "requirements.yml", "requirements.md", "requirements.toml", "src/constraint.py"),
    *("my-requirements/notes.txt", ".git/requirements.txt", "venv/requirements.txt", ".venv/requirements.txt"),
    *("node_modules/a/requirements.txt", "lib/site-packages/a/requirements.txt"),
)


@pytest.mark.parametrize("name", OURS)
def test_found_by_name(repo: Path, name: str) -> None:
    put(repo / name)
    assert found() == [name]


@pytest.mark.parametrize("name", NOT_OURS)
def test_not_found_by_name(repo: Path, name: str) -> None:
    put(repo / name)
    assert found() == []


@pytest.mark.parametrize("name", NOT_OURS)
def test_a_named_file_is_always_taken(repo: Path, name: str) -> None:
    put(repo / name)
    assert found(name) == [name]
    assert files.find((name,), ()).files[0].named


def test_a_named_folder_counts_by_its_own_name(repo: Path) -> None:
    put(repo / "requirements" / "base.txt")
    assert found("requirements") == ["requirements/base.txt"]


def test_the_folder_above_the_repository_does_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path / "requirements-of-mine" / "repo" / ".git" / "HEAD")
    put(tmp_path / "requirements-of-mine" / "repo" / "notes.txt")
    monkeypatch.chdir(tmp_path / "requirements-of-mine" / "repo")
    assert found() == []


def test_each_file_once(repo: Path) -> None:
    put(repo / "a" / "requirements.txt")
    assert found(".", "a", "a/requirements.txt") == ["a/requirements.txt"]


@pytest.mark.parametrize(
    ("glob", "left"),
    [
        ("tests", ["requirements.txt", "tests-requirements.txt"]),
        ("tests/", ["requirements.txt", "tests-requirements.txt"]),
        ("tests/*", ["requirements.txt", "tests-requirements.txt"]),
        ("*/fixtures", ["requirements.txt", "tests/requirements.txt", "tests-requirements.txt"]),
        ("tests*", ["requirements.txt"]),
        ("requirements.txt", ["tests-requirements.txt"]),
        (
            "nothing",
            ["requirements.txt", "tests/fixtures/requirements.txt", "tests/requirements.txt", "tests-requirements.txt"],
        ),
    ],
)
def test_exclude(repo: Path, glob: str, left: list[str]) -> None:
    for name in (
        "requirements.txt",
        "tests/requirements.txt",
        "tests/fixtures/requirements.txt",
        "tests-requirements.txt",
    ):
        put(repo / name)
    assert sorted(found(exclude=(glob,))) == sorted(left)
    assert found("tests/requirements.txt", exclude=(glob,)) == ["tests/requirements.txt"], "named, so taken"


def test_a_path_that_is_not_there(repo: Path) -> None:
    with pytest.raises(UsageError, match=r"nowhere.txt: no such file or folder"):
        files.find(("nowhere.txt",), ())


@POSIX
def test_a_symlink_that_leaves_the_repository_is_refused(repo: Path, tmp_path: Path) -> None:
    put(tmp_path / "secret.txt")
    (repo / "requirements.txt").symlink_to(tmp_path / "secret.txt")
    (tmp_path / "outside").mkdir()
    (repo / "requirements").symlink_to(tmp_path / "outside")
    finds = files.find((".",), ())
    assert finds.files == []
    assert finds.refused == [
        Refused("requirements", "leads outside the repository"),
        Refused("requirements.txt", "leads outside the repository"),
    ]


@POSIX
def test_a_symlink_inside_is_a_file_by_its_own_name(repo: Path) -> None:
    """pip counts includes from the name, so two names of one file may include different ones."""
    put(repo / "real" / "requirements.txt")
    (repo / "requirements.txt").symlink_to(repo / "real" / "requirements.txt")
    assert sorted(found()) == ["real/requirements.txt", "requirements.txt"]


@POSIX
def test_a_linked_folder_inside_is_searched_by_its_own_name_once(repo: Path) -> None:
    put(repo / "deps" / "prod.txt")
    (repo / "requirements").symlink_to(repo / "deps")
    (repo / "deps" / "up").symlink_to(repo)
    assert found() == ["requirements/prod.txt"]


@POSIX
def test_a_named_symlink_out_of_the_repository_is_refused(repo: Path, tmp_path: Path) -> None:
    put(tmp_path / "secret.txt")
    (repo / "requirements.txt").symlink_to(tmp_path / "secret.txt")
    finds = files.find(("requirements.txt",), ())
    assert (finds.files, finds.refused) == ([], [Refused("requirements.txt", "leads outside the repository")])


@POSIX
def test_a_report_is_not_written_through_a_planted_symlink(repo: Path, tmp_path: Path) -> None:
    victim = put(tmp_path / "victim")
    (repo / "report.json").symlink_to(victim)
    with pytest.raises(WriteError, match="leads outside the repository"):
        files.save(Path("report.json"), b"{}")
    assert victim.read_text() == "six==1.17.0\n"


def test_named_goes_before_found_in_any_order(repo: Path) -> None:
    put(repo / "requirements.txt")
    for paths in ((".", "requirements.txt"), ("requirements.txt", ".")):
        assert [entry.named for entry in files.find(paths, ()).files] == [True]


def test_a_file_called_dash_is_not_standard_input(repo: Path) -> None:
    put(repo / "-")
    assert found("./-") == ["./-"]
    assert not files.find(("./-",), ()).files[0].standard_input
    assert files.find(("-",), ()).files[0].standard_input


@POSIX
def test_a_symlink_to_nothing_is_refused(repo: Path) -> None:
    (repo / "requirements.txt").symlink_to(repo / "gone.txt")
    assert files.find((".",), ()).refused == [Refused("requirements.txt", "is a symlink to nothing")]


def test_the_root_is_where_git_is_else_the_working_directory(
    repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (repo / "a" / "b").mkdir(parents=True)
    (tmp_path / "other").mkdir()
    assert files.root_of(repo / "a" / "b") == repo.resolve()
    assert files.root_of(tmp_path / "other") == (tmp_path / "other").resolve()
    monkeypatch.chdir(tmp_path)
    assert files.root_of(tmp_path / "other") == tmp_path.resolve()


def test_rooted_paths_count_from_the_repository(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(repo / "a" / "requirements.txt")
    monkeypatch.chdir(repo / "a")
    assert files.rooted("requirements.txt") == "a/requirements.txt"
    assert files.shown(repo / "requirements.txt") == "../requirements.txt"


# --- includes --------------------------------------------------------------


def included(repo: Path, target: str) -> Found | str | None:
    return files.include_target(Found(repo / "requirements" / "dev.txt", repo.resolve(), named=True), target)


def test_an_include_counts_from_the_file_it_stands_in(repo: Path) -> None:
    put(repo / "requirements" / "base.txt")
    put(repo / "base.txt")
    for target, path in (("base.txt", "requirements/base.txt"), ("../base.txt", "base.txt")):
        got = included(repo, target)
        assert isinstance(got, Found)
        assert files.shown(got.path) == path


def test_an_include_that_is_not_there(repo: Path) -> None:
    assert included(repo, "gone.txt") is None


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("../../outside.txt", "leads outside the repository"),
        ("/etc/passwd", "leads outside the repository"),
        ("../.git/config", "leads into .git, which may hold credentials"),
        ("..", "names what is no regular file"),
        ("\0", "names no file"),
        ("a" * 300, "names no file"),
        ("a" * 5000, "names no file"),
    ],
)
def test_an_include_must_stay_inside(repo: Path, tmp_path: Path, target: str, reason: str) -> None:
    put(tmp_path / "outside.txt")
    put(repo / ".git" / "config")
    assert included(repo, target) == reason or (len(target) == 300 and included(repo, target) is None)


@POSIX
def test_an_include_through_a_symlink_must_stay_inside(repo: Path, tmp_path: Path) -> None:
    put(tmp_path / "outside.txt")
    (repo / "requirements").mkdir()
    (repo / "requirements" / "base.txt").symlink_to(tmp_path / "outside.txt")
    assert included(repo, "base.txt") == "leads outside the repository"


# --- reading ---------------------------------------------------------------


def test_reading_keeps_every_character(repo: Path) -> None:
    put(repo / "r.txt", "\ufeffa==1\r\nb==2 \\\r\n")
    assert files.read(repo / "r.txt") == Source("r.txt", "a==1\r\nb==2 \\\r\n", Encoding("utf-8", b"\xef\xbb\xbf"))


def test_what_is_no_text_is_refused(repo: Path) -> None:
    (repo / "r.txt").write_bytes(b"\xff\x00\xff")
    got = files.read(repo / "r.txt")
    assert isinstance(got, Refused)
    assert got.reason.startswith("is not UTF-8: save it as UTF-8")
    assert isinstance(files.from_bytes("-", b"\xff\x00\xff"), Refused)


@POSIX
@pytest.mark.skipif(sys.platform != "win32" and os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_refused(repo: Path) -> None:
    put(repo / "r.txt").chmod(0)
    assert files.read(repo / "r.txt") == Refused("r.txt", "cannot be read (Permission denied)")


@POSIX
def test_a_pipe_is_refused_and_does_not_block(repo: Path) -> None:
    os.mkfifo(repo / "requirements.txt")
    got = files.read(repo / "requirements.txt")
    assert isinstance(got, Refused)
    assert "regular file" in got.reason


# --- writing ---------------------------------------------------------------


def source(path: Path) -> Source:
    got = files.read(path)
    assert isinstance(got, Source)
    return got


@POSIX
@pytest.mark.parametrize("mode", [0o644, 0o600, 0o755])
def test_writing_keeps_mode_and_owner_and_leaves_nothing_beside(repo: Path, mode: int) -> None:
    path = put(repo / "r.txt", "\ufeffa==1\r\n")
    path.chmod(mode)
    before = path.stat()
    files.write(path, source(path), "a==2\r\n")
    after = path.stat()
    assert path.read_bytes() == b"\xef\xbb\xbfa==2\r\n"
    assert stat.S_IMODE(after.st_mode) == mode
    assert (after.st_uid, after.st_gid) == (before.st_uid, before.st_gid)
    assert sorted(entry.name for entry in repo.iterdir()) == [".git", "r.txt"]


@POSIX
@pytest.mark.skipif(sys.platform != "win32" and os.geteuid() != 0, reason="only root may give a file away")
def test_writing_as_root_keeps_a_strangers_file_theirs(repo: Path) -> None:
    path = put(repo / "r.txt")
    os.chown(path, 1001, 121)
    files.write(path, source(path), "a==2\n")
    assert (path.stat().st_uid, path.stat().st_gid) == (1001, 121)


@POSIX
def test_writing_through_a_symlink_keeps_it(repo: Path) -> None:
    path = put(repo / "real.txt")
    (repo / "r.txt").symlink_to("real.txt")
    files.write(repo / "r.txt", source(repo / "r.txt"), "a==2\n")
    assert (repo / "r.txt").is_symlink()
    assert path.read_text() == "a==2\n"


def test_a_file_that_changed_meanwhile_is_left_alone(repo: Path) -> None:
    path = put(repo / "r.txt")
    before = source(path)
    put(path, "somebody else\n")
    with pytest.raises(WriteError, match=r"r.txt: not written, it changed on disk"):
        files.write(path, before, "a==2\n")
    assert path.read_text() == "somebody else\n"


def test_a_file_that_is_gone(repo: Path) -> None:
    path = put(repo / "r.txt")
    before = source(path)
    path.unlink()
    with pytest.raises(WriteError, match=r"r.txt: not written \(No such file"):
        files.write(path, before, "a==2\n")
    assert not path.exists()


def test_what_the_encoding_cannot_hold_is_not_written(repo: Path) -> None:
    path = repo / "r.txt"
    path.write_bytes(b"# coding: latin-1\n# \xe4\n")
    with pytest.raises(WriteError, match=r"iso-8859-1|latin-1"):
        files.write(path, source(path), "# coding: latin-1\n# \u2028\n")
    assert path.read_bytes() == b"# coding: latin-1\n# \xe4\n"


def test_a_fault_while_replacing_leaves_the_old_file(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = put(repo / "r.txt")

    def full(source: object, target: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(WriteError, match="No space left on device"):
        files.write(path, source(path), "a==2\n")
    assert path.read_text() == "six==1.17.0\n"
    assert sorted(entry.name for entry in repo.iterdir()) == [".git", "r.txt"]


def test_saving_a_report(repo: Path) -> None:
    files.save(repo / "new.json", b"{}")
    assert (repo / "new.json").read_bytes() == b"{}"
    with pytest.raises(WriteError, match=r"gone.*not written"):
        files.save(repo / "gone" / "new.json", b"{}")


@POSIX
def test_saving_to_a_device(repo: Path) -> None:
    files.save(Path("/dev/null"), b"{}")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


@POSIX
@pytest.mark.skipif(sys.platform != "win32" and os.geteuid() != 0, reason="only root may give a folder away")
def test_a_report_in_a_strangers_folder_is_theirs(repo: Path) -> None:
    os.chown(repo, 1001, 121)
    files.save(repo / "new.json", b"{}")
    assert ((repo / "new.json").stat().st_uid, (repo / "new.json").stat().st_gid) == (1001, 121)


def test_a_folder_that_cannot_be_listed_is_refused(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(repo / "requirements.txt")
    (repo / "locked").mkdir()
    scandir = os.scandir

    def refuse(path: str) -> object:
        if str(path).endswith("locked"):
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    finds = files.find((".",), ())
    assert [files.shown(entry.path) for entry in finds.files] == ["requirements.txt"]
    assert finds.refused == [Refused("locked", "cannot be listed (Permission denied)")]
