"""The GitHub Action. With `cli.py` the only place that builds things, prints and exits.

Reads its inputs from `INPUT_*`, shows what it found as annotations, job summary,
outputs and files, and ends with the same exit codes as the command line. To
check, it needs no token; what else it was asked to do on GitHub and may not is
said, with what would allow it, and changes no verdict.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import sys
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TextIO

from hashpin import check, configuration, debt, files, fix, inputs, tree
from hashpin.compared import compared
from hashpin.configuration import Configuration
from hashpin.correct import Corrected, correct
from hashpin.errors import HashpinError, NothingToCheck, UsageError, WriteError, internal
from hashpin.evidence import Answers, Asking
from hashpin.files import Found
from hashpin.github import check_run, commits, connection, event, history, pull_request, references, suggestions
from hashpin.github.connection import Connection
from hashpin.github.event import Event
from hashpin.github.pull_request import Operation, Outcome, Proposal
from hashpin.github.refusals import Kind, Refusal, Refused
from hashpin.indexes.address import IndexAddress
from hashpin.indexes.client import HttpIndex
from hashpin.indexes.transport import Transport, new_session
from hashpin.inputs import Inputs
from hashpin.model import Annotation, Evidence, Report, Severity, Skipped, Source
from hashpin.outputs import (
    annotated,
    json_document,
    markdown,
    markup,
    patch,
    pull_request_body,
    sarif,
    workflow_commands,
)
from hashpin.outputs.places import counts, last_line
from hashpin.proposing import patches, proposed
from hashpin.proposing import suggestions as suggested
from hashpin.tree import Forest
from hashpin.wording import inert, visible

_OUR_BRANCHES = "hashpin/fix-"


@dataclass(slots=True)
class _Run:
    """One run: what it was asked for, and what there is to say about the run itself."""

    inputs: Inputs
    event: Event
    stdout: TextIO
    configured: Configuration
    trusted: bool
    index: HttpIndex
    answers: Answers = field(default_factory=Answers)
    remarks: list[Annotation] = field(default_factory=list)
    _connection: Connection | None = None

    def say(self, line: str) -> None:
        """A line of the log."""
        print(inert(visible(line)), file=self.stdout)

    def remark(self, severity: Severity, text: str) -> None:
        """Something about the run, shown before what was found."""
        self.remarks.append(Annotation(severity, "hashpin", text, ""))

    def finds(self) -> files.Finds:
        return files.find(self.inputs.paths, self.inputs.exclude or self.configured.exclude or ())

    def judge(self, forest: Forest) -> tuple[tuple[Evidence, ...], Report]:
        policy = self.configured.policy(self.inputs.require_hashes, self.trusted)
        asking = Asking(self.inputs.jobs, self.inputs.timeout)
        found, report = check.check(forest, self.index, self.answers, policy, asking)
        if self.inputs.sarif_file:  # the one output that shows them
            report = replace(report, edits=fix.edits(forest, found, report.findings))
        return found, report

    def usable(self, forest: Forest) -> Forest:
        """The forest, unless there is nothing in it, which is more often a wrong path. Raises NothingToCheck."""
        if not forest.files and not forest.unchecked and not self.inputs.allow_empty:
            paths = " ".join(self.inputs.paths)
            raise NothingToCheck(f"no requirements file found in {paths}; if that is right, set allow-empty")
        return forest

    def connect(self) -> Connection:
        """To the repository that the run is for. Raises Refused."""
        if self._connection is None:
            if not self.event.repository or not self.inputs.token:
                what = "a token" if self.event.repository else "the repository's name (GITHUB_REPOSITORY)"
                raise Refused(Refusal(Kind.PERMISSION, f"GitHub cannot be asked without {what}"))
            api, repository = self.event.api_url, self.event.repository
            self._connection = connection.connect(api, self.inputs.token, repository, self.inputs.timeout)
        return self._connection


@dataclass(frozen=True, slots=True)
class _Came:
    """What a run came to."""

    report: Report
    skipped: tuple[Skipped, ...] = ()
    sections: tuple[str, ...] = ()
    """Further Markdown for the job summary."""
    outcome: Outcome | None = None
    """Of the pull request."""
    changed: int = 0
    """How many files the pull request corrects."""


def main(environ: Mapping[str, str], stdout: TextIO) -> int:
    """One run of the action; the exit code. Prints workflow commands and one line of counts."""
    try:
        run = _begun(environ, stdout)
        came = _proposed(run) if run.inputs.mode == inputs.PULL_REQUEST else _checked(run)
        shown = _shown(run, came, environ)
        fail_on = run.inputs.fail_on or run.configured.fail_on or "error"
        undone = bool(came.outcome and came.outcome.failed)
        return check.exit_code(came.report, Severity.named(fail_on), failed=undone or not shown)
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
    why = event.read(environ, _payload(environ.get("GITHUB_EVENT_PATH")))
    trusted = asked.trust_config or why.own
    configured = configuration.load(asked.config) if trusted else _untrusted(asked, stdout)
    index = HttpIndex(address, Transport(new_session(asked.jobs), address, asked.timeout))
    return _Run(asked, why, stdout, configured, trusted, index)


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


def _checked(run: _Run) -> _Came:
    finds = run.finds()
    forest = run.usable(tree.grow(finds, lambda found: files.read(found.path)))
    _, report = run.judge(forest)
    report = _compared(run, finds, report)
    sections = _offered(run, finds, forest, report)
    return _Came(debt.set_aside(report) if run.inputs.only_changed else report, forest.skipped, sections)


def _compared(run: _Run, finds: files.Finds, report: Report) -> Report:
    """The report with what stood before this change told from what it brought in, where anybody needs to know."""
    wanted = run.inputs.only_changed
    if not report.findings or not (wanted or workflow_commands.crowded(report)):
        return report
    try:
        base = history.before(run.event, files.repository(finds), run.connect)
        if base:
            return compared(finds, report, base, run.judge)
        if wanted:
            run.say(f"only-changed: {run.event.name or 'this run'} is about no change, so everything counts")
    except Refused as refused:
        if wanted:
            what = "only-changed: what this change brought in cannot be told, so everything counts"
            run.remark(Severity.WARNING, f"{what}: {refused.refusal}")
    return report


def _offered(run: _Run, finds: files.Finds, forest: Forest, report: Report) -> tuple[str, ...]:
    """Offer corrections: as suggestions where that is asked for and may be, and what is left as a patch to copy."""
    if not run.inputs.suggestions and report.worst is not Severity.ERROR:
        return ()

    def grow(texts: Mapping[str, str]) -> Forest:
        def read(found: Found) -> Source | files.Refused:
            source = files.read(found.path)
            if isinstance(source, Source) and source.path in texts:
                return files.corrected(source, texts[source.path])
            return source

        return tree.grow(finds, read)

    corrected = correct(forest, grow, run.judge, run.inputs.unsafe_fixes)
    left = _suggested(run, finds, corrected) if run.inputs.suggestions else len(corrected.texts)
    return (patch.render(patches(corrected)),) if left else ()


def _suggested(run: _Run, finds: files.Finds, corrected: Corrected) -> int:
    """Make suggestions; how many corrections nobody sees as one."""
    refusal, pull = suggestions.hindrance(run.event), run.event.pull_request
    if refusal is None and pull:
        try:
            near = files.repository(finds) if run.event.trusted_checkout else None
            head = history.NearestCommit(pull.head_sha, near, run.connect)
            of_head = proposed(finds, head, run.judge, run.inputs.unsafe_fixes).corrected
            outcome = suggestions.suggest(run.connect(), pull, [*suggested(of_head)], markup.text)
            run.say(str(outcome))
            refusal = outcome.refusal
            left = outcome.left
        except Refused as refused:
            refusal = refused.refusal
    if refusal is None:
        return left
    if corrected.texts and refusal.kind is not Kind.NOTHING:
        run.remark(Severity.NOTE, f"no suggestions, the job summary has a patch instead, since {refusal}")
    return len(corrected.texts)


# --- pull request ----------------------------------------------------------


def _proposed(run: _Run) -> _Came:
    """Correct a branch by a pull request. What GitHub refuses leaves the verdict as it is without one."""
    why, asked = run.event, run.inputs
    if why.pull_request or why.merge_base:
        run.say(f"mode pull-request: {why.name} is about a change that is not merged yet, so it is only checked")
        return replace(_checked(run), outcome=Outcome(Operation.NONE, "the event is about a change not merged yet"))
    base, branch = _branches(run)
    if asked.base is None and base.startswith(_OUR_BRANCHES):
        run.say(f"mode pull-request: {base} is a branch of hashpin's own, so it is only checked")
        return replace(_checked(run), outcome=Outcome(Operation.NONE, "the branch is one of hashpin's own"))
    try:
        sha = commits.tip(run.connect(), base)
        if sha is None:
            reason = f"there is no branch {base} in {why.repository}, or the token may not see it"
            raise Refused(Refusal(Kind.MISSING, reason, "look at the input `base`"))
        finds = run.finds()
        near = files.repository(finds) if why.trusted_checkout else None
        commit = history.NearestCommit(sha, near, run.connect)
        found = proposed(finds, commit, run.judge, asked.unsafe_fixes, run.usable)
        tree_sha = commit.tree
    except Refused as refused:
        return _told(run, _checked(run), Outcome(Operation.REFUSED, str(refused.refusal), failed=True))
    if sha != why.sha:
        run.say(f"{base} was read at {sha[:12]}, not the checkout")
    corrected = found.corrected
    done = [replace(entry, path=files.rooted(entry.path)) for entry in corrected.corrections]
    left = [replace(entry, path=files.rooted(entry.path)) for entry in corrected.left]
    remaining = check.relocated(corrected.remaining, files.rooted)
    body = pull_request_body.render(done, left, remaining, base, sha, why.run_url)
    outcome = pull_request.propose(
        run.connect(),
        Proposal(
            base=base,
            base_sha=sha,
            base_tree=tree_sha,
            branch=branch,
            title=asked.title,
            message=asked.commit_message or pull_request_body.message(asked.title, done),
            changes=found.changes,
            complete=not corrected.found.unchecked,
            fingerprint=found.fingerprint,
            body=body,
            labels=asked.labels,
            assignees=asked.assignees,
            reviewers=asked.reviewers,
            draft=asked.draft,
        ),
        why.server_url,
    )
    report = corrected.remaining if outcome.corrects else corrected.found
    whole = pull_request_body.render(done, left, remaining, base, sha, limit=markdown.LIMIT // 4)
    sections = (f"### What is corrected\n\n{whole}",) if found.changes else ()
    came = _Came(report, corrected.before.skipped, sections, changed=len(found.changes))
    return _told(run, came, outcome)


def _branches(run: _Run) -> tuple[str, str]:
    """The branch to correct, and the one that holds the correction. Raises UsageError."""
    why, asked = run.event, run.inputs
    base = asked.base or why.branch or why.default_branch
    if base is None:
        raise UsageError("input base: this event names no branch, so say which one is to be corrected")
    branch = asked.branch or f"{_OUR_BRANCHES}{base}"
    for name, text in (("base", base), ("branch", branch)):
        if not references.is_name(text):
            raise UsageError(f"input {name}: {text} is no name that git takes for a branch")
    if branch == base:
        raise UsageError(
            f"input branch: {branch} is the branch to be corrected, so name another one for the correction"
        )
    return base, branch


def _told(run: _Run, came: _Came, outcome: Outcome) -> _Came:
    """What a run came to, with what became of its pull request, which is said."""
    link = f", {outcome.url}" if outcome.url else ""
    run.say(f"pull request: {outcome.operation.value}, {outcome.reason}{link}")
    for note in outcome.notes:
        run.remark(Severity.WARNING, f"the pull request, {note}")
    if outcome.operation is Operation.REFUSED:
        run.remark(Severity.ERROR if outcome.failed else Severity.WARNING, f"no pull request: {outcome.reason}")
    return replace(came, outcome=outcome)


# --- showing ---------------------------------------------------------------


def _shown(run: _Run, came: _Came, environ: Mapping[str, str]) -> bool:
    """Show it all; whether everything is where it belongs."""
    asked, report = run.inputs, came.report
    rooted = check.relocated(report, files.rooted)
    _annotate(run, rooted)
    for entry in came.skipped:
        run.say(f"{entry.path}: skipped, {entry.reason}")
    print(last_line(report), file=run.stdout)
    summary = markdown.render(rooted, [remark.message for remark in run.remarks], came.sections)
    written = [
        _written(run, _append, environ.get("GITHUB_STEP_SUMMARY"), summary),
        _written(run, _append, environ.get("GITHUB_OUTPUT"), _outputs(_values(run, came))),
        _written(run, _save, asked.json_file, json_document.render(report)),
        # Code scanning would take what is left out for mended.
        _written(run, _save, asked.sarif_file, sarif.render(debt.taken_in(rooted)) if asked.sarif_file else ""),
    ]
    return all(written)


def _annotate(run: _Run, report: Report) -> None:
    """By the way that the workflow asks for, or by workflow commands where that way is closed."""
    chosen = annotated.of(report)
    if run.inputs.annotations == inputs.CHECK_RUN:
        chosen = chosen[_by_check_run(run, report, chosen) :]
    elif run.inputs.annotations == inputs.NONE:
        chosen = ()
    run.stdout.write(workflow_commands.spelled([*run.remarks, *chosen], counts(report)))


def _by_check_run(run: _Run, report: Report, chosen: tuple[Annotation, ...]) -> int:
    """How many annotations a check run shows; the others are left to workflow commands."""
    refusal, sha = check_run.hindrance(run.event), check_run.commit(run.event)
    shown = 0
    if refusal is None and sha:
        fail_on = Severity.named(run.inputs.fail_on or run.configured.fail_on or "error")
        failing = check.exit_code(report, fail_on) != 0
        conclusion = check_run.Conclusion.FAILURE if failing else check_run.Conclusion.SUCCESS
        words = check_run.Words("hashpin", last_line(report), markdown.render(report, limit=65_000))
        try:
            outcome = check_run.publish(run.connect(), sha, chosen, words, conclusion)
            refusal, shown = outcome.refusal, outcome.shown
        except Refused as refused:
            refusal = refused.refusal
    if refusal:
        run.remark(Severity.NOTE, f"annotations by workflow commands, 10 of each kind, since {refusal}")
    return shown


def _written(run: _Run, write: Callable[[str, str], None], path: str | None, text: str) -> bool:
    """Whether a text is where it belongs; outside of a runner there is no path. A fault is told, the verdict stays."""
    try:
        if path:
            write(path, text)
    except (WriteError, OSError) as error:
        print(workflow_commands.error(str(error)), file=run.stdout)
        return False
    return True


def _values(run: _Run, came: _Came) -> Mapping[str, object]:
    """The step's outputs."""
    report, outcome = came.report, came.outcome
    verified = outcome.verified if outcome else None
    return {
        "verdict": "incomplete" if report.unchecked else "findings" if report.findings else "clean",
        "findings": len(report.findings),
        "errors": report.count(Severity.ERROR),
        "warnings": report.count(Severity.WARNING),
        "notes": report.count(Severity.NOTE),
        "unchecked": len(report.unchecked),
        "files-changed": came.changed if outcome else "",
        "sarif-file": run.inputs.sarif_file or "",
        "json-file": run.inputs.json_file or "",
        "pull-request-operation": outcome.operation.value if outcome else "",
        "pull-request-number": outcome.number or "" if outcome else "",
        "pull-request-url": outcome.url or "" if outcome else "",
        "pull-request-head-sha": outcome.head_sha or "" if outcome else "",
        "pull-request-commits-verified": "" if verified is None else str(verified).lower(),
    }


def _outputs(values: Mapping[str, object]) -> str:
    """Outputs as the runner reads them: each value between two lines that no value can hold."""
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
    # What libraries log may quote strangers, and a runner reads standard error, too.
    logging.disable()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as process 1, Python would ignore it
    code = main(os.environ, sys.stdout)
    sys.stdout.flush()
    os._exit(code)
