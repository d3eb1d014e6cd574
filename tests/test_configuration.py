"""The configuration: every key and every way to write it wrong, where it is found, and what goes before it."""

from __future__ import annotations

import contextlib
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hashpin import configuration, files, platforms
from hashpin.configuration import Configuration
from hashpin.errors import UsageError
from hashpin.model import Coverage, Policy, Severity, Source
from hashpin.rules import PAGES
from hashpin.wishes import Wishes
from tests.console import Ran, run
from tests.property.strategies import searched

WEAK = "a==1 --hash=md5:00\n"


def parsed(text: str, path: str = "hashpin.toml") -> Configuration:
    found = configuration.parse(Source(path, text))
    assert found is not None
    return found


def refused(text: str, path: str = "hashpin.toml") -> str:
    with pytest.raises(UsageError) as caught:
        configuration.parse(Source(path, text))
    return str(caught.value)


NOW = datetime(2026, 11, 22, tzinfo=UTC)


def policy_of(configuration: Configuration, given: Wishes | None = None, trusted: bool = True) -> Policy:
    return configuration.policy(given or Wishes(), (), NOW, trusted)


def check(*options: str) -> Ran:
    """A run without an index, which is no traceback and no fault of our own, whatever the configuration."""
    got = run("check", "--offline", *options)
    assert "Traceback" not in got.out + got.err
    assert "internal error" not in got.err
    return got


# --- the keys --------------------------------------------------------------

EVERYTHING = """\
exclude = ["old/*", "vendor"]
fail-on = "warning"
require-hashes = true
coverage = "all"
min-age = 7
require-platforms = ["linux/amd64"]
download = "never"
index-url = "https://index.example/simple/"
extra-index-urls = ["https://packages.index.example/simple/"]

[index-for]
"Acme_*" = "https://packages.index.example/simple/"

[severity]
weak-hash = "note"
missing-hash = "off"
unused-allowance = "error"

[[allow]]
rule = "weak-hash"
project = "Some.Project"
reason = "own build"

[[ allow ]]
rule = "unknown-hash"
project = "other"
reason = '''
two
lines'''
path = "requirements/*"
"""


def test_every_key() -> None:
    got = parsed(EVERYTHING)
    assert got.wishes.exclude == ("old/*", "vendor")
    assert got.wishes == Wishes(
        exclude=("old/*", "vendor"),
        fail_on="warning",
        require_hashes=True,
        coverage=Coverage.ALL,
        min_age=7,
        platforms=(platforms.parse("linux/amd64"),),
        download=False,
        index_url="https://index.example/simple/",
        extra_index_urls=("https://packages.index.example/simple/",),
        index_for={"acme-*": "https://packages.index.example/simple/"},
    )
    policy = policy_of(got)
    assert policy.coverage is Coverage.ALL
    assert policy.young_since == NOW - timedelta(days=7)
    assert policy.platforms == (platforms.parse("linux/amd64"),)
    assert got.severities == {"weak-hash": Severity.NOTE, "missing-hash": None, "unused-allowance": Severity.ERROR}
    assert [(a.rule, a.project, a.reason, a.glob, a.path) for a in got.allowances] == [
        ("weak-hash", "some-project", "own build", None, "hashpin.toml"),
        ("unknown-hash", "other", "two\nlines", "requirements/*", "hashpin.toml"),
    ]
    assert [allowance.span.of(EVERYTHING) for allowance in got.allowances] == ["[[allow]]", "[[ allow ]]"]


def test_what_is_no_platform() -> None:
    assert refused("require-platforms = ['plan9/vax']").startswith("hashpin.toml: require-platforms names no platform:")


def test_the_same_in_pyproject() -> None:
    head, bound, severity, *entries = EVERYTHING.replace("[[ allow ]]", "[[allow]]").split("\n[")
    text = "\n[".join((f"[project]\nname = 'x'\n[tool.hashpin]\n{head}", bound, severity, *entries))
    text = (
        text.replace("[index-for]", "[tool.hashpin.index-for]")
        .replace("[severity]", "[tool.hashpin.severity]")
        .replace("[[allow]]", "[[tool . hashpin.allow]]")
    )
    got, alone = parsed(text, "a/pyproject.toml"), parsed(EVERYTHING)
    assert got.wishes == alone.wishes
    assert got.severities == alone.severities
    assert [(a.rule, a.project, a.reason, a.glob) for a in got.allowances] == [
        (a.rule, a.project, a.reason, a.glob) for a in alone.allowances
    ]
    assert {allowance.span.of(text) for allowance in got.allowances} == {"[[tool . hashpin.allow]]"}


def test_an_empty_one_says_nothing() -> None:
    got = parsed("# nothing\n")
    assert got == Configuration(Source("hashpin.toml", "# nothing\n"))
    assert policy_of(got) == Policy(configuration=got.source)
    assert policy_of(Configuration(), trusted=False) == Policy(trusted=False)
    assert parsed("[tool.hashpin]\n", "pyproject.toml").wishes.exclude is None
    assert parsed("[tool.hashpin]\nexclude = []\n", "pyproject.toml").wishes.exclude == ()


def test_entries_that_are_spelled_inline_stand_at_the_top() -> None:
    got = parsed("allow = [{rule = 'weak-hash', project = 'a', reason = 'why'}]\n")
    assert [(a.project, a.span.start, a.span.end) for a in got.allowances] == [("a", 0, 0)]
    text = "x = '''\n[[allow]]\n'''\n[[allow]]\nrule = 'weak-hash'\nproject = 'a'\nreason = 'why'\n"
    got = parsed(text.replace("x = ", "exclude = [").replace("\n'''\n", "\n''']\n"))
    assert [(a.span.start, a.span.end) for a in got.allowances] == [(0, 0)]


@pytest.mark.parametrize("path", ["pyproject.toml", "../pyproject.toml"])
@pytest.mark.parametrize(
    "text", ["", "[project]\nname = 'x'\n", "[tool.other]\n", "tool = 1\n", "[[tool]]\n", "hashpin = 1"]
)
def test_a_pyproject_without_a_table_is_none(path: str, text: str) -> None:
    assert configuration.parse(Source(path, text)) is None


@pytest.mark.parametrize(
    ("given", "configured", "required"),
    [(None, None, False), (None, True, True), (None, False, False), (False, True, False), (True, False, True)],
)
def test_what_was_given_goes_before_what_is_configured(
    given: bool | None, configured: bool | None, required: bool
) -> None:
    got = Configuration(wishes=Wishes(require_hashes=configured))
    assert policy_of(got, Wishes(require_hashes=given)).require_hashes is required


ALLOW = "[[allow]]\nrule = 'weak-hash'\nproject = 'a'\nreason = 'why'\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        # wrong types
        ("exclude = 'a'", "exclude is no list of texts"),
        ("exclude = [1]", "exclude is no list of texts"),
        ("exclude = ['a', ['b']]", "exclude is no list of texts"),
        ("exclude = {}", "exclude is no list of texts"),
        ("fail-on = 1", "fail-on is none of error, warning, note, never"),
        ("fail-on = 'errors'", "fail-on is none of error, warning, note, never"),
        ("fail-on = 'Error'", "fail-on is none of error, warning, note, never"),
        ("fail-on = ''", "fail-on is none of error, warning, note, never"),
        ("fail-on = ['error']", "fail-on is none of error, warning, note, never"),
        ("require-hashes = 1", "require-hashes is neither true nor false"),
        ("require-hashes = 'true'", "require-hashes is neither true nor false"),
        ("severity = 'error'", "severity is no table"),
        ("severity = []", "severity is no table"),
        ("severity.weak-hash = 3", "severity.weak-hash is none of note, warning, error, off"),
        ("severity.weak-hash = 'ERROR'", "severity.weak-hash is none of note, warning, error, off"),
        ("severity.weak-hash = {}", "severity.weak-hash is none of note, warning, error, off"),
        ("severity.weak-hash = 2020-01-01", "severity.weak-hash is none of note, warning, error, off"),
        ("allow = 1", "allow is no list of tables: write [[allow]]"),
        ("[allow]\nrule = 'weak-hash'", "allow is no list of tables: write [[allow]]"),
        ("allow = [1]", "allow is no table"),
        ("allow = ['weak-hash']", "allow is no table"),
        # what an entry needs
        ("[[allow]]", "allow.rule is missing"),
        (ALLOW.replace("rule", "# rule"), "allow.rule is missing"),
        (ALLOW.replace("project", "# project"), "allow.project is missing"),
        (ALLOW.replace("reason", "# reason"), "allow.reason is missing"),
        (ALLOW.replace("'why'", "''"), "allow.reason is no text"),
        (ALLOW.replace("'why'", "' \t'"), "allow.reason is no text"),
        (ALLOW.replace("'why'", "1"), "allow.reason is no text"),
        (ALLOW.replace("'a'", "['a']"), "allow.project is no text"),
        (ALLOW.replace("'weak-hash'", "true"), "allow.rule is no text"),
        (ALLOW + "path = 1", "allow.path is no text"),
        (ALLOW + "path = ''", "allow.path is no text"),
        # keys and rules that there are not, and the nearest
        ("excludes = []", "excludes is no key that hashpin knows (did you mean exclude?)"),
        ("coverage = 'some'", "coverage is none of keep, release, all"),
        ("download = true", "download is none of auto, never"),
        ("min-age = -1", "min-age is no whole number of days from 0 to 36500"),
        ("min-age = true", "min-age is no whole number of days from 0 to 36500"),
        ("min-age = '7'", "min-age is no whole number of days from 0 to 36500"),
        ("require-platforms = 'linux/amd64'", "require-platforms is no list of texts"),
        ("index-url = 1", "index-url is no text"),
        (
            "index-url = 'https://u:p@index.example/'",
            "index-url holds credentials, which belong into an input, an environment variable or netrc",
        ),
        ("extra-index-urls = [1]", "extra-index-urls is no list of texts"),
        (
            "extra-index-urls = ['https://token@index.example/']",
            "extra-index-urls holds credentials, which belong into an input, an environment variable or netrc",
        ),
        ("index-for = 1", 'index-for is no table of texts: write "NAME" = "URL"'),
        ("index-for = {a = 1}", "index-for.a is no text"),
        ("fail_on = 'error'", "fail_on is no key that hashpin knows (did you mean fail-on?)"),
        ("[Severity]", "Severity is no key that hashpin knows (did you mean severity?)"),
        ("zzz = 1", "zzz is no key that hashpin knows"),
        ("tool.hashpin.fail-on = 'error'", "tool is no key that hashpin knows"),
        ("severity.weak-hsah = 'note'", "severity.weak-hsah is no key that hashpin knows (did you mean weak-hash?)"),
        ("severity.weak_hash = 'note'", "severity.weak_hash is no key that hashpin knows (did you mean weak-hash?)"),
        (ALLOW + "file = 'x'", "allow.file is no key that hashpin knows"),
        (ALLOW + "pth = 'x'", "allow.pth is no key that hashpin knows (did you mean path?)"),
        (
            ALLOW.replace("weak-hash", "weak-hsah"),
            "allow.rule is weak-hsah, and no rule is called so (did you mean weak-hash?)",
        ),
        (ALLOW.replace("weak-hash", "*"), "allow.rule is *, and no rule is called so"),
    ],
)
def test_what_is_wrong_is_named(text: str, said: str) -> None:
    assert refused(text) == f"hashpin.toml: {said}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[tool]\nhashpin = 1", "tool.hashpin is no table"),
        ("[[tool.hashpin]]", "tool.hashpin is no table"),
        (
            "[tool.hashpin]\nfail_on = 'error'",
            "tool.hashpin.fail_on is no key that hashpin knows (did you mean fail-on?)",
        ),
        (
            "[tool.hashpin.severity]\nweak-hash = 1",
            "tool.hashpin.severity.weak-hash is none of note, warning, error, off",
        ),
    ],
)
def test_in_pyproject_the_whole_name_is_said(text: str, said: str) -> None:
    assert refused(text, "pyproject.toml") == f"pyproject.toml: {said}"


def test_every_rule_may_have_a_severity() -> None:
    names = [page.RULE.name for page in PAGES]
    text = "[severity]\n" + "".join(f"{name} = 'off'\n" for name in names)
    assert parsed(text).severities == dict.fromkeys(names)


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "[tool.hashpin",
        "a = 1\na = 2\n",
        "'''",
        f"x = {'[' * 5000}",
        f"x = {'9' * 5000}",
        "x = 1979-05-27T07:32:00+25:00",
    ],
)
def test_what_is_no_toml(text: str) -> None:
    assert refused(text).startswith("hashpin.toml: no TOML: ")
    assert configuration.parse(Source("pyproject.toml", text.replace("hashpin", "x"))) is None, "somebody else's fault"
    assert refused(f"{text}\n# hashpin", "pyproject.toml").startswith("pyproject.toml: no TOML: ")


def test_hostile_names_are_shown_on_one_line() -> None:
    for text in ('"\\u001b[31m\\n::error::x" = 1', 'severity."a\\nb" = "off"', f"{ALLOW}'a\x85b' = 1"):
        message = refused(text, "a\nb/hashpin.toml")
        assert message.isprintable()


# --- whatever stands in it -------------------------------------------------

KEYS = st.sampled_from(
    [
        *("exclude", "fail-on", "require-hashes", "severity", "allow", "rule", "project", "reason", "path"),
        *("weak-hash", "unused-allowance", "severity.weak-hash", "tool", "hashpin", "tool.hashpin"),
        *("tool.hashpin.allow", "'a b'", '""', "x"),
    ]
)
VALUES = st.recursive(
    st.sampled_from(
        ["1", "true", "false", "''", "'error'", "'off'", "'weak-hash'", "'why'", "inf", "1979-05-27", "é", "{", "'"]
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda values: f"[{', '.join(values)}]"),
        st.lists(st.tuples(KEYS, inner), max_size=4).map(
            lambda pairs: f"{{{', '.join(f'{k} = {v}' for k, v in pairs)}}}"
        ),
    ),
    max_leaves=6,
)
TOML = st.lists(
    st.one_of(
        st.builds("{} = {}".format, KEYS, VALUES),
        KEYS.map("[{}]".format),
        KEYS.map("[[{}]]".format),
        st.sampled_from(
            ["", "# hashpin", "'''", "\ufeff", "\r", "\0", "[[allow]]", "rule = 'weak-hash'", "project = 'a'"]
        ),
        st.text(max_size=10),
    ),
    max_size=10,
).map("\n".join)


@searched
@given(TOML | st.text(), st.sampled_from(["hashpin.toml", "pyproject.toml", "a/pyproject.toml", "\n"]))
@example("a.b = 1\n[a]\nb.c = 1\n", "hashpin.toml")
@example("[[a]]\n[a.b]\n[[a.b]]\n", "hashpin.toml")
@example("a = [1]\n[[a]]\n", "hashpin.toml")
@example("allow = [{}]\n[[allow]]\n", "hashpin.toml")
def test_any_text_is_read_or_refused_in_words(text: str, path: str) -> None:
    found = None
    with contextlib.suppress(UsageError):
        found = configuration.parse(Source(path, text))
    assert found is None or policy_of(found).configuration == Source(path, text)
    for allowance in found.allowances if found else ():
        assert allowance.reason.strip()
        assert 0 <= allowance.span.start <= allowance.span.end <= len(text)


# --- where it is found -----------------------------------------------------


def fails_on(path: Path, severity: str = "note") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    table = "[tool.hashpin]\n" if path.name == "pyproject.toml" else ""
    path.write_text(f'{table}fail-on = "{severity}"\n')


def found() -> str | None:
    source = configuration.load(None).source
    return source.path if source else None


def test_none_at_all(here: Path) -> None:
    assert configuration.load(None) == Configuration()


@pytest.mark.parametrize("name", ["hashpin.toml", "pyproject.toml"])
def test_it_is_found_upward(here: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    fails_on(here / name)
    assert found() == name
    (here / "a" / "b").mkdir(parents=True)
    monkeypatch.chdir(here / "a" / "b")
    assert found() == f"../../{name}"
    fails_on(here / "a" / "hashpin.toml", "never")
    assert found() == "../hashpin.toml", "the nearest one"
    assert configuration.load(None).wishes.fail_on == "never"


def test_not_beyond_the_root(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fails_on(here.parent / "hashpin.toml")
    assert found() is None
    (here / "a").mkdir()
    monkeypatch.chdir(here / "a")
    assert found() is None
    fails_on(here / "hashpin.toml")
    (here / "a" / ".git").mkdir()
    assert found() is None, "a repository in a repository"


def test_outside_of_a_repository_here_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").mkdir()
    fails_on(tmp_path / "hashpin.toml")
    monkeypatch.chdir(tmp_path / "a")
    assert found() is None
    fails_on(tmp_path / "a" / "hashpin.toml")
    assert found() == "hashpin.toml"


def test_a_pyproject_that_says_nothing_of_us_is_passed_by(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "a").mkdir()
    (here / "a" / "pyproject.toml").write_text("[project]\nname = 'a'\n")
    fails_on(here / "pyproject.toml")
    monkeypatch.chdir(here / "a")
    assert found() == "../pyproject.toml"
    (here / "a" / "pyproject.toml").write_text("broken")
    assert found() == "../pyproject.toml"
    (here / "a" / "hashpin.toml").write_text("")
    assert found() == "hashpin.toml", "an empty one is one"


def test_two_in_one_folder(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fails_on(here / "hashpin.toml")
    (here / "pyproject.toml").write_text("[project]\nname = 'a'\n")
    assert found() == "hashpin.toml"
    fails_on(here / "pyproject.toml")
    got = check()
    assert (got.code, got.err) == (
        2,
        "hashpin: hashpin.toml and pyproject.toml: two configurations, keep one of them\n",
    )
    (here / "a").mkdir()
    monkeypatch.chdir(here / "a")
    assert check().code == 2
    fails_on(here / "a" / "hashpin.toml")
    assert found() == "hashpin.toml", "the nearest folder has one alone"


def test_broken_with_and_without_our_name(here: Path) -> None:
    (here / "requirements.txt").write_text("-c constraints.txt\n")
    (here / "constraints.txt").write_text("")
    (here / "pyproject.toml").write_text("broken\n")
    assert check().code == 0
    (here / "pyproject.toml").write_text("broken\n# hashpin\n")
    got = check()
    assert got.code == 2
    assert got.err.startswith("hashpin: pyproject.toml: no TOML: ")
    (here / "pyproject.toml").unlink()
    (here / "hashpin.toml").write_text("broken\n")
    assert check().code == 2


@pytest.mark.parametrize("name", ["hashpin.toml", "pyproject.toml"])
def test_a_link_out_of_the_repository(here: Path, name: str) -> None:
    fails_on(here.parent / "other" / name)
    (here / name).symlink_to(here.parent / "other" / name)
    got = check()
    assert got.code == 2
    assert got.err == f"hashpin: {name}: not read as a configuration, it leads outside the repository\n"


def test_a_link_within_the_repository(here: Path) -> None:
    fails_on(here / "a" / "shared.toml")
    (here / "hashpin.toml").symlink_to("a/shared.toml")
    assert found() == "hashpin.toml"


@pytest.mark.parametrize("target", ["gone.toml", "hashpin.toml"])
def test_a_link_to_nothing_is_no_configuration(here: Path, target: str) -> None:
    (here / "hashpin.toml").symlink_to(target)
    assert found() is None


def test_not_utf_8(here: Path) -> None:
    (here / "hashpin.toml").write_bytes(b"exclude = ['\xff']\n")
    got = check()
    assert (got.code, got.err) == (2, "hashpin: hashpin.toml: is not UTF-8\n")
    (here / "hashpin.toml").write_bytes("# coding: latin-1\nexclude = ['é']\n".encode())
    assert configuration.load(None).wishes.exclude == ("é",), "TOML is UTF-8, whatever a comment says"


@pytest.mark.parametrize("name", ["hashpin.toml", "pyproject.toml"])
def test_a_folder(here: Path, name: str) -> None:
    (here / name).mkdir()
    got = check()
    assert got.code == 2
    assert got.err.startswith(f"hashpin: {name}: cannot be read (")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs FIFOs, which Windows has not")
def test_a_fifo_that_nobody_writes_to(here: Path) -> None:
    os.mkfifo(here / "hashpin.toml")
    got = check()
    assert (got.code, got.err) == (2, "hashpin: hashpin.toml: cannot be read (is not a regular file)\n")


def test_found_folder_by_folder(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What lies above a configuration is not read."""
    (here / "hashpin.toml").write_bytes(b"\xff")
    fails_on(here / "a" / "hashpin.toml")
    monkeypatch.chdir(here / "a")
    assert found() == "hashpin.toml"
    with pytest.raises(UsageError):
        list(files.configurations())


# --- named by the user -----------------------------------------------------


def test_named(here: Path) -> None:
    (here / "requirements.txt").write_text(WEAK)
    fails_on(here / "hashpin.toml", "broken")
    fails_on(here.parent / "elsewhere.toml", "never")
    assert check("--config", "../elsewhere.toml").code == 3
    fails_on(here.parent / "pyproject.toml", "never")
    assert check("--config", str(here.parent / "pyproject.toml")).code == 3


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("gone.toml", None, "gone.toml: cannot be read (No such file or directory)"),
        (".", None, ".: cannot be read (Is a directory)"),
        ("pyproject.toml", "[project]\n", "pyproject.toml: has no [tool.hashpin]"),
        ("pyproject.toml", "broken", "pyproject.toml: has no [tool.hashpin]"),
        ("a.toml", "[tool.hashpin]\n", "a.toml: tool is no key that hashpin knows"),
        ("a" * 300, None, "a" * 300 + ": cannot be read (File name too long)"),
        ("a\n::error::x", None, "a\\n::error::x: cannot be read (No such file or directory)"),
    ],
)
def test_named_and_not_one(here: Path, name: str, text: str | None, said: str) -> None:
    if text is not None:
        (here / name).write_text(text)
    got = check("--config", name)
    assert got.code == 2
    assert got.err.startswith(f"hashpin: {said}")


# --- a flag, the configuration, the default --------------------------------


def test_exclude(here: Path) -> None:
    for name in ("a", "b"):
        (here / name).mkdir()
        (here / name / "requirements.txt").write_text(WEAK)
    listed = ("check", "--offline", "--list-files")
    assert run(*listed).out == "a/requirements.txt\nb/requirements.txt\n"
    (here / "hashpin.toml").write_text("exclude = ['a']\n")
    assert run(*listed).out == "b/requirements.txt\n"
    assert run(*listed, "--exclude", "b").out == "a/requirements.txt\n"
    assert run(*listed, "a").out == "a/requirements.txt\n", "a folder is searched for what is in it"


def test_fail_on(here: Path) -> None:
    (here / "requirements.txt").write_text(
        "-r https://index.example/r.txt\n-r gone.txt # hashpin: allow[missing-include] why\n"
    )
    assert check().code == 3, "a warning, and unchecked"
    (here / "hashpin.toml").write_text("fail-on = 'warning'\n")
    assert check().code == 1
    assert check("--fail-on", "error").code == 3
    (here / "hashpin.toml").write_text("fail-on = 'never'\n")
    assert check().code == 3
    assert check("--fail-on", "note").code == 1


def test_require_hashes(here: Path) -> None:
    (here / "requirements.txt").write_text("a==1\n")
    assert "error[unhashed-pin]" not in check().out
    (here / "hashpin.toml").write_text("require-hashes = false\n")
    assert "error[unhashed-pin]" not in check().out
    assert "error[unhashed-pin]" in check("--require-hashes").out
    (here / "hashpin.toml").write_text("require-hashes = true\n")
    assert "error[unhashed-pin]" in check().out


def test_severity(here: Path) -> None:
    (here / "requirements.txt").write_text(WEAK)
    (here / "hashpin.toml").write_text("severity.weak-hash = 'warning'\n")
    assert "warning[weak-hash]" in check().out
    assert check().code == 3, "no error is left, and the pin is unchecked"


def test_it_counts_for_fix_too(here: Path) -> None:
    (here / "requirements.txt").write_text(WEAK)
    (here / "hashpin.toml").write_text("broken")
    assert run("fix", "--offline").code == 2
    (here / "hashpin.toml").write_text("severity.weak-hash = 'off'\n")
    got = run("fix", "--offline")
    assert got.out.endswith("; 1 allowed\n")


# --- known faults ----------------------------------------------------------


def test_somebody_elses_pyproject_in_another_encoding(here: Path) -> None:
    (here / "requirements.txt").write_text("-c constraints.txt\n")
    (here / "constraints.txt").write_text("")
    (here / "pyproject.toml").write_bytes("[project]\nauthors = [{name = 'é'}]\n".encode("latin-1"))
    assert check().code == 0


def test_a_byte_order_mark(here: Path) -> None:
    (here / "hashpin.toml").write_bytes(b"\xef\xbb\xbffail-on = 'never'\n")
    assert configuration.load(None).wishes.fail_on == "never"
