"""A commit's files: as GitHub has them and as a checkout has them, and nothing that only looks like them."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from dulwich.object_format import DEFAULT_OBJECT_FORMAT
from dulwich.object_store import DiskObjectStore
from dulwich.objects import Blob, Commit, ObjectID, ShaFile, Tree
from dulwich.pack import load_pack_index, write_pack_index_v2

from hashpin.github.checkout import LocalCommit, _stored
from hashpin.github.commits import RemoteCommit, merge_base, tip
from hashpin.github.connection import Connection, connect
from hashpin.github.refusals import Kind, Refusal, Refused
from hashpin.model import CommittedFile
from hashpin.object_names import object_name
from tests.github.git import EXECUTABLE, FILE, SUBMODULE, SYMLINK, Git, GitFailed, Who
from tests.github.standin import GitHub
from tests.github.store import Repository, World

REPO = "/repos/o/r"
NO_SUCH = "0123456789" * 4
SUB = "ab" * 20

FILES = {
    "requirements.txt": b"six==1.17.0\r\n",
    "run.sh": b"#!/bin/sh\n",
    "link.txt": b"requirements.txt",
    "two words.txt": b"a==1\n",
    "gr\u00f6\u00dfe/\u65e5\u672c.txt": b"b==1\n",
    'odd/"quote"\\back?#%&.txt': b"c==1\n",
    f"{NO_SUCH}/{NO_SUCH}": b"d==1\n",
    "a/b/c/requirements.txt": b"e==1\n",
    "a/b.txt": b"",
    "binary.txt": bytes(range(256)),
}
MODES = {"run.sh": EXECUTABLE, "link.txt": SYMLINK}
ABSENT = [
    *("", "/", ".", "..", "gone.txt", "a", "a/", "a/b", "a/b.txt/x", "a//b.txt", "./a/b.txt", "a/../run.sh", "a\0"),
    *("link.txt/x", "sub/requirements.txt", "Requirements.txt", "requirements.txt\n", "not\udcffutf-8.txt"),
    "gro\u0308\u00dfe/\u65e5\u672c.txt",  # the same to see, in another normal form of Unicode
]


def refused(ask: Callable[[], object]) -> Refusal:
    with pytest.raises(Refused) as caught:
        ask()
    return caught.value.refusal


def same_files(commit: RemoteCommit | LocalCommit) -> None:
    for path, data in FILES.items():
        file = commit.file(path)
        assert file == CommittedFile(MODES.get(path, FILE), object_name("blob", data, NO_SUCH)), path
        assert commit.read(file) == data
    assert commit.file("sub") == CommittedFile(SUBMODULE, SUB)
    for path in ABSENT:
        assert commit.file(path) is None, path


# --- by the API ------------------------------------------------------------


@pytest.fixture
def repository(hub: GitHub) -> Repository:
    made = hub.repository("o/r", FILES, modes=MODES)
    # The stand-in writes blobs; a submodule is the name of a commit that is elsewhere.
    git = made.git
    parent = made.tip("main")
    assert parent is not None
    tree = git.write_tree(parent, [("sub", SUBMODULE, SUB)])
    who = Who("Jo", "jo@example.org", made.world.now())
    made.push("main", git.write_commit(tree, [parent], "Message\n\nwith a body", who, who))
    return made


@pytest.fixture
def connection(hub: GitHub, repository: Repository) -> Connection:
    return connect(hub.api_url, hub.token(repository, {"contents": "read"}), "o/r", 30, pause=0)


@pytest.fixture
def commit(connection: Connection, repository: Repository) -> RemoteCommit:
    return RemoteCommit.read_from(connection, repository.branches["main"])


def asked(hub: GitHub, what: str) -> list[Mapping[str, str]]:
    return [request.query for request in hub.requests if f"/git/{what}/" in request.path]


def test_what_a_commit_says_of_itself(commit: RemoteCommit, repository: Repository) -> None:
    known = repository.git.commit(repository.branches["main"])
    assert (commit.sha, commit.tree, commit.parents) == (known.sha, known.tree, known.parents)
    assert (commit.message, commit.author, commit.by_one) == ("Message\n\nwith a body", "Jo", True)


def test_all_files_are_listed_with_one_question(hub: GitHub, commit: RemoteCommit) -> None:
    same_files(commit)
    assert asked(hub, "trees") == [{"recursive": "1"}]


def test_bytes_are_asked_for_once(hub: GitHub, commit: RemoteCommit) -> None:
    file = commit.file("requirements.txt")
    assert file
    assert commit.read(file) == commit.read(CommittedFile(EXECUTABLE, file.sha)) == FILES["requirements.txt"]
    assert len(asked(hub, "blobs")) == 1


def test_a_listing_that_github_cuts(hub: GitHub, repository: Repository, commit: RemoteCommit) -> None:
    repository.settings.truncate = True
    same_files(commit)
    listings = asked(hub, "trees")
    assert listings[0] == {"recursive": "1"}
    folders = {"/".join(path.split("/")[:depth]) for path in FILES for depth in range(path.count("/") + 1)}
    assert listings[1:] == [{}] * len(folders), "each folder once"


def test_only_the_folders_on_the_way_are_asked_for(hub: GitHub, repository: Repository, commit: RemoteCommit) -> None:
    repository.settings.truncate = True
    assert commit.file("a/b/c/requirements.txt")
    assert commit.file("a/b/c/gone.txt") is None
    assert commit.file("gone/b/c/requirements.txt") is None
    assert len(asked(hub, "trees")) == 1 + 4  # "", a, a/b, a/b/c


def test_a_path_from_the_root_of_the_disk_is_none_of_a_cut_listing(
    repository: Repository, commit: RemoteCommit
) -> None:
    """As a symlink may have it."""
    repository.settings.truncate = True
    assert commit.file("/a/b.txt") is None


def test_a_folder_that_is_cut_itself_is_refused(hub: GitHub, repository: Repository, commit: RemoteCommit) -> None:
    """What is behind the cut would count as not there."""
    repository.settings.truncate = True
    assert commit.file("a/b.txt")
    hub.fail("GET", f"{REPO}/git/trees/*", status=200, body={"tree": [], "truncated": True}, times=-1)
    with pytest.raises(Refused):
        commit.file("a/b/c/requirements.txt")


def test_a_folder_that_cannot_be_asked_for_is_no_missing_file(
    hub: GitHub, repository: Repository, commit: RemoteCommit
) -> None:
    repository.settings.truncate = True
    assert commit.file("a/b.txt")
    hub.fail("GET", f"{REPO}/git/trees/*", status=404)
    assert refused(lambda: commit.file("a/b/c/requirements.txt")).kind is Kind.PERMISSION
    assert commit.file("a/b/c/requirements.txt"), "and asked again"


def blob(content: str, **more: Any) -> dict[str, Any]:
    return {"sha": NO_SUCH, "size": 1, "encoding": "base64", "content": content, **more}


@pytest.mark.parametrize(
    "body",
    [
        blob(base64.b64encode(b"six==6.6.6\n").decode()),
        blob(""),
        blob("====", size=0),
        blob("#six==1.17.0"),
        blob("a"),
        blob("\u00fc\u00fc\u00fc\u00fc"),
        blob("c2l4PT0xLjE3LjANCg==", encoding="utf-8"),
        blob("six==1.17.0\r\n", encoding="none"),
        {"encoding": "base64"},
        {"encoding": "base64", "content": None},
        {"encoding": "base64", "content": ["x"]},
        [],
        None,
        "x",
        1,
    ],
)
def test_bytes_that_are_not_the_commits_are_refused(hub: GitHub, commit: RemoteCommit, body: Any) -> None:
    file = commit.file("requirements.txt")
    assert file
    hub.fail("GET", f"{REPO}/git/blobs/*", status=200, body=json.dumps(body))
    found = refused(lambda: commit.read(file))
    assert found.kind is Kind.FAULT
    assert commit.read(file) == FILES["requirements.txt"], "what was refused is not kept"


def test_a_blob_that_names_another(hub: GitHub, repository: Repository, commit: RemoteCommit) -> None:
    """Right bytes under a wrong name are as little the commit's."""
    right = base64.b64encode(FILES["run.sh"]).decode()
    file = commit.file("requirements.txt")
    assert file
    hub.fail("GET", f"{REPO}/git/blobs/*", status=200, body=blob(right, sha=file.sha))
    assert refused(lambda: commit.read(file)).reason == f"GitHub's answer for blob {file.sha} holds something else"


def entry(**more: Any) -> dict[str, Any]:
    return {"path": "requirements.txt", "mode": FILE, "type": "blob", "sha": NO_SUCH, **more}


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"truncated": False},
        {"tree": None, "truncated": False},
        {"tree": {}, "truncated": False},
        {"tree": [1], "truncated": False},
        {"tree": [entry(), entry(path=None)], "truncated": False},
        {"tree": [entry(mode=100644)], "truncated": False},
        {"tree": [entry(sha=None)], "truncated": False},
        {"tree": [{}], "truncated": False},
    ],
)
@pytest.mark.parametrize("cut", [False, True])
def test_a_listing_that_makes_no_sense(
    hub: GitHub, repository: Repository, commit: RemoteCommit, body: Any, cut: bool
) -> None:
    repository.settings.truncate = cut
    if cut:
        assert commit.file("requirements.txt")
    hub.fail("GET", f"{REPO}/git/trees/*", status=200, body=body, times=2)
    found = refused(lambda: commit.file("a/b.txt"))
    assert (found.kind, found.reason) == (Kind.FAULT, f"GitHub's answer for the tree of {commit.sha} makes no sense")


@pytest.mark.parametrize("truncated", [True, None, "false", 0, 1])
def test_a_listing_that_is_not_said_to_be_whole_is_cut(hub: GitHub, commit: RemoteCommit, truncated: Any) -> None:
    hub.fail("GET", f"{REPO}/git/trees/*", status=200, body={"tree": [], "truncated": truncated})
    assert commit.file("a/b.txt")


def whole(**more: Any) -> dict[str, Any]:
    return {"sha": NO_SUCH, "tree": {"sha": SUB}, "parents": [{"sha": SUB}], "message": "x", **more}


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        whole(sha=SUB),
        whole(sha=None),
        whole(sha=NO_SUCH[:7]),
        whole(tree=None),
        whole(tree={"sha": 1}),
        whole(parents=None),
        whole(parents={"sha": SUB}),
    ],
)
def test_a_commit_that_makes_no_sense(hub: GitHub, connection: Connection, body: Any) -> None:
    hub.fail("GET", f"{REPO}/git/commits/*", status=200, body=body)
    found = refused(lambda: RemoteCommit.read_from(connection, NO_SUCH))
    assert (found.kind, found.reason) == (Kind.FAULT, f"GitHub's answer for commit {NO_SUCH} makes no sense")


@pytest.mark.parametrize("odd", [None, 1, [], {}, {"name": 1, "email": None}, "x"])
def test_who_made_it_may_be_odd(hub: GitHub, connection: Connection, odd: Any) -> None:
    body = whole(author=odd, committer=odd, verification=odd, message=odd if not isinstance(odd, str) else None)
    hub.fail("GET", f"{REPO}/git/commits/*", status=200, body=body)
    found = RemoteCommit.read_from(connection, NO_SUCH)
    assert (found.author, found.message, found.verified, found.parents) == ("", "", None, (SUB,))


@pytest.mark.parametrize(
    ("author", "committer", "by_one"),
    [
        ("jo@example.org", "jo@example.org", True),
        ("jo@example.org", "noreply@github.com", True),
        ("jo@example.org", "eve@example.org", False),
        ("noreply@github.com", "jo@example.org", False),
        ("jo@example.org", "", False),
    ],
)
def test_whether_one_made_it(hub: GitHub, connection: Connection, author: str, committer: str, by_one: bool) -> None:
    body = whole(author={"name": "Jo", "email": author}, committer={"name": "X", "email": committer})
    hub.fail("GET", f"{REPO}/git/commits/*", status=200, body=body)
    assert RemoteCommit.read_from(connection, NO_SUCH).by_one is by_one


def test_parents_that_are_none(hub: GitHub, connection: Connection) -> None:
    hub.fail("GET", f"{REPO}/git/commits/*", status=200, body=whole(parents=[{"sha": SUB}, {}, None, {"sha": 1}]))
    assert RemoteCommit.read_from(connection, NO_SUCH).parents == (SUB,)


def test_all_paths(hub: GitHub, repository: Repository, commit: RemoteCommit) -> None:
    assert sorted(commit.paths()) == sorted([*FILES, "sub"])
    assert commit.file("a/b.txt")
    assert asked(hub, "trees") == [{"recursive": "1"}]


def test_all_paths_are_not_those_of_a_cut_listing(repository: Repository, commit: RemoteCommit) -> None:
    repository.settings.truncate = True
    assert refused(commit.paths).reason == f"GitHub does not list the files of {commit.sha[:12]}: they are too many"
    assert commit.file("a/b.txt")


def test_a_commit_that_is_not_there(connection: Connection) -> None:
    assert refused(lambda: RemoteCommit.read_from(connection, NO_SUCH)).kind is Kind.PERMISSION


def test_where_a_branch_is(hub: GitHub, repository: Repository, connection: Connection) -> None:
    for branch in ("feature/a+b", NO_SUCH, "gr\u00f6\u00dfe#1%"):
        repository.push(branch, repository.branches["main"])
        assert tip(connection, branch) == repository.branches["main"]
    assert tip(connection, "feature") is None
    assert tip(connection, "main/x") is None
    hub.fail("GET", f"{REPO}/git/ref/*", status=200, body={"ref": "refs/heads/main-2", "object": {"sha": SUB}})
    assert refused(lambda: tip(connection, "main")).kind is Kind.FAULT
    hub.fail("GET", f"{REPO}/git/ref/*", status=403)
    assert refused(lambda: tip(connection, "main")).status == 403


def test_where_two_commits_parted(hub: GitHub, repository: Repository, connection: Connection) -> None:
    base = repository.branches["main"]
    one = repository.commit("one", {"a/b.txt": b"1\n"})
    other = repository.commit("other", {"a/b.txt": b"2\n"})
    assert merge_base(connection, one, other) == base
    assert merge_base(connection, one, base) == base
    hub.fail("GET", f"{REPO}/compare/*", status=200, body={"merge_base_commit": None})
    assert merge_base(connection, one, other) is None


# --- by the checkout -------------------------------------------------------


@dataclass(frozen=True)
class Checkout:
    """A folder with `.git` in it. The second commit is `sha`."""

    root: Path
    git: Git
    sha: str
    parent: str

    def commit(self) -> LocalCommit:
        return LocalCommit.read_from(self.root, self.sha)

    def loose(self, sha: str) -> Path:
        path = self.git.path / "objects" / sha[:2] / sha[2:]
        assert path.is_file()
        path.chmod(0o644)
        return path


@pytest.fixture(autouse=True)
def _closed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A store holds its packs open until the run ends; dulwich warns where that is left to the collector."""
    opened: list[DiskObjectStore] = []

    class Kept(DiskObjectStore):
        def __init__(self, path: str) -> None:
            super().__init__(path)
            opened.append(self)

    monkeypatch.setattr("dulwich.object_store.DiskObjectStore", Kept)
    yield
    for store in opened:
        store.close()


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    root = tmp_path / "checkout"
    root.mkdir()
    git = Git(root / ".git")
    who = Who("Jo", "jo@example.org", World(tmp_path).now())
    rows = [(path, MODES.get(path, FILE), git.write_blob(data)) for path, data in FILES.items()]
    parent = git.write_commit(git.write_tree(None, rows), [], "Begin", who, who)
    tree = git.write_tree(parent, [("sub", SUBMODULE, SUB), ("large.txt", FILE, git.write_blob(large(1)))])
    git.write_blob(large(2))
    sha = git.write_commit(tree, [parent], "Go on", who, who)
    git("update-ref", "refs/heads/main", sha)
    return Checkout(root, git, sha, parent)


def large(last: int) -> bytes:
    """Of which git keeps what differs alone."""
    return b"".join(b"project-%d==1.0\n" % number for number in range(400)) + b"%d\n" % last


def test_loose_objects(checkout: Checkout) -> None:
    found = checkout.commit()
    assert (found.sha, found.parents) == (checkout.sha, (checkout.parent,))
    same_files(found)
    assert sorted(found.paths()) == sorted([*FILES, "sub", "large.txt"])
    assert LocalCommit.read_from(checkout.root, checkout.parent).parents == ()


def test_packed_objects_and_what_is_kept_as_a_difference(checkout: Checkout) -> None:
    versions = [checkout.git.write_blob(large(last)) for last in (1, 2)]
    tree = checkout.git.write_tree(checkout.sha, [("large2.txt", FILE, versions[1])])
    checkout.git("update-ref", "refs/keep", tree)
    checkout.git("repack", "-a", "-d", "-q", "-f")
    checkout.git("prune-packed", "-q")
    [index] = (checkout.git.path / "objects" / "pack").glob("*.idx")
    rows = [line.split() for line in checkout.git.line("verify-pack", "--verbose", str(index)).splitlines()]
    assert {row[0] for row in rows if len(row) == 7} & set(versions), "one of them is a delta"
    assert not (checkout.git.path / "objects" / checkout.sha[:2] / checkout.sha[2:]).exists()
    same_files(checkout.commit())
    for last, sha in enumerate(versions, 1):
        assert checkout.commit().read(CommittedFile(FILE, sha)) == large(last)


def test_a_shallow_checkout_does_not_have_what_was_before(checkout: Checkout, tmp_path: Path) -> None:
    checkout.git("clone", "--quiet", "--depth=1", checkout.git.path.as_uri(), str(tmp_path / "shallow"))
    found = LocalCommit.read_from(tmp_path / "shallow", checkout.sha)
    same_files(found)
    assert found.parents == (checkout.parent,), "it is named, and that is all"
    before = refused(lambda: LocalCommit.read_from(tmp_path / "shallow", checkout.parent))
    assert before.kind is Kind.MISSING
    assert before.reason == f"the checkout's history does not have commit {checkout.parent[:12]}"


def test_a_checkout_of_few_blobs(checkout: Checkout, tmp_path: Path) -> None:
    checkout.git("config", "uploadpack.allowFilter", "true")
    few = tmp_path / "few"
    checkout.git("clone", "--quiet", "--no-checkout", "--filter=blob:none", checkout.git.path.as_uri(), str(few))
    found = LocalCommit.read_from(few, checkout.sha)
    file = found.file("requirements.txt")
    assert file
    assert refused(lambda: found.read(file)).reason == f"the checkout's history does not have blob {file.sha[:12]}"


def test_objects_that_lie_elsewhere_are_not_taken(checkout: Checkout, tmp_path: Path) -> None:
    """`objects/info/alternates`: gitrepository-layout."""
    checkout.git("clone", "--quiet", "--shared", "--no-checkout", str(checkout.git.path), str(tmp_path / "shared"))
    there = Git(tmp_path / "shared" / ".git")
    assert there.kind(checkout.sha) == "commit", "for git it is there"
    found = refused(lambda: LocalCommit.read_from(tmp_path / "shared", checkout.sha))
    assert found.kind is Kind.MISSING


def test_no_history(checkout: Checkout, tmp_path: Path) -> None:
    (tmp_path / "worktree").mkdir()
    (tmp_path / "worktree" / ".git").write_text(f"gitdir: {checkout.git.path}\n")
    (tmp_path / "empty" / ".git").mkdir(parents=True)
    for root in (None, tmp_path / "gone", tmp_path / "empty", tmp_path / "worktree"):
        found = refused(lambda root=root: LocalCommit.read_from(root, checkout.sha))  # type: ignore[misc]
        assert (found.kind, found.reason) == (Kind.MISSING, "the checkout has no history")


@pytest.mark.parametrize(
    "name", ["", NO_SUCH, "HEAD", "main", "x" * 40, "\u00fc" * 40, "../../config", "0" * 40, "0" * 64]
)
def test_what_names_no_commit(checkout: Checkout, name: str) -> None:
    assert refused(lambda: LocalCommit.read_from(checkout.root, name)).kind is Kind.MISSING


def test_an_object_of_another_kind(checkout: Checkout) -> None:
    commit = checkout.commit()
    file = commit.file("requirements.txt")
    assert file
    for name in (file.sha, commit.tree):
        assert refused(lambda name=name: LocalCommit.read_from(checkout.root, name)).kind is Kind.MISSING  # type: ignore[misc]
    for name in (commit.tree, commit.sha):
        assert refused(lambda name=name: commit.read(CommittedFile(FILE, name))).kind is Kind.MISSING  # type: ignore[misc]


@pytest.mark.parametrize("which", ["commit", "tree", "folder", "blob"])
@pytest.mark.parametrize("how", ["cut", "garbage", "empty", "flipped"])
def test_a_corrupted_object_is_refused(checkout: Checkout, which: str, how: str) -> None:
    path = checkout.loose(_name(checkout, which))
    data = path.read_bytes()
    flipped = data[:-6] + bytes([data[-6] ^ 1]) + data[-5:]
    path.write_bytes({"cut": data[: len(data) // 2], "garbage": b"x" * 50, "empty": b"", "flipped": flipped}[how])
    assert refused(lambda: _read(checkout)).kind is Kind.MISSING


@pytest.mark.parametrize("which", ["commit", "tree", "folder", "blob"])
@pytest.mark.parametrize("packed", [False, True])
def test_an_object_is_believed_by_its_name_alone(checkout: Checkout, which: str, packed: bool) -> None:
    """Whoever can write into `.git` cannot give other files to the commit."""
    evil, who = checkout.git.write_blob(b"six==6.6.6\n"), checkout.git.commit(checkout.sha).author
    tree = checkout.git.write_tree(checkout.sha, [("a/b/c/requirements.txt", FILE, evil)])
    names = {
        "blob": evil,
        "tree": tree,
        "folder": checkout.git.line("rev-parse", f"{tree}:a"),
        "commit": checkout.git.write_commit(tree, [checkout.parent], "Go on", who, who),
    }
    name = _name(checkout, which)
    if packed:
        checkout.git("update-ref", "refs/evil", names["commit"])
        checkout.git("repack", "-a", "-d", "-q")
        _swap(checkout.git.path, name, names[which])
    else:
        shutil.copyfile(checkout.loose(names[which]), checkout.loose(name))
    found = refused(lambda: _read(checkout))
    assert found.kind is Kind.MISSING
    assert f"{'tree' if which == 'folder' else which} {name[:12]}" in found.reason


@pytest.mark.parametrize("kind", [Blob, Tree, Commit])
def test_a_reader_of_git_that_looks_at_no_name_is_looked_after(kind: type[ShaFile]) -> None:
    """dulwich compares names; that it does in every place and version is not left to it."""
    wrong = Blob.from_string(b"six==6.6.6\n") if kind is Blob else kind()
    if isinstance(wrong, Commit):
        wrong.tree = ObjectID(NO_SUCH.encode())
        wrong.author = wrong.committer = b"Jo <jo@example.org>"
        wrong.author_time = wrong.commit_time = wrong.author_timezone = wrong.commit_timezone = 0
        wrong.message = b"x"
    name = wrong.id.decode()
    assert _stored({name.encode(): wrong}, name, kind.type_name.decode()) is wrong
    found = refused(lambda: _stored({SUB.encode(): wrong}, SUB, kind.type_name.decode()))
    assert found.reason == f"{kind.type_name.decode()} {SUB[:12]} in the checkout's history holds something else"


def _name(checkout: Checkout, which: str) -> str:
    spelled = {"commit": "", "tree": "^{tree}", "folder": ":a", "blob": ":a/b/c/requirements.txt"}[which]
    return checkout.git.line("rev-parse", checkout.sha + spelled)


def _read(checkout: Checkout) -> bytes:
    commit = checkout.commit()
    file = commit.file("a/b/c/requirements.txt")
    assert file
    return commit.read(file)


def _swap(git: Path, one: str, other: str) -> None:
    """Let the pack's index lead to each of two objects under the name of the other."""
    [path] = (git / "objects" / "pack").glob("*.idx")
    pair = bytes.fromhex(one), bytes.fromhex(other)
    turned = {pair[0]: pair[1], pair[1]: pair[0]}
    with closing(load_pack_index(str(path), DEFAULT_OBJECT_FORMAT)) as index:
        rows = sorted((turned.get(bytes(name), bytes(name)), at, crc) for name, at, crc in index.iterentries())
        checksum = index.get_pack_checksum()
    assert checksum
    path.chmod(0o644)
    with path.open("wb") as file:
        write_pack_index_v2(file, rows, checksum)


def test_an_object_that_git_itself_would_not_take(checkout: Checkout) -> None:
    """Named rightly, and still no commit or tree."""
    for kind, data in (
        ("commit", b"x\n"),
        ("commit", b""),
        ("commit", b"tree x\n\n"),
        ("commit", f"tree {_name(checkout, 'tree')}\nparent \xfc\n\n".encode()),
    ):
        sha = checkout.git.line("hash-object", "-t", kind, "--literally", "-w", "--stdin", stdin=data)
        assert refused(lambda sha=sha: LocalCommit.read_from(checkout.root, sha)).kind is Kind.MISSING  # type: ignore[misc]


@pytest.mark.parametrize("data", [b"x", b"100644 a", b"100644 a\0short", b"x a\0" + b"\1" * 20, b"\xff\0" * 30])
def test_a_tree_that_git_itself_would_not_take(checkout: Checkout, data: bytes) -> None:
    tree = checkout.git.line("hash-object", "-t", "tree", "--literally", "-w", "--stdin", stdin=data)
    commit = LocalCommit(checkout.commit().store, checkout.sha, tree, ())
    assert refused(lambda: commit.file("a")).kind is Kind.MISSING


# --- names -----------------------------------------------------------------


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_names_are_those_that_git_gives(tmp_path: Path, algorithm: str) -> None:
    (tmp_path / "git").mkdir()
    git = Git(tmp_path / "git")
    try:
        git("init", "--quiet", "--bare", f"--object-format={algorithm}", str(git.path))
    except GitFailed:
        pytest.skip(f"this git has no {algorithm}")
    like = "0" * {"sha1": 40, "sha256": 64}[algorithm]
    who = Who("J\u00f6", "jo@example.org", World(tmp_path).now())
    blobs = [git.write_blob(data) for data in (b"", b"a\n", b"a\r\n", bytes(range(256)), b"x" * 100_000)]
    tree = git.write_tree(None, [(f"f\u00f6lder/{number}", FILE, sha) for number, sha in enumerate(blobs)])
    commit = git.write_commit(tree, [], "M\u00e4ssage", who, who)
    for kind, names in (("blob", blobs), ("tree", [tree]), ("commit", [commit])):
        for sha in names:
            assert object_name(kind, git("cat-file", kind, sha), like) == sha


def test_a_repository_of_sha_256_is_read_rightly_or_not_at_all(tmp_path: Path) -> None:
    root = tmp_path / "checkout"
    (root / ".git").mkdir(parents=True)
    git = Git(root / ".git")
    try:
        git("init", "--quiet", "--bare", "--object-format=sha256", str(git.path))
    except GitFailed:
        pytest.skip("this git has no sha256")
    who = Who("Jo", "jo@example.org", World(tmp_path).now())
    tree = git.write_tree(None, [("requirements.txt", FILE, git.write_blob(b"six==1.17.0\n"))])
    sha = git.write_commit(tree, [], "Begin", who, who)
    for _ in range(2):
        assert refused(lambda: LocalCommit.read_from(root, sha)).kind is Kind.MISSING
        git("update-ref", "refs/heads/main", sha)
        git("repack", "-a", "-d", "-q")
