"""The hash is of no installable file of this release.

## What it is
The index lists the digest of every file of a release. This hash is none of
them. Why, as far as the index tells:

- `other-version` (error): it is the hash of another version of the project. The
  version was changed, the hashes were not.
- `not-installable` (note): it is of a file of this release that pip cannot
  install: an egg, an exe, an rpm.
- `unexplained` (error): the index has no file with this hash under this project.

## Why it is bad
With one right hash beside it, pip installs happily, and nobody notices a hash
that somebody slipped in: it lets a file through that was never published. With
no right hash beside it, pip refuses to install.

## What the fix does
Where all hashes of a pin are of another version, it lists the files of the
version that is pinned: safe, since nobody chose the old ones for it. A hash of a
file that cannot be installed goes away: safe. Writing over an unexplained hash
is unsafe: it may be the trace of a file that was taken back, of another index,
or of an attack. Look where it came from first; `--unsafe-fixes` then drops it.
"""

from __future__ import annotations

from collections.abc import Iterator

from hashpin.judgement import finding
from hashpin.model import (
    Evidence,
    Explanation,
    Finding,
    HashVerdict,
    Judgement,
    Release,
    ReleaseKey,
    Rule,
    Severity,
    Verdict,
)
from hashpin.wording import plural

RULE = Rule("unknown-hash", Severity.ERROR, "a hash that is of no file of its release")


def check(evidence: Evidence) -> Iterator[Finding]:
    for _, judgement in evidence.pins:
        if isinstance(judgement.answer, Release):
            yield from _other_versions(judgement)
            yield from _not_installable(judgement)
            for unknown in judgement.having(Verdict.UNKNOWN):
                yield _unexplained(judgement, judgement.answer, unknown, evidence)


def _other_versions(judgement: Judgement) -> Iterator[Finding]:
    """One finding for each version that the hashes really are of: sixty lines that say the same help nobody."""
    pin = judgement.pin
    by_version: dict[str | None, list[HashVerdict]] = {}
    for entry in judgement.having(Verdict.OTHER_VERSION):
        by_version.setdefault(entry.version, []).append(entry)
    for version, entries in by_version.items():
        total = len(pin.hashes) + len(pin.lost)
        if len(entries) == total:
            which, span = ("its hash is" if len(entries) == 1 else f"all {len(entries)} hashes are"), pin.place
        else:
            which = f"{len(entries)} of {total} hashes {'is' if len(entries) == 1 else 'are'}"
            span = entries[0].option.span
        yield finding(
            RULE,
            judgement,
            f"{which} of {pin.name} {version or ''}, not of {pin.version}: "
            "the version was changed, the hashes were not",
            _advice(judgement),
            span=span,
            explanation=Explanation.OTHER_VERSION,
            fix=judgement.fix,
        )


def _advice(judgement: Judgement) -> str:
    if judgement.fix is None:
        return "lock the file again with the tool that made it"
    files = plural(len(judgement.fix.digests), "file")
    if judgement.fix.safe:
        return f"run hashpin fix: it lists the {files} of {judgement.pin.name} {judgement.pin.version}"
    return "look at the other hashes of this pin first: hashpin fix leaves it alone as long as one is unexplained"


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


def _unexplained(judgement: Judgement, release: Release, unknown: HashVerdict, evidence: Evidence) -> Finding:
    pin, algorithm = judgement.pin, unknown.option.digest.algorithm
    there = plural(len(release.files), "file") + " there"
    tried = evidence.downloaded.get(ReleaseKey(pin.name, pin.version))
    others = "nor of another version" if judgement.project_known else "and its other versions could not be asked"
    advice = "find out where it came from before you replace it; hashpin fix leaves it alone, --unsafe-fixes does not"
    if tried and algorithm in tried.algorithms:
        advice = f"if the version was changed and the hashes were not, lock the file again; else {advice}"
        there += ", downloaded to compare"
        others = f"and the {algorithm} of other versions is not published"
    return finding(
        RULE,
        judgement,
        f"{unknown.option.digest} is of no file of {pin.name} {pin.version} on the index ({there}), {others}",
        advice,
        span=unknown.option.span,
        explanation=Explanation.UNEXPLAINED,
        fix=judgement.fix,
    )
