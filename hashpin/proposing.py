"""The pull request: from the files of a branch, by way of the index, to what is proposed for them.

Reads the branch's own commit and never the checkout, whose bytes git's filters
may have changed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from hashpin import files, tree
from hashpin.committed import Committed
from hashpin.correct import Corrected, Judge, correct
from hashpin.encoding import encode
from hashpin.files import Finds, Found, Refused
from hashpin.model import Commit, Correction, Source
from hashpin.tree import Forest


@dataclass(frozen=True, slots=True)
class Proposed:
    """What to propose for a commit."""

    corrected: Corrected
    changes: Mapping[str, tuple[str, bytes]]
    """By path from the repository's root: the mode that it has in the commit, and its new bytes."""
    fingerprint: str
    """Of the corrections alone, so that what else moves in the branch does not matter."""


def proposed(
    finds: Finds, base: Commit, judge: Judge, unsafe: bool, usable: Callable[[Forest], Forest] = lambda forest: forest
) -> Proposed:
    """The corrections of what `base` has of the files found. Raises what the commit raises, and what `usable` does."""
    committed = Committed(base)
    there = committed.of(finds)

    def grow(texts: Mapping[str, str]) -> Forest:
        def read(found: Found) -> Source | Refused:
            source, text = committed.read(found), committed.text_of(found, texts)
            return source if text is None or isinstance(source, Refused) else files.corrected(source, text)

        return tree.grow(there, read, committed.include_target)

    corrected = correct(usable(grow({})), grow, judge, unsafe, committed.unwritable)
    sources = {path: corrected.before.files[path].source for path in corrected.texts}
    written = {path: encode(corrected.texts[path], source.encoding) for path, source in sources.items()}
    return Proposed(corrected, committed.rooted(written), _fingerprint(corrected.corrections))


def _fingerprint(corrections: tuple[Correction, ...]) -> str:
    said = (
        "\0".join(
            [
                files.rooted(entry.path),
                entry.project,
                entry.version,
                *sorted(f"-{verdict.option.digest}" for verdict in entry.went),
                *sorted(f"+{digest}" for digest, _ in entry.came),
            ]
        )
        for entry in corrections
    )
    return hashlib.sha256("\n".join(sorted(said)).encode("utf-8", "surrogateescape")).hexdigest()[:32]
