"""The evidence of one tree, made by hand: what an index would say of its pins is given, and nobody is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hashpin import formats, judgement
from hashpin.model import (
    Answer,
    DistributionFile,
    Evidence,
    Kind,
    Member,
    Needs,
    NoSuchRelease,
    Packaging,
    Policy,
    Release,
    ReleaseKey,
    Source,
    Tree,
)


@dataclass(frozen=True)
class Known:
    """A release, as far as it matters to whoever installs it."""

    needs: Needs = ()
    requires_python: str | None = None


def evidence(
    text: str,
    universe: Mapping[ReleaseKey, Known],
    policy: Policy | None = None,
    constraints: str = "",
) -> Evidence:
    """The evidence of a requirements file in hash mode, which perhaps takes in constraints."""
    files = {
        Kind.REQUIREMENTS: formats.parse(Source("requirements.txt", text)),
        Kind.CONSTRAINTS: formats.parse(Source("constraints.txt", constraints)),
    }
    members = tuple(Member(file, kind) for kind, file in files.items() if file.source.text)
    keys = {ReleaseKey(pin.name, pin.version) for member in members for pin in member.file.pins}
    answers: dict[ReleaseKey, Answer] = {
        key: _release(key, universe[key]) if key in universe else NoSuchRelease() for key in keys
    }
    return Evidence(
        Tree(members),
        members,
        True,
        {m.file.source.path: judgement.judge(m.file, judgement.Known(answers, {})) for m in members},
        policy=policy or Policy(),
        needs={key: universe[key].needs for key in keys if key in universe},
    )


def _release(key: ReleaseKey, known: Known) -> Release:
    name = f"{key.name}-{key.version}-py3-none-any.whl"
    return Release(
        key.name, key.version, (DistributionFile(name, Packaging.WHEEL, (), requires_python=known.requires_python),)
    )
