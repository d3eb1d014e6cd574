"""The files of a commit in place of those on disk: the same names, the bytes that the commit has."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, field

from hashpin import files
from hashpin.files import Finds, Found, Refused
from hashpin.model import Commit, CommittedFile, Source

_SYMLINK = "120000"
_SUBMODULE = "160000"
_REGULAR = frozenset({"100644", "100755", "100664"})
_MOST_LINKS = 10
# Source: the specification of Git LFS, "The Pointer".
_LFS_POINTER = b"version https://git-lfs.github.com/spec/"
_WORKFLOWS = ".github/workflows/"


@dataclass(slots=True)
class Committed:
    """Reads files as one commit has them. Raises what the commit raises."""

    commit: Commit
    _links: dict[str, tuple[str, CommittedFile] | None] = field(default_factory=dict)

    def of(self, finds: Finds) -> Finds:
        """Those of the files found that the commit has, too."""
        return Finds([found for found in finds.files if self._resolved(_path(found))], list(finds.refused))

    def read(self, found: Found) -> Source | Refused:
        """As `files.read`, from the commit."""
        name = files.shown(found.path)
        resolved = self._resolved(_path(found))
        if resolved is None:
            return Refused(name, f"is not in {self.commit.sha[:12]}")
        _, file = resolved
        if file.mode not in _REGULAR:
            return Refused(name, "is no regular file")
        data = self.commit.read(file)
        if data.startswith(_LFS_POINTER):
            return Refused(name, "is kept by Git LFS: the commit holds a pointer to it alone")
        return files.from_bytes(name, data)

    def text_of(self, found: Found, texts: Mapping[str, str]) -> str | None:
        """The text among these, by shown path, that stands for this file: its own, or a symlink's target's."""
        resolved = self._resolved(_path(found))
        names = [files.shown(found.path), *([files.shown(found.root / resolved[0])] if resolved else [])]
        return next((texts[name] for name in names if name in texts), None)

    def include_target(self, by: Found, target: str) -> Found | str | None:
        """As `files.include_target`, in the commit."""
        if "\0" in target or target.startswith("/"):
            return "leads outside the repository"
        # As pip does: joined and normalised as text, so that `..` after a symlink stays textual.
        path = posixpath.normpath(posixpath.join(posixpath.dirname(_path(by)), target))
        if path == ".." or path.startswith("../"):
            return "leads outside the repository"
        if ".git" in path.split("/"):
            return "leads into .git, which may hold credentials"
        return Found(by.root / path, by.root, named=True) if self._resolved(path) else None

    def unwritable(self, path: str) -> str | None:
        """Why a shown path cannot be corrected in the commit; None where it can be."""
        rooted = files.rooted(path)
        file = self.commit.file(rooted)
        if file is None:
            return f"it is not in {self.commit.sha[:12]}"
        if file.mode == _SYMLINK:
            return "it is a symlink: correct its target"
        if rooted.startswith(_WORKFLOWS):
            return "the job's token may change nothing below .github/workflows: correct it by hand"
        return None

    def rooted(self, texts: Mapping[str, bytes]) -> dict[str, tuple[str, bytes]]:
        """By path from the repository's root: the mode that the commit has, and the new bytes."""
        found = {files.rooted(path): data for path, data in texts.items()}
        modes = {path: self.commit.file(path) for path in found}
        return {path: (file.mode, found[path]) for path, file in modes.items() if file}

    def _resolved(self, path: str) -> tuple[str, CommittedFile] | None:
        """The file at a path, symlinks followed inside the commit; None where there is none."""
        if path not in self._links:
            self._links[path] = self._followed(path)
        return self._links[path]

    def _followed(self, path: str) -> tuple[str, CommittedFile] | None:
        for _ in range(_MOST_LINKS):
            file = self.commit.file(path)
            if file is None or file.mode == _SUBMODULE:
                return None
            if file.mode != _SYMLINK:
                return path, file
            target = self.commit.read(file).decode("utf-8", "surrogateescape")
            path = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
        return None


def _path(found: Found) -> str:
    """From the repository's root, as git names it."""
    return files.rooted(files.shown(found.path))
