"""Cut what is to be checked into shards."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable

from hashpin import files, sharding
from hashpin.commands.running import Run, tell
from hashpin.commands.sharded import units_of
from hashpin.commands.showing import deliver
from hashpin.console import Console
from hashpin.errors import UsageError
from hashpin.merging.shape import LARGEST
from hashpin.outputs import plan_table
from hashpin.outputs.plan_table import Counted, Plan
from hashpin.tree import Forest
from hashpin.wording import shortened, visible


def run(options: argparse.Namespace, console: Console) -> int:
    def forest() -> Forest:
        grown = Run.begin(options, console).forest()
        tell(grown, options, console)
        return grown

    rendered = _plan(options, forest, console.stdin.read)
    return 0 if deliver(rendered, options, console, console.stdout) else 3


# What GitHub takes for an owner and a repository, and what is harmless as a folder and in a shell.
_NAME = re.compile(r"(?!.*\.\.)[A-Za-z0-9_.][A-Za-z0-9_.-]*(/[A-Za-z0-9_.][A-Za-z0-9_.-]*)?")
_MOST_NAMES = 100_000
_LONGEST_NAME = 200


def _plan(options: argparse.Namespace, forest: Callable[[], Forest], stdin: Callable[[], bytes]) -> str:
    """The text to print. Raises UsageError."""
    if options.repositories is not None:
        if options.paths != ["."]:
            raise UsageError("--repositories cuts what is not here yet, so no PATH can stand beside it")
        names = _names(options.repositories, stdin)
        parts = sharding.cut_names(names, min(options.shards, len(names)))
        identity = sharding.identity_of_names(parts)
        planned = Plan(identity, tuple(Counted(repositories=len(part)) for part in parts), parts=parts)
    else:
        planned = _of_files(forest(), options)
    return plan_table.FORMATS[options.format](planned)


def _of_files(forest: Forest, options: argparse.Namespace) -> Plan:
    units, named = units_of(forest, options.paths)
    parts = sharding.cut(units, max(1, min(options.shards, len(units))))
    counted = tuple(
        Counted(
            repositories=len(part) if named else None,
            files=sum(len(unit.paths & forest.files.keys()) for unit in part),
            pins=sum(sum(1 for _ in forest.files[path].pins) for u in part for path in u.paths if path in forest.files),
            releases=sharding.requests([part]),
        )
        for part in parts
    )
    names = tuple(tuple(unit.name for unit in part) for part in parts) if named else None
    return Plan(sharding.identity(parts, forest), counted, sharding.requests([units]), names)


def _names(file: str, stdin: Callable[[], bytes]) -> list[str]:
    """The repositories that a file lists, one a line; a line that begins with `#` is a comment."""
    data = stdin() if file == files.STANDARD_INPUT else files.given(file, LARGEST)
    try:
        lines = data.decode("utf-8-sig").splitlines()
    except UnicodeError as error:
        raise UsageError(f"{visible(file)}: is not UTF-8") from error
    found: dict[str, int] = {}
    for number, line in enumerate(lines, 1):
        name = line.strip()
        if not name or name.startswith("#"):
            continue
        if len(name) > _LONGEST_NAME or not _NAME.fullmatch(name):
            said = visible(shortened(name))
            raise UsageError(f"{visible(file)}:{number}: {said} is no name of a repository: write OWNER/NAME")
        if name.lower() in found:
            raise UsageError(f"{visible(file)}:{number}: {name} stands in line {found[name.lower()]}, too")
        found[name.lower()] = number
        if len(found) > _MOST_NAMES:
            raise UsageError(f"{visible(file)}: names more than {_MOST_NAMES:,} repositories")
    names = [lines[number - 1].strip() for number in found.values()]
    if not names:
        raise UsageError(f"{visible(file)}: names no repository")
    return names
