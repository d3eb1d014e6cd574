"""pip reads a line that people take for a comment.

## What it is
pip ends a line not only at a line feed, but also at a lone carriage return, a
vertical tab, a form feed, U+001C to U+001E, U+0085, U+2028 and U+2029. Editors
and GitHub show what follows as the rest of the comment; pip reads it as a line
of its own. A declared encoding does the same: `# coding: utf-7` and others turn
letters of a comment into a line end and a requirement, and only pip obeys it.

## Why it is bad
What stands there is installed, or changes how the rest is installed, and no
reviewer sees it. uv reads none of these but a lone carriage return, so a test with
uv shows nothing.

## What the fix does
None, and it leaves the whole file alone: look at the line's bytes, and at whoever
wrote it.
"""

from __future__ import annotations

from collections.abc import Iterator

from hashpin.model import Evidence, Finding, Hidden, Rule, Severity
from hashpin.wording import plural, shortened

RULE = Rule("hidden-requirement", Severity.ERROR, "what pip reads where people see a comment")


def check(evidence: Evidence) -> Iterator[Finding]:
    for member in evidence.members:
        for hidden in member.file.hidden:
            yield Finding(
                RULE,
                RULE.severity,
                member.file.source.path,
                hidden.span,
                _message(hidden),
                "look at the bytes of this line, and remove what you did not mean; save the file as UTF-8",
            )


def _message(hidden: Hidden) -> str:
    if not hidden.text:
        return f"pip does not read {plural(hidden.count, 'line')} that people see: {hidden.cause} takes them away"
    more = f" and {hidden.count - 1} more" if hidden.count > 1 else ""
    return f"pip reads {shortened(hidden.text)}{more} here, and {hidden.cause} hides it from people"
