"""From an index's answer to a judgement: how each hash of a pin ends, and what would make the pin right.

Rules only explain what is said here, so that no two of them can disagree about
a pin and no hash can fall between them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from hashpin import ages, versions, wheel_names
from hashpin.model import (
    STRONG_ALGORITHMS,
    Answer,
    Coverage,
    Digest,
    DistributionFile,
    Explanation,
    Finding,
    Gap,
    HashOption,
    HashVerdict,
    Judgement,
    Listed,
    LockFile,
    MissingFile,
    Packaging,
    Pin,
    Policy,
    Project,
    Release,
    ReleaseKey,
    Rule,
    SetHashes,
    Severity,
    Stood,
    Verdict,
    Verdicts,
)
from hashpin.text import Span

if TYPE_CHECKING:
    from packaging.tags import Tag
    from packaging.utils import NormalizedName

# What of a pin its hashes are judged by: the project, the version, the digests, those that pip does not see.
_Listing = tuple[str, str, tuple[Digest, ...], tuple[Digest, ...]]

# A hash with one of these verdicts is let through by nobody but the file: what takes it away is unsafe.
UNVOUCHED = (Verdict.UNKNOWN, Verdict.OTHER_PROJECT, Verdict.LOCAL_VERSION)

# The verdicts that name another release, and what that explains.
EXPLAINED: Mapping[Verdict, Explanation] = {
    Verdict.OTHER_VERSION: Explanation.OTHER_VERSION,
    Verdict.LOCAL_VERSION: Explanation.LOCAL_VERSION,
    Verdict.OTHER_PROJECT: Explanation.OTHER_PROJECT,
}


class Owned(Struct, frozen=True):
    """A file that has a digest, and the release that it is of."""

    name: NormalizedName
    version: str
    file: DistributionFile


class Known(Struct, frozen=True):
    """What judging goes by, beside the file itself."""

    answers: Mapping[ReleaseKey, Answer]
    """Of every pin's release."""
    projects: Mapping[NormalizedName, Project]
    """Those that were asked for as a whole because a hash did not match."""
    owners: Mapping[Digest, Owned] = field(default_factory=dict)
    """Of digests that no file of their own project has."""
    stood: Mapping[Listed, Stood] = field(default_factory=dict)
    """The hashes that the commit which the change starts from has on the same pin."""
    policy: Policy = field(default_factory=Policy)
    _alike: dict[_Listing, _Alike] = field(default_factory=dict)
    """What was told of pins so far: files pin the same releases over and over."""

    def alike(self, pin: Pin, answer: Answer) -> _Alike:
        """What holds for every pin that lists the same of the same release."""
        listing = _listing(pin)
        found = self._alike.get(listing)
        if found is None:
            found = self._alike[listing] = _Alike.of(pin, answer, self.projects.get(pin.name))
        return found

    def release(self, name: NormalizedName, version: str) -> Release | None:
        """A release of which anything is known, pinned or not."""
        found = self.answers.get(ReleaseKey(name, version))
        if isinstance(found, Release):
            return found
        project = self.projects.get(name)
        return project.releases.get(versions.key(version)) if project else None


def judge(file: LockFile, known: Known) -> tuple[Judgement, ...]:
    """A judgement for each pin of a file, in its order."""
    path = file.source.path
    found: list[tuple[Judgement, _Alike]] = []
    for pin in file.pins:
        answer = known.answers[ReleaseKey(pin.name, pin.version)]
        alike = known.alike(pin, answer)
        hashes = _explained(path, pin, answer, alike, known)
        found.append((Judgement(path, pin, answer, hashes, project_known=pin.name in known.projects), alike))
    habit = _Habit([judgement for judgement, _ in found])
    return tuple(judgement if alike.complete else _with_fix(judgement, habit, known) for judgement, alike in found)


def distinct(pins: Iterable[Pin]) -> list[Pin]:
    """One pin of all that list the same of the same release: the index says the same of all of them."""
    return list({_listing(pin): pin for pin in pins}.values())


def _listing(pin: Pin) -> _Listing:
    return pin.name, pin.version, pin.digests, tuple(option.digest for option in pin.lost)


def unexplained(pin: Pin, answer: Answer, project: Project | None) -> frozenset[Digest]:
    """The digests of this pin that nothing under its own name explains: whose they are, another answer may tell."""
    puzzling = (Verdict.UNKNOWN,) if isinstance(answer, Release) else (Verdict.UNJUDGED,)
    return frozenset(h.option.digest for h in _verdicts(pin, answer, project) if h.verdict in puzzling)


def owners(
    digests: Collection[Digest],
    answers: Mapping[ReleaseKey, Answer],
    projects: Mapping[NormalizedName, Project],
) -> Mapping[Digest, Owned]:
    """Whose these digests are, among the releases that were asked for, the pinned ones first."""
    found: dict[Digest, Owned] = {}
    if not digests:
        return found
    pinned = sorted((a for a in answers.values() if isinstance(a, Release)), key=lambda a: (a.name, a.version))
    others = (release for _, project in sorted(projects.items()) for release in project.releases.values())
    for release in (*pinned, *others):
        for file in release.files:
            for digest in file.digests:
                if digest in digests:
                    found.setdefault(digest, Owned(release.name, release.version, file))
    return found


def unmatched(pin: Pin, release: Release) -> bool:
    """Whether a hash of this pin is of no file of its release, so that the rest of the project is worth asking for."""
    published = {digest for file in release.files for digest in file.digests}
    if published.issuperset(pin.digests) and published.issuperset(option.digest for option in pin.lost):
        return False
    return any(h.verdict is Verdict.UNKNOWN for h in _verdicts(pin, release, None))


def undigested(pin: Pin, release: Release) -> Mapping[DistributionFile, frozenset[str]]:
    """The files that lack a digest which a hash of this pin can be judged by, with the algorithms.

    Of files that pip cannot install it is worth knowing only once a hash is of no other file.
    """
    hashes = [digest for digest in (*pin.digests, *(option.digest for option in pin.lost)) if _usable(digest)]
    algorithms = {digest.algorithm for digest in hashes}
    if all(any(d.algorithm == wanted for d in file.digests) for file in release.files for wanted in algorithms):
        return {}
    if found := _lacking(release.installable, algorithms):
        return found
    published = {digest for file in release.files for digest in file.digests}
    return _lacking(release.files, {digest.algorithm for digest in hashes if digest not in published})


def without(
    algorithm: str, answers: Mapping[ReleaseKey, Answer]
) -> Mapping[ReleaseKey, Mapping[DistributionFile, frozenset[str]]]:
    """The installable files of all releases that lack a digest in this algorithm."""
    lacking = {
        key: _lacking(release.installable, {algorithm})
        for key, release in answers.items()
        if isinstance(release, Release)
    }
    return {key: files for key, files in lacking.items() if files}


def _lacking(files: Iterable[DistributionFile], algorithms: set[str]) -> Mapping[DistributionFile, frozenset[str]]:
    lacking = ((file, frozenset(algorithms.difference(digest.algorithm for digest in file.digests))) for file in files)
    return {file: missing for file, missing in lacking if missing}


def complete(release: Release, algorithms: Iterable[str] = ("sha256",)) -> frozenset[Digest] | None:
    """The digests of all installable files of a release, in the first algorithm that the index has for all.

    None where there is no file, or no algorithm that pip takes is published for each of them.
    """
    return _complete(release.installable, algorithms)


def _complete(files: Collection[DistributionFile], algorithms: Iterable[str]) -> frozenset[Digest] | None:
    for algorithm in (*algorithms, *STRONG_ALGORITHMS):
        digests = frozenset(d for file in files for d in file.digests if _usable(d) and d.algorithm == algorithm)
        if files and all(digests.intersection(file.digests) for file in files):
            return digests
    return None


def finding(
    rule: Rule,
    judgement: Judgement,
    message: str,
    advice: str,
    *,
    span: Span | None = None,
    severity: Severity | None = None,
    explanation: Explanation | None = None,
    fix: SetHashes | None = None,
) -> Finding:
    """A finding about a judged pin: at the requirement and of the rule's usual severity, if nothing else is said."""
    pin, index = judgement.pin, _index(judgement.answer)
    return Finding(
        rule,
        severity or rule.severity,
        judgement.path,
        span or pin.place,
        f"{message} ({pin.name} {pin.version} is on {index})" if index else message,
        advice,
        pin.name,
        pin.version,
        explanation,
        fix,
        index=index,
    )


def _index(answer: Answer) -> str | None:
    """Who says so, where several are asked."""
    files = answer.files if isinstance(answer, Release) else ()
    return " and ".join(dict.fromkeys(file.index for file in files if file.index)) or None


def _usable(digest: Digest) -> bool:
    return digest.algorithm in STRONG_ALGORITHMS and digest.fault is None


# --- verdicts --------------------------------------------------------------


class _Alike(Struct, frozen=True):
    """What pins that list the same of the same release have in common."""

    verdicts: tuple[HashVerdict, ...]
    """As the first of these pins has them."""
    kinds: frozenset[Verdict]
    complete: bool
    """Whether every hash is right and every file listed, so that nothing is left to say or to do."""

    @classmethod
    def of(cls, pin: Pin, answer: Answer, project: Project | None) -> _Alike:
        verdicts = _verdicts(pin, answer, project)
        kinds = frozenset(h.verdict for h in verdicts)
        right = kinds == {Verdict.RIGHT} and not pin.lost
        return cls(verdicts, kinds, right and isinstance(answer, Release) and _lists_all(verdicts, answer))


def _lists_all(verdicts: Iterable[HashVerdict], release: Release) -> bool:
    listed = {h.option.digest for h in verdicts}
    return all(not listed.isdisjoint(file.digests) or not _listable(file) for file in release.installable)


def _explained(path: str, pin: Pin, answer: Answer, alike: _Alike, known: Known) -> Verdicts:
    """The verdicts with what is known beyond the pin's own project: other answers of the run, and what stood before."""
    found = Verdicts((*pin.hashes, *lost) if (lost := pin.lost) else pin.hashes, alike.verdicts, alike.kinds)
    puzzling = Verdict.UNKNOWN if isinstance(answer, Release) else Verdict.UNJUDGED
    if not (known.owners or known.stood) or puzzling not in alike.kinds:
        return found
    beside_right = Verdict.RIGHT in alike.kinds
    looked_up = tuple(_looked_up(h, path, pin, isinstance(answer, Release), beside_right, known) for h in found)
    return Verdicts([entry.option for entry in looked_up], looked_up)


def _looked_up(entry: HashVerdict, path: str, pin: Pin, there: bool, beside_right: bool, known: Known) -> HashVerdict:
    if entry.verdict is not (Verdict.UNKNOWN if there else Verdict.UNJUDGED):
        return entry
    digest = entry.option.digest
    owned = known.owners.get(digest)
    if owned and owned.name == pin.name:  # the project as a whole was no answer, and another pin's release is one
        return _of_other(entry, pin, owned)
    if owned:
        return replace(entry, verdict=Verdict.OTHER_PROJECT, file=owned.file, version=owned.version, project=owned.name)
    stood = known.stood.get(Listed(path, ReleaseKey(pin.name, pin.version), digest)) if there else None
    # What was added later to a pin that was right stays what it is, whoever let it in.
    removed = beside_right and stood is not None and stood.with_pin is not False
    return replace(entry, verdict=Verdict.REMOVED if removed else entry.verdict, stood=stood)


def _of_other(entry: HashVerdict, pin: Pin, owned: Owned) -> HashVerdict:
    """That it is of another release of the project, which is no other one to pip where only a local label differs."""
    verdict = Verdict.LOCAL_VERSION if versions.is_local_of(owned.version, pin.version) else Verdict.OTHER_VERSION
    return replace(entry, verdict=verdict, file=owned.file, version=owned.version)


def _verdicts(pin: Pin, answer: Answer, project: Project | None) -> tuple[HashVerdict, ...]:
    seen: set[Digest] = set()
    files = _Files(pin, answer, project)
    return (
        *(_verdict(option, pin, answer, files, seen) for option in pin.hashes),
        *(replace(_verdict(option, pin, answer, files, seen), lost=True) for option in pin.lost),
    )


class _Files:
    """What is known of a pin's project, by digest: a stranger's pin may have thousands of hashes."""

    def __init__(self, pin: Pin, answer: Answer, project: Project | None) -> None:
        files = answer.files if isinstance(answer, Release) else ()
        # The project's own list of a release counts too: it may be fresher than the release's answer.
        same = project.releases.get(versions.key(pin.version)) if project else None
        # An installable file before another one: the same bytes may stand under two names.
        own: Sequence[DistributionFile] = (*files, *(same.files if same else ()))
        if not all(file.installable for file in own):
            own = sorted(own, key=lambda file: not file.installable)
        self.own: dict[Digest, DistributionFile] = {}
        for file in own:
            for digest in file.digests:
                self.own.setdefault(digest, file)
        self._files = files
        self._project = project
        self._others: dict[Digest, tuple[Release, DistributionFile]] | None = None

    @cached_property
    def algorithms(self) -> frozenset[str]:
        """In which the release's answer has all of its files."""
        published = [{digest.algorithm for digest in file.digests} for file in self._files]
        return frozenset(STRONG_ALGORITHMS).intersection(*published)

    def of_another(self, digest: Digest) -> tuple[Release, DistributionFile] | None:
        """The first other release of the project that has it."""
        if self._others is None:
            self._others = {}
            for release in self._project.releases.values() if self._project else ():
                for file in sorted(release.files, key=lambda file: not file.installable):
                    for has in file.digests:
                        self._others.setdefault(has, (release, file))
        return self._others.get(digest)


def _verdict(option: HashOption, pin: Pin, answer: Answer, files: _Files, seen: set[Digest]) -> HashVerdict:
    digest = option.digest
    file = files.own.get(digest)
    if file and file.installable and digest not in seen and digest.algorithm in STRONG_ALGORITHMS:  # nearly all of them
        seen.add(digest)
        return HashVerdict(option, Verdict.RIGHT, file=file)
    if digest.algorithm and digest.algorithm not in STRONG_ALGORITHMS:
        return HashVerdict(option, Verdict.WEAK)
    if digest.fault:
        return HashVerdict(option, Verdict.MALFORMED, file=_cut_short(digest, answer))
    if digest in seen:
        return HashVerdict(option, Verdict.REPEATED)
    seen.add(digest)
    if file:
        return HashVerdict(option, Verdict.RIGHT if file.installable else Verdict.NOT_INSTALLABLE, file=file)
    if found := files.of_another(digest):
        other, file = found
        if not other.told and versions.akin(other.version, pin.version):
            return HashVerdict(option, Verdict.UNJUDGED, file=file)  # which of the two it is of, nobody tells
        return _of_other(HashVerdict(option, Verdict.UNKNOWN), pin, Owned(pin.name, other.version, file))
    if isinstance(answer, Release) and digest.algorithm in files.algorithms:
        return HashVerdict(option, Verdict.UNKNOWN)
    return HashVerdict(option, Verdict.UNJUDGED)


# So many digits in common are no accident (2^-128).
_ENOUGH_DIGITS = 32


def _cut_short(digest: Digest, answer: Answer) -> DistributionFile | None:
    """The file of the release whose digest a malformed one begins or begins with: too little or too much was copied."""
    if not isinstance(answer, Release) or len(digest.value) < _ENOUGH_DIGITS:
        return None
    return next((file for file in answer.installable if _completed(digest, file)), None)


def _completed(digest: Digest, file: DistributionFile) -> Digest | None:
    same = (d for d in file.digests if d.algorithm == digest.algorithm)
    matching = (d for d in same if d.value.startswith(digest.value) or digest.value.startswith(d.value))
    return next(matching, None)


# --- what is missing -------------------------------------------------------

_Platform = tuple[str, str]


class _Habit:
    """Which kinds of installable files the author of a whole file lists; looked at where a pin lacks some."""

    def __init__(self, judgements: Iterable[Judgement]) -> None:
        self._judgements = judgements

    @cached_property
    def _listed(self) -> tuple[DistributionFile, ...]:
        # The files of another version tell the habit, too: they are what the author listed for that one.
        chosen = (Verdict.RIGHT, Verdict.OTHER_VERSION, Verdict.MALFORMED)
        hashes = (h for judgement in self._judgements for h in judgement.hashes)
        return tuple(h.file for h in hashes if h.verdict in chosen and h.file and _listable(h.file))

    @cached_property
    def _kinds(self) -> frozenset[Packaging]:
        return frozenset(file.packaging for file in self._listed)

    @cached_property
    def _interpreters_and_platforms(self) -> tuple[frozenset[str], frozenset[_Platform]]:
        tags = frozenset(tag for file in self._listed for tag in _tags(file))
        return frozenset(tag.interpreter for tag in tags), frozenset(_platform(tag) for tag in tags)

    def leaves_out(self, file: DistributionFile) -> bool:
        """Whether nothing of this file's kind, interpreter or platform is listed anywhere in the whole file."""
        if file.packaging not in self._kinds:
            return True
        tags = _tags(file)
        interpreters, platforms = self._interpreters_and_platforms
        return bool(tags) and not any(tag.interpreter in interpreters and _platform(tag) in platforms for tag in tags)


def _listable(file: DistributionFile) -> bool:
    return file.installable and any(_usable(digest) for digest in file.digests)


def _tags(file: DistributionFile) -> frozenset[Tag]:
    if file.packaging is not Packaging.WHEEL:
        return frozenset()
    known = wheel_names.parsed(file.filename)
    return known[2] if known else frozenset()


def _platform(tag: Tag) -> _Platform:
    """``manylinux_2_17_x86_64`` as (``manylinux``, ``x86_64``): the system and the processor, without versions."""
    system, _, rest = tag.platform.partition("_")
    processor = rest.lstrip("0123456789_")
    # manylinux1, manylinux2010, manylinux2014 and manylinux_2_17 are one system.
    return system.rstrip("0123456789") if processor else system, processor


def _missing(judgement: Judgement, release: Release, habit: _Habit, policy: Policy) -> Iterator[MissingFile]:
    listed = {h.option.digest for h in judgement.hashes} | _meant(judgement)
    first = ages.first_upload(release)
    unjudged = {h.option.digest.algorithm for h in judgement.having(Verdict.UNJUDGED) if h.file is None}
    for file in release.installable:
        if not _listable(file) or listed.intersection(file.digests):
            continue
        if unjudged.difference(digest.algorithm for digest in file.digests):
            continue  # one of the hashes that nobody could judge may be of it
        if habit.leaves_out(file) and policy.coverage is not Coverage.ALL:
            gap = Gap.PATTERN
        elif file.uploaded is None:
            gap = Gap.UNDATED
        elif not ages.old_enough(file, policy.young_since):
            gap = Gap.YOUNG
        else:
            gap = Gap.LATER if ages.is_late(file, first) else Gap.WITH_RELEASE
        behind = ages.after(file, first)
        yield MissingFile(file, gap, behind.days if behind is not None else None)


# --- what would make it right ----------------------------------------------


def _meant(judgement: Judgement) -> frozenset[Digest]:
    """The whole of those digests that were cut short."""
    cut = ((h.option.digest, h.file) for h in judgement.hashes if h.verdict is Verdict.MALFORMED and h.file)
    return frozenset(whole for digest, file in cut if (whole := _completed(digest, file)))


# What is added to a pin that is right so far: safely, since its author can have meant it or asks for it by name, and
# where whoever runs the fix answers for it.
_ADDED: Mapping[Coverage, tuple[Collection[Gap], Collection[Gap]]] = {
    Coverage.KEEP: ((), ()),
    Coverage.RELEASE: ((Gap.WITH_RELEASE,), (Gap.LATER, Gap.UNDATED)),
    Coverage.ALL: (tuple(Gap), ()),
}


def _with_fix(judgement: Judgement, habit: _Habit, known: Known) -> Judgement:
    """The judgement with what it lacks and with its fix.

    A pin with something worth keeping keeps it, completed where it was cut short,
    and gains what the coverage asks for; a pin with nothing to keep gets the
    release, as far as it is old enough. Safe, worst hash deciding, is a pin without
    hashes, one whose hashes are all of another version, and one with a right hash
    and nothing beside it that nobody vouches for.
    """
    if not isinstance(judgement.answer, Release):
        return judgement
    release = judgement.answer
    kept = [h for h in judgement.hashes if h.verdict in (Verdict.RIGHT, Verdict.UNJUDGED)]
    if judgement.having(Verdict.RIGHT) or _meant(judgement):
        found = _grown(judgement, release, kept, habit, known.policy)
    else:
        found = judgement if kept else _filled(judgement, release, habit, known)
    if found.fix and several_indexes(found) and found.fix.digests - {h.option.digest for h in judgement.hashes}:
        # A stranger may have put a file under a private project's name on the public index.
        return replace(found, fix=replace(found.fix, safe=False))
    return found


def several_indexes(judgement: Judgement) -> bool:
    """Whether the files of its release, or those that its hashes are of, come from more than one index.

    Then nobody can tell which one the author of the pin meant.
    """
    files = judgement.answer.installable if isinstance(judgement.answer, Release) else ()
    return of_several((*files, *(entry.file for entry in judgement.hashes if entry.file and not entry.project)))


def of_several(files: Iterable[DistributionFile]) -> bool:
    """Whether files come from more than one index."""
    return len({file.index for file in files}) > 1


def _grown(judgement: Judgement, release: Release, kept: list[HashVerdict], habit: _Habit, policy: Policy) -> Judgement:
    since = policy.young_since
    missing = tuple(_missing(judgement, release, habit, policy))
    added, growing = _ADDED[policy.coverage]
    old = [entry for entry in missing if ages.old_enough(entry.file, since)]
    stay = _meant(judgement).union(h.option.digest for h in kept)
    wanted = stay | digest_of_each((entry for entry in old if entry.gap in added), kept)
    grown = wanted | digest_of_each((entry for entry in old if entry.gap in growing), kept)
    safe = not judgement.having(*UNVOUCHED)
    return replace(
        judgement,
        missing=missing,
        fix=None if _holds(judgement.pin, wanted) else SetHashes(judgement.path, judgement.pin, wanted, safe),
        growth=None if grown == wanted else SetHashes(judgement.path, judgement.pin, grown, safe=False),
        held_back=tuple(
            entry.file
            for entry in missing
            if entry.gap in (*added, Gap.YOUNG) and not ages.old_enough(entry.file, since)
        ),
    )


def _filled(judgement: Judgement, release: Release, habit: _Habit, known: Known) -> Judgement:
    since = known.policy.young_since
    old = [file for file in release.installable if ages.old_enough(file, since)]
    bumped = len(judgement.having(Verdict.OTHER_VERSION, Verdict.REPEATED)) == len(judgement.hashes)
    files, meant = old, True
    if bumped and judgement.hashes and known.policy.coverage is not Coverage.ALL:
        files = _alike(judgement, old, habit, known)
        files, meant = files or old, bool(files)
    wanted = _complete(files, ())
    held = tuple(file for file in release.installable if not ages.old_enough(file, since))
    if wanted is None:
        return replace(judgement, held_back=held)
    fix = SetHashes(judgement.path, judgement.pin, wanted, safe=bumped and meant)
    return replace(judgement, fix=None if _holds(judgement.pin, wanted) else fix, held_back=held)


def _alike(judgement: Judgement, files: list[DistributionFile], habit: _Habit, known: Known) -> list[DistributionFile]:
    """Those of a release's files that an author would list who listed what stands here of another version.

    All, where that was all that came with the other version; else what the file's pattern does not leave out.
    """
    listed = {h.option.digest for h in judgement.hashes}
    before = {h.version for h in judgement.having(Verdict.OTHER_VERSION) if h.version}
    others = [release for version in before if (release := known.release(judgement.pin.name, version))]
    left_out = (
        file
        for release in others
        for first in [ages.first_upload(release)]
        for file in release.installable
        if not listed.intersection(file.digests) and not ages.is_late(file, first)
    )
    return [file for file in files if not habit.leaves_out(file)] if any(left_out) else files


def digest_of_each(missing: Iterable[MissingFile], kept: Iterable[HashVerdict]) -> frozenset[Digest]:
    """One digest for each missing file, in the algorithm that the pin uses where the index has it."""
    preferred = [h.option.digest.algorithm for h in kept] + list(STRONG_ALGORITHMS)
    return frozenset(
        min((d for d in entry.file.digests if _usable(d)), key=lambda digest: preferred.index(digest.algorithm))
        for entry in missing
    )


def _holds(pin: Pin, wanted: frozenset[Digest]) -> bool:
    """Whether pip already sees exactly these digests, each once."""
    return not pin.lost and Counter(pin.digests) == Counter(wanted)
