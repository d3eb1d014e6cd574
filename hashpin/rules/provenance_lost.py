"""The files of the version before had attestations, and these have none.

## What it is
The change gives the pin another version. The files of the old one have
attestations (PEP 740), which say where they were published from; files of the
new one have none. A few files of each version are asked about: those that the
pin lists, one source distribution and two wheels at most. An index without
attestations gives no finding.

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
from hashpin.model import Evidence, Finding, Rule, Severity
from hashpin.provenance import Comparison, comparisons, vouched
from hashpin.wording import shortened

RULE = Rule("provenance-lost", Severity.WARNING, "files without the attestations that the version before had")


def check(evidence: Evidence) -> Iterator[Finding]:
    for comparison in comparisons(evidence):
        had = [bool(vouched(publishers)) for publishers in comparison.before.values()]
        without = [filename for filename, publishers in comparison.now.items() if not vouched(publishers)]
        if had and all(had) and without:
            pin = comparison.judgement.pin
            yield finding(
                RULE,
                comparison.judgement,
                f"{pin.name} {comparison.former.version} says where its files were published from, "
                f"{_what(comparison, sorted(without))}",
                f"find out how {pin.version} was uploaded before you take it; until then keep "
                f"{comparison.former.version}",
            )


def _what(comparison: Comparison, without: list[str]) -> str:
    pin, name = comparison.judgement.pin, shortened(without[0])
    failure = next((publisher.failure for publisher in comparison.now[without[0]]), None)
    if failure:
        return f"and of {pin.version} the attestation of {name} does not verify ({shortened(failure, 200)})"
    if len(without) == len(comparison.now):
        return f"and {pin.version} does not"
    return f"and {pin.version} does not say it of {name}"
