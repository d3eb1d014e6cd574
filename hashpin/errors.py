"""What can stop a run, each with whose fault it is. The doors turn them into exit codes."""

from __future__ import annotations


class HashpinError(Exception):
    """Stops the run with one sentence; never shown as a traceback."""


class UsageError(HashpinError):
    """The command line or an input is wrong: the caller's fault, exit code 2."""


class NothingToCheck(UsageError):
    """No requirements file was found, which is more often a wrong path than a clean repository."""


class WriteError(HashpinError):
    """A file could not be written; it is as it was. Exit code 3."""
