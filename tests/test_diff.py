"""The patch of one file: as expected, and as git takes it."""

from __future__ import annotations

import codecs
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from hashpin.diff import unified
from hashpin.encoding import decode, encode
from hashpin.model import Source

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")


def patch(before: str, after: str, path: str = "requirements.txt") -> str:
    return unified(Source("shown.txt", before), after, path).decode()


def test_nothing_changed() -> None:
    assert patch("six==1.0\n", "six==1.0\n") == ""


def test_a_line_changed() -> None:
    assert patch("# c\nsix==1.0\n", "# c\nsix==2.0\n", "a/requirements.txt") == (
        "--- a/a/requirements.txt\n+++ b/a/requirements.txt\n@@ -1,2 +1,2 @@\n # c\n-six==1.0\n+six==2.0\n"
    )


def test_a_missing_final_newline_is_said() -> None:
    assert patch("a==1", "a==2") == (
        "--- a/requirements.txt\n+++ b/requirements.txt\n@@ -1 +1 @@\n"
        "-a==1\n\\ No newline at end of file\n+a==2\n\\ No newline at end of file\n"
    )


def test_only_line_feeds_part_lines() -> None:
    assert patch("a==1\u2028b==1\r\nc==1\f\n", "a==1\u2028b==2\r\nc==1\f\n") == (
        "--- a/requirements.txt\n+++ b/requirements.txt\n@@ -1,2 +1,2 @@\n"
        "-a==1\u2028b==1\r\n+a==1\u2028b==2\r\n c==1\f\n"
    )


def test_what_git_takes_for_binary_can_be_looked_at() -> None:
    text, encoding = decode(codecs.BOM_UTF16_LE + "größe==1\n".encode("utf-16-le"))
    shown = unified(Source("r.txt", text, encoding), "größe==2\n", "r.txt").decode()
    assert shown.splitlines()[-2:] == ["-\ufeffgröße==1", "+\ufeffgröße==2"]


@needs_git
@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"a==1\n", "a==2\n"),
        (b"a==1", "a==2"),
        (b"a==1", "a==1\n"),
        (b"a==1\n", "a==1"),
        (b"a==1\r\nb==1\r\n", "a==1\r\nb==2\r\n"),
        (b"a==1\rb==1\n", "a==1\rb==2\n"),
        ("a\u2028b\x85c\n\f\n".encode(), "a\u2028b\x85d\n\f\n"),
        ("".join(f"{n}\n" for n in range(40)).encode(), "".join(f"{n}\n" for n in range(40) if n not in (3, 30))),
        (b"\n\n\n", "\n\nx\n\n"),
        (b"--- a\n+++ b\n", "--- a\n+++ c\n"),
        (codecs.BOM_UTF8 + "größe==1\nb==1\n".encode(), "größe==2\nb==1\n"),
        ("# coding: latin-1\n# größe\na==1\n".encode("latin-1"), "# coding: latin-1\n# größe\na==2\n"),
    ],
)
def test_git_applies_it(before: bytes, after: str, tmp_path: Path) -> None:
    applied("requirements.txt", before, after, tmp_path)


@needs_git
@pytest.mark.parametrize(
    "path",
    [
        "folder/r.txt",
        "two words.txt",
        "größe.txt",
        'qu"ote.txt',
        "back\\slash.txt",
        "tab\there.txt",
        "line\nend.txt",
        "bell\x07.txt",
        "not\udcffutf-8.txt",
    ],
)
def test_git_finds_the_file(path: str, tmp_path: Path) -> None:
    """A name with a line end must not become a line of the patch, which could then name another file."""
    applied(path, b"a==1\n", "a==2\n", tmp_path)


@pytest.mark.parametrize("path", ["a\n+++ b/other.txt", "a\r::error::x", "a\x1b[2J", "a\u2028b"])
def test_a_name_stays_on_its_line(path: str) -> None:
    old, new, *_ = patch("a==1\n", "a==2\n", path).splitlines()
    assert old.isprintable()
    assert old.startswith('--- "a/')
    assert new == old.replace('--- "a/', '+++ "b/')


def applied(path: str, before: bytes, after: str, folder: Path) -> None:
    text, encoding = decode(before)
    (folder / path).parent.mkdir(exist_ok=True)
    (folder / path).write_bytes(before)
    # A repository above would make git look for the file from its root.
    environment = {**os.environ, "GIT_CEILING_DIRECTORIES": str(folder.parent)}
    change = unified(Source("shown.txt", text, encoding), after, path)
    subprocess.run(["git", "apply", "--whitespace=nowarn", "-"], cwd=folder, env=environment, input=change, check=True)
    assert (folder / path).read_bytes() == encode(after, encoding)
