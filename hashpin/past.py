"""What stood before: the files of the commit that a change starts from, and since when single hashes stand in them.

A hash that the index has no file for, beside hashes that match, may be of a file that
was taken back, or somebody's who wants to be let in. Files that are taken back
were there when the pin was made: so the hash came with the pin, and not later.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Protocol

from msgspec import Struct, field

from hashpin import files, formats, tree
from hashpin.committed import Committed
from hashpin.files import Finds, Found
from hashpin.github.patience import Impatient, within
from hashpin.github.refusals import Refused
from hashpin.model import Commit, Digest, Listed, LockFile, ReleaseKey, Source, Stood
from hashpin.tree import Forest

_MOST_COMMITS = 1_000
_MOST_SECONDS = 5.0
_PATIENCE = 20.0  # seconds, for a history that somebody has made a trap of


class DatedCommit(Commit, Protocol):
    """A commit with its date."""

    @property
    def committed(self) -> datetime | None: ...


class Line(Protocol):
    """A commit whose first parents are at hand."""

    def line(self) -> Iterator[DatedCommit]:
        """It and its first parents, down to the first commit. Raises Refused where that is not to be had."""


def standing(finds: Finds, base: Commit) -> Forest:
    """The trees of the files found, as a commit has them. Raises what the commit raises."""
    committed = Committed(base, files.repository(finds))
    there, _ = committed.part(finds)
    return tree.grow(there, committed.read, committed.include_target)


class Past(Struct):
    """The commit that a change starts from, asked for what is needed, once. Raises what the commit raises."""

    base: Commit
    finds: Finds
    history: Line | None = None
    """The same commit, where the checkout has what was before it."""
    itself: bool = False
    """The run is about this very commit: then only its history tells anything."""
    _forest: Forest | None = None
    _stood: dict[Listed, tuple[Stood, int] | None] = field(default_factory=dict)

    @property
    def files(self) -> Mapping[str, LockFile]:
        """By path: the files as they stood."""
        return self._grown().files

    def stood(self, listed: Mapping[Listed, int]) -> Mapping[Listed, Stood]:
        """Those of the hashes that the commit has on the same pin, on as many pins as now, with since when."""
        if new := [entry for entry in listed if entry not in self._stood]:
            self._stood |= dict.fromkeys(new)
            self._stood |= self._found(new)
        known = ((entry, self._stood[entry], count) for entry, count in listed.items())
        return {entry: found[0] for entry, found, count in known if found and found[1] >= count}

    def _grown(self) -> Forest:
        if self._forest is None:
            self._forest = standing(self.finds, self.base)
        return self._forest

    def _found(self, listed: Collection[Listed]) -> Mapping[Listed, tuple[Stood, int]]:
        """With how many pins have each."""
        pins = {path: _pins(self.files[path]) for path in {e.path for e in listed} & self.files.keys()}
        there = [e for e in listed if e.digest in pins.get(e.path, {}).get(e.key, ())]
        try:
            known = within(_PATIENCE, lambda: self._since(there)) if there else {}
        except Impatient:
            known = {}
        found = {entry: known.get(entry) or Stood(self.base.sha) for entry in there}
        told = {entry: stood for entry, stood in found.items() if not (self.itself and stood.with_pin is None)}
        return {entry: (stood, pins[entry.path][entry.key][entry.digest]) for entry, stood in told.items()}

    def _since(self, listed: Iterable[Listed]) -> Mapping[Listed, Stood]:
        """Follows the first parents to the commits that brought these hashes, as far as the checkout has them."""
        left: dict[Listed, DatedCommit | None] = dict.fromkeys(listed)
        found: dict[Listed, Stood] = {}
        versions = _Versions(self._grown(), files.repository(self.finds))
        deadline = time.monotonic() + _MOST_SECONDS
        first = False
        try:
            for number, commit in enumerate(self.history.line() if self.history else ()):
                if number == _MOST_COMMITS or time.monotonic() > deadline:
                    break
                there = {path: versions.pins(commit, path) for path in {entry.path for entry in left}}
                for entry, last in list(left.items()):
                    pins = there[entry.path]
                    if entry.digest in pins.get(entry.key, ()):
                        left[entry] = commit
                    else:
                        del left[entry]
                        if last:
                            found[entry] = Stood(last.sha, last.committed, with_pin=not pins.get(entry.key))
                if not left:
                    break
            else:
                first = self.history is not None
        except Refused:  # a shallow clone, or one without some blobs
            pass
        reached = {entry: Stood(c.sha, c.committed, True if first else None) for entry, c in left.items() if c}
        return found | reached


class _Versions(Struct):
    """The pins of files at many commits; what does not change is read once."""

    forest: Forest
    root: Path
    _read: dict[tuple[str, str], Mapping[ReleaseKey, Counter[Digest]]] = field(default_factory=dict)

    def pins(self, commit: Commit, path: str) -> Mapping[ReleaseKey, Counter[Digest]]:
        committed = Committed(commit, self.root)
        place = Found(self.forest.places[path], self.root, named=True)
        blob = committed.blob(place)
        if blob is None:
            return {}
        if (path, blob) not in self._read:
            source = committed.read(place)
            self._read[path, blob] = _pins(formats.parse(source)) if isinstance(source, Source) else {}
        return self._read[path, blob]


def _pins(file: LockFile) -> Mapping[ReleaseKey, Counter[Digest]]:
    """The digests that pip takes for each pin: one that it did not take before a change is new with it."""
    found: dict[ReleaseKey, Counter[Digest]] = {}
    for pin in file.pins:
        found.setdefault(ReleaseKey(pin.name, pin.version), Counter()).update({o.digest for o in pin.hashes})
    return found
