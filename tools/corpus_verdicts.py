"""Judges the corpus's hashed pins by the live index, beside what an independent reading of it found.

    HASHPIN_CORPUS=... python -m tools.corpus_verdicts

`expected_index.tsv` of the corpus has a row for every hashed pin that did not list
exactly what was published; all other hashed pins did. Ends 1 where a row or a pin is
told otherwise and the table EXPLAINED below does not have it, or where a row there is
no difference any more.
"""

from __future__ import annotations

import csv
import json
import os
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path

from hashpin import check, files, tree
from hashpin.evidence import Answers, Asking
from hashpin.indexes.address import IndexAddress
from hashpin.indexes.client import HttpIndex
from hashpin.indexes.sessions import new_session
from hashpin.indexes.transport import Transport
from hashpin.model import (
    Explanation,
    Finding,
    Judgement,
    LockFile,
    NoSuchProject,
    Policy,
    Release,
    Report,
    Severity,
    Verdict,
)

_HASH_RULES = frozenset(
    {
        *("unknown-hash", "missing-hash", "malformed-hash", "weak-hash", "repeated-hash"),
        *("unknown-release", "unknown-project", "late-file", "young-file"),
    }
)
"""Those that compare hashes with the index."""

_TABLE = "expected_index.tsv"
_UNLISTED = re.compile(r"(\d+) of (\d+) published files not listed")
_SINCE = re.compile(r"(\d+) file\(s\) uploaded after the file was last written")
_STALE = re.compile(r"stale: (\d+) of (\d+) hashes are those of (\S+) (\S+)")
_MALFORMED = re.compile(r"malformed: (\d+) hash\(es\) of \[(\d+)\] hex digits instead of 64")
_GONE = re.compile(r"(\d+) of (\d+) hashes not published now .*; (\d+) still match")

EXPLAINED: Mapping[tuple[str, str, str], str] = {
    (
        "mozilla-services__socorro/requirements.txt",
        "obs-common",
        "2026.1.21",
    ): "none of the projects that the table was made from; it is on the index that the file names, which is told",
    (
        "mozilla-services__tecken/requirements.txt",
        "dockerflow",
        "2017.11.0",
    ): "pip drops the third hash for want of a backslash, so the table does not count it; it is of no file there",
    (
        "mozilla__treeherder/requirements/common.txt",
        "moz-measure-noise",
        "2.60.0.2",
    ): "none of the projects that the table was made from; two of its three hashes are those of 2.59.0.2",
}
"""By file, project and version: why hashpin rightly says something else than the row."""


@dataclass(frozen=True, slots=True)
class Row:
    """What was found of one pin."""

    file: str
    name: str
    version: str
    pinned: int
    published: int | None
    verdict: str
    yanked: bool
    reason: str

    @property
    def key(self) -> tuple[str, str, str]:
        return self.file, self.name, self.version


@dataclass(frozen=True, slots=True)
class Judged:
    """A hashed pin as hashpin judges it, with its findings."""

    judgement: Judgement
    findings: tuple[Finding, ...]

    @property
    def key(self) -> tuple[str, str, str]:
        pin = self.judgement.pin
        return self.judgement.path, pin.name, pin.version

    @property
    def hashes(self) -> int:
        return len(self.judgement.pin.hashes)


def rows(root: Path) -> list[Row]:
    with (root / _TABLE).open(encoding="utf-8", newline="") as file:
        lines = [line for line in file if not line.startswith("#")]
    return [
        Row(
            row["file"],
            row["name"],
            row["version"],
            int(row["pinned"]),
            int(row["published"]) if row["published"] else None,
            row["verdict"],
            bool(row["yanked"]),
            row["reason"],
        )
        for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
    ]


def judged(root: Path, named: Iterable[str]) -> tuple[list[Judged], Report]:
    """Every hashed pin of these files, in their order, by the live index."""
    address = IndexAddress.default()
    index = HttpIndex(address, Transport(new_session(8), address, 1800.0))
    with chdir(root):
        finds = files.find(sorted(named), [])
        forest = tree.grow(finds, lambda found: files.read(found.path))
    found, report = check.check(forest, index, Answers(), Policy(indexes=(address.simple,)), Asking(8, 1800.0))
    told: dict[tuple[str, str | None], list[Finding]] = {}
    for finding in report.findings:
        told.setdefault((finding.path, finding.project), []).append(finding)
    judgements = {path: entries for evidence in found for path, entries in evidence.judgements.items()}
    return [
        Judged(judgement, tuple(_of_pin(told.get((path, judgement.pin.name), ()), judgement, forest.files[path])))
        for path, entries in sorted(judgements.items())
        for judgement in entries
        if judgement.pin.hashes
    ], report


def _of_pin(findings: Iterable[Finding], judgement: Judgement, file: LockFile) -> Iterator[Finding]:
    """Those that stand on a pin, or between it and the next one."""
    begin = judgement.pin.span.start
    end = min((pin.span.start for pin in file.pins if pin.span.start > begin), default=len(file.source.text) + 1)
    yield from (finding for finding in findings if begin <= finding.span.start < end)


# --- beside the rows --------------------------------------------------------


def difference(row: Row, told: Judged) -> str | None:
    """What hashpin says otherwise than a row; None where both agree in verdict, counts and reason."""
    judgement = told.judgement
    by_rule = {finding.rule.name: finding for finding in told.findings}
    if row.verdict == "project not found":
        return None if isinstance(judgement.answer, NoSuchProject) and "unknown-project" in by_rule else said(told)
    release = judgement.answer
    if not isinstance(release, Release):
        return said(told)
    if len(release.files) != row.published:
        return f"the index has {len(release.files)} files, not {row.published}"
    if ("yanked-release" in by_rule) != row.yanked:
        return "yanked or not"
    agree = _unknown(row, told) if row.verdict == "has unknown hash" else _subset(row, told, release)
    return None if agree else said(told)


def _unknown(row: Row, told: Judged) -> bool:
    by_explanation = {finding.explanation: finding for finding in told.findings}
    verdicts = Counter(entry.verdict for entry in told.judgement.hashes)
    if match := _STALE.fullmatch(row.reason):
        count, total, name, version = match.groups()
        finding = by_explanation.get(Explanation.OTHER_VERSION)
        message = f"{count} of {total} hashes are of {name} {version}"
        return finding is not None and finding.severity is Severity.ERROR and message in finding.message
    if match := _MALFORMED.fullmatch(row.reason):
        count, digits = match.groups()
        found = [f for f in told.findings if f.rule.name == "malformed-hash" and f.severity is Severity.ERROR]
        return len(found) == int(count) and all(f"has {digits} digits" in f.message for f in found)
    if match := _GONE.fullmatch(row.reason):
        count, total, right = (int(number) for number in match.groups())
        finding = by_explanation.get(Explanation.UNEXPLAINED)
        counted = verdicts[Verdict.UNKNOWN], sum(verdicts.values()), verdicts[Verdict.RIGHT]
        return finding is not None and finding.severity is Severity.ERROR and counted == (count, total, right)
    return False


def _subset(row: Row, told: Judged, release: Release) -> bool:
    """Whether as many files are said to be missing, as notes at most, and for the reason given."""
    listed = {entry.option.digest for entry in told.judgement.hashes}
    unlisted = [file for file in release.files if not listed.intersection(file.digests)]
    installable = [file for file in unlisted if file.installable]
    hash_rules = [finding for finding in told.findings if finding.rule.name in _HASH_RULES]
    if any(finding.severity > Severity.NOTE for finding in hash_rules):
        return False
    if {entry.file.filename for entry in told.judgement.missing} != {file.filename for file in installable}:
        return False
    if row.reason.startswith("only legacy"):
        return not installable and not hash_rules
    match = _UNLISTED.match(row.reason) or _SINCE.fullmatch(row.reason)
    return bool(match) and len(unlisted) == int(match[1]) if match else False


def said(told: Judged) -> str:
    """What hashpin says of a pin, in short."""
    verdicts = Counter(entry.verdict for entry in told.judgement.hashes)
    counted = ", ".join(f"{count} {verdict.name.lower()}" for verdict, count in verdicts.items())
    missing = Counter(entry.gap for entry in told.judgement.missing)
    gaps = ", ".join(f"{count} {gap.value}" for gap, count in missing.items())
    findings = ", ".join(f"{f.severity.name.lower()} {f.rule.name}" for f in told.findings if not f.of_file)
    answer = type(told.judgement.answer).__name__
    return "; ".join(
        filter(None, [answer if answer != "Release" else "", counted, gaps and f"missing {gaps}", findings])
    )


def paired(expected: Sequence[Row], found: Iterable[Judged]) -> tuple[list[tuple[Row, Judged | None]], list[Judged]]:
    """Each row with its pin, and the pins without a row. A file may have one pin several times."""
    left: dict[tuple[str, str, str], list[Judged]] = {}
    for told in found:
        left.setdefault(told.key, []).append(told)
    pairs: list[tuple[Row, Judged | None]] = []
    for row in expected:
        candidates = left.get(row.key, [])
        fitting = next(
            (told for told in candidates if told.hashes == row.pinned), candidates[0] if candidates else None
        )
        if fitting:
            candidates.remove(fitting)
        pairs.append((row, fitting))
    return pairs, [told for entries in left.values() for told in entries]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The table, what is unexplained, and the last line."""

    lines: tuple[str, ...]
    unexplained: tuple[str, ...]
    summary: str


def compared(expected: Sequence[Row], found: Sequence[Judged], unchecked: Sequence[str]) -> Outcome:
    """Every row beside what hashpin says, then what it says of all other hashed pins."""
    lines: list[str] = []
    unexplained: list[str] = []
    counts: Counter[str] = Counter()
    used: set[tuple[str, str, str]] = set()
    pairs, others = paired(expected, found)
    for row, told in pairs:
        differs = difference(row, told) if told else "the pin was not found"
        pin = f"{row.file}: {row.name}=={row.version}"
        because = EXPLAINED.get(row.key)
        if differs is None:
            kind, why = "agrees", said(told) if told else ""
        elif because:
            used.add(row.key)
            kind, why = "explained", f"{differs} ({because})"
        else:
            kind, why = "unexplained", differs
            unexplained.append(f"{pin}: {row.verdict}, {row.reason}: {differs}")
        counts[kind] += 1
        lines.append(f"{kind:<11}  {pin}: {row.verdict}{f', {row.reason}' if row.reason else ''}  ->  {why}")
    clean = 0
    for told in others:
        path, name, version = told.key
        loud = [finding for finding in told.findings if finding.severity > Severity.NOTE]
        by_hash = [finding for finding in loud if finding.rule.name in _HASH_RULES]
        clean += not by_hash
        if by_hash and told.key in EXPLAINED:
            used.add(told.key)
            lines.append(f"explained    {path}: {name}=={version}: equal  ->  {said(told)} ({EXPLAINED[told.key]})")
        elif by_hash:
            unexplained.append(f"{path}: {name}=={version}: equal: {said(told)}")
    warned = [
        f"{': '.join(told.key[:2])}=={told.key[2]}: {f.severity.name.lower()} {f.rule.name}: {f.message}"
        for told in found
        for f in told.findings
        if f.severity > Severity.NOTE and f.rule.name not in _HASH_RULES
    ]
    unexplained += [f"no difference any more: {' '.join(key)}" for key in sorted(EXPLAINED.keys() - used)]
    unexplained += [f"unchecked: {entry}" for entry in unchecked]
    lines += ["", f"other warnings and errors, {len(warned)} in all:", *sorted(warned), ""]
    notes = Counter(f.rule.name for told in found for f in told.findings if f.severity is Severity.NOTE)
    lines.append(f"notes: {', '.join(f'{count} {rule}' for rule, count in notes.most_common())}")
    lines.append(
        f"{len(others)} other hashed pins: {clean} without an error or a warning by a rule about hashes, "
        f"{len(others) - clean} with one that is explained above"
    )
    summary = f"{len(expected)} rows: {counts['agrees']} agree, {counts['explained']} explained, "
    return Outcome(tuple(lines), tuple(unexplained), f"{summary}{len(unexplained)} unexplained")


def run(root: Path) -> Outcome:
    """The comparison of the whole corpus."""
    oracle = [json.loads(line) for line in (root / "oracle.jsonl").read_text(encoding="utf-8").splitlines()]
    hashed = [entry["file"] for entry in oracle if any(seen["hashes"] for seen in entry["requirements"])]
    found, report = judged(root, hashed)
    names = {(told.key[1], told.key[2]) for told in found}
    unchecked = [
        f"{entry.path}: {entry.project}=={entry.version}: {entry.reason}"
        for entry in report.unchecked
        if (entry.project, entry.version) in names
    ]
    return compared(rows(root), found, unchecked)


def main() -> int:
    folder = os.environ.get("HASHPIN_CORPUS")
    if not folder:
        print("HASHPIN_CORPUS names the folder of the corpus", file=sys.stderr)
        return 2
    outcome = run(Path(folder))
    for line in (*outcome.lines, *(f"unexplained: {entry}" for entry in outcome.unexplained), outcome.summary):
        print(line)
    return 1 if outcome.unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
