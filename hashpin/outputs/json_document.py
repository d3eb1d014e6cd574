"""For programs: one JSON document, described by `docs/report.schema.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from hashpin import __version__
from hashpin.model import Finding, Report, Severity, Shard, Unchecked
from hashpin.outputs.places import Places, purl
from hashpin.wording import redacted

VERSION = 1


def render(report: Report) -> str:
    """The document."""
    places = Places(report)
    document: dict[str, Any] = {
        "version": VERSION,
        "summary": {
            "files": report.files,
            "pins": report.pins,
            "hashes": report.hashes,
            "errors": report.count(Severity.ERROR),
            "warnings": report.count(Severity.WARNING),
            "notes": report.count(Severity.NOTE),
            "unchecked": len(report.unchecked),
            "allowed": len(report.allowed),
            "debt": len(report.debt),
        },
        "findings": [_finding(finding, places) for finding in report.findings],
        "unchecked": [unchecked(entry, places) for entry in report.unchecked],
        "allowed": [{**_finding(entry.finding, places), "reason": redacted(entry.reason)} for entry in report.allowed],
        "debt": [_finding(finding, places) for finding in report.debt],
    }
    if report.shard:
        lines = ((entry.path, places.of(entry.path, entry.span)) for entry in report.used)
        used = [{"path": path, "line": place.start.line if place else None} for path, place in lines]
        document["shard"] = {**shard(report.shard), "used": used}
    return dumped(document)


def shard(part: Shard) -> dict[str, Any]:
    """By what `hashpin merge` tells whether it has all parts of one whole."""
    return {"number": part.number, "of": part.of, "cut": part.cut, "hashpin": __version__}


def dumped(document: Mapping[str, Any]) -> str:
    """A document with a line end. All of it is ASCII, so that no reader can misread a byte of it.

    `##[` can stand in strings alone, and is spelled so that a GitHub runner sees no command in it.
    """
    return json.dumps(document, indent=2).replace("##[", "#\\u0023[") + "\n"


def _finding(finding: Finding, places: Places) -> dict[str, Any]:
    place = places.of(finding.path, finding.span)
    return {
        "rule": finding.rule.name,
        "severity": finding.severity.name.lower(),
        "path": finding.path,
        "line": place.start.line if place else None,
        "column": place.start.column if place else None,
        "end_line": place.end.line if place else None,
        "end_column": place.end.column if place else None,
        "project": finding.project,
        "version": finding.version,
        "purl": purl(finding.project, finding.version),
        "index": finding.index,
        "message": redacted(finding.message),
        "advice": redacted(finding.advice),
        "explanation": finding.explanation.value if finding.explanation else None,
        "fix": None if finding.fix is None else "safe" if finding.fix.safe else "unsafe",
    }


def unchecked(entry: Unchecked, places: Places) -> dict[str, Any]:
    """An entry of the list of that name."""
    place = places.of(entry.path, entry.span)
    return {
        "path": entry.path,
        "line": place.start.line if place else None,
        "project": entry.project,
        "version": entry.version,
        "reason": redacted(entry.reason),
    }
