"""For a job summary: the verdict in one line, a table of findings, what is unchecked.

GitHub shows nothing of a summary over 1 MiB, so it is cut at whole rows and
says how many are left. Text of strangers can start no link, mention, reference,
image, markup or table cell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from hashpin.model import Allowed, Finding, Report, Severity, Unchecked
from hashpin.outputs.places import Place, Places, counts, last_line
from hashpin.wording import visible

LIMIT = 1024 * 1024 - 8192  # bytes: GitHub's limit, less what the step's own script may add
_LONGEST = 2000  # characters of one cell
_SIGNS = {Severity.ERROR: "❌ error", Severity.WARNING: "⚠️ warning", Severity.NOTE: "💬 note"}
_MARKUP = re.compile(r"([\\`*_{}\[\]()<>|~$&!])")


def render(report: Report) -> str:
    """The summary, at most LIMIT bytes."""
    places = Places(report)
    findings = sorted(report.findings, key=lambda finding: -finding.severity)
    rows = [*(_finding(f, places.of(f.path, f.span)) for f in findings)]
    rows += (_unchecked(u, places.of(u.path, u.span)) for u in report.unchecked)
    rows += (_allowed(a, places.of(a.finding.path, a.finding.span)) for a in report.allowed)
    head = f"## hashpin: {_verdict(report)}\n\n{last_line(report)}\n"
    skipped = "".join(f"- skipped {_code(entry.path)}: {_text(entry.reason)}\n" for entry in report.skipped[:100])
    head += f"\n{skipped}" if skipped else ""
    if not rows:
        return head
    return (
        head
        + "\n| | where | what | what to do next |\n|---|---|---|---|\n"
        + _fitting(rows, LIMIT - len(head.encode()) - 1024)
    )


def _fitting(rows: list[str], left: int) -> str:
    """As many whole rows as fit, and how many do not."""
    shown = 0
    for row in rows:
        left -= len(row.encode())
        if left < 0:
            break
        shown += 1
    rest = len(rows) - shown
    return "".join(rows[:shown]) + (f"\n{rest:,} more are not shown: GitHub's limit of 1 MiB.\n" if rest else "")


def _verdict(report: Report) -> str:
    if report.worst is Severity.ERROR:
        return f"❌ {counts(report)}"
    if report.unchecked:
        return f"❓ incomplete, {counts(report)}"
    return f"{'✅' if report.worst is None else '⚠️'} {counts(report)}"


def _finding(finding: Finding, place: Place | None) -> str:
    subject = f"{finding.project}=={finding.version}: " if finding.version else ""
    cells = (
        f"{_SIGNS[finding.severity]} {finding.rule.name}",
        _where(finding.path, place),
        _text(subject + finding.message),
        _text(finding.advice),
    )
    return _row(cells)


def _unchecked(entry: Unchecked, place: Place | None) -> str:
    subject = f"{entry.project}=={entry.version}: " if entry.version else ""
    return _row(
        ("❓ unchecked", _where(entry.path, place), _text(subject + entry.reason), "mend the reason, and run it again")
    )


def _allowed(entry: Allowed, place: Place | None) -> str:
    finding = entry.finding
    subject = f"{finding.project}=={finding.version}: " if finding.version else ""
    what = _text(subject + finding.message)
    return _row((f"☑️ allowed {finding.rule.name}", _where(finding.path, place), what, f"reason: {_text(entry.reason)}"))


def _row(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |\n"


def _where(path: str, place: Place | None) -> str:
    return _code(f"{path}:{place.start.line}" if place else path)


def _code(text: str) -> str:
    """A code span; its fence is longer than any run of back-ticks inside."""
    # A summary may be printed, too, and a runner finds its commands anywhere in a line.
    shown = visible(text)[:_LONGEST].replace("|", "\\|").replace("##[", "##\u200b[")
    longest = max((len(run) for run in re.findall("`+", shown)), default=0)
    fence = "`" * (longest + 1)
    return f"{fence} {shown} {fence}" if longest else f"{fence}{shown}{fence}"


def _text(text: str) -> str:
    """Running text in which nothing is markup, a link, a mention or a reference to an issue."""
    return "".join(_pieces(_MARKUP.sub(r"\\\1", visible(text)[:_LONGEST])))


def _pieces(text: str) -> Iterator[str]:
    for index, char in enumerate(text):
        yield char
        # A zero-width space keeps GitHub from seeing @name, #1, GH-1, www.example or https://example.
        if (
            char in "@#"
            or text.startswith("://", index)
            or text[max(0, index - 2) : index + 1].lower() in ("www", "gh-")
        ):
            yield "\u200b"
