"""Text of strangers in GitHub's Markdown: nothing in it is markup, a link, a mention, a reference or a table's cell.

Source: GitHub's documentation, "Basic writing and formatting syntax" and
"Autolinked references and URLs"; GitHub Flavored Markdown Spec.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from hashpin.wording import visible

_LONGEST = 2000  # characters of one cell
_MARKUP = re.compile(r"([\\`*_{}\[\]()<>|~$&!])")


def text(plain: str) -> str:
    """Running text in which nothing is markup, a link, a mention or a reference to an issue."""
    return "".join(_pieces(_MARKUP.sub(r"\\\1", visible(plain)[:_LONGEST])))


def code(plain: str) -> str:
    """A code span; its fence is longer than any run of back-ticks inside."""
    # What is written for GitHub may be printed, too, and a runner finds its commands anywhere in a line.
    shown = visible(plain)[:_LONGEST].replace("|", "\\|").replace("##[", "##\u200b[")
    longest = max((len(run) for run in re.findall("`+", shown)), default=0)
    fence = "`" * (longest + 1)
    return f"{fence} {shown} {fence}" if longest else f"{fence}{shown}{fence}"


_CODE = re.compile(r"\\`((?:[A-Za-z0-9_:,./ -]|\\[{}])+)\\`")
_ADDRESS = re.compile(r"[A-Za-z0-9%/._~?=-]+")


def remark(plain: str, home: str = "") -> str:
    """The same for a sentence of ours, in which short code and addresses below `home` stay what they are."""
    found: list[str] = []
    start = 0
    while home and (at := plain.find(f"{home}/", start)) >= 0:
        match = _ADDRESS.match(plain, at + len(home))
        end = match.end() if match else at + len(home)
        found += _with_code(plain[start:at]), f"<{plain[at:end]}>"
        start = end
    return "".join([*found, _with_code(plain[start:])])


def _with_code(plain: str) -> str:
    return _CODE.sub(lambda match: "`" + match[1].replace("\\", "") + "`", text(plain))


def row(cells: Iterable[str]) -> str:
    """A row of a table."""
    return f"| {' | '.join(cells)} |\n"


def table(head: tuple[str, ...], rows: str) -> str:
    """A table of rows that are made already."""
    return f"{row(head)}|{'---|' * len(head)}\n{rows}"


def size(shown: str) -> int:
    """In bytes, as GitHub counts."""
    return len(shown.encode(errors="replace"))


def fitting(rows: list[str], left: int) -> str:
    """As many whole rows as fit, and how many do not."""
    shown = 0
    for entry in rows:
        left -= size(entry)
        if left < 0:
            break
        shown += 1
    rest = len(rows) - shown
    return "".join(rows[:shown]) + (f"\n{rest:,} more are not shown: GitHub's limit of 1 MiB.\n" if rest else "")


def _pieces(escaped: str) -> Iterator[str]:
    for index, char in enumerate(escaped):
        yield char
        # A zero-width space keeps GitHub from seeing @name, #1, GH-1, www.example or https://example.
        if (
            char in "@#"
            or escaped.startswith("://", index)
            or escaped[max(0, index - 2) : index + 1].lower() in ("www", "gh-")
        ):
            yield "\u200b"
