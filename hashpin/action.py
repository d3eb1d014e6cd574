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
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TextIO

from hashpin import check, configuration, debt, files, inputs, jobs
from hashpin.configuration import Configuration
from hashpin.errors import HashpinError, UsageError, WriteError, internal
from hashpin.github import check_run, event
from hashpin.github.refusals import Refused
from hashpin.indexes import cache_folder
from hashpin.indexes.address import IndexAddress
from hashpin.indexes.cache import Cache
from hashpin.indexes.cache_folder import Place
from hashpin.indexes.opening import chosen_indexes, opened
from hashpin.inputs import Inputs
from hashpin.jobs import Came, Job
from hashpin.model import Annotation, Report, Severity
from hashpin.outputs import annotated, json_document, markdown, sarif, workflow_commands
from hashpin.outputs.places import counts, last_line
from hashpin.wording import inert, visible


def main(environ: Mapping[str, str], stdout: TextIO) -> int:
    """One run of the action; the exit code. Prints workflow commands and one line of counts."""
    try:
        job, cache = _begun(environ, stdout)
        try:
            pull_request = job.inputs.mode == inputs.PULL_REQUEST
            came = jobs.corrected_by_pull_request(job) if pull_request else jobs.checked(job)
        finally:
            _put_away(cache, job.say)
        shown = _shown(job, came, environ, stdout)
        undone = came.outcome is not None and came.outcome.failed
        return check.exit_code(came.report, _fail_on(job), failed=undone or not shown)
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


def _begun(environ: Mapping[str, str], stdout: TextIO) -> tuple[Job, Cache | None]:
    asked = Inputs.read(environ)
    for secret in _secrets(asked):
        print(workflow_commands.mask(secret), file=stdout)
    why = event.read(environ, _payload(environ.get("GITHUB_EVENT_PATH")))
    trusted = asked.trust_config or why.own
    configured = configuration.load(asked.config) if trusted else _untrusted(asked, stdout)
    foreign: Mapping[str, str] = {}
    if not trusted:  # what it binds is asked of nobody
        foreign = configured.wishes.index_for or {}
        configured = Configuration()
    chosen = chosen_indexes(asked.wishes.over(configured.wishes), foreign)
    cache = _cache(asked.cache, environ) if asked.cache else None
    index = opened(chosen, asked.jobs, asked.timeout, cache)

    def say(line: str) -> None:
        print(inert(visible(line)), file=stdout)

    return Job(asked, why, configured, trusted, index, chosen.shown, say), cache


def _cache(folder: str, environ: Mapping[str, str]) -> Cache:
    """A folder that the workflow names: the runner's own account makes it, and the image runs as root."""
    ours = cache_folder.owners([environ.get("GITHUB_WORKSPACE") or "."])
    place = Place(Path(os.path.abspath(folder)), shared=True, owners=ours)
    return Cache(place, refused=cache_folder.in_work_tree(place))


def _put_away(cache: Cache | None, say: Callable[[str], None]) -> None:
    if cache:
        cache.flush()
        if fault := cache.told():
            say(f"cache: {fault}, so nothing is kept there")


def _secrets(asked: Inputs) -> Iterator[str]:
    """What must never be shown: the runner masks it from here on."""
    if asked.token:
        yield asked.token
    wishes = asked.wishes
    for url in filter(None, (wishes.index_url, *(wishes.extra_index_urls or ()), *(wishes.index_for or {}).values())):
        with contextlib.suppress(UsageError):  # which is told when all that can be is masked
            yield from IndexAddress.parse(url).credentials or ()


def _fail_on(job: Job) -> Severity | None:
    return Severity.named(job.wishes.fail_on or "error")


def _payload(path: str | None) -> str:
    """The text of the event; empty where there is none."""
    with contextlib.suppress(OSError):
        return Path(path).read_text("utf-8", "replace") if path else ""
    return ""


def _untrusted(asked: Inputs, stdout: TextIO) -> Configuration:
    """The configuration, which does not count; that is told where there is one."""
    found = Configuration()
    with contextlib.suppress(UsageError):
        found = configuration.load(asked.config)
        if found.source is None:
            return found
    print("hashpin's configuration is not applied: the pull request may have written it (trust-config)", file=stdout)
    return found


# --- showing ---------------------------------------------------------------


def _shown(job: Job, came: Came, environ: Mapping[str, str], stdout: TextIO) -> bool:
    """Show it all; whether everything is where it belongs."""
    asked, report = job.inputs, came.report
    rooted = check.relocated(report, job.rooted)
    _annotate(job, rooted, stdout)
    for entry in came.skipped:
        job.say(f"{entry.path}: skipped, {entry.reason}")
    print(last_line(report), file=stdout)
    summary = markdown.render(rooted, _words(job, came))
    # Code scanning would take what is left out for mended.
    scanned = check.relocated(debt.taken_in(came.scanned), job.rooted)
    written = [
        _written(stdout, _append, environ.get("GITHUB_STEP_SUMMARY"), summary),
        _written(stdout, _append, environ.get("GITHUB_OUTPUT"), _outputs(_values(job, came))),
        _written(stdout, _save, asked.json_file, json_document.render(report)),
        _written(stdout, _save, asked.sarif_file, sarif.render(scanned) if asked.sarif_file else ""),
    ]
    return all(written)


def _words(job: Job, came: Came) -> markdown.Words:
    outcome, event = came.outcome, job.event
    merged = outcome is not None and outcome.corrects and came.changed
    once = f"once pull request {outcome.number} is merged" if outcome and merged else ""
    remarks = [*([came.said] if came.said else []), *(remark.message for remark in job.remarks)]
    return markdown.Words(remarks, came.sections, once, f"{event.server_url}/{event.repository}")


def _annotate(job: Job, report: Report, stdout: TextIO) -> None:
    """By the way that the workflow asks for, or by workflow commands where that way is closed."""
    chosen = annotated.of(report)
    if job.inputs.annotations == inputs.CHECK_RUN:
        chosen = chosen[_by_check_run(job, report, chosen) :]
    elif job.inputs.annotations == inputs.NONE:
        chosen = ()
    stdout.write(workflow_commands.spelled([*job.remarks, *chosen], counts(report)))


def _by_check_run(job: Job, report: Report, chosen: tuple[Annotation, ...]) -> int:
    """How many annotations a check run shows; the others are left to workflow commands."""
    refusal, sha = check_run.hindrance(job.event), check_run.commit(job.event)
    shown = 0
    if refusal is None and sha:
        failing = check.exit_code(report, _fail_on(job)) != 0
        conclusion = check_run.Conclusion.FAILURE if failing else check_run.Conclusion.SUCCESS
        words = check_run.Words("hashpin", last_line(report), markdown.render(report, limit=65_000))
        try:
            outcome = check_run.publish(job.connect(), sha, chosen, words, conclusion)
            refusal, shown = outcome.refusal, outcome.shown
            if outcome.url:
                job.say(f"check run: {outcome.url}")
        except Refused as refused:
            refusal = refused.refusal
    if refusal:
        job.remark(Severity.NOTE, f"annotations by workflow commands, 10 of each kind, since {refusal}")
    return shown


def _written(stdout: TextIO, write: Callable[[str, str], None], path: str | None, text: str) -> bool:
    """Whether a text is where it belongs; outside of a runner there is no path. A fault is told, the verdict stays."""
    try:
        if path:
            write(path, text)
    except (WriteError, OSError) as error:
        print(workflow_commands.error(str(error)), file=stdout)
        return False
    return True


def _values(job: Job, came: Came) -> Mapping[str, object]:
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
        "sarif-file": job.inputs.sarif_file or "",
        "json-file": job.inputs.json_file or "",
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
