"""Which commit a change starts from, and its files from wherever they are nearest."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hashpin.github.commits import LocalCommit, RemoteCommit, merge_base
from hashpin.github.connection import Connection
from hashpin.github.event import Event
from hashpin.github.refusals import Refused
from hashpin.model import CommittedFile

HEAD = b"HEAD"

Connect = Callable[[], Connection]


@dataclass(slots=True)
class NearestCommit:
    """A commit's files from the checkout's history, and from GitHub what a shallow or partial clone does not have."""

    sha: str
    root: Path | None
    """Of the checkout; None where it may not be looked at."""
    connect: Connect
    _local: LocalCommit | None = None
    _remote: RemoteCommit | None = None

    @property
    def tree(self) -> str:
        """The name of the commit's tree. Raises Refused, as the others do."""
        with contextlib.suppress(Refused):
            return self._near().tree
        return self._far().tree

    @property
    def parents(self) -> tuple[str, ...]:
        with contextlib.suppress(Refused):
            return self._near().parents
        return self._far().parents

    def file(self, path: str) -> CommittedFile | None:
        with contextlib.suppress(Refused):
            return self._near().file(path)
        return self._far().file(path)

    def read(self, file: CommittedFile) -> bytes:
        with contextlib.suppress(Refused):
            return self._near().read(file)
        return self._far().read(file)

    def _near(self) -> LocalCommit:
        if self._local is None:
            self._local = LocalCommit.read_from(self.root, self.sha)
        return self._local

    def _far(self) -> RemoteCommit:
        if self._remote is None:
            self._remote = RemoteCommit.read_from(self.connect(), self.sha)
        return self._remote


def before(event: Event, root: Path, connect: Connect) -> NearestCommit | None:
    """The commit that the event's change starts from; None where the event is about no change. Raises Refused.

    On a pull request the usual checkout is its merge into the base, whose first
    parent is the base as it was merged with; of any other checkout, where the
    two branches parted.
    """
    start, near = event.changes_from, root if event.trusted_checkout else None
    pull = event.pull_request
    if start is None or pull is None:
        return NearestCommit(start, near, connect) if start else None
    if event.name == "pull_request" and event.sha and checked_out(root) in (event.sha, None):
        parents = NearestCommit(event.sha, near, connect).parents
        return NearestCommit(parents[0] if len(parents) == 2 else start, near, connect)
    return NearestCommit(merge_base(connect(), start, pull.head_sha) or start, near, connect)


def checked_out(root: Path) -> str | None:
    """The commit that a checkout is at; None where it has no history to tell."""
    from dulwich.refs import DiskRefsContainer

    git = root / ".git"
    if not git.is_dir():
        return None
    try:
        return DiskRefsContainer(str(git))[HEAD].decode("ascii")  # type: ignore[index,unused-ignore]
    except Exception:  # dulwich raises what a file that is no ref comes to
        return None
