"""What a finding is known by: the same wherever its line stands, another where the line says something else."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from hashpin.fingerprints import fingerprints
from hashpin.model import Finding, Rule, Severity, Source, Unchecked
from hashpin.text import Span

LINE = "a==1 \\\n    --hash=sha256:00 \\\n    --hash=sha256:11"


def known(text: str, *parts: str, rule: str = "unknown-hash", project: str = "a", version: str = "1") -> list[str]:
    """The fingerprints of findings at parts of a text."""
    named = Rule(rule, Severity.ERROR, "")
    spans = [Span(text.index(part), text.index(part) + len(part)) for part in parts]
    entries = [Finding(named, Severity.ERROR, "r.txt", span, "", "", project, version) for span in spans]
    return fingerprints(entries, {"r.txt": Source("r.txt", text)})


def test_the_form_is_that_of_code_scanning() -> None:
    (first, second) = known(LINE, "--hash=sha256:00", "--hash=sha256:11")
    assert re.fullmatch("[0-9a-f]{32}:1", first)
    assert second == f"{first[:-1]}2"


def test_it_moves_with_its_line() -> None:
    here = known(LINE, "--hash=sha256:11")
    for text in (
        f"# x\nb==2\n{LINE}\n",
        f"b==2 \\\n  --hash=x:y\n{LINE}",
        LINE.replace("\n", "\r\n"),
        f"{LINE}  \n# y",
    ):
        assert known(text, "--hash=sha256:11") == here, text
    joined = " ".join(LINE.replace("\\", "").split())
    assert known(joined, "--hash=sha256:11") == here


def test_a_line_that_says_something_else_is_news() -> None:
    here = known(LINE, "--hash=sha256:11")
    assert known(LINE.replace(":00", ":22"), "--hash=sha256:11") != here
    assert known(f"x {LINE}", "--hash=sha256:11") != here
    assert known(LINE, "--hash=sha256:11", rule="weak-hash") != here
    assert known(LINE, "--hash=sha256:11", project="b") != here
    assert known(LINE, "--hash=sha256:11", version="2") != here


def test_a_place_of_several_lines_is_all_of_them() -> None:
    assert known("a==1\n  --hash=x:y\nb", "a==1\n  --hash=x:y") != known("a==1\n  --hash=x:z\nb", "a==1\n  --hash=x:z")
    assert known("a==1\nb", "a==1\n") == known("a==1\nc", "a==1\n")


def test_what_has_no_place_is_known_by_the_rest() -> None:
    files = [Unchecked("gone.txt", "why"), Unchecked("other.txt", "why"), Unchecked("gone.txt", "else")]
    first, other, second = fingerprints(files, {})
    assert first == other, "the path has no part in it"
    assert second == f"{first[:-1]}2"


@given(st.text(alphabet="ab \\\n\r\t#", max_size=40), st.data())
def test_any_place_has_one(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    entry = Unchecked("r.txt", "", Span(start, end))
    assert fingerprints([entry], {"r.txt": Source("r.txt", text)}) == fingerprints(
        [Unchecked("r.txt", "", Span(start + 3, end + 3))], {"r.txt": Source("r.txt", f"b\n\n{text}")}
    )
