"""What a GitHub holds: users, repositories over real git, pull requests that follow their branches."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from pathlib import Path

from tests.github.git import EXECUTABLE, FILE, Git, GitFailed, Who, hunks

ZERO = "0" * 40
# The two accounts whose numbers are in the addresses of every commit that they make.
_KNOWN = {"github-actions[bot]": 41_898_282, "dependabot[bot]": 49_699_333, "web-flow": 19_864_447}
HEADS = "refs/heads/"


class World:
    """Clock, numbers and accounts. The clock goes on by a second whenever it is asked, so that a run repeats itself."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.users: dict[str, User] = {}
        self.repositories: dict[str, Repository] = {}
        self._numbers = itertools.count(1001)
        self._now = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
        flow = self.user("web-flow")
        flow.emails.add("noreply@github.com")

    def now(self) -> datetime:
        self._now += timedelta(seconds=1)
        return self._now

    def number(self) -> int:
        return next(self._numbers)

    def user(self, login: str, kind: str = "") -> User:
        if login not in self.users:
            number = _KNOWN.get(login) or self.number()
            made = User(login, number, kind or ("Bot" if login.endswith("[bot]") else "User"))
            made.emails.add(made.email)
            self.users[login] = made
        return self.users[login]

    def by_email(self, email: str) -> User | None:
        return next((user for user in self.users.values() if email in user.emails), None)

    def pulls(self) -> Iterator[Pull]:
        for repository in self.repositories.values():
            yield from repository.pulls.values()


@dataclass(slots=True, eq=False)
class User:
    login: str
    id: int
    kind: str
    emails: set[str] = field(default_factory=set)

    @property
    def email(self) -> str:
        return f"{self.id}+{self.login}@users.noreply.github.com"


@dataclass(slots=True)
class Settings:
    actions_may_create_pull_requests: bool = True
    archived: bool = False
    disabled: bool = False
    private: bool = False
    truncate: bool = False
    """As a tree of over 100,000 entries or 7 MB."""


@dataclass(frozen=True, slots=True)
class Protection:
    """A rule of the repository for branches whose name fits the pattern."""

    pattern: str
    message: str
    creations: bool
    updates: bool
    deletions: bool

    def forbids(self, branch: str, before: str | None, after: str | None) -> bool:
        if not fnmatchcase(branch, self.pattern):
            return False
        return self.creations if before is None else self.deletions if after is None else self.updates


@dataclass(frozen=True, slots=True)
class Token:
    text: str
    login: str
    permissions: Mapping[str, str]
    repositories: frozenset[str]

    @property
    def application(self) -> bool:
        return self.login.endswith("[bot]")

    def may(self, permission: str, level: str) -> bool:
        order = ("none", "read", "write", "admin")
        return order.index(self.permissions.get(permission, "none")) >= order.index(level)


@dataclass(slots=True, eq=False)
class Comment:
    id: int
    login: str
    body: str
    created: datetime
    updated: datetime
    minimized: str | None = None


@dataclass(slots=True, eq=False)
class ReviewComment:
    """`line` and `start_line` count in `commit`, the head when the comment was made."""

    id: int
    login: str
    body: str
    created: datetime
    updated: datetime
    review: int
    path: str
    commit: str
    side: str
    line: int
    start_line: int | None
    hunk: str
    reply_to: int | None = None
    minimized: str | None = None


@dataclass(slots=True, eq=False)
class Thread:
    id: str
    comments: list[ReviewComment]
    resolved_by: str | None = None


@dataclass(slots=True, eq=False)
class Review:
    id: int
    login: str
    body: str
    state: str
    commit: str
    submitted: datetime


@dataclass(slots=True, eq=False)
class CheckRun:
    id: int
    name: str
    head_sha: str
    status: str
    conclusion: str | None
    started: datetime
    completed: datetime | None
    login: str
    external_id: str = ""
    details_url: str | None = None
    title: str | None = None
    summary: str | None = None
    text: str | None = None
    annotations: list[dict[str, object]] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Pull:
    repository: Repository
    number: int
    id: int
    login: str
    title: str
    body: str | None
    head: Repository | None
    head_ref: str
    head_owner: str
    base_ref: str
    head_sha: str
    base_sha: str
    created: datetime
    updated: datetime
    draft: bool = False
    maintainer_can_modify: bool = False
    state: str = "open"
    closed: datetime | None = None
    closed_by: str | None = None
    merged: datetime | None = None
    merged_by: str | None = None
    merge_commit: str | None = None
    labels: list[str] = field(default_factory=list)
    assignees: list[str] = field(default_factory=list)
    reviewers: list[str] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    reviews: list[Review] = field(default_factory=list)
    threads: list[Thread] = field(default_factory=list)

    @property
    def label(self) -> str:
        return f"{self.head_owner}:{self.head_ref}"

    @property
    def review_comments(self) -> list[ReviewComment]:
        return sorted((one for thread in self.threads for one in thread.comments), key=lambda one: one.id)

    @property
    def merge_base(self) -> str:
        return self.repository.git.merge_base(self.base_sha, self.head_sha) or self.base_sha

    def close(self, by: str | None = None) -> None:
        """`by` is a login; None where GitHub does it by itself."""
        if self.state == "open":
            self.state, self.closed_by = "closed", by
            self.closed = self.updated = self.repository.world.now()

    def reopen(self) -> None:
        if self.merged is None:
            self.state, self.closed, self.closed_by = "open", None, None
            self.updated = self.repository.world.now()

    def merge(self, by: str) -> str:
        """A merge commit on the base branch, made by a human."""
        git, world = self.repository.git, self.repository.world
        tree = git.line("merge-tree", "--write-tree", self.base_sha, self.head_sha).splitlines()[0]
        user = world.user(by)
        who = Who(user.login, user.email, world.now())
        base = self.repository.tip(self.base_ref)
        assert base is not None
        message = f"Merge pull request #{self.number} from {self.head_owner}/{self.head_ref}\n\n{self.title}"
        sha = git.write_commit(tree, [base, self.head_sha], message, who, who)
        self.merged_by = by
        self.repository.move(HEADS + self.base_ref, sha)
        return sha

    def follow(self, *, base_moved: bool) -> None:
        """What GitHub does with an open pull request when one of its branches has moved or is gone."""
        tip = self.head.tip(self.head_ref) if self.head else None
        base = self.repository.tip(self.base_ref)
        if self.state != "open":
            return
        if tip is None or base is None:
            self.close()
            return
        if self.head is not self.repository and self.head is not None:
            self.repository.take(self.head, tip)
        git = self.repository.git
        moved = tip != self.head_sha
        self.head_sha, self.base_sha = tip, base
        if git.contains(base, tip):
            self.close()
            if base_moved:
                self.merged, self.merge_commit = self.closed, base
                self.merged_by = self.merged_by or "web-flow"
            return
        if moved:
            self.updated = self.repository.world.now()
        self.point()

    def point(self) -> None:
        """The refs that GitHub keeps for a pull request, and its trial merge."""
        git = self.repository.git
        git("update-ref", f"refs/pull/{self.number}/head", self.head_sha)
        try:
            tree = git.line("merge-tree", "--write-tree", self.base_sha, self.head_sha).splitlines()[0]
        except GitFailed:  # a conflict
            self.merge_commit = None
            return
        flow = self.repository.world.user("web-flow")
        who = Who(flow.login, flow.email, self.updated)
        message = f"Merge {self.head_sha} into {self.base_sha}"
        self.merge_commit = git.write_commit(tree, [self.base_sha, self.head_sha], message, who, who)
        git("update-ref", f"refs/pull/{self.number}/merge", self.merge_commit)

    def line_now(self, comment: ReviewComment) -> int | None:
        """Where the comment's last line stands in today's head; None when it is outdated."""
        if comment.commit == self.head_sha or comment.side == "LEFT":
            return comment.line
        first, shift = comment.start_line or comment.line, 0
        for hunk in hunks(self.repository.git.patch(comment.commit, self.head_sha, comment.path, context=0)):
            # An empty side of a hunk stands behind the line that it names.
            left = hunk.left if hunk.left else range(hunk.left.start + 1, hunk.left.start + 1)
            if left.start > comment.line:
                break
            if left.stop > first or (not hunk.left and left.start > first):
                return None
            shift += len(hunk.right) - len(hunk.left)
        return comment.line + shift


class Repository:
    def __init__(self, world: World, name: str, default_branch: str = "main", parent: Repository | None = None) -> None:
        self.world = world
        self.full_name = name
        self.owner, self.name = name.split("/")
        self.default_branch = default_branch
        self.parent = parent
        self.id = world.number()
        self.path = world.folder / f"{self.owner}+{self.name}.git"
        self.git = Git(self.path, branch=default_branch)
        self.settings = Settings()
        self.protections: list[Protection] = []
        self.collaborators: set[str] = {self.owner}
        self.pulls: dict[int, Pull] = {}
        self.check_runs: list[CheckRun] = []
        self.labels: dict[str, int] = {}
        self.signed: set[str] = set()
        self.created = world.now()
        self._next = itertools.count(1)
        world.user(self.owner, "User" if parent else "Organization")
        world.repositories[name] = self

    # --- what tests look at ---

    @property
    def comments(self) -> list[Comment]:
        return [comment for pull in self.pulls.values() for comment in pull.comments]

    @property
    def reviews(self) -> list[Review]:
        return [review for pull in self.pulls.values() for review in pull.reviews]

    @property
    def branches(self) -> dict[str, str]:
        return {name.removeprefix(HEADS): sha for name, sha in self.git.refs(HEADS).items()}

    def tip(self, branch: str) -> str | None:
        return self.git.ref(HEADS + branch)

    # --- what tests do ---

    def protect(
        self,
        pattern: str,
        *,
        message: str = "Changes must be made through a pull request.",
        creations: bool = True,
        updates: bool = True,
        deletions: bool = True,
    ) -> None:
        self.protections.append(Protection(pattern, message, creations, updates, deletions))

    def commit(
        self,
        branch: str,
        changes: Mapping[str, bytes | None],
        *,
        message: str = "Change",
        author: tuple[str, str] = ("Jo", "jo@example.org"),
        login: str | None = "jo",
        parent: str | None = None,
        modes: Mapping[str, str] | None = None,
        executable: Collection[str] = (),
    ) -> str:
        """By a human, past all rules. None takes a path away; `parent`: a branch or commit to begin a new branch at."""
        base = self.tip(branch) or self.git.ref(parent or HEADS + self.default_branch)
        if login is not None:
            self.world.user(login).emails.add(author[1])
        wanted = dict.fromkeys(executable, EXECUTABLE) | dict(modes or {})
        old = {} if base is None else {one.path: one.mode for one in self.git.entries(base, recursive=True)}
        rows = []
        for path, content in changes.items():
            sha = None if content is None else self.git.write_blob(content)
            rows.append((path, wanted.get(path, old.get(path, FILE)), sha))
        tree = self.git.write_tree(base, rows)
        who = Who(*author, self.world.now())
        sha = self.git.write_commit(tree, [base] if base else [], message, who, who)
        self.move(HEADS + branch, sha)
        return sha

    def push(self, branch: str, sha: str | None) -> None:
        """A human's forced push; None deletes."""
        self.move(HEADS + branch, sha)

    def fork(self, name: str) -> Repository:
        made = Repository(self.world, name, self.default_branch, parent=self)
        made.git("fetch", "--quiet", str(self.path), "+refs/heads/*:refs/heads/*")
        return made

    def delete(self) -> None:
        """The repository is gone; pull requests from it stay, and name no repository any more."""
        del self.world.repositories[self.full_name]
        for pull in self.world.pulls():
            if pull.head is self:
                pull.head = None
                pull.close()

    def open_pull(
        self,
        head: str,
        base: str | None = None,
        *,
        title: str = "A pull request",
        body: str | None = None,
        login: str = "jo",
        fork: Repository | None = None,
        draft: bool = False,
        maintainer_can_modify: bool = False,
    ) -> Pull:
        """By a human, past all rules."""
        source = fork or self
        base_ref = base or self.default_branch
        tip, base_sha = source.tip(head), self.tip(base_ref)
        assert tip is not None, head
        assert base_sha is not None, base_ref
        if source is not self:
            self.take(source, tip)
        now = self.world.now()
        self.world.user(login)
        pull = Pull(
            self,
            next(self._next),
            self.world.number(),
            login,
            title,
            body,
            source,
            head,
            source.owner,
            base_ref,
            tip,
            base_sha,
            now,
            now,
            draft=draft,
            maintainer_can_modify=maintainer_can_modify,
        )
        self.pulls[pull.number] = pull
        pull.point()
        return pull

    # --- refs ---

    def move(self, ref: str, sha: str | None, before: str | None = None) -> None:
        """`before` is the old value that git is to insist on."""
        old = [] if before is None else [before]
        if sha is None:
            self.git("update-ref", "-d", ref, *old)
        else:
            self.git("update-ref", "-m", "push", ref, sha, *old)
        self.followed(ref)

    def followed(self, ref: str) -> None:
        branch = ref.removeprefix(HEADS)
        for pull in list(self.world.pulls()):
            if pull.head is self and pull.head_ref == branch:
                pull.follow(base_moved=False)
            elif pull.repository is self and pull.base_ref == branch:
                pull.follow(base_moved=True)

    def take(self, other: Repository, sha: str) -> None:
        """A fork shares its objects with its parent."""
        if self.git.kind(sha) is None:
            self.git("fetch", "--quiet", "--no-tags", str(other.path), "+refs/heads/*:refs/forks/*")
            self.git("update-ref", f"refs/keep/{sha}", sha)

    def network(self) -> Repository:
        return self.parent.network() if self.parent else self
