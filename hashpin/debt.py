"""What a change brought in, and what stood before it. Pure.

A finding is old where the same one, as bad at least, stood on the same text of
the same file before. That is more than its line: what a change does to lines
that it leaves alone, such as switching hash mode on, it has brought in.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace

from hashpin.model import Finding, Report, Severity
from hashpin.text import Lines
from hashpin.tree import Forest

# Lines are counted anew by every line that is added above.
_LINE_NUMBERS = re.compile(r":\d+\b|\bline \d+")

_Key = tuple[object, ...]


def marked(report: Report, forest: Forest, earlier: Report, earlier_forest: Forest) -> Report:
    """The report with every finding marked `old` that stood in the earlier one, too; each counts once."""
    stood: dict[_Key, list[Severity]] = defaultdict(list)
    earlier_key, key = _keys(earlier_forest), _keys(forest)
    for finding in sorted(earlier.findings, key=lambda f: f.severity):
        stood[earlier_key(finding)].append(finding.severity)
    worst_first = sorted(range(len(report.findings)), key=lambda i: -report.findings[i].severity)
    findings = list(report.findings)
    for index in worst_first:
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


def _keys(forest: Forest) -> Callable[[Finding], _Key]:
    """What says whether two findings are one: the rule, what it says, and the text of the whole requirement."""
    starts = {path: [s.span.start for s in file.statements] for path, file in forest.files.items()}
    lines: dict[str, Lines] = {}

    def text(finding: Finding) -> str:
        file = forest.files.get(finding.path)
        if file is None:
            return ""
        index = bisect_right(starts[finding.path], finding.span.start) - 1
        if index >= 0 and (span := file.statements[index].span).end >= finding.span.start:
            return span.of(file.source.text)
        own = lines.setdefault(finding.path, Lines(file.source.text))
        return own.line(own.position(finding.span.start).line)

    def key(finding: Finding) -> _Key:
        message = _LINE_NUMBERS.sub("", finding.message)
        where = "" if finding.of_file else " ".join(text(finding).split())
        return finding.rule.name, finding.path, finding.explanation, finding.project, finding.version, message, where

    return key
