"""Print which platforms each pin can be installed on."""

from __future__ import annotations

import argparse

from msgspec.structs import replace

from hashpin import coverage, platforms
from hashpin.commands.running import Run, tell
from hashpin.commands.showing import deliver
from hashpin.console import Console
from hashpin.outputs import coverage_table


def run(options: argparse.Namespace, console: Console) -> int:
    asked = tuple({p.text: p for p in map(platforms.parse, options.platform or platforms.USUAL)}.values())
    begun = Run.begin(options, console)
    # What is needed besides is not shown, so nobody is asked for it.
    off = {**begun.configured.severities, "missing-dependency": None}
    begun.configured = replace(begun.configured, severities=off)
    forest = begun.forest()
    tell(forest, options, console)
    found, report = begun.judge(forest)
    table = coverage.table(forest, found, report, asked)
    rendered = coverage_table.FORMATS[options.format](table)
    delivered = deliver(rendered, options, console, console.stdout)
    return coverage.exit_code(table) if delivered else 3
