"""A bare repository and the plumbing of git on it: what is written here is read with git, and the other way round."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

FILE, EXECUTABLE, SYMLINK, SUBMODULE, FOLDER = "100644", "100755", "120000", "160000", "040000"
_HUNK = re.compile(r"^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@", re.MULTILINE)
_WHO = re.compile(r"^(.*?) ?<(.*?)> (\d+) [+-]\d{4}$")


class GitFailed(Exception):
    """git ended with another code than 0; the words are git's."""


@dataclass(frozen=True, slots=True)
class Who:
    name: str
    email: str
    when: datetime

    def environment(self, role: str) -> dict[str, str]:
        date = f"{int(self.when.timestamp())} +0000"
        return {f"GIT_{role}_NAME": self.name, f"GIT_{role}_EMAIL": self.email, f"GIT_{role}_DATE": date}


@dataclass(frozen=True, slots=True)
class Commit:
    sha: str
    tree: str
    parents: tuple[str, ...]
    author: Who
    committer: Who
    message: str


@dataclass(frozen=True, slots=True)
class Entry:
    path: str
    mode: str
    kind: str
    sha: str
    size: int | None


@dataclass(frozen=True, slots=True)
class Change:
    """One file between two trees; `patch` is None for a binary file."""

    path: str
    status: str
    sha: str
    additions: int
    deletions: int
    patch: str | None


class Git:
    def __init__(self, path: Path, *, branch: str = "main") -> None:
        self.path = path
        if not path.exists():
            self("init", "--quiet", "--bare", f"--initial-branch={branch}", str(path))
            self("config", "core.logAllRefUpdates", "true")

    def __call__(self, *arguments: str, stdin: bytes = b"", more: Mapping[str, str] | None = None) -> bytes:
        environment = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
        environment |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C", **(more or {})}
        environment |= {"GIT_DIR": str(self.path)}
        done = subprocess.run(["git", *arguments], input=stdin, env=environment, capture_output=True, check=False)
        if done.returncode:
            raise GitFailed(f"git {' '.join(arguments)}: {done.stderr.decode(errors='replace').strip()}")
        return done.stdout

    def line(self, *arguments: str, stdin: bytes = b"", more: Mapping[str, str] | None = None) -> str:
        return self(*arguments, stdin=stdin, more=more).decode().strip()

    # --- refs ---

    def refs(self, prefix: str = "refs/") -> dict[str, str]:
        """By full name; `prefix` ends where it likes, as GitHub's matching-refs does."""
        lines = self.line("for-each-ref", "--format=%(objectname) %(refname)").splitlines()
        found = (line.split(" ", 1) for line in lines)
        return {name: sha for sha, name in found if name.startswith(prefix)}

    def ref(self, name: str) -> str | None:
        try:
            return self.line("rev-parse", "--verify", "--quiet", f"{name}^{{}}") if name else None
        except GitFailed:
            return None

    # --- objects ---

    def kind(self, sha: str) -> str | None:
        try:
            return self.line("cat-file", "-t", sha)
        except GitFailed:
            return None

    def blob(self, sha: str) -> bytes:
        return self("cat-file", "blob", sha)

    def write_blob(self, content: bytes) -> str:
        return self.line("hash-object", "-w", "--stdin", "--no-filters", stdin=content)

    def entries(self, tree: str, *, recursive: bool = False) -> list[Entry]:
        found = self("ls-tree", "-z", "--long", *(["-r", "-t"] if recursive else []), tree)
        entries = []
        for line in found.split(b"\0")[:-1]:
            facts, _, path = line.partition(b"\t")
            mode, kind, sha, size = facts.decode().split()
            entries.append(Entry(os.fsdecode(path), mode, kind, sha, None if size == "-" else int(size)))
        return entries

    def write_tree(self, base: str | None, changes: Iterable[tuple[str, str, str | None]]) -> str:
        """`base` with (path, mode, sha) put over it; a sha of None takes the path away."""
        with tempfile.TemporaryDirectory(dir=self.path) as folder:
            own = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
            if base is not None:
                self("read-tree", base, more=own)
            trees = []
            lines = b""
            for path, mode, sha in changes:
                if sha is not None and mode == FOLDER:
                    trees.append((path, sha))
                    continue
                lines += f"{'0' if sha is None else mode} {sha or '0' * 40}\t".encode() + os.fsencode(path) + b"\0"
            self("update-index", "--add", "--replace", "-z", "--index-info", stdin=lines, more=own)
            for path, sha in trees:
                self("read-tree", f"--prefix={path}/", sha, more=own)
            return self.line("write-tree", more=own)

    def write_commit(self, tree: str, parents: Iterable[str], message: str, author: Who, committer: Who) -> str:
        arguments = [argument for parent in parents for argument in ("-p", parent)]
        roles = author.environment("AUTHOR") | committer.environment("COMMITTER")
        return self.line("commit-tree", tree, *arguments, "-F", "-", stdin=message.encode(), more=roles)

    def commits(self, shas: Iterable[str]) -> list[Commit]:
        asked = list(shas)
        if not asked:
            return []
        out = self("cat-file", "--batch", stdin="".join(f"{sha}\n" for sha in asked).encode())
        found = []
        for _ in asked:
            head, _, out = out.partition(b"\n")
            sha, kind, size = head.decode().split()
            if kind != "commit":
                raise GitFailed(f"{sha} is a {kind}")
            found.append(_commit(sha, out[: int(size)]))
            out = out[int(size) + 1 :]
        return found

    def commit(self, sha: str) -> Commit:
        return self.commits([sha])[0]

    # --- between two commits ---

    def between(self, base: str, head: str) -> list[str]:
        """The commits that `head` has and `base` has not, oldest first."""
        return self.line("rev-list", "--reverse", "--topo-order", f"{base}..{head}").split()

    def merge_base(self, one: str, other: str) -> str | None:
        try:
            return self.line("merge-base", one, other)
        except GitFailed:
            return None

    def contains(self, whole: str, part: str) -> bool:
        return self.merge_base(whole, part) == part

    def changes(self, base: str, head: str) -> list[Change]:
        """Two-dot; who wants three dots gives the merge base."""
        names = {"A": "added", "D": "removed", "M": "modified", "T": "changed"}
        raw = self("diff-tree", "-r", "-z", "--no-renames", "--raw", "--abbrev=40", base, head).split(b"\0")[:-1]
        found = []
        for facts, path in zip(raw[::2], raw[1::2], strict=True):
            _, _, before, after, status = facts.decode().split()
            name = os.fsdecode(path)
            patch = self.patch(base, head, name)
            lines = (patch or "").splitlines()
            plus, minus = (sum(line.startswith(sign) for line in lines) for sign in "+-")
            found.append(Change(name, names[status], before if status == "D" else after, plus, minus, patch))
        return found

    def patch(self, base: str, head: str, path: str, *, context: int = 3) -> str | None:
        """The hunks alone, as GitHub gives them."""
        out = self("diff-tree", "-p", "--no-renames", f"-U{context}", base, head, "--", f":(literal){path}")
        text = out.decode(errors="replace")
        first = _HUNK.search(text)
        return text[first.start() :].removesuffix("\n") if first else None


def _commit(sha: str, text: bytes) -> Commit:
    head, _, message = text.partition(b"\n\n")
    facts: dict[str, list[str]] = {}
    for line in head.decode(errors="replace").splitlines():
        key, _, value = line.partition(" ")
        facts.setdefault(key, []).append(value)
    author, committer = _who(facts["author"][0]), _who(facts["committer"][0])
    parents = tuple(facts.get("parent", ()))
    return Commit(sha, facts["tree"][0], parents, author, committer, message.decode(errors="replace").rstrip("\n"))


def _who(text: str) -> Who:
    match = _WHO.match(text)
    assert match, text
    return Who(match[1], match[2], datetime.fromtimestamp(int(match[3]), UTC))


@dataclass(frozen=True, slots=True)
class Hunk:
    """Half-open ranges of line numbers on either side."""

    left: range
    right: range


def hunks(patch: str | None) -> Iterator[Hunk]:
    for match in _HUNK.finditer(patch or ""):
        left, more_left, right, more_right = (int(part) if part is not None else 1 for part in match.groups())
        yield Hunk(range(left, left + more_left), range(right, right + more_right))
