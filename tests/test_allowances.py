"""What authors allow: which finding it takes away, that it is counted, and that its words stay words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from hashpin import allowances, check, formats
from hashpin.evidence import Answers, Asking
from hashpin.formats.requirements_txt import comments, lines
from hashpin.model import Allowance, Finding, Kind, Member, Policy, Report, Rule, Severity, Source, Tree
from hashpin.outputs import OUTPUTS, text_lines
from hashpin.rules import PAGES, weak_hash
from hashpin.text import Span
from hashpin.tree import Forest
from hashpin.wording import visible
from tests import runner
from tests.console import Ran, run
from tests.loopback import LoopbackIndex
from tests.property.strategies import searched
from tests.test_cli import BAD, GOOD, OLD, PROJECTS, STALE
from tests.work import calls, some

SCHEMA = json.loads((Path(__file__).parent.parent / "docs" / "report.schema.json").read_text())
RULES = [page.RULE.name for page in PAGES]
WEAK = " --hash=md5:00"
LONG = f"--hash=sha256:{'a' * 64}"


def judged(text: str, policy: Policy | None = None, path: str = "requirements.txt") -> Report:
    """What comes of one file, without an index."""
    file = formats.parse(Source(path, text))
    forest = Forest((Tree((Member(file, Kind.REQUIREMENTS),)),), {path: file}, {})
    return check.check(forest, None, Answers(), policy or Policy(), Asking(1, 1.0))[1]


def kept(report: Report) -> list[str]:
    """The findings by rule and project, but for the one that a file has no hash at all."""
    return [f"{f.rule.name} {f.project or ''}".rstrip() for f in report.findings if f.severity is not Severity.NOTE]


def allowed(report: Report) -> list[str]:
    return [f"{entry.finding.rule.name} {entry.finding.project or ''}".rstrip() for entry in report.allowed]


def unused(report: Report) -> list[str]:
    """What is said of allowances that allow nothing."""
    found = [f for f in report.findings if f.rule.name == "unused-allowance"]
    said = (f.message.removeprefix("this allowance ") for f in found)
    return [re.sub(r"there is no \S+( of \S+)? here \(.*\)$", "there is no such finding here", text) for text in said]


def document() -> dict[str, Any]:
    """The report of the working directory, as programs get it."""
    found: dict[str, Any] = json.loads(run("check", "--offline", "--format", "json").out)
    jsonschema.validate(found, SCHEMA)
    return found


# --- the comment -----------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("a==1", None),
        ("a==1 # via b", None),
        ("a==1 # hashpin", None),
        ("a==1 # hashpin:", None),
        ("a==1 # hashpins: x", None),
        ("a==1 # HASHPIN: x", None),
        ("a==1#hashpin: x", None),
        ("a @ https://index.example/a.zip#hashpin: x", None),
        ("a @ https://index.example/a.zip#hashpin: x # via b", None),
        ("a==1 # hashpin: allow[r] why", "allow[r] why"),
        ("a==1 #hashpin:allow[r] why  ", "allow[r] why"),
        ("a==1\t#\thashpin:\tx\ty", "x\ty"),
        ("a==1 # via b # hashpin: x", "x"),
        ("a==1 # hashpin: x # hashpin: y", "x # hashpin: y"),
        ("# hashpin: x", "x"),
        ("  # hashpin: x", "x"),
        ("a==1 \\\n  # hashpin: x", "x"),
        ("a==1 \\\n  --hash=md5:00 # hashpin: x", "x"),
        ("a==1 # hashpin: x \\\n  --hash=md5:00", "x"),
        ("a==1 # via b \\\n  # hashpin: x", None),
        ("\\\n\\# hashpin: x", None),
        ("ä==1 # hashpin: größe", "größe"),
    ],
)
def test_the_word_to_us_in_a_line(line: str, said: str | None) -> None:
    (logical,) = lines.logical_lines(line)
    found = comments.comment(logical)
    assert (found.text if found else None) == said
    if found:
        assert re.fullmatch(rf"#\s*hashpin:\s*{re.escape(found.text)}", found.span.of(line))


@searched
@given(
    st.lists(st.sampled_from(["a==1", " ", "#", " # hashpin: ", "hashpin:", "x", "\\\n", "\n", "\x0b"])).map("".join)
)
def test_every_word_to_us_stands_where_it_says(text: str) -> None:
    file = formats.parse(Source("r.txt", text))
    for found in file.comments:
        assert re.fullmatch(r"#\s*hashpin:\s*(?s:.*)", found.span.of(text))
        assert found.span.of(text).endswith(found.text)
        assert found.scope is None or found.scope.start <= found.span.start < found.span.end <= found.scope.end


def test_much_white_space_behind_the_colon() -> None:
    (pin,) = formats.parse(Source("r.txt", f"a==1 # hashpin:{' ' * 1_000_000}\n")).pins
    assert pin.version == "1"


# --- what it speaks of -----------------------------------------------------


@pytest.mark.parametrize(
    ("text", "left"),
    [
        # a pin's own lines, wherever on them
        (f"a==1{WEAK} # hashpin: allow[weak-hash] why\n", []),
        (f"a==1 \\\n {WEAK} # hashpin: allow[weak-hash] why\n", []),
        (f"a==1 \\\n {WEAK} \\\n  {LONG} # hashpin: allow[weak-hash] why\n", []),
        (f"a==1 \\\n {WEAK} \\\n  # hashpin: allow[weak-hash] why\n", []),
        (f"a==1 # hashpin: allow[ignored-text] why \\\n {WEAK}\n", ["weak-hash a"]),
        # and no others
        (f"a==1{WEAK} # hashpin: allow[weak-hash] why\nb==1{WEAK}\n", ["weak-hash b"]),
        (f"a==1{WEAK}\nb==1{WEAK} # hashpin: allow[weak-hash] why\n", ["weak-hash a"]),
        (f"a==1{WEAK}\nb==1{WEAK} # hashpin: allow[weak-hash] why\nc==1{WEAK}\n", ["weak-hash a", "weak-hash c"]),
        (f"a==1{WEAK} # hashpin: allow[unknown-hash] why\n", ["weak-hash a"]),
        (f"# hashpin: allow[weak-hash] why\na==1{WEAK}\n", ["weak-hash a"]),
        (f"a==1{WEAK}\n# hashpin: allow[weak-hash] why\n", ["weak-hash a"]),
        (f"a==1{WEAK} # hashpin: allow[weak-hash] why\n\n{LONG}\nb==1{WEAK}\n", ["orphan-hash a", "weak-hash b"]),
        # hashes that were lost belong to the pin
        (f"a==1 \\\n  # hashpin: allow[orphan-hash] why\n  {LONG}\n", []),
        (f"a==1{WEAK}\n\n{LONG} # hashpin: allow[orphan-hash, weak-hash] why\n", []),
        (f"a==1 # hashpin: allow[orphan-hash] why\n\n{LONG}\n", []),
        (f"a==1\n{LONG}\n# note\n{LONG[:-1]}b # hashpin: allow[orphan-hash] why\n", []),
        (f"b==1{WEAK}\na==1\n{LONG} # hashpin: allow[orphan-hash, weak-hash] why\n", ["weak-hash b"]),
        (f"{LONG} # hashpin: allow[orphan-hash] why\n", []),
        # other lines
        ("--no-require-hashes # hashpin: allow[disabled-hash-checking] why\n", []),
        ("--no-require-hashes\na==1 # hashpin: allow[disabled-hash-checking] why\n", ["disabled-hash-checking"]),
        (f"a{WEAK} # hashpin: allow[weak-hash, unpinned-requirement] why\n", []),
        ("no requirement # hashpin: allow[unreadable-line] why\n", []),
        (f"-e ./a {LONG} # hashpin: allow[ignored-text, unhashable-requirement] why\n", []),
        (f"https://index.example/a.zip{WEAK} # hashpin: allow[weak-hash] why\n", []),
        # several findings of one rule, and several rules
        (f"a==1{WEAK}{WEAK[:-1]}1 # hashpin: allow[weak-hash] why\n", []),
        (f"a==1{WEAK} --hash=sha256:0 # hashpin: allow[weak-hash,malformed-hash] why\n", []),
        (f"a==1{WEAK} --hash=sha256:0 # hashpin: allow[ malformed-hash ] why\n", ["weak-hash a"]),
        # several words beside one pin
        (
            f"a==1 # hashpin: allow[weak-hash] one\n{LONG} # hashpin: allow[orphan-hash] other\nb==1{WEAK}\n",
            ["weak-hash b"],
        ),
    ],
)
def test_it_takes_away_what_stands_beside_it(text: str, left: list[str]) -> None:
    report = judged(text)
    assert kept(report) == left
    everything = judged(text, Policy(trusted=False))
    assert sorted(kept(report) + allowed(report)) == sorted(kept(everything)), "and nothing else is lost"


def test_the_reason_is_told_with_it() -> None:
    report = judged(f"a==1{WEAK} # via b  # hashpin: allow[weak-hash]: - own build, see #7\n")
    assert [(e.finding.rule, e.finding.severity, e.reason) for e in report.allowed] == [
        (weak_hash.RULE, Severity.ERROR, ": - own build, see #7")
    ]


def test_of_two_for_one_finding_one_is_unused() -> None:
    report = judged(f"a==1{WEAK} # hashpin: allow[weak-hash] one\n{LONG} # hashpin: allow[weak-hash] other\n")
    assert len(report.allowed) == 1
    assert unused(report) == ["allows nothing: there is no such finding here"]


def test_what_is_allowed_is_in_order_of_the_file() -> None:
    text = "".join(
        f"a{n}==1{WEAK} --hash=sha256:{n} # hashpin: allow[weak-hash, malformed-hash] why\n" for n in range(3)
    )
    report = judged(text)
    places = [(entry.finding.path, entry.finding.span) for entry in report.allowed]
    assert len(places) == 6
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("comment", "said"),
    [
        ("allow[weak-hash] why", None),
        ("allow [weak-hash] why", None),
        ("allow[weak-hash]why", None),
        ("allow[weak-hash]", "gives no reason, so it allows nothing: write # hashpin: allow[RULE] reason"),
        ("allow[weak-hash] -", "gives no reason, so it allows nothing: write # hashpin: allow[RULE] reason"),
        ("allow[weak-hash] : --", "gives no reason, so it allows nothing: write # hashpin: allow[RULE] reason"),
        ("allow[weak-hsah]", "gives no reason, so it allows nothing: write # hashpin: allow[RULE] reason"),
        ("allow[weak-hsah] why", "allows nothing: no rule is called weak-hsah (did you mean weak-hash?)"),
        ("allow[Weak-Hash] why", "allows nothing: no rule is called Weak-Hash (did you mean weak-hash?)"),
        ("allow[zzz] why", "allows nothing: no rule is called zzz"),
        ("allow[] why", "allows nothing: it names no rule"),
        ("allow[*] why", "allows nothing: no rule is called *"),
        (f"allow[{'z' * 200}] why", f"allows nothing: no rule is called {'z' * 79}…"),
        ("allow weak-hash why", "is not understood: write # hashpin: allow[RULE] reason"),
        ("Allow[weak-hash] why", "is not understood: write # hashpin: allow[RULE] reason"),
        ("ignore[weak-hash] why", "is not understood: write # hashpin: allow[RULE] reason"),
        ("allow[weak-hash why", "is not understood: write # hashpin: allow[RULE] reason"),
        ("allow[yanked-release] why", "allows nothing: there is no such finding here"),
        ("allow[unused-allowance] why", "allows nothing: there is no such finding here"),
    ],
)
def test_what_is_wrong_with_a_comment_is_said_on_it(comment: str, said: str | None) -> None:
    text = f"a==1{WEAK} # hashpin: {comment}\n"
    report = judged(text)
    assert unused(report) == ([] if said is None else [said])
    assert kept(report) == ([] if said is None else ["weak-hash a"])
    for finding in report.findings:
        if finding.rule.name == "unused-allowance":
            assert finding.span.of(text) == f"# hashpin: {comment}"
            assert finding.severity is Severity.NOTE


def test_one_wrong_rule_does_not_spoil_the_others() -> None:
    report = judged(f"a==1{WEAK} # hashpin: allow[weak-hsah, weak-hash, malformed-hash] why\n")
    assert allowed(report) == ["weak-hash a"]
    assert unused(report) == [
        "allows nothing: no rule is called weak-hsah (did you mean weak-hash?)",
        "allows nothing: there is no such finding here",
    ]


@pytest.mark.parametrize("place", ["# hashpin: {}\n", "a==1\n  # hashpin: {}\nb==1\n", "\n# hashpin: {}"])
def test_a_comment_that_stands_alone(place: str) -> None:
    report = judged(place.format("allow[weak-hash] why"))
    assert unused(report) == [
        "stands beside no requirement, so it allows nothing: put it on the requirement's own line"
    ]


def test_where_the_repository_is_not_trusted_no_comment_counts() -> None:
    text = (
        f"a==1{WEAK} # hashpin: allow[weak-hash] why\nb==1{WEAK} # hashpin: nonsense\n# hashpin: allow[weak-hash] why\n"
    )
    report = judged(text, Policy(trusted=False))
    assert kept(report) == ["weak-hash a", "weak-hash b"]
    assert report.allowed == ()
    assert unused(report) == ["is not applied: it may come from the pull request itself (trust-config)"] * 3


# --- includes and options, over files --------------------------------------


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("-r gone.txt", "missing-include"),
        ("-c gone.txt", "missing-include"),
        ("--extra-index-url https://index.example/simple", "file-index"),
        ("-r https://index.example/r.txt", "remote-include"),
        ("-c HTTP://index.example/c.txt", "remote-include"),
    ],
)
def test_lines_that_are_no_requirements(here: Path, line: str, rule: str) -> None:
    (here / "requirements.txt").write_text(f"{line}\n")
    assert [finding["rule"] for finding in document()["findings"]] == [rule]
    (here / "requirements.txt").write_text(f"{line} # hashpin: allow[{rule}] why\n")
    found = document()
    assert (found["findings"], found["unchecked"]) == ([], [])
    assert [(entry["rule"], entry["reason"]) for entry in found["allowed"]] == [(rule, "why")]
    assert run("check", "--offline", "--fail-on", "note").code == 0


def test_a_remote_include_is_unchecked_until_that_is_accepted(here: Path) -> None:
    remote = "-r https://index.example/{}.txt"
    path = here / "requirements.txt"
    path.write_text(f"{remote.format('a')} # hashpin: allow[file-index] why\n")
    assert run("check", "--offline").code == 3
    path.write_text(f"{remote.format('a')} # hashpin: allow[remote-include] why\n{remote.format('b')}\n")
    found = document()
    assert [entry["line"] for entry in found["unchecked"]] == [2]
    assert run("check", "--offline").code == 3
    path.write_text(f"{remote.format('a')} # hashpin: allow[remote-include]\n")
    assert run("check", "--offline").code == 3, "without a reason"


def test_a_pin_that_is_unchecked_stays_so(here: Path) -> None:
    """To allow a finding says nothing of what was not judged."""
    (here / "requirements.txt").write_text(f"a==1{WEAK} # hashpin: allow[weak-hash] why\n")
    assert len(document()["unchecked"]) == 1


def test_an_included_file_has_its_own_comments(here: Path) -> None:
    (here / "requirements.txt").write_text("-r requirements-b.txt # hashpin: allow[weak-hash] why\n")
    (here / "requirements-b.txt").write_text(f"a==1{WEAK}\n")
    assert [(f["path"], f["rule"]) for f in document()["findings"]] == [
        ("requirements-b.txt", "weak-hash"),
        ("requirements.txt", "unused-allowance"),
    ]
    (here / "requirements-b.txt").write_text(f"a==1{WEAK} # hashpin: allow[weak-hash] why\n")
    assert document()["summary"]["allowed"] == 1


def test_fix_leaves_alone_what_is_allowed(here: Path, loopback: LoopbackIndex) -> None:
    loopback.projects.update(PROJECTS)
    for text in (BAD, STALE):
        path = here / "requirements.txt"
        path.write_text(text.rstrip("\n") + " # hashpin: allow[unknown-hash] own build\n")
        before = path.read_text()
        assert run("fix", "--unsafe-fixes", "--index-url", loopback.url).code == 0
        assert path.read_text() == before


# --- the configuration -----------------------------------------------------


def configured(*entries: Mapping[str, str | None], **severities: Severity | None) -> Policy:
    by_rule = {rule.replace("_", "-"): severity for rule, severity in severities.items()}
    made = [
        Allowance(
            entry.get("rule") or "weak-hash",
            entry.get("reason") or "why",
            "hashpin.toml",
            Span(number, number + 1),
            entry.get("project") or "a",  # type: ignore[arg-type]  # a normalised name
            entry.get("glob"),
        )
        for number, entry in enumerate(entries)
    ]
    return Policy(severities=by_rule, allowances=tuple(made), configuration=Source("hashpin.toml", " " * 99))


@pytest.mark.parametrize(
    ("entry", "left"),
    [
        ({}, ["weak-hash b"]),
        ({"project": "b"}, ["weak-hash a"]),
        ({"project": "gone"}, ["weak-hash a", "weak-hash b"]),
        ({"rule": "malformed-hash"}, ["weak-hash a", "weak-hash b"]),
        ({"glob": "requirements.txt"}, ["weak-hash b"]),
        ({"glob": "*"}, ["weak-hash b"]),
        ({"glob": "re*/base.txt"}, ["weak-hash a", "weak-hash b"]),
        ({"glob": "REQUIREMENTS.TXT"}, ["weak-hash a", "weak-hash b"]),
    ],
)
def test_a_configuration_allows_by_project_and_path(entry: Mapping[str, str], left: list[str]) -> None:
    report = judged(f"A==1{WEAK}\nb==1{WEAK}\n", configured(entry))
    assert kept(report) == left
    assert len(report.allowed) == 2 - len(left)


def test_an_entry_of_the_configuration_is_unused_where_its_project_is_pinned() -> None:
    policy = configured({"project": "a"}, {"project": "b"}, {"project": "c", "rule": "yanked-release"})
    report = judged(f"a==1{WEAK}\nb==1\n", policy)
    assert [(f.path, f.span.start) for f in report.findings if f.rule.name == "unused-allowance"] == [
        ("hashpin.toml", 1)
    ]
    assert "hashpin.toml" in report.sources


def test_a_comment_goes_before_the_configuration() -> None:
    report = judged(f"a==1{WEAK} # hashpin: allow[weak-hash] beside\n", configured({}))
    assert [entry.reason for entry in report.allowed] == ["beside"]
    assert unused(report) == ["allows nothing: there is no such finding here"]


def test_a_rule_that_is_off_is_counted_and_one_that_is_weaker_is_kept() -> None:
    text = f"a==1{WEAK}\nb==1{WEAK} # hashpin: allow[weak-hash] why\n"
    report = judged(text, configured(weak_hash=None))
    assert [entry.reason for entry in report.allowed] == ["the configuration switches this rule off", "why"]
    assert kept(report) == []
    report = judged(text, configured(weak_hash=Severity.WARNING))
    assert [f.severity for f in report.findings if f.rule == weak_hash.RULE] == [Severity.WARNING]


def test_severities_of_unused_allowances() -> None:
    text = "a==1 # hashpin: nonsense\n"
    report = judged(text, configured(unused_allowance=Severity.ERROR))
    assert report.worst is Severity.ERROR
    assert "unused-allowance" not in kept(judged(text, configured(unused_allowance=None)))


def test_a_severity_stands_for_every_finding_of_the_rule() -> None:
    rule = Rule("weak-hash", Severity.ERROR, "")
    weaker = [Finding(rule, Severity.NOTE, "r.txt", Span(0, 1), "m", "a")]
    assert [f.severity for f in apply(weaker, Policy()).kept] == [Severity.NOTE]
    assert [f.severity for f in apply(weaker, configured(weak_hash=Severity.ERROR)).kept] == [Severity.ERROR]


# --- counted in every output -----------------------------------------------

TWO = f"a==1{WEAK} # hashpin: allow[weak-hash] own build\nb==1{WEAK} # hashpin: allow[weak-hash] other\nc==1{WEAK}\n"


def test_counted_in_text() -> None:
    report = judged(TWO)
    assert text_lines.render(report).splitlines()[-1].endswith(": 1 error, 3 unchecked; 2 allowed")
    assert "own build" not in text_lines.render(report)
    assert "allowed" not in text_lines.render(judged("c==1\n")).splitlines()[-1]
    shown = text_lines.render(report, verbose=True).splitlines()
    told = "md5 is no algorithm that pip takes, so pip refuses the whole file"
    assert [line for line in shown if "allowed[" in line] == [
        f"requirements.txt:1:6: allowed[weak-hash] a==1: {told}, reason: own build",
        f"requirements.txt:2:6: allowed[weak-hash] b==1: {told}, reason: other",
    ]


def test_counted_by_the_command_line(here: Path) -> None:
    (here / "requirements.txt").write_text(TWO)
    assert run("check", "--offline").out.endswith("; 2 allowed\n")
    assert run("check", "--offline", "--verbose").out.count("allowed[weak-hash]") == 2
    found = document()
    assert found["summary"]["allowed"] == len(found["allowed"]) == 2
    assert [(entry["line"], entry["project"], entry["reason"]) for entry in found["allowed"]] == [
        (1, "a", "own build"),
        (2, "b", "other"),
    ]
    assert found["summary"]["errors"] == 1
    assert "; 2 allowed" in run("check", "--offline", "--format", "markdown").out


def test_counted_in_markdown() -> None:
    shown = OUTPUTS["markdown"](judged(TWO))
    assert "; 2 allowed" in shown
    assert len(re.findall(r"^\| ☑️ allowed weak-hash \| `requirements.txt:[12]` \|", shown, re.MULTILINE)) == 2
    assert "reason: own build" in shown


def test_what_is_allowed_makes_no_annotation() -> None:
    found = list(runner.commands(OUTPUTS["github"](judged(TWO))))
    assert [c.properties["line"] for c in found if c.properties["title"] == "hashpin: weak-hash"] == ["3"]


# --- hostile words ---------------------------------------------------------

PIECES = st.sampled_from(
    [
        *("::error::x", "::add-mask::x", "::stop-commands::y", "##[error]x", "##[set-output name=a]b", "%0A", "%"),
        *("\x1b[31m", "\x07", "\x08", "\x7f", "\x9b", "\u202e", "\u200b", "\ufeff", "\U000e0041", "\t"),
        *("|", "`", "``", "\\", "<b>", "<!--", "[a](javascript:x)", "![a](b)", "@org", "#1", "*a*", "~~a~~", "&lt;"),
        *(" ", "why", "]", "allow[", "# hashpin: ", "https://user:secret@index.example/"),
    ]
)
ENDS = "".join(lines.LINE_ENDS)
in_comments = st.lists(PIECES | st.text(st.characters(exclude_characters=ENDS), max_size=4), max_size=8).map("".join)
anywhere = st.lists(PIECES | st.sampled_from([*ENDS, "\r\n::error::x\r\n"]) | st.text(max_size=4), max_size=8)

READER = MarkdownIt("gfm-like", {"linkify": False})


def assert_inert(report: Report, most: int) -> None:
    """No output has a command but our own annotations, no markup but our own, and no secret."""
    rendered = {name: render(report) for name, render in OUTPUTS.items()}
    rendered["verbose"] = text_lines.render(report, verbose=True)
    for name, shown in rendered.items():
        found = list(runner.commands(shown))
        assert {c.name for c in found} <= ({"error", "warning", "notice"} if name == "github" else set()), name
        assert all(set(c.properties) <= {"title", "file", "line", "col", "endColumn"} for c in found)
        assert "user:secret@" not in shown
        assert all(ord(char) >= 32 or char == "\n" for char in shown), name
    assert len(rendered["verbose"].split("\n")) <= most
    jsonschema.validate(json.loads(rendered["json"]), SCHEMA)
    tokens = READER.parse(rendered["markdown"])
    inner = {child.type for token in tokens for child in token.children or ()}
    assert inner <= {"text", "code_inline", "text_special", "softbreak"}
    assert {token.type.rpartition("_")[0] for token in tokens} <= {
        *("heading", "paragraph", "table", "thead", "tbody", "tr", "th", "td", ""),
    }
    rows = len(report.findings) + len(report.unchecked) + len(report.allowed)
    assert sum(token.type == "td_open" for token in tokens) == 4 * rows


@some
@given(in_comments)
@example("]\x1b[31m ::error::x")
def test_reasons_in_comments_stay_words(words: str) -> None:
    text = f"a==1{WEAK} # hashpin: allow[weak-hash] {words}\nb==1 # hashpin: allow[{words}] why\n"
    # A finding has an excerpt, a caret and advice below it; the last line counts.
    report = judged(text)
    assert_inert(report, 4 * len(report.findings) + len(report.unchecked) + len(report.allowed) + 3)
    for entry in report.allowed:
        assert entry.reason in text
        assert visible(entry.reason) in text_lines.render(report, verbose=True).replace("##\u200b[", "##[")


@some
@given(anywhere.map("".join))
def test_reasons_of_the_configuration_stay_words(words: str) -> None:
    report = judged(f"a==1{WEAK}\n", configured({"reason": words or "why"}))
    assert [entry.reason for entry in report.allowed] == [words or "why"]
    assert_inert(report, 4 * len(report.findings) + len(report.unchecked) + len(report.allowed) + 3)


def test_a_hostile_reason_in_a_log(here: Path) -> None:
    (here / "requirements.txt").write_text(f"a==1{WEAK}\n")
    (here / "hashpin.toml").write_text(
        '[[allow]]\nrule = "weak-hash"\nproject = "a"\nreason = "x\\r\\n::error::owned\\n##[error]owned\\u001b[31m"\n'
    )
    got: Ran = run("check", "--offline", "--verbose")
    assert "reason: x\\r\\n::error::owned\\n##" in got.out
    assert list(runner.commands(got.out + got.err)) == []
    assert "\x1b" not in got.out


# --- how much work ---------------------------------------------------------


def findings(count: int) -> list[Finding]:
    return [
        Finding(weak_hash.RULE, Severity.ERROR, "r.txt", Span(100 * n, 100 * n + 9), "is weak", "mend it", f"a{n}", "1")
        for n in range(count)
    ]


def file_of(count: int) -> str:
    """Each line is 100 characters long, and allows."""
    return "".join(f"a{n}==1 # hashpin: allow[weak-hash] why".ljust(99, ".") + "\n" for n in range(count))


def apply(found: Iterable[Finding], policy: Policy, text: str = "") -> allowances.Outcome:
    return allowances.apply(found, {"r.txt": formats.parse(Source("r.txt", text))}, policy, RULES)


def test_many_comments_and_many_findings() -> None:
    def made(count: int) -> int:
        found, files = findings(count), {"r.txt": formats.parse(Source("r.txt", file_of(count)))}
        outcomes: list[allowances.Outcome] = []
        counted = calls(lambda: outcomes.append(allowances.apply(found, files, Policy(), RULES)))
        assert len(outcomes[0].allowed) == count
        assert not outcomes[0].kept
        assert not outcomes[0].unused
        return counted

    assert made(1_600) < 6 * made(400), "four times as many, and little more than four times the work"


def by_project(count: int) -> Policy:
    return configured(*({"project": f"a{n}"} for n in reversed(range(count))))


def test_a_large_configuration_allows_each_its_own() -> None:
    outcome = apply(findings(50), by_project(40))
    assert [finding.project for finding in outcome.kept] == [f"a{n}" for n in range(40, 50)]
    assert len(outcome.allowed) == 40


def test_a_large_configuration_and_many_findings() -> None:
    def made(count: int) -> int:
        found, policy = findings(count), by_project(count)
        return calls(lambda: apply(found, policy))

    assert made(400) < 6 * made(100)


# --- known faults ----------------------------------------------------------


def test_unused_allowances_that_are_off_are_counted() -> None:
    report = judged("a==1 # hashpin: nonsense\n", configured(unused_allowance=None))
    assert len(report.allowed) == 1


def test_a_path_means_the_same_in_every_folder(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "requirements").mkdir()
    (here / "requirements" / "base.txt").write_text(f"a==1{WEAK}\n")
    (here / "hashpin.toml").write_text(
        '[[allow]]\nrule = "weak-hash"\nproject = "a"\npath = "requirements/*"\nreason = "why"\n'
    )
    assert document()["summary"]["allowed"] == 1
    monkeypatch.chdir(here / "requirements")
    assert document()["summary"]["allowed"] == 1


def test_one_pins_comment_does_not_speak_for_the_others() -> None:
    report = judged("a==1 # hashpin: allow[unhashed-pin] own build\nb==2\n")
    assert any(finding.rule.name == "unhashed-pin" for finding in report.findings)


@pytest.mark.parametrize("beside", [f"--hash=sha256:{OLD}", f"--hash=sha256:{GOOD[:60]}"])
def test_fix_keeps_an_allowed_hash_beside_another_fault(here: Path, loopback: LoopbackIndex, beside: str) -> None:
    loopback.projects.update(PROJECTS)
    path = here / "requirements.txt"
    path.write_text(f"demo==2.0 --hash=sha256:{OLD} {beside} # hashpin: allow[unknown-hash] own build\n")
    run("fix", "--index-url", loopback.url)
    assert f"--hash=sha256:{OLD}" in path.read_text()
