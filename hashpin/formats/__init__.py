"""The formats of lock files: each a module that can read one and spell an edit to it.

To add one: a module with `NAME`, `parse` and `rewrite` as the protocol below
says, and a line in `_FORMATS`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from hashpin.formats import requirements_txt
from hashpin.model import LockFile, SetHashes, Source
from hashpin.text import Edit


class Format(Protocol):
    """What a format's module has."""

    NAME: str

    def parse(self, source: Source, /) -> LockFile:
        """Read a source; no text makes this raise."""

    def rewrite(self, file: LockFile, wishes: Sequence[SetHashes], /) -> list[Edit]:
        """For each wish the one edit that gives its pin exactly the wished digests and leaves all else as it is."""


_FORMATS: Mapping[str, Format] = {requirements_txt.NAME: requirements_txt}


def parse(source: Source) -> LockFile:
    """Read a source. There is one format so far; the next one is chosen here, by the path."""
    return requirements_txt.parse(source)


def rewrite(file: LockFile, wish: SetHashes) -> Edit:
    """Spell a wish as an edit to this file's text."""
    (edit,) = rewrite_all(file, [wish])
    return edit


def rewrite_all(file: LockFile, wishes: Sequence[SetHashes]) -> list[Edit]:
    """The same for several wishes at once: what the file's habits are is then learnt once."""
    return _FORMATS[file.format].rewrite(file, wishes)
