"""From an index's answer to a judgement: how each hash of a pin ends, and what would make the pin right.

Rules only explain what is said here, so that no two of them can disagree about
a pin and no hash can fall between them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from packaging.tags import Tag
from packaging.utils import NormalizedName, parse_wheel_filename

from hashpin import versions
from hashpin.model import (
    STRONG_ALGORITHMS,
    Answer,
    Digest,
    DistributionFile,
    Explanation,
    Finding,
    Gap,
    HashOption,
    HashVerdict,
    Judgement,
    LockFile,
    MissingFile,
    Packaging,
    Pin,
    Project,
    Release,
    ReleaseKey,
    Rule,
    SetHashes,
    Severity,
    Verdict,
)
from hashpin.text import Span

# Since July 2026 PyPI takes no new file for a release older than this; what came
# later than that, the author of a pin cannot be taken to have meant.
WITH_THE_RELEASE = timedelta(days=14)


def judge(
    file: LockFile,
    answers: Mapping[ReleaseKey, Answer],
    projects: Mapping[NormalizedName, Project],
) -> tuple[Judgement, ...]:
    """A judgement for each pin of a file, in its order.

    `answers` holds every pin's release; `projects` those projects that were
    asked for as a whole because a hash did not match.
    """
    path = file.source.path
    verdicts = [
        Judgement(path, pin, answer, _verdicts(pin, answer, project), project_known=project is not None)
        for pin in file.pins
        for answer, project in [(answers[ReleaseKey(pin.name, pin.version)], projects.get(pin.name))]
    ]
    habit = _Habit.of(verdicts)
    return tuple(_with_fix(judgement, habit) for judgement in verdicts)


def unmatched(pin: Pin, release: Release) -> bool:
    """Whether a hash of this pin is of no file of its release, so that the rest of the project is worth asking for."""
    return any(h.verdict is Verdict.UNKNOWN for h in _verdicts(pin, release, None))


def undigested(pin: Pin, release: Release) -> Mapping[DistributionFile, frozenset[str]]:
    """The files that lack a digest which a hash of this pin can be judged by, with the algorithms.

    Of files that pip cannot install it is worth knowing only once a hash is of no other file.
    """
    hashes = [option.digest for option in (*pin.hashes, *pin.lost) if _usable(option.digest)]
    found = _lacking(release.installable, {digest.algorithm for digest in hashes})
    if found:
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
    files = release.installable
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
        f"{message} (as {index} has it)" if index else message,
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


def _verdicts(pin: Pin, answer: Answer, project: Project | None) -> tuple[HashVerdict, ...]:
    seen: set[Digest] = set()
    return tuple(
        replace(_verdict(option, pin, answer, project, seen), lost=lost)
        for lost, options in ((False, pin.hashes), (True, pin.lost))
        for option in options
    )


def _verdict(option: HashOption, pin: Pin, answer: Answer, project: Project | None, seen: set[Digest]) -> HashVerdict:
    digest = option.digest
    if digest.algorithm and digest.algorithm not in STRONG_ALGORITHMS:
        return HashVerdict(option, Verdict.WEAK)
    if digest.fault:
        return HashVerdict(option, Verdict.MALFORMED, file=_cut_short(digest, answer))
    if digest in seen:
        return HashVerdict(option, Verdict.REPEATED)
    seen.add(digest)
    if not isinstance(answer, Release):
        return HashVerdict(option, Verdict.UNJUDGED)
    # The project's own list of a release counts too: it may be fresher than the release's answer.
    same = project.releases.get(versions.key(pin.version)) if project else None
    if file := _having(digest, (*answer.files, *(same.files if same else ()))):
        return HashVerdict(option, Verdict.RIGHT if file.installable else Verdict.NOT_INSTALLABLE, file=file)
    for other in project.releases.values() if project else ():
        if file := _having(digest, other.files):
            return HashVerdict(option, Verdict.OTHER_VERSION, file=file, version=other.version)
    if not all(any(d.algorithm == digest.algorithm for d in file.digests) for file in answer.files):
        return HashVerdict(option, Verdict.UNJUDGED)
    return HashVerdict(option, Verdict.UNKNOWN)


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


def _having(digest: Digest, files: Iterable[DistributionFile]) -> DistributionFile | None:
    # An installable file before another one: the same bytes may stand under two names.
    return max((file for file in files if digest in file.digests), key=lambda file: file.installable, default=None)


# --- what is missing -------------------------------------------------------

_Platform = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Habit:
    """Which kinds of installable files the author of a whole file lists."""

    kinds: frozenset[Packaging]
    interpreters: frozenset[str]
    platforms: frozenset[_Platform]

    @classmethod
    def of(cls, judgements: Iterable[Judgement]) -> _Habit:
        # The files of another version tell the habit, too: they are what the author listed for that one.
        chosen = (Verdict.RIGHT, Verdict.OTHER_VERSION, Verdict.MALFORMED)
        listed = [h.file for j in judgements for h in j.hashes if h.verdict in chosen and h.file and _listable(h.file)]
        tags = [tag for file in listed for tag in _tags(file)]
        return cls(
            frozenset(file.packaging for file in listed),
            frozenset(tag.interpreter for tag in tags),
            frozenset(_platform(tag) for tag in tags),
        )

    def leaves_out(self, file: DistributionFile) -> bool:
        """Whether nothing of this file's kind, interpreter or platform is listed anywhere in the whole file."""
        if file.packaging not in self.kinds:
            return True
        tags = _tags(file)
        return bool(tags) and not any(
            tag.interpreter in self.interpreters and _platform(tag) in self.platforms for tag in tags
        )


def _listable(file: DistributionFile) -> bool:
    return file.installable and any(_usable(digest) for digest in file.digests)


def _tags(file: DistributionFile) -> frozenset[Tag]:
    if file.packaging is not Packaging.WHEEL:
        return frozenset()
    try:
        return parse_wheel_filename(file.filename)[3]
    except ValueError:  # InvalidWheelFilename: old names, which pip installs all the same; or a number without end
        return frozenset()


def _platform(tag: Tag) -> _Platform:
    """``manylinux_2_17_x86_64`` as (``manylinux``, ``x86_64``): the system and the processor, without versions."""
    system, _, rest = tag.platform.partition("_")
    processor = rest.lstrip("0123456789_")
    # manylinux1, manylinux2010, manylinux2014 and manylinux_2_17 are one system.
    return system.rstrip("0123456789") if processor else system, processor


def _missing(judgement: Judgement, release: Release, habit: _Habit) -> Iterator[MissingFile]:
    listed = {h.option.digest for h in judgement.hashes} | _meant(judgement)
    dates = [file.uploaded for file in release.installable if file.uploaded]
    unjudged = {h.option.digest.algorithm for h in judgement.having(Verdict.UNJUDGED)}
    for file in release.installable:
        if not _listable(file) or listed.intersection(file.digests):
            continue
        if unjudged.difference(digest.algorithm for digest in file.digests):
            continue  # one of the hashes that nobody could judge may be of it
        if habit.leaves_out(file):
            yield MissingFile(file, Gap.PATTERN)
        elif file.uploaded is None:
            yield MissingFile(file, Gap.UNDATED)
        else:
            late = file.uploaded - min(dates) > WITH_THE_RELEASE
            yield MissingFile(file, Gap.LATER if late else Gap.WITH_RELEASE)


# --- what would make it right ----------------------------------------------


def _meant(judgement: Judgement) -> frozenset[Digest]:
    """The whole of those digests that were cut short."""
    cut = ((h.option.digest, h.file) for h in judgement.hashes if h.verdict is Verdict.MALFORMED and h.file)
    return frozenset(whole for digest, file in cut if (whole := _completed(digest, file)))


def _with_fix(judgement: Judgement, habit: _Habit) -> Judgement:
    """The judgement with what it lacks and with its fix.

    A pin with something worth keeping keeps it, completed where it was cut short,
    and gains what came with the release; a pin with nothing to keep gets the whole
    release. Safe, worst hash deciding, is a pin without hashes, one whose hashes are
    all of another version, and one with a right hash and nothing unexplained beside it.
    """
    if not isinstance(judgement.answer, Release):
        return judgement
    release, pin = judgement.answer, judgement.pin
    kept = [h for h in judgement.hashes if h.verdict in (Verdict.RIGHT, Verdict.UNJUDGED)]
    verdicts = Counter(h.verdict for h in judgement.hashes)
    everything = complete(release, (h.option.digest.algorithm for h in kept))
    meant = _meant(judgement)
    if verdicts[Verdict.RIGHT] or meant:
        missing = tuple(_missing(judgement, release, habit))
        wanted = meant.union((h.option.digest for h in kept), _digests(missing, kept, Gap.WITH_RELEASE))
        safe = not verdicts[Verdict.UNKNOWN]
    elif everything and not kept:
        missing = ()
        wanted = everything
        safe = verdicts[Verdict.OTHER_VERSION] == len(judgement.hashes) - verdicts[Verdict.REPEATED]
    else:
        return judgement
    fix = SetHashes(judgement.path, pin, wanted, safe)
    grown = wanted | _digests(missing, kept, Gap.LATER, Gap.UNDATED)
    return replace(
        judgement,
        missing=missing,
        fix=None if _holds(pin, wanted) else fix,
        growth=None if grown == wanted else SetHashes(judgement.path, pin, grown, safe=False),
    )


def _digests(missing: Iterable[MissingFile], kept: Iterable[HashVerdict], *gaps: Gap) -> frozenset[Digest]:
    """One digest for each missing file, in the algorithm that the pin uses where the index has it."""
    preferred = [h.option.digest.algorithm for h in kept] + list(STRONG_ALGORITHMS)
    return frozenset(
        min((d for d in entry.file.digests if _usable(d)), key=lambda digest: preferred.index(digest.algorithm))
        for entry in missing
        if entry.gap in gaps
    )


def _holds(pin: Pin, wanted: frozenset[Digest]) -> bool:
    """Whether pip already sees exactly these digests, each once."""
    return not pin.lost and Counter(option.digest for option in pin.hashes) == Counter(wanted)
