"""What a change brought in, and what stood before it. Pure.

A finding is old where the same one, as bad at least, stood on the same text of
the same file before. That is more than its line: what a change does to lines
that it leaves alone, such as switching hash mode on, it has brought in.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping

from msgspec.structs import replace

from hashpin.fingerprints import LogicalLines
from hashpin.model import Finding, Kind, Report, Severity

# Lines are counted anew by every line that is added above.
_LINE_NUMBERS = re.compile(r":\d+\b|\bline \d+")

_Key = tuple[object, ...]
Ways = Mapping[str, frozenset[tuple[str, Kind]]]


def marked(report: Report, earlier: Report, ways: Ways, earlier_ways: Ways) -> Report:
    """The report with every finding marked `old` that stood in the earlier one, too; each counts once.

    `ways` are those by which each file is taken in: where there is a new one, what
    stood in a file that nobody installed is news.
    """
    stood: dict[_Key, list[Severity]] = defaultdict(list)
    key, earlier_key = _keys(report), _keys(earlier)
    for finding in sorted(earlier.findings, key=lambda f: f.severity):
        stood[earlier_key(finding)].append(finding.severity)
    worst_first = sorted(range(len(report.findings)), key=lambda i: -report.findings[i].severity)
    findings = list(report.findings)
    for index in worst_first:
        path = findings[index].path
        if not ways.get(path, frozenset()) <= earlier_ways.get(path, frozenset()):
            continue
        severities = stood[key(findings[index])]
        if severities and severities[-1] >= findings[index].severity:
            severities.pop()
            findings[index] = replace(findings[index], old=True)
    return replace(report, findings=tuple(findings))


def set_aside(report: Report) -> Report:
    """The report in which what is old does not count."""
    return replace(
        report,
        findings=tuple(finding for finding in report.findings if not finding.old),
        debt=tuple(finding for finding in report.findings if finding.old),
    )


def taken_in(report: Report) -> Report:
    """The report in which everything counts again."""
    return replace(report, findings=report.findings + report.debt, debt=())


def _keys(report: Report) -> Callable[[Finding], _Key]:
    """What says whether two findings are one: the rule, what it says, and the text of the whole logical line."""
    lines: dict[str, LogicalLines] = {}

    def key(finding: Finding) -> _Key:
        path = finding.path
        message = _LINE_NUMBERS.sub("", finding.message)
        known = lines.get(path) or lines.setdefault(path, LogicalLines(report.sources[path].text, exact=True))
        where = "" if finding.of_file else known.of(finding.span)
        return finding.rule.name, path, finding.explanation, finding.project, finding.version, message, where

    return key
