"""Pull requests, their reviews and the comments on lines."""

from __future__ import annotations

from typing import Any

from tests.github import rules
from tests.github.call import Answer, Call, route
from tests.github.git import hunks
from tests.github.store import Pull, Repository, Review, ReviewComment, Thread
from tests.github.views import node


def body_fits(body: str | None, resource: str = "Issue") -> None:
    if body is not None and len(body) > rules.LONGEST_BODY:
        raise rules.body_too_long(resource)


# --- pull requests ---------------------------------------------------------------


@route("pulls/list", "pull_requests=read")
def list_pulls(call: Call) -> Answer:
    state = call.query.get("state", "open")
    head, base = call.query.get("head"), call.query.get("base")
    found = [
        pull
        for pull in reversed(call.repository.pulls.values())
        if state in ("all", pull.state) and head in (None, pull.label) and base in (None, pull.base_ref)
    ]
    if (call.query.get("direction") or ("asc" if "sort" in call.query else "desc")) == "asc":
        found.reverse()
    return call.page(found, call.views.pull_simple)


@route("pulls/create", "pull_requests=write")
def create_pull(call: Call) -> Answer:
    repository, body = call.repository, call.body
    assert call.token is not None
    if call.token.application and not repository.settings.actions_may_create_pull_requests:
        raise rules.actions_may_not()
    owner, colon, ref = body["head"].rpartition(":")
    source = _source(repository, owner if colon else repository.owner, body.get("head_repo"))
    if repository.tip(body["base"]) is None:
        raise rules.invalid("PullRequest", "base")
    tip = source.tip(ref) if source else None
    if source is None or tip is None:
        raise rules.invalid("PullRequest", "head")
    if "title" not in body:
        raise rules.invalid("PullRequest", "title", "missing_field")
    body_fits(body.get("body"))
    repository.take(source, tip)
    base_sha = repository.tip(body["base"])
    label = f"{source.owner}:{ref}"
    for pull in repository.pulls.values():
        if pull.state == "open" and pull.label == label and pull.base_ref == body["base"]:
            raise rules.pull_exists(label)
    if base_sha is not None and repository.git.contains(base_sha, tip):
        raise rules.no_commits(body["base"], ref if source is repository else label)
    pull = repository.open_pull(
        ref,
        body["base"],
        title=body["title"],
        body=body.get("body"),
        login=call.login,
        fork=source,
        draft=body.get("draft", False),
        maintainer_can_modify=body.get("maintainer_can_modify", False) and source is not repository,
    )
    return Answer(201, call.views.pull(pull))


def _source(repository: Repository, owner: str, name: str | None) -> Repository | None:
    if name is None and owner == repository.owner:
        return repository
    network = repository.network()
    family = [one for one in repository.world.repositories.values() if one.network() is network]
    return next((one for one in family if one.owner == owner and name in (None, one.name, one.full_name)), None)


@route("pulls/get", "pull_requests=read")
def get_pull(call: Call) -> Answer:
    return Answer(200, call.views.pull(call.pull()))


@route("pulls/update", "pull_requests=write")
def update_pull(call: Call) -> Answer:
    pull, body = call.pull(), call.body
    body_fits(body.get("body"))
    if body.get("state") == "open" and pull.state == "closed":
        if pull.merged or not pull.head or pull.head.tip(pull.head_ref) is None:
            raise rules.invalid("PullRequest", "state")
        pull.reopen()
    elif body.get("state") == "closed":
        pull.close(call.login)
    if "base" in body:
        sha = pull.repository.tip(body["base"])
        if sha is None:
            raise rules.invalid("PullRequest", "base")
        pull.base_ref, pull.base_sha = body["base"], sha
    pull.title = body.get("title", pull.title)
    pull.body = body.get("body", pull.body)
    pull.maintainer_can_modify = body.get("maintainer_can_modify", pull.maintainer_can_modify)
    pull.updated = call.world.now()
    return Answer(200, call.views.pull(pull))


@route("pulls/list-files", "pull_requests=read")
def list_files(call: Call) -> Answer:
    pull = call.pull()
    found = pull.repository.git.changes(pull.merge_base, pull.head_sha)
    return call.page(found, lambda change: call.views.change(pull.repository, change, pull.head_sha))


@route("pulls/list-commits", "pull_requests=read")
def list_pull_commits(call: Call) -> Answer:
    pull = call.pull()
    git = pull.repository.git
    found = git.between(pull.base_sha, pull.head_sha)
    return call.page(found, lambda sha: call.views.commit(pull.repository, git.commit(sha)))


@route("repos/list-pull-requests-associated-with-commit", "pull_requests=read")
def list_pulls_of_commit(call: Call) -> Answer:
    repository, sha = call.repository, call.values["commit_sha"]
    found = [pull for pull in repository.pulls.values() if repository.git.contains(pull.head_sha, sha)]
    return call.page(found, call.views.pull_simple)


# --- reviewers -------------------------------------------------------------------


@route("pulls/list-requested-reviewers", "pull_requests=read")
def list_reviewers(call: Call) -> Answer:
    return Answer(200, {"users": [call.views.user(login) for login in call.pull().reviewers], "teams": []})


@route("pulls/request-reviewers", "pull_requests=write")
def request_reviewers(call: Call) -> Answer:
    pull = call.pull()
    wanted = call.body.get("reviewers", [])
    if pull.login in wanted:
        raise rules.own_review()
    if call.body.get("team_reviewers") or not set(wanted) <= pull.repository.collaborators:
        raise rules.no_collaborator(pull.repository.full_name)
    pull.reviewers += (login for login in wanted if login not in pull.reviewers)
    return Answer(201, call.views.pull_simple(pull))


@route("pulls/remove-requested-reviewers", "pull_requests=write")
def remove_reviewers(call: Call) -> Answer:
    pull = call.pull()
    pull.reviewers = [login for login in pull.reviewers if login not in call.body.get("reviewers", ())]
    return Answer(200, call.views.pull_simple(pull))


# --- reviews ---------------------------------------------------------------------


@route("pulls/list-reviews", "pull_requests=read")
def list_reviews(call: Call) -> Answer:
    pull = call.pull()
    return call.page(pull.reviews, lambda review: call.views.review(pull, review))


@route("pulls/create-review", "pull_requests=write")
def create_review(call: Call) -> Answer:
    pull, body = call.pull(), call.body
    assert call.token is not None
    event = body.get("event", "")
    states = {"APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED", "COMMENT": "COMMENTED", "": "PENDING"}
    if event == "APPROVE":
        if call.token.application and not pull.repository.settings.actions_may_create_pull_requests:
            raise rules.actions_may_not()
        if pull.login == call.login:
            raise rules.own_approval()
    text = body.get("body", "")
    if not text and event in ("COMMENT", "REQUEST_CHANGES") and not body.get("comments"):
        raise rules.empty_review()
    body_fits(text, "PullRequestReview")
    commit = body.get("commit_id", pull.head_sha)
    number = call.world.number()
    made = []
    for row in body.get("comments", ()):
        body_fits(row["body"], "PullRequestReviewComment")
        patch = pull.repository.git.patch(pull.merge_base, commit, row["path"])
        line, first = row.get("line"), row.get("start_line")
        where = patch and line and _where(patch, row.get("side", "RIGHT"), first or line, line)
        if not patch or not where:
            raise rules.review_not_in_diff(several=first is not None)
        made.append(_comment(call, pull, row, commit, number, patch))
    review = Review(number, call.login, text, states[event], commit, call.world.now())
    pull.reviews.append(review)
    for comment in made:
        _in_new_thread(call, pull, comment)
    return Answer(200, call.views.review(pull, review))


def _review(call: Call) -> tuple[Pull, Review]:
    pull = call.pull()
    for review in pull.reviews:
        if str(review.id) == call.values["review_id"]:
            return pull, review
    raise rules.not_found()


@route("pulls/update-review", "pull_requests=write")
def update_review(call: Call) -> Answer:
    pull, review = _review(call)
    body_fits(call.body["body"], "PullRequestReview")
    review.body = call.body["body"]
    return Answer(200, call.views.review(pull, review))


@route("pulls/dismiss-review", "pull_requests=write")
def dismiss_review(call: Call) -> Answer:
    pull, review = _review(call)
    if review.state not in ("APPROVED", "CHANGES_REQUESTED"):
        raise rules.no_dismissal()
    review.state = "DISMISSED"
    return Answer(200, call.views.review(pull, review))


# --- comments on lines -----------------------------------------------------------


def _where(patch: str, side: str, first: int, last: int) -> str | None:
    """The hunk that holds all these lines, down to the last of them; only lines of a diff can be spoken about."""
    parts = patch.split("\n@@ ")
    texts = [part if at == 0 else f"@@ {part}" for at, part in enumerate(parts)]
    for text, hunk in zip(texts, hunks(patch), strict=True):
        lines = hunk.left if side == "LEFT" else hunk.right
        if first in lines and last in lines and first <= last:
            return text
    return None


def _comment(call: Call, pull: Pull, row: dict[str, Any], commit: str, review: int, patch: str) -> ReviewComment:
    now, side, line = call.world.now(), row.get("side", "RIGHT"), row["line"]
    hunk = _where(patch, side, row.get("start_line") or line, line)
    assert hunk is not None
    return ReviewComment(
        call.world.number(),
        call.login,
        row["body"],
        now,
        now,
        review,
        row["path"],
        commit,
        side,
        line,
        row.get("start_line"),
        hunk,
    )


def _in_new_thread(call: Call, pull: Pull, comment: ReviewComment) -> None:
    name = node("PullRequestReviewThread", pull.repository.full_name, pull.number, call.world.number())
    pull.threads.append(Thread(name, [comment]))


@route("pulls/list-review-comments", "pull_requests=read")
def list_review_comments(call: Call) -> Answer:
    pull = call.pull()
    return call.page(pull.review_comments, lambda comment: call.views.review_comment(pull, comment))


@route("pulls/create-review-comment", "pull_requests=write")
def create_review_comment(call: Call) -> Answer:
    pull, body = call.pull(), call.body
    body_fits(body["body"], "PullRequestReviewComment")
    if "in_reply_to" in body:
        return _reply(call, pull)
    patch = pull.repository.git.patch(pull.merge_base, body["commit_id"], body["path"])
    line = body.get("line")
    if (
        patch is None
        or line is None
        or _where(patch, body.get("side", "RIGHT"), body.get("start_line") or line, line) is None
    ):
        raise rules.line_not_in_diff()
    number = call.world.number()
    comment = _comment(call, pull, body, body["commit_id"], number, patch)
    pull.reviews.append(Review(number, call.login, "", "COMMENTED", body["commit_id"], comment.created))
    _in_new_thread(call, pull, comment)
    return Answer(201, call.views.review_comment(pull, comment))


def _reply(call: Call, pull: Pull) -> Answer:
    for thread in pull.threads:
        first = thread.comments[0]
        if first.id == call.body["in_reply_to"]:
            now = call.world.now()
            same = (first.path, first.commit, first.side, first.line, first.start_line, first.hunk)
            comment = ReviewComment(
                call.world.number(), call.login, call.body["body"], now, now, first.review, *same, reply_to=first.id
            )
            thread.comments.append(comment)
            return Answer(201, call.views.review_comment(pull, comment))
    raise rules.not_found()


def _review_comment(call: Call) -> tuple[Pull, Thread, ReviewComment]:
    for pull in call.repository.pulls.values():
        for thread in pull.threads:
            for comment in thread.comments:
                if str(comment.id) == call.values["comment_id"]:
                    return pull, thread, comment
    raise rules.not_found()


@route("pulls/update-review-comment", "pull_requests=write")
def update_review_comment(call: Call) -> Answer:
    pull, _, comment = _review_comment(call)
    body_fits(call.body["body"], "PullRequestReviewComment")
    comment.body, comment.updated = call.body["body"], call.world.now()
    return Answer(200, call.views.review_comment(pull, comment))


@route("pulls/delete-review-comment", "pull_requests=write")
def delete_review_comment(call: Call) -> Answer:
    pull, thread, comment = _review_comment(call)
    thread.comments.remove(comment)
    if not thread.comments:
        pull.threads.remove(thread)
    return Answer(204)
