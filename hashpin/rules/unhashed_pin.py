"""A pinned requirement has no hash.

## What it is
A requirement without any `--hash` that pip takes.

## Why it is bad
As soon as one requirement of a file, or of a file that it includes, has a hash,
pip is in hash mode and refuses every requirement without one. pip from 26.1 on takes
the hashes of a constraint of the same version for it; older pip does not. In a file without
any hash, nothing is verified at all: that is one note for the file.

## What the fix does
In hash mode, or with `--require-hashes`, it lists all installable files of the
release: safe, since without a hash any of them would have been taken. In a file
without hashes nothing is changed unless `--require-hashes` asks for it.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping

from hashpin import ages, versions
from hashpin.judgement import finding
from hashpin.model import Direct, Evidence, Finding, Kind, LockFile, Reach, Rule, Severity
from hashpin.wording import plural

RULE = Rule("unhashed-pin", Severity.ERROR, "a pin without a hash")


def check(evidence: Evidence) -> Iterator[Finding]:
    if evidence.hash_mode:
        yield from _in_hash_mode(evidence)
    elif not evidence.tree.input:
        for file in evidence.requirements:
            yield from _one_note(evidence, file)


def _in_hash_mode(evidence: Evidence) -> Iterator[Finding]:
    constrained = _hashed_constraints(evidence)
    for member, judgement in evidence.pins:
        if member.kind is Kind.REQUIREMENTS and not judgement.pin.hashes and not judgement.pin.lost:
            fix = judgement.fix
            command = "hashpin fix" if evidence.tree.hash_mode else "hashpin fix --require-hashes"
            where = constrained.get((judgement.pin.name, versions.key(judgement.pin.version)))
            yield finding(
                RULE,
                judgement,
                f"has hashes in the constraints {where} alone: pip from 26.1 on takes them, older pip refuses the line"
                if where
                else f"has no hash, and pip refuses it in hash mode{_switched(evidence, judgement.path)}",
                f"its files are on two indexes: bind it to the one that is meant (--index-for), then run {command}"
                if fix and not fix.safe
                else f"run {command}: it lists the {plural(len(fix.digests), 'file')} of the release"
                if fix
                else ages.held_back(judgement, evidence.policy.young_since)
                or "it can have one only where the index publishes the digests of its files",
                fix=fix,
            )
    for file in evidence.requirements:
        for statement in file.statements:
            if isinstance(statement, Direct) and statement.reach is Reach.ARCHIVE and not _hashed(statement):
                yield Finding(
                    RULE,
                    RULE.severity,
                    file.source.path,
                    statement.place,
                    f"{statement.text} has no hash, and pip refuses it in hash mode"
                    f"{_switched(evidence, file.source.path)}",
                    f"download {statement.text}, look at it, and add what pip hash says of it",
                    statement.name,
                )


def _hashed_constraints(evidence: Evidence) -> Mapping[tuple[str, str], str]:
    """Where the tree's constraints have hashes, by project and version."""
    found: dict[tuple[str, str], str] = {}
    for member in evidence.tree.members:
        if member.kind is Kind.CONSTRAINTS:
            for pin in member.file.pins:
                if pin.hashes:
                    found.setdefault((pin.name, versions.key(pin.version)), member.file.source.path)
    return found


def _switched(evidence: Evidence, path: str) -> str:
    """What switches hash mode on, where that is another file."""
    by = evidence.switch
    return f", which {by} switches on" if by and not by.startswith(f"{path}:") else ""


def _hashed(statement: Direct) -> bool:
    return bool(statement.hashes) or statement.fragment_hash


def _one_note(evidence: Evidence, file: LockFile) -> Iterator[Finding]:
    bare = [j for j in evidence.judgements[file.source.path] if not j.pin.hashes and not j.pin.lost]
    if bare:
        yield Finding(
            RULE,
            Severity.NOTE,
            file.source.path,
            bare[0].pin.place,
            f"{plural(len(bare), 'pin')} without a hash in this file, so pip verifies none of them",
            f"run hashpin fix --require-hashes {shlex.quote(file.source.path)} to hash them all",
            of_file=True,
        )
