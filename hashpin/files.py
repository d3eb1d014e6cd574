"""The only reader and writer of the user's files.

What the user names may be anywhere. What is found by searching, or by an
include, stays inside the root (the nearest folder above that holds `.git`) or
is refused: a repository's symlink or `..` must not make hashpin read another
file. A file is replaced whole or not at all.
"""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from collections.abc import Iterator, Sequence
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

from msgspec import Struct, field
from msgspec.structs import replace

from hashpin.encoding import Encoding, Undecodable, decode, encode
from hashpin.encoding import shown as encoding_shown
from hashpin.errors import UsageError, WriteError
from hashpin.model import Source
from hashpin.wording import visible

STANDARD_INPUT = "-"

_LONGEST_PATH = 4096  # characters of an include; PATH_MAX of Linux
_NEVER_SEARCHED = frozenset({".git", ".venv", "venv", "node_modules", "site-packages"})
_ENDINGS = frozenset({".txt", ".in", ".pip", ".lock", ".hash", ""})


class Found(Struct, frozen=True):
    """A file that may be read."""

    path: Path
    """As the user reaches it."""
    root: Path
    """Includes of this file may not leave this folder. Absolute, without symlinks."""
    named: bool
    """The user, or another file, named this very file: it is a requirements file, whatever it looks like."""
    standard_input: bool = False
    """No file at all, but what is piped in."""

    @property
    def is_input(self) -> bool:
        """Whether lock files are made from it: then nobody expects hashes in it."""
        return not self.named and self.path.suffix.lower() == ".in"

    @property
    def is_constraints(self) -> bool:
        """Whether its name says that it is for `-c`."""
        name = self.path.name.lower()
        return not self.named and "constraint" in name and "requirement" not in name


class Refused(Struct, frozen=True):
    """A file that is not read, and why: it counts as unchecked."""

    path: str
    reason: str


class Finds(Struct):
    """What a search came to."""

    files: list[Found] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)


# --- finding ---------------------------------------------------------------


def find(paths: Sequence[str], exclude: Sequence[str]) -> Finds:
    """The files that these paths stand for, each once: files as they are, folders searched.

    `exclude` are globs over a found path relative to the folder searched, over
    each folder above it, and over each single name in it; `*` also matches `/`.
    Raises UsageError for a path that is not there.
    """
    files: dict[object, Found] = {}
    refused: dict[Refused, None] = {}
    for text in paths:
        try:
            for found in _reached(text, exclude):
                if isinstance(found, Refused):
                    refused[found] = None
                elif found.named or identity(found) not in files:  # named goes before found, in any order
                    files[identity(found)] = found
        except (OSError, ValueError) as error:
            raise UsageError(f"{visible(text)}: no such file or folder ({type(error).__name__})") from error
    return Finds(list(files.values()), list(refused))


def _reached(text: str, exclude: Sequence[str]) -> Iterator[Found | Refused]:
    if text == STANDARD_INPUT:
        yield Found(Path(text), root_of(Path.cwd()), named=True, standard_input=True)
    elif _leads_into_git(Path(text)):
        yield Refused(shown(Path(text)), _IN_GIT)
    elif Path(text).is_dir():
        yield from _search(Path(text), exclude)
    else:
        yield from _named(Path(text))


def _named(path: Path) -> Iterator[Found | Refused]:
    if not path.exists():
        raise UsageError(f"{visible(str(path))}: no such file or folder")
    root = root_of(Path(os.path.abspath(path)).parent)
    if path.is_symlink() and (root / ".git").exists() and not _real(path).is_relative_to(root):
        yield Refused(shown(path), "leads outside the repository")
    else:
        yield Found(path, root, named=True)


def _search(folder: Path, exclude: Sequence[str]) -> Iterator[Found | Refused]:
    root = root_of(folder)
    real = _real(folder)
    # A folder counts by its own name and by those above it in the repository; what the checkout is called does not.
    outside = root == real and not (root / ".git").exists() and root != _real(Path.cwd())
    above = (real.name,) if outside else real.relative_to(root).parts
    unlistable: list[OSError] = []
    todo, walked = [folder], {real}
    while todo:
        for parent, folders, names in os.walk(todo.pop(), onerror=unlistable.append):
            here = Path(parent)
            below = here.relative_to(folder)
            folders[:] = sorted(n for n in folders if n not in _NEVER_SEARCHED and not _excluded(below / n, exclude))
            for name in folders:
                path = here / name
                target = _real(path)
                if path.is_symlink() and is_inside(path, root) and target not in walked:
                    walked.add(target)  # once is enough, and a link to a folder above has no end
                    todo.append(path)
            linked = [n for n in folders if (here / n).is_symlink() and not is_inside(here / n, root)]
            for name in sorted([*names, *linked]):
                if _is_ours(name, (*above, *below.parts)) and not _excluded(below / name, exclude):
                    yield _found(here / name, root)
    for error in unlistable:
        yield Refused(shown(Path(error.filename)), f"cannot be listed ({error.strerror})")


def _found(path: Path, root: Path) -> Found | Refused:
    if not is_inside(path, root):
        return Refused(shown(path), _IN_GIT if _real(path).is_relative_to(root) else "leads outside the repository")
    if path.is_symlink() and not path.exists():
        return Refused(shown(path), "is a symlink to nothing")
    return Found(path, root, named=False)


_IN_GIT = "leads into .git, which may hold credentials"


def is_inside(path: Path, root: Path) -> bool:
    """Whether a path leads to something inside a repository that is not git's own, whatever symlinks are on its way."""
    real = _real(path)
    return real.is_relative_to(root) and not _in_git(real)


def _leads_into_git(path: Path) -> bool:
    """Whether symlinks lead there; a user may name what is in it, a repository may not."""
    return _in_git(_real(path)) and not _in_git(Path(os.path.abspath(path)))


def _in_git(path: Path) -> bool:
    return any(part.lower() == ".git" for part in path.parts)


def is_searched_for(path: str, folder: str, exclude: Sequence[str]) -> bool:
    """Whether a search of a folder would find a path; both from the repository's root, with ``/``."""
    relative = PurePosixPath(path).relative_to(folder)
    if any(part in _NEVER_SEARCHED for part in relative.parts[:-1]):
        return False
    folders = [part for part in PurePosixPath(folder).parts if part != "."]
    return _is_ours(relative.name, (*folders, *relative.parts[:-1])) and not _excluded(Path(relative), exclude)


def _is_ours(name: str, folders: Sequence[str]) -> bool:
    """Whether a name is one of a requirements or constraints file, by itself or by a folder above it."""
    lower = name.lower()
    if os.path.splitext(lower)[1] not in _ENDINGS:
        return False
    return "requirement" in lower or "constraint" in lower or any(f.lower().startswith("requirements") for f in folders)


def _excluded(path: Path, globs: Sequence[str]) -> bool:
    spelled = path.as_posix()
    leading = [spelled, *(parent.as_posix() for parent in path.parents)]
    return any(fnmatch(part, glob.rstrip("/")) for glob in globs for part in (*leading, *path.parts))


def root_of(folder: Path) -> Path:
    """The nearest folder above that holds `.git`; else the working directory, or the folder itself outside of it."""
    real = _real(folder)
    for candidate in (real, *real.parents):
        if (candidate / ".git").exists():
            return candidate
    working = _real(Path.cwd())
    return working if real.is_relative_to(working) else real


def include_target(by: Found, target: str) -> Found | str | None:
    """The file that an include names, relative to the file that it stands in; None where it is not there.

    A text is why it must not be read.
    """
    if "\0" in target or len(target) > _LONGEST_PATH:
        return "names no file"
    # os.path, not pathlib: pip joins and normalises the text, so that `..` after a symlink stays textual.
    path = Path(os.path.normpath(os.path.join(by.path.parent, target)))
    try:
        if not _real(path).is_relative_to(by.root):
            return "leads outside the repository"
        if _in_git(_real(path)):
            return _IN_GIT
        if not path.is_file():
            return "names what is no regular file" if path.exists() else None
    except (OSError, ValueError):  # a name that the file system cannot have
        return "names no file"
    return Found(path, by.root, named=True)


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))


def shown(path: Path) -> str:
    """A path for people and reports: relative to the working directory, with ``/``."""
    try:
        relative = Path(os.path.relpath(path)).as_posix()
    except ValueError:  # on another drive of Windows
        return Path(os.path.abspath(path)).as_posix()
    return f"./{relative}" if relative == STANDARD_INPUT else relative


def working_directory_from(path: str) -> str:
    """The working directory as seen from the folder of a file, with ``/``."""
    try:
        return Path(os.path.relpath(Path.cwd(), _real(Path(path)).parent)).as_posix()
    except ValueError:  # on another drive of Windows
        return "."


def rooted(path: str) -> str:
    """A shown path as GitHub names it: relative to the root of the repository that holds it."""
    absolute = Path(os.path.abspath(path))
    with contextlib.suppress(ValueError):
        return below(absolute, root_of(absolute.parent))
    return path


def below(path: Path, root: Path) -> str:
    """A path as git names it, from the root of a repository, with ``/``. Raises ValueError outside of it."""
    absolute = Path(os.path.abspath(path))
    return (_real(absolute.parent) / absolute.name).relative_to(root).as_posix()


def named_below(path: Path, root: Path) -> str:
    """The same by its name alone: symlinks on its way stay what they are called. Raises ValueError outside of it."""
    return Path(os.path.abspath(path)).relative_to(root).as_posix()


def repository(finds: Finds) -> Path:
    """The root of the repository that a run is for.

    The working directory's, where it is in one; else the only one that files were
    found in, as where a workflow checks out to a folder below.
    """
    working = root_of(Path.cwd())
    if (working / ".git").exists():
        return working
    roots = {root_of(found.path.parent) for found in finds.files if not found.standard_input}
    outer = [root for root in roots if not any(root != other and root.is_relative_to(other) for other in roots)]
    return outer[0] if len(outer) == 1 else working


def identity(found: Found) -> object:
    """What two spellings of one name share. Two names of one file do not: includes count from the name."""
    return STANDARD_INPUT if found.standard_input else os.path.abspath(found.path)


# --- the configuration -----------------------------------------------------

CONFIGURATIONS = ("hashpin.toml", "pyproject.toml")


def configuration(named: str) -> Source:
    """The text of the configuration file that the user names. Raises UsageError."""
    return _configuration(Path(named))


def configurations() -> Iterator[list[Source]]:
    """The files that may hold the configuration, folder by folder from the working directory up to the root."""
    working = _real(Path.cwd())
    root = root_of(working)
    for folder in (working, *working.parents):
        found = [folder / name for name in CONFIGURATIONS if (folder / name).exists()]
        for path in found:
            if not _real(path).is_relative_to(root):
                raise UsageError(
                    f"{visible(shown(path))}: not read as a configuration, it leads outside the repository"
                )
        yield [_configuration(path) for path in found if path.name == CONFIGURATIONS[0] or _names_us(path)]
        if folder == root:
            return


def _names_us(path: Path) -> bool:
    """Whether a pyproject.toml may hold something of ours; another one may be broken, and is none of our business."""
    try:
        return b"hashpin" in content(path)
    except OSError:
        return True


def _configuration(path: Path) -> Source:
    """TOML is UTF-8, whatever a comment in it says."""
    try:
        return Source(shown(path), content(path).decode("utf-8-sig"))
    except OSError as error:
        raise UsageError(f"{visible(shown(path))}: cannot be read ({error.strerror or error})") from error
    except UnicodeError as error:
        raise UsageError(f"{visible(shown(path))}: is not UTF-8") from error


# --- reading ---------------------------------------------------------------


def read(path: Path) -> Source | Refused:
    """A file's text, or why there is none."""
    try:
        return from_bytes(shown(path), content(path))
    except OSError as error:
        return Refused(shown(path), f"cannot be read ({error.strerror or error})")


def given(name: str, most: int) -> bytes:
    """The bytes of a file that the user names, such as a report, which has `most` at most. Raises UsageError."""
    try:
        if os.path.getsize(name) > most:
            raise UsageError(f"{visible(name)}: has more than {most >> 20} MiB")
        return content(Path(name))
    except (OSError, ValueError) as error:
        raise UsageError(f"{visible(name)}: cannot be read ({getattr(error, 'strerror', None) or error})") from error


def from_bytes(name: str, data: bytes) -> Source | Refused:
    """The same for bytes that are no file, such as standard input."""
    try:
        text, encoding = decode(data)
    except Undecodable as error:
        return Refused(name, str(error))
    return Source(name, text, encoding, encoding_shown(data, text, encoding), _gives_back(data, text, encoding))


def _gives_back(data: bytes, text: str, encoding: Encoding) -> bool:
    if encoding.codec == "utf-8":  # has one way to write a text, and Python reads no other
        return True
    try:
        return encode(text, encoding) == data
    except UnicodeError:
        return False


def corrected(source: Source, text: str) -> Source:
    """The source with another text. Raises UnicodeError where its encoding cannot hold it."""
    return replace(source, text=text, shown=encoding_shown(encode(text, source.encoding), text, source.encoding))


def content(path: Path) -> bytes:
    """The bytes of a regular file. Raises OSError, as for a device or a FIFO, which would block or never end."""
    # O_NONBLOCK: opening a FIFO that nobody writes to would wait for ever. Neither flag is known to Windows.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags)
    with open(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(0, "is not a regular file")
        return file.read()


# --- writing ---------------------------------------------------------------


def write(path: Path, before: Source, text: str) -> None:
    """Replace a file's text, keeping its encoding, mode and owner. Raises WriteError, the file then being as it was.

    A symlink stays, and its target is replaced.
    """
    target = _real(path)
    name = visible(shown(path))
    try:
        data = encode(text, before.encoding)
        found = content(target)
        if found == data:  # done already, under another name of the same file
            return
        if found != encode(before.text, before.encoding):
            raise WriteError(f"{name}: not written, it changed on disk or its encoding cannot be written back")
        _replace(target, data)
    except OSError as error:
        raise WriteError(f"{name}: not written ({error.strerror or error})") from error
    except UnicodeError as error:
        raise WriteError(f"{name}: not written, its encoding {before.encoding.codec} cannot hold the result") from error


def save(path: Path, data: bytes) -> None:
    """Write a file of our own, such as a report. Raises WriteError.

    Where a symlink leads out of the working repository, it is not followed: the
    repository may have planted it under the name that the workflow uses.
    """
    root = root_of(Path.cwd())
    try:
        if path.exists() and not path.is_file():
            with path.open("wb") as device:  # /dev/stdout, a FIFO: there is nothing to replace
                device.write(data)
            return
        if Path(os.path.abspath(path)).is_relative_to(root) and not _real(path).is_relative_to(root):
            raise WriteError(f"{visible(str(path))}: not written, it leads outside the repository")
        _replace(_real(path), data)
    except OSError as error:
        raise WriteError(f"{visible(str(path))}: not written ({error.strerror or error})") from error


def _replace(target: Path, data: bytes) -> None:
    """Write beside, then rename over: whoever looks sees the old file or the new one, never half of one."""
    import tempfile  # with all that it loads, for those alone who write

    descriptor, temporary = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".hashpin", dir=target.parent)
    try:
        with open(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            _like(file.fileno(), target)
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def _like(descriptor: int, target: Path) -> None:
    """Give the new file the old one's owner and mode; a first one gets the mode that open() would give."""
    if sys.platform == "win32":
        return
    new = os.fstat(descriptor)
    try:
        old = target.stat()
        mode = stat.S_IMODE(old.st_mode)
    except FileNotFoundError:
        # In a container we are root in somebody else's workspace, who must be able to delete the file.
        old = target.parent.stat() if os.geteuid() == 0 else new
        mask = os.umask(0)
        os.umask(mask)
        mode = 0o666 & ~mask
    if (old.st_uid, old.st_gid) != (new.st_uid, new.st_gid):
        os.fchown(descriptor, old.st_uid, old.st_gid)
    os.fchmod(descriptor, mode)
