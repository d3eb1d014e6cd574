"""Which missing files a platform's rules wish for, and when that is safe."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace
from packaging.utils import canonicalize_name

from hashpin import covering, format_control
from hashpin.formats import parse
from hashpin.model import (
    Coverage,
    DistributionFile,
    Evidence,
    Finding,
    Judgement,
    Kind,
    Listed,
    Member,
    Policy,
    Release,
    ReleaseKey,
    Severity,
    Source,
    Stood,
    Tree,
    Verdict,
)
from hashpin.platforms import parse as platform
from hashpin.rules import source_only_hashes, uncovered_platform
from tests.console import run
from tests.loopback import LoopbackIndex
from tests.test_judgement import BIRTH, EGG, FORGED, FORTNIGHT, SIX, digest, hash_of, judged, only, published, release

LINUX = "six-1.0-cp312-cp312-manylinux_2_28_x86_64.whl"
MACOS = "six-1.0-cp312-cp312-macosx_11_0_arm64.whl"
SDIST = "six-1.0.tar.gz"
LATE = FORTNIGHT + timedelta(seconds=1)


def found(text: str, *files: DistributionFile | str, policy: Policy | None = None) -> list[Finding]:
    """What both rules find in a file, with macOS asked for where nothing else is said."""
    policy = policy or Policy(platforms=(platform("macos/arm64"),))
    return told(text, judged(text, release("1.0", *files), policy=policy), policy)


def told(text: str, judgements: tuple[Judgement, ...], policy: Policy) -> list[Finding]:
    """What both rules find in a file that is judged so."""
    file = parse(Source("requirements.txt", text))
    tree = Tree((Member(file, Kind.REQUIREMENTS),))
    evidence = Evidence(tree, tree.members, True, {"requirements.txt": judgements}, policy=policy)
    return [*source_only_hashes.check(evidence), *uncovered_platform.check(evidence)]


def wished(findings: Iterable[Finding]) -> list[tuple[str, Severity, bool | None]]:
    """Each finding: its rule, its severity, whether its wish is safe."""
    return [(f.rule.name, f.severity, f.fix.safe if f.fix else None) for f in findings]


UNCOVERED = uncovered_platform.RULE.name
SOURCES = source_only_hashes.RULE.name


@pytest.mark.parametrize(("after", "safe"), [(timedelta(0), True), (FORTNIGHT, True), (LATE, False), (None, False)])
def test_what_came_with_the_release_is_safe(after: timedelta | None, safe: bool) -> None:
    (finding,) = found(f"six==1.0{hash_of(LINUX)}\n", LINUX, published(MACOS, after))
    assert wished([finding]) == [(UNCOVERED, Severity.ERROR, safe)]
    assert finding.fix
    assert finding.fix.digests == {digest(LINUX), digest(MACOS)}


def test_of_safe_and_other_files_the_safe_ones_are_wished_for() -> None:
    other = "six-1.0-cp311-cp311-macosx_11_0_arm64.whl"
    (finding,) = found(f"six==1.0{hash_of(LINUX)}\n", LINUX, MACOS, published(other, LATE))
    assert finding.fix
    assert finding.fix.safe
    assert finding.fix.digests == {digest(LINUX), digest(MACOS)}


def test_what_is_too_young_is_not_wished_for() -> None:
    policy = Policy(platforms=(platform("macos/arm64"),), young_since=BIRTH + timedelta(days=1))
    (finding,) = found(f"six==1.0{hash_of(LINUX)}\n", LINUX, published(MACOS, timedelta(days=2)), policy=policy)
    assert wished([finding]) == [(UNCOVERED, Severity.ERROR, None)]
    young = "no such file is old enough for --min-age (uploaded 2026-01-03)"
    assert finding.advice == f"wait, or pin an older version: {young}"
    (finding,) = found(f"six==1.0{hash_of(LINUX)}\n", LINUX, published(MACOS, None), policy=policy)
    assert finding.advice.startswith("pin it by hand: the index does not tell when its files came")
    (finding,) = found(
        f"six==1.0{hash_of(LINUX, SDIST)}\n", LINUX, SDIST, published(MACOS, timedelta(days=2)), policy=policy
    )
    assert wished([finding]) == [(UNCOVERED, Severity.WARNING, None)]
    assert young in finding.advice
    # The other pin says that the author of the file lists wheels.
    text = f"six==1.0{hash_of(SDIST)}\nseven==1.0{hash_of(LINUX)}\n"
    policy = replace(policy, platforms=())
    judgements = judged(
        text,
        release("1.0", SDIST, published(LINUX, timedelta(days=2))),
        release("1.0", published("seven-1.0-py3-none-any.whl"), LINUX, project=canonicalize_name("seven")),
        policy=policy,
    )
    findings = told(text, judgements, policy)
    assert wished(findings) == [(SOURCES, Severity.NOTE, None)]
    assert young in findings[0].advice


def test_what_is_late_is_safe_where_all_files_are_asked_for() -> None:
    policy = Policy(platforms=(platform("macos/arm64"),), coverage=Coverage.ALL)
    (finding,) = found(f"six==1.0{hash_of(LINUX)}\n", LINUX, published(MACOS, LATE), policy=policy)
    assert wished([finding]) == [(UNCOVERED, Severity.ERROR, True)]
    assert finding.advice == "run hashpin fix: it adds 1 file, as --coverage all asks"
    findings = found(f"six==1.0{hash_of(SDIST)}\n", SDIST, LINUX, policy=replace(policy, platforms=()))
    assert wished(findings) == [(SOURCES, Severity.WARNING, True)]


KEPT = "add hashes by hand, if that is not meant: --coverage keep adds none"


def test_where_nothing_is_to_be_added_only_what_was_asked_for_is_wished_for() -> None:
    policy = Policy(platforms=(platform("macos/arm64"),), coverage=Coverage.KEEP)
    findings = found(f"six==1.0{hash_of(LINUX)}\n", LINUX, MACOS, policy=policy)
    assert wished(findings) == [(UNCOVERED, Severity.ERROR, True)]
    policy = replace(policy, platforms=())
    # A repeated hash has a fix of its own, which adds nothing.
    text = f"six==1.0{hash_of(SDIST, SDIST)}\nseven==1.0{hash_of(LINUX)}\n"
    seven = release("1.0", LINUX, project=canonicalize_name("seven"))
    judgements = judged(text, release("1.0", SDIST, LINUX), seven, policy=policy)
    assert judgements[0].fix
    findings = told(text, judgements, policy)
    assert wished(findings) == [(SOURCES, Severity.WARNING, None)]
    assert findings[0].advice == KEPT
    for option, listed in (("--only-binary :all:", SDIST), ("--no-binary :all:", LINUX)):
        (finding,) = found(f"{option}\nsix==1.0{hash_of(listed)}\n", LINUX, SDIST, policy=policy)
        assert (finding.severity, finding.advice, finding.fix) == (Severity.ERROR, KEPT, None)


@pytest.mark.parametrize("coverage", Coverage)
def test_files_of_two_indexes_are_added_by_nobody_on_their_own(coverage: Coverage) -> None:
    policy = Policy(platforms=(platform("macos/arm64"),), coverage=coverage)
    files = [replace(published(name), index=index) for name, index in ((LINUX, "https://a"), (MACOS, "https://b"))]
    (finding,) = found(f"six==1.0{hash_of(LINUX)}\n", *files, policy=policy)
    assert wished([finding]) == [(UNCOVERED, Severity.ERROR, False)]
    assert finding.advice.startswith("its files are on several indexes")


def test_wheels_are_wished_for_before_source_distributions() -> None:
    (finding,) = found(f"six==1.0{hash_of(LINUX)}\n", LINUX, MACOS, SDIST)
    assert finding.fix
    assert finding.fix.digests == {digest(LINUX), digest(MACOS)}


def test_source_distributions_are_not_wished_for_beside_wheels_that_came_later() -> None:
    (finding,) = found(f"six==1.0{hash_of(LINUX)}\n", LINUX, published(MACOS, LATE), SDIST)
    assert finding.fix
    assert finding.fix.digests == {digest(LINUX), digest(MACOS)}


def test_a_source_distribution_in_a_file_of_wheels_is_unsafe() -> None:
    """Else all other pins of the file would gain theirs."""
    findings = found(f"six==1.0{hash_of(LINUX)}\n", LINUX, SDIST)
    assert wished(findings) == [(UNCOVERED, Severity.ERROR, False)]


def test_the_algorithm_is_the_one_that_the_pin_uses() -> None:
    both = ("sha256", "sha512")
    files = (published(LINUX, algorithms=both), published(MACOS, algorithms=both))
    (finding,) = found(f"six==1.0{hash_of(LINUX, algorithm='sha512')}\n", *files)
    assert finding.fix
    assert finding.fix.digests == {digest(LINUX, "sha512"), digest(MACOS, "sha512")}


def test_only_a_note_where_it_must_be_built() -> None:
    (finding,) = found(f"six==1.0{hash_of(LINUX, SDIST)}\n", LINUX, SDIST)
    assert wished([finding]) == [(UNCOVERED, Severity.NOTE, None)]
    (finding,) = found(f"six==1.0{hash_of(LINUX, SDIST)}\n", LINUX, MACOS, SDIST)
    assert wished([finding]) == [(UNCOVERED, Severity.WARNING, True)]


def test_one_finding_tells_of_all_platforms() -> None:
    policy = Policy(platforms=tuple(map(platform, ("macos/arm64", "musl/amd64", "windows/amd64 cp310"))))
    text = f"six==1.0{hash_of(LINUX)}\n"
    (finding,) = found(text, LINUX, policy=policy)
    assert finding.message == "lists no file for macos/arm64, musl/amd64, windows/amd64 cp310"
    files = replace(published(SDIST), requires_python=">=3.11")
    (finding,) = found(f"six==1.0{hash_of(LINUX, SDIST)}\n", LINUX, files, policy=policy)
    assert finding.message == (
        "lists no file for windows/amd64 cp310 and nothing but a source distribution for macos/arm64, musl/amd64, "
        "where installing runs build code"
    )
    assert finding.severity is Severity.ERROR


@pytest.mark.parametrize("beside", [" --hash=sha256:abc", " --hash=md5:" + "0" * 32, f"\n   {hash_of(MACOS)}"])
def test_silent_where_a_hash_may_be_of_a_file_that_covers(beside: str) -> None:
    assert found(f"six==1.0{hash_of(SDIST)}{beside}\n", SDIST, LINUX) == []
    assert found(f"six==1.0{hash_of(SDIST)}\n", SDIST, LINUX) != []


def test_silent_where_nobody_could_compare_a_hash() -> None:
    text = f"six==1.0{hash_of(LINUX)}{hash_of(MACOS, algorithm='sha512')}\n"
    assert found(text, LINUX, replace(published(SDIST), requires_python=">=4")) == []


def test_silent_where_no_hash_is_right_and_another_rule_speaks() -> None:
    assert found(f"six==1.0{FORGED}\n", LINUX) == []
    assert found(f"six==1.0{hash_of(EGG)}{FORGED}\n", LINUX, EGG) == []


OTHER_VERSION = "six-0.9-cp312-cp312-macosx_11_0_arm64.whl"


@pytest.mark.parametrize(
    ("beside", "safe"),
    [(FORGED, False), (hash_of(OTHER_VERSION), True), (hash_of(EGG), True), (hash_of(LINUX), True)],
)
def test_hashes_that_cover_nothing_hide_nothing_and_stay(beside: str, safe: bool) -> None:
    text = f"six==1.0{hash_of(LINUX)}{beside}\n"
    judgements = judged(text, release("1.0", LINUX, MACOS, EGG), others=[release("0.9", OTHER_VERSION)])
    (finding,) = told(text, judgements, Policy(platforms=(platform("macos/arm64"),)))
    assert wished([finding]) == [(UNCOVERED, Severity.ERROR, safe)]
    assert finding.fix
    assert finding.fix.digests == {digest(MACOS)} | {option.digest for option in finding.fix.pin.hashes}
    assert finding.fix.dropped == set()
    assert finding.advice == (
        "run hashpin fix: it adds 1 file that came with the release"
        if safe
        else "look at its other hashes first: hashpin fix --unsafe-fixes adds 1 file"
    )


def test_a_removed_file_hides_nothing() -> None:
    text = f"six==1.0{hash_of(LINUX, 'gone')}\n"
    stood = {Listed("requirements.txt", ReleaseKey(SIX, "1.0"), digest("gone")): Stood("0" * 40, with_pin=True)}
    judgements = judged(text, release("1.0", LINUX, MACOS), stood=stood)
    assert judgements[0].having(Verdict.REMOVED)
    findings = told(text, judgements, Policy(platforms=(platform("macos/arm64"),)))
    assert wished(findings) == [(UNCOVERED, Severity.ERROR, True)]


def test_sources_alone_are_told_beside_an_unexplained_hash_only_where_they_are_of_no_use() -> None:
    text = f"six==1.0{hash_of(SDIST)}{FORGED}\nseven==1.0{hash_of(LINUX)}\n"
    answers = release("1.0", SDIST, LINUX), release("1.0", LINUX, project=canonicalize_name("seven"))
    assert told(text, judged(text, *answers), Policy()) == []
    text = f"--only-binary :all:\n{text}"
    (finding,) = told(text, judged(text, *answers), Policy())
    assert wished([finding]) == [(SOURCES, Severity.ERROR, False)]
    assert finding.fix
    assert finding.fix.dropped == set()


def test_a_file_of_a_local_version_covers_since_pip_takes_it() -> None:
    local = "six-1.0+cpu-cp312-cp312-macosx_11_0_arm64.whl"
    text = f"six==1.0{hash_of(LINUX, local)}\n"
    judgements = judged(text, release("1.0", LINUX), others=[release("1.0+cpu", local)])
    assert judgements[0].having(Verdict.LOCAL_VERSION)
    assert [file.filename for file in covering.listed(judgements[0])] == [LINUX, local]
    assert told(text, judgements, Policy(platforms=(platform("macos/arm64"),))) == []


def test_eggs_cover_nothing() -> None:
    (finding,) = found(f"six==1.0{hash_of(EGG)}\n", EGG, MACOS)
    assert wished([finding]) == [(UNCOVERED, Severity.ERROR, None)]
    assert finding.advice.startswith("lock the file again")


def test_hashes_that_pip_takes_twice_cover_as_well() -> None:
    assert found(f"six==1.0{hash_of(MACOS, MACOS)}\n", MACOS) == []


def test_the_same_bytes_under_two_names_cover_both() -> None:
    twin = replace(published(MACOS), digests=published(LINUX).digests)
    assert found(f"six==1.0{hash_of(LINUX)}\n", LINUX, twin) == []
    judgement = only(f"six==1.0{hash_of(LINUX)}\n", release("1.0", LINUX, twin))
    assert [file.filename for file in covering.listed(judgement)] == [LINUX, MACOS]


def test_a_file_of_sources_alone_is_one_note() -> None:
    policy = Policy()
    text = f"six==1.0{hash_of(SDIST)}\nsix===1.0{hash_of(SDIST)}\n"
    (finding,) = found(text, SDIST, LINUX, policy=policy)
    assert (finding.rule.name, finding.severity, finding.of_file) == (SOURCES, Severity.NOTE, True)
    assert found(f"--no-binary :all:\n{text}", SDIST, LINUX, policy=policy) == []
    assert found(f"six==1.0{hash_of(SDIST)}\n", SDIST, EGG, policy=policy) == []
    assert found(f"six==1.0{hash_of(SDIST)}{FORGED}\n", SDIST, LINUX, policy=policy) == []


@pytest.mark.parametrize(
    ("option", "listed", "rule", "safe"),
    [
        ("--only-binary :all:", SDIST, SOURCES, True),
        ("--only-binary six", SDIST, SOURCES, False),
        ("--no-binary :all:", LINUX, UNCOVERED, True),
        ("--no-binary six", LINUX, UNCOVERED, False),
    ],
)
def test_the_pattern_of_a_file_is_broken_where_all_of_it_is_of_no_use(
    option: str, listed: str, rule: str, safe: bool
) -> None:
    findings = found(f"{option}\nsix==1.0{hash_of(listed)}\n", LINUX, SDIST, policy=Policy())
    assert wished(findings) == [(rule, Severity.ERROR, safe)]


def test_without_an_answer_nothing_is_said() -> None:
    text = f"seven==1.0{hash_of(SDIST)}\n"
    assert found(text, LINUX) == []
    (judgement,) = judged(text)
    assert covering.listed(judgement) == ()
    assert not isinstance(judgement.answer, Release)
    assert covering.offer(judgement, Policy(), (), otherwise="nothing") == covering.Offer("nothing")


def test_options_of_the_tree_that_takes_a_file_in_count_for_it() -> None:
    """Each file is judged once, in the first of its trees: not where another tree has options of its own."""
    file = parse(Source("base.txt", f"six==1.0{hash_of(SDIST)}\n"))
    entry = parse(Source("requirements.txt", "--only-binary :all:\n-r base.txt\n"))
    tree = Tree((Member(entry, Kind.REQUIREMENTS), Member(file, Kind.REQUIREMENTS)))
    judgements = {"base.txt": judged(file.source.text, release("1.0", SDIST, LINUX)), "requirements.txt": ()}
    evidence = Evidence(tree, tree.members[:1], True, judgements)
    assert [finding.project for finding in source_only_hashes.check(evidence)] == ["six"]
    assert covering.members(evidence, format_control.of_tree(tree)) == tree.members


def test_a_fix_of_what_is_unexplained_still_takes_it_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The wish for a platform keeps what stands, and what another rule wishes to drop goes all the same."""
    monkeypatch.chdir(tmp_path)
    path, text = tmp_path / "requirements.txt", f"six==1.0{hash_of(LINUX)}{FORGED}\n"
    files = [{"filename": name, "content": name, "uploaded": "2026-01-01T00:00:00Z"} for name in (LINUX, MACOS)]
    with LoopbackIndex({"six": {"releases": {"1.0": files}}}) as index:
        path.write_text(text)
        run("fix", "--unsafe-fixes", "--index-url", index.url, "--require-platform", "macos/arm64")
        assert "f" * 64 not in path.read_text()
        assert digest(MACOS).value in path.read_text()
        path.write_text(text)
        run("fix", "--index-url", index.url, "--require-platform", "macos/arm64")
        assert path.read_text() == text
        path.write_text(f"{text[:-1]}  # hashpin: allow[unknown-hash] our own build\n")
        run("fix", "--unsafe-fixes", "--index-url", index.url, "--require-platform", "macos/arm64")
        assert "f" * 64 in path.read_text()
        assert digest(MACOS).value in path.read_text()
