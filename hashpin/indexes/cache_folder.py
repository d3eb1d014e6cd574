"""Where the cache is, and whether what lies there may be believed.

Whoever can write the file can say what the index has said. So it has to be our
own, in a folder that nobody else can write to, and it must not have come with
what is checked: a repository could bring answers that its own hashes match.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Collection, Mapping
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

FILE = "hashpin-answers.sqlite3"
VARIABLE = "HASHPIN_CACHE_DIR"


class Place(Struct, frozen=True):
    """A folder for the cache, and on whose word."""

    folder: Path
    shared: bool = False
    """Others can read it, too, as what actions/cache stores: nothing is kept there that an index says to us alone."""
    owners: frozenset[int] = frozenset()
    """Users besides the process's own whose folder it may be."""

    @property
    def file(self) -> Path:
        return self.folder / FILE


class Refused(Exception):
    """The place is not used; the message is a clause that says why."""


def usual(environ: Mapping[str, str], platform: str = sys.platform) -> Place:
    """The user's own. Raises Refused where there is none.

    Sources: the XDG base directory specification, which lets relative paths count for nothing; Apple's File System
    Programming Guide for ~/Library/Caches; Microsoft's known folders for LOCALAPPDATA.
    """
    if named := environ.get(VARIABLE):
        # In a workflow a folder is named so that actions/cache stores it, for everybody who may read the repository.
        return replace(_absolute(named, VARIABLE), shared=bool(environ.get("GITHUB_ACTIONS")))
    if (xdg := environ.get("XDG_CACHE_HOME")) and os.path.isabs(xdg):
        return Place(Path(xdg, "hashpin"))
    if platform == "win32":
        if local := environ.get("LOCALAPPDATA"):
            return _absolute(os.path.join(local, "hashpin"), "LOCALAPPDATA")
    elif home := environ.get("HOME"):
        return _absolute(os.path.join(home, *_BELOW_HOME.get(platform, (".cache",)), "hashpin"), "HOME")
    raise Refused(f"there is no folder for it ({VARIABLE} can name one)")


_BELOW_HOME = {"darwin": ("Library", "Caches")}


def _absolute(path: str, named: str) -> Place:
    if not os.path.isabs(path):
        raise Refused(f"{named} names a relative path")
    return Place(Path(path))


def in_work_tree(place: Place) -> str | None:
    """Why the place is not used, where it lies in the work tree of any repository."""
    real = Path(os.path.realpath(place.folder))
    inside = any(os.path.lexists(candidate / ".git") for candidate in (real, *real.parents))
    return _brought(place) if inside else None


def of_checkout(place: Place, checked: Collection[Path]) -> str | None:
    """Why the place is not used, where it lies in or below one of the folders that are checked.

    As it is written, and where that leads to. What lies between does not matter: a submodule, or an archive that was
    unpacked, came with it, too.
    """
    ways = {Path(os.path.abspath(place.folder)), Path(os.path.realpath(place.folder))}
    roots = {way for root in checked for way in (Path(os.path.abspath(root)), Path(os.path.realpath(root)))}
    return _brought(place) if any(way.is_relative_to(root) for way in ways for root in roots) else None


def _brought(place: Place) -> str:
    return f"{place.folder} lies in the work tree of a repository, which may have brought answers of its own"


def inspect(place: Place) -> os.stat_result | None:
    """The file that lies there; None where none does, yet. Raises Refused where nothing there may be believed."""
    try:
        folder = os.stat(place.folder)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        raise Refused(f"{place.folder} cannot be looked at ({_why(error)})") from error
    if not stat.S_ISDIR(folder.st_mode):
        raise Refused(f"{place.folder} is no folder")
    _own(place, folder, str(place.folder))
    for parent in Path(os.path.realpath(place.folder)).parents:
        _not_exchanged_by_others(parent)
    try:
        file = os.lstat(place.file)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise Refused(f"{place.file} cannot be looked at ({_why(error)})") from error
    if not stat.S_ISREG(file.st_mode) or file.st_nlink != 1:
        raise Refused(f"{place.file} is no file of its own")
    _own(place, file, str(place.file))
    return file


def make(place: Place) -> None:
    """Make the folder and an empty file in it, where they are not there, for nobody but us. Raises OSError."""
    above = next(parent for parent in place.folder.parents if parent.exists())
    if not place.folder.is_dir():
        os.makedirs(place.folder, mode=0o700, exist_ok=True)
        _give(place.folder, above)
    try:
        os.close(os.open(place.file, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        _give(place.file, place.folder)
    except FileExistsError:
        pass


def remove(place: Place) -> bool:
    """Take the file away, and the folder where nothing else is in it; whether there was one. Raises OSError."""
    found = False
    for path in (place.file, place.folder / f"{FILE}-journal"):
        try:
            os.unlink(path)
            found = True
        except (FileNotFoundError, NotADirectoryError):
            pass
    return found


def _own(place: Place, found: os.stat_result, named: str) -> None:
    """Raises Refused where somebody else owns it, or may write to it. On Windows, ACLs keep a user's folders."""
    if sys.platform == "win32":
        return
    if found.st_uid not in {os.geteuid(), *place.owners}:
        raise Refused(f"{named} belongs to somebody else")
    if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise Refused(f"others may write to {named}")


def _not_exchanged_by_others(parent: Path) -> None:
    """Raises Refused where anybody may put another folder in place of ours."""
    try:
        mode = os.stat(parent).st_mode
    except OSError:
        return
    if sys.platform != "win32" and mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
        raise Refused(f"others may write to {parent}")


def _give(path: Path, like: Path) -> None:
    """What root makes in somebody's folder becomes theirs: a later step of a job has to read it, and to remove it."""
    if sys.platform != "win32" and os.geteuid() == 0:
        owner = os.stat(like)
        os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)


def _why(error: Exception) -> str:
    return (getattr(error, "strerror", None) or type(error).__name__).lower()


def owners(paths: Collection[str]) -> frozenset[int]:
    """Whose these folders are, as far as they are there."""
    found: set[int] = set()
    for path in paths:
        try:
            found.add(os.stat(path).st_uid)
        except (OSError, ValueError):
            continue
    return frozenset(found)
