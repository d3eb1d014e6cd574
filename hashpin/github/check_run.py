"""Annotations as a check run: all of them, where workflow commands show ten of a kind.

A run is made with the first annotations and gets the others by updates, each of
at most 50; only the last one concludes it. Whatever happens in between, the run
is concluded: one that stays in progress would hold up a merge for ever. Sources:
GitHub's documentation, "REST API endpoints for check runs", and its description
of the API for the limits.
"""

from __future__ import annotations

import contextlib
import enum
import uuid
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from hashpin.github.connection import Connection
from hashpin.github.event import Event
from hashpin.github.refusals import Kind, Refusal, Refused, read_only
from hashpin.model import Annotation, Severity
from hashpin.wording import plural, visible

BATCH = 50  # annotations of one request
MOST = 1000  # annotations of one run: 20 requests, of the 80 a minute and 500 an hour that GitHub lets make content
PERMISSIONS = "contents: read, checks: write"
_TITLE = 255  # characters
_SUMMARY = 65535
_MESSAGE = 64 * 1024  # bytes
_CUT = "\n\nThe rest is in the job summary.\n"
_TO_CONCLUDE = 60.0  # seconds, beyond the deadline of the connection
_LEVELS = {Severity.ERROR: "failure", Severity.WARNING: "warning", Severity.NOTE: "notice"}


class Conclusion(enum.Enum):
    """How a check run ends."""

    SUCCESS = "success"
    FAILURE = "failure"


class Words(Struct, frozen=True):
    """What a check run says beside its annotations."""

    name: str
    title: str
    summary: str
    """Markdown."""


class Outcome(Struct, frozen=True):
    """What stands in the check run. The annotations behind the first `shown` have to be shown in another way."""

    shown: int = 0
    url: str = ""
    """Where people find the run; empty where there is none."""
    refusal: Refusal | None = None
    """Why not all are shown."""


def commit(event: Event) -> str | None:
    """The commit to which a check run belongs: on a pull request its own last one, not the runner's merge of it."""
    return event.pull_request.head_sha if event.pull_request else event.sha


def hindrance(event: Event) -> Refusal | None:
    """Why no check run can be made, where the event alone tells."""
    if event.read_only:
        return read_only(event.read_only, PERMISSIONS)
    return (
        None if commit(event) else Refusal(Kind.INVALID, "the event names no commit that a check run could belong to")
    )


def publish(
    connection: Connection, sha: str, annotations: Sequence[Annotation], words: Words, conclusion: Conclusion
) -> Outcome:
    """Make a check run of that commit. Raises nothing: a refusal is in the outcome."""
    run = _Run(connection, sha, words, conclusion, f"hashpin-{uuid.uuid4()}")
    batches = list(_batches(annotations[:MOST]))
    try:
        outcome = run.made(batches)
    except Refused as refused:
        return Outcome(refusal=refused.refusal)
    if outcome.refusal is None and len(annotations) > MOST:
        told = Refusal(Kind.INVALID, f"a check run is given no more than {plural(MOST, 'annotation')}")
        return replace(outcome, refusal=told)
    return outcome


class _Run(Struct, frozen=True):
    connection: Connection
    sha: str
    words: Words
    conclusion: Conclusion
    mark: str
    """By which a run is found that was made, though GitHub did not say so."""

    def made(self, batches: Sequence[Sequence[Annotation]]) -> Outcome:
        first, last = batches[0], len(batches) == 1
        body = {"name": self.words.name, "head_sha": self.sha, "external_id": self.mark, **self._part(first, last)}
        try:
            made = self.connection.write("POST", "/check-runs", body, PERMISSIONS)
            number = _number(made)
        except Refused as refused:
            if refused.refusal.kind is not Kind.FAULT:
                raise
            made = self._found(refused)
            number = _number(made)
        url, shown = _url(made), len(first)
        try:
            for index, batch in enumerate(batches[1:], start=2):
                self._add(number, shown, batch, last=index == len(batches))
                shown += len(batch)
        except Refused as refused:
            return Outcome(shown, url, self._concluded_early(number, shown, refused.refusal))
        except BaseException:  # the job is cancelled
            self._concluded_early(number, shown, Refusal(Kind.FAULT, "the job is cancelled"))
            raise
        return Outcome(shown, url)

    def _found(self, refused: Refused) -> Any:
        """The run that GitHub made though it answered with a fault. Raises the fault again where there is none."""
        with contextlib.suppress(Refused):
            runs = self._late.pages(
                f"/commits/{self.sha}/check-runs", PERMISSIONS, "check_runs", check_name=self.words.name, filter="all"
            )
            for run in runs:
                if isinstance(run, dict) and run.get("external_id") == self.mark:
                    return run
        raise refused

    def _add(self, number: int, before: int, batch: Sequence[Annotation], last: bool) -> None:
        """Add a batch, once: where GitHub answers with a fault, it is asked whether it took it nevertheless."""
        path = f"/check-runs/{number}"
        try:
            self.connection.write("PATCH", path, self._part(batch, last), PERMISSIONS)
        except Refused as refused:
            if refused.refusal.kind is not Kind.FAULT:
                raise
            stands = self._standing(number)
            if stands == before:
                self.connection.write("PATCH", path, self._part(batch, last), PERMISSIONS)
            elif stands is None or stands < before + len(batch):
                raise

    def _concluded_early(self, number: int, shown: int, why: Refusal) -> Refusal:
        """Conclude a run that lacks annotations; why it lacks them, and whether it is concluded."""
        try:
            self._conclude(number, shown)
        except Refused:
            return replace(why, reason=f"{why.reason}, and the check run could not be concluded")
        return why

    def _conclude(self, number: int, shown: int) -> None:
        only = plural(shown, "annotation")
        note = f"\n\nOnly the first {only} could be shown here; the job's log and summary have all.\n"
        body = {
            "status": "completed",
            "conclusion": self.conclusion.value,
            "output": {
                "title": self.words.title[:_TITLE],
                "summary": _cut(self.words.summary, _SUMMARY - len(note)) + note,
            },
        }
        # Sent twice it says the same.
        self._late.write("PATCH", f"/check-runs/{number}", body, PERMISSIONS, again=True)

    def _standing(self, number: int) -> int | None:
        """How many annotations the run has."""
        run = self._late.get(f"/check-runs/{number}", PERMISSIONS)
        output = run.get("output") if isinstance(run, dict) else None
        count = output.get("annotations_count") if isinstance(output, dict) else None
        return count if isinstance(count, int) else None

    @property
    def _late(self) -> Connection:
        return replace(self.connection, until=self.connection.until + _TO_CONCLUDE)

    def _part(self, batch: Sequence[Annotation], last: bool) -> dict[str, Any]:
        output: dict[str, Any] = {
            "title": self.words.title[:_TITLE],
            "summary": _cut(self.words.summary, _SUMMARY),
        }
        if batch:
            output["annotations"] = [_spelled(annotation) for annotation in batch]
        ends = {"status": "completed", "conclusion": self.conclusion.value} if last else {"status": "in_progress"}
        return {**ends, "output": output}


def _batches(annotations: Sequence[Annotation]) -> Iterator[list[Annotation]]:
    """Whole batches; an empty one where there is nothing to annotate."""
    rest = iter(annotations)
    yield list(islice(rest, BATCH))
    while batch := list(islice(rest, BATCH)):
        yield batch


def _spelled(annotation: Annotation) -> dict[str, Any]:
    first = annotation.line or 1  # GitHub wants a line, of a file as a whole too
    spelled: dict[str, Any] = {
        "path": visible(annotation.path),
        "start_line": first,
        "end_line": annotation.last_line or first,
        "annotation_level": _LEVELS[annotation.severity],
        "title": visible(annotation.title)[:_TITLE],
        "message": _cut_bytes(visible(annotation.message), _MESSAGE),
    }
    if annotation.columns:
        spelled["start_column"], spelled["end_column"] = annotation.columns
    return spelled


def _cut(markdown: str, most: int) -> str:
    """Whole lines of it, if it does not fit; in bytes, which GitHub may mean where it says characters."""
    if len(markdown.encode(errors="replace")) <= most:
        return markdown
    return _cut_bytes(markdown, most - len(_CUT)).rpartition("\n")[0] + _CUT


def _cut_bytes(text: str, most: int) -> str:
    return text.encode(errors="replace")[:most].decode(errors="ignore")


def _number(run: Any) -> int:
    number = run.get("id") if isinstance(run, dict) else None
    if not isinstance(number, int):
        raise Refused(Refusal(Kind.FAULT, "GitHub's answer names no check run"))
    return number


def _url(run: Any) -> str:
    url = run.get("html_url")
    return url if isinstance(url, str) else ""
