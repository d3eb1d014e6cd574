"""Join the reports of several runs."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from hashpin import files
from hashpin.commands.showing import deliver
from hashpin.console import Console
from hashpin.errors import UsageError
from hashpin.merging import documents, sarif_files, shape, shown
from hashpin.model import Severity
from hashpin.wording import visible


def run(options: argparse.Namespace, console: Console) -> int:
    rendered, code = _merged(options, console.say)
    delivered = deliver(rendered, options, console, console.stdout)
    return code if delivered else code or 3


_SHOWN: dict[str, Callable[[documents.Document], str]] = {
    "text": shown.text,
    "json": documents.render,
    "markdown": shown.markdown,
}
_SARIF = "sarif"
_LARGEST_OF_ALL = 512 * 1024 * 1024  # bytes


def _merged(options: argparse.Namespace, say: Callable[[str], None]) -> tuple[str, int]:
    """The text to print, and the exit code. Raises UsageError."""
    if len(options.reports) > shape.MOST:
        raise UsageError(f"{len(options.reports):,} reports are more than the {shape.MOST:,} that are merged")
    fail_on = Severity.named(options.fail_on)
    left = _LARGEST_OF_ALL
    found: list[tuple[str, documents.Document]] = []
    runs: list[tuple[str, sarif_files.Run]] = []
    for name in options.reports:
        data = files.given(name, shape.LARGEST)
        left -= len(data)
        if left < 0:
            raise UsageError(f"the reports have more than {_LARGEST_OF_ALL >> 20} MiB together")
        value: dict[str, Any] = shape.loaded(name, data)
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
        for reason in joined.lacking:
            say(reason)
        return sarif_files.render(joined), sarif_files.exit_code(joined, fail_on)
    if options.format == _SARIF:
        raise UsageError(
            "--format sarif: a JSON report has not all that SARIF needs: merge the SARIF files of the runs"
        )
    document = documents.join(found)
    return _SHOWN[options.format or "text"](document), documents.exit_code(document, fail_on)
