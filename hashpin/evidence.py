"""Gathers what rules may need: first every pinned release once, then, only for what did not match, the project."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from typing import TypeVar

from packaging.utils import NormalizedName

from hashpin import judgement
from hashpin.model import (
    Answer,
    Evidence,
    Index,
    Kind,
    LockFile,
    NoAnswer,
    NoSuchProject,
    NoSuchRelease,
    Pin,
    Policy,
    Progress,
    Project,
    Publisher,
    Release,
    ReleaseKey,
    Tree,
)
from hashpin.text import Lines
from hashpin.tree import Forest

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")

_GRACE = 5.0  # seconds
_UNPROVEN = "the index has answered for nothing in this run, not even for pip, so absence proves nothing"


Before = Mapping[str, LockFile] | None
"""By path: the files as they stood before this change; None where nobody knows."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What the index has said so far. Grows by `gather` alone."""

    releases: dict[ReleaseKey, Answer] = field(default_factory=dict)
    projects: dict[NormalizedName, Project | NoAnswer] = field(default_factory=dict)
    needs: dict[ReleaseKey, tuple[str, ...] | NoAnswer] = field(default_factory=dict)
    publishers: dict[tuple[ReleaseKey, str], tuple[Publisher, ...] | NoAnswer] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Asking:
    """How to ask: so many requests at a time, for not more than so many seconds, telling how far it has come."""

    jobs: int
    seconds: float
    progress: Progress = lambda done, total: None


def gather(pins: Iterable[Pin], index: Index, answers: Answers, asking: Asking) -> None:
    """Ask for every release of these pins that `answers` lacks, and for the projects of hashes that do not match."""
    pins = list(pins)
    wanted: dict[NormalizedName, list[str]] = {}
    for key in sorted({_key(pin) for pin in pins} - answers.releases.keys(), key=lambda k: (k.name, k.version)):
        wanted.setdefault(key.name, []).append(key.version)
    found = _ask(wanted, lambda name: index.releases(name, wanted[name]), asking)
    late = NoAnswer(f"no answer within {asking.seconds:g} s (--timeout)")
    new = {
        ReleaseKey(name, version): found[name][version] if name in found else late
        for name, versions in wanted.items()
        for version in versions
    }
    absences = any(isinstance(answer, (NoSuchProject, NoSuchRelease)) for answer in new.values())
    if absences and not _ask(["pip"], lambda _: index.is_one(), asking).get("pip"):
        absent = NoAnswer(_UNPROVEN)
        new = {key: absent if isinstance(a, (NoSuchProject, NoSuchRelease)) else a for key, a in new.items()}
    answers.releases.update(new)

    unmatched = {pin.name for pin in pins if _unmatched(pin, answers)} - answers.projects.keys()
    answers.projects.update(_ask(sorted(unmatched), index.project, asking))


def deepen(forest: Forest, before: Before, index: Index, answers: Answers, policy: Policy, asking: Asking) -> None:
    """Ask for what single rules need beyond the releases that are pinned."""


def offline(pins: Iterable[Pin], answers: Answers) -> None:
    """The same without an index: nothing is known, and that is said."""
    answers.releases.update({_key(pin): NoAnswer("--offline: the index was not asked") for pin in pins})


def assess(forest: Forest, answers: Answers, policy: Policy, before: Before = None) -> tuple[Evidence, ...]:
    """One frozen evidence for each tree; a file that stands in several is judged once."""
    projects = {name: project for name, project in answers.projects.items() if isinstance(project, Project)}
    judgements = {path: judgement.judge(file, answers.releases, projects) for path, file in forest.files.items()}
    inner = {m.file.source.path for t in forest.trees for m in t.members[1:] if m.kind is Kind.REQUIREMENTS}
    seen: set[tuple[str, Kind, bool, bool]] = set()
    found: list[Evidence] = []
    for tree in forest.trees:
        hash_mode = not tree.input and (policy.require_hashes or tree.hash_mode)
        units = {(m.file.source.path, m.kind, hash_mode, tree.input): m for m in tree.members}
        members = tuple(member for unit, member in units.items() if unit not in seen)
        seen.update(units)
        outermost = tree.members[0].file.source.path not in inner
        found.append(
            Evidence(
                tree,
                members,
                hash_mode,
                judgements,
                _switch(tree),
                outermost,
                policy,
                answers.needs,
                before,
                publishers=answers.publishers,
            )
        )
    return tuple(found)


def _switch(tree: Tree) -> str | None:
    if (switch := tree.switch) is None:
        return None
    file, line = switch
    return f"{file.source.path}:{Lines(file.source.text).position(line.start).line}"


def _key(pin: Pin) -> ReleaseKey:
    return ReleaseKey(pin.name, pin.version)


def _unmatched(pin: Pin, answers: Answers) -> bool:
    release = answers.releases[_key(pin)]
    return isinstance(release, Release) and judgement.unmatched(pin, release)


def _ask(keys: Iterable[_Key], ask: Callable[[_Key], _Value], asking: Asking) -> dict[_Key, _Value]:
    """The answer for each key that came in time, a bounded number asked at a time.

    The index keeps the time itself; the grace is for one that finds a way to hold us longer.
    """
    found: dict[_Key, _Value] = {}
    pool = ThreadPoolExecutor(max_workers=asking.jobs, thread_name_prefix="index")
    try:
        futures = {pool.submit(ask, key): key for key in keys}
        for done, future in enumerate(as_completed(futures, asking.seconds + _GRACE), start=1):
            found[futures[future]] = future.result()
            asking.progress(done, len(futures))
    except TimeoutError:
        pass
    finally:
        # Late or after Ctrl-C: what has not begun never will, and nobody waits for what has.
        pool.shutdown(wait=False, cancel_futures=True)
    return found
