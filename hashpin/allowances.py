"""What the repository's authors allow: a finding goes away only beside a reason, and is counted. Pure."""

from __future__ import annotations

import posixpath
import re
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping
from fnmatch import fnmatchcase

from msgspec import Struct
from msgspec.structs import replace

from hashpin.model import Allowance, Allowed, Comment, Finding, LockFile, Policy, SetHashes, UnusedAllowance
from hashpin.text import Span
from hashpin.wording import nearest, shortened

_ALLOW = re.compile(r"allow\s*\[(?P<rules>[^\]]*)\]\s*(?P<reason>.*)")
_HOW = "write # hashpin: allow[RULE] reason"


class Outcome(Struct, frozen=True):
    """What is left of a run's findings."""

    kept: tuple[Finding, ...]
    allowed: tuple[Allowed, ...]
    unused: tuple[UnusedAllowance, ...]
    used: tuple[Allowance, ...] = ()
    """Those of the configuration that took something away."""


def apply(
    findings: Iterable[Finding], files: Mapping[str, LockFile], policy: Policy, rules: Collection[str]
) -> Outcome:
    """Give each finding its configured severity, and take away those that somebody allows."""
    comments, configured = _Comments(files, policy.trusted, rules), _Configured(policy.allowances)
    used: set[Allowance] = set()
    kept: list[Finding] = []
    allowed: list[Allowed] = []
    for finding in findings:
        allowance = comments.of(finding) or configured.of(finding)
        severity = policy.severities.get(finding.rule.name, finding.severity)
        if allowance:
            used.add(allowance)
            allowed.append(Allowed(finding, allowance.reason))
        elif severity is None:
            allowed.append(Allowed(finding, "the configuration switches this rule off"))
        else:
            kept.append(replace(finding, severity=severity))
    pinned = {pin.name for file in files.values() for pin in file.pins}
    unused = [a for a in comments.all if a not in used]
    # What allows something of a project that no file read here pins may be right elsewhere.
    unused += [a for a in policy.allowances if a not in used and a.project in pinned]
    kept = _keeping(kept, allowed)
    allowed.sort(key=lambda entry: (entry.finding.path, entry.finding.span, entry.finding.rule.name))
    return Outcome(
        tuple(kept),
        tuple(allowed),
        (*comments.faulty, *(UnusedAllowance(a.path, a.span, _unused(a)) for a in unused)),
        tuple(allowance for allowance in policy.allowances if allowance in used),
    )


_OF_HASHES = frozenset({"unknown-hash", "malformed-hash", "weak-hash", "repeated-hash"})


def _keeping(findings: list[Finding], allowed: list[Allowed]) -> list[Finding]:
    """The findings, with fixes that leave the hashes that are meant to be there."""
    judging = (entry.finding for entry in allowed if entry.finding.rule.name in _OF_HASHES)
    meant = {(finding.path, finding.span) for finding in judging}
    return [replace(finding, fix=_sparing(finding.fix, meant)) if finding.fix else finding for finding in findings]


def _sparing(wish: SetHashes, meant: set[tuple[str, Span]]) -> SetHashes | None:
    spared = {option.digest for option in (*wish.pin.hashes, *wish.pin.lost) if (wish.path, option.span) in meant}
    return replace(wish, digests=wish.digests | spared) if spared else wish


def _unused(allowance: Allowance) -> str:
    of = f" of {allowance.project}" if allowance.project else ""
    return (
        f"allows nothing: there is no {allowance.rule}{of} here (what speaks of a whole file a severity switches off)"
    )


class _Configured:
    """The allowances of the configuration."""

    def __init__(self, allowances: Iterable[Allowance]) -> None:
        self._by_subject: dict[tuple[str, str | None], list[Allowance]] = {}
        for allowance in allowances:
            self._by_subject.setdefault((allowance.rule, allowance.project), []).append(allowance)

    def of(self, finding: Finding) -> Allowance | None:
        """The allowance for a finding's project, in its file."""
        if finding.of_file:  # it speaks of more than the project
            return None
        candidates = self._by_subject.get((finding.rule.name, finding.project), ())
        return next((allowance for allowance in candidates if _in_its_files(allowance, finding)), None)


def _in_its_files(allowance: Allowance, finding: Finding) -> bool:
    path = posixpath.normpath(posixpath.join(allowance.below, finding.path))
    return allowance.glob is None or fnmatchcase(path, posixpath.normpath(allowance.glob))


class _Comments:
    """The allowances that stand in the files themselves, beside what they allow."""

    def __init__(self, files: Mapping[str, LockFile], trusted: bool, rules: Collection[str]) -> None:
        self.all: list[Allowance] = []
        self.faulty: list[UnusedAllowance] = []
        self._by_place: dict[tuple[str, str], list[tuple[Span, Allowance]]] = {}
        for path, file in files.items():
            for comment in file.comments:
                for entry in _parsed(path, comment, rules) if trusted else [_UNTRUSTED]:
                    if isinstance(entry, str):
                        self.faulty.append(UnusedAllowance(path, comment.span, entry))
                    elif comment.scope:
                        self.all.append(entry)
                        self._by_place.setdefault((path, entry.rule), []).append((comment.scope, entry))

    def of(self, finding: Finding) -> Allowance | None:
        """The allowance beside a finding."""
        here = () if finding.of_file else self._by_place.get((finding.path, finding.rule.name), ())
        index = bisect_right(here, finding.span.start, key=lambda entry: entry[0].start)
        scope, allowance = here[index - 1] if index else (None, None)
        return allowance if scope and finding.span.start <= scope.end else None


_UNTRUSTED = "is not applied: it may come from the pull request itself (trust-config)"


def _parsed(path: str, comment: Comment, rules: Collection[str]) -> Iterator[Allowance | str]:
    """The allowances that a comment spells, or what is wrong with it."""
    match = _ALLOW.fullmatch(comment.text)
    if match is None:
        yield f"is not understood: {_HOW}"
        return
    if not match["reason"].strip(" -:"):
        yield f"gives no reason, so it allows nothing: {_HOW}"
        return
    if comment.scope is None:
        yield "stands beside no requirement, so it allows nothing: put it on the requirement's own line"
        return
    for rule in match["rules"].split(","):
        if rule.strip() in rules:
            yield Allowance(rule.strip(), match["reason"], path, comment.span)
        else:
            named = f"no rule is called {shortened(rule.strip())}" if rule.strip() else "it names no rule"
            yield f"allows nothing: {named}{nearest(rule.strip(), rules)}"
