"""
How GitHub refuses: the status and its literal words, each with where they were read. `owner/repository#number` is an
issue with the words in it. "Words not seen" says that the rule is known and its words are not: a client may rely on the
status alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

DOCUMENTATION = "https://docs.github.com/rest"
LONGEST_BODY = 65_536  # characters of a pull request, comment or review; renovatebot/renovate#2032
LONGEST_OUTPUT = 65_535  # bytes of a check run's summary and of its text; docs.github.com/rest/checks/runs


@dataclass(slots=True)
class Refusal(Exception):
    """GitHub's no. `kind` is what GraphQL calls the type of an error."""

    status: int
    message: str
    errors: Sequence[Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    kind: str = "UNPROCESSABLE"
    more: Mapping[str, Any] = field(default_factory=dict)

    def body(self) -> dict[str, Any]:
        body = {"message": self.message, "documentation_url": DOCUMENTATION, "status": str(self.status), **self.more}
        return body if self.errors is None else {**body, "errors": list(self.errors)}


def invalid(resource: str, field_name: str | None = None, code: str = "invalid", message: str = "") -> Refusal:
    """The shape: docs.github.com, "Troubleshooting the REST API"; dailymotion-oss/octopilot#134."""
    error = {"resource": resource, "field": field_name, "code": code, "message": message}
    return Refusal(422, "Validation Failed", [{key: value for key, value in error.items() if value}])


def invalid_request(said: str) -> Refusal:
    """What GitHub's own schema of the request refuses: graphql-hive/graphql-inspector#1840 has the first line."""
    return Refusal(422, f"Invalid request.\n\n{said}")


# --- who may ---------------------------------------------------------------------


def bad_credentials() -> Refusal:
    """jwilger/github-v3-api#8; docs.github.com/rest/authentication/authenticating-to-the-rest-api."""
    return Refusal(401, "Bad credentials", kind="FORBIDDEN")


def requires_authentication() -> Refusal:
    """jbosstm/narayana#1757."""
    return Refusal(401, "Requires authentication", kind="FORBIDDEN")


def not_found() -> Refusal:
    """docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api: 404, not 403, hides what is private."""
    return Refusal(404, "Not Found", kind="NOT_FOUND")


def not_accessible(accepted: str, *, application: bool) -> Refusal:
    """The same page, "Resource not accessible", and the header that says which permissions would do."""
    what = "integration" if application else "personal access token"
    headers = {"X-Accepted-GitHub-Permissions": accepted}
    return Refusal(403, f"Resource not accessible by {what}", headers=headers, kind="FORBIDDEN")


def archived() -> Refusal:
    """r-universe-org/help#247."""
    return Refusal(403, "Repository was archived so is read-only.", kind="FORBIDDEN")


def disabled() -> Refusal:
    """caarlos0/fork-cleaner#99 and PyGithub/PyGithub#1015, with the block that says why."""
    block = {"reason": "tos", "created_at": "2026-01-05T09:00:00Z", "html_url": "https://github.com/tos"}
    return Refusal(403, "Repository access blocked", kind="FORBIDDEN", more={"block": block})


def actions_may_not() -> Refusal:
    """peter-evans/create-pull-request#1175."""
    return Refusal(403, "GitHub Actions is not permitted to create or approve pull requests.", kind="FORBIDDEN")


def only_applications() -> Refusal:
    """actions/github-script#118: a personal token has no check runs."""
    return Refusal(403, "You must authenticate via a GitHub App.", kind="FORBIDDEN")


# --- limits ----------------------------------------------------------------------


def secondary_limit(seconds: int) -> Refusal:
    """docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api, "Exceeding the rate limit"."""
    words = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
    return Refusal(403, words, headers={"Retry-After": str(seconds)})


def primary_limit(reset: int) -> Refusal:
    """The same page: 403 or 429 with nothing remaining, until the time (in seconds of Unix) that the header says."""
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(reset)}
    return Refusal(403, "API rate limit exceeded for installation ID 1.", headers=headers)


def body_too_long(resource: str) -> Refusal:
    """
    renovatebot/renovate#2032 for a pull request, which GitHub calls an Issue here; telia-oss/github-pr-resource#259 for
    a comment. For a review: words not seen.
    """
    if resource == "IssueComment":
        words = f"Body is too long (maximum is {LONGEST_BODY} characters)"
        return invalid(resource, "data", "unprocessable", words)
    return invalid(resource, "body", "custom", f"body is too long (maximum is {LONGEST_BODY} characters)")


def too_many(limit: int, count: int) -> str:
    """graphql-hive/graphql-inspector#1840."""
    return f"No more than {limit} items are allowed; {count} were supplied."


def too_long(limit: int, count: int) -> str:
    """reviewdog/action-rubocop#67."""
    return f"Only {limit} characters are allowed; {count} were supplied."


def too_many_annotations(count: int) -> Refusal:
    """docs.github.com/rest/checks/runs has the limit, and GitHub's schema too, so that nobody need call this for it."""
    return invalid_request(too_many(50, count))


def output_too_many_bytes(part: str) -> Refusal:
    """github/docs#35252: the same limit holds for bytes, which the documentation does not say."""
    return invalid("CheckRun", part, "custom", f"{part} exceeds a maximum bytesize of {LONGEST_OUTPUT}")


# --- refs ------------------------------------------------------------------------


def bad_ref_name(name: str) -> Refusal:
    """docs.github.com/rest/git/refs rejects a name without "refs" and two slashes; words not seen."""
    return Refusal(422, f"{name} is not a valid ref name.")


def reference_exists() -> Refusal:
    """renovatebot/renovate#20281, fjogeleit/yaml-update-action#531."""
    return Refusal(422, "Reference already exists")


def no_reference() -> Refusal:
    """github/lock#48 for DELETE, solana-foundation/solana-developer-platform#602 for PATCH; only GET answers 404."""
    return Refusal(422, "Reference does not exist")


def no_object() -> Refusal:
    """octokit/octokit.js#562."""
    return Refusal(422, "Object does not exist")


def no_fast_forward() -> Refusal:
    """grafana/github-api-commit-action#56, rust-lang/homu#75."""
    return Refusal(422, "Update is not a fast forward")


def reference_failed() -> Refusal:
    """github/rest-api-description#4887; a branch in the way of a folder: portapps/ungoogled-chromium-portable#86."""
    return Refusal(422, "Reference update failed")


def broken_rule(message: str) -> Refusal:
    """A ruleset: satisfactory-factories/application#67; GraphQL's words not seen."""
    return Refusal(422, f"Repository rule violations found\n\n{message}\n\n")


def stale(expected: str) -> Refusal:
    """
    The words of `createCommitOnBranch`: ministryofjustice/modernisation-platform#11985. Those of `updateRefs` were not
    seen; that it is all or none, and by `beforeOid`, is what GitHub's schema says.
    """
    words = f'Expected branch to point to "{expected}" but it did not.  Pull and try again.'
    return Refusal(409, words, kind="STALE_DATA")


# --- objects ---------------------------------------------------------------------


def no_tree() -> Refusal:
    """dependabot-core retries it: pull_request_creator/github.rb."""
    return Refusal(422, "Tree SHA does not exist")


def no_base_tree() -> Refusal:
    """sigmavirus24/github3.py#522."""
    return Refusal(422, "base_tree is not a valid tree oid")


def no_blob(sha: str) -> Refusal:
    """BetaHuhn/repo-file-sync-action#349."""
    return Refusal(422, f"tree.sha {sha} is not a valid blob")


def bad_object_state() -> Refusal:
    """A path taken away that is not there: google/go-github#2418."""
    return Refusal(422, "GitRPC::BadObjectState")


def no_base64() -> Refusal:
    """Words not seen."""
    return Refusal(422, "content is not valid Base64")


def no_commit_for(name: str) -> Refusal:
    """docs.github.com/rest/commits/commits lists the 422; words not seen."""
    return Refusal(422, f"No commit found for SHA: {name}")


def no_branch() -> Refusal:
    """Words not seen."""
    return Refusal(404, "Branch not found", kind="NOT_FOUND")


def not_resolved_node(name: str) -> Refusal:
    """peter-evans/create-pull-request#4321."""
    return Refusal(404, f"Could not resolve to a node with the global id of '{name}'", kind="NOT_FOUND")


def not_resolved(kind: str, how: str) -> Refusal:
    """The same words with a name or number instead of a node; words not seen for each kind."""
    return Refusal(404, f"Could not resolve to a {kind} with the {how}.", kind="NOT_FOUND")


# --- pull requests and their like ------------------------------------------------


def pull_exists(head: str) -> Refusal:
    """peter-evans/create-pull-request, src/github-helper.ts, which looks for these words."""
    return invalid("PullRequest", None, "custom", f"A pull request already exists for {head}.")


def no_commits(base: str, head: str) -> Refusal:
    """peter-evans/create-pull-request#4088."""
    return invalid("PullRequest", None, "custom", f"No commits between {base} and {head}")


def no_label() -> Refusal:
    """Words not seen."""
    return Refusal(404, "Label does not exist", kind="NOT_FOUND")


def no_collaborator(repository: str) -> Refusal:
    """peter-evans/create-pull-request#4138."""
    words = "Reviews may only be requested from collaborators. One or more of the users or teams you specified is not a"
    return Refusal(422, f"{words} collaborator of the {repository} repository.")


def own_review() -> Refusal:
    """peter-evans/create-pull-request#1835."""
    return Refusal(422, "Review cannot be requested from pull request author.")


def own_approval() -> Refusal:
    """hubtty/hubtty#33."""
    return Refusal(422, "Unprocessable Entity", ["Can not approve your own pull request"])


def empty_review() -> Refusal:
    """docs.github.com/rest/pulls/reviews asks for a body; words not seen."""
    return Refusal(422, "Unprocessable Entity", ["Body can't be blank"])


def no_dismissal() -> Refusal:
    """Words not seen."""
    return Refusal(422, "Can not dismiss a commented pull request review")


def line_not_in_diff() -> Refusal:
    """A comment of its own: mitchspano/sfdx-scan-pull-request#16."""
    name, resource = "pull_request_review_thread", "PullRequestReviewComment"
    words = f"{name}.line must be part of the diff"
    first = {"resource": resource, "code": "custom", "field": f"{name}.line", "message": words}
    second = {"resource": resource, "code": "missing_field", "field": f"{name}.diff_hunk"}
    return Refusal(422, "Validation Failed", [first, second])


def review_not_in_diff(*, several: bool) -> Refusal:
    """A comment of a review: The-PR-Agent/pr-agent#592, and of several lines: parkerbxyz/suggest-changes#48."""
    start = "Pull request review thread"
    first, last = f"{start} line must be part of the diff", f"{start} diff hunk can't be blank"
    middle = f", {start} start line must be part of the same hunk as the line., and " if several else " and "
    return Refusal(422, "Unprocessable Entity", [f"{first}{middle}{last}"])
