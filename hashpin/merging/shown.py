"""A joined document for people: at a terminal, and as a job summary."""

from __future__ import annotations

from collections.abc import Iterator

from hashpin.merging.documents import Document, Finding, Unchecked
from hashpin.outputs.markup import code, fitting, row, size, table
from hashpin.outputs.markup import text as plain
from hashpin.wording import inert, plural, visible

_LIMIT = 1024 * 1024 - 8192  # bytes: GitHub's limit of a job summary, less what the step's own script may add
_HEAD = ("", "where", "what", "what to do next")
_SIGNS = {"error": "❌ error", "warning": "⚠️ warning", "note": "💬 note"}


def text(document: Document) -> str:
    """The findings, what is unchecked, and a last line with counts."""
    return "".join(f"{inert(line)}\n" for line in _lines(document))


def _lines(document: Document) -> Iterator[str]:
    for finding in document.findings:
        said = visible(_subject(finding) + finding.message)
        yield f"{_where(finding)}: {finding.severity}[{finding.rule}] {said}"
        yield f"    next: {visible(finding.advice)}"
    for entry in document.unchecked:
        yield f"{_where(entry)}: unchecked {visible(_subject(entry) + entry.reason)}"
    if document.unchecked:
        yield "    next: nothing was judged there; mend the reason, and run it again"
    yield _last_line(document)


def markdown(document: Document) -> str:
    """A job summary."""
    worst = any(finding.severity == "error" for finding in document.findings)
    sign = "❌" if worst else "❓ incomplete," if document.unchecked else "⚠️" if document.findings else "✅"
    head = f"## hashpin: {sign} {_counts(document)}\n\n{_last_line(document)}\n"
    ranks = list(_SIGNS)
    found = sorted(document.findings, key=lambda finding: ranks.index(finding.severity))
    rows = [_row(f"{_SIGNS[f.severity]} {f.rule}", f, f.message, plain(f.advice)) for f in found]
    rows += (_row("❓ unchecked", u, u.reason, "mend the reason, and run it again") for u in document.unchecked)
    rows += (_row(f"☑️ allowed {a.rule}", a, a.message, f"reason: {plain(a.reason)}") for a in document.allowed)
    return head + (f"\n{table(_HEAD, fitting(rows, _LIMIT - size(head) - 1024))}" if rows else "")


def _row(sign: str, entry: Finding | Unchecked, what: str, next_: str) -> str:
    where = code(f"{entry.path}:{entry.line}" if entry.line else entry.path)
    return row((sign, where, plain(_subject(entry) + what), next_))


def _where(entry: Finding | Unchecked) -> str:
    place = "" if entry.line is None else f":{entry.line}"
    column = f":{entry.column}" if isinstance(entry, Finding) and entry.column is not None else ""
    return visible(entry.path) + place + column


def _subject(entry: Finding | Unchecked) -> str:
    return f"{entry.project}=={entry.version}: " if entry.version else ""


def _counts(document: Document) -> str:
    summary = document.summary
    counted = ((summary.errors, "error"), (summary.warnings, "warning"), (summary.notes, "note"))
    found = [plural(count, noun) for count, noun in counted if count]
    if summary.unchecked:
        found.append(f"{summary.unchecked:,} unchecked")
    return ", ".join(found) or "no findings"


def _last_line(document: Document) -> str:
    summary = document.summary
    looked = (plural(summary.files, "file"), plural(summary.pins, "pin"), plural(summary.hashes, "hash"))
    allowed = f"; {summary.allowed:,} allowed" if summary.allowed else ""
    debt = f"; {summary.debt:,} from before this change" if summary.debt else ""
    return f"{', '.join(looked)}: {_counts(document)}{allowed}{debt}"
