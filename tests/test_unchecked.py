"""Nothing unchecked looks checked: whatever an index does, what it did not answer is listed, and the run says so."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests import loopback
from tests.console import run
from tests.loopback import Fault, LoopbackIndex, ProjectData, redirect, status

A64, B64, FORGED = "a" * 64, "b" * 64, "f" * 64
UPLOADED = "2024-12-04T17:35:26Z"
PROJECTS: dict[str, ProjectData] = {
    "attrs": {"releases": {"24.3.0": [{"filename": "attrs-24.3.0.tar.gz", "sha256": A64, "uploaded": UPLOADED}]}},
    "six": {"releases": {"1.17.0": [{"filename": "six-1.17.0.tar.gz", "sha256": B64, "uploaded": UPLOADED}]}},
}
PIP: dict[str, ProjectData] = {"pip": {"releases": {"24.0": [{"filename": "pip-24.0.tar.gz", "sha256": A64}]}}}
FILE = f"attrs==24.3.0 --hash=sha256:{A64}\nsix==1.17.0 \\\n    --hash=sha256:{B64}\n"
PINS = [("requirements.txt", 1, "attrs", "24.3.0"), ("requirements.txt", 2, "six", "1.17.0")]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one run gave."""

    code: int
    output: str
    said: str

    @property
    def document(self) -> Mapping[str, Any]:
        document: Mapping[str, Any] = json.loads(self.output)
        return document

    @property
    def unchecked(self) -> list[tuple[str, int, str, str]]:
        return [(u["path"], u["line"], u["project"], u["version"]) for u in self.document["unchecked"]]

    @property
    def reasons(self) -> set[str]:
        return {entry["reason"] for entry in self.document["unchecked"]}


def hashpin(*argv: str) -> Outcome:
    ran = run(*argv)
    assert "Traceback" not in ran.out + ran.err
    assert "internal error" not in ran.err
    return Outcome(ran.code, ran.out, ran.err)


@pytest.fixture(autouse=True)
def _a_file(here: Path, no_waiting: None) -> None:
    (here / "requirements.txt").write_text(FILE)


@pytest.fixture
def index() -> Iterator[LoopbackIndex]:
    with LoopbackIndex(PROJECTS) as index:
        yield index


def nothing_was_checked(url: str, *options: str) -> set[str]:
    """Every pin is listed in the text and in the document, no finding is claimed; returns the reasons."""
    asked = ("--index-url", url, *options)
    text = hashpin("check", *asked)
    document = hashpin("check", "--format", "json", *asked)
    assert (text.code, document.code) == (3, 3)
    assert (document.document["findings"], document.unchecked) == ([], PINS)
    assert document.document["summary"]["unchecked"] == 2
    lines = text.output.splitlines()
    for line, (path, number, project, version) in zip(lines, PINS, strict=False):
        assert line.startswith(f"{path}:{number}:1: unchecked {project}=={version}: ")
    assert len(lines) == 4, "two pins, what to do next, and the last line"
    assert "2 unchecked" in lines[-1]
    return document.reasons


def test_an_honest_index_leaves_nothing_unchecked(index: LoopbackIndex) -> None:
    outcome = hashpin("check", "--format", "json", "--index-url", index.url)
    assert (outcome.code, outcome.document["findings"], outcome.unchecked) == (0, [], [])


def test_an_index_that_cannot_be_reached() -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))  # nobody listens
        reasons = nothing_was_checked(f"http://127.0.0.1:{deaf.getsockname()[1]}/simple/")
    assert reasons == {"the index could not be reached (connection refused)"}


FAULTS = [
    pytest.param(status(500), id="500"),
    pytest.param(status(503, Retry_After="0"), id="503"),
    pytest.param(status(429), id="429"),
    pytest.param(status(401), id="401"),
    pytest.param(status(403), id="403"),
    pytest.param(loopback.html(), id="HTML"),
    pytest.param(loopback.nested(), id="deep nesting"),
    pytest.param(Fault(body=b""), id="nothing"),
    pytest.param(Fault(body=b"<![x["), id="broken markup"),
    pytest.param(Fault(cut=True), id="cut off"),
    pytest.param(Fault(closed=True), id="closed"),
    pytest.param(redirect("/pypi/a/1/json"), id="redirects in circles"),
    pytest.param(redirect("https://other.example/"), id="redirects elsewhere"),
    pytest.param(Fault(content_type="image/png", status=406), id="406"),
]
FAULTS_OF_JSON = [
    pytest.param(loopback.of_project("django"), id="another project"),
    pytest.param(loopback.truncated(), id="truncated JSON"),
    pytest.param(loopback.mistyped(), id="wrong types"),
]


@pytest.mark.parametrize("fault", [*FAULTS, *FAULTS_OF_JSON])
@pytest.mark.parametrize(
    "options", [{}, {"release_json": False, "project_json": False}], ids=["JSON API", "Simple API"]
)
def test_an_index_at_fault(options: Mapping[str, Any], fault: Fault) -> None:
    with LoopbackIndex(PROJECTS, faults=[("*", fault)], **options) as index:
        assert all(reason.startswith("the index") for reason in nothing_was_checked(index.url))


@pytest.mark.parametrize("fault", FAULTS)
def test_an_older_index_at_fault(fault: Fault) -> None:
    with LoopbackIndex(PROJECTS, faults=[("*", fault)], release_json=False, project_json=False, api=None) as index:
        assert all(reason.startswith("the index") for reason in nothing_was_checked(index.url))


def test_another_version_than_the_one_asked_for(index: LoopbackIndex) -> None:
    index.fail("*", loopback.of_version("0.1"))
    reasons = nothing_was_checked(index.url)
    assert reasons == {f"the index answered for another version than {version}" for *_, version in PINS}


def test_an_index_whose_versions_no_number_can_hold(index: LoopbackIndex) -> None:
    index.fail("*", loopback.of_version("9" * 5_000))
    nothing_was_checked(index.url)


def test_an_index_that_asks_to_wait_for_longer_than_there_is_time(index: LoopbackIndex) -> None:
    index.fail("*", status(429, Retry_After="3600"))
    reasons = nothing_was_checked(index.url, "--timeout", "60", "--jobs", "1")
    assert "the index answered 429, and could not be asked again within 60 s (--timeout)" in reasons
    assert len(index.requests) == 2, "one in each of the two runs: the other pin was not asked for"


def test_an_index_that_is_too_slow(index: LoopbackIndex) -> None:
    index.fail("*", Fault(stall=True))
    nothing_was_checked(index.url, "--timeout", "0.3")


def test_an_index_that_has_nothing_not_even_pip(loopback: LoopbackIndex) -> None:
    [reason] = nothing_was_checked(loopback.url)
    assert "not even for pip" in reason
    assert "GET /simple/pip/" in loopback.requests


def test_an_index_that_has_pip_proves_absence(loopback: LoopbackIndex) -> None:
    loopback.projects.update(PIP)
    outcome = hashpin("check", "--format", "json", "--index-url", loopback.url)
    assert (outcome.code, outcome.unchecked) == (1, [])
    assert [finding["rule"] for finding in outcome.document["findings"]] == ["unknown-project"] * 2


def test_offline() -> None:
    outcome = hashpin("check", "--format", "json", "--offline")
    assert (outcome.code, outcome.unchecked) == (3, PINS)


# --- one pin forged, the other unanswered ---


def forge(here: Path) -> None:
    (here / "requirements.txt").write_text(FILE.replace(B64, FORGED))


def test_a_forged_pin_beside_an_unanswered_one(here: Path, index: LoopbackIndex) -> None:
    forge(here)
    index.fail("*/attrs/*", status(500))
    asked = ("--index-url", index.url)
    outcome = hashpin("check", "--format", "json", *asked)
    assert (outcome.code, outcome.unchecked) == (1, PINS[:1])
    [finding] = outcome.document["findings"]
    assert (finding["rule"], finding["project"], finding["line"]) == ("unknown-hash", "six", 3)
    text = hashpin("check", *asked)
    assert text.code == 1
    assert "requirements.txt:1:1: unchecked attrs==24.3.0: the index answered 500" in text.output.splitlines()
    assert "error[unknown-hash]" in text.output


def test_what_is_unchecked_counts_even_where_no_finding_does(here: Path, index: LoopbackIndex) -> None:
    forge(here)
    index.fail("*/attrs/*", status(500))
    assert hashpin("check", "--fail-on", "never", "--index-url", index.url).code == 3
    index.fail("*", Fault())
    (here / "requirements.txt").write_text(FILE.splitlines()[1] + "\n" + FILE.splitlines()[2] + "\n")
    assert hashpin("check", "--fail-on", "never", "--index-url", index.url).code == 0


def test_a_hash_that_no_project_explains_is_still_found(here: Path, index: LoopbackIndex) -> None:
    # The release was answered, so its verdict stands; only the explanation is poorer.
    forge(here)
    index.fail("/pypi/six/json", status(500))
    index.fail("/simple/six/", status(500))
    outcome = hashpin("check", "--format", "json", "--index-url", index.url)
    assert (outcome.code, outcome.unchecked) == (1, [])
    [finding] = outcome.document["findings"]
    assert (finding["rule"], finding["explanation"]) == ("unknown-hash", "unexplained")


# --- what single rules ask for ---

CORE_METADATA = "Metadata-Version: 2.1\nName: six\nVersion: 1.17.0\n"


@pytest.mark.parametrize(
    "fault", [status(503), Fault(stall=True), Fault(cut=True), Fault(body=CORE_METADATA.replace("six", "x").encode())]
)
def test_what_a_release_needs_is_owed(here: Path, fault: Fault) -> None:
    wheel: dict[str, Any] = {"filename": "six-1.17.0-py3-none-any.whl", "sha256": B64}
    wheel |= {"requires_dist": None, "metadata": CORE_METADATA}
    with LoopbackIndex({**PROJECTS, "six": {"releases": {"1.17.0": [wheel]}}}) as index:
        asked = ("--index-url", index.url, "--timeout", "2", "--format", "json")
        assert hashpin("check", *asked).code == 0
        index.fail("*.metadata", fault)
        outcome = hashpin("check", *asked)
        assert (outcome.code, outcome.document["findings"], outcome.unchecked) == (3, [], PINS[1:])
        assert all(reason.startswith("what it needs is not known: ") for reason in outcome.reasons)
        (here / "hashpin.toml").write_text('[severity]\nmissing-dependency = "off"\n')
        assert hashpin("check", *asked).code == 0
        (here / "hashpin.toml").unlink()
        allowing = FILE.rstrip() + "  # hashpin: allow[missing-dependency] it needs nothing\n"
        (here / "requirements.txt").write_text(allowing)
        allowed = hashpin("check", *asked)
        assert (allowed.code, allowed.document["findings"], allowed.unchecked) == (0, [], [])


# --- what else asks ---


@pytest.mark.parametrize("fault", [status(500), loopback.html(), loopback.of_project("django")])
def test_fix_leaves_what_it_could_not_check(here: Path, index: LoopbackIndex, fault: Fault) -> None:
    forge(here)
    index.fail("*", fault)
    before = (here / "requirements.txt").read_bytes()
    outcome = hashpin("fix", "--unsafe-fixes", "--format", "json", "--index-url", index.url)
    assert (outcome.code, outcome.unchecked) == (3, PINS)
    assert (here / "requirements.txt").read_bytes() == before


@pytest.mark.parametrize("fault", [status(500), loopback.html(), loopback.of_project("django")])
def test_hash_prints_all_or_nothing(index: LoopbackIndex, fault: Fault) -> None:
    index.fail("*/attrs/*", fault)
    outcome = hashpin("hash", "six==1.17.0", "attrs==24.3.0", "--index-url", index.url)
    assert (outcome.code, outcome.output) == (3, "")
    assert "attrs==24.3.0: the index " in outcome.said


def test_credentials_stand_in_no_output() -> None:
    with LoopbackIndex(PROJECTS, credentials=("user", "right")) as index:
        url = index.url.replace("//", "//user:a-secret@")
        for form in ("text", "json", "github", "markdown", "sarif"):
            outcome = hashpin("check", "--format", form, "--verbose", "--index-url", url)
            assert outcome.code == 3
            assert "a-secret" not in outcome.output + outcome.said
