"""plan, check --shard and merge: what several machines find is what one would have found."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from hashpin import __version__
from hashpin.commands import merge
from hashpin.outputs import MERGE_FORMATS, PLAN_FORMATS, plan_table
from tests.console import Ran, run
from tests.loopback import LoopbackIndex

ROOT = Path(__file__).parent.parent
RIGHT, OLD, FORGED = (letter * 64 for letter in "abc")
PROJECTS: dict[str, Any] = {
    "demo": {
        "releases": {
            "1.0": [{"filename": "demo-1.0.tar.gz", "sha256": OLD}],
            "2.0": [{"filename": "demo-2.0.tar.gz", "sha256": RIGHT, "requires_dist": ["needed", "other"]}],
        }
    },
    "other": {"releases": {"2.0": [{"filename": "other-2.0.tar.gz", "sha256": "d" * 64}]}},
    "gone": {"releases": {"2.0": [{"filename": "gone-2.0.tar.gz", "sha256": "e" * 64, "yanked": "broken"}]}},
    "pip": {"releases": {}},
}
FINE = f"other==2.0 --hash=sha256:{'d' * 64}\n"
BAD = f"other==2.0 --hash=sha256:{FORGED}\n"


@pytest.fixture(scope="module")
def index() -> Iterator[LoopbackIndex]:
    with LoopbackIndex(PROJECTS) as index:
        yield index


def put(texts: Mapping[str, str]) -> None:
    for name, text in texts.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text)


def sharded(index: LoopbackIndex, of: int, kind: str = "json") -> list[str]:
    """The reports of all shards."""
    names = [f"report-{number}" for number in range(1, of + 1)]
    for number, name in enumerate(names, 1):
        options = ("--index-url", index.url, "--shard", f"{number}/{of}", "--format", kind, "--output", name)
        assert run("check", *options).code != 2
    return names


# --- as one ----------------------------------------------------------------

_NAMES = ["requirements.txt", "a/requirements.txt", "b/requirements.txt", "b/requirements-dev.txt", "constraints.txt"]
_PINS = st.sampled_from(
    [
        f"demo==2.0 --hash=sha256:{RIGHT}",
        f"demo==2.0 --hash=sha256:{OLD}",
        f"demo==2.0 --hash=sha256:{FORGED}  # hashpin: allow[unknown-hash] ours",
        f"demo==1.0 --hash=sha256:{FORGED}",
        "demo==1.0",
        f"other==2.0 --hash=sha256:{'d' * 64} --hash=sha256:{FORGED}",
        FINE.strip(),
        "gone==2.0 # hashpin: allow[yanked-release] known",
        "gone==2.0",
        f"needed==9.9 --hash=sha256:{FORGED}",
        "absent==1.0",
        "needed==${VERSION}",
        "loose>=1 # hashpin: allow[weak-hash] nothing",
        "-r requirements.txt",
        "-r ../requirements.txt",
        "-c ../constraints.txt",
        "-r missing.txt",
        "-r https://index.example/requirements.txt",
        "--require-hashes",
        "--no-require-hashes",
        "!",
    ]
)
_TEXTS = st.dictionaries(
    st.sampled_from(_NAMES),
    st.lists(_PINS, min_size=1, max_size=5).map(lambda pins: "\n".join(pins) + "\n"),
    min_size=1,
)
_ALLOWANCES = st.lists(
    st.tuples(
        st.sampled_from(["unknown-hash", "yanked-release", "missing-dependency", "unknown-project"]),
        st.sampled_from(["demo", "other", "gone", "absent"]),
        st.sampled_from(["", 'path = "a/*"\n', 'path = "b/*"\n']),
    ),
    max_size=3,
)
_SEVERITIES = st.sampled_from(
    ["", '[severity]\nunused-allowance = "off"\n', '[severity]\nunused-allowance = "error"\n']
)


def _configuration(severities: str, allowances: list[tuple[str, str, str]]) -> str:
    entries = (
        f'[[allow]]\nrule = "{rule}"\nproject = "{project}"\nreason = "because"\n{path}'
        for rule, project, path in allowances
    )
    return severities + "".join(entries)


@settings(max_examples=40)
@given(_TEXTS, st.integers(2, 4), _SEVERITIES, _ALLOWANCES, st.sampled_from(["never", "note", "error"]))
def test_shards_come_to_what_one_run_finds(
    index: LoopbackIndex,
    texts: dict[str, str],
    of: int,
    severities: str,
    allowances: list[tuple[str, str, str]],
    fail_on: str,
) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        Path(".git").mkdir()
        put({"z/requirements.txt": FINE, **texts, "hashpin.toml": _configuration(severities, allowances)})
        whole = run("check", "--index-url", index.url, "--format", "json", "--fail-on", fail_on)
        reports = sharded(index, of)
        merged = run("merge", *reports, "--format", "json", "--fail-on", fail_on)
        assert json.loads(merged.out) == json.loads(whole.out)
        assert (merged.code, merged.out) == (whole.code, whole.out)
        shares = [json.loads(Path(name).read_text())["summary"]["files"] for name in reports]
        event(f"{sum(map(bool, shares))} of {of} shards have files")
        whole = run("check", "--index-url", index.url, "--format", "sarif", "--fail-on", fail_on)
        merged = run("merge", *sharded(index, of, "sarif"), "--fail-on", fail_on)
        assert merged.code == whole.code
        assert _without_counts(merged.out) == _without_counts(whole.out)


def _without_counts(text: str) -> Any:
    """SARIF but for how many findings are allowed, which each shard says for itself."""
    log = json.loads(text)
    [invocation] = log["runs"][0]["invocations"]
    notices = invocation["toolExecutionNotifications"]
    invocation["toolExecutionNotifications"] = [n for n in notices if n["descriptor"]["id"] != "allowed"]
    return log


# --- plan ------------------------------------------------------------------


def test_a_plan_for_people_and_one_for_a_matrix(here: Path) -> None:
    put({"a/requirements.txt": FINE, "b/requirements.txt": FINE, "c/requirements.txt": "demo==1.0\ngone==2.0\n"})
    assert run("plan", "--shards", "2") == Ran(
        0,
        "1/2: 1 file, 2 pins, 2 releases\n2/2: 2 files, 2 pins, 1 release\n2 shards: 3 requests for 3 releases\n",
        "",
    )
    ran = run("plan", "--shards", "2", "--format", "json")
    assert ran.out.count("\n") == 1  # a step's output
    plan = json.loads(ran.out)
    cut = plan.pop("cut")
    assert len(cut) == 16
    assert plan == {
        "version": 1,
        "hashpin": __version__,
        "include": [
            {"shard": "1/2", "files": 1, "pins": 2, "releases": 2},
            {"shard": "2/2", "files": 2, "pins": 2, "releases": 1},
        ],
    }


def test_a_plan_says_what_was_left_out(here: Path) -> None:
    put({"requirements.txt": FINE, "requirements/prose.txt": "This is\nno list\nof pins.\n"})
    assert "requirements/prose.txt: skipped" in run("plan", "--shards", "1").err
    assert run("plan", "--shards", "1", "--quiet").err == ""
    assert "requirements.txt: 1 pin\n" in run("plan", "--shards", "1", "--verbose").err


def test_the_formats_that_may_be_asked_for_are_there() -> None:
    assert tuple(plan_table.FORMATS) == PLAN_FORMATS
    assert (*merge._SHOWN, "sarif") == MERGE_FORMATS


def test_a_plan_asks_nobody(here: Path) -> None:
    put({"requirements.txt": FINE})
    with LoopbackIndex(PROJECTS) as index:
        assert run("plan", "--shards", "1", PIP_INDEX_URL=index.url).code == 0
        assert index.requests == []


def test_a_plan_has_no_more_shards_than_there_is_to_cut(here: Path) -> None:
    put({"a/requirements.txt": "-r ../requirements.txt\n", "requirements.txt": FINE})
    assert run("plan", "--shards", "9").out == "1/1: 2 files, 1 pin, 1 release\n1 shard: 1 request for 1 release\n"


def test_of_several_repositories_each_stays_whole(here: Path) -> None:
    for name in ("one", "two"):
        put({f"{name}/requirements.txt": FINE, f"{name}/dev/requirements.txt": BAD, f"{name}/.git/HEAD": ""})
    plan = json.loads(run("plan", "--shards", "4", "--format", "json").out)
    assert plan["parts"] == [["one"], ["two"]]
    assert plan["include"][0] == {"shard": "1/2", "repositories": 1, "files": 2, "pins": 2, "releases": 1}


def test_a_plan_of_parts_of_repositories_names_none(here: Path) -> None:
    for name in ("one", "two"):
        put({f"{name}/requirements.txt": FINE, f"{name}/dev/requirements.txt": BAD, f"{name}/.git/HEAD": ""})
    assert "parts" not in json.loads(run("plan", "one/dev", "two", "--shards", "2", "--format", "json").out)


def test_a_submodule_parts_no_repository(here: Path) -> None:
    put({"requirements.txt": FINE, ".git/HEAD": "", "sub/requirements.txt": "demo==1.0\n", "sub/.git": "gitdir: x\n"})
    assert run("plan", "--shards", "2").out.startswith("1/2: 1 file")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "names.txt: names no repository"),
        ("# none\n\n", "names.txt: names no repository"),
        ("org/a\norg/b c\n", "names.txt:2: org/b c is no name of a repository: write OWNER/NAME"),
        ("../a\n", "names.txt:1: ../a is no name of a repository: write OWNER/NAME"),
        ("a/..\n", "names.txt:1: a/.. is no name of a repository: write OWNER/NAME"),
        ("-x\n", "names.txt:1: -x is no name of a repository: write OWNER/NAME"),
        ("a/b/c\n", "names.txt:1: a/b/c is no name of a repository: write OWNER/NAME"),
        ("a;b\n", "names.txt:1: a;b is no name of a repository: write OWNER/NAME"),
        ("org/a\n\nOrg/A\n", "names.txt:3: Org/A stands in line 1, too"),
        ("a" * 300, "names.txt:1: " + "a" * 79 + "… is no name of a repository: write OWNER/NAME"),
    ],
)
def test_names_that_are_none(here: Path, text: str, said: str) -> None:
    Path("names.txt").write_text(text)
    ran = run("plan", "--repositories", "names.txt", "--shards", "2")
    assert ran == Ran(2, "", f"hashpin: {said}\n")


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["plan"], "the following arguments are required: --shards"),
        (["plan", "--shards", "0"], "argument --shards: '0' is no whole number from 1 to 256"),
        (["plan", "--shards", "257"], "argument --shards: '257' is no whole number from 1 to 256"),
        (["plan", "--shards", "²"], "argument --shards: '²' is no whole number from 1 to 256"),
        (["plan", "--shards", "2"], "no requirements file found in . (see --allow-empty)"),
        (["plan", "--shards", "2", "x", "--repositories", "y"], "--repositories cuts what is not here yet"),
        (["plan", "--shards", "2", "--repositories", "y"], "y: cannot be read (No such file or directory)"),
        (["check", "--shard", "3/2"], "argument --shard: '3/2': there are the shards 1 to 2"),
        (["check", "--shard", "1"], "argument --shard: '1' is not of the form K/N, such as 1/8"),
        (["check", "--shard", "x/2"], "argument --shard: 'x' is no whole number from 1 to 256"),
        (["check", "--plan", "x"], "--plan says nothing without --shard K/N"),
        (["check", "--plan", "x", "--shard", "1/2", "y"], "--plan names what is checked, so no PATH"),
        (["merge", "nowhere.json"], "nowhere.json: cannot be read (No such file or directory)"),
        (["merge", "."], ".: cannot be read (Is a directory)"),
    ],
)
def test_wrong_usage(here: Path, argv: list[str], said: str) -> None:
    ran = run(*argv)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"hashpin: {said}")


# --- check --shard ---------------------------------------------------------


def test_a_shard_says_that_it_is_one(here: Path, index: LoopbackIndex) -> None:
    put({"a/requirements.txt": FINE, "b/requirements.txt": BAD})
    found = [run("check", "--index-url", index.url, "--shard", f"{number}/2") for number in (1, 2)]
    assert found[0] == Ran(0, "shard 1/2: 1 file, 1 pin, 1 hash: no findings\n", "")
    assert found[1].code == 1
    assert found[1].out.splitlines()[-1] == "shard 2/2: 1 file, 1 pin, 1 hash: 1 error"
    report = json.loads(run("check", "--index-url", index.url, "--shard", "1/2", "--format", "json").out)
    cut = report["shard"].pop("cut")
    assert report["shard"] == {"number": 1, "of": 2, "hashpin": __version__, "used": []}
    assert cut == json.loads(run("plan", "--shards", "2", "--format", "json").out)["cut"]
    schema = json.loads((ROOT / "docs" / "report.schema.json").read_text())
    jsonschema.validate({**report, "shard": {**report["shard"], "cut": cut}}, schema)


def test_a_shard_without_files_is_checked(here: Path, index: LoopbackIndex) -> None:
    put({"requirements.txt": FINE})
    ran = run("check", "--index-url", index.url, "--shard", "2/2")
    assert ran == Ran(0, "shard 2/2: 0 files, 0 pins, 0 hashes: no findings\n", "")


def test_other_shards_pins_are_seen(here: Path, index: LoopbackIndex) -> None:
    """What another file of the run pins is a doubt, wherever that file is checked."""
    put({"a/requirements.txt": f"demo==2.0 --hash=sha256:{RIGHT}\n", "b/requirements.txt": "needed==1.0\nother==2.0\n"})
    told = [run("check", "--index-url", index.url, "--shard", f"{number}/2").out for number in (1, 2)]
    assert "warning[missing-dependency]" in "".join(told)
    assert "error[missing-dependency]" not in "".join(told)


def test_whose_a_hash_is_only_the_shard_of_its_project_can_tell(here: Path, index: LoopbackIndex) -> None:
    """As docs/sweep.md says: an error either way."""
    put({"a/requirements.txt": f"demo==1.0 --hash=sha256:{'d' * 64}\n", "b/requirements.txt": FINE})
    whole = json.loads(run("check", "--index-url", index.url, "--format", "json").out)
    merged = json.loads(run("merge", *sharded(index, 2), "--format", "json").out)
    found = [[(f["rule"], f["severity"], f["explanation"]) for f in report["findings"]] for report in (whole, merged)]
    assert found == [
        [("unknown-hash", "error", "other-project")],
        [("unknown-hash", "error", "unexplained")],
    ]


def test_the_files_of_a_shard_are_listed(here: Path) -> None:
    put({"a/requirements.txt": FINE, "b/requirements.txt": BAD})
    listed = [run("check", "--offline", "--list-files", "--shard", f"{number}/2").out for number in (1, 2)]
    assert sorted(listed) == ["a/requirements.txt\n", "b/requirements.txt\n"]


# --- by a plan -------------------------------------------------------------


def planned(*names: str, shards: int = 2) -> Mapping[str, Any]:
    listed = "".join(f"{name}\n" for name in names).encode()
    options = ("--repositories", "-", "--shards", str(shards), "--format", "json", "--output", "plan.json")
    assert run("plan", *options, stdin=listed).code == 0
    plan: Mapping[str, Any] = json.loads(Path("plan.json").read_text())
    return plan


def test_repositories_that_are_not_here_yet(here: Path, index: LoopbackIndex) -> None:
    plan = planned("org/c", "org/a", "org/b")
    assert plan["parts"] == [["org/a"], ["org/b", "org/c"]]
    assert plan["include"] == [{"shard": "1/2", "repositories": 1}, {"shard": "2/2", "repositories": 2}]
    put(
        {"org/a/requirements.txt": FINE, "org/b/requirements.txt": BAD, "org/c/README": "", "org/d/constraints.txt": ""}
    )
    options = ("--index-url", index.url, "--plan", "plan.json", "--format", "json", "--output")
    assert run("check", *options, "1", "--shard", "1/2").code == 0
    assert run("check", *options, "2", "--shard", "2/2").code == 1
    merged = run("merge", "1", "2")
    assert merged.code == 1
    assert merged.out.splitlines()[-1] == "2 files, 2 pins, 2 hashes: 1 error"
    assert "org/b/requirements.txt:1:12: error[unknown-hash]" in merged.out


def test_a_repository_of_the_plan_that_is_not_here_is_unchecked(here: Path, index: LoopbackIndex) -> None:
    planned("org/a", "org/b")
    put({"org/a/requirements.txt": FINE})
    found = [
        run("check", "--index-url", index.url, "--plan", "plan.json", "--shard", f"{number}/2") for number in (1, 2)
    ]
    assert [ran.code for ran in found] == [0, 3]
    assert found[1].out.startswith("org/b: unchecked is in the plan, and no such folder is here\n")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"parts": [["org/a"]]}, "plan.json: has 1 shard, and --shard says 1/2"),
        ({"parts": None}, "plan.json: cuts files, not repositories: leave --plan out, and give the same PATHs"),
        ({"parts": [["-"], []]}, "plan.json: names '-', which is no folder"),
        ({"hashpin": "0"}, f"plan.json: was made by hashpin 0, and this is {__version__}"),
        ({"cut": "x"}, "plan.json: is no plan of hashpin plan: Expected `str` matching regex"),
        ({"version": 2}, "plan.json: is no plan of hashpin plan: Invalid enum value 2 - at `$.version`"),
        ({"parts": [[1], []]}, "plan.json: is no plan of hashpin plan: Expected `str`, got `int`"),
    ],
)
def test_plans_that_are_none(here: Path, change: dict[str, Any], said: str) -> None:
    Path("plan.json").write_text(json.dumps({**planned("org/a", "org/b"), **change}))
    ran = run("check", "--offline", "--plan", "plan.json", "--shard", "1/2")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"hashpin: {said}")


# --- merge -----------------------------------------------------------------


def test_a_missing_shard_is_unchecked(here: Path, index: LoopbackIndex) -> None:
    put({f"{name}/requirements.txt": FINE for name in "abc"})
    reports = sharded(index, 3)
    assert run("merge", *reports) == Ran(0, "3 files, 3 pins, 3 hashes: no findings\n", "")
    ran = run("merge", reports[0], reports[2])
    assert ran.code == 3
    assert ran.out.splitlines()[0] == ".: unchecked shard 2/3 was not checked: none of the 2 reports given is of it"
    assert run("merge", reports[0], "--fail-on", "never", "--format", "json").code == 3
    assert "❓ incomplete, 1 unchecked" in run("merge", *reports[1:], "--format", "markdown").out
    sarif = sharded(index, 3, "sarif")
    ran = run("merge", *sarif[1:])
    assert ran.code == 3
    [invocation] = json.loads(ran.out)["runs"][0]["invocations"]
    assert invocation["executionSuccessful"] is False
    assert "shard 1/3 was not checked" in invocation["toolExecutionNotifications"][0]["message"]["text"]


def test_a_finding_goes_before_a_missing_shard(here: Path, index: LoopbackIndex) -> None:
    put({f"{name}/requirements.txt": BAD for name in "ab"})
    reports = sharded(index, 2)
    assert run("merge", reports[0]).code == 1
    assert run("merge", reports[0], "--fail-on", "never").code == 3


def test_shards_that_do_not_go_together(here: Path, index: LoopbackIndex) -> None:
    put({f"{name}/requirements.txt": FINE for name in "ab"})
    one, two = sharded(index, 2)
    twice = run("merge", one, one)
    assert (twice.code, twice.err) == (2, "hashpin: report-1: is of shard 1/2, and so is report-1\n")
    report = json.loads(Path(two).read_text())
    for key, value, said in (
        ("hashpin", "9", f"other: was made by hashpin 9, and report-1 by hashpin {__version__}"),
        ("cut", "0" * 16, "other: is of another cut (2 shards, 0000000000000000) than report-1"),
        ("of", 3, "other: is of another cut (3 shards, "),
    ):
        Path("other").write_text(json.dumps({**report, "shard": {**report["shard"], key: value}}))
        ran = run("merge", one, "other")
        assert (ran.code, ran.out) == (2, "")
        assert ran.err.startswith(f"hashpin: {said}")
    put({"b/requirements.txt": BAD})  # another commit
    options = ("--index-url", index.url, "--shard", "2/2", "--format", "json", "--output", "later")
    assert run("check", *options).code == 1
    assert "later: is of another cut" in run("merge", one, "later").err


def test_reports_of_no_shard_are_joined(here: Path, index: LoopbackIndex) -> None:
    """What both say is said once."""
    put({"a/requirements.txt": BAD, "b/requirements.txt": FINE})
    for name, paths in (("one", ["a", "b"]), ("two", ["a"])):
        run("check", *paths, "--index-url", index.url, "--format", "json", "--output", name)
    report = json.loads(run("merge", "one", "two", "--format", "json").out)
    assert (report["summary"]["files"], report["summary"]["errors"]) == (3, 1)


def test_a_summary_of_all(here: Path, index: LoopbackIndex) -> None:
    put({"a/requirements.txt": f"{BAD}gone==2.0 # hashpin: allow[yanked-release] known\n", "b/requirements.txt": FINE})
    summary = run("merge", *sharded(index, 2), "--format", "markdown").out
    assert summary.startswith("## hashpin: ❌ 2 errors\n\n2 files, 3 pins, 2 hashes: 2 errors; 1 allowed\n")
    assert "| ❌ error unknown-hash | `a/requirements.txt:1` |" in summary
    assert "☑️ allowed yanked-release" in summary


def test_what_becomes_what(here: Path, index: LoopbackIndex) -> None:
    put({"a/requirements.txt": FINE})
    [json_] = sharded(index, 1)
    Path(json_).rename("a.json")
    [sarif] = sharded(index, 1, "sarif")
    assert "merge each by itself" in run("merge", "a.json", sarif).err
    assert "merged into SARIF alone" in run("merge", sarif, "--format", "json").err
    assert "merge the SARIF files of the runs" in run("merge", "a.json", "--format", "sarif").err
    assert run("merge", "a.json", "--output", "out") == Ran(0, "", "")
    assert Path("out").read_text() == "1 file, 1 pin, 1 hash: no findings\n"


# --- hostile reports -------------------------------------------------------

_PLACE = {"path": "r.txt", "line": 1, "column": 1, "end_line": 1, "end_column": 2}
_ABOUT = {"project": "demo", "version": "1", "message": "m", "explanation": None, "fix": None}
FINDING: dict[str, Any] = {"rule": "unknown-hash", "severity": "error", **_PLACE, **_ABOUT}
SUMMARY = {"files": 1, "pins": 1, "hashes": 1, "errors": 1, "warnings": 0, "notes": 0, "unchecked": 0}
REPORT: dict[str, Any] = {"version": 1, "summary": SUMMARY, "findings": [FINDING], "unchecked": []}
_NO_REPORT = "is no report of hashpin check --format json: "


def test_the_least_report_is_one(here: Path) -> None:
    Path("report").write_text(json.dumps(REPORT))
    assert run("merge", "report").out.startswith("r.txt:1:1: error[unknown-hash] demo==1: m\n")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is no JSON, or not all of it: Expecting value"),
        (json.dumps(REPORT).encode()[:-9], "is no JSON, or not all of it: "),
        (b"\xff\xfe\xfd", "is no JSON, or not all of it: "),
        (b"[]", "is no report: it holds no JSON object"),
        (b"[" * 200_000, "is no report: too deeply nested"),
        (b'{"a":' * 200_000, "is no report: too deeply nested"),
        (b'{"version": ' + b"9" * 10_000 + b"}", "is no JSON, or not all of it: Exceeds the limit"),
        (b'{"version": NaN}', "is no JSON, or not all of it: NaN is no number of JSON"),
        ({}, _NO_REPORT + "Object missing required field `version`"),
        ({**REPORT, "version": 2}, "is a report of version 2, and this hashpin reads 1 alone"),
        ({**REPORT, "version": "1"}, _NO_REPORT),
        ({**REPORT, "findings": {}}, _NO_REPORT + "Expected `array`, got `object` - at `$.findings`"),
        ({**REPORT, "findings": []}, "is damaged: its summary counts other findings than it lists"),
        ({**REPORT, "findings": [{**FINDING, "severity": "fine"}]}, _NO_REPORT + "Invalid enum value 'fine'"),
        ({**REPORT, "findings": [{**FINDING, "line": 0}]}, _NO_REPORT + "Expected `int` >= 1"),
        ({**REPORT, "findings": [{**FINDING, "line": 10**400}]}, _NO_REPORT),
        ({**REPORT, "findings": [{**FINDING, "line": True}]}, _NO_REPORT + "Expected `int | null`, got `bool`"),
        ({**REPORT, "findings": [{**FINDING, "rule": "a]::error::"}]}, _NO_REPORT),
        ({**REPORT, "findings": [{**FINDING, "purl": "x"}]}, _NO_REPORT),
        ({**REPORT, "summary": {**SUMMARY, "files": -1}}, _NO_REPORT + "Expected `int` >= 0"),
        ({**REPORT, "summary": {**SUMMARY, "files": 1e999}}, "is no JSON, or not all of it: Infinity"),
        ({**REPORT, "shard": {"number": 2, "of": 1, "cut": "0" * 16, "hashpin": "1"}}, "is of shard 2/1, which there"),
        ({**REPORT, "shard": {"number": 1, "of": 10**9, "cut": "0" * 16, "hashpin": "1"}}, _NO_REPORT),
        ({"runs": []}, "is no SARIF file of hashpin: Expected `array` of length >= 1"),
        ({"version": "2.1.0", "runs": []}, "is no SARIF file of hashpin: Expected `array` of length >= 1"),
    ],
)
def test_reports_that_are_none(here: Path, data: bytes | dict[str, Any], said: str) -> None:
    Path("report").write_bytes(data if isinstance(data, bytes) else json.dumps(data).encode())
    ran = run("merge", "report")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"hashpin: report: {said}")
    assert len(ran.err) < 400


def test_a_report_too_large_is_not_read(here: Path) -> None:
    with Path("report").open("wb") as file:
        file.truncate(65 * 1024 * 1024)
    assert run("merge", "report").err == "hashpin: report: has more than 64 MiB\n"


def test_what_a_report_says_drives_neither_terminal_nor_runner(here: Path) -> None:
    finding = {**FINDING, "path": "\x1b[2J", "message": "\u202e##[error]\n::error::x", "advice": "@x", "more": "y"}
    Path("report").write_text(json.dumps({**REPORT, "findings": [finding], "more": 1}))
    text = run("merge", "report").out
    assert text.splitlines()[0] == "\\x1b[2J:1:1: error[unknown-hash] demo==1: \\u202e##\u200b[error]\\n::error::x"
    assert len(text.splitlines()) == 3
    document = run("merge", "report", "--format", "json").out
    assert document.isascii()
    assert "##[" not in document
    assert "more" not in document
    assert "@x" not in run("merge", "report", "--format", "markdown").out


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*REPORT, *FINDING]), inner, max_size=4)
    ),
)


@given(st.dictionaries(st.sampled_from([*REPORT, "allowed", "debt", "shard"]), _JSON), st.booleans())
def test_no_report_stops_a_merge_without_a_sentence(changed: dict[str, Any], whole: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "report")
        path.write_text(json.dumps({**(REPORT if whole else {}), **changed}))
        ran = run("merge", str(path))
    assert ran.code in (0, 1, 2, 3)
    assert "internal error" not in ran.err
    assert (ran.code == 2) == ran.err.startswith(f"hashpin: {path}: ")


def test_sarif_that_others_wrote(here: Path, index: LoopbackIndex) -> None:
    put({"a/requirements.txt": BAD})
    [name] = sharded(index, 1, "sarif")
    honest = Path(name).read_text()
    for old, new, said in (
        ('"name": "hashpin"', '"name": "other"', "is no SARIF file of hashpin: Invalid enum value 'other'"),
        (f'"version": "{__version__}"', '"version": "9"', "was made by hashpin 9, and this is"),
        ('"ruleId": "unknown-hash"', '"ruleId": "x"', "has a result of x, and hashpin has no such rule"),
        (
            '"uri": "a/requirements.txt"',
            '"uri": "javascript:x"',
            "is no SARIF file of hashpin: Expected `str` matching",
        ),
        ('"startLine": 1', '"startLine": 0', "is no SARIF file of hashpin: Expected `int` >= 1"),
        ('"level": "error"', '"level": "none"', "is no SARIF file of hashpin: Invalid enum value 'none'"),
    ):
        assert old in honest
        Path("other").write_text(honest.replace(old, new))
        ran = run("merge", "other")
        assert (ran.code, ran.out) == (2, "")
        assert ran.err.startswith(f"hashpin: other: {said}")


def test_a_rule_means_what_it_means_here(here: Path, index: LoopbackIndex) -> None:
    put({"a/requirements.txt": BAD})
    [name] = sharded(index, 1, "sarif")
    log = json.loads(Path(name).read_text())
    log["runs"][0]["tool"]["driver"]["rules"] = [{"id": "unknown-hash", "help": {"markdown": "all is well"}}]
    log["runs"][0]["results"][0]["hostedViewerUri"] = "https://index.example/"
    Path("other").write_text(json.dumps(log))
    assert run("merge", "other").out == run("merge", name).out
