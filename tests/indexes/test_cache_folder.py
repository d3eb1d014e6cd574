"""Where the cache is, and what is not believed there."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from hashpin.indexes import cache_folder
from hashpin.indexes.cache_folder import FILE, Place, Refused


@pytest.mark.parametrize(
    ("platform", "environ", "folder"),
    [
        ("linux", {"HOME": "/home/u"}, "/home/u/.cache/hashpin"),
        ("linux", {"HOME": "/home/u", "XDG_CACHE_HOME": "/fast"}, "/fast/hashpin"),
        ("linux", {"HOME": "/home/u", "XDG_CACHE_HOME": "relative"}, "/home/u/.cache/hashpin"),
        ("linux", {"HOME": "/home/u", "XDG_CACHE_HOME": ""}, "/home/u/.cache/hashpin"),
        ("linux", {"HOME": "/home/u", "XDG_CACHE_HOME": "/x", "HASHPIN_CACHE_DIR": "/fast"}, "/fast"),
        ("darwin", {"HOME": "/Users/u"}, "/Users/u/Library/Caches/hashpin"),
        ("win32", {"LOCALAPPDATA": "/C/Local", "HOME": "/C"}, "/C/Local/hashpin"),
    ],
)
def test_where_it_is(platform: str, environ: dict[str, str], folder: str) -> None:
    assert cache_folder.usual(environ, platform) == Place(Path(folder))


@pytest.mark.parametrize(
    ("platform", "environ", "why"),
    [
        ("linux", {}, "no folder for it"),
        ("linux", {"HOME": ""}, "no folder for it"),
        ("linux", {"HOME": "."}, "HOME names a relative path"),
        ("linux", {"HASHPIN_CACHE_DIR": "cache", "HOME": "/home/u"}, "HASHPIN_CACHE_DIR names a relative path"),
        ("win32", {"HOME": "/home/u"}, "no folder for it"),
    ],
)
def test_where_there_is_no_place_for_it(platform: str, environ: dict[str, str], why: str) -> None:
    with pytest.raises(Refused, match=why):
        cache_folder.usual(environ, platform)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "cache" / "hashpin")


def test_it_is_made_for_nobody_else(place: Place) -> None:
    assert cache_folder.inspect(place) is None
    cache_folder.make(place)
    assert place.folder.stat().st_mode & 0o777 == 0o700
    assert place.file.stat().st_mode & 0o777 == 0o600
    found = cache_folder.inspect(place)
    assert found is not None
    assert found.st_size == 0
    cache_folder.make(place)  # once more is no fault


def _writable_folder(place: Place) -> None:
    place.folder.chmod(0o777)


def _writable_by_the_group(place: Place) -> None:
    place.file.chmod(0o660)


def _replaceable(place: Place) -> None:
    place.folder.parent.chmod(0o777)


def _symlink(place: Place) -> None:
    place.file.rename(place.folder / "elsewhere")
    place.file.symlink_to(place.folder / "elsewhere")


def _second_name(place: Place) -> None:
    os.link(place.file, place.folder / "elsewhere")


def _folder(place: Place) -> None:
    place.file.unlink()
    place.file.mkdir()


def _pipe(place: Place) -> None:
    place.file.unlink()
    os.mkfifo(place.file)


def _file_in_place_of_the_folder(place: Place) -> None:
    place.file.unlink()
    place.folder.rmdir()
    place.folder.write_text("")


def _circle(place: Place) -> None:
    place.file.unlink()
    place.folder.rmdir()
    place.folder.symlink_to(place.folder)


DOUBTFUL = [
    (_writable_folder, "others may write to .*hashpin"),
    (_writable_by_the_group, "others may write to .*answers"),
    (_replaceable, "others may write to .*cache"),
    (_symlink, "no file of its own"),
    (_second_name, "no file of its own"),
    (_folder, "no file of its own"),
    (_pipe, "no file of its own"),
    (_file_in_place_of_the_folder, "is no folder"),
    (_circle, "cannot be looked at"),
]


@pytest.mark.skipif(sys.platform == "win32", reason="ACLs are another matter")
@pytest.mark.parametrize(("spoil", "why"), DOUBTFUL)
def test_what_others_may_have_written_is_not_used(place: Place, spoil: Callable[[Place], None], why: str) -> None:
    cache_folder.make(place)
    spoil(place)
    with pytest.raises(Refused, match=why):
        cache_folder.inspect(place)


def test_a_sticky_folder_above_is_right(place: Place) -> None:
    cache_folder.make(place)
    place.folder.parent.chmod(0o1777)
    assert cache_folder.inspect(place)


def test_what_is_somebody_elses_is_not_used(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    cache_folder.make(place)
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    with pytest.raises(Refused, match="belongs to somebody else"):
        cache_folder.inspect(place)
    theirs = Place(place.folder, owners=cache_folder.owners([str(place.folder), "/no/such/folder"]))
    assert cache_folder.inspect(theirs)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away")
def test_what_root_makes_in_somebodys_folder_is_theirs(place: Place) -> None:
    place.folder.parent.mkdir()
    os.chown(place.folder.parent, 12345, 54321)
    cache_folder.make(place)
    for made in (place.folder, place.file):
        assert (made.stat().st_uid, made.stat().st_gid) == (12345, 54321)


def test_what_lies_in_a_checkout_may_have_come_with_it(tmp_path: Path) -> None:
    (tmp_path / "repository" / "deep").mkdir(parents=True)
    (tmp_path / "repository" / ".git").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "repository" / "deep")
    inside = [tmp_path / "repository" / "deep", tmp_path / "repository", tmp_path / "link" / "not yet"]
    for folder in inside:
        assert "work tree" in (cache_folder.in_work_tree(Place(folder)) or "")
        assert "work tree" in (cache_folder.of_checkout(Place(folder), {tmp_path / "repository"}) or "")
        assert cache_folder.of_checkout(Place(folder), {tmp_path / "another"}) is None
    assert cache_folder.in_work_tree(Place(tmp_path / "cache")) is None
    assert cache_folder.of_checkout(Place(tmp_path / "cache"), {tmp_path / "repository"}) is None


def test_a_work_tree_of_a_submodule_is_one_too(tmp_path: Path) -> None:
    (tmp_path / ".git").write_text("gitdir: elsewhere\n")
    assert cache_folder.in_work_tree(Place(tmp_path / "cache"))


@pytest.mark.parametrize("git", [".git", ".cache/.git", None])
def test_what_came_with_a_submodule_or_an_archive_came_with_the_checkout(tmp_path: Path, git: str | None) -> None:
    (tmp_path / ".cache").mkdir()
    if git:
        (tmp_path / git).write_text("gitdir: elsewhere\n")
    assert cache_folder.of_checkout(Place(tmp_path / ".cache"), {tmp_path})


def test_clearing(place: Place) -> None:
    assert not cache_folder.remove(place)
    cache_folder.make(place)
    (place.folder / f"{FILE}-journal").write_text("")
    (place.folder / "mine").write_text("")
    assert cache_folder.remove(place)
    assert [path.name for path in place.folder.iterdir()] == ["mine"]


def test_what_a_workflow_names_is_shared() -> None:
    environ = {"HOME": "/home/u", "GITHUB_ACTIONS": "true"}
    assert not cache_folder.usual(environ, "linux").shared
    assert cache_folder.usual({**environ, "HASHPIN_CACHE_DIR": "/fast"}, "linux") == Place(Path("/fast"), shared=True)
