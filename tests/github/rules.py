"""How GitHub refuses: the status and the literal words, each with where they are known from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

DOCUMENTATION = "https://docs.github.com/rest"
LONGEST_BODY = 65_536  # characters; create-pull-request and dependabot-core cut there (github.com/orgs/community#27190)
MOST_ANNOTATIONS = 50  # a request; docs.github.com/rest/checks/runs
LONGEST_OUTPUT = 65_535  # of a check run's summary and of its text; the same page


@dataclass(slots=True)
class Refusal(Exception):
    """GitHub's no. `kind` is what GraphQL calls the type of an error."""

    status: int
    message: str
    errors: Sequence[Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    kind: str = "UNPROCESSABLE"

    def body(self) -> dict[str, Any]:
        body = {"message": self.message, "documentation_url": DOCUMENTATION, "status": str(self.status)}
        return body if self.errors is None else {**body, "errors": list(self.errors)}


def invalid(resource: str, field_name: str | None = None, code: str = "invalid", message: str = "") -> Refusal:
    """docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api, "Validation failed"."""
    error = {"resource": resource, "field": field_name, "code": code, "message": message}
    said = {key: value for key, value in error.items() if value}
    return Refusal(422, "Validation Failed", [said])


# --- who may ---------------------------------------------------------------------


def bad_credentials() -> Refusal:
    """docs.github.com/rest/authentication/authenticating-to-the-rest-api, "Failed login limit"."""
    return Refusal(401, "Bad credentials", kind="FORBIDDEN")


def requires_authentication() -> Refusal:
    """Answered to a write without a token: octokit/octokit.rb#1084."""
    return Refusal(401, "Requires authentication", kind="FORBIDDEN")


def not_found() -> Refusal:
    """docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api: 404 rather than 403, to hide what is private."""
    return Refusal(404, "Not Found", kind="NOT_FOUND")


def not_accessible(accepted: str, *, application: bool) -> Refusal:
    """The same page, "Resource not accessible", and the header that says which permissions would do."""
    what = "integration" if application else "personal access token"
    headers = {"X-Accepted-GitHub-Permissions": accepted}
    return Refusal(403, f"Resource not accessible by {what}", headers=headers, kind="FORBIDDEN")


def archived() -> Refusal:
    """Literal body: cli/cli#4212, dependabot-core common/lib/dependabot/clients/github_with_retries.rb."""
    return Refusal(403, "Repository was archived so is read-only.", kind="FORBIDDEN")


def disabled() -> Refusal:
    """dependabot-core, pull_request_creator/github.rb: RepoDisabled looks for "disabled" in a 403."""
    return Refusal(403, "Repository access blocked: this repository has been disabled.", kind="FORBIDDEN")


def actions_may_not() -> Refusal:
    """peter-evans/create-pull-request, docs/concepts-guidelines.md, and its issue 1175 with the literal body."""
    return Refusal(403, "GitHub Actions is not permitted to create or approve pull requests.", kind="FORBIDDEN")


# --- limits ----------------------------------------------------------------------


def secondary_limit(seconds: int) -> Refusal:
    """docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api, "Exceeding the rate limit"."""
    words = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
    return Refusal(403, words, headers={"Retry-After": str(seconds)})


def primary_limit(reset: int) -> Refusal:
    """The same page: 403 or 429 with nothing remaining, until the time that the header says."""
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(reset)}
    return Refusal(403, "API rate limit exceeded for installation ID 1.", headers=headers)


# --- git -------------------------------------------------------------------------


def reference_exists() -> Refusal:
    """docs.github.com/rest/git/refs; literal in dependabot-core, pull_request_creator/github.rb."""
    return Refusal(422, "Reference already exists")


def no_reference() -> Refusal:
    """Literal in octokit/octokit.rb#1044 and in dependabot-core, pull_request_updater/github.rb."""
    return Refusal(422, "Reference does not exist")


def no_object() -> Refusal:
    """Literal in octokit/octokit.js#1374."""
    return Refusal(422, "Object does not exist")


def no_fast_forward() -> Refusal:
    """docs.github.com/rest/git/refs, `force`; literal in the issues of PyGithub (#632)."""
    return Refusal(422, "Update is not a fast forward")


def reference_failed() -> Refusal:
    """A folder where a file is, or the other way round: dependabot-core's create_branch works round it."""
    return Refusal(422, "Reference update failed")


def broken_rule(message: str) -> Refusal:
    """Rulesets: the words of GH013 in docs.github.com ("Troubleshooting rules"), REST gives them with 422."""
    return Refusal(422, f"Repository rule violations found\n\n{message}\n\n")


def stale() -> Refusal:
    """`updateRefs` is all or nothing by `beforeOid`; the words are those of `createCommitOnBranch`, not seen here."""
    words = "Expected branch to point to the expected object id but it did not. Pull and try again."
    return Refusal(409, words, kind="STALE_DATA")


# --- pull requests and their like ------------------------------------------------


def pull_exists(head: str) -> Refusal:
    """Literal in peter-evans/create-pull-request, src/github-helper.ts."""
    return invalid("PullRequest", None, "custom", f"A pull request already exists for {head}.")


def no_commits(base: str, head: str) -> Refusal:
    """Literal in dependabot-core, pull_request_creator/github.rb."""
    return invalid("PullRequest", None, "custom", f"No commits between {base} and {head}")


def body_too_long(resource: str) -> Refusal:
    """Literal in orgs/community#27190 and renovatebot/renovate#10077."""
    return invalid(resource, "body", "custom", f"body is too long (maximum is {LONGEST_BODY} characters)")


def too_many_annotations(count: int) -> Refusal:
    """EnricoMi/publish-unit-test-result-action and reviewdog cite a 422; the words are GitHub's for a schema's limit."""
    return Refusal(
        422, f"Invalid request.\n\nNo more than {MOST_ANNOTATIONS} items are allowed; {count} were supplied."
    )


def line_not_in_diff() -> Refusal:
    """One comment: literal in reviewdog/reviewdog#1696 and octokit/octokit.net#2907."""
    name = "pull_request_review_thread.line"
    return invalid("PullRequestReviewComment", name, "custom", f"{name} must be part of the diff")


def not_resolved(what: str) -> Refusal:
    """A review's comments: literal in cli/cli#6388 and reviewdog/reviewdog#1696."""
    return Refusal(422, "Unprocessable Entity", [f"{what} could not be resolved"])


def no_collaborator(repository: str) -> Refusal:
    """Literal in dependabot-core, pull_request_creator/github.rb, and peter-evans/create-pull-request."""
    words = "Reviews may only be requested from collaborators. One or more of the users or teams you specified is not a"
    return Refusal(422, f"{words} collaborator of the {repository} repository.")


def own_review() -> Refusal:
    """Literal in cli/cli#2474."""
    return Refusal(422, "Review cannot be requested from pull request author.")


# --- what is not there -----------------------------------------------------------


def bad_ref_name(name: str) -> Refusal:
    """docs.github.com/rest/git/refs: a name without "refs" and two slashes is rejected."""
    return Refusal(422, f"{name} is not a valid ref name.")


def no_tree() -> Refusal:
    """dependabot-core retries "Tree SHA does not exist": pull_request_creator/github.rb."""
    return Refusal(422, "Tree SHA does not exist")


def no_base_tree() -> Refusal:
    return Refusal(422, "base_tree is not a valid tree oid")


def no_blob(sha: str) -> Refusal:
    return Refusal(422, f"tree.sha {sha} is not a valid blob")


def no_base64() -> Refusal:
    return Refusal(422, "content is not valid Base64")


def bad_object_state() -> Refusal:
    """A path taken away that is not there: literal in orgs/community#45693 and libgit2-less clients since."""
    return Refusal(422, "GitRPC::BadObjectState")


def no_commit_for(name: str) -> Refusal:
    """docs.github.com/rest/commits/commits lists the 422; the words are GitHub's."""
    return Refusal(422, f"No commit found for SHA: {name}")


def no_branch() -> Refusal:
    return Refusal(404, "Branch not found", kind="NOT_FOUND")


def own_approval() -> Refusal:
    """Literal in cli/cli#2474 and hmarr/auto-approve-action#4."""
    return Refusal(422, "Unprocessable Entity", ["Can not approve your own pull request"])


def empty_review() -> Refusal:
    """docs.github.com/rest/pulls/reviews: `body` is required for COMMENT and REQUEST_CHANGES."""
    return Refusal(422, "Unprocessable Entity", ["Body can't be blank"])


def no_dismissal() -> Refusal:
    return Refusal(422, "Can not dismiss a commented pull request review")


def no_label() -> Refusal:
    return Refusal(404, "Label does not exist", kind="NOT_FOUND")


def output_too_long(part: str) -> Refusal:
    """docs.github.com/rest/checks/runs: 65535 characters; EnricoMi/publish-unit-test-result-action#92 has the words."""
    return Refusal(422, f"Invalid request.\n\nOnly {LONGEST_OUTPUT} characters are allowed; {part} is longer.")


def only_applications() -> Refusal:
    """Literal in reviewdog/reviewdog#403 and orgs/community#24616."""
    return Refusal(403, "You must authenticate via a GitHub App.", kind="FORBIDDEN")


def not_resolved_node(name: str) -> Refusal:
    """Literal in peter-evans/create-pull-request#4321 and all over GitHub's community pages."""
    return Refusal(404, f"Could not resolve to a node with the global id of '{name}'", kind="NOT_FOUND")


def invalid_request(said: str) -> Refusal:
    """GitHub's words for a request that its schema refuses: literal in graphql-hive/graphql-inspector#1840."""
    return Refusal(422, f"Invalid request.\n\n{said}")
