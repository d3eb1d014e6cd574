"""Print requirements with all their hashes, ready to paste."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime

from hashpin import ages, configuration, formats, judgement
from hashpin.commands import keeping
from hashpin.commands.progress import asking as asking_bar
from hashpin.commands.running import opened
from hashpin.console import Console
from hashpin.errors import UsageError
from hashpin.evidence import Answers, digest_files, gather
from hashpin.model import (
    NoAnswer,
    NoSuchProject,
    NoSuchRelease,
    Pin,
    Quarantined,
    Release,
    ReleaseKey,
    SetHashes,
    Source,
)
from hashpin.options import wishes as wishes_of


def run(options: argparse.Namespace, console: Console) -> int:
    pins = [(source, _only_pin(source)) for source in (Source("", text) for text in options.requirements)]
    answers = Answers()
    configured = configuration.load(None)
    given = wishes_of(options, console)
    wishes = given.over(configured.wishes)
    policy = configured.policy(given, (), datetime.now(UTC))
    cache = keeping.opened(options, console, ())
    index, _ = opened(wishes, options, cache)
    with keeping.kept(cache, options, console), asking_bar(options, console) as asking:
        gather([pin for _, pin in pins], index, answers, asking)
        if options.algorithm != "sha256":
            wanted = judgement.without(options.algorithm, answers.releases)
            digest_files(wanted, index, answers, policy.download, asking)
    spelled: list[str] = []
    code = 0
    for source, pin in pins:
        answer = answers.releases[ReleaseKey(pin.name, pin.version)]
        old = ages.old(answer, policy.young_since) if isinstance(answer, Release) else None
        digests = judgement.complete(old, [options.algorithm]) if old else None
        downloaded = answers.downloaded.get(ReleaseKey(pin.name, pin.version))
        if downloaded and downloaded.failure:
            code = 3
            console.say(f"hashpin: {pin.name}=={pin.version}: {downloaded.failure}")
            continue
        if old and judgement.of_several(old.installable):
            code = max(code, 1)
            console.say(f"hashpin: {pin.name}=={pin.version}: {_ON_TWO}")
            continue
        if digests is None:
            code = max(code, 3 if isinstance(answer, NoAnswer) else 1)
            young = isinstance(answer, Release) and answer != old
            console.say(f"hashpin: {pin.name}=={pin.version}: {_TOO_YOUNG if young else _why_not(answer)}")
            continue
        if isinstance(answer, Release) and answer.yanked is not None:
            console.say(f"hashpin: {pin.name}=={pin.version} was yanked: {answer.yanked or 'no reason given'}")
        edit = formats.rewrite(formats.parse(source), SetHashes("", pin, digests, safe=True))
        spelled.append(f"{source.text[: edit.span.start]}{edit.replacement}{source.text[edit.span.end :]}\n")
    if not code:  # all or nothing: half a list behind >> is worse than none
        console.stdout.write("".join(spelled))
    return code


_ON_TWO = "its files are on two indexes: bind it to the one that is meant (--index-for)"
_TOO_YOUNG = "no file of it is old enough for --min-age"


def _only_pin(source: Source) -> Pin:
    statements = formats.parse(source).statements
    if len(statements) == 1 and isinstance(pin := statements[0], Pin) and not pin.hashes:
        return pin
    raise UsageError(f"{source.text}: not a requirement of the form NAME==VERSION")


def _why_not(answer: object) -> str:
    match answer:
        case NoAnswer(reason):
            return reason
        case Quarantined():
            return "the index has put the project under quarantine"
        case NoSuchProject():
            return "the index has no such project"
        case NoSuchRelease():
            return "the index has the project, but no such version"
        case _:
            return "the index has no installable file of this release, or publishes no digest of some"
