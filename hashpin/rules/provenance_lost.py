"""The files of the version before had attestations, and these have none.

## What it is
The change gives the pin another version. The files of the old one have
attestations (PEP 740), which say where they were published from; files of the
new one have none. All files that the pin lists are asked about, up to 250; of
the version before a few, and those in whose places files without attestations
stand: what had none can lose none. An index without attestations gives no
finding. One that has them and does not answer leaves the pin unchecked.

Where the extra `attestations` is installed, signatures are verified, too: an
attestation that does not verify counts as none, and that is said.

## Why it is bad
A project that publishes by its workflow does not go back to doing it by hand as
a rule. Who has got hold of a password or a token uploads without attestations.

## What the fix does
None: find out how the new version was uploaded before you take it.
"""

from __future__ import annotations

from collections.abc import Iterator

from hashpin.judgement import finding
from hashpin.model import Evidence, Finding, Rule, Severity, Unchecked
from hashpin.provenance import Comparison, comparisons, owed
from hashpin.wording import plural, shortened

RULE = Rule("provenance-lost", Severity.WARNING, "files without the attestations that the version before had")


def check(evidence: Evidence) -> Iterator[Finding]:
    for comparison in comparisons(evidence):
        if lost := comparison.lost:
            pin = comparison.judgement.pin
            yield finding(
                RULE,
                comparison.judgement,
                f"{pin.name} {comparison.former.version} says where its files were published from, "
                f"{_what(comparison, lost)}",
                f"find out how {pin.version} was uploaded before you take it; until then keep "
                f"{comparison.former.version}",
            )


def unchecked(evidence: Evidence) -> Iterator[Unchecked]:
    """The pins of which the index owes who published their files."""
    return owed(evidence, RULE)


def _what(comparison: Comparison, lost: tuple[str, ...]) -> str:
    pin, name = comparison.judgement.pin, shortened(lost[0])
    failure = next((publisher.failure for publisher in comparison.now[lost[0]]), None)
    if failure:
        return f"and of {pin.version} the attestation of {name} does not verify ({shortened(failure, 200)})"
    if len(lost) == len(comparison.now):
        return f"and {pin.version} does not"
    more = f" and {plural(len(lost) - 1, 'more file')}" if len(lost) > 1 else ""
    return f"and {pin.version} does not say it of {name}{more}"
