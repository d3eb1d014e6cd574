"""Many findings: what GitHub would drop is counted where people look, and nothing goes over a limit."""

from __future__ import annotations

import gzip
import json

import pytest
from msgspec.structs import replace

from hashpin.model import (
    Correction,
    Digest,
    DistributionFile,
    Finding,
    HashOption,
    HashVerdict,
    LeftWhole,
    Packaging,
    Report,
    Rule,
    Severity,
    Source,
    Verdict,
)
from hashpin.outputs import markdown, pull_request_body, sarif, workflow_commands
from hashpin.text import Span
from tests import runner

ERROR = Rule("unknown-hash", Severity.ERROR, "")


def many(count: int, *severities: Severity) -> Report:
    """Findings in several files with texts of the usual length, their severities in turn."""
    texts: dict[str, str] = {}
    findings: list[Finding] = []
    for number in range(count):
        path = f"services/service-{number // 100}/requirements.txt"
        line = f"project-{number}==1.{number}.0 --hash=sha256:{number:064x}\n"
        start = len(texts.setdefault(path, ""))
        texts[path] += line
        severity = severities[number % len(severities)]
        message = f"1 of 1 hash is of no file that the index has under this project: sha256:{number:064x}"
        advice = "find out where it came from; hashpin fix --unsafe-fixes writes over it"
        span = Span(start, start + len(line) - 1)
        findings.append(Finding(ERROR, severity, path, span, message, advice, f"project-{number}", f"1.{number}.0"))
    sources = {path: Source(path, text) for path, text in texts.items()}
    return Report(tuple(findings), (), sources, len(sources), count, count)


def step(report: Report) -> runner.Step:
    read = runner.Step()
    read.read(workflow_commands.render(report))
    assert (read.others, read.masks, "".join(read.log)) == ([], [], "")
    return read


def test_120_findings() -> None:
    report = many(120, Severity.ERROR)
    shown = step(report).shown("error")
    assert len(shown) == runner.SHOWN == workflow_commands.LIMIT
    assert shown[-1].data == "111 more of this kind, which GitHub would not show here. In all: 120 errors."
    summary = markdown.render(report)
    assert all(f"project-{number}==" in summary for number in range(120))
    assert "not shown" not in summary
    assert len(json.loads(sarif.render(report))["runs"][0]["results"]) == 120


@pytest.mark.parametrize("count", [120, 5000])
def test_every_annotation_is_shown_and_whole(count: int) -> None:
    read = step(many(count, *Severity))
    assert len(read.annotations) == 30, "of 50 that GitHub shows of a job"
    for kind in runner.ANNOTATIONS:
        shown = read.shown(kind)
        assert len(shown) == sum(annotation.name == kind for annotation in read.annotations) == 10
        left = count // 3 + (0 if count % 3 == 0 else kind in ("notice", "warning")) - 9
        assert shown[-1].data.startswith(f"{left} more of this kind, ")
        assert not any("more of this kind" in annotation.data for annotation in shown[:-1])


def test_5000_findings() -> None:
    report = many(5000, Severity.NOTE, Severity.ERROR)
    summary = markdown.render(report)
    assert len(summary.encode()) <= runner.SUMMARY
    rows = [line for line in summary.splitlines() if line.startswith(("| ❌", "| 💬"))]
    assert summary.splitlines()[-1] == f"{5000 - len(rows):,} more are not shown: GitHub's limit of 1 MiB."
    assert all(row.startswith("| ❌") for row in rows[:2500]), "the worst first"
    assert "2,500 errors, 2,500 notes" in summary.partition("| where |")[0]
    document = sarif.render(report)
    assert len(gzip.compress(document.encode())) < 10_000_000
    results = json.loads(document)["runs"][0]["results"]
    assert [result["level"] for result in results] == ["error"] * 2500 + ["note"] * 2500


def test_long_texts_are_cut_where_the_runner_would() -> None:
    report = many(9, Severity.ERROR)
    long = tuple(replace(finding, message="\U0001f600" * 9000) for finding in report.findings)
    for annotation in step(replace(report, findings=long)).annotations:
        assert annotation.data.endswith("…")
        assert len(annotation.data.encode("utf-16-le")) // 2 in (runner.LONGEST, runner.LONGEST - 1)


@pytest.mark.parametrize("count", [1, 120, 5000])
def test_the_body_of_a_pull_request_is_cut_at_whole_rows(count: int) -> None:
    report = many(count, Severity.ERROR)
    digest = Digest("sha256", "a" * 64)
    file = DistributionFile("project-1.tar.gz", Packaging.SDIST, (digest,))
    went = HashVerdict(HashOption(digest, Span(0, 0)), Verdict.OTHER_VERSION, file=file, version="0")
    corrections = [
        Correction(f.path, f"{f.project}", f"{f.version}", (f,), (went,) * 3, ((digest, file),) * 3)
        for f in report.findings
    ]
    left = [LeftWhole(path, "it is a symlink: correct its target") for path in report.sources]
    body = pull_request_body.render(corrections, left, report, "main", "a" * 40)
    assert len(body) <= pull_request_body.LIMIT < 65_536
    rows = [line for line in body.splitlines() if line.startswith("| `services/")]
    assert all(row.endswith(" |") and row.count(" | ") == 5 for row in rows)
    assert body.count("<details>") == body.count("</details>")
    shown = len(rows)
    assert (shown == count) == (count == 1)
    if shown < count:
        assert f"{count - shown:,} more pins are not shown for want of room." in body
    assert body.rstrip().endswith("is not proposed again.")
    assert len(pull_request_body.message("Title", corrections)) < 20_000
