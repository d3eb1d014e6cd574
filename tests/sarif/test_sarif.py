"""SARIF as code scanning takes it in: the schema, the multitool's rules for GitHub, GitHub's limits."""

from __future__ import annotations

import gzip
import json
import random
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import jsonschema
import pytest
from msgspec.structs import replace
from packaging.utils import canonicalize_name

from hashpin.model import (
    Allowed,
    Digest,
    Finding,
    Pin,
    Report,
    Rule,
    SetHashes,
    Severity,
    Source,
    Unchecked,
)
from hashpin.outputs import sarif
from hashpin.rules import PAGES
from hashpin.text import Edit, Span
from tests.console import run
from tests.loopback import LoopbackIndex
from tests.outputs import sample
from tests.test_cases import FOLDERS
from tests.test_cli import PROJECTS

HERE = Path(__file__).parent
# The program itself: bin.js hands its arguments to a shell.
MULTITOOLS = "node_modules/@microsoft/sarif-multitool-*/Sarif.Multitool"

# Notes that the multitool has for our documents, and why each is left. It has no errors and no warnings.
LEFT = {
    "SARIF2002": "messages are whole sentences, not ids with arguments: GitHub shows their text alone",
    "SARIF2003": "no versionControlProvenance: GitHub knows the commit, and upload-sarif names it",
    "SARIF2006": "asks the network whether each address is there; the project's home page is not yet",
    "SARIF2009": "a rule's id is its name here and in every other output, not ABC0001",
    "SARIF2010": "no snippets: GitHub shows the file's own lines",
    "SARIF2011": "no context regions: the same",
    "SARIF2013": "no embedded files: they are in the repository",
}


@pytest.fixture(scope="module")
def schema() -> jsonschema.protocols.Validator:
    loaded = json.loads((HERE / "sarif-2.1.0.json").read_text())
    return jsonschema.validators.validator_for(loaded)(loaded)


def checked(folder: Path, repo: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The SARIF of a golden case, whose files are put into `repo` if they are not there."""
    if not repo.exists():
        shutil.copytree(folder / "repo", repo)
        (repo / ".git").mkdir()
    monkeypatch.chdir(repo)
    options = (folder / "options").read_text().split() if (folder / "options").exists() else []
    with LoopbackIndex(json.loads((folder / "index.json").read_text())) as index:
        return run("check", "--format", "sarif", *options, "--index-url", index.url).out


def the_run(document: str) -> dict[str, Any]:
    (only,) = json.loads(document)["runs"]
    assert isinstance(only, dict)
    return only


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: f"{folder.parent.name}/{folder.name}")
def test_case(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, schema: jsonschema.protocols.Validator
) -> None:
    document = checked(folder, tmp_path / "repo", monkeypatch)
    assert document.isascii()
    schema.validate(json.loads(document))
    ours = the_run(document)
    assert [rule["id"] for rule in ours["tool"]["driver"]["rules"]] == [
        *(page.RULE.name for page in PAGES),
        "unchecked",
    ]
    for result in ours["results"]:
        assert ours["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        (location,) = result["locations"]
        place = location["physicalLocation"]
        path = Path(unquote(place["artifactLocation"]["uri"]))
        assert (
            ours["artifacts"][place["artifactLocation"]["index"]]["location"]["uri"] == place["artifactLocation"]["uri"]
        )
        region = place["region"]
        begin, end = ((region[f"{side}Line"], region[f"{side}Column"]) for side in ("start", "end"))
        assert (1, 1) <= begin <= end
        assert path.exists() or result["ruleId"] == "unchecked"
    prints = [
        (r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], fingerprint(r)) for r in ours["results"]
    ]
    assert len(set(prints)) == len(prints), "one alert for each result"


def fingerprint(result: dict[str, Any]) -> tuple[str, str]:
    return result["ruleId"], result["partialFingerprints"]["primaryLocationLineHash"]


def fixes(ours: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str, dict[str, Any]]]:
    """(result, path, replacement) of each."""
    for result in ours["results"]:
        for fix in result.get("fixes", ()):
            (change,) = fix["artifactChanges"]
            (replacement,) = change["replacements"]
            yield result, unquote(change["artifactLocation"]["uri"]), replacement


def applied(text: str, replacement: dict[str, Any]) -> str:
    """As a viewer would apply it: by lines and columns alone."""
    lines = text.split("\n")
    region = replacement["deletedRegion"]
    head = "\n".join([*lines[: region["startLine"] - 1], lines[region["startLine"] - 1][: region["startColumn"] - 1]])
    tail = "\n".join([lines[region["endLine"] - 1][region["endColumn"] - 1 :], *lines[region["endLine"] :]])
    return head + str(replacement["insertedContent"]["text"]) + tail


FIXABLE = [folder for folder in FOLDERS if folder.parent.name in ("unknown-hash", "weak-hash", "malformed-hash")]


@pytest.mark.parametrize("folder", FIXABLE, ids=lambda folder: f"{folder.parent.name}/{folder.name}")
def test_each_fix_alone_mends_its_result(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = the_run(checked(folder, tmp_path / "0", monkeypatch))
    for number, (result, path, replacement) in enumerate(fixes(ours), 1):
        repo = tmp_path / str(number)
        shutil.copytree(tmp_path / "0", repo)
        file = repo / path
        file.write_bytes(applied(file.read_bytes().decode(), replacement).encode())
        again = the_run(checked(folder, repo, monkeypatch))
        assert fingerprint(result) not in map(fingerprint, again["results"])
        before = list(map(fingerprint, ours["results"]))
        new = {rule for rule, known in map(fingerprint, again["results"]) if (rule, known) not in before}
        assert not new & {"unreadable-line", "ignored-text", "orphan-hash"}, "nothing else is broken by it"


def test_some_cases_have_fixes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = 0
    for number, folder in enumerate(FIXABLE):
        found += sum(1 for _ in fixes(the_run(checked(folder, tmp_path / str(number), monkeypatch))))
    assert found >= 5


def test_a_first_hash_alone_is_no_fix(here: Path) -> None:
    """It would switch hash mode on, and pip would refuse the other requirement for want of a hash."""

    def fixed(text: str) -> list[int]:
        (here / "requirements.txt").write_text(text)
        with LoopbackIndex(PROJECTS) as index:
            ours = the_run(run("check", "--require-hashes", "--format", "sarif", "--index-url", index.url).out)
        assert "unhashed-pin" in {result["ruleId"] for result in ours["results"]}
        return [result["locations"][0]["physicalLocation"]["region"]["startLine"] for result, _, _ in fixes(ours)]

    assert fixed("demo==1.0\ndemo==2.0 ; python_version < '3'\n") == []
    assert fixed("--require-hashes\ndemo==1.0\ndemo==2.0 ; python_version < '3'\n") == [2, 3]


@pytest.mark.npm
def test_all_cases_pass_the_multitool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    documents = tmp_path / "documents"
    documents.mkdir()
    for number, folder in enumerate(FOLDERS):
        document = checked(folder, tmp_path / str(number), monkeypatch)
        (documents / f"{folder.parent.name}-{folder.name}.sarif").write_text(document)
    (documents / "sample.sarif").write_text(sarif.render(sample.report()))
    verdict = judged(documents, tmp_path / "verdict.sarif")
    assert [found for found in verdict if found["level"] in ("error", "warning")] == []
    assert {found["ruleId"] for found in verdict} <= set(LEFT)


@pytest.mark.npm
def test_the_multitool_bites(tmp_path: Path) -> None:
    document = json.loads(sarif.render(sample.report()))
    del document["runs"][0]["tool"]["driver"]["rules"][0]["help"]
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "spoilt.sarif").write_text(json.dumps(document))
    verdict = judged(documents, tmp_path / "verdict.sarif")
    assert {found["ruleId"] for found in verdict if found["level"] == "error"} == {"GH2012"}


def judged(documents: Path, verdict: Path) -> list[dict[str, Any]]:
    """What `validate` has against the documents of a folder. It answers 0 whatever it finds: its output is read."""
    (multitool,) = HERE.glob(MULTITOOLS)
    done = subprocess.run(
        [
            *(multitool, "validate", "*.sarif", "--rule-kind", "Sarif;Ghas"),
            *("--level", "Error;Warning;Note", "--output", verdict),
        ],
        cwd=documents,
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"{len(list(documents.iterdir()))} files scanned" in done.stdout.replace("1 file scanned", "1 files scanned")
    (only,) = json.loads(verdict.read_text())["runs"]
    assert only["invocations"][0]["executionSuccessful"]
    return [{"level": "warning", **result} for result in only["results"]]


# --- what it says ----------------------------------------------------------


def test_rules_say_what_code_scanning_shows() -> None:
    for rule in the_run(sarif.render(replace(sample.clean(), rules=sample.RULE_PAGES)))["tool"]["driver"]["rules"]:
        assert rule["shortDescription"]["text"].endswith(".")
        assert len(rule["fullDescription"]["text"]) <= 1024
        assert "##" not in rule["fullDescription"]["text"]
        assert "## What the fix does" in rule["help"]["markdown"]
        assert 0 < float(rule["properties"]["security-severity"]) <= 10
        assert len(rule["name"]) <= 255
        assert len(rule["properties"]["tags"]) <= 10


def test_unchecked_is_a_result_and_no_success() -> None:
    ours = the_run(sarif.render(sample.report()))
    (invocation,) = ours["invocations"]
    assert invocation["executionSuccessful"] is False
    assert [notice["level"] for notice in invocation["toolExecutionNotifications"]] == ["error", "error"]
    found = [result for result in ours["results"] if result["ruleId"] == "unchecked"]
    assert [result["level"] for result in found] == ["error", "error"]
    assert found[1]["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "%3A%3Awarning%3A%3A%80bin.txt", "index": 1},
        "region": {"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 1},
    }
    assert the_run(sarif.render(sample.clean()))["invocations"][0]["executionSuccessful"] is True


def test_what_is_allowed_is_counted_and_is_no_result() -> None:
    report = sample.report()
    report = replace(report, findings=(), unchecked=(), allowed=(Allowed(report.findings[0], "why"),))
    ours = the_run(sarif.render(report))
    assert ours["results"] == []
    (notice,) = ours["invocations"][0]["toolExecutionNotifications"]
    assert (notice["level"], notice["message"]["text"]) == ("note", "1 finding allowed by the repository.")


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("a/requirements.txt", "a/requirements.txt"),
        ("a b#?%.txt", "a%20b%23%3F%25.txt"),
        ("javascript:x", "javascript%3Ax"),
        ("./é\\x\udc80", "./%C3%A9%5Cx%80"),
        ("/tmp/x y", "file:///tmp/x%20y"),
    ],
)
def test_paths_are_relative_references(path: str, uri: str) -> None:
    ours = the_run(sarif.render(Report((), (Unchecked(path, "why"),), {}, 0, 0, 0)))
    assert ours["artifacts"] == [{"location": {"uri": uri}, "mimeType": "text/plain"}]


def test_messages_hold_no_link_and_no_secret() -> None:
    ours = the_run(sarif.render(sample.hostile("[a](https://index.example/) https://user:secret@index.example/")))
    for result in ours["results"]:
        assert "](" not in result["message"]["text"]
        assert "secret" not in json.dumps(result["message"])


PIN = Pin("a==1", canonicalize_name("a"), "1", Span(0, 4), Span(0, 4), 4)


def wished(replacement: str, *, safe: bool = True) -> dict[str, Any]:
    wish = SetHashes("r.txt", PIN, frozenset({Digest("sha256", "0")}), safe)
    finding = Finding(Rule("unhashed-pin", Severity.ERROR, ""), Severity.ERROR, "r.txt", Span(0, 4), "m", "a", fix=wish)
    edit = Edit(Span(4, 4), replacement)
    report = Report((finding,), (), {"r.txt": Source("r.txt", "a==1\n")}, 1, 1, 0, edits={wish: edit})
    (result,) = the_run(sarif.render(report))["results"]
    assert isinstance(result, dict)
    return result


def test_unsafe_fixes_say_so() -> None:
    (safe,), (unsafe,) = (wished(" --hash=sha256:0", safe=safe)["fixes"] for safe in (True, False))
    assert not safe["description"]["text"].startswith("Unsafe")
    assert unsafe["description"]["text"].startswith("Unsafe")
    assert safe["artifactChanges"] == unsafe["artifactChanges"]


def test_a_secret_is_no_part_of_a_fix() -> None:
    assert not wished(" -i https://user:secret@index.example/").get("fixes")


# --- limits ----------------------------------------------------------------


def many(count: int, message: str = "x") -> Report:
    """That many findings, the worst last."""
    lines = [f"a{number}==1" for number in range(count)]
    text = "\n".join(lines)
    findings, start = [], 0
    for number, line in enumerate(lines):
        severity = Severity.ERROR if number > count - 10 else Severity.NOTE
        rule = Rule("unhashed-pin", severity, "")
        findings.append(Finding(rule, severity, "r.txt", Span(start, start + len(line)), message, "do"))
        start += len(line) + 1
    return Report(tuple(findings), (), {"r.txt": Source("r.txt", text)}, 1, count, 0)


def test_results_are_at_most_what_github_takes_worst_first(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (sarif.LIMIT, sarif.SHOWN) == (25_000, 5_000)
    monkeypatch.setattr(sarif, "LIMIT", 100)
    monkeypatch.setattr(sarif, "SHOWN", 50)
    ours = the_run(sarif.render(many(107)))
    assert [result["level"] for result in ours["results"]] == ["error"] * 9 + ["note"] * 91
    told = [notice["message"]["text"] for notice in ours["invocations"][0]["toolExecutionNotifications"]]
    assert told == [
        "7 of 107 results are left out here, for GitHub takes no more; the worst are listed.",
        "GitHub shows 50 of these 107 results, the worst.",
    ]


def test_the_file_is_at_most_what_github_takes() -> None:
    report = many(40)
    wishes = [SetHashes("r.txt", PIN, frozenset({Digest("sha256", str(n))}), safe=True) for n in range(40)]
    noise = random.Random(7)
    document = sarif.render(
        replace(
            report,
            findings=tuple(replace(f, fix=wish) for f, wish in zip(report.findings, wishes, strict=True)),
            edits={wish: Edit(Span(0, 0), noise.randbytes(300_000).hex()) for wish in wishes},
        )
    )
    assert len(gzip.compress(document.encode())) < 10_000_000
    ours = the_run(document)
    left = 40 - len(ours["results"])
    assert 0 < left < 31
    assert ours["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"].startswith(f"{left} of 40 ")


def test_5000_findings_are_all_listed() -> None:
    document = sarif.render(many(5_000))
    assert len(the_run(document)["results"]) == 5_000
    assert len(gzip.compress(document.encode())) < 10_000_000


def test_texts_are_short() -> None:
    report = sample.hostile("x" * 10_000)
    ours = the_run(sarif.render(replace(report, unchecked=report.unchecked * 300)))
    told = ours["invocations"][0]["toolExecutionNotifications"]
    assert len(told) == 101, "100 are told one by one, then how many more"
    assert told[100]["message"]["text"] == "200 more could not be checked."
    assert all(len(entry["message"]["text"]) <= 1024 for entry in (*ours["results"], *told))


def test_the_unreadable_file_is_a_result() -> None:
    ours = the_run(sarif.render(Report((), (Unchecked("r.txt", "cannot be read"),), {}, 0, 0, 0)))
    assert [result["message"]["text"] for result in ours["results"]] == ["not checked: cannot be read."]
