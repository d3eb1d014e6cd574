"""The files of a commit in place of those on disk: the same names, the bytes that the commit has."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct, field

from hashpin import files
from hashpin.files import Finds, Found, Refused
from hashpin.model import Commit, CommittedFile, Source
from hashpin.object_names import object_name

_SYMLINK = "120000"
_SUBMODULE = "160000"
_REGULAR = frozenset({"100644", "100755", "100664"})
_MOST_LINKS = 10
# Source: the specification of Git LFS, "The Pointer".
_LFS_POINTER = b"version https://git-lfs.github.com/spec/"
_WORKFLOWS = ".github/workflows/"


class Committed(Struct):
    """Reads files as one commit of the repository at `root` has them. Raises what the commit raises."""

    commit: Commit
    root: Path
    _followed: dict[str, tuple[str, CommittedFile] | None] = field(default_factory=dict)

    def part(self, finds: Finds) -> tuple[Finds, list[Found]]:
        """Those of the files found that the commit has, too, and those that it does not have."""
        there = [found for found in finds.files if self._resolved(found)]
        return Finds(there, list(finds.refused)), [found for found in finds.files if found not in there]

    def find(self, paths: Sequence[str], exclude: Sequence[str]) -> list[Found]:
        """What a search of those paths that are folders would find, were the commit checked out."""
        folders = [folder for text in paths if Path(text).is_dir() and (folder := self._path(Path(text)))]
        listed = self.commit.paths()
        return [
            Found(self.root / path, self.root, named=False)
            for path in listed
            if any(_is_below(path, folder) and files.is_searched_for(path, folder, exclude) for folder in folders)
        ]

    def blob(self, found: Found) -> str | None:
        """The name of what the file holds; None where the commit has no such file."""
        resolved = self._resolved(found)
        return resolved[1].sha if resolved else None

    def read(self, found: Found) -> Source | Refused:
        """As `files.read`, from the commit."""
        name = files.shown(found.path)
        resolved = self._resolved(found)
        if resolved is None:
            return Refused(name, f"is not in commit {self.commit.sha[:12]}")
        _, file = resolved
        if file.mode not in _REGULAR:
            return Refused(name, "is no regular file")
        data = self._on_disk(found, file)
        if data is None:
            data = self.commit.read(file)
        if data.startswith(_LFS_POINTER):
            return Refused(name, "is kept by Git LFS: the commit holds a pointer to it alone")
        return files.from_bytes(name, data)

    def standing_in(self, finds: Finds, texts: Mapping[str, str]) -> dict[str, str]:
        """These texts, by shown path, and the same for every symlink to one of their files."""
        found = dict(texts)
        for entry in finds.files:
            resolved = self._resolved(entry)
            target = files.shown(self.root / resolved[0]) if resolved else ""
            if target in texts:
                found.setdefault(files.shown(entry.path), texts[target])
        return found

    def include_target(self, by: Found, target: str) -> Found | str | None:
        """As `files.include_target`, in the commit."""
        above = self._path(by.path)
        if "\0" in target or target.startswith("/") or above is None:
            return "leads outside the repository"
        # As pip does: joined and normalised as text, so that `..` after a symlink stays textual.
        path = posixpath.normpath(posixpath.join(posixpath.dirname(above), target))
        if path == ".." or path.startswith("../"):
            return "leads outside the repository"
        if ".git" in path.split("/"):
            return "leads into .git, which may hold credentials"
        found = Found(self.root / path, by.root, named=True)
        return found if self._resolved(found) else None

    def unwritable(self, shown: str) -> str | None:
        """Why the file at a shown path cannot be corrected in the commit; None where it can be."""
        path = self._path(Path(shown))
        resolved = self._resolved_path(path)
        if path is None or resolved is None:
            return f"it is not in commit {self.commit.sha[:12]}"
        if resolved[0] != path:
            return "it is a symlink, or behind one: correct its target"
        if path.startswith(_WORKFLOWS):
            return "the job's token may change nothing below .github/workflows: correct it by hand"
        return None

    def changes(self, texts: Mapping[str, bytes]) -> dict[str, tuple[str, bytes]]:
        """New bytes, by shown path, as the commit knows them: by its own path, with the mode that stands there."""
        found = {path: data for shown, data in texts.items() if (path := self._path(Path(shown)))}
        modes = {path: self.commit.file(path) for path in found}
        return {path: (file.mode, found[path]) for path, file in modes.items() if file}

    def _on_disk(self, found: Found, file: CommittedFile) -> bytes | None:
        """The bytes that lie there, if they are the commit's: most files are, and need not be asked for."""
        if not files.is_inside(found.path, self.root):
            return None
        try:
            data = files.content(found.path)
        except OSError:
            return None
        return data if object_name("blob", data, file.sha) == file.sha else None

    def _path(self, path: Path) -> str | None:
        """From the repository's root, as git names it; None outside of it."""
        # By name, never by where the disk's symlinks lead: the commit has symlinks of its own.
        try:
            return files.named_below(path, self.root)
        except ValueError:
            return None

    def _resolved(self, found: Found) -> tuple[str, CommittedFile] | None:
        """The path and the file, symlinks followed inside the commit; None where there is none."""
        return self._resolved_path(None if found.standard_input else self._path(found.path))

    def _resolved_path(self, path: str | None) -> tuple[str, CommittedFile] | None:
        if path is None:
            return None
        if path not in self._followed:
            self._followed[path] = self._follow(path)
        return self._followed[path]

    def _follow(self, path: str) -> tuple[str, CommittedFile] | None:
        for _ in range(_MOST_LINKS):
            for head in _heads(path):
                file = self.commit.file(head)
                if file is None:
                    continue  # a folder, or nothing
                if file.mode == _SYMLINK:
                    target = self.commit.read(file).decode("utf-8", "surrogateescape")
                    rest = path[len(head) + 1 :]
                    path = posixpath.normpath(posixpath.join(posixpath.dirname(head), target, rest))
                    break
                return (path, file) if head == path and file.mode != _SUBMODULE else None
            else:
                return None
        return None


def _is_below(path: str, folder: str) -> bool:
    return folder == "." or path.startswith(f"{folder}/")


def _heads(path: str) -> Iterator[str]:
    """``a/b/c`` as ``a``, ``a/b``, ``a/b/c``: any part of a path may be a symlink."""
    parts = path.split("/")
    yield from ("/".join(parts[: count + 1]) for count in range(len(parts)))
