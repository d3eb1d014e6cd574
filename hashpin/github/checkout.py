"""The files of a commit, and what was before it, from the checkout's own history. Asks GitHub nothing.

Everything is believed by its name alone, which is the hash of what it holds, so that
a checkout can give no other files and no other history than the commit has.
"""

from __future__ import annotations

import re
import weakref
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from msgspec import Struct

from hashpin.github.refusals import Kind, Refusal, Refused
from hashpin.model import CommittedFile
from hashpin.object_names import object_name

_FOLDER = "040000"
_MOST_PATHS = 100_000  # as many as GitHub lists


class LocalCommit(Struct, weakref=True):
    """A commit as the checkout's history has it. Raises Refused where an object is not there, as in a shallow one."""

    store: Any
    sha: str
    tree: str
    parents: tuple[str, ...]
    committed: datetime | None = None
    """In UTC."""

    @classmethod
    def read_from(cls, root: Path | None, sha: str) -> LocalCommit:
        """From `.git` in a folder: its objects alone, never its configuration or its hooks."""
        return cls._of(root and root / ".git", sha)

    @classmethod
    def named(cls, root: Path, revision: str) -> LocalCommit:
        """The commit that a user means by such words as git takes, ``origin/main``; of a worktree, too."""
        from dulwich.objectspec import parse_commit, parse_object
        from dulwich.repo import Repo

        try:
            with Repo(str(root)) as repository:
                # Only the one knows short names, and only the other the ways to a commit's parents.
                parse = parse_object if re.search(r"[~^]", revision) else parse_commit
                sha = parse(repository, revision.encode("utf-8", "surrogateescape")).id.decode("ascii")
                git = Path(repository.commondir())
        except Exception as error:  # dulwich raises what its reading of a name or of a pack comes across
            reason = f"the checkout's history has no commit {revision}"
            raise Refused(Refusal(Kind.MISSING, reason)) from error
        return cls._of(git, sha)

    @classmethod
    def _of(cls, git: Path | None, sha: str) -> LocalCommit:
        from dulwich.object_store import DiskObjectStore

        class Own(DiskObjectStore):
            """Without alternates: they may lie anywhere."""

            @property
            def alternates(self) -> list[Any]:
                return []

        objects = git / "objects" if git else None
        if objects is None or not objects.is_dir():
            raise Refused(Refusal(Kind.MISSING, "the checkout has no history"))
        store = Own(str(objects))
        try:
            made = cls._read(store, sha)
        except Refused:
            store.close()
            raise
        weakref.finalize(made, store.close)  # of its packs
        return made

    @classmethod
    def _read(cls, store: Any, sha: str) -> LocalCommit:
        commit = _stored(store, sha, "commit")
        parents = tuple(name.decode("ascii") for name in commit.parents)
        return cls(store, sha, commit.tree.decode("ascii"), parents, _moment(commit.commit_time))

    def line(self) -> Iterator[LocalCommit]:
        """It and its first parents down to the first commit. Raises Refused where the checkout has no more of them."""
        commit = self  # which stays alive as long as this goes on, and with it the store
        while True:
            yield commit
            if not commit.parents:
                return
            commit = self._read(self.store, commit.parents[0])

    def file(self, path: str) -> CommittedFile | None:
        from dulwich.objects import Tree

        found = CommittedFile(_FOLDER, self.tree)
        for name in path.encode("utf-8", "surrogateescape").split(b"/"):
            if found.mode != _FOLDER:
                return None
            folder = _stored(self.store, found.sha, "tree")
            if not isinstance(folder, Tree) or name not in folder:
                return None
            mode, sha = folder[name]
            found = CommittedFile(f"{mode:06o}", sha.decode("ascii"))
        return None if found.mode == _FOLDER else found

    def paths(self) -> list[str]:
        found = list(islice(self._below(self.tree, ""), _MOST_PATHS + 1))
        if len(found) > _MOST_PATHS:  # folders of folders of the same folders
            raise Refused(Refusal(Kind.INVALID, f"{self.sha[:12]} has more than {_MOST_PATHS:,} files"))
        return found

    def _below(self, tree: str, prefix: str) -> Iterator[str]:
        for entry in _stored(self.store, tree, "tree").iteritems():
            name = prefix + entry.path.decode("utf-8", "surrogateescape")
            if f"{entry.mode:06o}" == _FOLDER:
                yield from self._below(entry.sha.decode("ascii"), f"{name}/")
            else:
                yield name

    def read(self, file: CommittedFile) -> bytes:
        data: bytes = _stored(self.store, file.sha, "blob").as_raw_string()
        return data


def _stored(store: Any, sha: str, kind: str) -> Any:
    try:
        found = store[sha.encode("ascii")]
        data: bytes = found.as_raw_string()
        genuine = found.type_name == kind.encode() and object_name(kind, data, sha) == sha
    except Exception as error:  # dulwich raises what its reading of a pack comes across
        raise Refused(Refusal(Kind.MISSING, f"the checkout's history does not have {kind} {sha[:12]}")) from error
    if not genuine:
        raise Refused(Refusal(Kind.MISSING, f"{kind} {sha[:12]} in the checkout's history holds something else"))
    return found


def _moment(seconds: int) -> datetime | None:
    """When a commit says that it was made; None where that is no date."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None
