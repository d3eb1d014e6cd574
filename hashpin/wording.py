"""Words for people: hostile text made harmless to look at, counts with their nouns.

File names, requirement lines, index answers and error messages come from
strangers. Control characters could drive a terminal or end a line where a
machine reads lines; bidirectional ones could show a name that is not there;
lone surrogates (a file name that is no UTF-8) cannot be printed at all. Each
becomes its escape, as Python would write it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

# Cc: controls (U+0000-U+001F, U+007F-U+009F); Cf: format characters, among them
# all bidirectional controls and zero-width ones; Cs: surrogates; Zl, Zp: the two
# Unicode line ends, at which Python splits lines.
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def visible(text: str) -> str:
    """The text on one line with every invisible or driving character escaped, and no credentials in its URLs."""
    text = redacted(text)
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escape(char) if unicodedata.category(char) in _INVISIBLE else char for char in text)


# user:password@ of any URL, and a lone token of an http one; git@ of ssh is no secret.
_USERINFO = re.compile(r"(://)[^/\s@:]*:[^/\s@]*@|(https?://)[^/\s@]+@", re.IGNORECASE)


def redacted(text: str) -> str:
    """The text without the credentials of the URLs in it."""
    return _USERINFO.sub(lambda match: f"{match[1] or match[2]}***@", text) if "@" in text else text


def shortened(text: str, most: int = 80) -> str:
    """The text, or its beginning where it is longer: evidence has to fit in a sentence."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def nearest(word: str, known: Iterable[str]) -> str:
    """`` (did you mean that?)`` for a word that is none of the known ones; empty where none comes near."""
    from difflib import get_close_matches  # for a mistake alone

    found = get_close_matches(word[:100], known, n=1)
    return f" (did you mean {found[0]}?)" if found else ""


def _escape(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")


def inert(line: str) -> str:
    """A line of free text that a GitHub runner does not take for a command, in either of its two forms.

    The runner trims white space before ``::`` and finds ``##[`` anywhere in a
    line. Source: `src/Runner.Common/ActionCommand.cs` in actions/runner.
    """
    line = line.replace("##[", "##\u200b[")
    body = line.lstrip()
    return f"{line[: len(line) - len(body)]}\u200b{body}" if body.startswith("::") else line


def plural(count: int, noun: str) -> str:
    """``1 file``, ``2 files``, ``2 hashes``: a count with its noun, thousands separated."""
    ending = "" if count == 1 else "es" if noun.endswith("sh") else "s"
    return f"{count:,} {noun}{ending}"
