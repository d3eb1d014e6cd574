"""A pin needs a project that the tree does not pin.

## What it is
What a release needs stands in its core metadata. In hash mode everything that
the pins of a file, with what it includes, need has to be pinned there too: with
the extras that are asked for, directly or by other pins, under every marker, and
for every Python that the pins allow. Nothing is installed or built to find out:
the index's own word is taken, or the core metadata of the release's first wheel,
which stands for its other wheels.

- An error: it is missing wherever the pin is installed, or, with
  `--require-platform`, everywhere on one of these platforms. So is a dependency
  that is pinned to a version that the pin does not take.
- A warning in its place: pip, setuptools, wheel or distribute, which lock files
  often leave to the environment; a project that another file of this run pins;
  one whose hashes stand in constraints alone; and anything where the tree holds
  requirements whose project nobody knows without fetching them.
- A note: it is missing on some systems or newer Pythons alone, as in every file
  that was locked on one of them. And one where nobody tells what pins need;
  where the index should have told it and did not answer, the pins are unchecked.
- Nothing: it is missing on older Pythons alone. Every file is locked for the
  Pythons from some version on, and none says from which; `--require-platform` does.

## Why it is bad
pip refuses the whole file in hash mode as soon as one dependency is not pinned
in it. With `--no-deps` it installs, and fails when the code is run.

## What the fix does
None: which version to pin is for the tool that locks the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace
from packaging.utils import NormalizedName

from hashpin import completeness
from hashpin.completeness import Lack, Line
from hashpin.judgement import finding
from hashpin.model import (
    Direct,
    Evidence,
    Finding,
    Judgement,
    Kind,
    NoAnswer,
    Release,
    ReleaseKey,
    Rule,
    Severity,
    Unchecked,
)
from hashpin.text import Lines
from hashpin.wording import plural, shortened

if TYPE_CHECKING:
    from packaging.requirements import Requirement

RULE = Rule("missing-dependency", Severity.ERROR, "what a pin needs, pinned nowhere in the tree")

# pip-compile leaves the first three out unless --allow-unsafe is given (UNSAFE_PACKAGES in its piptools/utils.py).
_OF_THE_ENVIRONMENT = frozenset({"pip", "setuptools", "distribute", "wheel"})


def check(evidence: Evidence) -> Iterator[Finding]:
    if not evidence.hash_mode:
        return
    doubts = _Doubts.of(evidence)
    numbers = _LineNumbers()
    if not evidence.outermost:
        yield from _within(evidence, doubts, numbers)
        return
    judged = completeness.judge(evidence)
    sometimes: dict[str, list[Lack]] = {}
    for lack in judged.lacks:
        if lack.always:
            yield _always(lack, doubts, numbers)
        elif not lack.excluded and not lack.older:
            sometimes.setdefault(lack.pins[0].path, []).append(lack)
    yield from (_sometimes(lacks, numbers) for lacks in sometimes.values())
    untold: dict[str, list[tuple[Judgement, str]]] = {}
    for entry in judged.untold:
        untold.setdefault(entry[0].path, []).append(entry)
    yield from map(_untold, untold.values())


# Nobody's included file includes as many; else a chain of includes would cost its square.
_MOST_MEMBERS = 50


def _within(evidence: Evidence, doubts: _Doubts, numbers: _LineNumbers) -> Iterator[Finding]:
    """Of a tree that another one takes in: what only that one pins. The rest is told of the outer tree."""
    if len(evidence.tree.members) > _MOST_MEMBERS:
        return
    for lack in completeness.judge(evidence).lacks:
        if lack.always and not lack.lines and doubts.other(lack.name):
            yield _always(lack, doubts, numbers)


def unchecked(evidence: Evidence) -> Iterator[Unchecked]:
    """The pins of which the index owes what they need."""
    if evidence.policy.severities.get(RULE.name, RULE.severity) is None:
        return
    for member, judgement in evidence.pins if evidence.hash_mode else ():
        pin, path = judgement.pin, judgement.path
        if member.kind is Kind.REQUIREMENTS:
            needs = evidence.needs.get(ReleaseKey(pin.name, pin.version))
            if isinstance(needs, NoAnswer) and isinstance(judgement.answer, Release):
                reason = f"what it needs is not known: {needs.reason}"
                yield Unchecked(path, reason, pin.place, pin.name, pin.version, RULE.name)


class _Doubts(Struct, frozen=True):
    """What pip may find after all, in one tree."""

    unnamed: str | None
    """A requirement of which nobody knows the project without fetching it."""
    constrained: Mapping[NormalizedName, str]
    """The constraints that pin a project with hashes."""
    elsewhere: Mapping[NormalizedName, tuple[str, ...]]
    own: frozenset[str]

    @classmethod
    def of(cls, evidence: Evidence) -> _Doubts:
        constrained: dict[NormalizedName, str] = {}
        unnamed = "an include that was not read" if evidence.partial or evidence.tree.broken else None
        for member in evidence.tree.members:
            if member.kind is Kind.CONSTRAINTS:
                for pin in member.file.pins:
                    if pin.hashes:
                        constrained.setdefault(pin.name, member.file.source.path)
                continue
            directs = (s for s in member.file.statements if isinstance(s, Direct) and s.name is None)
            if unnamed is None and (direct := next(directs, None)):
                unnamed = shortened(direct.text)
            elif unnamed is None and member.file.variables:
                unnamed = "a line with ${...}"
        own = frozenset(m.file.source.path for m in evidence.tree.members if m.kind is Kind.REQUIREMENTS)
        return cls(unnamed, constrained, evidence.elsewhere, own)

    def other(self, name: NormalizedName) -> str | None:
        """Another file of this run that pins it."""
        return next((path for path in self.elsewhere.get(name, ()) if path not in self.own), None)

    def about(self, name: NormalizedName) -> tuple[str, str] | None:
        """Why it may not be missing, and what to do."""
        if name in self.constrained:
            return (
                f"only the constraints {self.constrained[name]} pin it: pip from 26.1 on takes their hashes, older not",
                f"pin {name} with its hashes as a requirement, too",
            )
        if other := self.other(name):
            return (
                f"{other} pins it, which this file does not include",
                f"give pip both files in one command, or pin {name} in this one, too",
            )
        if name in _OF_THE_ENVIRONMENT:
            return (
                "no requirement of this tree pins it: pip refuses that unless it is installed already",
                f"lock again with {name} (pip-compile: --allow-unsafe)",
            )
        if self.unnamed is not None:
            return (
                f"no requirement of this tree pins it, unless {self.unnamed} brings it",
                f"pin {name} with its hashes, if it does not",
            )
        return None


def _always(lack: Lack, doubts: _Doubts, numbers: _LineNumbers) -> Finding:
    first = lack.pins[0]
    needs = f"needs {_spelled(lack.requirement)}{_others(lack)}{f' on {lack.platform.text}' if lack.platform else ''}"
    severity = RULE.severity
    advice = f"lock the file again with the tool that made it, or add what hashpin hash {lack.name}==VERSION prints"
    if lack.excluded:
        version = lack.lines[0].version
        reason = f"{numbers.of(lack.lines[0])} pins it to {version}: pip refuses to install both"
        advice = "lock the file again with the tool that made it, or pin versions that go together"
    elif lack.lines:
        markers = " or ".join(dict.fromkeys(line.marker for line in lack.lines))
        reason = f"{numbers.of(lack.lines[0])} pins it for {shortened(markers)} alone: pip refuses the file elsewhere"
    elif doubt := doubts.about(lack.name):
        severity = Severity.WARNING
        reason, advice = doubt
    else:
        reason = "no requirement of this tree pins it: pip refuses it in hash mode"
    found = finding(RULE, first, f"{needs}, and {reason}", advice, severity=severity)
    return replace(found, topic=lack.name)


def _sometimes(lacks: list[Lack], numbers: _LineNumbers) -> Finding:
    """One for all of a file: whoever locked it for one system knows, and need not be told of each."""
    lack = lacks[0]
    others = f", and so it is with {plural(len(lacks) - 1, 'more project')}" if len(lacks) > 1 else ""
    environment = ", ".join(f"{name} {value}" for name, value in lack.where.items())
    elsewhere = f", as with {environment}" if environment else ""
    pinned = (
        f"{numbers.of(lack.lines[0])} pins it elsewhere alone" if lack.lines else "no requirement of this tree pins it"
    )
    first = lack.pins[0]
    return Finding(
        RULE,
        Severity.NOTE,
        first.path,
        first.pin.place,
        f"needs {_spelled(lack.requirement)}{_others(lack)}, and {pinned}{others}: "
        f"pip refuses the file where {'it is' if len(lacks) == 1 else 'they are'} needed{elsewhere}",
        "where it is installed on other systems or Pythons, too, lock it for all (uv pip compile --universal)",
        first.pin.name,
        first.pin.version,
        of_file=True,
        topic="what is needed on some systems alone",
    )


def _untold(entries: list[tuple[Judgement, str]]) -> Finding:
    first, reason = entries[0]
    return Finding(
        RULE,
        Severity.NOTE,
        first.path,
        first.pin.place,
        f"nobody tells what {plural(len(entries), 'pin')} of this file need{'s' if len(entries) == 1 else ''}, "
        f"so whether all of that is pinned is not known; of this one {reason}",
        "install the file once in an empty environment to see that it is complete",
        first.pin.name,
        first.pin.version,
        of_file=True,
        topic="what is not known",
    )


def _spelled(requirement: Requirement) -> str:
    return shortened(str(requirement), 120)


def _others(lack: Lack) -> str:
    """Who else needs it."""
    others = list(dict.fromkeys(pin.pin.name for pin in lack.pins if pin.pin.name != lack.pins[0].pin.name))
    if not others:
        return ""
    more = f" and {len(others) - 1} more" if len(others) > 1 else ""
    return f" (as {'do' if more else 'does'} {others[0]}{more})"


class _LineNumbers:
    """Where lines stand; each file is cut into lines once."""

    def __init__(self) -> None:
        self._lines: dict[str, Lines] = {}

    def of(self, line: Line) -> str:
        source = line.member.file.source
        lines = self._lines.get(source.path) or self._lines.setdefault(source.path, Lines(source.text))
        return f"{source.path}:{lines.position(line.statement.place.start).line}"
