"""Beyond one machine: the commands `plan` and `merge`, and `check --shard`, all but what every command shares.

What distributes the work is somebody else's (a matrix of GitHub Actions, any CI): `plan` says into which parts it may
be cut, `check --shard K/N` makes the same cut from the same files and checks the part K, `merge` joins the reports and
says which are missing.
"""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct
from msgspec.structs import replace

from hashpin import __version__, files, sharding
from hashpin.errors import UsageError
from hashpin.merging import documents, sarif_files, shape, shown
from hashpin.merging.shape import Shape, held, loaded
from hashpin.model import Severity, Shard, Unchecked
from hashpin.outputs import plan_table
from hashpin.outputs.plan_table import Counted, Plan
from hashpin.tree import Forest
from hashpin.wishes import FAIL_ON
from hashpin.wording import plural, shortened, visible

# --- options ---------------------------------------------------------------


def add_plan_options(command: argparse.ArgumentParser) -> None:
    """The options of `hashpin plan`."""
    command.add_argument("paths", nargs="*", metavar="PATH", default=["."], help="files and folders; default .")
    command.add_argument(
        "--shards", type=_shards, required=True, metavar="N", help=f"how many parts at most, up to {sharding.MOST}"
    )
    command.add_argument(
        "--repositories",
        metavar="FILE",
        help="cut these repositories, one name a line, instead of files: for a matrix whose jobs check them out",
    )
    command.add_argument("--exclude", action="append", metavar="GLOB", help="skip what matches when searching a folder")
    command.add_argument("--config", metavar="FILE", help="the configuration, as for check")
    command.add_argument("--allow-empty", action="store_true", help="finding no requirements file is no error")
    command.add_argument("--format", choices=list(plan_table.FORMATS), default="text", help="default text")
    command.add_argument("--output", metavar="FILE", help="write the plan there instead of standard output")
    shown = command.add_mutually_exclusive_group()
    shown.add_argument("--quiet", action="store_true", help="print no more than the plan")
    shown.add_argument("--verbose", action="store_true", help="also print which files were read")
    # What the pipeline asks for: nobody is asked for a plan, and nothing is judged.
    command.set_defaults(offline=True, index_url=None, extra_index_url=None, index_for=None)


def add_shard_options(command: argparse.ArgumentParser) -> None:
    """Those of `hashpin check` that say which part of the whole it checks."""
    command.add_argument(
        "--shard", type=_part, metavar="K/N", help="check the part K of the N that hashpin plan --shards N cuts"
    )
    command.add_argument(
        "--plan",
        metavar="FILE",
        help="the plan that --shard is of, as hashpin plan --format json has written it: check the repositories that "
        "it has there, which are folders here, where the others are not",
    )


def add_merge_options(command: argparse.ArgumentParser) -> None:
    """The options of `hashpin merge`."""
    command.add_argument("reports", nargs="+", metavar="REPORT", help="JSON documents of hashpin check, or SARIF files")
    command.add_argument(
        "--fail-on", choices=FAIL_ON, default="error", help="the least severity that makes the exit code 1"
    )
    command.add_argument(
        "--format", choices=[*_SHOWN, _SARIF], help="default text, and sarif for SARIF files, which become nothing else"
    )
    command.add_argument("--output", metavar="FILE", help="write the report there instead of standard output")


def _shards(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 4 and 0 < int(text) <= sharding.MOST):
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1 to {sharding.MOST}")
    return int(text)


def _part(text: str) -> tuple[int, int]:
    number, slash, of = text.partition("/")
    if slash and _shards(number) <= _shards(of):
        return int(number), int(of)
    raise argparse.ArgumentTypeError(f"{text!r} is not of the form K/N, such as 1/8")


# --- plan ------------------------------------------------------------------

# What GitHub takes for an owner and a repository, and what is harmless as a folder and in a shell.
_NAME = re.compile(r"(?!.*\.\.)[A-Za-z0-9_.][A-Za-z0-9_.-]*(/[A-Za-z0-9_.][A-Za-z0-9_.-]*)?")
_MOST_NAMES = 100_000
_LONGEST_NAME = 200


def plan(options: argparse.Namespace, forest: Callable[[], Forest], stdin: Callable[[], bytes]) -> str:
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
    units, named = _units(forest, options.paths)
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


def _units(forest: Forest, paths: Sequence[str]) -> tuple[tuple[sharding.Unit, ...], bool]:
    """What stays together, and whether each is a whole repository below one of the paths.

    Of one repository files are cut; where there are several, each stays whole.
    """
    roots: dict[Path, Path] = {}

    def root(path: str) -> Path:
        folder = forest.places.get(path, Path(path)).parent
        if folder not in roots:
            roots[folder] = files.root_of(folder)
        return roots[folder]

    entries = [tree.members[0].file.source.path for tree in forest.trees]
    held_by = {root(path) for path in entries if path != files.STANDARD_INPUT}
    repositories = {found for found in held_by if (found / ".git").exists()}
    outer = {r: files.shown(r) for r in repositories if not any(o != r and r.is_relative_to(o) for o in repositories)}
    if len(outer) < 2:
        return sharding.units(forest), False

    def repository(path: str) -> str | None:
        found = root(path)
        return next((outer[above] for above in (found, *found.parents) if above in outer), None)

    units = sharding.units(forest, repository)
    given = [Path(os.path.realpath(path)) for path in paths]
    below = all(any(found.is_relative_to(path) for path in given) for found in outer)
    return units, below and {unit.name for unit in units} == set(outer.values())


def _names(file: str, stdin: Callable[[], bytes]) -> list[str]:
    """The repositories that a file lists, one a line; a line that begins with `#` is a comment."""
    data = stdin() if file == files.STANDARD_INPUT else _bytes(file)
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


# --- check --shard ---------------------------------------------------------


class Wanted(Struct, frozen=True):
    """Which part a run shall check."""

    number: int
    of: int
    cut: str | None = None
    """As a plan says; None where the cut is made from the files."""
    absent: tuple[str, ...] = ()
    """Repositories of the plan that are not here."""


def wanted(options: argparse.Namespace) -> Wanted | None:
    """The part that is asked for; with a plan, `paths` become its repositories. Raises UsageError."""
    if options.shard is None:
        if options.plan is not None:
            raise UsageError("--plan says nothing without --shard K/N: which part of it is meant?")
        return None
    number, of = options.shard
    if options.plan is None:
        return Wanted(number, of)
    if options.paths != ["."]:
        raise UsageError("--plan names what is checked, so no PATH can stand beside it")
    found = held(options.plan, loaded(options.plan, _bytes(options.plan)), _Planned, "plan of hashpin plan")
    if found.hashpin != __version__:
        raise shape.wrong(options.plan, f"was made by hashpin {found.hashpin}, and this is {__version__}")
    if found.parts is None:
        raise shape.wrong(options.plan, "cuts files, not repositories: leave --plan out, and give the same PATHs")
    if len(found.parts) != of:
        raise shape.wrong(options.plan, f"has {plural(len(found.parts), 'shard')}, and --shard says {number}/{of}")
    names = found.parts[number - 1]
    if doubtful := next((name for name in names if name.startswith("-") or "\0" in name), None):
        raise shape.wrong(options.plan, f"names {shortened(doubtful)!r}, which is no folder")
    options.paths = [name for name in names if Path(name).is_dir()]
    options.allow_empty = True  # a repository may hold no requirements file
    return Wanted(number, of, found.cut, tuple(name for name in names if not Path(name).is_dir()))


def part(options: argparse.Namespace, asked: Wanted | None, forest: Forest) -> tuple[Forest, Shard | None]:
    """What of the forest is to be checked, and as which shard. Raises UsageError."""
    if asked is None:
        return forest, None
    if asked.cut is not None:
        lost = tuple(Unchecked(name, "is in the plan, and no such folder is here") for name in asked.absent)
        return replace(forest, unchecked=(*forest.unchecked, *lost)), Shard(asked.number, asked.of, asked.cut)
    units, _ = _units(forest, options.paths)
    parts = sharding.cut(units, asked.of)
    cut = sharding.identity(parts, forest)
    return sharding.restricted(forest, parts[asked.number - 1]), Shard(asked.number, asked.of, cut)


class _Planned(Shape, frozen=True, kw_only=True):
    """What is read of a plan."""

    version: Literal[1]
    hashpin: Annotated[str, Meta(max_length=50)]
    cut: Annotated[str, Meta(pattern="^[0-9a-f]{16}$")]
    parts: Annotated[tuple[tuple[Annotated[str, Meta(min_length=1)], ...], ...], Meta(max_length=256)] | None = None


# --- merge -----------------------------------------------------------------

_SHOWN: dict[str, Callable[[documents.Document], str]] = {
    "text": shown.text,
    "json": documents.render,
    "markdown": shown.markdown,
}
_SARIF = "sarif"
_LARGEST_OF_ALL = 512 * 1024 * 1024  # bytes


def merge(options: argparse.Namespace) -> tuple[str, int]:
    """The text to print, and the exit code. Raises UsageError."""
    if len(options.reports) > shape.MOST:
        raise UsageError(f"{len(options.reports):,} reports are more than the {shape.MOST:,} that are merged")
    fail_on = Severity.named(options.fail_on)
    left = _LARGEST_OF_ALL
    found: list[tuple[str, documents.Document]] = []
    runs: list[tuple[str, sarif_files.Run]] = []
    for name in options.reports:
        data = _bytes(name)
        left -= len(data)
        if left < 0:
            raise UsageError(f"the reports have more than {_LARGEST_OF_ALL >> 20} MiB together")
        value: dict[str, Any] = loaded(name, data)
        if "runs" in value:
            runs.append((name, sarif_files.parse(name, value)))
        else:
            found.append((name, documents.parse(name, value)))
        if runs and found:
            raise UsageError(f"{visible(runs[0][0])} is SARIF, and {visible(found[0][0])} is not: merge each by itself")
    if runs:
        if options.format not in (None, _SARIF):
            raise UsageError(f"--format {options.format}: SARIF files are merged into SARIF alone")
        joined = sarif_files.join(runs)
        return sarif_files.render(joined), sarif_files.exit_code(joined, fail_on)
    if options.format == _SARIF:
        raise UsageError(
            "--format sarif: a JSON report has not all that SARIF needs: merge the SARIF files of the runs"
        )
    document = documents.join(found)
    return _SHOWN[options.format or "text"](document), documents.exit_code(document, fail_on)


def _bytes(name: str) -> bytes:
    path = Path(name)
    try:
        if path.is_file() and path.stat().st_size > shape.LARGEST:
            raise shape.wrong(name, f"has more than {shape.LARGEST >> 20} MiB")
        return files.content(path)
    except (OSError, ValueError) as error:
        raise UsageError(f"{visible(name)}: cannot be read ({getattr(error, 'strerror', None) or error})") from error
