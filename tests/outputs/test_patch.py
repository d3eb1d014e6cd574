"""The patch in the summary: git takes it from a shell, and whatever it holds, it is text."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from hashpin.diff import readable
from hashpin.encoding import Encoding, decode
from hashpin.model import Source
from hashpin.outputs import markdown, patch
from tests import runner
from tests.outputs import sample
from tests.test_diff import needs_git

READER = MarkdownIt("gfm-like", {"linkify": False})
HOSTILE = st.lists(
    st.sampled_from(
        ["```", "`" * 9, "~~~", "</details>", "<img src=x>", "HASHPIN", "EOF", "\n", "\n", "\t", " ", "$(id)", "'"]
    )
    | st.sampled_from(["::error::", "##[error]", "\\", "\r", "\u202e", "https://u:p@h.example", "[l](x)", "@org", "#1"])
    | st.text(max_size=5),
    max_size=12,
).map("".join)


def diff(before: str, after: str, path: str = "requirements.txt") -> str | None:
    return readable(Source(path, before), after, path)


def block(shown: str) -> str:
    """The one code block."""
    (fence,) = [token for token in READER.parse(shown) if token.type == "fence"]
    return fence.content


@given(HOSTILE, HOSTILE)
def test_a_shell_gives_git_what_was_meant(before: str, after: str) -> None:
    shown = patch.render({"r.txt": diff(f"{before}\n", f"{after}\n", "r.txt")})
    if "is not in the patch" in shown or before == after:
        return
    whole = block(shown)
    first, *lines, last, end = whole.split("\n")
    assert (end, first) == ("", f"git apply <<'{last}'")
    assert last not in lines, "the shell would end there"
    assert "\n".join(lines) + "\n" == diff(f"{before}\n", f"{after}\n", "r.txt")


@needs_git
def test_pasted_into_a_shell(tmp_path: Path) -> None:
    before = "# `$(touch owned)` ```` HASHPIN\nsix==1.0 \\\n    --hash=sha256:aa\nlast"
    after = before.replace("aa", "bb")
    (tmp_path / "a b.txt").write_text(before)
    script = block(patch.render({"a b.txt": diff(before, after, "a b.txt")}))
    subprocess.run(["sh", "-c", script], cwd=tmp_path, check=True)
    assert (tmp_path / "a b.txt").read_text() == after
    assert [path.name for path in tmp_path.iterdir()] == ["a b.txt"]


@given(HOSTILE, HOSTILE)
def test_it_is_no_markup_and_no_command(before: str, after: str) -> None:
    diffs = {before: diff(before, after), "good.txt": diff("a==1\n", "a==2\n")}
    shown = patch.render(diffs)
    assert list(runner.commands(shown)) == []
    tokens = READER.parse(shown)
    files = "2 files" if diffs[before] and "is not in the patch" not in shown else "1 file"
    assert [t.content for t in tokens if t.type == "html_block"] == [
        f"<details><summary>The corrections as a patch, {files}</summary>\n",
        "</details>\n",
    ]
    assert {t.type for t in tokens} <= {
        *("html_block", "paragraph_open", "inline", "paragraph_close", "fence"),
        *("bullet_list_open", "list_item_open", "list_item_close", "bullet_list_close"),
    }
    assert {child.type for t in tokens for child in t.children or ()} <= {"text", "code_inline", "text_special"}


def test_what_would_not_come_through_is_told() -> None:
    sources = {
        "crlf.txt": Source("crlf.txt", "a==1\r\n"),
        "utf-16.txt": Source("utf-16.txt", "a==1\n", Encoding("utf-16-le", b"\xff\xfe")),
        "latin.txt": Source("latin.txt", "# coding: latin-1\n# \xe4\na==1\n", decode(b"# coding: latin-1\n")[1]),
        "mark.txt": Source("mark.txt", "a==1\n", Encoding("utf-8", b"\xef\xbb\xbf")),
        "bidi.txt": Source("bidi.txt", "# \u202e\na==1\n"),
        "secret.txt": Source("secret.txt", "-i https://u:hunter2@index.example/simple\na==1\n"),
        "command.txt": Source("command.txt", "# ##[add-mask]x\na==1\n"),
        "first.txt": Source("first.txt", "::add-mask::x\na==1\n"),
        "ticks.txt": Source("ticks.txt", f"# {'`' * 100}\na==1\n"),
        "good.txt": Source("good.txt", "# ä ``` \na==1\n"),
    }
    diffs = {path: readable(source, source.text.replace("==1", "==2"), path) for path, source in sources.items()}
    shown = patch.render(diffs)
    told = re.findall(r"^- `(.+)` is not in the patch: (.+)$", shown, re.MULTILINE)
    assert told == [
        ("crlf.txt", "its lines end in CRLF, which a page does not keep"),
        ("utf-16.txt", "the file is not UTF-8"),
        ("latin.txt", "the file is not UTF-8"),
        ("mark.txt", "it holds invisible characters, or a URL with credentials"),
        ("bidi.txt", "it holds invisible characters, or a URL with credentials"),
        ("secret.txt", "it holds invisible characters, or a URL with credentials"),
        ("command.txt", "it holds a line that a runner takes for a command"),
        ("first.txt", "it holds a line that a runner takes for a command"),
        ("ticks.txt", "it holds a long run of back-ticks"),
    ]
    assert "hunter2" not in shown
    assert "+++ b/good.txt\n" in block(shown)


def test_cut_at_whole_files_and_the_table_has_the_rest() -> None:
    text = "".join(f"p{number}==1 # {'x' * 90}\n" for number in range(3000))
    diffs = {f"{name}.txt": diff(text, text.replace("==1", "==2"), f"{name}.txt") for name in "abc"}
    shown = patch.render({**diffs, "d.txt": diff("a\n", "b\n", "d.txt")})
    assert len(shown.encode()) <= markdown.LIMIT // 2
    assert re.findall(r"^- `(\w)\.txt` is not .*: it does not fit", shown, re.MULTILINE) == ["a", "b", "c"]
    assert "+++ b/d.txt" in block(shown), "a small file still fits"
    whole = markdown.render(sample.hostile("ä" * 900, findings=400), markdown.Words(sections=[shown]))
    assert len(whole.encode()) <= markdown.LIMIT
    assert whole.endswith(shown)
    assert "more are not shown" in whole
    small = markdown.render(sample.hostile("ä" * 900, findings=40), limit=60_000)
    assert len(small.encode()) <= 60_000


def test_so_many_files_that_do_not_fit() -> None:
    shown = patch.render({f"{number:0200}.txt": None for number in range(20_000)})
    assert len(shown.encode()) <= markdown.LIMIT // 2
    assert "more are not shown" in shown


def test_nothing_corrected_says_nothing() -> None:
    assert patch.render({}) == ""
