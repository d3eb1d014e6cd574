"""From findings to corrected texts. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from hashpin import formats, text
from hashpin.encoding import decode, encode
from hashpin.model import (
    Digest,
    Direct,
    Evidence,
    Finding,
    GlobalOptions,
    Include,
    Kind,
    LeftWhole,
    LockFile,
    Orphan,
    Pin,
    Reach,
    SetHashes,
    Statement,
    Tree,
    Unpinned,
    Unreadable,
)
from hashpin.text import Edit, Lines, Span
from hashpin.tree import Forest


class Corrections(Struct, frozen=True):
    """What a run would change."""

    texts: Mapping[str, str]
    """The corrected text of each file that changes, by path."""
    left: tuple[LeftWhole, ...]


def corrections(forest: Forest, evidence: Iterable[Evidence], findings: Iterable[Finding], unsafe: bool) -> Corrections:
    """The corrected texts that these findings wish for; only safe wishes, unless `unsafe`."""
    wishes = _granted(findings, unsafe)
    left: list[LeftWhole] = []
    whole: set[str] = set()
    open_trees = [tree.tree for tree in evidence if not (tree.tree.hash_mode or tree.tree.input)]
    # What one tree leaves whole may stand in another one, which then has an obstacle too: until nothing changes.
    while found := next(((tree, why) for tree in open_trees if (why := _obstacle(tree, wishes, whole))), None):
        tree, why = found
        left.append(LeftWhole(tree.members[0].file.source.path, why))
        whole |= {member.file.source.path for member in tree.members}
        open_trees.remove(tree)
    texts: dict[str, str] = {}
    for path in sorted({wish.path for wish in wishes} - whole):
        file = forest.files[path]
        ours = [wish for wish in wishes if wish.path == path]
        if file.hidden or not file.source.faithful:
            left.append(LeftWhole(path, _HIDDEN if file.hidden else _UNFAITHFUL))
            continue
        corrected = text.apply(file.source.text, formats.rewrite_all(file, ours))
        if _reads_as_meant(file, corrected, ours):
            texts[path] = corrected
        else:
            left.append(LeftWhole(path, "its new text would not read as meant: this layout has to be mended by hand"))
    return Corrections(texts, tuple(left))


def edits(forest: Forest, evidence: Iterable[Evidence], findings: Iterable[Finding]) -> Mapping[SetHashes, Edit]:
    """The edit that each finding's wish comes to, for showing it beside the finding, unsafe ones too.

    None where all of a file's wishes together would leave it whole, and none in
    a tree without hash mode: its first hashes, granted one by one, would make
    pip refuse the rest of it.
    """
    trees, found = list(evidence), list(findings)
    closed = {
        member.file.source.path
        for entry in trees
        if not (entry.tree.hash_mode or entry.tree.input)
        for member in entry.tree.members
    }
    spelled: dict[SetHashes, Edit] = {}
    for path in corrections(forest, trees, found, unsafe=True).texts.keys() - closed:
        wishes = list(dict.fromkeys(f.fix for f in found if f.fix is not None and f.fix.path == path))
        spelled |= zip(wishes, formats.rewrite_all(forest.files[path], wishes), strict=True)
    return spelled


_HIDDEN = "it holds what people do not see (hidden-requirement): look at that first"
_UNFAITHFUL = "its declared encoding cannot be written back byte by byte: save it as UTF-8"


def _reads_as_meant(file: LockFile, corrected: str, wishes: list[SetHashes]) -> bool:
    """Whether the corrected text, written and read again, has exactly the wished digests, and all else as it was."""
    source = file.source
    try:
        if decode(encode(corrected, source.encoding)) != (corrected, source.encoding):
            return False
    except ValueError:
        return False
    wanted = {wish.pin.span: wish.digests for wish in wishes}
    before = [_meaning(statement, wanted.get(statement.span)) for statement in file.statements]
    again = formats.parse(replace(source, text=corrected))
    # A comment that moves off its requirement's lines would no longer allow anything there.
    allowing = [comment.scope is None for comment in file.comments]
    if allowing != [comment.scope is None for comment in again.comments]:
        return False
    return before == [_meaning(s, None) for s in again.statements] and _words(file) == _words(again)


def _words(file: LockFile) -> Counter[str]:
    """All that stands in a file but the hash options of its pins, and what may come and go as lines are joined."""
    options = [option.span for pin in file.pins for option in (*pin.hashes, *pin.lost)]
    text, ends = file.source.text, [0, *(span.end for span in options)]
    gaps = (text[end:start] for end, start in zip(ends, [*(s.start for s in options), len(text)], strict=True))
    return Counter(word for word in " ".join(gaps).replace("\\", " ").split() if word != "#")


def _meaning(statement: Statement, wished: frozenset[Digest] | None) -> tuple[object, ...]:
    """What a statement says, places apart; with the wished digests in place of its own."""
    match statement:
        case Pin():
            lost = () if wished is not None else tuple(option.digest for option in statement.lost)
            digests = [option.digest for option in statement.hashes]
            return "pin", str(statement.requirement), sorted(digests if wished is None else wished), lost
        case Unpinned():
            return "unpinned", str(statement.requirement), [option.digest for option in statement.hashes]
        case Direct():
            return "direct", statement.text, statement.reach, [option.digest for option in statement.hashes]
        case Orphan():
            return "orphan", [option.digest for option in statement.hashes]
        case Include():
            return "include", statement.kind, statement.target
        case GlobalOptions():
            return "options", statement.options
        case Unreadable():
            return "unreadable", statement.reason


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
        allowed_to_go = frozenset[Digest]().union(*(wish.dropped for wish in wishes if wish.safe))
        blocked = not unsafe and any(wish.dropped - allowed_to_go for wish in wishes)
        allowed = [wish for wish in wishes if wish.safe or unsafe]
        if allowed and not blocked:
            digests = frozenset[Digest]().union(*(wish.digests for wish in allowed))
            granted.append(replace(allowed[0], digests=digests))
    return granted


def _obstacle(tree: Tree, wishes: list[SetHashes], whole: set[str]) -> str | None:
    """What would have no hash in a tree whose first hashes these wishes are: pip would then refuse the tree."""
    paths = {member.file.source.path for member in tree.members}
    wished = {(wish.path, wish.pin.span) for wish in wishes if wish.path in paths - whole}
    return next(_without_hash(tree, wished), None) if wished else None


def _without_hash(tree: Tree, wished: set[tuple[str, Span]]) -> Iterator[str]:
    for member in tree.members:
        if member.kind is Kind.CONSTRAINTS:
            continue
        path = member.file.source.path
        lines = Lines(member.file.source.text)
        for statement in member.file.statements:
            match statement:
                case Pin(hashes=()) if (path, statement.span) not in wished:
                    what = f"{statement.name}=={statement.version} is not given its hashes"
                case Unpinned():
                    what = f"{statement.requirement} is not pinned to one version"
                case Direct(reach=Reach.ARCHIVE, hashes=(), fragment_hash=False):
                    what = f"{statement.text} has no hash"
                case Direct() if statement.reach is not Reach.ARCHIVE:
                    what = f"{statement.text} is {statement.reach.value}, which cannot have a hash"
                case _:
                    continue
            yield f"{what} ({path}:{lines.position(statement.span.start).line}), and beside hashes pip would refuse it"
