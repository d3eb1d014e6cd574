"""What nginx is told and tells. It is not run here."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import documents, made, peers, replica
from bench.peers import Tools
from bench.replica import Asked, Scene, Served

TOOLS = Tools(Path("/bin/hashpin"), Path("/peers"), frozenset({"--jobs"}))


@pytest.fixture(autouse=True)
def _modules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replica, "_modules", lambda: [Path("/modules/lua.so")])


def served(folder: Path, scene: Scene) -> Served:
    return Served(scene, 8080, folder / f"{scene.name}.log", folder / "authority.pem")


def test_a_line_of_the_log() -> None:
    line = "GET\t/pypi/demo/1.0/json\t304\t180\tHTTP/2.0\t\\x22abc\\x22\t7"
    assert replica.read(line) == Asked("GET", "/pypi/demo/1.0/json", 304, 180, "HTTP/2.0", True, "7")
    assert not replica.read("GET\t/\t200\t1\tHTTP/1.1\t-\t7").conditional


def test_only_what_was_asked_since_the_mark(tmp_path: Path) -> None:
    one = served(tmp_path, Scene("plain"))
    one.log.write_text("GET\t/before\t200\t1\tHTTP/1.1\t-\t7\n")
    mark = one.mark()
    with one.log.open("a") as log:
        log.write("GET\t/after\t200\t1\tHTTP/1.1\t-\t7\n")
    assert [asked.path for asked in one.asked(mark)] == ["/after"]


@pytest.mark.parametrize(
    ("scene", "there", "absent"),
    [
        (Scene("a"), ["max-age=600", "listen 127.0.0.1:8080;"], ["ngx.sleep", "limit_rate", "ssl"]),
        (Scene("a", delay=0.03), ["ngx.sleep(0.03)"], []),
        (Scene("a", tls=True), ["listen 127.0.0.1:8080 ssl http2;", "server.pem", "server.key"], []),
        (Scene("a", rate=1000, max_age=1), ["limit_rate 1000;", "max-age=1,"], ["max-age=600"]),
        (Scene("a", release_json=False), ["/[^/]+/json$ { return 404; }", "json$ { try_files $uri =404; }"], []),
    ],
)
def test_what_a_scene_asks_for_is_configured(tmp_path: Path, scene: Scene, there: list[str], absent: list[str]) -> None:
    told = replica.configuration(tmp_path, tmp_path, [served(tmp_path, scene)])
    assert told.count("{") == told.count("}")
    for text in there:
        assert text in told
    for text in absent:
        assert text not in told


def test_documents_of_releases_name_their_own_server(tmp_path: Path) -> None:
    made.one_release(tmp_path, "demo", 3)
    one = served(tmp_path / "work", Scene("plain"))
    replica._addressed(tmp_path, one)
    content = documents.release_path(one.documents, "demo", "1.0").read_text()
    assert content.count("http://127.0.0.1:8080/files/packages/") == 3
    assert documents.HOST not in content


def test_curl_asks_what_hashpin_asked(tmp_path: Path) -> None:
    asked = [Asked("GET", f"/pypi/demo/{n}/json", 200, 1, "HTTP/1.1", False, "1") for n in range(3)]
    command = peers.curl(served(tmp_path, Scene("plain")), asked, tmp_path, 16)
    lines = Path(command.arguments[-1]).read_text().splitlines()
    assert [line for line in lines if line.startswith("url")] == [
        f'url = "http://127.0.0.1:8080/pypi/demo/{n}/json"' for n in range(3)
    ]
    assert lines.count('output = "/dev/null"') == 3
    assert "parallel-max = 16" in lines
    assert "http1.1" in lines


def test_a_hashpin_with_a_cache_runs_cold_without_it(tmp_path: Path) -> None:
    one = served(tmp_path, Scene("plain"))
    caching = Tools(TOOLS.hashpin, TOOLS.peers, TOOLS.switches | {"--no-cache"})
    assert "--no-cache" not in peers.hashpin(TOOLS, one, ["x"]).arguments
    assert "--no-cache" in peers.hashpin(caching, one, ["x"]).arguments
    assert "--no-cache" not in peers.hashpin(caching, one, ["x"], HASHPIN_CACHE_DIR="y").arguments
