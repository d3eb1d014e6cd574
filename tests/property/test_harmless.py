"""No text of a stranger becomes a command, an output, an environment entry or markup, in any output.

Strangers write file names, requirement lines, the index's answers and GitHub's errors. What is no output for a log is
not here: the patch of `fix --diff` is a file's own text, as a patch has to be, and goes to standard output alone.
"""

from __future__ import annotations

import io
import json
import re
from io import TextIOWrapper

from hypothesis import assume, example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from msgspec.structs import replace
from packaging.utils import canonicalize_name

from hashpin import HOME_PAGE, action
from hashpin.console import Console
from hashpin.model import (
    Allowed,
    Correction,
    Digest,
    DistributionFile,
    HashOption,
    HashVerdict,
    LeftWhole,
    Packaging,
    Pin,
    Report,
    SetHashes,
    Skipped,
    Verdict,
)
from hashpin.outputs import (
    OUTPUTS,
    markdown,
    markup,
    patch,
    pull_request_body,
    sarif,
    text_lines,
    workflow_commands,
)
from hashpin.text import Edit, Span
from hashpin.wording import visible
from tests import runner
from tests.outputs import sample
from tests.property.strategies import LINE_ENDS, searched

# Characters that count for nothing, or take what stands before them with them, where .NET compares texts.
_ODD = ["\u200b", "\ufeff", "\ufe00", "\u034f", "\u3164", "\U000e0100", "\u0301", "\u20e3", "\u00ad", "\u2060", "\x01"]
_BLANKS = [" ", "\t", "\u00a0", "\u2003", "\u3000", "\u1680", "\x1c"]
_COMMANDS = [*sorted(runner.COMMANDS), "ERROR", " file=a,line=1", " name=PATH", "=", ",", ";", "%0A", "%25", "%3A"]
_ENTRIES = ["NAME=value", "NAME<<EOF", "EOF", "hashpin-", "verdict<<x"]
_MARKUP = [
    *("|", "`", "``", "\\", "<b>", "<!--", "[a](http://x.example)", "![a](b)", "](", "[^1]", "@org/team", "#1", "GH-1"),
    *("o/r#1", "a@b.example", "www.x.example", "https://x.example", "ftp://x", "*a*", "_a_", "~~a~~", "&lt;", "$a$"),
    *("# a", "- a", "1. a", "> a", "---", "==="),
]
_MARKS = ["::", ":", ":::", "##[", "#", "##", "[", "]"]
hostile = st.lists(
    st.sampled_from(_MARKS)
    | st.sampled_from(["##[error]", "##[set-output name=a]", "::error::", "::add-mask::", "::stop-commands::"])
    | st.sampled_from(_COMMANDS)
    | st.sampled_from([*LINE_ENDS, "\r\n", "\x1b[31m", "\u202e"])
    | st.sampled_from(_ODD + _BLANKS)
    | st.sampled_from(_ENTRIES + _MARKUP)
    | st.text(max_size=4),
    max_size=14,
).map("".join)


def report(text: str) -> Report:
    """Everything that a stranger writes is this text."""
    pin = Pin("a==1", canonicalize_name("a"), "1", Span(0, 0), Span(0, 0), 0)
    wish = SetHashes(text, pin, frozenset({Digest("sha256", "0")}), safe=True)
    base = sample.hostile(text)
    findings = tuple(replace(finding, fix=wish) for finding in base.findings)
    return replace(
        base,
        findings=findings,
        allowed=(Allowed(findings[0], text),),
        skipped=(Skipped(text, text),),
        debt=findings,
        edits={wish: Edit(Span(0, 0), text)},
    )


@searched
@given(hostile)
@example("\U0001f600" * 5000)
@example("\u0301x")
@example("=x")
@example("\n::add-mask::x\r##[set-output name=a]b")
@example("a ##[error]x")
def test_no_output_commands_the_runner(text: str) -> None:
    ours = report(text)
    for name, shown in {
        "text": text_lines.render(ours, verbose=True),
        "text in color": text_lines.render(ours, color=True, verbose=True),
        "quiet text": text_lines.render(ours, quiet=True),
        **{name: OUTPUTS[name](ours) for name in OUTPUTS.keys() - {"github"}},
        "standard error": said(text),
        "pull request": proposal(text),
        "summary of a run": markdown.render(
            ours, markdown.Words([text], [proposal(text)], home="https://github.example/o/r")
        ),
        "patch": patch.render({text: f"--- a\n+++ b\n@@ -1 +1 @@\n-{text}\n+{text}\n"}),
    }.items():
        assert list(runner.commands(shown)) == [], name


def proposal(text: str) -> str:
    """The body of a pull request."""
    base = report(text)
    digest = Digest("sha256", text)
    file = DistributionFile(text, Packaging.WHEEL, (digest,))
    went = HashVerdict(HashOption(digest, Span(0, 0)), Verdict.OTHER_VERSION, file=file, version=text)
    done = Correction(text, text, text, base.findings, (went,), ((digest, file),))
    return pull_request_body.render([done], [LeftWhole(text, text)], base, text, "a" * 40)


def said(text: str) -> str:
    """What the command line says beside its output."""
    beside = io.StringIO()
    Console(io.BytesIO(), TextIOWrapper(io.BytesIO()), beside, {}).say(text)
    return beside.getvalue()


@searched
@given(hostile)
@example("\u0301x")
@example("=x")
@example("\U0001f600" * 5000)
@example("a\n::add-mask::x")
def test_annotations_are_ours_alone(text: str) -> None:
    found = runner.alike(workflow_commands.render(report(text)))
    assert [command.name for command in found] == ["error", "error", "notice"]
    for command in found[:2]:
        assert set(command.properties) <= {"title", "file", "line", "col", "endColumn"}
        assert command.properties.get("file", "").removeprefix("./") in (visible(text), visible(text).strip())
        assert runner._cut(command.data) == command.data, "the runner cuts nothing off"
        assert visible(text)[:100] in command.data


@searched
@given(hostile)
@example("\u0301x")
def test_an_error_is_one_error(text: str) -> None:
    (found,) = runner.alike(workflow_commands.error(text))
    assert (found.name, found.properties) == ("error", {"title": "hashpin"})
    assert visible(text)[:100] in found.data


@searched
@given(hostile)
def test_a_mask_hides_its_text_and_no_other(text: str) -> None:
    assume(text.strip())
    assert runner.parsed(workflow_commands.mask(text)) == runner.Command("add-mask", {}, text)
    assert len(runner.lines(workflow_commands.mask(text))) == 1


@searched
@given(hostile)
@example("x\nNAME=value\nEOF\n")
@example("\r\n")
def test_outputs_are_ours_alone(text: str) -> None:
    values = {"verdict": "clean", "json-file": text, "pull-request-url": text}
    assert runner.file_commands(action._outputs(values)) == values


# --- markup ----------------------------------------------------------------

READER = MarkdownIt("gfm-like", {"linkify": False})
_BLOCKS = {"heading", "inline", "paragraph", "bullet_list", "list_item", "table", "thead", "tr", "th", "tbody", "td"}


@searched
@given(hostile)
@example("[a](https://x.example) @org #1")
def test_a_summary_has_no_markup_but_ours(text: str) -> None:
    tokens = READER.parse(markdown.render(report(text)))
    assert {token.type.removesuffix("_open").removesuffix("_close") for token in tokens} <= {*_BLOCKS, "html_block"}
    assert [token.content for token in tokens if token.type == "html_block"] == [
        "<details><summary>1 finding that stood before this change</summary>\n",
        "</details>\n",
    ]
    assert sum(token.type == "td_open" for token in tokens) == 16, "four rows of four cells"
    assert sum(token.type == "list_item_open" for token in tokens) == 1, "one file was skipped"
    assert sum(token.type == "heading_open" for token in tokens) == 1
    pieces = [child for token in tokens for child in token.children or ()]
    assert {piece.type for piece in pieces} <= {"text", "code_inline", "text_special", "softbreak"}
    # Beside code, GitHub makes links of these by itself: "Autolinked references and URLs", GFM 6.9.
    shown = "".join(piece.content if piece.type != "code_inline" else "\0" for piece in pieces)
    assert not re.search(r"@\w|#\d|://|\bwww\.|\bgh-\d", shown, re.IGNORECASE)


@searched
@given(hostile)
@example("[a](https://x.example) @org #1")
@example("\n\n- a\n\n# b\n")
@example("</details>")
def test_a_pull_request_has_no_markup_but_ours(text: str) -> None:
    shown = proposal(text)
    assert len(shown) <= pull_request_body.LIMIT
    tokens = READER.parse(shown)
    assert {token.type.removesuffix("_open").removesuffix("_close") for token in tokens} <= {*_BLOCKS, "html_block"}
    assert [token.content for token in tokens if token.type == "html_block"] == [
        "<details><summary>all hashes that went and came</summary>\n",
        "</details>\n",
    ]
    assert sum(token.type == "td_open" for token in tokens) == 6
    pieces = [child for token in tokens for child in token.children or ()]
    types = {"text", "code_inline", "text_special", "softbreak", "strong_open", "strong_close", "html_inline"}
    assert {piece.type for piece in pieces} <= {*types, "link_open", "link_close"}
    assert [piece.attrs for piece in pieces if piece.type == "link_open"] == [
        {"href": f"{HOME_PAGE}#checks-do-not-run-on-the-pull-request"}
    ]
    assert {piece.content for piece in pieces if piece.type == "html_inline"} <= {"<br>"}
    plain = "".join(piece.content if piece.type != "code_inline" else "\0" for piece in pieces)
    assert not re.search(r"@\w|#\d|://|\bwww\.|\bgh-\d", plain, re.IGNORECASE)


_HOME = "https://github.example/o/r"


@searched
@given(hostile, st.sampled_from(["", f"{_HOME}/", f"{_HOME}/compare/a...b?x=1", "`permissions: {a: read}`"]), hostile)
@example("[a](https://x.example) @org #1", f"{_HOME}/x", "](y)")
@example("`", "`permissions: {a: read}`", "`")
def test_a_remark_links_home_and_nowhere_else(before: str, between: str, after: str) -> None:
    tokens = READER.parse(f"- {markup.remark(before + between + after, _HOME)}\n")
    pieces = [child for token in tokens for child in token.children or ()]
    types = {"text", "code_inline", "text_special", "softbreak", "link_open", "link_close"}
    assert {piece.type for piece in pieces} <= types
    assert all(str(piece.attrs["href"]).startswith(f"{_HOME}/") for piece in pieces if piece.type == "link_open")
    codes = [piece.content for piece in pieces if piece.type == "code_inline"]
    assert all(re.fullmatch(r"[A-Za-z0-9_:,./ {}-]+", code) for code in codes)


def test_a_remark_keeps_what_is_to_be_copied() -> None:
    said = f"give the job `permissions: {{contents: write}}`, or open it at {_HOME}/compare/main...a/b?expand=1"
    assert markup.remark(said, _HOME) == (
        f"give the job `permissions: {{contents: write}}`, or open it at <{_HOME}/compare/main...a/b?expand=1>"
    )


@searched
@given(hostile)
@example("](javascript:x)")
def test_code_scanning_shows_no_link_of_a_stranger(text: str) -> None:
    (run,) = json.loads(sarif.render(report(text)))["runs"]
    told = [*run["results"], *run["invocations"][0]["toolExecutionNotifications"]]
    for entry in told:
        assert "](" not in entry["message"]["text"]
        assert len(entry["message"]["text"]) <= 1024
    for artifact in run["artifacts"]:
        assert re.fullmatch(r"(?:file:///)?(?:[\w./~-]|%[0-9A-F]{2})*", artifact["location"]["uri"], re.ASCII)
