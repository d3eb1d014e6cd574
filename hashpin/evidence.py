"""Gathers what rules may need: first every pinned release once, then, only for what did not match, the project."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import TypeVar

from msgspec import Struct, field
from msgspec.structs import replace
from packaging.utils import NormalizedName

from hashpin import judgement, provenance, versions
from hashpin.files import root_of
from hashpin.judgement import Known
from hashpin.model import (
    Answer,
    Digest,
    DistributionFile,
    Downloaded,
    Evidence,
    Index,
    Kind,
    Listed,
    LockFile,
    Needs,
    NoAnswer,
    NoSuchProject,
    NoSuchRelease,
    Pin,
    Policy,
    Progress,
    Project,
    Published,
    Release,
    ReleaseKey,
    Severity,
    Stood,
    Tree,
    Verdict,
)
from hashpin.rules import missing_dependency, provenance_lost, publisher_changed
from hashpin.tree import Forest

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")

_GRACE = 5.0  # seconds
_UNPROVEN = "the index has answered for nothing in this run, not even for pip, so absence proves nothing"


Before = Mapping[str, LockFile] | None
"""By path: the files as they stood before this change; None where nobody knows."""


class Answers(Struct, frozen=True):
    """What the index has said so far. Grows by `gather` alone."""

    releases: dict[ReleaseKey, Answer] = field(default_factory=dict)
    projects: dict[NormalizedName, Project | NoAnswer] = field(default_factory=dict)
    needs: dict[ReleaseKey, Needs] = field(default_factory=dict)
    publishers: dict[tuple[ReleaseKey, str], Published] = field(default_factory=dict)
    downloaded: dict[ReleaseKey, Downloaded] = field(default_factory=dict)


class Asking(Struct, frozen=True):
    """How to ask: so many requests at a time, for not more than so many seconds, telling how far it has come."""

    jobs: int
    seconds: float
    progress: Progress = lambda done, total: None


def gather(
    pins: Iterable[Pin], index: Index, answers: Answers, asking: Asking, needed: Container[ReleaseKey] = ()
) -> None:
    """Ask for every release of these pins that `answers` lacks, and for the projects of hashes that do not match.

    Of those in `needed` what they need is asked for at once, so that nobody waits for the last of all releases.
    """
    pins = judgement.distinct(pins)
    wanted: dict[NormalizedName, list[str]] = {}
    for key in sorted({_key(pin) for pin in pins} - answers.releases.keys(), key=lambda k: (k.name, k.version)):
        wanted.setdefault(key.name, []).append(key.version)
    at_hand = {name: index.at_hand(name, versions) for name, versions in wanted.items()}
    found = {name: known for name, known in at_hand.items() if len(known) == len(wanted[name])}
    # Those with most versions first: the versions of a project are asked for one after the other.
    ordered = sorted((name for name in wanted if name not in found), key=lambda name: -len(wanted[name]))

    def ask(name: NormalizedName) -> tuple[Mapping[str, Answer], Mapping[ReleaseKey, Needs]]:
        told = index.releases(name, wanted[name])
        there = ((ReleaseKey(name, version), answer) for version, answer in told.items())
        return told, {key: index.requires(a) for key, a in there if key in needed and isinstance(a, Release)}

    for name, (told, needs) in _ask(ordered, ask, asking).items():
        found[name] = told
        answers.needs.update(needs)
    late = NoAnswer(_late(asking))
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
    for key in {_key(pin) for pin in pins if pin.name in unmatched}:
        # The whole project is asked past the caches: a release that stands there alone is new.
        project = answers.projects.get(key.name)
        if isinstance(answers.releases[key], NoSuchRelease) and isinstance(project, Project):
            release = project.releases.get(versions.key(key.version))
            if release and release.told and release.files:
                answers.releases[key] = replace(release, version=key.version)


def deepen(forest: Forest, before: Before, index: Index, answers: Answers, policy: Policy, asking: Asking) -> None:
    """Ask for what single rules need beyond the releases that are pinned."""
    _ask_for_needs(forest, index, answers, policy, asking)
    pins = [pin for file in forest.files.values() for pin in file.pins]
    digest(pins, index, answers, policy.download, asking)
    if compares(policy):
        _ask_for_publishers(forest, before or {}, index, answers, asking)


def digest(pins: Iterable[Pin], index: Index, answers: Answers, download: bool, asking: Asking) -> None:
    """Download files for the digests that hashes of these pins need and the index does not publish."""
    pins = judgement.distinct(pins)
    for _ in range(2):  # the files that pip cannot install come second, see `judgement.undigested`
        wanted: dict[ReleaseKey, dict[DistributionFile, frozenset[str]]] = {}
        for pin in pins:
            release, known = answers.releases[_key(pin)], answers.downloaded.get(_key(pin))
            if isinstance(release, Release) and (known is None or known.failure is None):
                files = wanted.setdefault(_key(pin), {})
                for file, algorithms in judgement.undigested(pin, release).items():
                    files[file] = algorithms | files.get(file, frozenset())
        lacking = {key: files for key, files in wanted.items() if files}
        if not lacking:
            break
        digest_files(lacking, index, answers, download, asking)
    unmatched = {pin.name for pin in pins if _key(pin) in answers.downloaded and _unmatched(pin, answers)}
    answers.projects.update(_ask(sorted(unmatched - answers.projects.keys()), index.project, asking))


def digest_files(
    wanted: Mapping[ReleaseKey, Mapping[DistributionFile, frozenset[str]]],
    index: Index,
    answers: Answers,
    download: bool,
    asking: Asking,
) -> None:
    """Download these files of releases in `answers` for their digests in these algorithms."""
    found: dict[tuple[ReleaseKey, DistributionFile], tuple[Digest, ...] | NoAnswer] = {}
    if download:
        places = [(key, file) for key, files in wanted.items() for file in files]
        found = _ask(places, lambda place: index.digests(place[1], wanted[place[0]][place[1]]), asking)
    missing = NoAnswer(_late(asking) if download else "--download never: no file is downloaded")
    for key, files in wanted.items():
        release = answers.releases[key]
        came = {file: found.get((key, file), missing) for file in files}
        failure = next((answer.reason for answer in came.values() if isinstance(answer, NoAnswer)), None)
        known = answers.downloaded.get(key)
        algorithms = frozenset().union(*files.values(), known.algorithms if known else ())
        answers.downloaded[key] = Downloaded(algorithms, failure)
        if isinstance(release, Release):
            digested = (_with(file, came.get(file)) for file in release.files)
            answers.releases[key] = replace(release, files=tuple(digested))


def _with(file: DistributionFile, found: tuple[Digest, ...] | NoAnswer | None) -> DistributionFile:
    return replace(file, digests=tuple(sorted({*file.digests, *found}))) if isinstance(found, tuple) else file


def _ask_for_publishers(
    forest: Forest, before: Mapping[str, LockFile], index: Index, answers: Answers, asking: Asking
) -> None:
    """Ask who published files of pins whose version changed.

    Of a few of the former release first, which may have none to lose; then of all the pin's; then of what the former
    one had in the places of those that are in doubt.
    """
    stood = [(path, file) for path, file in forest.files.items() if path in before]
    changed = [change for path, file in stood for change in provenance.changes(file, before[path])]
    formers: dict[NormalizedName, list[str]] = {}
    for key in {_key(change.former): None for change in changed if _key(change.former) not in answers.releases}:
        formers.setdefault(key.name, []).append(key.version)
    found = _ask(formers, lambda name: index.releases(name, formers[name]), asking)
    for name, of in formers.items():
        late = dict.fromkeys(of, NoAnswer(_late(asking)))
        answers.releases.update({ReleaseKey(name, version): told for version, told in found.get(name, late).items()})
    _ask_who_published(((c.former, partial(provenance.sample, c.former)) for c in changed), index, answers, asking)
    known = provenance.known(answers.publishers)
    told = [change for change in changed if any(known.get(_key(change.former), {}).values())]
    _ask_who_published(((c.pin, partial(provenance.listed, c.pin)) for c in told), index, answers, asking)
    known = provenance.known(answers.publishers)
    for_doubts = (
        (c.former, partial(provenance.counterparts, provenance.doubtful(known[_key(c.former)], known[_key(c.pin)])))
        for c in told
        if _key(c.pin) in known
    )
    _ask_who_published(for_doubts, index, answers, asking)


def _ask_who_published(
    wanted: Iterable[tuple[Pin, Callable[[Release], Iterable[DistributionFile]]]],
    index: Index,
    answers: Answers,
    asking: Asking,
) -> None:
    """Ask about files of releases, which are chosen by what the index has."""
    places: dict[tuple[ReleaseKey, str], tuple[Release, DistributionFile]] = {}
    for pin, chosen in wanted:
        if isinstance(release := answers.releases.get(_key(pin)), Release):
            for file in chosen(release):
                places.setdefault((_key(pin), file.filename), (release, file))
    left = sorted(places.keys() - answers.publishers.keys(), key=lambda place: (place[0].name, *place[1:]))
    found = _ask(left, lambda place: index.publishers(*places[place]), asking)
    answers.publishers.update({place: found.get(place, NoAnswer(_late(asking))) for place in left})


def needing(forest: Forest, policy: Policy) -> frozenset[ReleaseKey]:
    """The releases that hash mode installs: what they need has to be pinned, too."""
    if policy.severities.get(missing_dependency.RULE.name, Severity.ERROR) is None:
        return frozenset()
    members = (
        member
        for tree in forest.trees
        if _in_hash_mode(tree, policy)
        for member in tree.members
        if member.kind is Kind.REQUIREMENTS
    )
    files = {member.file.source.path: member.file for member in members}
    return frozenset(_key(pin) for file in files.values() for pin in file.pins)


def _ask_for_needs(forest: Forest, index: Index, answers: Answers, policy: Policy, asking: Asking) -> None:
    """What has not been asked for at once: other evidence may have told of a release later."""
    keys = needing(forest, policy) - answers.needs.keys()
    releases = {key: answer for key in keys if isinstance(answer := answers.releases.get(key), Release)}
    # What the index's own answer says of it has been asked for.
    answers.needs.update({key: index.requires(r) for key, r in releases.items() if r.requires_dist is not None})
    ordered = sorted(releases.keys() - answers.needs.keys(), key=lambda key: (key.name, key.version))
    found = _ask(ordered, lambda key: index.requires(releases[key]), asking)
    answers.needs.update({key: found.get(key, NoAnswer(_late(asking))) for key in ordered})


def offline(pins: Iterable[Pin], answers: Answers) -> None:
    """The same without an index: nothing is known, and that is said."""
    answers.releases.update({_key(pin): NoAnswer("--offline: the index was not asked") for pin in pins})


def assess(
    forest: Forest,
    answers: Answers,
    policy: Policy,
    before: Before = None,
    stood: Mapping[Listed, Stood] | None = None,
) -> tuple[Evidence, ...]:
    """One frozen evidence for each tree; a file that stands in several is judged once."""
    known = _known(forest, answers, policy, stood or {})
    judgements = {path: judgement.judge(file, known) for path, file in forest.files.items()}
    outermost = _outermost(forest)
    elsewhere = _pinned_in(forest)
    unread = {entry.path for entry in forest.unchecked if entry.span is not None}
    seen: set[tuple[str, Kind, bool, bool]] = set()
    found: list[Evidence] = []
    for tree in forest.trees:
        hash_mode = _in_hash_mode(tree, policy)
        units = {(m.file.source.path, m.kind, hash_mode, tree.input): m for m in tree.members}
        members = tuple(member for unit, member in units.items() if unit not in seen)
        seen.update(units)
        found.append(
            Evidence(
                tree,
                members,
                hash_mode,
                judgements,
                _switch(tree),
                outermost(tree),
                policy,
                answers.needs,
                before,
                publishers=answers.publishers,
                releases=answers.releases,
                downloaded=answers.downloaded,
                elsewhere=elsewhere(tree),
                partial=not unread.isdisjoint(member.file.source.path for member in tree.members),
            )
        )
    return tuple(found)


def compares(policy: Policy) -> bool:
    """Whether any rule compares pins with what stood before."""
    return any(policy.severities.get(rule.RULE.name, Severity.NOTE) for rule in (publisher_changed, provenance_lost))


def doubtful(found: Iterable[Evidence]) -> Mapping[Listed, int]:
    """The unknown hashes beside right ones, and on how many pins: a history may tell whether they were removed."""
    return Counter(
        Listed(judged.path, _key(judged.pin), entry.option.digest)
        for judgements in {path: judged for tree in found for path, judged in tree.judgements.items()}.values()
        for judged in judgements
        if judged.having(Verdict.RIGHT)
        for entry in judged.having(Verdict.UNKNOWN, Verdict.REMOVED)
    )


def _known(forest: Forest, answers: Answers, policy: Policy, stood: Mapping[Listed, Stood]) -> Known:
    """What to judge by. Whose unknown digests are is looked for among the forest's own projects alone."""
    projects = {name: project for name, project in answers.projects.items() if isinstance(project, Project)}
    pins = judgement.distinct(pin for file in forest.files.values() for pin in file.pins)
    puzzling: set[Digest] = set()
    for pin in pins:
        answer = answers.releases[_key(pin)]
        absent = isinstance(answer, NoSuchProject) and bool(pin.hashes or pin.lost)
        if absent or pin.name in answers.projects:
            puzzling |= judgement.unexplained(pin, answer, projects.get(pin.name))
    names = {pin.name for pin in pins} if puzzling else set()
    owners = judgement.owners(
        puzzling,
        {key: answer for key, answer in answers.releases.items() if key.name in names},
        {name: project for name, project in projects.items() if name in names},
    )
    return Known(answers.releases, projects, owners, stood, policy)


def _in_hash_mode(tree: Tree, policy: Policy) -> bool:
    return not tree.input and (policy.require_hashes or tree.hash_mode)


def _outermost(forest: Forest) -> Callable[[Tree], bool]:
    """Whether no other tree takes the whole of one in as requirements.

    What lock files are made from may include a lock file: that one is installed by itself all the same.
    """

    def included(trees: Iterable[Tree]) -> frozenset[str]:
        return frozenset(m.file.source.path for t in trees for m in t.members[1:] if m.kind is Kind.REQUIREMENTS)

    by_any = included(forest.trees)
    by_locks = included(tree for tree in forest.trees if not tree.input)
    return lambda tree: tree.members[0].file.source.path not in (by_any if tree.input else by_locks)


def _pinned_in(forest: Forest) -> Callable[[Tree], Mapping[NormalizedName, tuple[str, ...]]]:
    """Which files of a tree's own repository pin a project so that something is installed from them."""
    roots: dict[Path, Path] = {}

    def root(path: str) -> Path:
        folder = forest.places.get(path, Path(path)).parent
        if folder not in roots:
            roots[folder] = root_of(folder)
        return roots[folder]

    trees = (tree for tree in (*forest.trees, *forest.beside) if not tree.input)
    files = {m.file.source.path: m.file for tree in trees for m in tree.members if m.kind is Kind.REQUIREMENTS}
    found: dict[Path, dict[NormalizedName, dict[str, None]]] = {}
    for path in sorted(files):
        of_repository = found.setdefault(root(path), {})
        for pin in files[path].pins:
            of_repository.setdefault(pin.name, {})[path] = None
    pinned = {root: {name: tuple(of) for name, of in names.items()} for root, names in found.items()}
    return lambda tree: pinned.get(root(tree.members[0].file.source.path), {})


def _switch(tree: Tree) -> str | None:
    if (switch := tree.switch) is None:
        return None
    file, line = switch
    before = file.source.text.count("\n", 0, line.start)
    return f"{file.source.path}:{before + 1}"


def _late(asking: Asking) -> str:
    return f"no answer within {asking.seconds:g} s (--timeout)"


def _key(pin: Pin) -> ReleaseKey:
    return ReleaseKey(pin.name, pin.version)


def _unmatched(pin: Pin, answers: Answers) -> bool:
    match answers.releases[_key(pin)]:
        case Release() as release:
            return judgement.unmatched(pin, release)
        case NoSuchRelease():  # whose its hashes are, another release may tell
            return bool(pin.hashes or pin.lost)
        case _:
            return False


def _ask(keys: Iterable[_Key], ask: Callable[[_Key], _Value], asking: Asking) -> dict[_Key, _Value]:
    """The answer for each key that came in time, a bounded number asked at a time.

    The index keeps the time itself; the grace is for one that finds a way to hold us longer.
    """
    from concurrent.futures import ThreadPoolExecutor, as_completed  # not for what is at hand, or nothing

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
