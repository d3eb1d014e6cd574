"""The GitHub Action. With `cli.py` the only place that builds things, prints and exits.

Reads its inputs from `INPUT_*`, prints annotations, writes the job summary and
the outputs, and ends with the same exit codes as the command line. Needs no
token and no git.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import uuid
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from hashpin import check, configuration, files, tree
from hashpin.configuration import Configuration
from hashpin.errors import HashpinError, NothingToCheck, UsageError, WriteError, internal
from hashpin.evidence import Answers, Asking
from hashpin.indexes.address import IndexAddress
from hashpin.indexes.client import HttpIndex
from hashpin.indexes.transport import Transport, new_session
from hashpin.model import Report, Severity
from hashpin.outputs import json_document, markdown, workflow_commands
from hashpin.outputs.places import last_line
from hashpin.wording import inert, visible

# What the runner takes for true and false: getBooleanInput in packages/core of actions/toolkit.
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
# Events in which everything in the workspace was accepted into the repository before; a pull request's was not.
_OWN_EVENTS = frozenset({"push", "schedule", "workflow_dispatch", "repository_dispatch", "release", "create"})


@dataclass(frozen=True, slots=True)
class Inputs:
    """The action's inputs. Their names in `action.yml` are these, with dashes; an empty one counts as not given."""

    paths: tuple[str, ...] = (".",)
    exclude: tuple[str, ...] = ()
    fail_on: str | None = None
    require_hashes: bool | None = None
    index_url: str | None = None
    config: str | None = None
    trust_config: bool = False
    json_file: str | None = None
    allow_empty: bool = False
    jobs: int = 10
    timeout: float = 300.0

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Inputs:
        """From the runner's environment. Raises UsageError that names the input."""
        reader = _Reader(environ)
        default = cls()
        return cls(
            reader.lines("paths") or default.paths,
            reader.lines("exclude"),
            reader.one_of("fail-on", configuration.FAIL_ON),
            reader.boolean("require-hashes"),
            reader.text("index-url"),
            reader.text("config"),
            bool(reader.boolean("trust-config")),
            reader.text("json-file"),
            bool(reader.boolean("allow-empty")),
            reader.whole("jobs", default.jobs, 100),
            float(reader.whole("timeout", int(default.timeout), 86400)),
        )


@dataclass(frozen=True, slots=True)
class _Reader:
    environ: Mapping[str, str]

    def text(self, name: str) -> str | None:
        # The runner upper-cases the name and turns spaces alone into underscores: dashes stay.
        return self.environ.get(f"INPUT_{name.upper()}", "").strip() or None

    def lines(self, name: str) -> tuple[str, ...]:
        lines = (line.strip() for line in (self.text(name) or "").splitlines())
        return tuple(line for line in lines if line and not line.startswith("#"))

    def boolean(self, name: str) -> bool | None:
        text = self.text(name)
        if text is not None and text not in _BOOLEANS:
            raise UsageError(f"input {name}: {text} is neither true nor false")
        return None if text is None else _BOOLEANS[text]

    def whole(self, name: str, default: int, most: int) -> int:
        text = self.text(name)
        if text is None:
            return default
        if not (text.isascii() and text.isdigit() and len(text) < 7 and 0 < int(text) <= most):
            raise UsageError(f"input {name}: {text} is no whole number from 1 to {most}")
        return int(text)

    def one_of(self, name: str, known: Collection[str]) -> str | None:
        text = self.text(name)
        if text is not None and text not in known:
            raise UsageError(f"input {name}: {text} is none of {', '.join(known)}")
        return text


def main(environ: Mapping[str, str], stdout: TextIO) -> int:
    """One run of the action; the exit code. Prints workflow commands and one line of counts."""
    try:
        inputs = Inputs.read(environ)
        address = IndexAddress.parse(inputs.index_url) if inputs.index_url else IndexAddress.default()
        for secret in address.credentials or ():
            if secret:
                print(workflow_commands.mask(secret), file=stdout)
        trusted = inputs.trust_config or environ.get("GITHUB_EVENT_NAME") in _OWN_EVENTS
        configured = configuration.load(inputs.config) if trusted else _untrusted(inputs, stdout)
        report = _report(inputs, address, configured, trusted)
        rooted = check.relocated(report, files.rooted)
        stdout.write(workflow_commands.render(rooted))
        for entry in report.skipped:
            print(inert(visible(f"{entry.path}: skipped, {entry.reason}")), file=stdout)
        print(last_line(report), file=stdout)
        written = [
            _written(stdout, _append, environ.get("GITHUB_STEP_SUMMARY"), markdown.render(rooted)),
            _written(stdout, _append, environ.get("GITHUB_OUTPUT"), _outputs(report, inputs.json_file)),
            _written(stdout, _save, inputs.json_file, json_document.render(report)),
        ]
        fail_on = inputs.fail_on or configured.fail_on or "error"
        return check.exit_code(report, Severity.named(fail_on), failed=not all(written))
    except UsageError as error:
        print(workflow_commands.error(str(error)), file=stdout)
        return 2
    except HashpinError as error:
        print(workflow_commands.error(str(error)), file=stdout)
        return 3
    except Exception as error:  # a fault of hashpin's own: nothing was judged
        print(workflow_commands.error(internal(error)), file=stdout)
        return 3
    except KeyboardInterrupt:
        print(workflow_commands.error("interrupted"), file=stdout)
        return 130


def _written(stdout: TextIO, write: Callable[[str, str], None], path: str | None, text: str) -> bool:
    """Whether a text is where it belongs; outside of a runner there is no path. A fault is told, the verdict stays."""
    try:
        if path:
            write(path, text)
    except (WriteError, OSError) as error:
        print(workflow_commands.error(str(error)), file=stdout)
        return False
    return True


def _untrusted(inputs: Inputs, stdout: TextIO) -> Configuration:
    """No configuration, which is told where there is one."""
    with contextlib.suppress(UsageError):
        if configuration.load(inputs.config).source is None:
            return Configuration()
    print("hashpin's configuration is not applied: the pull request may have written it (trust-config)", file=stdout)
    return Configuration()


def _report(inputs: Inputs, address: IndexAddress, configured: Configuration, trusted: bool) -> Report:
    found = files.find(inputs.paths, inputs.exclude or configured.exclude or ())
    forest = tree.grow(found, lambda found: files.read(found.path))
    if not forest.files and not forest.unchecked and not inputs.allow_empty:
        raise NothingToCheck(
            f"no requirements file found in {' '.join(inputs.paths)}; if that is right, set allow-empty"
        )
    index = HttpIndex(address, Transport(new_session(inputs.jobs), address, inputs.timeout))
    policy = configured.policy(inputs.require_hashes, trusted)
    _, report = check.check(forest, index, Answers(), policy, Asking(inputs.jobs, inputs.timeout))
    return report


def _outputs(report: Report, json_file: str | None) -> str:
    """The step's outputs as the runner reads them: each value between two lines that no value can hold."""
    verdict = "incomplete" if report.unchecked else "findings" if report.findings else "clean"
    values = {
        "verdict": verdict,
        "findings": len(report.findings),
        "errors": report.count(Severity.ERROR),
        "warnings": report.count(Severity.WARNING),
        "notes": report.count(Severity.NOTE),
        "unchecked": len(report.unchecked),
        "json-file": json_file or "",
    }
    return "".join(
        f"{name}<<{delimiter}\n{value}\n{delimiter}\n"
        for name, value in values.items()
        for delimiter in [f"hashpin-{uuid.uuid4()}"]
    )


def _append(path: str, text: str) -> None:
    """Add to one of the runner's files."""
    with open(path, "a", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
        file.write(text)


def _save(path: str, text: str) -> None:
    files.save(Path(path), text.encode())


def run() -> None:
    """The container's entry point."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as process 1, Python would ignore it
    code = main(os.environ, sys.stdout)
    sys.stdout.flush()
    os._exit(code)
