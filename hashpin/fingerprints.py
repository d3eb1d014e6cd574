"""What a finding is known by from one run to the next. Pure.

A fingerprint depends on the rule, the project, its version and the text of the
logical line, white space apart, never on where the line stands: a line that
moves keeps it, a line that changes is news. Path and message have no part in it.
What is alike within one file is told apart by a number in the order given.
The form `HASH:NUMBER` is that of `primaryLocationLineHash`, the one fingerprint
that code scanning knows. Source: `src/fingerprints.ts` in github/codeql-action.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping

from hashpin.model import Finding, Source, Unchecked
from hashpin.text import Span

_DIGITS = 32


def fingerprints(entries: Iterable[Finding | Unchecked], sources: Mapping[str, Source]) -> list[str]:
    """One fingerprint for each entry; comparable with those of another run that gives the same kinds of entries."""
    lines: dict[str, LogicalLines] = {}
    seen: Counter[tuple[str, str]] = Counter()
    found: list[str] = []
    for entry in entries:
        rule = entry.rule.name if isinstance(entry, Finding) else "unchecked"
        line = ""
        if entry.span is not None:
            known = lines.get(entry.path) or lines.setdefault(entry.path, LogicalLines(sources[entry.path].text))
            line = known.of(entry.span)
        key = _digest("\0".join((rule, entry.project or "", entry.version or "", line)))
        seen[entry.path, key] += 1
        found.append(f"{key}:{seen[entry.path, key]}")
    return found


class LogicalLines:
    """The digests of a text's logical lines: physical ones up to one that does not end in a backslash."""

    __slots__ = ("_digests", "_starts")

    def __init__(self, text: str, *, exact: bool = False) -> None:
        """`exact`: white space counts, too, since some of it ends a line for pip."""
        self._starts: list[int] = []
        self._digests: list[str] = []
        words: list[str] = []
        start = end = 0
        continued = False
        for line in text.split("\n"):
            end += len(line) + 1
            bare = line.removesuffix("\r")
            continued = bare.endswith("\\")
            words += [bare] if exact else bare.removesuffix("\\").split()
            if not continued:
                self._add(start, words)
                start, words = end, []
        if continued:  # the last line goes on, to nowhere
            self._add(start, words)

    def _add(self, start: int, words: list[str]) -> None:
        self._starts.append(start)
        self._digests.append(_digest(" ".join(words)))

    def of(self, span: Span) -> str:
        """What stands for the lines that a span touches."""
        first = bisect_right(self._starts, span.start) - 1
        last = bisect_right(self._starts, max(span.start, span.end - 1))
        return " ".join(self._digests[first:last])


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]
