"""Find, verify, report."""

from __future__ import annotations

import argparse

from msgspec.structs import replace

from hashpin.commands.running import Run, list_files, tell
from hashpin.commands.showing import show
from hashpin.console import Console
from hashpin.model import Shard
from hashpin.tree import Forest


def run(options: argparse.Namespace, console: Console) -> int:
    if options.shard or options.plan:
        return _shard(options, console)
    begun = Run.begin(options, console)
    return _judged(begun, begun.forest(), None)


def _shard(options: argparse.Namespace, console: Console) -> int:
    from hashpin.commands import sharded

    wanted = sharded.wanted(options)
    begun = Run.begin(options, console)
    return _judged(begun, *sharded.part(options, wanted, begun.forest()))


def _judged(begun: Run, forest: Forest, shard: Shard | None) -> int:
    options, console = begun.options, begun.console
    tell(forest, options, console)
    if options.list_files:
        return list_files(forest, console)
    _, report = begun.judge(forest)
    shown = show(replace(report, shard=shard), options, console, console.stdout)
    return begun.exit_code(report, failed=not shown)
