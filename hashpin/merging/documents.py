"""The documents of `hashpin check --format json`, joined into one that a single run would have given.

Their shape is `docs/report.schema.json`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta

from hashpin.merging.shape import Count, Line, Part, Shape, held, missing, wrong
from hashpin.model import Explanation, Severity
from hashpin.outputs import json_document
from hashpin.rules import unused_allowance

RuleName = Annotated[str, Meta(pattern="^[a-z]+(-[a-z]+)*$", max_length=100)]
Purl = Annotated[str, Meta(pattern="^pkg:pypi/")]


class Finding(Shape, frozen=True, kw_only=True):
    """A breach of a rule."""

    rule: RuleName
    severity: Literal["error", "warning", "note"]
    path: str
    line: Line | None
    column: Line | None
    end_line: Line | None
    end_column: Line | None
    project: str | None
    version: str | None
    purl: Purl | None = None
    index: str | None = None
    message: str
    advice: str = ""
    explanation: Explanation | None
    fix: Literal["safe", "unsafe"] | None


class Allowed(Finding, frozen=True, kw_only=True):
    """One that somebody allows."""

    reason: str


class Unchecked(Shape, frozen=True, kw_only=True):
    """What could not be judged."""

    path: str
    line: Line | None
    project: str | None
    version: str | None
    reason: str


class Summary(Shape, frozen=True, kw_only=True):
    """What was looked at, and what came of it."""

    files: Count
    pins: Count
    hashes: Count
    errors: Count
    warnings: Count
    notes: Count
    unchecked: Count
    allowed: Count = 0
    debt: Count = 0


class Used(Shape, frozen=True, kw_only=True):
    """Where an allowance of the configuration stands that a shard has used."""

    path: str
    line: Line | None


class OneOf(Part, frozen=True, kw_only=True):
    """The shard that a document is of."""

    used: tuple[Used, ...] = ()


class Document(Shape, frozen=True, kw_only=True):
    """A report."""

    version: Literal[1]
    summary: Summary
    findings: tuple[Finding, ...]
    unchecked: tuple[Unchecked, ...]
    allowed: tuple[Allowed, ...] = ()
    debt: tuple[Finding, ...] = ()
    shard: OneOf | None = None


def parse(name: str, data: Any) -> Document:
    """What a JSON value says. Raises UsageError."""
    if isinstance(version := data.get("version"), int) and version != json_document.VERSION:
        raise wrong(name, f"is a report of version {version}, and this hashpin reads {json_document.VERSION} alone")
    document = held(name, data, Document, "report of hashpin check --format json")
    listed = _summary(document.summary, document)
    if listed != document.summary:
        raise wrong(name, "is damaged: its summary counts other findings than it lists")
    return document


def join(documents: Sequence[tuple[str, Document]]) -> Document:
    """One document of all, by their names. Raises UsageError where they are parts that do not go together."""
    lacking = missing((name, document.shard) for name, document in documents)
    ordered = [document for _, document in sorted(documents, key=_number)]
    used = {entry for document in ordered if document.shard for entry in document.shard.used}

    def counts(entry: Finding) -> bool:
        unused = entry.rule == unused_allowance.RULE.name
        return not (unused and Used(path=entry.path, line=entry.line) in used)

    absent = [Unchecked(path=".", line=None, project=None, version=None, reason=reason) for reason in lacking]
    joined = Document(
        version=1,
        summary=Summary(
            **{key: sum(getattr(d.summary, key) for d in ordered) for key in Summary.__struct_fields__},
        ),
        findings=tuple(sorted(filter(counts, _distinct(d.findings for d in ordered)), key=_place)),
        unchecked=tuple(sorted([*absent, *_distinct(d.unchecked for d in ordered)], key=_start)),
        # What is asked last stands last, as in the report of a single run.
        allowed=tuple(
            sorted(filter(counts, _distinct(d.allowed for d in ordered)), key=lambda a: (_is_unused(a), _place(a)))
        ),
        debt=tuple(sorted(_distinct(d.debt for d in ordered), key=_place)),
    )
    return msgspec.structs.replace(joined, summary=_summary(joined.summary, joined))


def render(document: Document) -> str:
    """As JSON, like that of a single run."""
    data = msgspec.to_builtins(document)
    if document.shard is None:
        del data["shard"]
    return json_document.dumped(data)


def exit_code(document: Document, fail_on: Severity | None) -> int:
    """As of `hashpin check`."""
    worst = max((Severity.named(finding.severity) or 0 for finding in document.findings), default=0)
    if fail_on is not None and worst >= fail_on:
        return 1
    return 3 if document.unchecked else 0


_Entry = TypeVar("_Entry", bound=Shape)


def _distinct(lists: Iterable[Sequence[_Entry]]) -> list[_Entry]:
    """All entries; what another report has said already is left out."""
    found: list[_Entry] = []
    seen: set[_Entry] = set()
    for entries in lists:
        found += (entry for entry in entries if entry not in seen)
        seen.update(entries)
    return found


def _summary(counted: Summary, document: Document) -> Summary:
    """The summary with its findings counted anew."""
    of = [finding.severity for finding in document.findings]
    return msgspec.structs.replace(
        counted,
        errors=of.count("error"),
        warnings=of.count("warning"),
        notes=of.count("note"),
        unchecked=len(document.unchecked),
        allowed=len(document.allowed),
        debt=len(document.debt),
    )


def _number(named: tuple[str, Document]) -> int:
    return named[1].shard.number if named[1].shard else 0


def _start(entry: Finding | Unchecked) -> tuple[str, int]:
    return entry.path, entry.line or 1


_COLUMNS: Callable[[Finding], tuple[int | None, ...]] = attrgetter("column", "end_line", "end_column")


def _place(entry: Finding) -> tuple[object, ...]:
    """In the order of the files, the worst first at one place."""
    severity = Severity.named(entry.severity) or 0
    return (*_start(entry), *(number or 1 for number in _COLUMNS(entry)), -severity, entry.rule)


def _is_unused(entry: Finding) -> bool:
    return entry.rule == unused_allowance.RULE.name
