"""From an index's answer to verdicts, gaps and fixes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from packaging.utils import NormalizedName, canonicalize_name

from hashpin import formats, versions
from hashpin.indexes import filenames
from hashpin.judgement import Known, complete, finding, judge, unmatched
from hashpin.model import (
    Answer,
    Digest,
    DistributionFile,
    Explanation,
    Gap,
    Judgement,
    NoAnswer,
    NoDigest,
    NoSuchProject,
    NoSuchRelease,
    Project,
    Quarantined,
    Release,
    ReleaseKey,
    Rule,
    SetHashes,
    Severity,
    Source,
    Verdict,
)
from hashpin.text import Span
from tests.work import calls

BIRTH = datetime(2026, 1, 1, tzinfo=UTC)
FORTNIGHT = timedelta(days=14)
SIX = canonicalize_name("six")


def digest(filename: str, algorithm: str = "sha256") -> Digest:
    return Digest(algorithm, hashlib.new(algorithm, filename.encode()).hexdigest())


def hash_of(*filenames: str, algorithm: str = "sha256") -> str:
    return "".join(f" --hash={digest(name, algorithm)}" for name in filenames)


def published(
    filename: str,
    after: timedelta | None = timedelta(0),
    algorithms: Iterable[str] = ("sha256",),
    project: NormalizedName = SIX,
) -> DistributionFile:
    """A file as an index has it, uploaded so long after the first one."""
    digests = tuple(digest(filename, algorithm) for algorithm in algorithms)
    uploaded = None if after is None else BIRTH + after
    return DistributionFile(filename, filenames.read(filename, project)[1], digests, uploaded)


def release(version: str, *files: DistributionFile | str, project: NormalizedName = SIX) -> Release:
    return Release(project, version, tuple(published(f, project=project) if isinstance(f, str) else f for f in files))


def judged(text: str, *answers: Release, others: Iterable[Release] = (), **more: object) -> tuple[Judgement, ...]:
    """The judgements of a file, the index having these releases and, where the project is asked for, also `others`."""
    file = formats.parse(Source("requirements.txt", text))
    known: dict[ReleaseKey, Answer] = {ReleaseKey(pin.name, pin.version): NoSuchRelease() for pin in file.pins}
    known |= {ReleaseKey(answer.name, answer.version): answer for answer in answers}
    projects: dict[NormalizedName, dict[str, Release]] = {}
    for other in others:
        projects.setdefault(other.name, {})[versions.key(other.version)] = other
    return judge(file, Known(known, {name: Project(name, of) for name, of in projects.items()}, **more))  # type: ignore[arg-type]


def only(text: str, *answers: Release, others: Iterable[Release] = (), **more: object) -> Judgement:
    (judgement,) = judged(text, *answers, others=others, **more)
    return judgement


def verdicts(judgement: Judgement) -> list[Verdict]:
    return [entry.verdict for entry in judgement.hashes]


def files_of(wish: SetHashes | None, *known: str) -> set[str]:
    """The names of the files whose digests are wished for."""
    assert wish is not None
    names = {digest(name, algorithm): name for name in known for algorithm in ("sha256", "sha512")}
    return {names[wished] for wished in wish.digests}


WHEEL, SDIST, EGG = "six-1.0-py3-none-any.whl", "six-1.0.tar.gz", "six-1.0-py3.9.egg"
OLD_WHEEL, OLD_SDIST = "six-0.9-py3-none-any.whl", "six-0.9.tar.gz"
NEW = release("1.0", WHEEL, SDIST)
OLD = release("0.9", OLD_WHEEL, OLD_SDIST)
FORGED = " --hash=sha256:" + "f" * 64
SHORT = " --hash=sha256:abc"


# --- verdicts --------------------------------------------------------------


@pytest.mark.parametrize(
    ("option", "verdict"),
    [
        (hash_of(WHEEL), Verdict.RIGHT),
        (hash_of(WHEEL).upper().replace("SHA256", "sha256").replace("--HASH", "--hash"), Verdict.RIGHT),
        (hash_of(EGG), Verdict.NOT_INSTALLABLE),
        (hash_of(OLD_SDIST), Verdict.OTHER_VERSION),
        (FORGED, Verdict.UNKNOWN),
        (SHORT, Verdict.MALFORMED),
        (" --hash=sha256:", Verdict.MALFORMED),
        (f" --hash={'a' * 64}", Verdict.MALFORMED),
        (" --hash=md5:abc", Verdict.WEAK),
        (f" --hash=SHA256:{'a' * 64}", Verdict.WEAK),
        (hash_of(WHEEL, algorithm="sha512"), Verdict.UNJUDGED),
    ],
)
def test_verdict(option: str, verdict: Verdict) -> None:
    assert verdicts(only(f"six==1.0{option}", release("1.0", WHEEL, EGG), others=[OLD])) == [verdict]


def test_verdict_names_the_file() -> None:
    judgement = only(f"six==1.0{hash_of(WHEEL, EGG, OLD_SDIST)}{FORGED}", release("1.0", WHEEL, EGG), others=[OLD])
    named = [(entry.file.filename if entry.file else None, entry.version) for entry in judgement.hashes]
    assert named == [(WHEEL, None), (EGG, None), (OLD_SDIST, "0.9"), (None, None)]


def test_the_same_hash_again_is_repeated() -> None:
    judgement = only(f"six==1.0{hash_of(WHEEL, WHEEL, SDIST)}", NEW)
    assert verdicts(judgement) == [Verdict.RIGHT, Verdict.REPEATED, Verdict.RIGHT]


def test_another_spelling_of_a_version_is_the_same() -> None:
    """The project's own list counts for its release, too, under any spelling: it may be fresher."""
    fresh = release("1.0.0", WHEEL, SDIST)
    assert verdicts(only(f"six==1.0{hash_of(SDIST)}", release("1.0", WHEEL), others=[fresh])) == [Verdict.RIGHT]


def test_the_project_may_be_unknown_or_lack_the_release() -> None:
    assert not only(f"six==1.0{FORGED}", NEW).project_known
    judgement = only(f"six==1.0{FORGED}", NEW, others=[OLD])
    assert judgement.project_known
    assert verdicts(judgement) == [Verdict.UNKNOWN]


def test_the_same_bytes_under_two_names_are_installable() -> None:
    wheel = published(WHEEL)
    egg = DistributionFile(EGG, published(EGG).packaging, wheel.digests, BIRTH)
    assert verdicts(only(f"six==1.0{hash_of(WHEEL)}", release("1.0", egg, wheel))) == [Verdict.RIGHT]


def test_lost_hashes_come_last_and_are_told_apart() -> None:
    judgement = only(f"six==1.0{hash_of(WHEEL)}\n{hash_of(SDIST)}{FORGED}{hash_of(WHEEL)}\n", NEW)
    assert [(entry.verdict, entry.lost) for entry in judgement.hashes] == [
        (Verdict.RIGHT, False),
        (Verdict.RIGHT, True),
        (Verdict.UNKNOWN, True),
        (Verdict.REPEATED, True),
    ]
    assert [entry.lost for entry in judgement.having(Verdict.RIGHT, Verdict.UNKNOWN)] == [False, True, True]


@pytest.mark.parametrize("answer", [NoSuchRelease(), NoSuchProject(), Quarantined("x"), NoDigest(), NoAnswer("x")])
def test_without_a_release_only_the_digest_itself_is_judged(answer: Answer) -> None:
    file = formats.parse(Source("requirements.txt", f"six==1.0{hash_of(WHEEL, WHEEL)}{SHORT} --hash=md5:ab"))
    (judgement,) = judge(file, Known({ReleaseKey(SIX, "1.0"): answer}, {}))
    assert verdicts(judgement) == [Verdict.UNJUDGED, Verdict.REPEATED, Verdict.MALFORMED, Verdict.WEAK]
    assert judgement.answer is answer
    assert judgement.fix is judgement.growth is None
    assert judgement.missing == ()


def test_an_algorithm_that_only_some_files_have_proves_nothing() -> None:
    partly = release("1.0", published(WHEEL, algorithms=("sha256", "sha512")), SDIST)
    assert verdicts(only(f"six==1.0 --hash=sha512:{'0' * 128}", partly)) == [Verdict.UNJUDGED]
    wholly = release("1.0", *(published(name, algorithms=("sha256", "sha512")) for name in (WHEEL, SDIST)))
    assert verdicts(only(f"six==1.0 --hash=sha512:{'0' * 128}", wholly)) == [Verdict.UNKNOWN]
    assert verdicts(only(f"six==1.0{hash_of(WHEEL, algorithm='sha512')}", wholly)) == [Verdict.RIGHT]


def test_a_release_without_files_knows_no_hash() -> None:
    judgement = only(f"six==1.0{hash_of(WHEEL)}", release("1.0"))
    assert verdicts(judgement) == [Verdict.UNKNOWN]
    assert judgement.fix is None


def test_each_pin_in_the_order_of_the_file() -> None:
    judgements = judged(f"six==1.0{hash_of(WHEEL)}\n# c\nsix==0.9{hash_of(OLD_WHEEL)}\nsix==3\n", NEW, OLD)
    assert [judgement.pin.version for judgement in judgements] == ["1.0", "0.9", "3"]
    assert [type(judgement.answer) for judgement in judgements] == [Release, Release, NoSuchRelease]
    assert {judgement.path for judgement in judgements} == {"requirements.txt"}


@pytest.mark.parametrize(
    ("options", "worth_asking"),
    [("", False), (hash_of(WHEEL), False), (hash_of(OLD_WHEEL), True), (SHORT, False), (f"\n{FORGED}", True)],
)
def test_unmatched(options: str, worth_asking: bool) -> None:
    (pin,) = formats.parse(Source("r.txt", f"six==1.0{options}")).pins
    assert unmatched(pin, NEW) is worth_asking


# --- a digest that was cut short -------------------------------------------


def test_a_digest_cut_short_is_completed() -> None:
    cut = str(digest(WHEEL))[:-4]
    judgement = only(f"six==1.0 --hash={cut}{hash_of(SDIST)}", NEW)
    assert verdicts(judgement) == [Verdict.MALFORMED, Verdict.RIGHT]
    assert [entry.file.filename if entry.file else None for entry in judgement.hashes] == [WHEEL, SDIST]
    assert judgement.missing == ()
    assert judgement.fix is not None
    assert judgement.fix.safe
    assert files_of(judgement.fix, WHEEL, SDIST) == {WHEEL, SDIST}


def test_a_digest_with_more_behind_it_is_corrected() -> None:
    judgement = only(f"six==1.0 --hash={digest(WHEEL)!s}#c", release("1.0", WHEEL, SDIST))
    assert verdicts(judgement) == [Verdict.MALFORMED]
    assert files_of(judgement.fix, WHEEL, SDIST) == {WHEEL}
    assert judgement.fix is not None
    assert judgement.fix.safe


def test_the_only_digest_cut_short_is_completed_and_no_more() -> None:
    judgement = only(f"six==1.0 --hash={str(digest(WHEEL))[:-4]}", NEW)
    assert judgement.fix is not None
    assert judgement.fix.safe
    assert files_of(judgement.fix, WHEEL, SDIST) == {WHEEL}, "what the file leaves out is left out"


@pytest.mark.parametrize(
    "option",
    [
        f" --hash=sha256:{digest(WHEEL).value[:31]}",
        f" --hash=sha512:{digest(WHEEL).value[:60]}",
        f" --hash={digest(EGG)!s}"[:-4],
        f" --hash=sha256:{'0' * 60}",
    ],
    ids=["too little to go by", "other algorithm", "not installable", "of nothing"],
)
def test_what_cannot_be_completed(option: str) -> None:
    judgement = only(f"six==1.0{option}{hash_of(WHEEL)}", release("1.0", WHEEL, EGG))
    assert verdicts(judgement) == [Verdict.MALFORMED, Verdict.RIGHT]
    assert judgement.hashes[0].file is None
    assert files_of(judgement.fix, WHEEL) == {WHEEL}


# --- gaps ------------------------------------------------------------------


def gaps(judgement: Judgement) -> dict[str, Gap]:
    return {entry.file.filename: entry.gap for entry in judgement.missing}


def test_nothing_is_missing() -> None:
    judgement = only(f"six==1.0{hash_of(SDIST, WHEEL)}", NEW)
    assert judgement.missing == ()
    assert judgement.fix is judgement.growth is None


@pytest.mark.parametrize(
    ("after", "gap"),
    [
        (timedelta(0), Gap.WITH_RELEASE),
        (FORTNIGHT, Gap.WITH_RELEASE),
        (FORTNIGHT + timedelta(seconds=1), Gap.LATER),
        (timedelta(days=4000), Gap.LATER),
        (None, Gap.UNDATED),
    ],
)
def test_when_it_came(after: timedelta | None, gap: Gap) -> None:
    second = "six-1.0-1-py3-none-any.whl"
    judgement = only(f"six==1.0{hash_of(WHEEL, SDIST)}", release("1.0", WHEEL, SDIST, published(second, after)))
    assert gaps(judgement) == {second: gap}
    if gap is Gap.WITH_RELEASE:
        assert judgement.fix is not None
        assert judgement.fix.safe
        assert judgement.fix.digests == {digest(name) for name in (WHEEL, SDIST, second)}
        assert judgement.growth is None
    else:
        assert judgement.fix is None
        assert judgement.growth is not None
        assert not judgement.growth.safe
        assert judgement.growth.digests == {digest(name) for name in (WHEEL, SDIST, second)}


def test_the_first_file_of_a_release_may_be_a_missing_one() -> None:
    """Not what is listed dates a release, but its first installable file."""
    early = release("1.0", SDIST, published(WHEEL, timedelta(days=30)), published(EGG, timedelta(days=-90)))
    others = release("0.9", OLD_SDIST, OLD_WHEEL)
    judgement, _ = judged(f"six==1.0{hash_of(WHEEL)}\nsix==0.9{hash_of(OLD_SDIST, OLD_WHEEL)}", early, others)
    assert gaps(judgement) == {SDIST: Gap.WITH_RELEASE}


def test_what_came_with_the_release_and_what_came_later() -> None:
    late, late_too = "six-1.0-1-py3-none-any.whl", "six-1.0-2-py3-none-any.whl"
    files = (WHEEL, SDIST, published(late, timedelta(days=20)), published(late_too, None))
    judgement, _ = judged(f"six==1.0{hash_of(WHEEL)}\nsix==0.9{hash_of(OLD_SDIST)}", release("1.0", *files), OLD)
    assert gaps(judgement) == {SDIST: Gap.WITH_RELEASE, late: Gap.LATER, late_too: Gap.UNDATED}
    assert files_of(judgement.fix, WHEEL, SDIST) == {WHEEL, SDIST}
    assert files_of(judgement.growth, WHEEL, SDIST, late, late_too) == {WHEEL, SDIST, late, late_too}


LINUX, LINUX_NEWER, MUSL, MAC, WINDOWS, LINUX_ARM = (
    f"six-1.0-cp312-cp312-{platform}.whl"
    for platform in (
        *("manylinux2014_x86_64", "manylinux_2_28_x86_64", "musllinux_1_2_x86_64", "macosx_11_0_arm64"),
        *("win_amd64", "manylinux_2_17_aarch64.manylinux2014_aarch64"),
    )
)
LINUX_313 = LINUX.replace("cp312", "cp313")
OLD_NAME = "six-1.0-py3-none-any-none.whl"


@pytest.mark.parametrize(
    ("listed", "has", "missing"),
    [
        ((SDIST,), (SDIST, WHEEL), {WHEEL: Gap.PATTERN}),
        ((WHEEL,), (SDIST, WHEEL), {SDIST: Gap.PATTERN}),
        (
            (LINUX,),
            (LINUX, LINUX_NEWER, MUSL, MAC, WINDOWS, LINUX_ARM, LINUX_313, SDIST),
            {
                LINUX_NEWER: Gap.WITH_RELEASE,
                **dict.fromkeys((MUSL, MAC, WINDOWS, LINUX_ARM, LINUX_313, SDIST), Gap.PATTERN),
            },
        ),
        ((LINUX, MAC), (LINUX, MAC, WINDOWS, WHEEL), {WINDOWS: Gap.PATTERN, WHEEL: Gap.PATTERN}),
        ((LINUX, SDIST), (LINUX, SDIST, EGG), {}),
        ((LINUX,), (LINUX, OLD_NAME), {OLD_NAME: Gap.WITH_RELEASE}),
    ],
    ids=["sdists only", "wheels only", "one platform", "two platforms", "eggs never count", "a name without tags"],
)
def test_patterns_of_the_whole_file(listed: tuple[str, ...], has: tuple[str, ...], missing: dict[str, Gap]) -> None:
    judgement = only(f"six==1.0{hash_of(*listed)}", release("1.0", *has))
    assert gaps(judgement) == missing
    with_release = {name for name, gap in missing.items() if gap is Gap.WITH_RELEASE}
    if with_release:
        assert files_of(judgement.fix, *has) == {*listed, *with_release}
    else:
        assert judgement.fix is None
    assert judgement.growth is None, "not even an unsafe fix breaks the pattern"


def test_growth_adds_what_came_later_and_no_more() -> None:
    late, windows = LINUX.replace("-cp312-cp312", "-1-cp312-cp312"), published(WINDOWS, timedelta(days=99))
    judgement = only(f"six==1.0{hash_of(LINUX)}", release("1.0", LINUX, published(late, timedelta(days=99)), windows))
    assert gaps(judgement) == {late: Gap.LATER, WINDOWS: Gap.PATTERN}
    assert judgement.fix is None
    assert files_of(judgement.growth, LINUX, late) == {LINUX, late}


@pytest.mark.parametrize("option", [hash_of("other-2.0.tar.gz"), f" --hash={str(digest('other-1.0.tar.gz'))[:-2]}"])
def test_one_pin_of_the_file_breaks_the_pattern(option: str) -> None:
    """What another pin lists or meant to list, of its own or of another version, tells what the author wants."""
    other = canonicalize_name("other")
    first, _ = judged(
        f"six==1.0{hash_of(WHEEL)}\nother==1.0{option}",
        NEW,
        release("1.0", "other-1.0.tar.gz", project=other),
        others=[release("2.0", "other-2.0.tar.gz", project=other)],
    )
    assert gaps(first) == {SDIST: Gap.WITH_RELEASE}


def test_a_file_that_pip_could_not_verify_is_not_missing() -> None:
    files = (WHEEL, published(SDIST, algorithms=("md5",)))
    judgement, _ = judged(f"six==1.0{hash_of(WHEEL)}\nsix==0.9{hash_of(OLD_SDIST)}", release("1.0", *files), OLD)
    assert judgement.missing == ()


def test_a_missing_file_is_listed_in_the_algorithm_of_the_pin() -> None:
    both = release("1.0", *(published(name, algorithms=("md5", "sha256", "sha512")) for name in (WHEEL, SDIST)))
    _, judgement = judged(
        f"six==0.9{hash_of(OLD_WHEEL, OLD_SDIST)}\nsix==1.0{hash_of(WHEEL, algorithm='sha512')}", both, OLD
    )
    assert judgement.fix is not None
    assert judgement.fix.digests == {digest(WHEEL, "sha512"), digest(SDIST, "sha512")}


def test_a_file_listed_in_two_algorithms_is_listed() -> None:
    both = release("1.0", published(WHEEL, algorithms=("sha256", "sha512")))
    judgement = only(f"six==1.0{hash_of(WHEEL)}{hash_of(WHEEL, algorithm='sha512')}", both)
    assert judgement.missing == ()
    assert judgement.fix is None


# --- fixes -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "wanted", "safe"),
    [
        ("", {WHEEL, SDIST}, True),
        (hash_of(OLD_WHEEL), {WHEEL}, True),
        (hash_of(OLD_WHEEL, OLD_SDIST), {WHEEL, SDIST}, True),
        (hash_of(OLD_WHEEL, OLD_WHEEL), {WHEEL}, True),
        (f"\n{hash_of(OLD_WHEEL)}", {WHEEL}, True),
        (FORGED, {WHEEL, SDIST}, False),
        (hash_of(OLD_WHEEL) + FORGED, {WHEEL, SDIST}, False),
        (hash_of(WHEEL, SDIST) + FORGED, {WHEEL, SDIST}, False),
        (f"{hash_of(WHEEL, SDIST)}\n{FORGED}", {WHEEL, SDIST}, False),
        (SHORT, {WHEEL, SDIST}, False),
        (" --hash=md5:ab", {WHEEL, SDIST}, False),
        (hash_of(EGG), {WHEEL, SDIST}, False),
        (hash_of(WHEEL, SDIST) + SHORT, {WHEEL, SDIST}, True),
        (hash_of(WHEEL, SDIST) + " --hash=md5:ab", {WHEEL, SDIST}, True),
        (hash_of(WHEEL, SDIST, WHEEL), {WHEEL, SDIST}, True),
        (hash_of(WHEEL, SDIST, EGG), {WHEEL, SDIST}, True),
        (hash_of(WHEEL, SDIST, OLD_WHEEL), {WHEEL, SDIST}, True),
        (hash_of(SDIST, OLD_WHEEL), {WHEEL, SDIST}, True),
        (f"{hash_of(WHEEL)}\n{hash_of(SDIST)}", {WHEEL, SDIST}, True),
        (f"\n{hash_of(WHEEL)}", {WHEEL}, True),
        (hash_of(WHEEL) + SHORT, {WHEEL}, True),
    ],
    ids=[
        "bare",
        "one of another version",
        "all of another version",
        "all of another version, one twice",
        "a stray of another version",
        "unexplained",
        "unexplained beside another version's",
        "unexplained beside right ones",
        "an unexplained stray beside right ones",
        "malformed alone",
        "weak alone",
        "an egg alone",
        "malformed beside right ones",
        "weak beside right ones",
        "repeated",
        "an egg beside right ones",
        "of another version beside right ones",
        "of another version beside a right one",
        "a right stray",
        "a right stray alone, in a file of wheels",
        "malformed beside a right one, in a file of wheels",
    ],
)
def test_fix(options: str, wanted: set[str], safe: bool) -> None:
    judgement = only(f"six==1.0{options}", release("1.0", WHEEL, SDIST, EGG), others=[OLD])
    assert files_of(judgement.fix, WHEEL, SDIST) == wanted
    assert judgement.fix is not None
    assert judgement.fix.safe is safe
    assert judgement.fix.pin is judgement.pin
    assert judgement.fix.path == "requirements.txt"


def test_drops() -> None:
    assert only(f"six==1.0{hash_of(WHEEL, EGG)}", release("1.0", WHEEL, EGG)).fix is not None
    for options, drops in [("", False), (hash_of(WHEEL, SDIST) + SHORT, True), (f"\n{FORGED}", True)]:
        fix = only(f"six==1.0{options}", NEW).fix
        assert fix is not None
        assert bool(fix.dropped) is drops
    repeated = only(f"six==1.0{hash_of(WHEEL, SDIST, WHEEL)}", NEW).fix
    assert repeated is not None
    assert not repeated.dropped, "no digest goes away"


def test_hashes_that_cannot_be_judged_are_left_alone() -> None:
    judgement = only(f"six==1.0{hash_of(WHEEL, algorithm='sha512')}", NEW)
    assert verdicts(judgement) == [Verdict.UNJUDGED]
    assert judgement.fix is judgement.growth is None


def test_hashes_that_cannot_be_judged_stay_beside_right_ones() -> None:
    kept = digest(WHEEL, "sha512")
    judgement = only(f"six==1.0{hash_of(SDIST, WHEEL)}{SHORT} --hash={kept}", NEW)
    assert judgement.fix is not None
    assert judgement.fix.safe
    assert judgement.fix.digests == {digest(SDIST), digest(WHEEL), kept}


def test_what_cannot_be_judged_beside_what_is_wrong_is_left_alone() -> None:
    judgement = only(f"six==1.0{hash_of(WHEEL, algorithm='sha512')}{hash_of(OLD_WHEEL)}", NEW, others=[OLD])
    assert verdicts(judgement) == [Verdict.UNJUDGED, Verdict.OTHER_VERSION]
    assert judgement.fix is None


def test_a_bare_pin_trusts_late_files_too() -> None:
    """Without a hash any of them would have been taken."""
    late = "six-1.0-1-py3-none-any.whl"
    fix = only("six==1.0", release("1.0", WHEEL, published(late, timedelta(days=99)))).fix
    assert fix is not None
    assert fix.safe
    assert files_of(fix, WHEEL, late) == {WHEEL, late}


# --- complete releases -----------------------------------------------------


def test_complete() -> None:
    assert complete(release("1.0", WHEEL, SDIST, EGG)) == frozenset({digest(WHEEL), digest(SDIST)})
    assert complete(release("1.0")) is None
    assert complete(release("1.0", EGG)) is None
    assert complete(release("1.0", published(WHEEL, algorithms=("md5",)))) is None
    assert complete(release("1.0", WHEEL, published(SDIST, algorithms=("sha512",)))) is None


def test_complete_takes_what_all_files_have() -> None:
    mixed = release("1.0", published(WHEEL, algorithms=("sha256", "sha384")), published(SDIST, algorithms=("sha384",)))
    assert complete(mixed) == frozenset({digest(WHEEL, "sha384"), digest(SDIST, "sha384")})
    both = release("1.0", published(WHEEL, algorithms=("sha256", "sha512")))
    assert complete(both, ["sha512"]) == frozenset({digest(WHEEL, "sha512")})
    assert complete(both, ["blake2b"]) == frozenset({digest(WHEEL)})


def test_complete_takes_no_malformed_digest() -> None:
    broken = DistributionFile(WHEEL, published(WHEEL).packaging, (Digest("sha256", "abc"),), BIRTH)
    assert complete(release("1.0", broken)) is None


# --- findings --------------------------------------------------------------

_RULE = Rule("rule", Severity.WARNING, "a summary")


def test_a_finding_points_at_the_requirement() -> None:
    judgement = only("# c\n  Six == 1.0 # why\n", NEW)
    found = finding(_RULE, judgement, "message", "advice")
    assert found.span == judgement.pin.place
    assert (found.severity, found.project, found.version) == (Severity.WARNING, "six", "1.0")
    assert (found.explanation, found.fix) == (None, None)


def test_a_finding_may_say_otherwise() -> None:
    judgement = only("six==1.0", NEW)
    found = finding(
        _RULE,
        judgement,
        "message",
        "advice",
        span=Span(1, 2),
        severity=Severity.NOTE,
        explanation=Explanation.UNEXPLAINED,
        fix=judgement.fix,
    )
    assert (found.span, found.severity) == (Span(1, 2), Severity.NOTE)
    assert (found.explanation, found.fix) == (Explanation.UNEXPLAINED, judgement.fix)


def test_twice_as_many_hashes_of_a_long_history_are_no_more_than_twice_the_work() -> None:
    """A stranger's pin may have thousands of hashes, and a project thousands of releases."""
    others = [release(f"0.{n}", f"six-0.{n}.tar.gz") for n in range(200)]

    def work(count: int) -> int:
        hashes = "".join(f" --hash=sha256:{n:064x}" for n in range(count))
        return calls(lambda: only(f"six==1.0{hashes}\n", release("1.0", "six-1.0.tar.gz"), others=others))

    assert work(800) < 2.5 * work(400)
    assert work(800) < 800 * 200, "not every release for every hash"
