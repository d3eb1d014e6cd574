"""The pipeline: from a forest, by way of the index, to a report."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from msgspec.structs import replace

from hashpin import allowances, evidence
from hashpin.evidence import Answers, Asking, Before
from hashpin.model import (
    Direct,
    Downloaded,
    Evidence,
    Finding,
    HashOption,
    Index,
    Judgement,
    Listed,
    LockFile,
    NoAnswer,
    NoDigest,
    Pin,
    Policy,
    Reach,
    Release,
    ReleaseKey,
    Report,
    Severity,
    Stood,
    Unchecked,
    Unpinned,
    Verdict,
)
from hashpin.rules import PAGES, RULES, UNCHECKED, pages, unused_allowance
from hashpin.text import Span
from hashpin.tree import Forest
from hashpin.wording import shortened


def check(
    forest: Forest,
    index: Index | None,
    answers: Answers,
    policy: Policy,
    asking: Asking,
    before: Before = None,
    stood: Mapping[Listed, Stood] | None = None,
) -> tuple[tuple[Evidence, ...], Report]:
    """Ask for what `answers` lacks, then judge. Without an index nothing is asked, and that is said."""
    pins = [pin for file in forest.files.values() for pin in file.pins]
    if index is None:
        evidence.offline(pins, answers)
    else:
        evidence.gather(pins, index, answers, asking, evidence.needing(forest, policy))
        evidence.deepen(forest, before, index, answers, policy, asking)
    found = evidence.assess(forest, answers, policy, before, stood)
    return found, report(forest, found, policy)


def report(forest: Forest, found: Iterable[Evidence], policy: Policy) -> Report:
    """All findings of all trees, each place once with its worst verdict, and all that could not be judged."""
    worst: dict[tuple[object, ...], dict[str, Finding]] = {}
    doubts: list[Finding] = []
    unchecked = {(entry.path, entry.span, entry.reason): entry for entry in forest.unchecked}
    for path, file in forest.files.items():
        for span in file.variables:
            unchecked[path, span, _VARIABLE] = Unchecked(path, _VARIABLE, span)
    for tree in found:
        for rule in RULES:
            for finding in rule.check(tree):
                about = (finding.rule.name, finding.explanation, finding.topic)
                place = worst.setdefault((finding.path, finding.span, *about), {})
                known = max((other.severity for other in place.values()), default=finding.severity)
                if finding.severity > known:  # the same place in another tree, where it is worse
                    place.clear()
                if finding.severity >= known:
                    place[finding.message] = finding
        for owed in UNCHECKED:
            new = (entry for entry in owed(tree) if (entry.path, entry.span, entry.reason) not in unchecked)
            first = {(entry.path, entry.span, entry.reason): entry for entry in new}
            unchecked |= first
            doubts += map(_as_finding, first.values())
        for _, judgement in tree.pins:
            for unjudged in _unchecked(judgement, tree.downloaded):
                unchecked[unjudged.path, unjudged.span, unjudged.reason] = unjudged
    outcome = allowances.apply(
        (*(finding for place in worst.values() for finding in place.values()), *doubts),
        forest.files,
        policy,
        [page.RULE.name for page in PAGES],
    )
    last = allowances.apply(unused_allowance.check(outcome.unused), {}, policy, ())
    allowed = outcome.allowed + last.allowed
    kept = (finding for finding in outcome.kept if finding.topic != _OWED)  # what is not allowed is unchecked
    findings = sorted((*kept, *last.kept), key=lambda f: (f.path, f.span, -f.severity, f.rule.name))
    # Who switches a rule off has not said that what it tells of may go unchecked.
    off = {rule for rule, severity in policy.severities.items() if severity is None}
    told = (entry.finding for entry in allowed if entry.finding.rule.name not in off)
    accepted = {(finding.path, finding.span, finding.rule.name) for finding in told}
    left = sorted(
        (u for u in unchecked.values() if (u.path, u.span, u.told_by) not in accepted),
        key=lambda u: (u.path, u.span or Span(0, 0), u.reason),
    )
    sources = {path: file.source for path, file in forest.files.items()}
    if policy.configuration:
        sources[policy.configuration.path] = policy.configuration
    spoken_of = {finding.path for finding in findings} | {entry.path for entry in left}
    spoken_of |= {entry.finding.path for entry in allowed} | {allowance.path for allowance in outcome.used}
    return Report(
        findings=tuple(findings),
        unchecked=tuple(left),
        sources={path: sources[path] for path in sorted(spoken_of & sources.keys())},
        files=len(forest.files),
        pins=sum(1 for file in forest.files.values() for _ in file.pins),
        hashes=sum(1 for file in forest.files.values() for _ in _hashes(file)),
        skipped=forest.skipped,
        allowed=allowed,
        used=outcome.used,
        rules=pages(),
    )


_VARIABLE = "pip fills in ${...} from the environment where it installs, so what this line says is not known here"


_OWED = "what is owed"


def _as_finding(entry: Unchecked) -> Finding:
    """What a rule could not judge, for who may allow it."""
    rule = next(page.RULE for page in PAGES if page.RULE.name == entry.told_by)
    span = entry.span or Span(0, 0)
    advice = "ask again, or allow it"
    return Finding(
        rule, rule.severity, entry.path, span, entry.reason, advice, entry.project, entry.version, topic=_OWED
    )


def exit_code(report: Report, fail_on: Severity | None, failed: bool = False) -> int:
    """1 findings at or above `fail_on`, whatever else happened; else 3 where something was not done; else 0."""
    if fail_on is not None and report.worst is not None and report.worst >= fail_on:
        return 1
    return 3 if report.unchecked or failed else 0


def relocated(report: Report, where: Callable[[str], str]) -> Report:
    """The report with every path named as `where` names it, for those who count from another folder.

    Two repositories below one folder may each have a requirements.txt: then the paths stay as they are.
    """
    if len({where(path) for path in report.sources}) < len(report.sources):
        return report
    return replace(
        report,
        findings=tuple(replace(finding, path=where(finding.path)) for finding in report.findings),
        unchecked=tuple(replace(entry, path=where(entry.path)) for entry in report.unchecked),
        sources={where(path): source for path, source in report.sources.items()},
        skipped=tuple(replace(entry, path=where(entry.path)) for entry in report.skipped),
        debt=tuple(replace(finding, path=where(finding.path)) for finding in report.debt),
        allowed=tuple(
            replace(entry, finding=replace(entry.finding, path=where(entry.finding.path))) for entry in report.allowed
        ),
        used=tuple(replace(allowance, path=where(allowance.path)) for allowance in report.used),
    )


def _unchecked(judgement: Judgement, downloaded: Mapping[ReleaseKey, Downloaded]) -> Iterator[Unchecked]:
    """What of this pin could not be judged: the whole of it, or single hashes."""
    pin = judgement.pin
    reason: str | None = None
    match judgement.answer:
        case NoAnswer() as unanswered:
            reason = unanswered.reason
        case NoDigest() if pin.hashes or pin.lost:
            reason = "the index publishes no sha256, sha384 or sha512 of this release's files"
        case Release():
            unjudged = judgement.having(Verdict.UNJUDGED)
            algorithms = sorted({h.option.digest.algorithm for h in unjudged if h.file is None})
            names = [h.file.filename for h in unjudged if h.file]
            if algorithms:
                reason = f"the index does not publish the {' or '.join(algorithms)} of every file of this release"
                if (tried := downloaded.get(ReleaseKey(pin.name, pin.version))) and tried.failure:
                    reason = f"{reason}, and {tried.failure}"
            elif names:
                reason = f"the index does not tell whether {shortened(names[0])} is a file of this release"
    if reason is not None:
        yield Unchecked(judgement.path, reason, pin.place, pin.name, pin.version)


def _hashes(file: LockFile) -> Iterator[HashOption]:
    """The hash options that pip takes; those after ``-e`` and on lines without a requirement it drops."""
    for statement in file.statements:
        match statement:
            case Pin() | Unpinned():
                yield from statement.hashes
            case Direct() if statement.reach is not Reach.EDITABLE:
                yield from statement.hashes
            case _:
                pass
