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
from hashpin.indexes.transport import Transport, new_session
from hashpin.model import Kind, LockFile, Member, Policy, Publisher, ReleaseKey, Report, Source, Tree
from hashpin.provenance import changes, vouched
from hashpin.tree import Forest
from tests.loopback import LoopbackIndex, status

PATH = "requirements.txt"
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


def judged(index: LoopbackIndex, now: str, before: Mapping[str, str] | None, answers: Answers | None = None) -> Report:
    address = IndexAddress.parse(index.url)
    client = HttpIndex(address, Transport(new_session(4), address, 60))
    file = parsed(now)
    forest = Forest((Tree((Member(file, Kind.REQUIREMENTS),)),), {PATH: file}, {})
    stood = None if before is None else {path: formats.parse(Source(path, text)) for path, text in before.items()}
    return check.check(forest, client, answers or Answers(), Policy(), Asking(4, 60), stood)[1]


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


def test_a_few_files_of_both_releases_are_asked_about(index: LoopbackIndex) -> None:
    serve(index, attested(), attested(), wheels=9)
    assert messages(judged(index, pin("2.0", 9), {PATH: pin("1.0", 9)})) == []
    assert asked(index) == sorted(
        f"six-{version}{rest}"
        for version in ("1.0", "2.0")
        for rest in (".tar.gz", "-cp30-cp30-win32.whl", "-cp31-cp31-win32.whl")
    )


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
    assert messages(judged(index, pin("2.0"), {PATH: pin("1.0")})) == []


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
