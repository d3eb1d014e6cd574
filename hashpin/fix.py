"""From findings to corrected texts. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from hashpin import formats, text
from hashpin.model import Digest, Direct, Evidence, Finding, Pin, Reach, SetHashes, Unpinned
from hashpin.text import Lines
from hashpin.tree import Forest


@dataclass(frozen=True, slots=True)
class LeftWhole:
    """A tree in which nothing was changed, and why."""

    path: str
    """Of the entry."""
    reason: str


@dataclass(frozen=True, slots=True)
class Corrections:
    """What a run would change."""

    texts: Mapping[str, str]
    """The corrected text of each file that changes, by path."""
    pins: Mapping[str, int]
    """How many pins change in each of them."""
    left: tuple[LeftWhole, ...]


def corrections(forest: Forest, evidence: Iterable[Evidence], findings: Iterable[Finding], unsafe: bool) -> Corrections:
    """The corrected texts that these findings wish for; only safe wishes, unless `unsafe`."""
    wishes = _granted(findings, unsafe)
    left: list[LeftWhole] = []
    whole: set[str] = set()
    for tree in evidence:
        paths = {member.file.source.path for member in tree.tree.members}
        wished = {wish.pin for wish in wishes if wish.path in paths}
        if wished and not tree.tree.hash_mode and (obstacle := next(_obstacles(tree, wished), None)):
            left.append(LeftWhole(tree.tree.members[0].file.source.path, obstacle))
            whole |= paths
    edits: dict[str, list[text.Edit]] = {}
    for wish in wishes:
        if wish.path not in whole:
            edits.setdefault(wish.path, []).append(formats.rewrite(forest.files[wish.path], wish))
    return Corrections(
        {path: text.apply(forest.files[path].source.text, changes) for path, changes in edits.items()},
        {path: len(changes) for path, changes in edits.items()},
        tuple(left),
    )


def _granted(findings: Iterable[Finding], unsafe: bool) -> list[SetHashes]:
    """One wish for each pin whose wishes may be granted.

    A pin is left alone where an unsafe wish would take away what its author
    wrote: then its worst hash is not explained, and its others wait for it.
    """
    by_pin: dict[tuple[str, int], list[SetHashes]] = {}
    for finding in findings:
        if finding.fix:
            by_pin.setdefault((finding.fix.path, finding.fix.pin.span.start), []).append(finding.fix)
    granted: list[SetHashes] = []
    for wishes in by_pin.values():
        blocked = not unsafe and any(wish.drops and not wish.safe for wish in wishes)
        allowed = [wish for wish in wishes if wish.safe or unsafe]
        if allowed and not blocked:
            digests = frozenset[Digest]().union(*(wish.digests for wish in allowed))
            granted.append(replace(allowed[0], digests=digests))
    return granted


def _obstacles(evidence: Evidence, wished: set[Pin]) -> Iterator[str]:
    """What would still have no hash in a tree whose first hashes these wishes are: pip would then refuse the tree."""
    for file in evidence.requirements:
        lines = Lines(file.source.text)
        for statement in file.statements:
            match statement:
                case Pin(hashes=(), strays=()) if statement not in wished:
                    what = f"{statement.name}=={statement.version} cannot be given its hashes"
                case Unpinned():
                    what = f"{statement.requirement} is not pinned to one version"
                case Direct(reach=Reach.ARCHIVE, hashes=(), fragment_hash=False):
                    what = f"{statement.text} has no hash"
                case Direct() if statement.reach is not Reach.ARCHIVE:
                    what = f"{statement.text} is {statement.reach.value}, which cannot have a hash"
                case _:
                    continue
            where = f"{file.source.path}:{lines.position(statement.span.start).line}"
            yield f"{what} ({where}), and beside hashes pip would refuse it"
