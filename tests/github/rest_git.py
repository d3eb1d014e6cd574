"""Refs, commits, trees and blobs, repositories and users."""

from __future__ import annotations

import base64
import binascii
from fnmatch import fnmatchcase

from tests.github import rules
from tests.github.call import Answer, Call, route
from tests.github.git import FOLDER, SUBMODULE, GitFailed, Who
from tests.github.store import HEADS, ZERO, Repository, Token

# --- the rules of refs, which REST and GraphQL share -----------------------------


def may_move(repository: Repository, ref: str, before: str | None, after: str | None) -> None:
    branch = ref.removeprefix(HEADS)
    for rule in repository.protections:
        if ref.startswith(HEADS) and rule.forbids(branch, before, after):
            raise rules.broken_rule(rule.message)


def has_object(repository: Repository, sha: str) -> None:
    if repository.git.kind(sha) is None:
        network = repository.network()
        if network is repository or network.git.kind(sha) is None:
            raise rules.no_object()
        repository.take(network, sha)


def move(repository: Repository, ref: str, sha: str | None, before: str) -> None:
    try:
        repository.move(ref, sha, before)
    except GitFailed as failure:
        raise rules.reference_failed() from failure


# --- refs ------------------------------------------------------------------------


@route("git/get-ref", "contents=read")
def get_ref(call: Call) -> Answer:
    name = f"refs/{call.values['ref']}"
    sha = call.repository.git.refs(name).get(name)
    if sha is None:
        raise rules.not_found()
    return Answer(200, call.views.ref(call.repository, name, sha))


@route("git/list-matching-refs", "contents=read")
def list_matching_refs(call: Call) -> Answer:
    found = sorted(call.repository.git.refs(f"refs/{call.values['ref']}").items())
    return Answer(200, [call.views.ref(call.repository, name, sha) for name, sha in found])


@route("git/create-ref", "contents=write")
def create_ref(call: Call) -> Answer:
    repository, name, sha = call.repository, call.body["ref"], call.body["sha"]
    if not name.startswith("refs/") or name.count("/") < 2:
        raise rules.bad_ref_name(name)
    if name in repository.git.refs(name):
        raise rules.reference_exists()
    has_object(repository, sha)
    may_move(repository, name, None, sha)
    move(repository, name, sha, ZERO)
    return Answer(201, call.views.ref(repository, name, sha))


@route("git/update-ref", "contents=write")
def update_ref(call: Call) -> Answer:
    repository, name, sha = call.repository, f"refs/{call.values['ref']}", call.body["sha"]
    before = repository.git.refs(name).get(name)
    if before is None:
        raise rules.no_reference()
    has_object(repository, sha)
    may_move(repository, name, before, sha)
    if not call.body.get("force", False) and not repository.git.contains(sha, before):
        raise rules.no_fast_forward()
    move(repository, name, sha, before)
    return Answer(200, call.views.ref(repository, name, sha))


@route("git/delete-ref", "contents=write")
def delete_ref(call: Call) -> Answer:
    repository, name = call.repository, f"refs/{call.values['ref']}"
    before = repository.git.refs(name).get(name)
    if before is None:
        raise rules.no_reference()
    may_move(repository, name, before, None)
    move(repository, name, None, before)
    return Answer(204)


# --- objects ---------------------------------------------------------------------


def _signer(token: Token | None) -> bool:
    return token is not None and token.application


@route("git/get-commit", "contents=read")
def get_git_commit(call: Call) -> Answer:
    sha = call.values["commit_sha"]
    if call.repository.git.kind(sha) != "commit":
        raise rules.not_found()
    return Answer(200, call.views.git_commit(call.repository, call.repository.git.commit(sha)))


@route("git/create-commit", "contents=write")
def create_commit(call: Call) -> Answer:
    """
    Who names nobody is the token's account, and GitHub signs what an application's account makes:
    docs.github.com/authentication/managing-commit-signature-verification, "Signature verification for bots".
    """
    repository, body, now = call.repository, call.body, call.world.now()
    if repository.git.kind(body["tree"]) != "tree":
        raise rules.no_tree()
    for parent in body.get("parents", ()):
        has_object(repository, parent)
    user = call.world.user(call.login)
    own = Who(user.login, user.email, now)
    named = [Who(body[role]["name"], body[role]["email"], now) for role in ("author", "committer") if role in body]
    author = named[0] if "author" in body else own
    signs = not named and "signature" not in body and _signer(call.token)
    committer = Who("GitHub", "noreply@github.com", now) if signs else named[-1] if named else own
    sha = repository.git.write_commit(body["tree"], body.get("parents", ()), body["message"], author, committer)
    if signs:
        repository.signed.add(sha)
    return Answer(201, call.views.git_commit(repository, repository.git.commit(sha)))


@route("git/get-tree", "contents=read")
def get_tree(call: Call) -> Answer:
    repository = call.repository
    name = call.values["tree_sha"]
    sha = repository.git.ref(f"{name}^{{tree}}") or repository.git.ref(f"{HEADS}{name}^{{tree}}")
    if sha is None:
        raise rules.not_found()
    # Any value switches it on, "0" and "false" as well: docs.github.com/rest/git/trees.
    recursive = "recursive" in call.query
    entries = repository.git.entries(sha, recursive=recursive)
    # The limits are those of a recursive listing alone, says the same page.
    truncated = recursive and repository.settings.truncate
    shown = entries[: len(entries) // 2] if truncated else entries
    return Answer(200, call.views.tree(repository, sha, shown, truncated=truncated))


@route("git/create-tree", "contents=write")
def create_tree(call: Call) -> Answer:
    """A workflow needs a right of its own: docs.github.com/rest/authentication/permissions-required-for-github-apps."""
    repository, base = call.repository, call.body.get("base_tree")
    token = call.token
    if base is not None and repository.git.kind(base) not in ("tree", "commit"):
        raise rules.no_base_tree()
    known = set() if base is None else {one.path for one in repository.git.entries(base, recursive=True)}
    rows = []
    for row in call.body["tree"]:
        path, mode, sha = row["path"], row.get("mode", "100644"), row.get("sha")
        if fnmatchcase(path, ".github/workflows/*") and token is not None and not token.may("workflows", "write"):
            raise rules.not_accessible("contents=write,workflows=write", application=token.application)
        if "content" in row:
            sha = repository.git.write_blob(row["content"].encode())
        elif sha is None:
            if path not in known:
                raise rules.bad_object_state()
        elif mode != SUBMODULE and repository.git.kind(sha) != ("tree" if mode == FOLDER else "blob"):
            raise rules.no_blob(sha)
        rows.append((path, mode, sha))
    made = repository.git.write_tree(base, rows)
    return Answer(201, call.views.tree(repository, made, repository.git.entries(made)))


@route("git/get-blob", "contents=read")
def get_blob(call: Call) -> Answer:
    repository, sha = call.repository, call.values["file_sha"]
    if repository.git.kind(sha) != "blob":
        raise rules.not_found()
    content = repository.git.blob(sha)
    body = {
        **_blob(call, sha),
        "node_id": sha,
        "size": len(content),
        "encoding": "base64",
        # In lines of 60, as GitHub breaks them.
        "content": "".join(
            f"{base64.b64encode(content[at : at + 45]).decode()}\n" for at in range(0, len(content), 45)
        ),
    }
    return Answer(200, body)


@route("git/create-blob", "contents=write")
def create_blob(call: Call) -> Answer:
    content = call.body["content"].encode()
    if call.body.get("encoding", "utf-8") == "base64":
        try:
            content = base64.b64decode(content)
        except binascii.Error as error:
            raise rules.no_base64() from error
    return Answer(201, _blob(call, call.repository.git.write_blob(content)))


def _blob(call: Call, sha: str) -> dict[str, str]:
    return {"sha": sha, "url": f"{call.views.url(call.repository)}/git/blobs/{sha}"}


# --- commits and what lies between them ------------------------------------------


def resolve(repository: Repository, name: str) -> str | None:
    """A branch, `owner:branch` of the same network, a commit."""
    owner, colon, branch = name.partition(":")
    if colon:
        network = repository.network()
        family = [one for one in repository.world.repositories.values() if one.network() is network]
        other = next((one for one in family if one.owner == owner), None)
        sha = other.tip(branch) if other else None
        if sha is not None and other is not None and other is not repository:
            repository.take(other, sha)
        return sha
    plain = name.removeprefix("heads/").removeprefix(HEADS)
    return repository.tip(plain) or repository.git.ref(f"{name}^{{commit}}")


@route("repos/get-commit", "contents=read")
def get_commit(call: Call) -> Answer:
    repository, name = call.repository, call.values["ref"]
    sha = resolve(repository, name)
    if sha is None:
        raise rules.no_commit_for(name)
    commit = repository.git.commit(sha)
    before = commit.parents[0] if commit.parents else repository.git.line("hash-object", "-t", "tree", "/dev/null")
    files = repository.git.changes(before, sha) if commit.parents else []
    plus, minus = sum(one.additions for one in files), sum(one.deletions for one in files)
    body = {
        **call.views.commit(repository, commit),
        "stats": {"additions": plus, "deletions": minus, "total": plus + minus},
        "files": [call.views.change(repository, one, sha) for one in files],
    }
    return Answer(200, body)


@route("repos/list-commits", "contents=read")
def list_commits(call: Call) -> Answer:
    repository = call.repository
    sha = resolve(repository, call.query.get("sha", repository.default_branch))
    if sha is None:
        raise rules.not_found()
    path = call.query.get("path")
    found = repository.git.line("rev-list", sha, "--", *([f":(literal){path}"] if path else [])).split()
    by = {commit.sha: commit for commit in repository.git.commits(found)}
    return call.page(found, lambda one: call.views.commit(repository, by[one]))


@route("repos/compare-commits-with-basehead", "contents=read")
def compare(call: Call) -> Answer:
    repository, git = call.repository, call.repository.git
    left, dots, right = call.values["basehead"].partition("...")
    base, head = resolve(repository, left), resolve(repository, right)
    middle = git.merge_base(base, head) if base and head else None
    if not dots or base is None or head is None or middle is None:
        raise rules.not_found()
    ahead, behind = git.between(base, head), git.between(head, base)
    status = "identical" if base == head else "diverged" if ahead and behind else "ahead" if ahead else "behind"
    at, html = f"{call.views.url(repository)}/compare", f"{call.views.html(repository)}/compare"
    page = call.page(ahead, lambda sha: call.views.commit(repository, git.commit(sha)))
    body = {
        "url": f"{at}/{left}...{right}",
        "html_url": f"{html}/{left}...{right}",
        "permalink_url": f"{html}/{base}...{head}",
        "diff_url": f"{html}/{left}...{right}.diff",
        "patch_url": f"{html}/{left}...{right}.patch",
        "base_commit": call.views.commit(repository, git.commit(base)),
        "merge_base_commit": call.views.commit(repository, git.commit(middle)),
        "status": status,
        "ahead_by": len(ahead),
        "behind_by": len(behind),
        "total_commits": len(ahead),
        "commits": page.body,
        "files": [call.views.change(repository, one, head) for one in git.changes(middle, head)],
    }
    return Answer(200, body, page.headers)


# --- repositories and users ------------------------------------------------------


@route("repos/get", "metadata=read")
def get_repository(call: Call) -> Answer:
    return Answer(200, call.views.full_repository(call.repository))


@route("repos/get-branch", "contents=read")
def get_branch(call: Call) -> Answer:
    name = call.values["branch"]
    sha = call.repository.tip(name)
    if sha is None:
        raise rules.no_branch()
    return Answer(200, call.views.branch(call.repository, name, sha))


@route("repos/get-content", "contents=read")
def get_content(call: Call) -> Answer:
    repository, path = call.repository, call.values["path"].strip("/")
    sha = resolve(repository, call.query.get("ref", repository.default_branch))
    entries = {one.path: one for one in repository.git.entries(sha, recursive=True)} if sha else {}
    entry = entries.get(path)
    if entry is None or entry.kind != "blob":
        raise rules.not_found()
    content = repository.git.blob(entry.sha)
    url = f"{call.views.url(repository)}/contents/{path}?ref={call.query.get('ref', repository.default_branch)}"
    git_url, html = f"{call.views.url(repository)}/git/blobs/{entry.sha}", f"{call.views.html(repository)}/blob/{path}"
    body = {
        "type": "file",
        "encoding": "base64",
        "size": len(content),
        "name": path.rsplit("/", 1)[-1],
        "path": path,
        "content": base64.encodebytes(content).decode(),
        "sha": entry.sha,
        "url": url,
        "git_url": git_url,
        "html_url": html,
        "download_url": f"{call.views.html(repository)}/raw/{path}",
        "_links": {"self": url, "git": git_url, "html": html},
    }
    return Answer(200, body)


@route("users/get-authenticated")
def get_authenticated(call: Call) -> Answer:
    """An installation's token is nobody: docs.github.com/rest/users/users names no such token for it."""
    if call.token is None:
        raise rules.requires_authentication()
    if call.token.application:
        raise rules.not_accessible("", application=True)
    return Answer(200, call.views.public_user(call.login))


@route("users/get-by-username")
def get_by_username(call: Call) -> Answer:
    if call.values["username"] not in call.world.users:
        raise rules.not_found()
    return Answer(200, call.views.public_user(call.values["username"]))


@route("rate-limit/get")
def rate_limit(call: Call) -> Answer:
    told = {"limit": 5000, "remaining": 4999, "reset": 1_767_607_200, "used": 1}
    return Answer(200, {"resources": dict.fromkeys(("core", "graphql", "search"), told), "rate": told})
