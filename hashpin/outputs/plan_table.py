"""What `hashpin plan` says: for people, and as the JSON that a matrix of GitHub Actions is made of.

`include` is what a job's ``strategy.matrix.include`` takes. It stays small, since what a job hands on is limited; which
repositories are in which shard stands beside it, in `parts`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from hashpin import __version__
from hashpin.wording import inert, plural, visible

VERSION = 1


class Counted(Struct, frozen=True):
    """What one shard has to do. What nobody knows before the repositories are there is None."""

    repositories: int | None = None
    files: int | None = None
    pins: int | None = None
    releases: int | None = None


class Plan(Struct, frozen=True):
    """A cut."""

    cut: str
    shards: tuple[Counted, ...]
    releases: int | None = None
    """How many there are in all, each counted once."""
    parts: tuple[tuple[str, ...], ...] | None = None
    """The repositories of each shard; None where single files were cut."""


def text(plan: Plan) -> str:
    """A line for each shard, and one for all."""
    lines = [
        f"{number}/{len(plan.shards)}: {', '.join(_spelled(counted))}" for number, counted in enumerate(plan.shards, 1)
    ]
    if plan.parts is not None:
        for number, names in reversed(list(enumerate(plan.parts))):
            lines[number + 1 : number + 1] = [f"    {visible(name)}" for name in names]
    lines.append(_last_line(plan))
    return "".join(f"{inert(line)}\n" for line in lines)


def document(plan: Plan) -> str:
    """On one line, so that it can be a step's output; all of it is ASCII."""
    include = [
        {"shard": f"{number}/{len(plan.shards)}", **_known(counted)} for number, counted in enumerate(plan.shards, 1)
    ]
    data: dict[str, Any] = {"version": VERSION, "hashpin": __version__, "cut": plan.cut, "include": include}
    if plan.parts is not None:
        data["parts"] = plan.parts
    return json.dumps(data, separators=(",", ":")).replace("##[", "#\\u0023[") + "\n"


FORMATS: Mapping[str, Callable[[Plan], str]] = {"text": text, "json": document}


def _known(counted: Counted) -> dict[str, int]:
    return {name: count for name in Counted.__struct_fields__ if (count := getattr(counted, name)) is not None}


def _spelled(counted: Counted) -> Sequence[str]:
    return [_count(count, name) for name, count in _known(counted).items()]


def _count(count: int, name: str) -> str:
    if name == "repositories":
        return f"{count:,} {'repository' if count == 1 else name}"
    return plural(count, name.removesuffix("s"))


def _last_line(plan: Plan) -> str:
    shards = plural(len(plan.shards), "shard")
    asked = sum(counted.releases or 0 for counted in plan.shards)
    if plan.releases is None:
        return f"{shards}, cut by name: what they pin is not known before they are there"
    return f"{shards}: {plural(asked, 'request')} for {plural(plan.releases, 'release')}"
