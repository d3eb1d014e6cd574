"""The GitHub Action. With `cli.py` the only place that builds things, prints and exits.

Reads its inputs from `INPUT_*`, shows what it found as annotations, job summary,
outputs and files, and ends with the same exit codes as the command line. To
check, it needs no token; what else it was asked to do on GitHub and may not is
said, with what would allow it, and changes no verdict.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from hashpin import check, configuration, debt, files, inputs, tree
from hashpin.committed import Committed
from hashpin.configuration import Configuration
from hashpin.correct import Corrected, correct
from hashpin.encoding import encode
from hashpin.errors import HashpinError, NothingToCheck, UsageError, WriteError, internal
from hashpin.evidence import Answers, Asking
from hashpin.files import Found, Refused
from hashpin.github import event as github_event
from hashpin.github.event import Event
from hashpin.indexes.address import IndexAddress
from hashpin.indexes.client import HttpIndex
from hashpin.indexes.transport import Transport, new_session
from hashpin.inputs import Inputs
from hashpin.model import Commit, Evidence, Report, Severity, Source
from hashpin.outputs import json_document, markdown, pull_request_body, workflow_commands
from hashpin.outputs.places import last_line
from hashpin.tree import Forest
from hashpin.wording import inert, visible


@dataclass(slots=True)
class _Run:
    """One run: what it was asked for, what the index has said so far, and what could not be done on GitHub."""

    inputs: Inputs
    event: Event
    stdout: TextIO
    address: IndexAddress
    configured: Configuration
    trusted: bool
    index: HttpIndex
    answers: Answers = field(default_factory=Answers)
    remarks: list[workflow_commands.Remark] = field(default_factory=list)

    def say(self, line: str) -> None:
        """A line of the log."""
        print(inert(visible(line)), file=self.stdout)

    def remark(self, severity: Severity, text: str) -> None:
        """Something about the run itself, shown above what was found."""
        self.remarks.append(workflow_commands.Remark(severity, text))

    def finds(self) -> files.Finds:
        return files.find(self.inputs.paths, self.inputs.exclude or self.configured.exclude or ())

    def judge(self, forest: Forest) -> tuple[tuple[Evidence, ...], Report]:
        policy = self.configured.policy(self.inputs.require_hashes, self.trusted)
        asking = Asking(self.inputs.jobs, self.inputs.timeout)
        return check.check(forest, self.index, self.answers, policy, asking)

    def not_empty(self, forest: Forest) -> Forest:
        if not forest.files and not forest.unchecked and not self.inputs.allow_empty:
            paths = " ".join(self.inputs.paths)
            raise NothingToCheck(f"no requirements file found in {paths}; if that is right, set allow-empty")
        return forest


@dataclass(frozen=True, slots=True)
class _Came:
    """What a run came to."""

    report: Report
    outputs: Mapping[str, object] = field(default_factory=dict)
    sections: tuple[str, ...] = ()
    """Further Markdown for the job summary."""
    failed: bool = False
    """Something that was asked for was not done."""


def main(environ: Mapping[str, str], stdout: TextIO) -> int:
    """One run of the action; the exit code. Prints workflow commands and one line of counts."""
    try:
        run = _begun(environ, stdout)
        came = _pull_request(run) if run.inputs.mode == inputs.PULL_REQUEST and _may_propose(run) else _check(run)
        shown = _shown(run, came, environ)
        fail_on = run.inputs.fail_on or run.configured.fail_on or "error"
        return check.exit_code(came.report, Severity.named(fail_on), failed=came.failed or not shown)
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


def _begun(environ: Mapping[str, str], stdout: TextIO) -> _Run:
    asked = Inputs.read(environ)
    address = IndexAddress.parse(asked.index_url) if asked.index_url else IndexAddress.default()
    for secret in (asked.token, *(address.credentials or ())):
        if secret:
            print(workflow_commands.mask(secret), file=stdout)
    event = github_event.read(environ, _payload(environ.get("GITHUB_EVENT_PATH")))
    trusted = asked.trust_config or event.own
    configured = configuration.load(asked.config) if trusted else _untrusted(asked, stdout)
    index = HttpIndex(address, Transport(new_session(asked.jobs), address, asked.timeout))
    return _Run(asked, event, stdout, address, configured, trusted, index)


def _payload(path: str | None) -> str:
    """The text of the event; empty where there is none."""
    with contextlib.suppress(OSError):
        return Path(path).read_text("utf-8", "replace") if path else ""
    return ""


def _untrusted(asked: Inputs, stdout: TextIO) -> Configuration:
    """No configuration, which is told where there is one."""
    with contextlib.suppress(UsageError):
        if configuration.load(asked.config).source is None:
            return Configuration()
    print("hashpin's configuration is not applied: the pull request may have written it (trust-config)", file=stdout)
    return Configuration()


# --- check -----------------------------------------------------------------


def _check(run: _Run) -> _Came:
    finds = run.finds()
    forest = run.not_empty(tree.grow(finds, lambda found: files.read(found.path)))
    _, report = run.judge(forest)
    return _Came(_compared(run, finds, forest, report))


def _compared(run: _Run, finds: files.Finds, forest: Forest, report: Report) -> Report:
    """The report with what stood before this change told from what it brought in, where anybody needs to know."""
    wanted = run.inputs.only_changed
    if wanted and run.event.changes_from is None:
        run.say(f"only-changed: {run.event.name or 'this run'} is about no change, so everything counts")
        return report
    if run.event.changes_from is None or not (wanted or workflow_commands.crowded(report)) or not report.findings:
        return report
    from hashpin.github.refusals import Refused as GitHubRefused

    try:
        committed = Committed(_base(run))
        earlier = tree.grow(committed.of(finds), committed.read, committed.include_target)
        _, stood = run.judge(earlier)
    except GitHubRefused as refused:
        if wanted:
            run.remark(
                Severity.WARNING,
                f"only-changed: what this change brought in cannot be told, so everything counts: {refused.refusal}",
            )
        return report
    marked = debt.marked(report, forest, stood, earlier)
    return debt.set_aside(marked) if wanted else marked


def _base(run: _Run) -> Commit:
    """The commit that this change starts from, from the checkout's history where it has it, else from GitHub."""
    from hashpin.github import commits
    from hashpin.github.refusals import Refused as GitHubRefused

    event, root = run.event, files.root_of(Path.cwd())
    assert event.changes_from
    start, at = event.changes_from, commits.checked_out(root) if event.trusted_checkout else None
    if at is not None and at == event.sha and event.pull_request:
        # On a pull request that is a merge: its first parent is the base as it was merged with.
        with contextlib.suppress(GitHubRefused):
            parents = commits.LocalCommit.read_from(root, at).parents
            start = parents[0] if len(parents) == 2 else start
    elif event.pull_request:
        start = commits.merge_base(_connection(run), start, event.pull_request.head_sha) or start
    if event.trusted_checkout:
        with contextlib.suppress(GitHubRefused):
            return commits.LocalCommit.read_from(root, start).complete()
    return commits.RemoteCommit.read_from(_connection(run), start)


def _connection(run: _Run) -> Connection:
    """To the repository that the run is for. Raises Refused."""
    from hashpin.github.connection import connect
    from hashpin.github.refusals import Kind, Refusal
    from hashpin.github.refusals import Refused as GitHubRefused

    if not run.event.repository or not run.inputs.token:
        what = "a token" if run.event.repository else "the name of the repository (GITHUB_REPOSITORY)"
        raise GitHubRefused(Refusal(Kind.PERMISSION, f"GitHub cannot be asked without {what}"))
    return connect(run.event.api_url, run.inputs.token, run.event.repository, run.inputs.timeout)
