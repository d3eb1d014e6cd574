"""Why a hash is unknown: whose it is, since when it stands there, where else it may be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

import pytest
from packaging.utils import NormalizedName, canonicalize_name

from hashpin import check, evidence, formats, judgement, versions
from hashpin.evidence import Answers
from hashpin.model import (
    Answer,
    Coverage,
    Digest,
    DistributionFile,
    Explanation,
    Finding,
    Gap,
    Kind,
    Listed,
    Member,
    NoAnswer,
    NoSuchProject,
    NoSuchRelease,
    Policy,
    Project,
    Release,
    ReleaseKey,
    Report,
    Severity,
    Source,
    Stood,
    Tree,
    Verdict,
)
from hashpin.tree import Forest
from tests.test_judgement import (
    BIRTH,
    FORTNIGHT,
    OLD,
    SDIST,
    SIX,
    WHEEL,
    digest,
    files_of,
    hash_of,
    only,
    published,
    release,
)

ATTRS = canonicalize_name("attrs")
ATTRS_WHEEL = "attrs-3.0-py3-none-any.whl"
OTHER = release("3.0", ATTRS_WHEEL, project=ATTRS)
NEW = release("1.0", WHEEL, SDIST)
FORGED = "f" * 64
ODD = f" --hash=sha256:{FORGED}"
KNOWN = Stood("c" * 40, datetime(2024, 5, 1, tzinfo=UTC), with_pin=True)


def told(
    text: str,
    *answers: Release | tuple[str, str, Answer],
    projects: Iterable[Release] = (),
    unanswered: Iterable[str] = (),
    stood: Mapping[str, Stood] | None = None,
    policy: Policy | None = None,
    more: Mapping[str, str] | None = None,
) -> Report:
    """The report of one file, with others beside it in its tree; `stood` is by digest, all of six 1.0."""
    texts = {"requirements.txt": text, **(more or {})}
    read = {path: formats.parse(Source(path, content)) for path, content in texts.items()}
    tree = Tree(tuple(Member(file, Kind.REQUIREMENTS) for file in read.values()))
    known: dict[ReleaseKey, Answer] = {}
    for answer in answers:
        if isinstance(answer, Release):
            known[ReleaseKey(answer.name, answer.version)] = answer
        else:
            known[ReleaseKey(canonicalize_name(answer[0]), answer[1])] = answer[2]
    for file in read.values():
        for pin in file.pins:
            known.setdefault(ReleaseKey(pin.name, pin.version), NoSuchRelease())
    whole: dict[NormalizedName, Project | NoAnswer] = {canonicalize_name(name): NoAnswer("x") for name in unanswered}
    for of in projects:
        before = whole.get(of.name)
        releases = dict(before.releases) if isinstance(before, Project) else {}
        whole[of.name] = Project(of.name, {**releases, versions.key(of.version): of})
    key = ReleaseKey(SIX, "1.0")
    past = {Listed("requirements.txt", key, Digest("sha256", value)): entry for value, entry in (stood or {}).items()}
    forest = Forest((tree,), read, {})
    found = evidence.assess(forest, Answers(known, whole), policy or Policy(), None, past)
    return check.report(forest, found, policy or Policy())


def of(report: Report, rule: str = "unknown-hash") -> list[Finding]:
    return [finding for finding in report.findings if finding.rule.name == rule]


def one(report: Report, rule: str = "unknown-hash") -> Finding:
    (finding,) = of(report, rule)
    return finding


# --- of another project ----------------------------------------------------


def test_a_hash_of_another_pin_of_the_run() -> None:
    text = f"six==1.0{hash_of(WHEEL, SDIST, ATTRS_WHEEL)}\nattrs==3.0{hash_of(ATTRS_WHEEL)}\n"
    finding = one(told(text, NEW, OTHER, projects=[NEW]))
    assert finding.explanation is Explanation.OTHER_PROJECT
    assert finding.severity is Severity.ERROR
    assert f"1 of 3 hashes is of attrs 3.0 ({ATTRS_WHEEL}), not of six 1.0" in finding.message
    assert finding.fix is not None
    assert not finding.fix.safe
    assert files_of(finding.fix, WHEEL, SDIST) == {WHEEL, SDIST}


def test_a_hash_of_another_release_of_a_project_of_the_run() -> None:
    """It is among the answers of the run, pinned or not."""
    old = release("2.0", "attrs-2.0.tar.gz", project=ATTRS)
    text = f"six==1.0{hash_of('attrs-2.0.tar.gz')}\nattrs==3.0{hash_of('attrs-2.0.tar.gz')}\n"
    findings = of(told(text, NEW, OTHER, projects=[NEW, OTHER, old]))
    assert [finding.explanation for finding in findings] == [Explanation.OTHER_PROJECT, Explanation.OTHER_VERSION]
    assert "its hash is of attrs 2.0 (attrs-2.0.tar.gz), not of six 1.0" in findings[0].message


def test_what_is_not_in_this_run_explains_nothing() -> None:
    """Else what an earlier question happened to bring would change what is said."""
    finding = one(told(f"six==1.0{hash_of(WHEEL, ATTRS_WHEEL)}\n", NEW, OTHER, projects=[NEW]))
    assert finding.explanation is Explanation.UNEXPLAINED


def test_another_version_goes_before_another_project() -> None:
    shared = DistributionFile("attrs-9.tar.gz", published("attrs-9.tar.gz").packaging, OLD.files[0].digests)
    other = Release(ATTRS, "9", (shared,))
    text = f"six==1.0 --hash={OLD.files[0].digests[0]}\nattrs==9\n"
    assert one(told(text, NEW, other, projects=[NEW, OLD])).explanation is Explanation.OTHER_VERSION


def test_another_pin_of_the_project_explains_where_the_whole_of_it_is_no_answer() -> None:
    text = f"six==1.0{hash_of(OLD.files[0].filename)}\nsix==0.9{hash_of(OLD.files[0].filename)}\n"
    finding = one(told(text, NEW, OLD, unanswered=["six"]))
    assert finding.explanation is Explanation.OTHER_VERSION
    assert finding.fix is not None
    assert finding.fix.safe


def test_nobody_looks_where_nothing_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*of: object) -> None:
        pytest.fail("it was looked for")

    monkeypatch.setattr(judgement, "unexplained", never)
    report = told(f"six==1.0{hash_of(WHEEL, SDIST)}\nattrs==3.0{hash_of(ATTRS_WHEEL)}\n", NEW, OTHER)
    assert report.findings == ()


# --- a local version -------------------------------------------------------


@pytest.mark.parametrize("version", ["1.0+cpu", "1+cpu", "1.0.0+cu118.post1"])
def test_a_hash_of_a_local_version(version: str) -> None:
    local = release(version, f"six-{version}-py3-none-any.whl")
    finding = one(told(f"six==1.0{hash_of(WHEEL, local.files[0].filename)}\n", NEW, projects=[NEW, local]))
    assert finding.explanation is Explanation.LOCAL_VERSION
    assert finding.severity is Severity.ERROR
    assert f"six {version}" in finding.message
    assert finding.fix is not None
    assert not finding.fix.safe


def test_a_hash_of_the_local_version_of_another_one() -> None:
    local = release("2.0+cpu", "six-2.0+cpu-py3-none-any.whl")
    finding = one(told(f"six==1.0{hash_of(local.files[0].filename)}\n", NEW, projects=[NEW, local]))
    assert finding.explanation is Explanation.OTHER_VERSION


def test_the_public_version_is_another_one_than_the_local_that_is_pinned() -> None:
    local = release("1.0+cpu", "six-1.0+cpu-py3-none-any.whl")
    finding = one(told(f"six==1.0+cpu{hash_of(WHEEL)}\n", local, projects=[NEW, local]))
    assert finding.explanation is Explanation.OTHER_VERSION


def test_a_local_version_that_the_index_lacks() -> None:
    finding = one(told(f"six==1.0+cpu{hash_of('own')}\n"), "unknown-release")
    assert finding.explanation is Explanation.LOCAL_VERSION
    assert finding.severity is Severity.ERROR
    assert "--extra-index-url" in finding.advice


# --- removed ---------------------------------------------------------------


def test_what_stood_there_and_is_gone() -> None:
    report = told(f"six==1.0{hash_of(WHEEL, SDIST)}{ODD}\n", NEW, projects=[NEW], stood={FORGED: KNOWN})
    finding = one(report)
    assert (finding.explanation, finding.severity) == (Explanation.REMOVED_FILE, Severity.WARNING)
    assert "came together with the pin in commit cccccccccccc of 2024-05-01" in finding.message
    assert "2 other hashes match" in finding.message
    assert finding.fix is not None
    assert finding.fix.safe
    assert files_of(finding.fix, WHEEL, SDIST) == {WHEEL, SDIST}


@pytest.mark.parametrize(
    ("stood", "said"),
    [
        (Stood("c" * 40), "stood here in commit cccccccccccc already"),
        (Stood("c" * 40, KNOWN.since), "stood here in commit cccccccccccc of 2024-05-01 already"),
    ],
)
def test_what_is_known_of_it_is_said(stood: Stood, said: str) -> None:
    finding = one(told(f"six==1.0{hash_of(WHEEL)}{ODD}\n", NEW, projects=[NEW], stood={FORGED: stood}))
    assert said in finding.message
    assert "the other hash matches" in finding.message


def test_what_was_added_later_is_unexplained_whoever_let_it_in() -> None:
    later = Stood("c" * 40, KNOWN.since, with_pin=False)
    finding = one(told(f"six==1.0{hash_of(WHEEL)}{ODD}\n", NEW, projects=[NEW], stood={FORGED: later}))
    assert (finding.explanation, finding.severity) == (Explanation.UNEXPLAINED, Severity.ERROR)
    assert "was added to the pin, which was there without it, in commit cccccccccccc of 2024-05-01" in finding.message
    assert finding.fix is not None
    assert not finding.fix.safe


@pytest.mark.parametrize("options", ["", " --hash=sha256:abc", hash_of(OLD.files[0].filename)])
def test_without_a_right_hash_nothing_was_removed(options: str) -> None:
    report = told(f"six==1.0{ODD}{options}\n", NEW, projects=[NEW, OLD], stood={FORGED: KNOWN})
    assert Explanation.REMOVED_FILE not in {finding.explanation for finding in report.findings}


def test_what_is_known_to_be_of_others_was_not_removed() -> None:
    value = digest(ATTRS_WHEEL).value
    text = f"six==1.0{hash_of(WHEEL, ATTRS_WHEEL)}\nattrs==3.0{hash_of(ATTRS_WHEEL)}\n"
    finding = one(told(text, NEW, OTHER, projects=[NEW], stood={value: KNOWN}))
    assert finding.explanation is Explanation.OTHER_PROJECT


def test_one_removed_does_not_excuse_another() -> None:
    other = "e" * 64
    text = f"six==1.0{hash_of(WHEEL, SDIST)}{ODD} --hash=sha256:{other}\n"
    findings = of(told(text, NEW, projects=[NEW], stood={FORGED: KNOWN}))
    assert {finding.explanation: finding.severity for finding in findings} == {
        Explanation.REMOVED_FILE: Severity.WARNING,
        Explanation.UNEXPLAINED: Severity.ERROR,
    }
    assert not any(finding.fix.safe for finding in findings if finding.fix)


# --- another index ---------------------------------------------------------

EXTRA = "--extra-index-url https://jo:secret@builds.example/simple/?key=secret2#secret3\n"


def test_an_index_that_nobody_trusts() -> None:
    finding = one(told(f"{EXTRA}six==1.0{hash_of(WHEEL)}{ODD}\n", NEW, projects=[NEW]))
    assert (finding.explanation, finding.severity) == (Explanation.OTHER_INDEX, Severity.ERROR)
    assert "requirements.txt names https://builds.example/simple/ (--extra-index-url)" in finding.message
    assert "--extra-index-url https://builds.example/simple/ " in finding.advice
    assert "extra-index-urls" in finding.advice
    assert "secret" not in finding.message + finding.advice
    assert finding.fix is not None
    assert not finding.fix.safe


def test_an_index_of_a_file_beside_it() -> None:
    finding = one(told(f"six==1.0{hash_of(WHEEL)}{ODD}\n", NEW, projects=[NEW], more={"base.txt": EXTRA}))
    assert "base.txt names https://builds.example/simple/" in finding.message


@pytest.mark.parametrize(
    "named",
    [
        "https://builds.example/simple/",
        "https://builds.example/simple",
        "https://jo:secret@builds.example/simple/",
        "HTTPS://Builds.Example:443/simple/",
    ],
)
def test_an_index_that_the_user_trusts_is_no_other_one(named: str) -> None:
    policy = Policy(indexes=("https://index.example/simple/", "https://builds.example/simple/"))
    text = f"--extra-index-url {named}\nsix==1.0{hash_of(WHEEL)}{ODD}\n"
    finding = one(told(text, NEW, projects=[NEW], policy=policy))
    assert finding.explanation is Explanation.UNEXPLAINED


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("-i https://${USER}:${WORD}@${HOST}/simple", "https://${HOST}/simple"),
        ("--find-links ./wheels", "./wheels"),
        ("--find-links https://links.example/x.html", "https://links.example/x.html"),
        ("--index-url https://[::1/simple", "https://[::1/simple"),
        ("--index-url /a/folder", "/a/folder"),
    ],
)
def test_what_is_named_is_said_as_it_is_written(line: str, said: str) -> None:
    finding = one(told(f"{line}\nsix==1.0{hash_of(WHEEL)}{ODD}\n", NEW, projects=[NEW]))
    assert finding.explanation is Explanation.OTHER_INDEX
    assert f"names {said} (" in finding.message


def test_it_changes_no_verdict() -> None:
    with_it = told(f"{EXTRA}six==1.0{hash_of(WHEEL)}{ODD}\n", NEW, projects=[NEW])
    without = told(f"six==1.0{hash_of(WHEEL)}{ODD}\n", NEW, projects=[NEW])
    severities = [[f.severity for f in of(report)] for report in (with_it, without)]
    assert severities[0] == severities[1]


def test_what_explains_more_goes_before_it() -> None:
    text = f"{EXTRA}six==1.0{hash_of(WHEEL, OLD.files[0].filename)}\n"
    assert one(told(text, NEW, projects=[NEW, OLD])).explanation is Explanation.OTHER_VERSION
    later = Stood("c" * 40, with_pin=False)
    finding = one(told(f"{EXTRA}six==1.0{hash_of(WHEEL)}{ODD}\n", NEW, projects=[NEW], stood={FORGED: later}))
    assert finding.explanation is Explanation.UNEXPLAINED


@pytest.mark.parametrize(
    ("answer", "rule"), [(NoSuchRelease(), "unknown-release"), (NoSuchProject(), "unknown-project")]
)
def test_what_is_absent_may_be_there(answer: Answer, rule: str) -> None:
    hashed = told(f"{EXTRA}six==1.0{ODD}\n", ("six", "1.0", answer))
    assert one(hashed, rule).explanation is Explanation.OTHER_INDEX
    assert "https://builds.example/simple/" in one(hashed, rule).advice
    bare = told(f"{EXTRA}six==1.0\n", ("six", "1.0", answer))
    assert one(bare, rule).explanation is None


@pytest.mark.parametrize(
    ("answer", "rule"), [(NoSuchRelease(), "unknown-release"), (NoSuchProject(), "unknown-project")]
)
def test_whose_the_hashes_of_what_is_absent_are(answer: Answer, rule: str) -> None:
    text = f"{EXTRA}six==1.0{hash_of(ATTRS_WHEEL)}{ODD}\nattrs==3.0{hash_of(ATTRS_WHEEL)}\n"
    finding = one(told(text, ("six", "1.0", answer), OTHER, unanswered=["six"]), rule)
    assert finding.explanation is Explanation.OTHER_PROJECT
    assert "1 of 2 hashes is of attrs 3.0" in finding.message
    assert finding.advice == "pin attrs==3.0, if that is meant"


# --- file names that carry another version ---------------------------------


@pytest.mark.parametrize(
    ("named", "told_by_index", "verdict"),
    [
        ("1.0.post1", False, Verdict.UNJUDGED),
        ("1.0.1", False, Verdict.UNJUDGED),
        ("1.1", False, Verdict.OTHER_VERSION),
        ("1!1.0", False, Verdict.OTHER_VERSION),
        ("legacy", False, Verdict.OTHER_VERSION),
        ("1.0.post1", True, Verdict.OTHER_VERSION),
    ],
)
def test_a_release_that_only_file_names_tell_of(named: str, told_by_index: bool, verdict: Verdict) -> None:
    odd = f"six-{named}.tar.gz"
    other = Release(SIX, named, (published(odd),), told=told_by_index)
    judged = only(f"six==1.0{hash_of(WHEEL, odd)}", NEW, others=[NEW, other])
    assert [entry.verdict for entry in judged.hashes] == [Verdict.RIGHT, verdict]


def test_what_nobody_can_tell_is_unchecked_with_that_reason() -> None:
    odd = "six-1.0.post1.tar.gz"
    other = Release(SIX, "1.0.post1", (published(odd),), told=False)
    report = told(f"six==1.0{hash_of(WHEEL, odd)}\n", NEW, projects=[NEW, other])
    assert of(report) == []
    assert [entry.reason for entry in report.unchecked] == [
        f"the index does not tell whether {odd} is a file of this release"
    ]


# --- growth ----------------------------------------------------------------

LATE, UNDATED = "six-1.0-1-py3-none-any.whl", "six-1.0-2-py3-none-any.whl"
GROWN = release("1.0", WHEEL, SDIST, published(LATE, FORTNIGHT * 3), published(UNDATED, None))


@pytest.mark.parametrize(
    ("coverage", "added", "growth"),
    [
        (Coverage.KEEP, set[str](), set[str]()),
        (Coverage.RELEASE, set[str](), {LATE, UNDATED}),
        (Coverage.ALL, {SDIST, LATE, UNDATED}, set[str]()),
    ],
)
def test_what_is_added_to_a_pin_that_is_right(coverage: Coverage, added: set[str], growth: set[str]) -> None:
    judged = only(f"six==1.0{hash_of(WHEEL)}", GROWN, policy=Policy(coverage=coverage))
    names = (WHEEL, SDIST, LATE, UNDATED)
    assert (judged.fix is not None) == bool(added)
    if judged.fix:
        assert judged.fix.safe, "asked for by name"
        assert files_of(judged.fix, *names) == {WHEEL} | added
    assert (judged.growth is not None) == bool(growth)
    if judged.growth:
        assert files_of(judged.growth, *names) == {WHEEL} | growth


def test_all_of_a_release_does_not_make_an_unknown_hash_safe() -> None:
    judged = only(f"six==1.0{hash_of(WHEEL)}{ODD}", GROWN, others=[GROWN], policy=Policy(coverage=Coverage.ALL))
    assert judged.fix is not None
    assert not judged.fix.safe


def test_what_is_too_young_is_not_added() -> None:
    since = BIRTH + FORTNIGHT
    quick = "six-1.0-3-py3-none-any.whl"
    grown = release("1.0", WHEEL, published(quick, FORTNIGHT), published(LATE, FORTNIGHT * 3), published(UNDATED, None))
    for coverage in Coverage:
        judged = only(f"six==1.0{hash_of(WHEEL)}", grown, policy=Policy(coverage=coverage, young_since=since))
        assert {entry.file.filename: entry.gap for entry in judged.missing} == {
            quick: Gap.WITH_RELEASE,
            LATE: Gap.YOUNG,
            UNDATED: Gap.UNDATED,
        }
        assert judged.growth is None
        if coverage is not Coverage.KEEP:
            assert files_of(judged.fix, WHEEL, quick, LATE, UNDATED) == {WHEEL, quick}


@pytest.mark.parametrize("options", ["", hash_of(OLD.files[0].filename, OLD.files[1].filename)], ids=["bare", "bumped"])
def test_what_has_nothing_to_keep_gets_what_is_old_enough(options: str) -> None:
    grown = release("1.0", WHEEL, published(SDIST, FORTNIGHT), published(UNDATED, None))
    some = only(f"six==1.0{options}", grown, others=[OLD], policy=Policy(young_since=BIRTH))
    assert files_of(some.fix, WHEEL, SDIST) == {WHEEL}
    assert some.fix is not None
    assert some.fix.safe
    none = only(f"six==1.0{options}", grown, others=[OLD], policy=Policy(young_since=BIRTH - FORTNIGHT))
    assert none.fix is None
    assert {file.filename for file in none.held_back} == {WHEEL, SDIST, UNDATED}


def test_the_moment_itself_is_old_enough() -> None:
    judged = only("six==1.0", NEW, policy=Policy(young_since=BIRTH))
    assert files_of(judged.fix, WHEEL, SDIST) == {WHEEL, SDIST}


# --- what an author would have listed of the next version -------------------

OLD_FILES = ("six-0.9-py3-none-any.whl", "six-0.9.tar.gz")


@pytest.mark.parametrize(
    ("listed", "before", "wanted", "safe"),
    [
        (OLD_FILES, release("0.9", *OLD_FILES), {WHEEL, SDIST}, True),
        (OLD_FILES[1:], release("0.9", *OLD_FILES), {SDIST}, True),
        (OLD_FILES[:1], release("0.9", *OLD_FILES), {WHEEL}, True),
        (OLD_FILES[1:], release("0.9", OLD_FILES[1]), {WHEEL, SDIST}, True),
        (OLD_FILES[1:], release("0.9", OLD_FILES[1], published(OLD_FILES[0], FORTNIGHT * 2)), {WHEEL, SDIST}, True),
    ],
    ids=["all", "sdists alone", "wheels alone", "all there was", "all that came with it"],
)
def test_bumped_as_it_was_listed(listed: tuple[str, ...], before: Release, wanted: set[str], safe: bool) -> None:
    judged = only(f"six==1.0{hash_of(*listed)}", NEW, others=[before])
    assert judged.fix is not None
    assert judged.fix.safe is safe
    assert files_of(judged.fix, WHEEL, SDIST) == wanted


def test_bumped_to_what_has_no_such_file() -> None:
    judged = only(f"six==1.0{hash_of(OLD_FILES[1])}", release("1.0", WHEEL), others=[OLD])
    assert judged.fix is not None
    assert not judged.fix.safe, "its author wanted no wheels"
    assert files_of(judged.fix, WHEEL) == {WHEEL}


def test_bumped_with_all_asked_for() -> None:
    judged = only(f"six==1.0{hash_of(OLD_FILES[1])}", NEW, others=[OLD], policy=Policy(coverage=Coverage.ALL))
    assert judged.fix is not None
    assert judged.fix.safe
    assert files_of(judged.fix, WHEEL, SDIST) == {WHEEL, SDIST}


# --- late and young --------------------------------------------------------


def test_a_late_file_is_told_with_its_date() -> None:
    text = f"six==1.0{hash_of(WHEEL, SDIST, LATE, UNDATED)}\n"
    finding = one(told(text, GROWN), "late-file")
    assert finding.message == f"lists 1 file that came late: {LATE} (uploaded 2026-02-12, 42 days after the release)"
    assert (finding.severity, finding.fix) == (Severity.NOTE, None)


def test_within_the_fortnight_nothing_is_late() -> None:
    same = release("1.0", WHEEL, published(SDIST, FORTNIGHT))
    assert of(told(f"six==1.0{hash_of(WHEEL, SDIST)}\n", same), "late-file") == []


def test_a_young_file_is_told_where_age_is_asked_for() -> None:
    text = f"six==1.0{hash_of(WHEEL, LATE, UNDATED)}\n"
    assert of(told(text, GROWN), "young-file") == []
    finding = one(told(text, GROWN, policy=Policy(young_since=BIRTH)), "young-file")
    assert finding.message == f"lists 1 file younger than --min-age asks for: {LATE} (uploaded 2026-02-12)"
    assert finding.severity is Severity.NOTE
