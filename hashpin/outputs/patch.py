"""For a job summary: corrections as a patch to copy, where they cannot be offered on the lines themselves."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import count

from hashpin.outputs.markup import code, fitting
from hashpin.wording import inert, plural, visible

LIMIT = 512 * 1024  # bytes: half of what a summary may hold
_MOST_TICKS = 100  # back-ticks in a row of a patch, since its fence is longer
_LEFT_OUT = "\nThese are corrected by `hashpin fix`:\n\n"


def render(corrected: Mapping[str, str | None], limit: int = LIMIT) -> str:
    """The corrected files as one patch to copy, behind a click; at most `limit` bytes, cut at whole files.

    By path the unified diff of each file; None where it cannot be a text. What
    would not come through a web page is left out, and told.
    """
    shown: list[str] = []
    left_out: list[str] = []
    room = limit * 3 // 4 - 1024
    for path, diff in corrected.items():
        reason = _unshowable(diff)
        if diff == "":
            continue
        if diff and reason is None and len(diff.encode()) <= room:
            shown.append(diff)
            room -= len(diff.encode())
        else:
            reason = reason or "it does not fit in GitHub's limit of 1 MiB"
            left_out.append(f"- {code(path)} is not in the patch: {reason}\n")
    return _heredoc(shown) + (_LEFT_OUT + fitting(left_out, limit // 4 - 1024) if left_out else "")


def _unshowable(diff: str | None) -> str | None:
    """Why a diff cannot be copied from a page that may also be printed in a log; None where it can."""
    if diff is None:
        return "the file is not UTF-8"
    for line in diff.split("\n"):
        plain = line.replace("\t", " ")
        if plain.endswith("\r"):
            return "its lines end in CRLF, which a page does not keep"
        if visible(plain) != plain:
            return "it holds invisible characters, or a URL with credentials"
        if inert(line) != line:
            return "it holds a line that a runner takes for a command"
        if "`" * _MOST_TICKS in line:
            return "it holds a long run of back-ticks"
    return None


def _heredoc(diffs: list[str]) -> str:
    """A block to paste into a shell, in which no line of the diffs is anything but text."""
    if not diffs:
        return ""
    whole = "".join(diffs)
    end = next(name for number in count() if (name := f"HASHPIN{number or ''}") not in whole)
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", whole)), default=0))
    return (
        f"\n<details><summary>The corrections as a patch, {plural(len(diffs), 'file')}</summary>\n\n"
        "To be run at the root of the repository:\n\n"
        f"{fence}shell\ngit apply <<'{end}'\n{whole}{end}\n{fence}\n\n</details>\n"
    )
