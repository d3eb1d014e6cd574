"""Damages pins in known ways, and counts how each is found and explained.

    python -m tools.damaged_pins --pins 3000

Each file has pins of projects as they really are (pure, compiled, sdists alone, with
eggs), some of them damaged, one or several at a time; an index on loopback has the
projects. Prints a table of kind by explanation. Ends 1 unless every damaged pin is
found, under 1 % are explained wrongly, and no other pin is told of at all.
"""

from __future__ import annotations

import argparse
import enum
import hashlib
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from hashpin import check, formats
from hashpin.evidence import Answers, Asking
from hashpin.indexes.address import IndexAddress
from hashpin.indexes.client import HttpIndex
from hashpin.indexes.sessions import new_session
from hashpin.indexes.transport import Transport
from hashpin.model import Finding, Gap, Judgement, Kind, Member, Policy, Source, Tree
from hashpin.tree import Forest
from tests.loopback import LoopbackIndex
from tools.readers_table import aligned

_PATH = "requirements.txt"
_BORN = datetime(2024, 1, 1, tzinfo=UTC)
_NUMBERED = (("1.0.0", "1.1.0", "2.0.0"), ("1.0.0", "1.1.0", "2.0.0"), ("2024.1", "2024.2", "2025.1"))
_INTERPRETERS = ("cp310", "cp311", "cp312", "cp313")
_PLATFORMS = (
    *("manylinux_2_17_x86_64.manylinux2014_x86_64", "manylinux_2_17_aarch64", "musllinux_1_2_x86_64"),
    *("macosx_11_0_arm64", "win_amd64"),
)
_LEAST_DETECTED, _MOST_WRONG = 1.0, 0.01


class Damage(enum.Enum):
    """What was done to a pin, or to the release that it names."""

    DIGIT = "digit changed"
    VERSION = "hash of another version"
    BUMPED = "all hashes of another version"
    PROJECT = "hash of another project"
    TRUNCATED = "truncated"
    LATE = "late file added to the index"
    WHEEL = "wheel dropped"
    SDIST = "sdist only"
    SHA512 = "sha512 wrong"
    NAMES = "two pins' names swapped"
    EXCHANGED = "two pins' hashes exchanged"


_OTHER_PROJECT = frozenset({"unknown-hash other-project"})
EXPECTED: Mapping[Damage, frozenset[str]] = {
    Damage.DIGIT: frozenset({"unknown-hash unexplained"}),
    Damage.VERSION: frozenset({"unknown-hash other-version"}),
    Damage.BUMPED: frozenset({"unknown-hash other-version"}),
    Damage.PROJECT: _OTHER_PROJECT,
    Damage.TRUNCATED: frozenset({"malformed-hash"}),
    Damage.LATE: frozenset({"missing-hash later", "missing-hash pattern"}),
    Damage.WHEEL: frozenset({"missing-hash with_release", "missing-hash pattern", "source-only-hashes"}),
    Damage.SDIST: frozenset({"missing-hash with_release", "missing-hash pattern", "source-only-hashes"}),
    Damage.SHA512: frozenset({"unknown-hash unexplained"}),
    Damage.NAMES: _OTHER_PROJECT | {"unknown-release other-project"},
    Damage.EXCHANGED: _OTHER_PROJECT,
}
"""What may be said of it: the rule and its explanation. What is no fault is noted, by what it leaves out."""

_IN_PAIRS = (Damage.NAMES, Damage.EXCHANGED)


# --- projects as they really are ---------------------------------------------


@dataclass(frozen=True, slots=True)
class Shaped:
    """A project, and the names of the files of each release, those that pip installs apart."""

    name: str
    releases: Mapping[str, tuple[str, ...]]
    others: Mapping[str, tuple[str, ...]]
    born: datetime


def _shaped(name: str, draw: random.Random) -> Shaped:
    stem = name.replace("-", "_")
    kind = draw.choices(("pure", "compiled", "sdist", "wheel"), (60, 25, 10, 5))[0]
    interpreters = draw.sample(_INTERPRETERS, draw.randint(1, 4))
    platforms = draw.sample(_PLATFORMS, draw.randint(2, 5))
    releases: dict[str, tuple[str, ...]] = {}
    others: dict[str, tuple[str, ...]] = {}
    for version in draw.choice(_NUMBERED):
        files = [f"{stem}-{version}.tar.gz"] if kind != "wheel" else []
        if kind in ("pure", "wheel"):
            files.append(f"{stem}-{version}-py3-none-any.whl")
        if kind == "compiled":
            files += [f"{stem}-{version}-{tag}-{tag}-{on}.whl" for tag in interpreters for on in platforms]
        releases[version] = tuple(files)
        others[version] = (f"{stem}-{version}-py3.9.egg",) if draw.random() < 0.1 else ()
    return Shaped(name, releases, others, _BORN + timedelta(days=draw.randint(0, 300)))


def _served(project: Shaped, late: Mapping[str, str]) -> dict[str, Any]:
    """As the index on loopback takes it; `late` are further files, by version."""

    def file(filename: str, days: int) -> dict[str, str]:
        return {
            "filename": filename,
            "content": filename,
            "uploaded": (project.born + timedelta(days=days)).isoformat(),
        }

    return {
        "releases": {
            version: [
                *(file(name, 30 * number) for name in (*names, *project.others[version])),
                *([file(late[version], 30 * number + 200)] if version in late else []),
            ]
            for number, (version, names) in enumerate(project.releases.items())
        }
    }


def _digest(filename: str, algorithm: str = "sha256") -> str:
    return f"{algorithm}:{hashlib.new(algorithm, filename.encode()).hexdigest()}"


# --- damage ------------------------------------------------------------------


@dataclass(slots=True)
class Line:
    """A pin, as it will be written."""

    project: Shaped
    name: str
    version: str
    hashes: list[str]
    damage: Damage | None = None
    late: str | None = None
    """A file that its release has got since."""

    @property
    def files(self) -> tuple[str, ...]:
        return self.project.releases[self.version]

    def written(self) -> str:
        return f"{self.name}=={self.version}" + "".join(f" \\\n    --hash={value}" for value in self.hashes) + "\n"


def _another_digit(value: str, draw: random.Random) -> str:
    algorithm, _, digits = value.partition(":")
    place = draw.randrange(len(digits))
    digit = draw.choice([other for other in "0123456789abcdef" if other != digits[place]])
    return f"{algorithm}:{digits[:place]}{digit}{digits[place + 1 :]}"


def _may_have(damage: Damage, line: Line) -> bool:
    wheels = [name for name in line.files if name.endswith(".whl")]
    match damage:
        case Damage.WHEEL:
            return len(line.files) > 1 and bool(wheels)
        case Damage.SDIST:
            return 0 < len(wheels) < len(line.files)
        case _:
            return True


def _damaged(damage: Damage, line: Line, other: Line, draw: random.Random) -> None:
    """Damage a pin; `other` is another one of the same file, and is damaged, too, by what comes in pairs."""
    line.damage = damage
    at = draw.randrange(len(line.hashes))
    match damage:
        case Damage.DIGIT:
            line.hashes[at] = _another_digit(line.hashes[at], draw)
        case Damage.VERSION | Damage.BUMPED:
            version = draw.choice([v for v in line.project.releases if v != line.version])
            theirs = [_digest(name) for name in line.project.releases[version]]
            line.hashes = theirs if damage is Damage.BUMPED else _replaced(line.hashes, at, draw.choice(theirs))
        case Damage.PROJECT:
            line.hashes[at] = _digest(draw.choice(other.files))
        case Damage.TRUNCATED:
            line.hashes[at] = line.hashes[at][: -draw.randint(1, 40)]
        case Damage.LATE:
            line.late = f"{line.name.replace('-', '_')}-{line.version}-1-py3-none-any.whl"
        case Damage.WHEEL:
            line.hashes.remove(_digest(draw.choice([name for name in line.files if name.endswith(".whl")])))
        case Damage.SDIST:
            line.hashes = [_digest(name) for name in line.files if name.endswith(".tar.gz")]
        case Damage.SHA512:
            line.hashes = [_digest(name, "sha512") for name in line.files]
            line.hashes[at] = _another_digit(line.hashes[at], draw)
        case Damage.NAMES:
            line.name, other.name, other.damage = other.name, line.name, damage
        case Damage.EXCHANGED:
            line.hashes, other.hashes, other.damage = other.hashes, line.hashes, damage


def _replaced(values: Sequence[str], at: int, value: str) -> list[str]:
    return [value if place == at else old for place, old in enumerate(values)]


def _file(number: int, damages: Iterator[Damage], draw: random.Random, most: int) -> list[Line]:
    """The pins of one file: up to `most` damaged ones among others, which are right."""
    projects = [_shaped(f"project-{number}-{place}", draw) for place in range(draw.randint(12, 30))]
    lines = []
    for project in projects:
        version = draw.choice(list(project.releases))
        lines.append(Line(project, project.name, version, sorted(map(_digest, project.releases[version]))))
    for _ in range(min(most, 1 if draw.random() < 0.5 else draw.randint(2, 6))):
        damage = next(damages)
        whole = [line for line in lines if line.damage is None]
        line = draw.choice([line for line in whole if _may_have(damage, line)] or whole)
        other = draw.choice([entry for entry in whole if entry is not line])
        if not _may_have(damage, line):
            damage = Damage.DIGIT
        _damaged(damage, line, other, draw)
    return lines


# --- what is said of it ------------------------------------------------------


@dataclass(slots=True)
class Tally:
    """What has been counted."""

    told: dict[Damage, Counter[str]] = field(default_factory=lambda: {damage: Counter() for damage in Damage})
    """By kind: how often each was said, as the worst of what was said of a pin."""
    missed: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    alarms: list[str] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)
    damaged: int = 0
    right: int = 0

    @property
    def good(self) -> bool:
        return (
            self.detected >= _LEAST_DETECTED and self.mistaken < _MOST_WRONG and not self.alarms and not self.unchecked
        )

    @property
    def detected(self) -> float:
        return 1 - len(self.missed) / max(self.damaged, 1)

    @property
    def mistaken(self) -> float:
        return len(self.wrong) / max(self.damaged, 1)

    def __str__(self) -> str:
        return (
            f"{self.damaged} damaged pins: {self.detected:.2%} detected, {self.mistaken:.2%} explained wrongly, "
            f"{len(self.alarms)} false alarms on {self.right} undamaged pins"
        )

    def rows(self) -> list[list[object]]:
        said = sorted({label for counted in self.told.values() for label in counted})
        rows: list[list[object]] = [["", *said]]
        rows += [[damage.value, *[told[label] or "." for label in said]] for damage, told in self.told.items()]
        return rows


def _labels(findings: Iterable[Finding], judgement: Judgement, of_file: bool) -> frozenset[str]:
    """The worst of what is said of a pin, in short; of the whole file, what it leaves out."""
    found = list(findings)
    worst = max((finding.severity for finding in found), default=None)
    labels = {_label(finding, judgement) for finding in found if finding.severity == worst}
    if not found and of_file and any(entry.gap is Gap.PATTERN for entry in judgement.missing):
        labels.add("missing-hash pattern")
    return frozenset(labels)


def _label(finding: Finding, judgement: Judgement) -> str:
    if finding.rule.name == "missing-hash":
        gaps = sorted({entry.gap for entry in judgement.missing} - {Gap.PATTERN}, key=list(Gap).index)
        return f"missing-hash {gaps[0].name.lower() if gaps else 'nothing'}"
    return f"{finding.rule.name} {finding.explanation.value}" if finding.explanation else finding.rule.name


def _judged(lines: Sequence[Line], index: LoopbackIndex, tally: Tally) -> None:
    """Judge one file as its index has it, and count."""
    late: dict[str, dict[str, str]] = {}
    for line in lines:
        if line.late:
            late[line.project.name] = {line.version: line.late}
    index.projects = {line.project.name: _served(line.project, late.get(line.project.name, {})) for line in lines}
    address = IndexAddress.parse(index.url)
    asked = HttpIndex(address, Transport(new_session(4), address, 600.0))
    file = formats.parse(Source(_PATH, "".join(line.written() for line in lines)))
    forest = Forest((Tree((Member(file, Kind.REQUIREMENTS),)),), {_PATH: file}, {})
    found, report = check.check(forest, asked, Answers(), Policy(), Asking(4, 600.0))
    (evidence,) = found
    of_file = any(finding.of_file and finding.rule.name == "missing-hash" for finding in report.findings)
    for line, judgement in zip(lines, evidence.judgements[_PATH], strict=True):
        span = judgement.pin.span
        told = [f for f in report.findings if not f.of_file and span.start <= f.span.start < span.end]
        labels = _labels(told, judgement, of_file)
        kind = line.damage.value if line.damage else "undamaged"
        what = f"{kind}: {', '.join(sorted(labels)) or 'nothing'}\n{line.written()}"
        if line.damage is None:
            tally.right += 1
            if labels:
                tally.alarms.append(what)
            continue
        tally.damaged += 1
        tally.told[line.damage].update(labels or ["nothing"])
        if not labels:
            tally.missed.append(what)
        elif not labels <= EXPECTED[line.damage]:
            tally.wrong.append(what)
    tally.unchecked += [entry.reason for entry in report.unchecked]


def run(pins: int, seed: int, progress: Callable[[int], None] = lambda done: None) -> Tally:
    """Damage so many pins, each in one of the ways in turn, and count."""
    draw = random.Random(seed)
    kinds = list(Damage)

    def damages() -> Iterator[Damage]:
        while True:
            draw.shuffle(kinds)
            yield from kinds

    tally, ways, number = Tally(), damages(), 0
    with LoopbackIndex() as index:
        while tally.damaged < pins:
            number += 1
            _judged(_file(number, ways, draw, pins - tally.damaged), index, tally)
            progress(tally.damaged)
    return tally


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--pins", type=int, default=3_000, metavar="N", help="how many are damaged; default 3000")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="other pins by another one; default 0")
    options = parser.parse_args(argv)
    tally = run(options.pins, options.seed)
    print("\n".join([*aligned(tally.rows()), ""]))
    for title, entries in (("missed", tally.missed), ("wrong", tally.wrong), ("false alarm", tally.alarms)):
        for entry in entries[:10]:
            print(f"{title}: {entry}")
    for reason in tally.unchecked[:10]:
        print(f"unchecked: {reason}")
    print(tally)
    return 0 if tally.good else 1


if __name__ == "__main__":
    sys.exit(main())
