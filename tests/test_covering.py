"""Which missing files a platform's rules wish for, and when that is safe."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest

from hashpin import covering, format_control
from hashpin.formats import parse
from hashpin.model import (
    DistributionFile,
    Evidence,
    Finding,
    Kind,
    Member,
    Policy,
    Release,
    Severity,
    Source,
    Tree,
)
from hashpin.platforms import parse as platform
from hashpin.rules import source_only_hashes, uncovered_platform
from tests.test_judgement import BIRTH, EGG, FORGED, FORTNIGHT, digest, hash_of, judged, only, published, release

LINUX = "six-1.0-cp312-cp312-manylinux_2_28_x86_64.whl"
MACOS = "six-1.0-cp312-cp312-macosx_11_0_arm64.whl"
SDIST = "six-1.0.tar.gz"
LATE = FORTNIGHT + timedelta(seconds=1)


def found(text: str, *files: DistributionFile | str, policy: Policy | None = None) -> list[Finding]:
    """What both rules find in a file, with macOS asked for where nothing else is said."""
    policy = policy or Policy(platforms=(platform("macos/arm64"),))
    file = parse(Source("requirements.txt", text))
    tree = Tree((Member(file, Kind.REQUIREMENTS),))
    judgements = judged(text, release("1.0", *files))
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


@pytest.mark.parametrize(
    "beside",
    [f" --hash={FORGED}", " --hash=sha256:abc", " --hash=md5:" + "0" * 32, f"\n   {hash_of(MACOS)}", hash_of("seven")],
)
def test_silent_where_another_rule_speaks_first(beside: str) -> None:
    assert found(f"six==1.0{hash_of(SDIST)}{beside}\n", SDIST, LINUX) == []


def test_eggs_cover_nothing() -> None:
    assert wished(found(f"six==1.0{hash_of(EGG)}\n", EGG, MACOS)) == [(UNCOVERED, Severity.ERROR, None)]


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
    assert covering.additions(judgement, Policy(), (), frozenset()) is None


def test_options_of_the_tree_that_takes_a_file_in_count_for_it() -> None:
    """Each file is judged once, in the first of its trees: not where another tree has options of its own."""
    file = parse(Source("base.txt", f"six==1.0{hash_of(SDIST)}\n"))
    entry = parse(Source("requirements.txt", "--only-binary :all:\n-r base.txt\n"))
    tree = Tree((Member(entry, Kind.REQUIREMENTS), Member(file, Kind.REQUIREMENTS)))
    judgements = {"base.txt": judged(file.source.text, release("1.0", SDIST, LINUX)), "requirements.txt": ()}
    evidence = Evidence(tree, tree.members[:1], True, judgements)
    assert [finding.project for finding in source_only_hashes.check(evidence)] == ["six"]
    assert covering.members(evidence, format_control.of_tree(tree)) == tree.members
