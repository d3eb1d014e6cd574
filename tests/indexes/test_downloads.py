"""Digests of files that are downloaded for them, over real HTTP: only of the published file, and within limits."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
from msgspec.structs import replace

from hashpin.indexes import transport
from hashpin.indexes.address import IndexAddress
from hashpin.indexes.client import HttpIndex
from hashpin.indexes.downloads import MOST, Quota
from hashpin.indexes.responses import Unanswered
from hashpin.indexes.sessions import new_session
from hashpin.indexes.transport import Transport
from hashpin.model import Digest, DistributionFile, NoAnswer, Packaging
from tests.loopback import Fault, LoopbackIndex, redirect, status

CONTENT = "what is in the file\n" * 5000
SIZE = len(CONTENT)
NAME = "six-1.0.tar.gz"
PATH = f"/packages/{NAME}"
SIX = {"six": {"releases": {"1.0": [{"filename": NAME, "content": CONTENT}]}}}


def digest(algorithm: str, content: str = CONTENT) -> Digest:
    return Digest(algorithm, hashlib.new(algorithm, content.encode()).hexdigest())


def published(index: LoopbackIndex, url: str | None = "") -> DistributionFile:
    url = f"http://{index.host}{PATH}" if url == "" else url
    return DistributionFile(NAME, Packaging.SDIST, (digest("sha256"),), url=url, size=SIZE)


def client(index: LoopbackIndex, quota: Quota | None = None, seconds: float = 300.0, url: str = "") -> HttpIndex:
    address = IndexAddress.parse(url or index.url)
    return HttpIndex(address, Transport(new_session(4), address, seconds), quota)


def refused(found: object) -> str:
    assert isinstance(found, NoAnswer), found
    return found.reason


@pytest.fixture(autouse=True)
def _hurried(no_waiting: None) -> None:
    """Every test here tries again at once."""


@pytest.fixture
def index() -> Iterator[LoopbackIndex]:
    with LoopbackIndex(SIX) as index:
        yield index


# --- the published file ---


def test_digests_of_the_published_file(index: LoopbackIndex) -> None:
    found = client(index).digests(published(index), {"sha512", "sha384"})
    assert found == (digest("sha256"), digest("sha384"), digest("sha512"))
    assert index.requests == [f"GET {PATH}"]


def test_a_large_file(index: LoopbackIndex) -> None:
    content = "0123456789abcdef" * (3 * 2**16)  # many times what is read at once
    index.projects["six"] = {"releases": {"1.0": [{"filename": NAME, "content": content}]}}
    file = replace(published(index), digests=(digest("sha256", content),), size=len(content))
    assert client(index).digests(file, ["sha512"]) == (digest("sha256", content), digest("sha512", content))


def test_a_file_of_unknown_size(index: LoopbackIndex) -> None:
    file = replace(published(index), size=None)
    assert client(index).digests(file, ["sha512"]) == (digest("sha256"), digest("sha512"))


@pytest.mark.parametrize("size", [SIZE, None])
def test_another_file_than_the_published_one(index: LoopbackIndex, size: int | None) -> None:
    other = CONTENT.replace("what", "that")
    index.projects["six"] = {"releases": {"1.0": [{"filename": NAME, "content": other}]}}
    reason = refused(client(index).digests(replace(published(index), size=size), ["sha512"]))
    assert reason == (
        f"the index's file host serves another file as {NAME} than the index says, "
        f"with {digest('sha256', other)} instead of {digest('sha256')}"
    )


def test_every_published_digest_must_be_right(index: LoopbackIndex) -> None:
    file = replace(published(index), digests=(digest("sha256"), digest("sha384", "another")))
    assert "serves another file" in refused(client(index).digests(file, ["sha512"]))


def test_more_bytes_than_published_are_not_read(index: LoopbackIndex) -> None:
    endless = "0" * 50_000_000  # more than fits into the buffers on the way
    index.projects["six"] = {"releases": {"1.0": [{"filename": NAME, "content": endless}]}}
    reason = refused(client(index).digests(published(index), ["sha512"]))
    assert reason.endswith(f"serves another file than the index says, of more than {SIZE:,} bytes")
    assert index.requests == [f"GET {PATH}"]
    assert index.delivered == []


def test_fewer_bytes_than_published(index: LoopbackIndex) -> None:
    index.projects["six"] = {"releases": {"1.0": [{"filename": NAME, "content": CONTENT[:-1]}]}}
    reason = refused(client(index).digests(published(index), ["sha512"]))
    assert reason.endswith(f"of {SIZE - 1:,} bytes instead of {SIZE:,}")


def test_a_packed_answer_is_taken_as_it_is_sent(index: LoopbackIndex) -> None:
    """As pip takes it: some servers call an archive's own packing an encoding."""
    index.fail("*", Fault(headers={"Content-Encoding": "gzip"}))
    assert client(index).digests(published(index), ["sha512"]) == (digest("sha256"), digest("sha512"))
    assert index.received[0].headers["accept-encoding"] == "identity"


# --- what cannot be fetched ---


def test_no_address(index: LoopbackIndex) -> None:
    assert refused(client(index).digests(published(index, None), ["sha512"])) == (
        f"the index does not say where {NAME} is"
    )


def test_no_published_sha256(index: LoopbackIndex) -> None:
    file = replace(published(index), digests=(digest("sha384"),))
    assert refused(client(index).digests(file, ["sha512"])).startswith(f"the index publishes no sha256 of {NAME}")
    assert index.requests == []


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://index.example/six-1.0.tar.gz",
        "http://[",
        "http:///six-1.0.tar.gz",
        "six-1.0.tar.gz",
        "data:,six",
        "https://169.254.169.254/latest/meta-data/",
        "https://2852039166/",
        "https://0xa9.254.43518/",
        "https://[fe80::1]/",
        "https://[::ffff:169.254.169.254]/",
        "https://0.0.0.0/",
        "https://[::]/",
        "https://224.0.0.1/",
    ],
)
def test_hostile_addresses_are_not_asked(index: LoopbackIndex, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def note(self: requests.Session, url: str, **named: object) -> requests.Response:
        asked.append(url)
        raise requests.exceptions.InvalidURL

    monkeypatch.setattr(requests.Session, "get", note)
    reason = refused(client(index).digests(published(index, url), ["sha512"]))
    assert reason.startswith(f"{NAME} could not be downloaded: the index names ")
    assert asked == []


@pytest.mark.parametrize("url", ["http://localhost/x", "https://127.0.0.1/x", "https://127.1/x", "https://[::1]/x"])
def test_loopback_is_for_an_index_on_loopback(url: str) -> None:
    address = IndexAddress.parse("http://index.example/simple/")
    asking = Transport(new_session(1), address, 300)
    with pytest.raises(Unanswered, match="which is not asked"):
        asking.fetch(url, "*/*", lambda: pytest.fail("asked"))


def test_an_https_index_never_leads_to_http(index: LoopbackIndex) -> None:
    address = IndexAddress.parse("https://index.example/simple/")
    asking = HttpIndex(address, Transport(new_session(1), address, 300))
    reason = refused(asking.digests(published(index), ["sha512"]))
    assert reason == f"{NAME} could not be downloaded: the index names http://{index.host}, which is not asked"
    assert index.requests == []


@pytest.mark.parametrize("code", [403, 404, 410])
def test_a_file_that_is_not_there(index: LoopbackIndex, code: int) -> None:
    index.fail("*", status(code))
    reason = refused(client(index).digests(published(index), ["sha512"]))
    assert reason == f"{NAME} could not be downloaded: the index's file host answered {code}"


def test_an_error_page_in_place_of_the_file(index: LoopbackIndex) -> None:
    index.fail("*", Fault(body=b"<html>please log in</html>"))
    assert "serves another file" in refused(client(index).digests(published(index), ["sha512"]))


# --- patience ---


@pytest.mark.parametrize("fault", [Fault(cut=True), Fault(closed=True), status(503), status(429)])
def test_a_second_try_begins_anew(index: LoopbackIndex, fault: Fault) -> None:
    index.fail("*", fault, times=2)
    assert client(index).digests(published(index), ["sha512"]) == (digest("sha256"), digest("sha512"))
    assert len(index.requests) == 3


def test_a_file_that_is_always_cut_off(index: LoopbackIndex) -> None:
    index.fail("*", Fault(cut=True))
    reason = refused(client(index).digests(published(index), ["sha512"]))
    assert reason == f"{NAME} could not be downloaded: the index's answer was cut off or damaged"


def test_a_large_file_may_take_longer_than_a_document(index: LoopbackIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "_WHOLE_TIMEOUT", -1.0)
    assert isinstance(client(index).digests(published(index), ["sha512"]), tuple)


def test_a_drip_ends_with_the_run(index: LoopbackIndex) -> None:
    index.fail("*", Fault(drip=0.01))
    reason = refused(client(index, seconds=0.3).digests(published(index), ["sha512"]))
    assert reason.startswith(f"{NAME} could not be downloaded: ")
    assert index.delivered == []


def test_a_file_host_that_is_down_does_not_silence_the_index(index: LoopbackIndex) -> None:
    with LoopbackIndex() as files:
        files.fail("*", status(503))
        asking = client(index)
        there = published(index, f"http://{files.host}{PATH}")
        reasons = {refused(asking.digests(there, ["sha512"])) for _ in range(11)}
        assert f"{NAME} could not be downloaded: the index has failed to answer many times in a row" in reasons
        assert isinstance(asking.digests(published(index), ["sha512"]), tuple)


# --- where requests go, and what with ---


def test_a_redirect_on_the_file_host(index: LoopbackIndex) -> None:
    index.fail(PATH, redirect("/packages/other"), times=1)
    index.fail("/packages/other", redirect(PATH))
    assert isinstance(client(index).digests(published(index), ["sha512"]), tuple)


def test_a_redirect_to_another_host(index: LoopbackIndex) -> None:
    with LoopbackIndex(SIX) as other:
        index.fail(PATH, redirect(f"http://{other.host}{PATH}?secret=1"))
        reason = refused(client(index).digests(published(index), ["sha512"]))
        assert reason.endswith(f"the index redirects to http://{other.host}, another host; not followed")
        assert other.requests == []


def test_a_redirect_with_a_backslash_goes_where_all_readers_see_it_go(index: LoopbackIndex) -> None:
    with LoopbackIndex(SIX) as other:
        index.fail(PATH, redirect(f"http://{other.host}\\@{index.host}/packages/nowhere"))
        refused(client(index).digests(published(index), ["sha512"]))
        assert other.requests == []
        assert index.requests[-1] == "GET /packages/nowhere"


@pytest.mark.parametrize("where", ["url", "netrc"])
def test_credentials_stay_with_the_index(where: str) -> None:
    with LoopbackIndex(SIX) as files, LoopbackIndex(credentials=("user", "secret"), files_at=files.host) as index:
        if where == "netrc":
            path = Path.home() / ".netrc"
            path.write_text("machine 127.0.0.1 login user password secret\n")
            path.chmod(0o600)
        url = index.url.replace("//", "//user:secret@") if where == "url" else ""
        asking = client(index, url=url)
        assert isinstance(asking.digests(published(index, f"http://{files.host}{PATH}"), ["sha512"]), tuple)
        assert index.requests == []
        assert ["authorization" in request.headers for request in files.received] == [False]


def test_credentials_go_to_files_on_the_index_itself() -> None:
    with LoopbackIndex(SIX, credentials=("user", "secret")) as index:
        asking = client(index, url=index.url.replace("//", "//user:secret@"))
        assert isinstance(asking.digests(published(index), ["sha512"]), tuple)


def test_what_a_url_holds_is_neither_sent_nor_shown(index: LoopbackIndex) -> None:
    asking = client(index)
    found = asking.digests(published(index, f"http://user:hunter2@{index.host}{PATH}#hunter2"), ["sha512"])
    assert isinstance(found, tuple)
    index.fail("*", status(404))
    reason = refused(asking.digests(published(index, f"http://user:hunter2@{index.host}{PATH}?hunter2"), ["sha512"]))
    assert "hunter2" not in reason
    assert not any("authorization" in request.headers for request in index.received)


# --- how much ---


def test_what_would_be_too_much_is_not_begun(index: LoopbackIndex) -> None:
    reason = refused(client(index, Quota(SIZE - 1)).digests(published(index), ["sha512"]))
    assert reason == f"with {NAME} this run would download more than {SIZE - 1:,} bytes"
    assert index.requests == []


def test_what_a_run_downloads_adds_up(index: LoopbackIndex) -> None:
    asking = client(index, Quota(2 * SIZE + 1))
    found = [asking.digests(published(index), ["sha512"]) for _ in range(3)]
    assert [isinstance(answer, tuple) for answer in found] == [True, True, False]
    assert len(index.requests) == 2


def test_an_unknown_size_counts_as_it_comes(index: LoopbackIndex) -> None:
    index.projects["six"] = {"releases": {"1.0": [{"filename": NAME, "content": "0" * 50_000_000}]}}
    file = replace(published(index), size=None)
    reason = refused(client(index, Quota(SIZE)).digests(file, ["sha512"]))
    assert reason == f"{NAME} could not be downloaded: this run would download more than {SIZE:,} bytes"
    assert index.delivered == []


def test_the_bytes_of_every_try_count(index: LoopbackIndex) -> None:
    index.fail("*", Fault(cut=True))
    reason = refused(client(index, Quota(SIZE + SIZE // 4)).digests(published(index), ["sha512"]))
    assert reason == f"{NAME} could not be downloaded: this run would download more than {SIZE + SIZE // 4:,} bytes"
    assert len(index.requests) == 3


def test_what_is_not_read_is_given_back(index: LoopbackIndex) -> None:
    index.fail("*", status(404), times=1)
    asking = client(index, Quota(SIZE))
    assert isinstance(asking.digests(published(index), ["sha512"]), NoAnswer)
    assert isinstance(asking.digests(published(index), ["sha512"]), tuple)


def test_several_threads_share_what_is_left() -> None:
    quota = Quota(1000)
    with ThreadPoolExecutor(8) as pool:
        taken = sum(pool.map(lambda _: quota.take(3), range(1000)))
    assert taken == 333


def test_the_limit_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    from hashpin.options import parser

    with pytest.raises(SystemExit):
        parser().parse_args(["check", "--help"])
    assert f"up to {Quota()} in a run" in " ".join(capsys.readouterr().out.split())
    assert f"{MOST / 2**30:g} GiB" == str(Quota())


def test_nothing_is_kept(index: LoopbackIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    client(index).digests(published(index), ["sha512"])
    assert list(tmp_path.iterdir()) == []
    assert list(Path.home().iterdir()) == []
