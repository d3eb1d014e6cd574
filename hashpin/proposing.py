"""The pull request: from the files of a branch, by way of the index, to what is proposed for them.

Reads the branch's own commit and never the checkout, whose bytes git's filters
may have changed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence

from msgspec import Struct

from hashpin import diff, files, tree
from hashpin.committed import Committed
from hashpin.correct import Corrected, Judge, correct
from hashpin.encoding import encode
from hashpin.files import Finds, Refused
from hashpin.github.suggestions import Suggestion
from hashpin.model import Commit, Correction
from hashpin.text import Hunk, Lines
from hashpin.tree import Forest

Search = tuple[Sequence[str], Sequence[str]]
"""The paths to look at, and the globs to leave out, as `files.find` takes them."""


class Proposed(Struct, frozen=True):
    """What to propose for a commit."""

    corrected: Corrected
    changes: Mapping[str, tuple[str, bytes]]
    """By path from the repository's root: the mode that it has in the commit, and its new bytes."""
    fingerprint: str
    """Of the corrections alone, so that what else moves in the branch does not matter."""
    complete: bool
    """Whether all that the commit has was judged."""


def proposed(
    finds: Finds,
    search: Search,
    base: Commit,
    judge: Judge,
    unsafe: bool,
    usable: Callable[[Forest], Forest] = lambda forest: forest,
) -> Proposed:
    """The corrections of what `base` has of the files found, and of what a search would find in it.

    What was found and is not in the commit is unchecked. Raises what the commit
    raises, and what `usable` does.
    """
    committed = Committed(base, files.repository(finds))
    there, missing = committed.part(finds)
    known = {files.identity(found) for found in there.files}
    there.files += [found for found in committed.find(*search) if files.identity(found) not in known]
    name = f"is not in commit {base.sha[:12]}"
    absent = {files.shown(found.path) for found in missing}
    there.refused += [Refused(path, name) for path in sorted(absent)]

    def grow(texts: Mapping[str, str]) -> Forest:
        return tree.grow(there, committed.read, committed.include_target, committed.standing_in(there, texts))

    corrected = correct(usable(grow({})), grow, judge, unsafe, committed.unwritable)
    sources = {path: corrected.before.files[path].source for path in corrected.texts}
    written = {path: encode(corrected.texts[path], source.encoding) for path, source in sources.items()}
    complete = all(entry.path in absent for entry in corrected.found.unchecked)
    return Proposed(corrected, committed.changes(written), _fingerprint(corrected.corrections), complete)


def suggestions(corrected: Corrected) -> Iterator[Suggestion]:
    """The corrections as lines to replace, each with what was wrong there."""
    for path, text in sorted(corrected.texts.items()):
        file = corrected.before.files[path]
        lines = Lines(file.source.text)
        wrong: dict[int, list[str]] = {}
        for finding in corrected.found.findings:
            if finding.fix and finding.fix.path == path:
                sentence = f"{finding.project}=={finding.version}: {finding.message}"
                wrong.setdefault(lines.position(finding.fix.pin.span.start).line, []).append(sentence)
        spans = {lines.position(pin.span.start).line: pin.span for pin in file.pins}
        for hunk in diff.hunks(file.source.text, text, spans.values()):
            touched = [first for first, span in spans.items() if _touches(hunk, first, lines.position(span.end).line)]
            said = [sentence for first in touched for sentence in wrong.get(first, ())]
            more = f", and {len(said) - 3} more" if len(said) > 3 else ""
            message = "; ".join(dict.fromkeys(said[:3])) + more or "not all files of the release were listed"
            yield Suggestion(files.rooted(path), hunk, message)


def _touches(hunk: Hunk, first: int, last: int) -> bool:
    return first <= hunk.end and hunk.start <= last


def patches(corrected: Corrected) -> dict[str, str | None]:
    """The corrections as a unified diff of each file, by path from the repository's root; None where it is no text."""
    sources = {path: corrected.before.files[path].source for path in sorted(corrected.texts)}
    return {
        rooted: diff.readable(source, corrected.texts[path], rooted)
        for path, source in sources.items()
        for rooted in [files.rooted(path)]
    }


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
