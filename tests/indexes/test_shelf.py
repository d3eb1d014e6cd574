"""What a client asks, and what it does not ask any more, by the log of the index."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from packaging.utils import canonicalize_name

from hashpin.indexes.address import IndexAddress
from hashpin.indexes.cache import Cache
from hashpin.indexes.cache_folder import Place
from hashpin.indexes.client import HttpIndex
from hashpin.indexes.sessions import new_session
from hashpin.indexes.shelf import Shelf
from hashpin.indexes.transport import Transport
from hashpin.model import Answer, NoAnswer, NoSuchProject, Project, Release
from tests.loopback import Fault, LoopbackIndex, ProjectData, of_project, redirect, status, truncated

DEMO = canonicalize_name("demo")
DIGEST, OTHER = "a" * 64, "b" * 64
METADATA = "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\nRequires-Dist: other\n"
WHEEL: Mapping[str, Any] = {"filename": "demo-1.0-py3-none-any.whl", "sha256": DIGEST, "requires_dist": None}
PROJECTS: Mapping[str, ProjectData] = {
    "demo": {"releases": {"1.0": [WHEEL], "2.0": [{"filename": "demo-2.0.tar.gz", "sha256": OTHER}]}},
    "pip": {"releases": {"1": [{"filename": "pip-1.tar.gz", "sha256": OTHER}]}},
}

Client = Callable[..., HttpIndex]


@pytest.fixture
def index() -> Iterator[LoopbackIndex]:
    with LoopbackIndex(PROJECTS) as index:
        yield index


@pytest.fixture
def run(index: LoopbackIndex, tmp_path: Path) -> Client:
    """A client as one run after another makes it, of the same cache."""

    caches: list[Cache] = []

    def begin(url: str = "", later: float = 0.0, shared: bool = False, **environ: str) -> HttpIndex:
        for earlier in caches:
            earlier.flush()
            assert earlier.fault is None
        address = IndexAddress.parse(url or index.url)
        caches.append(Cache(Place(tmp_path / "hashpin", shared=shared), lambda: time.time() + later))
        transport = Transport(new_session(2), address, 30)
        return HttpIndex(address, transport, shelf=Shelf(address, caches[-1], environ))

    return begin


def asked(index: LoopbackIndex, since: int = 0) -> list[tuple[str, bool]]:
    """The requests since then, each with whether it was a conditional one."""
    return [(request.path, "if-none-match" in request.headers) for request in index.received[since:]]


def release(client: HttpIndex, version: str = "1.0") -> Answer:
    return client.releases(DEMO, [version])[version]


def test_what_is_fresh_is_not_asked_for(index: LoopbackIndex, run: Client) -> None:
    first = release(run())
    assert isinstance(first, Release)
    assert release(run()) == first
    assert asked(index) == [("/pypi/demo/1.0/json", False)]


def test_what_is_stale_is_asked_for_by_its_etag(index: LoopbackIndex, run: Client) -> None:
    first = release(run())
    since = len(index.received)
    assert release(run(later=601)) == first
    assert release(run(later=602)) == first  # the 304 has made it fresh again
    assert asked(index, since) == [("/pypi/demo/1.0/json", True)]


def test_what_became_another_replaces_what_was(index: LoopbackIndex, run: Client) -> None:
    first = release(run())
    index.projects["demo"] = {"releases": {"1.0": [{**WHEEL, "sha256": OTHER}]}}
    assert release(run()) == first  # as long as the index itself has said
    second = release(run(later=601))
    assert second != first
    assert release(run(later=601)) == second
    assert len(index.received) == 2


@pytest.mark.parametrize(
    ("cache_control", "conditional"),
    [("max-age=0", True), ("no-cache", True), ("no-store", False), ("", True), ("max-age=600; no-store", False)],
)
def test_what_the_index_wants_asked_is_asked(
    index: LoopbackIndex, run: Client, cache_control: str, conditional: bool
) -> None:
    index.cache_control = cache_control
    assert release(run()) == release(run())
    assert asked(index) == [("/pypi/demo/1.0/json", False), ("/pypi/demo/1.0/json", conditional)]


def test_an_answer_that_is_old_when_it_comes_has_lived_for_that_long(index: LoopbackIndex, run: Client) -> None:
    index.fail("*", Fault(headers={"Age": "599"}))
    release(run())
    assert isinstance(release(run(later=2)), Release)
    assert len(index.received) == 2


def test_pages_are_kept_too(index: LoopbackIndex, run: Client) -> None:
    index.fail("/pypi/*", status(404))
    first = release(run())
    since = len(index.received)
    assert release(run()) == first
    assert asked(index, since) == [("/pypi/demo/1.0/json", False)]  # an absence is never kept
    since = len(index.received)
    assert release(run(later=601)) == first
    assert asked(index, since)[-1] == ("/simple/demo/", True)


@pytest.mark.parametrize("code", [404, 410, 401, 403, 500])
def test_absences_and_errors_are_never_kept(index: LoopbackIndex, run: Client, no_waiting: None, code: int) -> None:
    index.fail("*", status(code))
    assert not isinstance(release(run()), Release)
    run().project(DEMO)
    since = len(index.received)
    assert not isinstance(release(run()), Release)
    assert ("/pypi/demo/1.0/json", False) in asked(index, since)
    assert not isinstance(release(run(later=601)), Release)
    assert not any(conditional for _, conditional in asked(index))


def test_what_is_gone_when_it_is_asked_for_again_is_gone(index: LoopbackIndex, run: Client) -> None:
    release(run())
    index.projects.clear()
    assert isinstance(release(run(later=601)), NoSuchProject)
    since = len(index.received)
    assert isinstance(release(run()), NoSuchProject)  # the row is gone, too, though its time is not up
    assert asked(index, since)[0] == ("/pypi/demo/1.0/json", False)


def test_what_would_be_an_error_is_asked_past_the_cache(index: LoopbackIndex, run: Client) -> None:
    for _ in range(2):
        since = len(index.received)
        assert isinstance(run().project(DEMO), Project)
        assert asked(index, since) == [("/pypi/demo/json", False), ("/simple/demo/", False)]
        assert all(r.headers.get("cache-control") == "no-cache" for r in index.received[since:])


def test_what_came_past_the_cache_replaces_what_is_there(index: LoopbackIndex, run: Client) -> None:
    index.fail("/pypi/*", status(404))
    release(run())
    index.projects["demo"] = {"releases": {"1.0": [{**WHEEL, "sha256": OTHER}]}}
    run().project(DEMO)
    found = release(run())
    assert isinstance(found, Release)
    assert found.files[0].digests[0].value == OTHER


def test_what_is_in_doubt_is_forgotten_even_where_no_answer_comes(
    index: LoopbackIndex, run: Client, no_waiting: None
) -> None:
    index.fail("/pypi/*", status(404))
    release(run())
    index.fail("/simple/*", status(500), times=4)
    run().project(DEMO)
    since = len(index.received)
    release(run())
    assert ("/simple/demo/", False) in asked(index, since)


def test_what_is_kept_proves_nothing_of_who_answers_today(index: LoopbackIndex, run: Client, no_waiting: None) -> None:
    release(run())
    index.fail("*", status(404))
    client = run()
    assert isinstance(release(client), Release)
    assert not client.is_one()


def test_what_was_kept_is_asked_for_again_to_prove_an_index(index: LoopbackIndex, run: Client) -> None:
    release(run())
    del index.projects["pip"]
    client = run()
    release(client)
    assert client.is_one()  # as without a cache, where it has just answered for demo


def test_a_broken_answer_is_not_kept_and_takes_nothing_away(index: LoopbackIndex, run: Client) -> None:
    for fault in (truncated(), of_project("other")):
        index.fail("*", fault, times=1)
        assert isinstance(release(run()), NoAnswer)
    assert isinstance(release(run()), Release)


def test_a_304_that_nobody_asked_for_is_no_answer(index: LoopbackIndex, run: Client) -> None:
    index.fail("*", status(304))
    assert isinstance(release(run()), NoAnswer)


def test_what_came_by_a_redirect_is_not_kept(index: LoopbackIndex, run: Client) -> None:
    index.fail("/pypi/demo/1.0/json", redirect("/pypi/DEMO/../demo/1.0/json?moved"), times=2)
    assert release(run()) == release(run())
    assert not any(conditional for _, conditional in asked(index))
    assert len(index.received) == 4


def test_an_etag_goes_nowhere_else(index: LoopbackIndex, run: Client) -> None:
    release(run())
    index.fail("/pypi/demo/1.0/json", redirect("/pypi/demo/2.0/json"), times=1)
    since = len(index.received)
    assert isinstance(release(run(later=601)), NoAnswer)
    assert asked(index, since) == [("/pypi/demo/1.0/json", True), ("/pypi/demo/2.0/json", False)]


def test_one_users_answers_are_not_anothers(index: LoopbackIndex, run: Client, tmp_path: Path) -> None:
    host = index.host
    netrc = tmp_path / "netrc"
    netrc.write_text(f"machine {host.partition(':')[0]} login user password third\n")
    netrc.chmod(0o600)
    urls = [f"http://{who}@{host}/simple/" for who in ("user:one", "user:two", "other:one")]
    for _ in range(2):
        for url in urls:
            release(run(url))
        release(run())
        release(run(NETRC=str(netrc)))
    assert len(index.received) == 5
    run()
    written = b"".join(path.read_bytes() for path in (tmp_path / "hashpin").iterdir())
    assert not any(secret in written for secret in (b"user:", b"one@", b"third", b"password"))


def test_what_a_user_alone_may_see_is_not_kept_where_others_read(index: LoopbackIndex, run: Client) -> None:
    release(run(f"http://user:one@{index.host}/simple/", shared=True))
    release(run(f"http://user:one@{index.host}/simple/", shared=True))
    index.cache_control = "private, max-age=600"
    release(run(shared=True))
    release(run(shared=True))
    assert len(index.received) == 4
    index.cache_control = "max-age=600"
    release(run(shared=True))
    release(run(shared=True))
    assert len(index.received) == 5


def test_what_came_unencrypted_is_not_kept(index: LoopbackIndex, run: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hashpin.indexes.shelf._LOOPBACK", ())
    assert release(run()) == release(run())
    assert len(index.received) == 2


def test_another_hashpin_may_read_other_things_from_an_answer(
    index: LoopbackIndex, run: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    release(run())
    monkeypatch.setattr("hashpin.indexes.shelf.__version__", "99")
    release(run())
    assert len(index.received) == 2


def needs(client: HttpIndex) -> object:
    found = release(client)
    assert isinstance(found, Release)
    return client.requires(found)


@pytest.mark.parametrize("advertised", [True, False])
def test_core_metadata_is_kept(index: LoopbackIndex, run: Client, advertised: bool) -> None:
    index.projects["demo"] = {"releases": {"1.0": [{**WHEEL, "metadata": METADATA, "advertised": advertised}]}}
    for _ in range(2):
        assert needs(run()) == ("other",)
    assert len(index.received) == 2
    since = len(index.received)
    assert needs(run(later=601)) == ("other",)
    paths = [("/pypi/demo/1.0/json", True), ("/packages/demo-1.0-py3-none-any.whl.metadata", True)]
    assert asked(index, since) == paths[: 1 if advertised else 2]  # what has a digest cannot become another


def test_core_metadata_that_is_another_is_asked_for(index: LoopbackIndex, run: Client) -> None:
    index.projects["demo"] = {"releases": {"1.0": [{**WHEEL, "metadata": METADATA}]}}
    needs(run())
    changed = METADATA.replace("other", "another")
    index.projects["demo"] = {"releases": {"1.0": [{**WHEEL, "metadata": changed}]}}
    assert needs(run(later=601)) == ("another",)


def test_a_lack_of_core_metadata_is_not_kept(index: LoopbackIndex, run: Client) -> None:
    needs(run())
    index.projects["demo"] = {"releases": {"1.0": [{**WHEEL, "metadata": METADATA, "advertised": False}]}}
    assert needs(run()) == ("other",)
