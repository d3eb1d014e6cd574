"""Where a report goes: the terminal, or a file."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TextIO

from hashpin import check, files
from hashpin.console import Console
from hashpin.errors import WriteError
from hashpin.model import Report
from hashpin.outputs import OUTPUTS, text_lines

# What GitHub reads names files from the repository's root.
_ROOTED = ("github", "markdown", "sarif")


def show(report: Report, options: argparse.Namespace, console: Console, stream: TextIO) -> bool:
    """Print the report, or save it where --output says; whether that went well."""
    if options.format == "text":
        color = _colored(options, console, stream) and not options.output
        rendered = text_lines.render(report, color=color, quiet=options.quiet, verbose=options.verbose)
    else:
        rooted = check.relocated(report, files.rooted) if options.format in _ROOTED else report
        rendered = OUTPUTS[options.format](rooted)
    return deliver(rendered, options, console, stream)


def deliver(rendered: str, options: argparse.Namespace, console: Console, stream: TextIO) -> bool:
    """Print what was made, or save it where --output says; what cannot be saved is printed, too."""
    if options.output:
        try:
            files.save(Path(options.output), rendered.encode("utf-8", "backslashreplace"))
            return True
        except WriteError as error:
            console.say(f"hashpin: {error}")
    try:
        stream.write(rendered)
    except BrokenPipeError:
        raise
    except OSError as error:  # a full disk
        console.say(f"hashpin: standard output cannot be written: {error.strerror}")
        return False
    return not options.output


def _colored(options: argparse.Namespace, console: Console, stream: TextIO) -> bool:
    if options.color == "auto":
        return stream.isatty() and not console.environ.get("NO_COLOR") and console.environ.get("TERM") != "dumb"
    return bool(options.color == "always")
