"""Whose files are asked about when a version changes, how often, and what is said where something is unknown."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from packaging.utils import canonicalize_name

from hashpin import check, formats
from hashpin.evidence import Answers, Asking
from hashpin.indexes.address import IndexAddress
from hashpin.indexes.client import HttpIndex
from hashpin.indexes.sessions import new_session
from hashpin.indexes.transport import Transport
from hashpin.model import (
    DistributionFile,
    Kind,
    LockFile,
    Member,
    Packaging,
    Policy,
    Publisher,
    Release,
    ReleaseKey,
    Report,
    Source,
    Tree,
)
from hashpin.provenance import changes, listed, vouched
from hashpin.tree import Forest
from tests.loopback import LoopbackIndex, status

PATH = "requirements.txt"
USUAL = Policy()
ATTESTATION = {"version": 1, "verification_material": {}, "envelope": {}}


def attested(**publisher: Any) -> dict[str, Any]:
    said = {"kind": "GitHub", "repository": "six/six", "workflow": "release.yml", **publisher}
    return {"version": 1, "attestation_bundles": [{"publisher": said, "attestations": [ATTESTATION]}]}


def files(version: str, provenance: object = None, wheels: int = 1) -> list[dict[str, Any]]:
    names = [f"six-{version}.tar.gz", *(f"six-{version}-cp3{n}-cp3{n}-win32.whl" for n in range(wheels))]
    told = {} if provenance is None else {"provenance": provenance}
    return [{"filename": name, "content": name, **told} for name in names]


def pin(version: str, wheels: int = 1, marker: str = "", algorithm: str = "sha256") -> str:
    digests = (hashlib.new(algorithm, file["content"].encode()).hexdigest() for file in files(version, wheels=wheels))
    return f"six=={version}{marker} " + " ".join(f"--hash={algorithm}:{digest}" for digest in digests) + "\n"


def parsed(text: str) -> LockFile:
    return formats.parse(Source(PATH, text))


def judged(
    index: LoopbackIndex,
    now: str,
    before: Mapping[str, str] | None,
    answers: Answers | None = None,
    policy: Policy = USUAL,
) -> Report:
    address = IndexAddress.parse(index.url)
    client = HttpIndex(address, Transport(new_session(4), address, 60))
    file = parsed(now)
    forest = Forest((Tree((Member(file, Kind.REQUIREMENTS),)),), {PATH: file}, {})
    stood = None if before is None else {path: formats.parse(Source(path, text)) for path, text in before.items()}
    return check.check(forest, client, answers or Answers(), policy, Asking(4, 60), stood)[1]


def asked(index: LoopbackIndex) -> list[str]:
    return sorted(request.split("/")[-2] for request in index.requests if "/integrity/" in request)


def messages(report: Report) -> list[tuple[str, str]]:
    return [(finding.rule.name, finding.message) for finding in report.findings]


@pytest.fixture(autouse=True)
def _hurried(no_waiting: None) -> None:
    """Every test here tries again at once."""


@pytest.fixture
def index() -> Iterator[LoopbackIndex]:
    with LoopbackIndex() as index:
        yield index


def serve(index: LoopbackIndex, old: object, new: object, wheels: int = 1) -> None:
    index.projects["six"] = {"releases": {"1.0": files("1.0", old, wheels), "2.0": files("2.0", new, wheels)}}


# --- which pins ---


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        ("six==1.0", "six==2.0 --hash=sha256:a", [("2.0", "1.0")]),
        ("Six==1.0", "six==2.0 --hash=sha256:a", [("2.0", "1.0")]),
        ("six==1.0", "six==2.0", []),
        ("six==1.0", "six==1.0.0 --hash=sha256:a", []),
        ("six==1.0", "attrs==2.0 --hash=sha256:a", []),
        ("six>=1.0", "six==2.0 --hash=sha256:a", []),
        ("six==1.0\nsix==2.0", "six==2.0 --hash=sha256:a", []),
        (
            "six==1.0; os_name=='nt'\nsix==1.1; os_name!='nt'",
            "six==2.0; os_name=='nt' --hash=sha256:a\nsix==2.1; os_name != 'nt' --hash=sha256:a",
            [("2.0", "1.0"), ("2.1", "1.1")],
        ),
        ("six==1.0; os_name=='nt'", "six==2.0 --hash=sha256:a", [("2.0", "1.0")]),
        ("", "six==2.0 --hash=sha256:a", []),
    ],
)
def test_changes(before: str, now: str, expected: list[tuple[str, str]]) -> None:
    found = changes(parsed(now.replace(" --hash", "  --hash")), parsed(before))
    assert [(change.pin.version, change.former.version) for change in found] == expected


def test_a_signature_that_does_not_hold_vouches_for_nothing() -> None:
    holds, fails = Publisher("GitHub", ()), Publisher("GitHub", (), failure="no such key")
    assert vouched((holds, fails)) == (holds,)


# --- who is asked, and how often ---


def test_a_few_files_of_the_former_release_and_all_that_the_pin_lists_are_asked_about(index: LoopbackIndex) -> None:
    serve(index, attested(), attested(), wheels=9)
    judged(index, pin("2.0", 8), {PATH: pin("1.0", 9)})
    few = [f"six-1.0{rest}" for rest in (".tar.gz", *(f"-cp3{n}-cp3{n}-win32.whl" for n in (0, 4, 8)))]
    assert asked(index) == sorted([*few, *(file["filename"] for file in files("2.0", wheels=8))])


@pytest.mark.parametrize("lost", range(7))
def test_whichever_file_lost_its_attestations_is_found(index: LoopbackIndex, lost: int) -> None:
    serve(index, attested(), attested(), wheels=6)
    bare = index.projects["six"]["releases"]["2.0"][lost]
    del bare["provenance"]
    [(rule, message)] = messages(judged(index, pin("2.0", 6), {PATH: pin("1.0", 6)}))
    assert (rule, message.endswith(f"2.0 does not say it of {bare['filename']}")) == ("provenance-lost", True)


@pytest.mark.parametrize("stranger", range(7))
def test_whichever_file_came_from_elsewhere_is_found(index: LoopbackIndex, stranger: int) -> None:
    serve(index, attested(), attested(), wheels=6)
    index.projects["six"]["releases"]["2.0"][stranger]["provenance"] = attested(workflow="other.yml")
    [(rule, _)] = messages(judged(index, pin("2.0", 6), {PATH: pin("1.0", 6)}))
    assert rule == "publisher-changed"


@pytest.mark.parametrize("other", [None, attested(workflow="other.yml")], ids=["none", "another workflow"])
@pytest.mark.parametrize("place", range(7))
def test_what_was_so_of_a_file_before_may_stay_so(index: LoopbackIndex, place: int, other: object) -> None:
    serve(index, attested(), attested(), wheels=6)
    for version in ("1.0", "2.0"):
        index.projects["six"]["releases"][version][place]["provenance"] = other
    assert messages(judged(index, pin("2.0", 6), {PATH: pin("1.0", 6)})) == []


@pytest.mark.parametrize("bare", range(4))
def test_one_file_without_attestations_does_not_hide_what_the_others_lose(index: LoopbackIndex, bare: int) -> None:
    serve(index, attested(), None, wheels=3)
    del index.projects["six"]["releases"]["1.0"][bare]["provenance"]
    [(rule, message)] = messages(judged(index, pin("2.0", 3), {PATH: pin("1.0", 3)}))
    assert rule == "provenance-lost"
    assert message.endswith("and 2 more files")


def test_a_wheel_with_new_tags_is_compared_with_the_other_wheels(index: LoopbackIndex) -> None:
    serve(index, attested(), attested(), wheels=2)
    index.projects["six"]["releases"]["1.0"].pop()
    del index.projects["six"]["releases"]["2.0"][2]["provenance"]
    [(rule, message)] = messages(judged(index, pin("2.0", 2), {PATH: pin("1.0", 1)}))
    assert (rule, message.endswith("of six-2.0-cp31-cp31-win32.whl")) == ("provenance-lost", True)


def test_no_release_has_files_without_end() -> None:
    wheels = (DistributionFile(f"six-2.0-{n}-py3-none-any.whl", Packaging.WHEEL, ()) for n in range(999))
    release = Release(canonicalize_name("six"), "2.0", tuple(wheels))
    assert len(listed(next(parsed(pin("2.0")).pins), release)) == 250


def test_what_had_none_can_lose_none(index: LoopbackIndex) -> None:
    serve(index, None, attested())
    assert messages(judged(index, pin("2.0"), {PATH: pin("1.0")})) == []
    assert all("1.0" in filename for filename in asked(index))
    assert asked(index)


def test_what_the_pin_does_not_list_is_not_asked_about(index: LoopbackIndex) -> None:
    serve(index, attested(), attested())
    sdist_alone = pin("2.0", wheels=0)
    judged(index, sdist_alone, {PATH: pin("1.0", wheels=0)})
    assert asked(index) == ["six-1.0.tar.gz", "six-2.0.tar.gz"]


@pytest.mark.parametrize("before", [None, {}, {PATH: pin("2.0")}, {"other.txt": pin("1.0")}, {PATH: ""}])
def test_nobody_is_asked_where_nothing_changed(index: LoopbackIndex, before: Mapping[str, str] | None) -> None:
    serve(index, attested(), None)
    assert messages(judged(index, pin("2.0"), before)) == []
    assert asked(index) == []


def test_nobody_is_asked_twice(index: LoopbackIndex) -> None:
    serve(index, attested(), attested())
    answers = Answers()
    judged(index, pin("2.0"), {PATH: pin("1.0")}, answers)
    first = len(index.requests)
    judged(index, pin("2.0"), {PATH: pin("1.0")}, answers)
    assert len(index.requests) == first
    assert (ReleaseKey(canonicalize_name("six"), "1.0"), "six-1.0.tar.gz") in answers.publishers


def test_an_index_without_attestations_is_asked_once_and_gives_no_finding() -> None:
    with LoopbackIndex(integrity=False) as index:
        serve(index, attested(), None)
        assert messages(judged(index, pin("2.0"), {PATH: pin("1.0")})) == []
        assert len(asked(index)) == 1


def test_hashes_that_are_judged_by_downloading_count_as_well(index: LoopbackIndex) -> None:
    serve(index, attested(), None)
    report = judged(index, pin("2.0", algorithm="sha512"), {PATH: pin("1.0", algorithm="sha512")})
    assert [rule for rule, _ in messages(report)] == ["provenance-lost"]


# --- what is said ---


def test_another_repository(index: LoopbackIndex) -> None:
    serve(index, attested(), attested(repository="stranger/six"))
    assert messages(judged(index, pin("2.0"), {PATH: pin("1.0")})) == [
        (
            "publisher-changed",
            "six 2.0 was not published from where 1.0 was: its GitHub repository was six/six and is stranger/six",
        )
    ]


def test_hostile_claims_are_shortened(index: LoopbackIndex) -> None:
    serve(index, attested(), attested(**{f"{n}" * 900: "x" * 999 for n in range(9)}, repository="y" * 999))
    [(_, message)] = messages(judged(index, pin("2.0"), {PATH: pin("1.0")}))
    assert len(message) < 900


def test_one_of_several_files_from_elsewhere(index: LoopbackIndex) -> None:
    serve(index, attested(), attested())
    index.projects["six"]["releases"]["2.0"][1]["provenance"] = attested(workflow="other.yml")
    [(rule, message)] = messages(judged(index, pin("2.0"), {PATH: pin("1.0")}))
    assert (rule, message.endswith("its GitHub workflow was release.yml and is other.yml")) == (
        "publisher-changed",
        True,
    )


@pytest.mark.parametrize("pattern", ["/integrity/six/1.0/*", "/integrity/six/2.0/*", "/integrity/*"])
@pytest.mark.parametrize("new", [None, attested(repository="stranger/six")])
def test_what_is_unknown_gives_no_finding(index: LoopbackIndex, pattern: str, new: object) -> None:
    serve(index, attested(), new)
    index.fail(pattern, status(500))
    report = judged(index, pin("2.0"), {PATH: pin("1.0")})
    assert messages(report) == []
    assert [(entry.project, entry.version, entry.reason) for entry in report.unchecked] == [
        ("six", "2.0", "who published its files is not known: the index answered 500")
    ]


def test_a_former_release_that_is_owed_is_unchecked(index: LoopbackIndex) -> None:
    serve(index, attested(), None)
    index.fail("/pypi/six/1.0/json", status(500))
    report = judged(index, pin("2.0"), {PATH: pin("1.0")})
    assert (messages(report), [entry.version for entry in report.unchecked]) == ([], ["2.0"])


def test_who_switches_both_rules_off_asks_nobody(index: LoopbackIndex) -> None:
    serve(index, attested(), None)
    index.fail("/integrity/*", status(500))
    off = Policy(severities={"provenance-lost": None, "publisher-changed": None})
    assert judged(index, pin("2.0"), {PATH: pin("1.0")}, policy=off).unchecked == ()
    assert asked(index) == []


@pytest.mark.parametrize(
    ("off", "other"), [("provenance-lost", "publisher-changed"), ("publisher-changed", "provenance-lost")]
)
def test_one_rule_is_enough_to_owe(index: LoopbackIndex, off: str, other: str) -> None:
    serve(index, attested(), None)
    index.fail("/integrity/*", status(500))
    [entry] = judged(index, pin("2.0"), {PATH: pin("1.0")}, policy=Policy(severities={off: None})).unchecked
    assert entry.told_by == other


def test_what_is_owed_can_be_allowed(index: LoopbackIndex) -> None:
    serve(index, attested(), None)
    index.fail("/integrity/*", status(500))
    allowing = pin("2.0").rstrip() + "  # hashpin: allow[provenance-lost] their mirror is down for weeks\n"
    report = judged(index, allowing, {PATH: pin("1.0")})
    assert (report.unchecked, report.findings, len(report.allowed)) == ((), (), 1)


def test_a_former_release_that_is_gone_gives_no_finding(index: LoopbackIndex) -> None:
    serve(index, attested(), None)
    assert messages(judged(index, pin("2.0"), {PATH: pin("0.5")})) == []


def test_a_signature_that_does_not_hold_is_told(index: LoopbackIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    def judge(bundles: Any, file: Any) -> tuple[Publisher, ...]:
        failure = "no such key" if "2.0" in file.filename else None
        return tuple(Publisher(bundle.publisher.kind, (), failure=failure) for bundle in bundles)

    monkeypatch.setattr("hashpin.indexes.attestations.publishers", judge)
    serve(index, attested(), attested())
    [(rule, message)] = messages(judged(index, pin("2.0"), {PATH: pin("1.0")}))
    assert rule == "provenance-lost"
    assert message == (
        "six 1.0 says where its files were published from, and of 2.0 the attestation of "
        "six-2.0-cp30-cp30-win32.whl does not verify (no such key)"
    )
