"""Which commit a change starts from, and its files from wherever they are nearest."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from msgspec import Struct

from hashpin.github.checkout import LocalCommit
from hashpin.github.commits import RemoteCommit, merge_base
from hashpin.github.connection import Connection
from hashpin.github.event import Event
from hashpin.github.patience import Impatient, within
from hashpin.github.refusals import Kind, Refusal, Refused
from hashpin.model import CommittedFile

HEAD = b"HEAD"
_PATIENCE = 20.0  # seconds for one look into the checkout's history
_Value = TypeVar("_Value")

Connect = Callable[[], Connection]


class NearestCommit(Struct):
    """A commit's files from the checkout's history, and from GitHub what a shallow or partial clone does not have."""

    sha: str
    root: Path | None
    """Of the checkout; None where it may not be looked at."""
    connect: Connect
    _local: LocalCommit | None = None
    _remote: RemoteCommit | None = None
    _trapped: bool = False

    @property
    def tree(self) -> str:
        """The name of the commit's tree. Raises Refused, as the others do."""
        with contextlib.suppress(Refused):
            return self._near(lambda commit: commit.tree)
        return self._far().tree

    @property
    def parents(self) -> tuple[str, ...]:
        with contextlib.suppress(Refused):
            return self._near(lambda commit: commit.parents)
        return self._far().parents

    def file(self, path: str) -> CommittedFile | None:
        with contextlib.suppress(Refused):
            return self._near(lambda commit: commit.file(path))
        return self._far().file(path)

    def paths(self) -> list[str]:
        with contextlib.suppress(Refused):
            return self._near(lambda commit: commit.paths())
        return self._far().paths()

    def read(self, file: CommittedFile) -> bytes:
        with contextlib.suppress(Refused):
            return self._near(lambda commit: commit.read(file))
        return self._far().read(file)

    def _near(self, ask: Callable[[LocalCommit], _Value]) -> _Value:
        """Ask the checkout, which whoever ran in it before may have made a trap of."""
        if self._trapped:
            raise Refused(Refusal(Kind.FAULT, "the checkout's history did not answer"))
        try:
            if self._local is None:
                self._local = within(_PATIENCE, lambda: LocalCommit.read_from(self.root, self.sha))
            local = self._local
            return within(_PATIENCE, lambda: ask(local))
        except Impatient as error:
            self._trapped = True
            raise Refused(Refusal(Kind.FAULT, "the checkout's history did not answer")) from error

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


def accepted(event: Event, root: Path, connect: Connect) -> tuple[NearestCommit, bool] | None:
    """Of an event that is about no change: the commit that was accepted, and whether the run is about that very one.

    On a push it is what the branch was at.
    """
    start = event.pushed_from or (event.sha if event.own else None)
    near = root if event.trusted_checkout else None
    return (NearestCommit(start, near, connect), start == event.sha) if start else None


def checked_out(root: Path) -> str | None:
    """The commit that a checkout is at; None where it has no history to tell."""
    from dulwich.refs import DiskRefsContainer

    git = root / ".git"
    if not git.is_dir():
        return None

    def head() -> str:
        return DiskRefsContainer(str(git))[HEAD].decode("ascii")  # type: ignore[index,unused-ignore]

    try:
        if not stat.S_ISREG(os.stat(git / "HEAD").st_mode):
            return None
        return within(_PATIENCE, head)
    except Exception:  # dulwich raises what a file that is no ref comes to
        return None
