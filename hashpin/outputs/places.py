"""What several outputs say alike: where a finding is, in lines and columns, and the counts.

The one place where offsets turn into lines.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from msgspec import Struct
from packageurl import PackageURL

from hashpin.model import Finding, Report, Severity, Source, Unchecked
from hashpin.text import Lines, Position, Span
from hashpin.wording import plural


class Place(Struct, frozen=True):
    """From `start` up to, not including, `end`; and what the first line begins with."""

    start: Position
    end: Position
    excerpt: str


_WIDEST = 200  # characters of a line; a longer one would be copied for each finding on it


class Spoken(Protocol):
    """What speaks of places in files: a report, a table."""

    @property
    def sources(self) -> Mapping[str, Source]:
        """The sources that it points into, by path."""


class Places:
    """The places of one report; each text is cut into lines once."""

    def __init__(self, spoken: Spoken) -> None:
        self._sources = spoken.sources
        self._lines: dict[str, Lines] = {}

    def of(self, path: str, span: Span | None) -> Place | None:
        """The place of a span in a file; None where there is no span, because the file itself was not read."""
        if span is None:
            return None
        lines = self._lines.get(path) or self._lines.setdefault(path, Lines(self._sources[path].text))
        start = lines.position(span.start)
        return Place(start, lines.position(span.end), lines.line(start.line, _WIDEST))


def subject(entry: Finding | Unchecked) -> str:
    """``requests==2.32.3: ``: what a sentence is about; empty where it is no release."""
    return f"{entry.project}=={entry.version}: " if entry.version else ""


def counts(report: Report) -> str:
    """``2 errors, 1 warning``: what there is, or ``no findings``."""
    found = [
        plural(count, severity.name.lower()) for severity in reversed(Severity) if (count := report.count(severity))
    ]
    if report.unchecked:
        found.append(f"{len(report.unchecked):,} unchecked")
    return ", ".join(found) or "no findings"


def purl(project: str | None, version: str | None) -> str | None:
    """A release, or a project, as programs name it."""
    return PackageURL("pypi", name=project, version=version).to_string() if project else None


def last_line(report: Report) -> str:
    """What was looked at, and what came of it."""
    looked = (plural(report.files, "file"), plural(report.pins, "pin"), plural(report.hashes, "hash"))
    allowed = f"; {len(report.allowed):,} allowed" if report.allowed else ""
    errors = sum(finding.severity is Severity.ERROR for finding in report.debt)
    worst = f" ({plural(errors, 'error')})" if errors else ""
    debt = f"; {len(report.debt):,} from before this change{worst}" if report.debt else ""
    shard = f"shard {report.shard.number}/{report.shard.of}: " if report.shard else ""
    return f"{shard}{', '.join(looked)}: {counts(report)}{allowed}{debt}"
