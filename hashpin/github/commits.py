"""The files of a commit, asked of GitHub's API.

A blob is believed by its name alone, which is the hash of what it holds, so that no
answer can give other bytes than the commit has. Of trees and commits GitHub is believed.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any

from msgspec import Struct, field

from hashpin.github.connection import Connection, spelled
from hashpin.github.refusals import Kind, Refusal, Refused
from hashpin.model import CommittedFile
from hashpin.object_names import object_name

CONTENTS = "contents: read"
_FOLDER = "040000"
# Who commits what is made on GitHub itself in somebody's name.
_WEB_FLOW = "noreply@"


class RemoteCommit(Struct):
    """A commit as GitHub has it. Asks for what is needed, once."""

    connection: Connection
    sha: str
    tree: str
    parents: tuple[str, ...]
    message: str
    author: str = ""
    by_one: bool = True
    """Whether nobody but the author, or GitHub in the author's name, committed it."""
    verified: bool | None = None
    _all: dict[str, CommittedFile] | None = None
    _folders: dict[str, dict[str, CommittedFile]] = field(default_factory=dict)
    _blobs: dict[str, bytes] = field(default_factory=dict)

    @classmethod
    def read_from(cls, connection: Connection, sha: str) -> RemoteCommit:
        """Source: REST API, "Get a commit object". Raises Refused."""
        found = connection.get(spelled("git", "commits", sha), CONTENTS)
        match found:
            case {"sha": str(name), "tree": {"sha": str(tree)}, "parents": list(parents)} if name == sha:
                names = tuple(p["sha"] for p in parents if isinstance(p, dict) and isinstance(p.get("sha"), str))
                author, committer = (_person(found.get(role)) for role in ("author", "committer"))
                by_one = author[1] == committer[1] or committer[1].startswith(_WEB_FLOW)
                verification = found.get("verification")
                verified = verification.get("verified") if isinstance(verification, dict) else None
                return cls(
                    connection,
                    sha,
                    tree,
                    names,
                    _text(found.get("message")),
                    author[0],
                    by_one,
                    verified if isinstance(verified, bool) else None,
                )
        raise _odd(f"commit {sha}")

    def files(self) -> dict[str, CommittedFile] | None:
        """All files by their paths; None where GitHub does not list so many."""
        self.file("")
        return None if self._folders else self._all

    def paths(self) -> list[str]:
        if (listed := self.files()) is None:
            raise Refused(
                Refusal(Kind.INVALID, f"GitHub does not list the files of {self.sha[:12]}: they are too many")
            )
        return list(listed)

    def file(self, path: str) -> CommittedFile | None:
        """Source: REST API, "Get a tree", which cuts what has over 100,000 entries or 7 MB."""
        if self._all is None:
            found = self.connection.get(spelled("git", "trees", self.tree), CONTENTS, recursive="1")
            if self._is_cut(found):
                self._all = {}
                self._folders[""] = self._whole(self.tree)
            else:
                self._all = {name: file for name, file in self._entries(found).items() if file.mode != _FOLDER}
        if not self._folders or path.startswith("/"):
            return self._all.get(path)
        folder, _, name = path.rpartition("/")
        found_file = (self._folder(folder) or {}).get(name)
        return None if found_file is None or found_file.mode == _FOLDER else found_file

    def _folder(self, path: str) -> dict[str, CommittedFile] | None:
        """The entries of one folder of a commit too large to be listed at once."""
        if path not in self._folders:
            above, _, name = path.rpartition("/")
            entry = (self._folder(above) or {}).get(name)
            if entry is None or entry.mode != _FOLDER:
                return None
            self._folders[path] = self._whole(entry.sha)
        return self._folders[path]

    def _whole(self, tree: str) -> dict[str, CommittedFile]:
        """The entries of one folder, which must be all: what is behind a cut would count as not there."""
        found = self.connection.get(spelled("git", "trees", tree), CONTENTS)
        if self._is_cut(found):
            raise Refused(Refusal(Kind.INVALID, f"a folder of {self.sha[:12]} has more files than GitHub lists"))
        return self._entries(found)

    def _is_cut(self, found: Any) -> bool:
        if not isinstance(found, dict) or not isinstance(found.get("tree"), list):
            raise _odd(f"the tree of {self.sha}")
        return found.get("truncated") is not False

    def _entries(self, found: Any) -> dict[str, CommittedFile]:
        entries = found.get("tree") if isinstance(found, dict) else None
        if not isinstance(entries, list):
            raise _odd(f"the tree of {self.sha}")
        listed: dict[str, CommittedFile] = {}
        for entry in entries:
            match entry:
                case {"path": str(path), "mode": str(mode), "sha": str(sha)}:
                    listed[path] = CommittedFile(mode, sha)
                case _:
                    raise _odd(f"the tree of {self.sha}")
        return listed

    def read(self, file: CommittedFile) -> bytes:
        """Source: REST API, "Get a blob" (up to 100 MB)."""
        if file.sha not in self._blobs:
            found = self.connection.get(spelled("git", "blobs", file.sha), CONTENTS)
            match found:
                case {"encoding": "base64", "content": str(content)}:
                    try:
                        data = base64.b64decode(content)
                    except (binascii.Error, ValueError) as error:
                        raise _odd(f"blob {file.sha}") from error
                case _:
                    raise _odd(f"blob {file.sha}")
            if object_name("blob", data, file.sha) != file.sha:
                raise Refused(Refusal(Kind.FAULT, f"GitHub's answer for blob {file.sha} holds something else"))
            self._blobs[file.sha] = data
        return self._blobs[file.sha]


def tip(connection: Connection, branch: str) -> str | None:
    """The commit that a branch is at, None where there is no such branch. Raises Refused.

    Source: REST API, "Get a reference".
    """
    try:
        found = connection.get(spelled("git", "ref", f"heads/{branch}"), CONTENTS)
    except Refused as refused:
        if refused.refusal.status == 404:
            return None
        raise
    match found:
        case {"ref": str(ref), "object": {"sha": str(sha)}} if ref == f"refs/heads/{branch}":
            return sha
    raise _odd(f"branch {branch}")


def merge_base(connection: Connection, base: str, head: str) -> str | None:
    """The commit where two commits parted, None where GitHub knows of none.

    Source: REST API, "Compare two commits".
    """
    found = connection.get(spelled("compare", f"{base}...{head}"), CONTENTS, per_page=1)
    match found:
        case {"merge_base_commit": {"sha": str(sha)}}:
            return sha
    return None


def contains(connection: Connection, base: str, head: str) -> bool:
    """Whether all commits of `head` are in `base`."""
    return merge_base(connection, base, head) == head


def _odd(what: str) -> Refused:
    return Refused(Refusal(Kind.FAULT, f"GitHub's answer for {what} makes no sense"))


def _person(found: object) -> tuple[str, str]:
    """The name and the address of an author or a committer."""
    entry = found if isinstance(found, dict) else {}
    return _text(entry.get("name")), _text(entry.get("email"))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
