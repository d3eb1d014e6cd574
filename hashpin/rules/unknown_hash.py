"""The hash is of no installable file of this release.

## What it is
The index lists the digest of every file of a release. This hash is none of
them. Why, as far as the index tells:

- `other-version` (error): it is the hash of another version of the project. The
  version was changed, the hashes were not.
- `other-project` (error): it is the hash of a file of another project that is
  pinned in the same run: two lines were mixed up.
- `local-version` (error): it is of a local version such as `2.1.0+cpu`, which
  pip's `==2.1.0` takes as well.
- `removed-file` (warning): the other hashes of the pin match, the commit that
  the change starts from had this one already, and as far as the checkout's
  history goes, it came together with the pin. So its file was taken back.
- `other-index` (error): the index has no such file, and the files name an index
  that hashpin does not ask, since nobody but the files trusts it.
- `not-installable` (note): it is of a file of this release that pip cannot
  install: an egg, an exe, an rpm.
- `unexplained` (error): nothing of this explains it. A hash that was added later
  to a pin that was right is unexplained, whoever let it in.

## Why it is bad
With one right hash beside it, pip installs happily, and nobody notices a hash
that somebody slipped in: it lets a file through that was never published. With
no right hash beside it, pip refuses to install.

## What the fix does
Where all hashes of a pin are of another version, it lists the files of the
version that is pinned, by kind and platform as the file listed the old one: safe,
since nobody chose the old hashes for it. A hash of a file that cannot be installed
or was removed goes away while a right one remains: safe. Writing over any other is
unsafe: it may be the trace of another index, of a mix-up, or of an attack. Look
where it came from first; `--unsafe-fixes` then drops it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache, partial

from hashpin import ages
from hashpin.judgement import EXPLAINED, UNVOUCHED, finding, several_indexes
from hashpin.model import (
    Evidence,
    Explanation,
    Finding,
    HashVerdict,
    Judgement,
    Policy,
    Release,
    ReleaseKey,
    Rule,
    Severity,
    Stood,
    Verdict,
)
from hashpin.named_indexes import NamedIndexes, untrusted
from hashpin.wording import plural, shortened

RULE = Rule("unknown-hash", Severity.ERROR, "a hash that is of no file of its release")

Named = Callable[[], NamedIndexes | None]


def check(evidence: Evidence) -> Iterator[Finding]:
    named: Named = cache(partial(untrusted, evidence))
    for _, judgement in evidence.pins:
        if isinstance(judgement.answer, Release):
            yield from _of_others(judgement, evidence.policy)
            yield from _not_installable(judgement)
            for removed in judgement.having(Verdict.REMOVED):
                yield _removed(judgement, removed)
            for unknown in judgement.having(Verdict.UNKNOWN):
                yield _unknown(judgement, judgement.answer, unknown, evidence, named)


def _of_others(judgement: Judgement, policy: Policy) -> Iterator[Finding]:
    """One finding for each release that the hashes really are of: sixty lines that say the same help nobody."""
    pin = judgement.pin
    by_release: dict[tuple[Verdict, str, str], list[HashVerdict]] = {}
    for entry in judgement.having(*EXPLAINED):
        by_release.setdefault((entry.verdict, entry.project or pin.name, entry.version or ""), []).append(entry)
    total = len(pin.hashes) + len(pin.lost)
    for (verdict, project, version), entries in by_release.items():
        if len(entries) == total:
            which, span = ("its hash is" if len(entries) == 1 else f"all {len(entries)} hashes are"), pin.place
        else:
            which = f"{len(entries)} of {total} hashes {'is' if len(entries) == 1 else 'are'}"
            span = entries[0].option.span
        yield finding(
            RULE,
            judgement,
            f"{which} of {project} {version}{_file(verdict, entries)}, {_instead(verdict, judgement)}",
            _advice(verdict, version, judgement, policy),
            span=span,
            explanation=EXPLAINED[verdict],
            fix=judgement.fix,
        )


def _file(verdict: Verdict, entries: list[HashVerdict]) -> str:
    """Which file it is, where that is not to be guessed."""
    names = [entry.file.filename for entry in entries if entry.file]
    if verdict is Verdict.OTHER_VERSION or not names:
        return ""
    more = f" and {len(names) - 1} more" if len(names) > 1 else ""
    return f" ({shortened(names[0])}{more})"


def _instead(verdict: Verdict, judgement: Judgement) -> str:
    pin = judgement.pin
    match verdict:
        case Verdict.LOCAL_VERSION:
            return f"a local version, which pip's =={pin.version} takes as well"
        case Verdict.OTHER_PROJECT:
            return f"not of {pin.name} {pin.version}: two projects of this run were mixed up"
        case _:
            return f"not of {pin.version}: the version was changed, the hashes were not"


def _advice(verdict: Verdict, version: str, judgement: Judgement, policy: Policy) -> str:
    pin = judgement.pin
    if verdict is Verdict.LOCAL_VERSION:
        return f"pin =={version} if that build is meant; hashpin fix leaves it alone, --unsafe-fixes drops it"
    if verdict is Verdict.OTHER_PROJECT:
        return "find out which project is meant; hashpin fix leaves it alone, --unsafe-fixes does not"
    if judgement.fix is None:
        return ages.held_back(judgement, policy.young_since) or _LOCK_AGAIN
    files = plural(len(judgement.fix.digests), "file")
    if judgement.fix.safe:
        return f"run hashpin fix: it lists the {files} of {pin.name} {pin.version}"
    if judgement.having(*UNVOUCHED):
        return "look at the other hashes of this pin first: hashpin fix leaves it alone as long as one is unexplained"
    if several_indexes(judgement):
        return "its files are on two indexes: bind it to the one that is meant (--index-for), then run hashpin fix"
    return f"{_LOCK_AGAIN}, or see hashpin fix --unsafe-fixes, which lists the {files} of {pin.name} {pin.version}"


_LOCK_AGAIN = "lock the file again with the tool that made it"


def _not_installable(judgement: Judgement) -> Iterator[Finding]:
    if entries := judgement.having(Verdict.NOT_INSTALLABLE):
        names = ", ".join(entry.file.filename for entry in entries[:3] if entry.file)
        more = f" and {len(entries) - 3} more" if len(entries) > 3 else ""
        yield finding(
            RULE,
            judgement,
            f"{'is the hash' if len(entries) == 1 else 'lists the hashes'} of {names}{more}, which pip cannot install",
            "run hashpin fix to drop it; it does no harm"
            if judgement.having(Verdict.RIGHT)
            else "no file that it lists can be installed: lock the file again, or see hashpin fix --unsafe-fixes",
            span=entries[0].option.span,
            severity=Severity.NOTE,
            explanation=Explanation.NOT_INSTALLABLE,
            fix=judgement.fix,
        )


def _removed(judgement: Judgement, removed: HashVerdict) -> Finding:
    pin = judgement.pin
    right = len(judgement.having(Verdict.RIGHT))
    others = "the other hash matches" if right == 1 else f"{right} other hashes match"
    return finding(
        RULE,
        judgement,
        f"{removed.option.digest} is of no file that the index has of {pin.name} {pin.version}, but {others} and it "
        f"{_stood(removed.stood)}, so its file was probably removed",
        "run hashpin fix, with the same --base, to drop it: pip cannot get such a file any more",
        span=removed.option.span,
        severity=Severity.WARNING,
        explanation=Explanation.REMOVED_FILE,
        fix=judgement.fix,
    )


def _stood(stood: Stood | None) -> str:
    commit = f"commit {stood.commit[:12]}" if stood else "an earlier commit"
    dated = f"{commit} of {stood.since.date().isoformat()}" if stood and stood.since else commit
    if stood and stood.with_pin:
        return f"came together with the pin in {dated}"
    return f"stood here in {dated} already, where the history at hand begins"


def _unknown(judgement: Judgement, release: Release, unknown: HashVerdict, evidence: Evidence, named: Named) -> Finding:
    pin, stood = judgement.pin, unknown.stood
    there = plural(len(release.files), "file") + " there"
    others = "nor of another version" if judgement.project_known else "and its other versions could not be asked"
    tried, algorithm = evidence.downloaded.get(ReleaseKey(pin.name, pin.version)), unknown.option.digest.algorithm
    advice = "find out where it came from before you replace it; hashpin fix leaves it alone, --unsafe-fixes does not"
    if tried and algorithm in tried.algorithms:
        advice = f"if the version was changed and the hashes were not, lock the file again; else {advice}"
        there += ", downloaded to compare"
        others = f"and the {algorithm} of other versions is not published"
    message = f"{unknown.option.digest} is of no file of {pin.name} {pin.version} on the index ({there}), {others}"
    explanation = Explanation.UNEXPLAINED
    if stood and stood.with_pin is False:
        date = f" of {stood.since.date().isoformat()}" if stood.since else ""
        message += f", and was added to the pin, which was there without it, in commit {stood.commit[:12]}{date}"
    elif index := named():
        message += f"; {index.clause}"
        advice = f"find out whether it came from there: {index.trust}"
        explanation = Explanation.OTHER_INDEX
    return finding(
        RULE,
        judgement,
        message,
        advice,
        span=unknown.option.span,
        explanation=explanation,
        fix=judgement.fix,
    )
