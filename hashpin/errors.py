"""What can stop a run, each with whose fault it is. The doors turn them into exit codes."""

from __future__ import annotations

import traceback
from pathlib import Path

from hashpin import HOME_PAGE


class HashpinError(Exception):
    """Stops the run with one sentence; never shown as a traceback."""


class UsageError(HashpinError):
    """The command line or an input is wrong: the caller's fault, exit code 2."""


class NothingToCheck(UsageError):
    """No requirements file was found, which is more often a wrong path than a clean repository."""


class WriteError(HashpinError):
    """A file could not be written; it is as it was. Exit code 3."""


def internal(error: Exception) -> str:
    """A fault of hashpin's own in one sentence: what it was and where, for the report that we ask for."""
    package = Path(__file__).parent
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if package in Path(frame.filename).parents]
    where = f" in {Path(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else ""
    what = f"internal error, the run was not finished ({type(error).__name__}{where})"
    return f"{what}: please report it at {HOME_PAGE}/issues"
