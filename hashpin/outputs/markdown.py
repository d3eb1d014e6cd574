"""For a job summary: the verdict in one line, a table of findings, what is unchecked.

GitHub shows nothing of a summary over 1 MiB, so it is cut at whole rows and
says how many are left.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from hashpin.model import Allowed, Finding, Report, Severity, Unchecked
from hashpin.outputs.markup import code, fitting, remark, row, size, table, text
from hashpin.outputs.places import Place, Places, counts, last_line, subject
from hashpin.wording import plural

LIMIT = 1024 * 1024 - 8192  # bytes: GitHub's limit, less what the step's own script may add
_SIGNS = {Severity.ERROR: "❌ error", Severity.WARNING: "⚠️ warning", Severity.NOTE: "💬 note"}
_HEAD = ("", "where", "what", "what to do next")
_TOLD = 1024  # bytes kept free for what says that something is left out


class Words(Struct, frozen=True):
    """What there is to say of a run beside its report."""

    remarks: Sequence[str] = ()
    """Sentences about the run itself."""
    sections: Sequence[str] = ()
    """Markdown."""
    once: str = ""
    """Until when the verdict does not hold, as ``once pull request 1 is merged``."""
    home: str = ""
    """The repository's address, below which addresses in remarks are links."""


_NO_WORDS = Words()


def render(report: Report, run: Words = _NO_WORDS, limit: int = LIMIT) -> str:
    """The summary, at most `limit` bytes; sections follow, whole or not at all, and rows are cut for half of it."""
    places, sections = Places(report), run.sections
    head = f"## hashpin: {_verdict(report, run.once)}\n\n{last_line(report)}\n"
    about = [f"- {remark(sentence, run.home)}\n" for sentence in run.remarks[:100]]
    about += (f"- skipped {code(entry.path)}: {text(entry.reason)}\n" for entry in report.skipped[:100])
    head += f"\n{''.join(about)}" if about else ""
    findings = sorted(report.findings, key=lambda finding: (-finding.severity, finding.old))
    rows = [_finding(f, places.of(f.path, f.span)) for f in findings]
    rows += (_unchecked(u, places.of(u.path, u.span)) for u in report.unchecked)
    rows += (_allowed(a, places.of(a.finding.path, a.finding.span)) for a in report.allowed)
    reserved = min(sum(size(section) + 1 for section in sections), limit // 2)
    room = limit - reserved - 2 * _TOLD
    shown = head + (f"\n{table(_HEAD, fitting(rows, room - size(head)))}" if rows else "")
    if report.debt:
        shown += _older(report, places, room - size(shown))
    for section in sections:
        fits = size(shown) + size(section) < limit - _TOLD
        shown += f"\n{section}" if fits else "\nA part is not shown: GitHub's limit of 1 MiB.\n"
    return shown


def _verdict(report: Report, once: str) -> str:
    said = counts(report)
    if report.debt:
        said = f"{'nothing new' if said == 'no findings' else said}, and {plural(len(report.debt), 'older finding')}"
    said += f" left {once}" if once else ""
    if report.worst is Severity.ERROR:
        return f"❌ {said}"
    if report.unchecked:
        return f"❓ incomplete, {said}"
    return f"{'✅' if report.worst is None else '⚠️'} {said}"


def _older(report: Report, places: Places, left: int) -> str:
    """What stood before this change, collapsed."""
    rows = [_finding(f, places.of(f.path, f.span)) for f in sorted(report.debt, key=lambda f: -f.severity)]
    label = f"{plural(len(rows), 'finding')} that stood before this change"
    return f"\n<details><summary>{label}</summary>\n\n{table(_HEAD, fitting(rows, left))}\n</details>\n"


def _finding(finding: Finding, place: Place | None) -> str:
    sign = f"{_SIGNS[finding.severity]} {finding.rule.name}"
    return row((sign, _where(finding.path, place), text(subject(finding) + finding.message), text(finding.advice)))


def _unchecked(entry: Unchecked, place: Place | None) -> str:
    what = text(subject(entry) + entry.reason)
    return row(("❓ unchecked", _where(entry.path, place), what, "mend the reason, and run it again"))


def _allowed(entry: Allowed, place: Place | None) -> str:
    finding = entry.finding
    what = text(subject(finding) + finding.message)
    return row((f"☑️ allowed {finding.rule.name}", _where(finding.path, place), what, f"reason: {text(entry.reason)}"))


def _where(path: str, place: Place | None) -> str:
    return code(f"{path}:{place.start.line}" if place else path)
