"""Correcting: whole files, in any encoding, with an index that may answer anything.

What `hashpin fix` writes has exactly the hashes that were wished for, for pip
as for us; not another byte has changed; and no unexplained hash has gone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import assume, event, given
from hypothesis import strategies as st
from msgspec.structs import replace
from packaging.utils import NormalizedName

from hashpin import check, evidence, files, fix, formats, text, tree, versions
from hashpin.encoding import encode
from hashpin.evidence import Answers
from hashpin.judgement import UNVOUCHED
from hashpin.model import (
    Answer,
    Coverage,
    Digest,
    DistributionFile,
    Evidence,
    Finding,
    Judgement,
    Listed,
    LockFile,
    NoAnswer,
    NoDigest,
    NoSuchProject,
    NoSuchRelease,
    Packaging,
    Pin,
    Policy,
    Project,
    Quarantined,
    Release,
    ReleaseKey,
    SetHashes,
    Severity,
    Source,
    Stood,
    Verdict,
)
from hashpin.text import Edit
from hashpin.tree import Forest
from tests.property import strategies
from tests.property.invariants import assert_confined, words
from tests.property.readings import granted, told, unnumbered
from tests.property.strategies import Written, searched
from tests.readers import oracle

# The first may include the others, which are entries, too.
NAMES = ("requirements.txt", "dev-requirements.txt", "constraints.txt")
_ROUNDS = 10


@pytest.fixture(scope="module", autouse=True)
def _folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The names have to be there for includes; what stands in the files is never read from them."""
    folder = tmp_path_factory.mktemp("repository")
    for name in NAMES:
        (folder / name).touch()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        yield


# --- the index -------------------------------------------------------------

_BIRTH = datetime(2026, 1, 1, tzinfo=UTC)
_UPLOADED = [_BIRTH, _BIRTH, _BIRTH + timedelta(days=3), _BIRTH + timedelta(days=90), None]
_NEW = [Digest("sha256", digit * 64) for digit in "56789"]
_ENDINGS = {
    ".tar.gz": Packaging.SDIST,
    ".zip": Packaging.SDIST,
    "-py3-none-any.whl": Packaging.WHEEL,
    "-cp313-cp313-manylinux_2_17_x86_64.whl": Packaging.WHEEL,
    "-cp313-cp313-win_amd64.whl": Packaging.WHEEL,
    "-py3.13.egg": Packaging.OTHER,
}
_NO_RELEASE: list[Answer] = [NoSuchRelease(), NoSuchProject(), NoAnswer("down"), NoDigest(), Quarantined("malware")]


@st.composite
def releases(draw: st.DrawFn, key: ReleaseKey, listed: list[Digest]) -> Release:
    """A release with some, none or all of the digests that the files list, and new ones."""
    own = draw(st.sampled_from([listed, listed, listed[: len(listed) // 2], []]))
    digests = list(dict.fromkeys([*own, *draw(st.lists(st.sampled_from(_NEW), max_size=3))]))
    found = []
    for number, digest in enumerate(digests):
        ending = draw(st.sampled_from(list(_ENDINGS)))
        published = draw(
            st.sampled_from([(digest,), (digest,), (digest, Digest("sha512", digest.value[:1] * 128)), ()])
        )
        found.append(
            DistributionFile(
                f"{key.name}-{key.version}-{number}{ending}",
                _ENDINGS[ending],
                published,
                draw(st.sampled_from(_UPLOADED)),
                draw(st.sampled_from([None, None, None, "broken"])),
            )
        )
    return Release(key.name, key.version, tuple(found))


@st.composite
def answers(draw: st.DrawFn, forest: Forest) -> Answers:
    """Anything that an index may say of the pins of these files."""
    listed: dict[ReleaseKey, list[Digest]] = {}
    for file in forest.files.values():
        for pin in file.pins:
            of = listed.setdefault(ReleaseKey(pin.name, pin.version), [])
            of += [option.digest for option in (*pin.hashes, *pin.lost) if _whole(option.digest)]
    given = Answers()
    projects: dict[NormalizedName, dict[str, Release]] = {}
    for key, digests in listed.items():
        answered = draw(st.integers(0, 5)) > 0
        given.releases[key] = draw(releases(key, digests)) if answered else draw(st.sampled_from(_NO_RELEASE))
        others = projects.setdefault(key.name, {})
        if draw(st.booleans()):
            others[versions.key("0.0.1")] = draw(releases(ReleaseKey(key.name, "0.0.1"), digests))
        if draw(st.integers(0, 5)) == 0:  # fresher than the release's own answer, or staler
            others[versions.key(key.version)] = draw(releases(key, digests))
    for name, others in projects.items():
        given.projects[name] = Project(name, others) if draw(st.integers(0, 4)) else NoAnswer("down")
    return given


def _whole(digest: Digest) -> bool:
    return digest.fault is None and not digest.weak


# --- the files -------------------------------------------------------------

_ABOVE = ["", "", "-r dev-requirements.txt\n", "-c constraints.txt\n", "--require-hashes\n", "-r missing.txt\n"]


@st.composite
def repositories(draw: st.DrawFn) -> dict[str, Written]:
    """One to three files."""
    contents = st.one_of(strategies.lock_files(), strategies.lock_files(), strategies.files())
    first = st.tuples(st.sampled_from(_ABOVE), contents).map("".join)
    repository = {NAMES[0]: draw(strategies.written(first))}
    for name in NAMES[1:]:
        if draw(st.integers(0, 2)) == 0:
            repository[name] = draw(strategies.written(contents))
    return repository


def forest_of(repository: Mapping[str, bytes]) -> Forest:
    """The trees of files that stand nowhere but here."""

    def read(found: files.Found) -> Source | files.Refused:
        name = found.path.name
        return files.from_bytes(name, repository.get(name, b""))

    root = Path.cwd().resolve()
    return tree.grow(files.Finds([files.Found(Path(name), root, named=False) for name in repository]), read)


# --- the run ---------------------------------------------------------------


@dataclass(frozen=True)
class Round:
    """One judgement and what is corrected by it."""

    forest: Forest
    evidence: tuple[Evidence, ...]
    findings: tuple[Finding, ...]
    corrections: fix.Corrections

    @classmethod
    def of(cls, repository: Mapping[str, bytes], given: Answers, policy: Policy, unsafe: bool) -> Round:
        forest = forest_of(repository)
        found = evidence.assess(forest, given, policy)
        findings = check.report(forest, found, policy).findings
        return cls(forest, found, findings, fix.corrections(forest, found, findings, unsafe))


@searched
@given(repositories(), st.booleans(), st.booleans(), st.data())
def test_a_correction_does_what_was_wished_and_nothing_else(
    repository: dict[str, Written], unsafe: bool, require_hashes: bool, data: st.DataObject
) -> None:
    contents = {name: file.data for name, file in repository.items()}
    first = forest_of(contents)
    assume(first.files)
    given = data.draw(answers(first), label="answers")
    policy = Policy(require_hashes)
    for number in range(_ROUNDS):
        this = Round.of(contents, given, policy, unsafe)
        if not this.corrections.texts:
            event(f"rounds: {number}")
            break
        for path, becomes in this.corrections.texts.items():
            assert repository[path].faithful, "what cannot be written back is left alone"
            before = this.forest.files[path]
            after = formats.parse(files.corrected(before.source, becomes))
            wishes = differing(before, after)
            assert wishes, "a file that is corrected changes"
            edits = formats.rewrite_all(before, wishes)
            assert text.apply(before.source.text, edits) == becomes
            for wish, edit in zip(wishes, edits, strict=True):
                assert_confined(edit, wish.pin)
                assert wish.digests == wished(this.findings, path, wish.pin, unsafe)
            assert_no_word_is_lost(before, after, wishes)
            written = encode(becomes, before.source.encoding)
            assert_bytes_outside(contents[path], written, before.source, edits)
            assert_pip_sees(contents[path], written, before, wishes)
            contents[path] = written
        assert_nothing_is_laundered(this, contents, given, unsafe)
    else:
        pytest.fail("it goes on and on")
    for entry in this.corrections.left:
        event(f"left: {entry.reason.partition(' (')[0][-40:]}")
    for name, file in repository.items():
        if name not in this.forest.files:
            assert contents[name] == file.data, "what cannot be decoded is left alone"


def differing(before: LockFile, after: LockFile) -> list[SetHashes]:
    """What was granted, as far as the text tells: pins neither come nor go."""
    return [
        SetHashes(before.source.path, old, frozenset(option.digest for option in new.hashes), safe=True)
        for old, new in zip(before.pins, after.pins, strict=True)
        if _options(before, old) != _options(after, new)
    ]


def _options(file: LockFile, pin: Pin) -> list[list[str]]:
    return [
        [option.span.of(file.source.text) for option in options] for options in (pin.hashes, pin.strays, pin.swallowed)
    ]


def wished(findings: tuple[Finding, ...], path: str, pin: Pin, unsafe: bool) -> frozenset[Digest]:
    """All that the findings about a pin may ask for."""
    fixes = [f.fix for f in findings if f.fix and f.fix.path == path and f.fix.pin.span == pin.span]
    return frozenset[Digest]().union(*(wish.digests for wish in fixes if wish.safe or unsafe))


def assert_no_word_is_lost(before: LockFile, after: LockFile, wishes: list[SetHashes]) -> None:
    """Comments stay, though they may have moved; so does all else that is no hash of a wished pin."""
    ours = {wish.pin.span for wish in wishes}
    pairs = [(old, new) for old, new in zip(before.pins, after.pins, strict=True) if old.span in ours]
    now = words(after.source.text, [new for _, new in pairs])
    assert now == words(before.source.text, [old for old, _ in pairs])


def assert_bytes_outside(before: bytes, after: bytes, source: Source, edits: list[Edit]) -> None:
    """Between the edits stand the very bytes that stood there, in their order."""
    bare = replace(source.encoding, mark=b"")
    assert after.startswith(source.encoding.mark)
    old = new = len(source.encoding.mark)
    done = 0
    for edit in [*sorted(edits, key=lambda edit: edit.span), None]:
        kept = len(encode(source.text[done : edit.span.start if edit else None], bare))
        assert after[new : new + kept] == before[old : old + kept]
        old, new = old + kept, new + kept
        if edit:
            assert after[new:].startswith(encode(edit.replacement, bare))
            old += len(encode(edit.span.of(source.text), bare))
            new += len(encode(edit.replacement, bare))
            done = edit.span.end
    assert (old, new) == (len(before), len(after))


def assert_pip_sees(before: bytes, after: bytes, file: LockFile, wishes: list[SetHashes]) -> None:
    """pip decodes and reads exactly the wanted hashes on exactly those requirements, and everything else as before."""
    was, now = (told(oracle.reading(data)) for data in (before, after))
    assert unnumbered(now) == granted(was, file, wishes)


def assert_nothing_is_laundered(this: Round, contents: Mapping[str, bytes], given: Answers, unsafe: bool) -> None:
    """What is known to be right stays, what cannot be judged stays, and what nobody can explain stays unless asked."""
    kept = {Verdict.RIGHT, Verdict.UNJUDGED} | (set() if unsafe else set(UNVOUCHED))
    after = forest_of(contents)
    for path in this.corrections.texts:
        judgements = next(e.judgements[path] for e in this.evidence)
        for judgement, pin in zip(judgements, after.files[path].pins, strict=True):
            stand = {option.digest for option in (*pin.hashes, *pin.lost)}
            for entry in judgement.hashes:
                assert entry.verdict not in kept or entry.option.digest in stand, f"{entry.verdict} has gone"
            written = {option.digest for option in (*judgement.pin.hashes, *judgement.pin.lost)}
            assert stand - written <= published(given, judgement.pin), "only what the index has is added"


def published(given: Answers, pin: Pin) -> set[Digest]:
    """The digests that the index has of this very release."""
    answer = given.releases[ReleaseKey(pin.name, pin.version)]
    return {digest for file in answer.installable for digest in file.digests} if isinstance(answer, Release) else set()


# --- what a past may excuse, and what a coverage may add ---------------------


def judgements(found: tuple[Evidence, ...]) -> dict[str, tuple[Judgement, ...]]:
    return {path: judged for tree in found for path, judged in tree.judgements.items()}


@searched
@given(repositories(), st.data())
def test_no_past_makes_an_unknown_hash_better_than_a_warning(
    repository: dict[str, Written], data: st.DataObject
) -> None:
    forest = forest_of({name: file.data for name, file in repository.items()})
    assume(forest.files)
    given = data.draw(answers(forest), label="answers")
    policy = Policy()
    plain = evidence.assess(forest, given, policy)
    # Whatever the commit is said to have had: more than `evidence.doubtful` asks for.
    listed = [
        Listed(path, ReleaseKey(pin.name, pin.version), option.digest)
        for path, file in forest.files.items()
        for pin in file.pins
        for option in (*pin.hashes, *pin.lost)
    ]
    assume(listed)
    known = st.builds(Stood, st.just("c" * 40), st.none(), st.sampled_from([True, True, None, False]))
    stood = {entry: data.draw(known) for entry in dict.fromkeys(listed) if data.draw(st.integers(0, 3))}
    excused = evidence.assess(forest, given, policy, None, stood)
    before, after = judgements(plain), judgements(excused)
    for path, judged in before.items():
        for one, other in zip(judged, after[path], strict=True):
            for was, now in zip(one.hashes, other.hashes, strict=True):
                if was.verdict is not now.verdict:
                    assert (was.verdict, now.verdict) == (Verdict.UNKNOWN, Verdict.REMOVED)
                    assert other.having(Verdict.RIGHT)
                    told = stood[Listed(path, ReleaseKey(one.pin.name, one.pin.version), now.option.digest)]
                    assert told.with_pin is not False
                    event("excused")
            if other.having(*UNVOUCHED) and other.fix:
                assert not other.fix.safe
            gone = {entry.option.digest for entry in other.having(Verdict.REMOVED)}
            assert not gone & {digest for wish in (other.fix, other.growth) if wish for digest in wish.digests}
    reports = [check.report(forest, found, policy).findings for found in (plain, excused)]
    errors, told_of = ({(f.path, f.span) for f in found if f.rule.name == "unknown-hash"} for found in reports)
    assert errors == told_of, "all of them are still told"
    assert all(f.severity > Severity.NOTE for f in reports[1] if f.explanation and "removed" in f.explanation.value)


@searched
@given(
    repositories(),
    st.sampled_from(Coverage),
    st.sampled_from([None, *sorted({_BIRTH, *filter(None, _UPLOADED)})]),
    st.data(),
)
def test_what_is_added_is_what_was_asked_for(
    repository: dict[str, Written], coverage: Coverage, since: datetime | None, data: st.DataObject
) -> None:
    forest = forest_of({name: file.data for name, file in repository.items()})
    assume(forest.files)
    given = data.draw(answers(forest), label="answers")
    policy = Policy(coverage=coverage, young_since=since)
    for judged in judgements(evidence.assess(forest, given, policy)).values():
        for entry in judged:
            release = entry.answer
            if not isinstance(release, Release):
                continue
            written = {option.digest for option in (*entry.pin.hashes, *entry.pin.lost)}
            completed = {h.file.filename for h in entry.having(Verdict.MALFORMED) if h.file}
            for wish in (entry.fix, entry.growth):
                added = wish.digests - written if wish else frozenset()
                files = [file for file in release.files if added.intersection(file.digests)]
                new = [file for file in files if file.filename not in completed]
                if since:
                    assert all(file.uploaded and file.uploaded <= since for file in new), "too young"
                if coverage is Coverage.KEEP and (entry.having(Verdict.RIGHT) or completed):
                    assert not new, "nothing is added to what is right"
                    event("kept")
            assert coverage is Coverage.RELEASE or entry.growth is None
