"""Corrects until nothing is left to correct. What reads the files and asks the index is handed in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from hashpin import fix
from hashpin.model import (
    Correction,
    Digest,
    DistributionFile,
    Evidence,
    Finding,
    Judgement,
    LeftWhole,
    Pin,
    Release,
    Report,
)
from hashpin.text import Span
from hashpin.tree import Forest

# Each round of corrections may show the next one more of what the author of a file lists; two are the most seen.
_ROUNDS = 10

Grow = Callable[[Mapping[str, str]], Forest]
"""The forest with these texts in place of those that were read, by path."""
Judge = Callable[[Forest], tuple[tuple[Evidence, ...], Report]]
Refuse = Callable[[str], str | None]
"""Why the file at a path cannot be corrected; None where it can be."""


class Corrected(Struct, frozen=True):
    """What a run would change, and what would then remain."""

    before: Forest
    found: Report
    """Of the files as they are."""
    texts: Mapping[str, str]
    """The corrected text of each file that changes, by path."""
    corrections: tuple[Correction, ...]
    remaining: Report
    standing: Report
    """What remains, at its places in the files as they are."""
    left: tuple[LeftWhole, ...]


def correct(before: Forest, grow: Grow, judge: Judge, unsafe: bool, refuse: Refuse = lambda path: None) -> Corrected:
    """Correct a forest; only what is safe, unless `unsafe`."""
    texts: dict[str, str] = {}
    refused: dict[str, LeftWhole] = {}
    after = before
    first, found = evidence, report = judge(before)
    for _ in range(_ROUNDS):
        findings = [f for f in report.findings if not (f.fix and f.fix.path in refused)]
        wanted = fix.corrections(after, evidence, findings, unsafe)
        new = {path: why for path in wanted.texts if (why := refuse(path))}
        if new:
            refused |= {path: LeftWhole(path, why) for path, why in new.items()}
            continue
        if not wanted.texts:
            break
        texts.update(wanted.texts)
        after = grow(texts)
        evidence, report = judge(after)
    still = {finding.fix.path for finding in report.findings if finding.fix}
    left = (*wanted.left, *(entry for path, entry in refused.items() if path in still))
    corrections = tuple(_corrections(first, found, after))
    return Corrected(before, found, texts, corrections, report, _standing(found, report), left)


def _standing(found: Report, remaining: Report) -> Report:
    """The remaining findings where they stand before the correction, which moves lines."""
    before: dict[object, list[Finding]] = {}
    for finding in found.findings:
        before.setdefault(_said(finding), []).append(finding)
    # What has no like there speaks of its file: it is not lost, and at no wrong line.
    first = Span(0, 0)
    standing = []
    for finding in remaining.findings:
        alike = before.get(_said(finding))
        standing.append(alike.pop(0) if alike else replace(finding, span=first))
    standing.sort(key=lambda f: (f.path, f.span, -f.severity, f.rule.name))
    return replace(found, findings=tuple(standing))


def _said(finding: Finding) -> object:
    return finding.rule.name, finding.severity, finding.path, finding.project, finding.version, finding.explanation


def _corrections(before: tuple[Evidence, ...], found: Report, after: Forest) -> Iterator[Correction]:
    """What was done to each pin. A correction changes no pin's place among the others of its file."""
    by_pin: dict[tuple[str, Span], list[Finding]] = {}
    for finding in found.findings:
        if finding.fix:
            by_pin.setdefault((finding.path, finding.fix.pin.span), []).append(finding)
    judged = {path: judgements for tree in before for path, judgements in tree.judgements.items()}
    for path, judgements in sorted(judged.items()):
        for judgement, now in zip(judgements, after.files[path].pins, strict=True):
            correction = _correction(judgement, now, tuple(by_pin.get((path, judgement.pin.span), ())))
            if correction:
                yield correction


def _correction(judgement: Judgement, now: Pin, findings: tuple[Finding, ...]) -> Correction | None:
    pin = judgement.pin
    listed = frozenset(option.digest for option in now.hashes)
    took = frozenset(option.digest for option in pin.hashes)
    written = took.union(option.digest for option in pin.lost)
    went = tuple(h for h in judgement.hashes if h.option.digest not in listed)
    came = tuple(sorted(_files(judgement, listed - written), key=lambda entry: entry[1].filename))
    if pin.hashes == now.hashes or (listed == took and not went and len(pin.hashes) == len(now.hashes)):
        return None
    return Correction(judgement.path, pin.name, pin.version, findings, went, came)


def _files(judgement: Judgement, digests: frozenset[Digest]) -> Iterator[tuple[Digest, DistributionFile]]:
    if isinstance(judgement.answer, Release):
        for file in judgement.answer.files:
            yield from ((digest, file) for digest in file.digests if digest in digests)
