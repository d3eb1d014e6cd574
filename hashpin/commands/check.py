"""Find, verify, report."""

from __future__ import annotations

import argparse

from hashpin.commands.running import Run, list_files, tell
from hashpin.commands.showing import show
from hashpin.console import Console


def run(options: argparse.Namespace, console: Console) -> int:
    begun = Run.begin(options, console)
    forest = begun.forest()
    tell(forest, options, console)
    if options.list_files:
        return list_files(forest, console)
    _, report = begun.judge(forest)
    shown = show(report, options, console, console.stdout)
    return begun.exit_code(report, failed=not shown)
