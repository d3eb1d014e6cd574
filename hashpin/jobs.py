"""What a workflow's job does: check, or correct by a pull request. Asks and answers; shows nothing.

What GitHub refuses becomes a remark with its remedy, and never changes what is
said of the files.
"""

from __future__ import annotations

import contextlib
import hashlib
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import replace

from hashpin import check, debt, evidence, files, fix, tree
from hashpin.compared import compared
from hashpin.configuration import Configuration
from hashpin.correct import Corrected, correct
from hashpin.errors import NothingToCheck, UsageError
from hashpin.evidence import Answers, Asking, Before
from hashpin.files import Finds
from hashpin.github import commits, connection, history, pull_request, references, suggestions
from hashpin.github.checkout import LocalCommit
from hashpin.github.connection import Connection
from hashpin.github.event import Event
from hashpin.github.patience import Impatient, within
from hashpin.github.pull_request import Operation, Outcome, Proposal
from hashpin.github.refusals import Kind, Refusal, Refused
from hashpin.inputs import Inputs
from hashpin.model import (
    Annotation,
    Commit,
    Evidence,
    Index,
    Listed,
    Policy,
    Report,
    Severity,
    Skipped,
    Stood,
    Unchecked,
)
from hashpin.outputs import markdown, markup, patch, pull_request_body, workflow_commands
from hashpin.past import Past
from hashpin.proposing import Search, patches, proposed
from hashpin.proposing import suggestions as suggested
from hashpin.tree import Forest
from hashpin.wishes import Wishes

_PATIENCE = 20.0  # seconds for one look into the checkout's history
_OUR_BRANCHES = "hashpin/fix-"


class Job(Struct):
    """What a job was asked for, and what there is to say about the run itself."""

    inputs: Inputs
    event: Event
    configured: Configuration
    trusted: bool
    """Whether what the repository says about itself may take findings away."""
    index: Index
    indexes: tuple[str, ...]
    """The addresses that it asks."""
    say: Callable[[str], None]
    """Takes a line for the log."""
    remarks: list[Annotation] = field(default_factory=list)
    """What is shown before what was found."""
    root: Path = field(default_factory=lambda: files.root_of(Path.cwd()))
    """Of the repository that the run is for."""
    began: datetime = field(default_factory=lambda: datetime.now(UTC))
    _answers: Answers = field(default_factory=Answers)
    start: Callable[[], tuple[Commit, bool] | None] = lambda: None
    """The commit to look at for what stood already, and whether the run is about that very one. Raises Refused."""
    _connection: Connection | None = None
    _past: Past | None = None
    _past_asked: bool = False

    def remark(self, severity: Severity, text: str) -> None:
        self.remarks.append(Annotation(severity, "hashpin", text, ""))

    @property
    def wishes(self) -> Wishes:
        """What is asked for: by the workflow, else by the configuration."""
        return self.inputs.wishes.over(self.configured.wishes)

    @property
    def search(self) -> Search:
        return self.inputs.paths, self.wishes.exclude or ()

    def finds(self) -> Finds:
        found = files.find(*self.search)
        self.root = files.repository(found)
        return found

    def rooted(self, path: str) -> str:
        """A shown path as GitHub names it, for the one repository that the run is for."""
        try:
            return files.below(Path(path), self.root)
        except ValueError:
            return files.rooted(path)

    def judge(self, forest: Forest) -> tuple[tuple[Evidence, ...], Report]:
        policy = self.configured.policy(self.inputs.wishes, self.indexes, self.began, self.trusted)
        asking = Asking(self.inputs.jobs, self.inputs.timeout)
        before = self._before(forest, policy)
        found, report = check.check(forest, self.index, self._answers, policy, asking, before)
        if doubtful := evidence.doubtful(found):
            before, stood = self._standing(doubtful)
            if stood:
                found, report = check.check(forest, self.index, self._answers, policy, asking, before, stood)
        if self.inputs.sarif_file:  # the one output that shows them
            report = replace(report, edits=fix.edits(forest, found, report.findings))
        return found, report

    def _before(self, forest: Forest, policy: Policy) -> Before:
        """The files that the run's change starts from, where a rule compares with them: who published what."""
        change = self.event.changes_from or self.event.pushed_from
        if not change or not evidence.compares(policy) or not any(file.has_hashes for file in forest.files.values()):
            return None
        try:
            past = self._start()
            return past.files if past and not past.itself else None
        except Refused as refused:
            self._lost(refused)
            return None

    def _standing(self, doubtful: Mapping[Listed, int]) -> tuple[Before, Mapping[Listed, Stood]]:
        """The files that the run's change starts from, and since when these hashes stand in them; nothing of no such.

        Only what is in doubt is worth asking GitHub for it.
        """
        try:
            if past := self._start():
                stood = past.stood(doubtful)
                return (past.files, stood) if stood else (None, {})
        except Refused as refused:
            self._lost(refused)
        return None, {}

    def _start(self) -> Past | None:
        """What the run's change starts from; looked for once. Raises Refused."""
        if not self._past_asked:
            self._past_asked = True
            if started := self.start():
                base, itself = started
                self._past = Past(base, self.finds(), self._history(base.sha), itself)
        return self._past

    def _lost(self, refused: Refused) -> None:
        self._past = None
        self.say(f"what stood before this change is not known: {refused.refusal}")

    def _history(self, sha: str) -> LocalCommit | None:
        """What the checkout has of what was before a commit, where it may be believed."""
        with contextlib.suppress(Refused, Impatient):
            near = self.root if self.event.trusted_checkout else None
            return within(_PATIENCE, lambda: LocalCommit.read_from(near, sha))
        return None

    def usable(self, forest: Forest) -> Forest:
        """The forest, unless there is nothing in it, which is more often a wrong path. Raises NothingToCheck."""
        if not forest.files and not forest.unchecked and not self.inputs.allow_empty:
            paths = " ".join(self.inputs.paths)
            raise NothingToCheck(f"no requirements file found in {paths}; if that is right, set allow-empty")
        return forest

    def connect(self) -> Connection:
        """To the repository that the run is for, with all of the time ahead again. Raises Refused."""
        seconds = self.inputs.timeout
        if self._connection is None:
            if not self.event.repository or not self.inputs.token:
                what = "a token" if self.event.repository else "the repository's name (GITHUB_REPOSITORY)"
                raise Refused(Refusal(Kind.PERMISSION, f"GitHub cannot be asked without {what}"))
            api, repository = self.event.api_url, self.event.repository
            self._connection = connection.connect(api, self.inputs.token, repository, seconds)
        return replace(self._connection, until=time.monotonic() + seconds)

    def near(self, finds: Finds) -> Path | None:
        """The checkout, where its own history may be believed."""
        return files.repository(finds) if self.event.trusted_checkout else None

    def commit(self, sha: str, finds: Finds) -> history.NearestCommit:
        return history.NearestCommit(sha, self.near(finds), self.connect)


class Came(Struct, frozen=True):
    """What a job came to."""

    report: Report
    """What it has to answer for."""
    scanned: Report
    """The same for code scanning, which speaks of what the branch holds today, whatever is on its way."""
    skipped: tuple[Skipped, ...] = ()
    sections: tuple[str, ...] = ()
    """Further Markdown for the job summary."""
    outcome: Outcome | None = None
    """Of the pull request."""
    changed: int = 0
    """How many files the pull request corrects."""
    said: str = ""
    """What became of the pull request, in a sentence."""


# --- check -----------------------------------------------------------------


def checked(job: Job) -> Came:
    """Check what is checked out."""
    finds = job.finds()
    before = cache(lambda: history.before(job.event, files.repository(finds), job.connect))

    def start() -> tuple[Commit, bool] | None:
        found = before()
        return (found, False) if found else history.accepted(job.event, files.repository(finds), job.connect)

    job.start = start
    forest = job.usable(tree.grow(finds, lambda found: files.read(found.path)))
    _, report = job.judge(forest)
    report = replace(report, unchecked=(*report.unchecked, *_elsewhere(job, finds)))
    report = _compared(job, finds, forest, report, before)
    sections = _offered(job, finds, forest, report)
    counted = debt.set_aside(report) if job.inputs.only_changed else report
    return Came(counted, report, forest.skipped, sections)


def _elsewhere(job: Job, finds: Finds) -> tuple[Unchecked, ...]:
    """What of a pull request is not checked out at all: nobody may take the tick for one of the change."""
    event, at = job.event, history.checked_out(files.repository(finds))
    if event.name != "pull_request_target" or at is None or at != event.sha:
        return ()
    what = (
        "the checkout is the base branch, as always on pull_request_target, so nothing of the pull request was checked"
    )
    return (Unchecked(".", f"{what}: use the event pull_request"),)


def _compared(job: Job, finds: Finds, forest: Forest, report: Report, before: Callable[[], Commit | None]) -> Report:
    """The report with what stood before this change told from what it brought in, where anybody needs to know."""
    wanted = job.inputs.only_changed
    if not report.findings or not (wanted or workflow_commands.crowded(report)):
        return report
    try:
        if base := before():
            told = compared(finds, forest, report, base, job.judge)
            if wanted:
                job.say(f"only-changed: compared with commit {base.sha[:12]}")
            return told
        if wanted:
            name = job.event.name or "this run"
            job.say(f"only-changed is for pull requests and merge queues: on {name} everything counts")
    except Refused as refused:
        if wanted:
            what = "only-changed: what this change brought in cannot be told, so everything counts"
            job.remark(Severity.WARNING, f"{what}: {refused.refusal}")
    return report


def _offered(job: Job, finds: Finds, forest: Forest, report: Report) -> tuple[str, ...]:
    """Offer corrections: as suggestions where that is asked for and may be, and what is left as a patch to copy."""
    if not job.inputs.suggestions and report.worst is not Severity.ERROR:
        return ()

    def grow(texts: Mapping[str, str]) -> Forest:
        return tree.grow(finds, lambda found: files.read(found.path), texts=texts)

    corrected = correct(forest, grow, job.judge, job.inputs.unsafe_fixes)
    left = _suggested(job, finds, corrected) if job.inputs.suggestions else len(corrected.texts)
    return (patch.render(patches(corrected)),) if left else ()


def _suggested(job: Job, finds: Finds, corrected: Corrected) -> int:
    """Make suggestions; how many corrections nobody sees as one."""
    refusal, pull = suggestions.hindrance(job.event), job.event.pull_request
    if refusal is None and pull:
        try:
            commit = job.commit(pull.head_sha, finds)
            head = proposed(finds, job.search, commit, job.judge, job.inputs.unsafe_fixes).corrected
            complete = not (head.found.unchecked or corrected.found.unchecked)
            outcome = suggestions.suggest(job.connect(), pull, [*suggested(head)], markup.text, complete)
            job.say(str(outcome))
            if outcome.refusal is None:
                return outcome.left
            refusal = outcome.refusal
        except Refused as refused:
            refusal = refused.refusal
    if refusal and corrected.texts and refusal.kind is not Kind.NOTHING:
        job.remark(Severity.NOTE, f"no suggestions, the job summary has a patch instead, since {refusal}")
    return len(corrected.texts)


# --- pull request ----------------------------------------------------------


def corrected_by_pull_request(job: Job) -> Came:
    """Correct a branch by a pull request, from the branch's own commit. Raises UsageError, NothingToCheck."""
    event, asked = job.event, job.inputs
    if event.unmerged:
        return _only_checked(job, f"{event.name} is about a change that is not merged yet")
    base, branch = _branches(job)
    ours = base.startswith(_OUR_BRANCHES) or (event.name == "push" and base == branch)
    if asked.base is None and ours:
        return _only_checked(job, f"{base} is a branch of hashpin's own")
    if branch == base:
        raise UsageError(f"input branch: {branch} is the branch to be corrected: name another one for the correction")
    if asked.base is None and event.branch is None:
        job.say(f"{event.name} names no branch, so it is the default branch that is corrected: {base}")
    try:
        sha = commits.tip(job.connect(), base)
        if sha is None:
            reason = f"there is no branch {base} in {event.repository}, or the token may not see it"
            raise Refused(Refusal(Kind.MISSING, reason, "look at the input `base`"))
        finds = job.finds()
        commit = job.commit(sha, finds)
        job.start = lambda: (commit, True)
        found = proposed(finds, job.search, commit, job.judge, asked.unsafe_fixes, job.usable)
        tree_sha = commit.tree
    except Refused as refused:
        return _told(job, checked(job), Outcome(Operation.REFUSED, str(refused.refusal), failed=True))
    if sha != event.sha:
        job.say(f"{base} was read at {sha[:12]}, which is not what is checked out")
    corrected = _rooted(found.corrected, job.rooted)
    for entry in corrected.left:
        job.remark(Severity.NOTE, f"{entry.path}: left as it is, because {entry.reason}")
    said = (corrected.corrections, corrected.left, check.relocated(corrected.standing, job.rooted), base, sha)
    outcome = pull_request.propose(
        job.connect(),
        Proposal(
            base=base,
            base_sha=sha,
            base_tree=tree_sha,
            branch=branch,
            title=asked.title,
            message=asked.commit_message or pull_request_body.message(asked.title, corrected.corrections),
            changes=found.changes,
            complete=found.complete,
            fingerprint=found.fingerprint,
            scope=_scope(base, asked),
            body=pull_request_body.render(*said, event.run_url),
            labels=asked.labels,
            assignees=asked.assignees,
            reviewers=asked.reviewers,
            draft=asked.draft,
        ),
        event.server_url,
    )
    section = pull_request_body.section(*said, markdown.LIMIT // 4)
    title = (
        "What the pull request corrects" if outcome.corrects else "What hashpin would correct; no pull request holds it"
    )
    came = Came(
        corrected.standing if outcome.corrects else corrected.found,
        corrected.found,
        corrected.before.skipped,
        (f"### {title}\n\n{section}",) if found.changes else (),
        changed=len(found.changes),
    )
    return _told(job, came, outcome)


def _only_checked(job: Job, why: str) -> Came:
    job.say(f"mode pull-request: {why}, so it is only checked")
    return replace(checked(job), outcome=Outcome(Operation.NONE, why))


def _branches(job: Job) -> tuple[str, str]:
    """The branch to correct, and the one that holds the correction. Raises UsageError."""
    event, asked = job.event, job.inputs
    base = asked.base or event.branch or event.default_branch
    if base is None:
        raise UsageError("input base: this event names no branch, so say which one is to be corrected")
    branch = asked.branch or f"{_OUR_BRANCHES}{base}"
    for name, text in (("base", base), ("branch", branch)):
        if not references.is_name(text):
            raise UsageError(f"input {name}: {text} is no name that git takes for a branch")
    return base, branch


def _scope(base: str, asked: Inputs) -> str:
    """What tells this job from another one that would write to the same branch."""
    said = "\0".join((base, *asked.paths, "", *asked.exclude))
    return hashlib.sha256(said.encode("utf-8", "surrogateescape")).hexdigest()[:32]


def _rooted(corrected: Corrected, rooted: Callable[[str], str]) -> Corrected:
    """With the paths of what was done, and of what was left, as GitHub names them."""
    return replace(
        corrected,
        corrections=tuple(replace(entry, path=rooted(entry.path)) for entry in corrected.corrections),
        left=tuple(replace(entry, path=rooted(entry.path)) for entry in corrected.left),
    )


def _told(job: Job, came: Came, outcome: Outcome) -> Came:
    """What a job came to, with what became of its pull request, which is said."""
    link = f", {outcome.url}" if outcome.url else ""
    sentence = f"pull request: {outcome.operation.value}, {outcome.reason}{link}"
    job.say(sentence)
    for note in outcome.notes:
        job.remark(Severity.WARNING, f"to the pull request: {note}")
    if outcome.operation is Operation.REFUSED:
        what = f"pull request {outcome.number} was left as it is" if outcome.number else "no pull request was made"
        job.remark(Severity.ERROR if outcome.failed else Severity.WARNING, f"{what}: {outcome.reason}")
    elif came.changed and not outcome.corrects:
        job.remark(Severity.WARNING, outcome.reason)
    return replace(came, outcome=outcome, said=sentence)
