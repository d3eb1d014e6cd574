"""A platform that has to be served has no listed file.

## What it is
`--require-platform`, `require-platforms` in the workflow or in the configuration
names systems to install on, and pip would find no file for one of them among those
whose hashes the pin lists: no wheel whose tags and Requires-Python fit, and no
source distribution. Without an interpreter (`linux/amd64`) it is enough that some
CPython 3 is served; `linux/amd64 cp312` asks for that one. A pin is asked only for
the platforms on which its marker holds. Of a pin without hashes, the files of the
release count. `--only-binary` and `--no-binary` in the files are obeyed: where
`--no-binary` leaves a pin nothing, since it lists wheels alone, no platform is
served, and that is said without being asked.

A source distribution serves a platform, but builds code there: that is a warning
where the release has a wheel for the platform, and a note where it has none.

A platform is taken to be as new as there is: how old a glibc or a macOS may be is
not asked.

## Why it is bad
pip refuses to install there, or runs build code where nobody expects it. That shows
only on that platform, which may be the one in production.

## What the fix does
It lists the wheels of the release for the platform that came within 14 days of it,
also where the whole file leaves such wheels out, since they were asked for: safe. What
was uploaded later is listed by `--unsafe-fixes` alone, and so is a source distribution
in a file that lists wheels alone. `--coverage all` makes both safe; `keep` does not
hinder what was asked for here, but adds no source distribution for `--no-binary`.
What `--min-age` finds too young is never listed, nothing is taken away, and beside a
hash that nobody explains adding is unsafe.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hashpin import covering, format_control
from hashpin.compatibility import Fit, fit, takes
from hashpin.format_control import FormatControl
from hashpin.judgement import finding
from hashpin.model import (
    Evidence,
    Finding,
    Judgement,
    Kind,
    MissingFile,
    Packaging,
    Platform,
    Policy,
    Rule,
    Severity,
    Verdict,
)

RULE = Rule("uncovered-platform", Severity.ERROR, "a platform that was asked for has no listed file")


def check(evidence: Evidence) -> Iterator[Finding]:
    if evidence.tree.input:
        return
    control = format_control.of_tree(evidence.tree)
    for member in covering.members(evidence, control):
        for judgement in evidence.judgements[member.file.source.path]:
            # A constraint without hashes asks for nothing that its requirement does not ask for.
            if covering.known(judgement) and (judgement.pin.hashes or member.kind is Kind.REQUIREMENTS):
                allowed = control.allowed(judgement.pin.name)
                if Packaging.WHEEL not in allowed and _wheels_alone(judgement):
                    yield _useless(judgement, evidence.policy, control)
                else:
                    yield from _uncovered(judgement, evidence.policy, allowed)


def _wheels_alone(judgement: Judgement) -> bool:
    listed = covering.listed(judgement) if judgement.pin.hashes else ()
    return {file.packaging for file in listed} == {Packaging.WHEEL}


def _useless(judgement: Judgement, policy: Policy, control: FormatControl) -> Finding:
    sdists = (entry for entry in judgement.missing if entry.file.packaging is Packaging.SDIST)
    otherwise = "the release has no source distribution: take it out of --no-binary"
    offer = covering.offer(judgement, policy, sdists, control.for_all, otherwise=otherwise)
    return finding(
        RULE,
        judgement,
        "lists wheels alone, of which --no-binary lets pip take none: it can be installed nowhere",
        offer.advice,
        fix=offer.fix,
    )


def _uncovered(judgement: Judgement, policy: Policy, allowed: frozenset[Packaging]) -> Iterator[Finding]:
    if not policy.platforms:
        return
    pin, files = judgement.pin, covering.listed(judgement)
    fits = {platform: fit(files, pin, platform, allowed) for platform in policy.platforms}
    without = [platform for platform, found in fits.items() if found is Fit.NOTHING]
    building = [platform for platform, found in fits.items() if found is Fit.SDIST]
    if not (without or building):
        return
    missing = list(_to_list(judgement, without, building, allowed))
    otherwise = _nothing_to_list(judgement, without)
    offer = covering.offer(judgement, policy, missing, {Packaging.WHEEL}, by_name=True, otherwise=otherwise)
    who = "lists" if pin.hashes else "has no hashes, and its release has"
    said = [f"no file for {_names(without)}"] if without else []
    if building:
        said.append(f"nothing but a source distribution for {_names(building)}, where installing runs build code")
    yield finding(
        RULE,
        judgement,
        f"{who} {' and '.join(said)}",
        offer.advice,
        severity=Severity.ERROR if without else Severity.WARNING if missing else Severity.NOTE,
        fix=offer.fix,
    )


def _nothing_to_list(judgement: Judgement, without: Iterable[Platform]) -> str:
    if judgement.pin.hashes and not judgement.having(Verdict.RIGHT):
        return "lock the file again: pip can install nothing of what is listed, wherever it runs"
    if without:
        return "the release has no such file: pin another version, or say with a marker where it is not installed"
    return "nothing, if that can be built there: the release has no wheel for it"


def _to_list(
    judgement: Judgement, without: Iterable[Platform], building: Iterable[Platform], allowed: frozenset[Packaging]
) -> Iterator[MissingFile]:
    """The missing wheels for these platforms; source distributions where one without any file has none."""
    missing = [entry for entry in judgement.missing if entry.file.packaging in allowed]
    for platforms, sources_too in ((without, True), (building, False)):
        for platform in platforms:
            fitting = [entry for entry in missing if takes(entry.file, platform, judgement.pin.requirement)]
            wheels = [entry for entry in fitting if entry.file.packaging is Packaging.WHEEL]
            yield from wheels or (fitting if sources_too else ())


def _names(platforms: Iterable[Platform]) -> str:
    return ", ".join(platform.text for platform in platforms)
