"""Two indexes on loopback, one of them private: who is asked, for what, with which credentials."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.console import Ran, run
from tests.loopback import LoopbackIndex
from tests.test_action import run as run_action

USER, SECRET = "deploy", "s3cr3t"
BASIC = "Basic " + base64.b64encode(f"{USER}:{SECRET}".encode()).decode()


def files(name: str, version: str, seed: str = "") -> list[dict[str, Any]]:
    stem = name.replace("-", "_")
    return [
        {
            "filename": f"{stem}-{version}{ending}",
            "sha256": hashlib.sha256(f"{seed}{name}{version}{ending}".encode()).hexdigest(),
            "uploaded": "2024-03-01T12:00:00Z",
        }
        for ending in ("-py3-none-any.whl", ".tar.gz")
    ]


def line(name: str, version: str, seed: str = "") -> str:
    hashes = "".join(f" --hash=sha256:{entry['sha256']}" for entry in files(name, version, seed))
    return f"{name}=={version}{hashes}\n"


@dataclass
class Two:
    public: LoopbackIndex
    private: LoopbackIndex

    @property
    def url(self) -> str:
        """The private one's, with credentials."""
        return self.private.url.replace("://", f"://{USER}:{SECRET}@")


@pytest.fixture
def two() -> Iterator[Two]:
    public = {"six": {"releases": {"1.0": files("six", "1.0")}}}
    private = {"acme-core": {"releases": {v: files("acme-core", v) for v in ("1.0", "2.0")}}}
    with LoopbackIndex(public) as one, LoopbackIndex(private, credentials=(USER, SECRET)) as other:
        yield Two(one, other)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    here = tmp_path / "workspace"
    (here / ".git").mkdir(parents=True)
    monkeypatch.chdir(here)
    return here


def check(text: str, two: Two, *options: str, pip_extra: str = "") -> Ran:
    Path("requirements.txt").write_text(text)
    return run("check", "--index-url", two.public.url, *options, PIP_EXTRA_INDEX_URL=pip_extra)


def nothing_leaked(two: Two, *texts: str) -> None:
    """Neither the credentials to the other host, nor the project's name, nor either of them to any output."""
    assert two.public.received, "a control: it was asked"
    for request in two.public.received:
        assert "authorization" not in request.headers
        assert "acme" not in request.path
    assert all(request.headers.get("authorization") == BASIC for request in two.private.received)
    for text in texts:
        assert SECRET not in text
        assert BASIC not in text


BOTH = line("six", "1.0") + line("acme-core", "1.0")


def test_a_bound_project_is_found_there_and_asked_nowhere_else(two: Two) -> None:
    got = check(BOTH, two, "--index-for", f"acme-*={two.url}")
    assert (got.code, got.out) == (0, "1 file, 2 pins, 4 hashes: no findings\n")
    nothing_leaked(two, got.out, got.err)
    assert not any("six" in path for path in two.private.requests), "nor does it learn of the others"


def test_what_a_flag_binds_leaves_bound_what_the_configuration_binds(two: Two) -> None:
    Path("hashpin.toml").write_text(f'[index-for]\n"acme-*" = "{two.private.url}"\n')
    got = check(BOTH, two, "--index-for", f"other-*={two.url}")
    assert got.code == 0
    nothing_leaked(two, got.out, got.err)


def test_an_address_that_readers_take_for_two_is_trusted_by_nobody(two: Two) -> None:
    host = two.private.host
    for text in (f"http://evil.example\\\\@{host}/simple/", f"http://evil.example?@{host}/simple/"):
        got = check(f"--extra-index-url {text}\nsix==1.0\n", two, "--extra-index-url", two.url)
        assert "file-index" in got.out, text


def test_the_same_by_the_configuration(two: Two) -> None:
    Path("hashpin.toml").write_text(f'[index-for]\n"acme-*" = "{two.private.url}"\n')
    got = check(BOTH, two, "--extra-index-url", two.url)
    assert got.code == 0
    nothing_leaked(two, got.out, got.err)


def test_even_where_everything_about_it_is_wrong(two: Two) -> None:
    """What is absent, forged or of another version makes hashpin ask again and more: never elsewhere."""
    forged = f"acme-core==1.0 --hash=sha256:{'0' * 64}\nacme-gone==1.0 --hash=sha256:{'0' * 64}\n"
    bumped = line("acme-core", "1.0").replace("==1.0", "==2.0")
    for text in (forged, bumped, line("acme-core", "9.0")):
        got = check(line("six", "1.0") + text, two, "--index-for", f"acme-*={two.url}")
        assert got.code == 1
        nothing_leaked(two, got.out, got.err)


def test_extra_indexes_vouch_together(two: Two) -> None:
    got = check(BOTH, two, "--extra-index-url", two.url)
    assert got.code == 0
    assert any("acme" in path for path in two.public.requests), "not bound, so its name is asked everywhere, as by pip"
    assert all("authorization" not in request.headers for request in two.public.received)


def test_the_finding_says_which_index_it_is_by(two: Two) -> None:
    bumped = line("acme-core", "1.0").replace("==1.0", "==2.0")
    got = check(bumped, two, "--extra-index-url", two.url, "--format", "json")
    finding = json.loads(got.out)["findings"][0]
    assert (finding["rule"], finding["explanation"]) == ("unknown-hash", "other-version")
    assert finding["index"] == two.private.url
    assert f"(acme-core 2.0 is on {two.private.url})" in finding["message"]


def test_what_two_indexes_have_under_one_name_is_listed_by_nobody_on_their_own(two: Two) -> None:
    """A stranger may have registered the private project's name: their files must not come in by a safe fix."""
    two.public.projects["acme-core"] = {"releases": {"1.0": files("acme-core", "1.0", "stranger's")}}
    bare = line("six", "1.0") + "acme-core==1.0\n"
    got = check(bare, two, "--extra-index-url", two.url)
    assert "bind it to the one that is meant (--index-for)" in got.out
    options = ("--index-url", two.public.url)
    assert run("fix", *options, "--extra-index-url", two.url).code == 1
    assert Path("requirements.txt").read_text() == bare
    assert run("fix", *options, "--index-for", f"acme-core={two.url}").code == 0
    fixed = Path("requirements.txt").read_text()
    assert [entry["sha256"] in fixed for entry in files("acme-core", "1.0")] == [True, True]
    assert not any(entry["sha256"] in fixed for entry in files("acme-core", "1.0", "stranger's"))


def test_a_bump_to_what_only_another_index_has_is_corrected_by_nobody_on_their_own(two: Two) -> None:
    """The pinned hashes are of the private project; the version that is pinned now is a stranger's."""
    two.public.projects["acme-core"] = {"releases": {"9.0": files("acme-core", "9.0", "stranger's")}}
    bumped = line("acme-core", "1.0").replace("==1.0", "==9.0")
    got = check(bumped, two, "--extra-index-url", two.url, "--format", "json")
    assert {(f["explanation"], f["fix"]) for f in json.loads(got.out)["findings"]} == {("other-version", "unsafe")}
    assert run("fix", "--index-url", two.public.url, "--extra-index-url", two.url).code == 1
    assert Path("requirements.txt").read_text() == bumped
    assert run("hash", "--index-url", two.public.url, "--extra-index-url", two.url, "acme-core==9.0").code == 0


def test_what_another_index_adds_to_a_right_pin_is_listed_by_nobody_on_their_own(two: Two) -> None:
    wheel, sdist = files("acme-core", "1.0")
    two.public.projects["acme-core"] = {"releases": {"1.0": [{**sdist, "sha256": "0" * 64}]}}
    right = f"acme-core==1.0 --hash=sha256:{wheel['sha256']} --hash=sha256:{sdist['sha256']}\n"
    check(right, two)
    run("fix", "--index-url", two.public.url, "--extra-index-url", two.url)
    assert Path("requirements.txt").read_text() == right
    got = run("hash", "--index-url", two.public.url, "--extra-index-url", two.url, "acme-core==1.0")
    assert (got.code, got.out) == (1, "")
    assert "on two indexes" in got.err


def test_a_name_is_bound_once(two: Two) -> None:
    got = check(BOTH, two, "--index-for", f"acme-core={two.url}", "--index-for", f"Acme.Core={two.public.url}")
    assert got.code == 2
    assert "acme-core is bound twice" in got.err
    assert SECRET not in got.err


def test_an_index_that_only_the_file_names_vouches_for_nothing(two: Two) -> None:
    text = f"--extra-index-url {two.private.url}\n{BOTH}"
    got = check(text, two)
    assert got.code == 1
    assert "unknown-project" in got.out
    assert "file-index" in got.out
    assert two.private.received == [], "a stranger's line asks nobody"
    assert check(text, two, "--extra-index-url", two.url).out == "1 file, 2 pins, 4 hashes: no findings\n"


def test_without_credentials_nothing_is_checked(two: Two) -> None:
    got = check(BOTH, two, "--index-for", f"acme-*={two.private.url}")
    assert got.code == 3
    assert "wants other credentials" in got.out
    assert "acme" not in "".join(two.public.requests), "it is not asked elsewhere instead"


def test_pips_variables(two: Two) -> None:
    got = check(BOTH, two, pip_extra=two.url)
    assert got.code == 0
    assert check(BOTH, two, "--extra-index-url", two.public.url, pip_extra=two.url).code == 1, "a flag first"


def test_a_folder_in_pips_variable_is_told_and_not_asked(two: Two) -> None:
    got = check(line("six", "1.0"), two, pip_extra=f"file:///srv/packages {two.url}")
    assert (got.code, got.err) == (
        0,
        "PIP_EXTRA_INDEX_URL: file:///srv/packages is no http or https address, and is not asked\n",
    )


def test_offline_what_is_named_is_trusted_too(two: Two) -> None:
    text = f"--extra-index-url {two.private.url}\nsix==1.0\n"
    assert "file-index" in check(text, two, "--offline").out
    assert "file-index" not in check(text, two, "--offline", "--extra-index-url", two.url).out


def test_hash_asks_where_the_configuration_says(two: Two) -> None:
    Path("hashpin.toml").write_text(f'[index-for]\n"acme-*" = "{two.private.url}"\n')
    options = ("--index-url", two.public.url, "--extra-index-url", two.url)
    got = run("hash", *options, "acme-core==1.0", "six==1.0")
    assert got.code == 0
    assert got.out.count("--hash") == 4
    nothing_leaked(two, got.out, got.err)


# --- in the action ---------------------------------------------------------


def act(two: Two, **inputs: str) -> Any:
    got = run_action(BOTH, index_url=two.public.url, **inputs)
    shown = got.log.replace(f"::add-mask::{SECRET}\n", "").replace(f"::add-mask::{USER}\n", "")
    return got, shown + got.summary + json.dumps(got.outputs)


def test_the_action_by_its_input(two: Two) -> None:
    got, shown = act(two, extra_index_urls=f"acme-* {two.url}")
    assert got.code == 0
    assert f"::add-mask::{SECRET}" in got.log
    nothing_leaked(two, shown)


def test_the_action_by_a_configuration_that_does_not_count(two: Two) -> None:
    """A pull request may have written it: what it binds is asked of nobody, unless the workflow binds it, too."""
    Path("hashpin.toml").write_text(f'[index-for]\n"acme-*" = "{two.private.url}"\n')
    got, shown = act(two)
    assert got.code == 3
    assert "bind it in the workflow (extra-index-urls: NAME URL)" in shown
    got, shown = act(two, extra_index_urls=two.url)
    assert got.code == 3
    assert not any("acme" in path for path in (*two.public.requests, *two.private.requests))
    got, shown = act(two, extra_index_urls=f"acme-* {two.url}")
    assert got.code == 0
    nothing_leaked(two, shown)


@pytest.mark.parametrize("lines", ["a b c", "six ftp://index.example/", "file:///srv"])
def test_what_the_input_does_not_take(two: Two, lines: str) -> None:
    got, _ = act(two, extra_index_urls=lines)
    assert got.code == 2


def test_secrets_are_masked_before_anything_is_shown(two: Two) -> None:
    wrong = two.url.replace("http:", "gopher:")
    got, _ = act(two, extra_index_urls=f"{two.url}\n{wrong}")
    assert got.code == 2
    assert got.log.startswith("::add-mask::")
    assert SECRET not in got.log.split("\n", 4)[-1]
