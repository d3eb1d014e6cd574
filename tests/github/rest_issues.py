"""What a pull request has as an issue: comments, labels, people. And check runs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tests.github import rules
from tests.github.call import Answer, Call, route
from tests.github.rest_git import resolve
from tests.github.rest_pulls import body_fits
from tests.github.store import CheckRun, Comment, Pull

EITHER = "issues=write; pull_requests=write"
EITHER_READ = "issues=read; pull_requests=read"


# --- issues ----------------------------------------------------------------------


@route("issues/get", EITHER_READ)
def get_issue(call: Call) -> Answer:
    return Answer(200, call.views.issue(call.pull()))


@route("issues/update", EITHER)
def update_issue(call: Call) -> Answer:
    pull, body = call.pull(), call.body
    body_fits(body.get("body"))
    if body.get("state") == "closed":
        pull.close(call.login)
    elif body.get("state") == "open":
        pull.reopen()
    pull.title, pull.body = body.get("title", pull.title), body.get("body", pull.body)
    if "labels" in body:
        pull.labels = []
        _add_labels(call, pull, body["labels"])
    if "assignees" in body:
        pull.assignees = [login for login in body["assignees"] if login in pull.repository.collaborators]
    return Answer(200, call.views.issue(pull))


@route("issues/add-assignees", EITHER)
def add_assignees(call: Call) -> Answer:
    """Who cannot be one is left out without a word: docs.github.com/rest/issues/assignees."""
    pull = call.pull()
    for login in call.body.get("assignees", ()):
        if login in pull.repository.collaborators and login not in pull.assignees:
            pull.assignees.append(login)
    return Answer(201, call.views.issue(pull))


# --- labels ----------------------------------------------------------------------


def _add_labels(call: Call, pull: Pull, given: Any) -> None:
    rows = given.get("labels", []) if isinstance(given, dict) else given
    for row in rows:
        name = row["name"] if isinstance(row, dict) else row
        # One that is not there yet is made, which docs.github.com/rest/issues/labels does not say.
        if name not in pull.repository.labels:
            pull.repository.labels[name] = call.world.number()
        if name not in pull.labels:
            pull.labels.append(name)


def _labels(call: Call, pull: Pull) -> Answer:
    return Answer(200, [call.views.label(pull.repository, name) for name in pull.labels])


@route("issues/list-labels-on-issue", EITHER_READ)
def list_labels(call: Call) -> Answer:
    return _labels(call, call.pull())


@route("issues/add-labels", EITHER)
def add_labels(call: Call) -> Answer:
    pull = call.pull()
    _add_labels(call, pull, call.body)
    return _labels(call, pull)


@route("issues/set-labels", EITHER)
def set_labels(call: Call) -> Answer:
    pull = call.pull()
    pull.labels = []
    _add_labels(call, pull, call.body)
    return _labels(call, pull)


@route("issues/remove-label", EITHER)
def remove_label(call: Call) -> Answer:
    pull, name = call.pull(), call.values["name"]
    if name not in pull.labels:
        raise rules.no_label()
    pull.labels.remove(name)
    return _labels(call, pull)


# --- comments --------------------------------------------------------------------


@route("issues/list-comments", EITHER_READ)
def list_comments(call: Call) -> Answer:
    pull = call.pull()
    return call.page(pull.comments, lambda comment: call.views.comment(pull, comment))


@route("issues/create-comment", EITHER)
def create_comment(call: Call) -> Answer:
    pull, body = call.pull(), call.body["body"]
    body_fits(body, "IssueComment")
    if not body.strip():
        raise rules.invalid("IssueComment", "body", "missing_field")
    now = call.world.now()
    comment = Comment(call.world.number(), call.login, body, now, now)
    pull.comments.append(comment)
    return Answer(201, call.views.comment(pull, comment))


def _comment(call: Call) -> tuple[Pull, Comment]:
    for pull in call.repository.pulls.values():
        for comment in pull.comments:
            if str(comment.id) == call.values["comment_id"]:
                return pull, comment
    raise rules.not_found()


@route("issues/update-comment", EITHER)
def update_comment(call: Call) -> Answer:
    pull, comment = _comment(call)
    body_fits(call.body["body"], "IssueComment")
    comment.body, comment.updated = call.body["body"], call.world.now()
    return Answer(200, call.views.comment(pull, comment))


@route("issues/delete-comment", EITHER)
def delete_comment(call: Call) -> Answer:
    pull, comment = _comment(call)
    pull.comments.remove(comment)
    return Answer(204)


# --- check runs ------------------------------------------------------------------


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _put(call: Call, run: CheckRun) -> None:
    body = call.body
    output = body.get("output", {})
    given = output.get("annotations", [])
    for part in ("summary", "text"):
        told = output.get(part) or ""
        if len(told.encode()) > rules.LONGEST_OUTPUT:
            raise rules.output_too_many_bytes(part)
    run.name = body.get("name", run.name)
    run.external_id = body.get("external_id", run.external_id)
    run.details_url = body.get("details_url", run.details_url)
    run.started = _moment(body.get("started_at")) or run.started
    run.title = output.get("title", run.title)
    run.summary = output.get("summary", run.summary)
    run.text = output.get("text", run.text)
    # "Each time you update the check run, annotations are appended": docs.github.com/rest/checks/runs.
    run.annotations += given
    run.status = body.get("status", run.status)
    if "conclusion" in body:  # "Providing conclusion will automatically set the status parameter to completed."
        run.status, run.conclusion = "completed", body["conclusion"]
        run.completed = _moment(body.get("completed_at")) or call.world.now()


@route("checks/create", "checks=write")
def create_check(call: Call) -> Answer:
    """Only an application has check runs: docs.github.com/rest/checks/runs."""
    repository, sha = call.repository, call.body["head_sha"]
    assert call.token is not None
    if not call.token.application:
        raise rules.only_applications()
    if repository.git.kind(sha) != "commit":
        raise rules.no_commit_for(sha)
    now = call.world.now()
    run = CheckRun(call.world.number(), call.body["name"], sha, "queued", None, now, None, call.login)
    _put(call, run)
    repository.check_runs.append(run)
    return Answer(201, call.views.check_run(repository, run))


def _run(call: Call) -> CheckRun:
    for run in call.repository.check_runs:
        if str(run.id) == call.values["check_run_id"]:
            return run
    raise rules.not_found()


@route("checks/get", "checks=read")
def get_check(call: Call) -> Answer:
    return Answer(200, call.views.check_run(call.repository, _run(call)))


@route("checks/update", "checks=write")
def update_check(call: Call) -> Answer:
    run = _run(call)
    if run.login != call.login:
        raise rules.not_accessible("checks=write", application=True)
    _put(call, run)
    return Answer(200, call.views.check_run(call.repository, run))


@route("checks/list-annotations", "checks=read")
def list_annotations(call: Call) -> Answer:
    run = _run(call)
    return call.page(run.annotations, lambda given: call.views.annotation(call.repository, run, given))


@route("checks/list-for-ref", "checks=read")
def list_checks(call: Call) -> Answer:
    repository = call.repository
    sha, name = resolve(repository, call.values["ref"]), call.query.get("check_name")
    if sha is None:
        raise rules.no_commit_for(call.values["ref"])
    found = [run for run in repository.check_runs if run.head_sha == sha and name in (None, run.name)]
    return call.page(found, lambda run: call.views.check_run(repository, run), inside="check_runs")
