"""The job summary: within GitHub's limit, and without markup that strangers wrote."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from hashpin.outputs import markdown
from tests.outputs import sample

READER = MarkdownIt("gfm-like", {"linkify": False})
PIECES = st.sampled_from(
    [
        "|",
        "`",
        "``",
        "\\",
        "<b>",
        "[a](http://x.example)",
        "![a](b)",
        "@org",
        "#1",
        "*a*",
        "_a_",
        "~~a~~",
        "\n",
        "\n\n",
        "&lt;",
    ]
)
HOSTILE = st.lists(PIECES | st.text(max_size=5), max_size=12).map("".join)


@given(HOSTILE)
def test_text_of_strangers_is_no_markup(text: str) -> None:
    tokens = READER.parse(markdown.render(sample.hostile(text)))
    assert {token.type for token in tokens} <= {
        *("heading_open", "inline", "heading_close", "paragraph_open", "paragraph_close"),
        *("table_open", "thead_open", "tr_open", "th_open", "th_close", "tr_close", "thead_close"),
        *("tbody_open", "td_open", "td_close", "tbody_close", "table_close"),
    }
    assert sum(token.type == "td_open" for token in tokens) == 8, "two rows of four cells"
    inner = {child.type for token in tokens for child in token.children or ()}
    assert inner <= {"text", "code_inline", "text_special", "softbreak"}


@given(st.text(alphabet="@#/:.wghtpsWGH-1a ", max_size=30))
def test_no_mention_no_reference_no_link(text: str) -> None:
    shown = re.sub("`[^`]*`", "", markdown.render(sample.hostile(text)).partition("|---|")[2])
    assert not re.search(r"@\w|#\d|://|\bwww\.|\bgh-\d", shown, re.IGNORECASE)


def test_cut_at_whole_rows_below_the_limit() -> None:
    shown = markdown.render(sample.hostile("ä" * 900, findings=400))
    assert len(shown.encode()) <= markdown.LIMIT
    *rows, blank, last = shown.rstrip("\n").split("\n")
    assert re.fullmatch(r"[\d,]+ more are not shown: GitHub's limit of 1 MiB.", last)
    assert blank == ""
    assert all(row.endswith(" |") for row in rows[6:])
    assert int(last.split()[0].replace(",", "")) + len(rows) - 6 == 401


def test_the_verdict_leads() -> None:
    assert markdown.render(sample.clean()).startswith("## hashpin: ✅ no findings\n")
    assert markdown.render(sample.report()).startswith("## hashpin: ❌ 2 errors, 1 warning, 1 note, 2 unchecked\n")
