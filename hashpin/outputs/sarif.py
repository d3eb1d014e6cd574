"""For code scanning: SARIF 2.1.0 as GitHub takes it in.

What GitHub reads of a file, what it demands and where it stops are in "SARIF
support for code scanning" (docs.github.com); the rest is OASIS SARIF 2.1.0.
Allowed findings are counted and not listed: GitHub opens alerts for suppressed
results, too (github/codeql-action#1230).
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from msgspec import Struct, field

from hashpin import HOME_PAGE, __version__
from hashpin.fingerprints import fingerprints
from hashpin.model import Finding, Report, Rule, RulePage, SetHashes, Severity, Shard, Unchecked
from hashpin.outputs import json_document
from hashpin.outputs.places import Places, purl, subject
from hashpin.text import Edit, Span
from hashpin.wording import plural, redacted, shortened, visible

LIMIT = 25_000  # results of a run; with more the upload is refused
SHOWN = 5000  # of which GitHub shows the worst
_LARGEST = 8 * 1024 * 1024  # bytes of all results, compressed: GitHub takes 10 MB of the whole file
_LONGEST = 1024  # characters of a text
NOTIFICATIONS = 100

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}
# GitHub shows 7.0 to 8.9 as high, 4.0 to 6.9 as medium, less as low.
_SECURITY_SEVERITIES = {Severity.ERROR: "8.0", Severity.WARNING: "5.0", Severity.NOTE: "2.0"}
# CWE-494: Download of Code Without Integrity Check.
_TAGS = ["security", "supply-chain", "external/cwe/cwe-494"]

UNCHECKED = RulePage(
    Rule("unchecked", Severity.ERROR, "something that could not be checked"),
    """\
This could not be checked.

## What it is
The index did not answer, does not publish what the hash could be compared with,
or the file cannot be read as pip would read it. The message says which.

## Why it is bad
Nothing was judged here, so nothing may be concluded: a forged hash would look
just the same.

## What the fix does
Nothing. Mend the reason and run hashpin again.""",
)


def render(report: Report) -> str:
    """The document, with a line end. All of it is ASCII, and nothing in it is a command to a GitHub runner."""
    rules = {page.rule.name: page for page in (*report.rules, UNCHECKED)}
    for finding in report.findings:  # a report made by hand may name no rules
        rules.setdefault(finding.rule.name, RulePage(finding.rule, finding.rule.summary))
    numbers = {name: number for number, name in enumerate(rules)}
    places, files = Places(report), _Files(report)
    entries = _worst_first(report)
    results = fitting(_result(entry, numbers, report.edits, places, files) for entry in entries)
    notifications = [*_unjudged(report, places, files), *_counted(report, len(entries), len(results))]
    shard = _shard(report.shard, report, places) if report.shard else None
    return spelled(rules.values(), results, notifications, files.artifacts, not report.unchecked, shard)


def spelled(
    rules: Iterable[RulePage],
    results: Sequence[object],
    notifications: Sequence[object],
    artifacts: Sequence[object],
    successful: bool,
    shard: Mapping[str, Any] | None,
) -> str:
    """A document of these parts, whoever has put them together."""
    document = {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "hashpin",
                        "informationUri": HOME_PAGE,
                        "version": __version__,
                        "semanticVersion": __version__,
                        "rules": [_rule(page) for page in rules],
                        "notifications": _NOTICES,
                    }
                },
                "automationDetails": {"id": "hashpin/"},
                "columnKind": "unicodeCodePoints",
                "invocations": [
                    {
                        # A run that left something unjudged has not succeeded, whatever it found.
                        "executionSuccessful": successful,
                        "toolExecutionNotifications": notifications,
                    }
                ],
                "artifacts": artifacts,
                "results": results,
                **({"properties": {"shard": shard}} if shard else {}),
            }
        ],
    }
    return json.dumps(document, indent=2).replace("##[", "#\\u0023[") + "\n"


def _shard(part: Shard, report: Report, places: Places) -> dict[str, Any]:
    regions = ((entry.path, _region(entry.path, entry.span, places)) for entry in report.used)
    used = [{"uri": _uri(path), "startLine": region["startLine"] if region else None} for path, region in regions]
    return {**json_document.shard(part), "used": used}


# --- rules -----------------------------------------------------------------


def _rule(page: RulePage) -> dict[str, Any]:
    name, severity = page.rule.name, page.rule.severity
    title, _, body = page.text.partition("\n\n")
    about = " ".join(body.partition("## Why")[0].removeprefix("## What it is").split())
    where = "#what-it-finds" if page is UNCHECKED else f"/blob/main/docs/rules.md#{name}"
    return {
        "id": name,
        # SARIF wants another name than the id (SARIF1001 of the multitool).
        "name": "NotChecked" if page is UNCHECKED else "".join(word.capitalize() for word in name.split("-")),
        "shortDescription": {"text": shortened(title, _LONGEST)},
        "fullDescription": {"text": shortened(about or title, _LONGEST)},
        "help": {"text": page.text, "markdown": f"# {name}\n\n{page.text}"},
        "helpUri": HOME_PAGE + where,
        "defaultConfiguration": {"level": _LEVELS[severity]},
        "properties": {
            "tags": _TAGS,
            "precision": "very-high",
            "security-severity": _SECURITY_SEVERITIES[severity],
        },
    }


# --- results ---------------------------------------------------------------


class _Entry(Struct, frozen=True):
    """What becomes a result."""

    what: Finding | Unchecked
    fingerprint: str

    @property
    def severity(self) -> Severity:
        # What could not be judged must not look judged: the step fails on it, too.
        return self.what.severity if isinstance(self.what, Finding) else Severity.ERROR


def _worst_first(report: Report) -> list[_Entry]:
    told: tuple[Finding | Unchecked, ...] = (*report.findings, *report.unchecked)
    entries = [_Entry(what, known) for what, known in zip(told, fingerprints(told, report.sources), strict=True)]
    return sorted(entries, key=lambda entry: -entry.severity)


def fitting(results: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """As many as GitHub takes."""
    taken: list[dict[str, Any]] = []
    packer, size = zlib.compressobj(), 0
    for result in results:
        size += len(packer.compress(json.dumps(result, indent=2).encode()))
        if size > _LARGEST or len(taken) == LIMIT:
            break
        taken.append(result)
    return taken


def _result(
    entry: _Entry, numbers: Mapping[str, int], edits: Mapping[SetHashes, Edit], places: Places, files: _Files
) -> dict[str, Any]:
    what = entry.what
    if isinstance(what, Finding):
        rule, text = what.rule.name, f"{subject(what)}{what.message}. Next: {what.advice}."
    else:
        rule, text = UNCHECKED.rule.name, f"{subject(what)}not checked: {what.reason}."
    properties = {"purl": purl(what.project, what.version)}
    if isinstance(what, Finding):
        properties["explanation"] = what.explanation.value if what.explanation else None
    result: dict[str, Any] = {
        "ruleId": rule,
        "ruleIndex": numbers[rule],
        "level": _LEVELS[entry.severity],
        "message": _message(text),
        "locations": [_location(what, places, files)],
        "partialFingerprints": {"primaryLocationLineHash": entry.fingerprint},
        "properties": {name: value for name, value in properties.items() if value is not None},
    }
    if isinstance(what, Finding) and what.fix and (edit := edits.get(what.fix)):
        result["fixes"] = list(_fixes(what, what.fix, edit, places, files))
    return result


def _fixes(finding: Finding, wish: SetHashes, edit: Edit, places: Places, files: _Files) -> Iterator[dict[str, Any]]:
    region = _region(finding.path, edit.span, places)
    if region is None or redacted(edit.replacement) != edit.replacement:
        return
    about = "List exactly the hashes that the index publishes"
    warning = (
        "" if wish.safe else "Unsafe, since nobody has explained what would be written over or added: look first. "
    )
    yield {
        "description": {"text": f"{warning}{about}."},
        "artifactChanges": [
            {
                "artifactLocation": files.of(finding.path),
                "replacements": [{"deletedRegion": region, "insertedContent": {"text": edit.replacement}}],
            }
        ],
    }


def _location(what: Finding | Unchecked, places: Places, files: _Files) -> dict[str, Any]:
    span = what.span
    if span is not None:  # a region that ends where a line begins would make an alert of that line, too
        span = Span(span.start, span.start + len(span.of(files.report.sources[what.path].text).rstrip("\r\n")))
    # Without a place the file itself is meant, and GitHub wants a region even so.
    region = _region(what.path, span, places) or dict.fromkeys(_REGION, 1)
    return {"physicalLocation": {"artifactLocation": files.of(what.path), "region": region}}


_REGION = ("startLine", "startColumn", "endLine", "endColumn")


def _region(path: str, span: Span | None, places: Places) -> dict[str, int] | None:
    place = places.of(path, span)
    if place is None:
        return None
    start, end = place.start, place.end
    return dict(zip(_REGION, (start.line, start.column, end.line, end.column), strict=True))


def _message(text: str) -> dict[str, str]:
    # [text](target) would be a link.
    return {"text": shortened(visible(text), _LONGEST - 100).replace("](", "]\u200b(")}


# --- files -----------------------------------------------------------------


class _Files(Struct, frozen=True):
    """The files that the document speaks of, in the order in which they came up."""

    report: Report
    numbers: dict[str, int] = field(default_factory=dict)

    def of(self, path: str) -> dict[str, Any]:
        """A file as results name it."""
        return {"uri": _uri(path), "index": self.numbers.setdefault(path, len(self.numbers))}

    @property
    def artifacts(self) -> list[dict[str, Any]]:
        return [artifact(_uri(path)) for path in self.numbers]


def artifact(uri: str) -> dict[str, Any]:
    """A file as a document lists it."""
    return {"location": {"uri": uri}, "mimeType": "text/plain"}


def _uri(path: str) -> str:
    """A path as a relative reference (RFC 3986): no colon of it makes a scheme, no character is left to guess."""
    spelled = quote(path.encode("utf-8", "surrogateescape"), safe="/")
    return f"file://{spelled}" if spelled.startswith("/") else spelled


# --- notifications ---------------------------------------------------------

_TOLD = {
    "unchecked": ("NotChecked", "Something could not be checked."),
    "left-out": ("LeftOut", "More was found than GitHub takes or shows."),
    "allowed": ("AllowedFindings", "The repository's authors allow findings."),
}
_NOTICES = [
    {
        "id": notice,
        "name": name,
        "shortDescription": {"text": text},
        "fullDescription": {"text": text},
        "help": {"text": text},
    }
    for notice, (name, text) in _TOLD.items()
]
_NOTICE_NUMBERS = {notice: number for number, notice in enumerate(_TOLD)}


def _unjudged(report: Report, places: Places, files: _Files) -> Iterator[dict[str, Any]]:
    for entry in report.unchecked[:NOTIFICATIONS]:
        told = notice("unchecked", "error", f"{subject(entry)}not checked: {entry.reason}.")
        yield {**told, "locations": [_location(entry, places, files)]}
    if (more := len(report.unchecked) - NOTIFICATIONS) > 0:
        yield notice("unchecked", "error", f"{more:,} more could not be checked.")


def _counted(report: Report, found: int, listed: int) -> Iterator[dict[str, Any]]:
    yield from left_out(found, listed)
    if report.allowed:
        yield notice("allowed", "note", f"{plural(len(report.allowed), 'finding')} allowed by the repository.")


def left_out(found: int, listed: int) -> Iterator[dict[str, Any]]:
    """What GitHub takes or shows less than was found."""
    if listed < found:
        yield notice(
            "left-out",
            "warning",
            f"{found - listed:,} of {plural(found, 'result')} are left out here, for GitHub takes no more; "
            "the worst are listed.",
        )
    if found > SHOWN:
        yield notice("left-out", "warning", f"GitHub shows {SHOWN:,} of these {plural(found, 'result')}, the worst.")


def notice(name: str, level: str, text: str) -> dict[str, Any]:
    """What is said beside the results."""
    return {"descriptor": {"id": name, "index": _NOTICE_NUMBERS[name]}, "level": level, "message": _message(text)}
