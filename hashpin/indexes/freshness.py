"""How long an answer may be used again, by the word of the index itself.

Source: RFC 9111 (HTTP caching) for a private cache: what may be stored (section
3), how old an answer is (4.2.3) and how long it stays fresh (4.2.1), and what a
304 says of the answer that is kept (4.3.4). Where the RFC leaves room, less is
kept: nothing is guessed from dates (4.2.2), nothing is used when stale (4.2.4),
contradictions end freshness, and no answer stays fresh for more than an hour,
whatever the index says.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec import Struct

LONGEST = 3600.0  # seconds
_NEVER_STALE = 10 * 365 * 86400.0  # seconds
_LONGEST_ETAG = 512  # characters
_ETAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e]*"')  # RFC 9110, 8.8.3, in ASCII alone
_DIRECTIVE = re.compile(r'\s*([!#$%&\'*+.^_`|~\w-]+)\s*(?:=\s*("(?:[^"\\]|\\.)*"|[^\s,"]*))?\s*(?:,|$)', re.ASCII)


class Freshness(Struct, frozen=True):
    """Until when an answer needs no second look, and by what it is asked for again."""

    born: float
    """When the index made or confirmed the answer, by our clock, in seconds since 1970."""
    lifetime: float
    """In seconds, from then on."""
    etag: str = ""
    """For ``If-None-Match``; empty where the index gives none."""

    def holds(self, now: float) -> bool:
        """Whether the answer is fresh. What comes from the future came by a clock that was wrong: it is not."""
        return 0 <= now - self.born < self.lifetime


def addressed_by_content(now: float) -> Freshness:
    """Of what is asked for by its digest: it cannot become another."""
    return Freshness(now, _NEVER_STALE)


def of_answer(headers: Mapping[str, str], asked: float, came: float, shared: bool) -> Freshness | None:
    """Of a new answer; None where it may not be kept, or is of no use. `shared` is a cache that others read, too."""
    fields = {name.lower(): value for name, value in headers.items()}
    if _is_kept_from(fields, shared) or "*" in fields.get("vary", ""):
        return None
    etag = fields.get("etag", "").strip()
    found = Freshness(
        came - _age(fields, asked, came),
        _lifetime(fields, came, shared),
        etag if len(etag) <= _LONGEST_ETAG and _ETAG.fullmatch(etag) else "",
    )
    return found if found.etag or found.holds(came) else None


def confirms(headers: Mapping[str, str], etag: str) -> bool:
    """Whether a 304 is about the answer with this ETag: one that names another has been asked by somebody else.

    Source: RFC 9111, 4.3.4, with the weak comparison of RFC 9110, 8.8.3.2.
    """
    named = next((value for name, value in headers.items() if name.lower() == "etag"), etag)
    return named.removeprefix("W/") == etag.removeprefix("W/")


def of_confirmation(
    headers: Mapping[str, str], former: Freshness, asked: float, came: float, shared: bool
) -> Freshness | None:
    """Of the answer that a 304 says is still right; None where it may not be kept any more."""
    fields = {name.lower(): value for name, value in headers.items()}
    if _is_kept_from(fields, shared):
        return None
    said = {"cache-control", "expires"} & fields.keys()
    lifetime = _lifetime(fields, came, shared) if said else former.lifetime
    return Freshness(came - _age(fields, asked, came), lifetime, former.etag)


def _is_kept_from(fields: Mapping[str, str], shared: bool) -> bool:
    """Whether the index forbids us to store it."""
    directives = _directives(fields)
    return directives is None or "no-store" in directives or (shared and "private" in directives)


def _lifetime(fields: Mapping[str, str], came: float, shared: bool) -> float:
    directives = _directives(fields) or {}
    if "no-cache" in directives:
        return 0.0
    for name in ("s-maxage", "max-age") if shared else ("max-age",):
        if name in directives:
            return min((_seconds(value) for value in directives[name]), default=0.0)
    expires = _moment(fields.get("expires"))
    made = _moment(fields.get("date"))
    return 0.0 if expires is None else max(0.0, min(expires - (came if made is None else made), LONGEST))


def _directives(fields: Mapping[str, str]) -> Mapping[str, list[str]] | None:
    """Cache-Control's, each with all values that it has; None where nobody can read it."""
    text, found, place = fields.get("cache-control", ""), dict[str, list[str]](), 0
    if len(text) > 4096:
        return None
    while place < len(text):
        if (match := _DIRECTIVE.match(text, place)) is None:
            if text[place] in ", \t":
                place += 1
                continue
            return None
        found.setdefault(match[1].lower(), []).append((match[2] or "").strip('"'))
        place = match.end()
    return found


def _seconds(text: str) -> float:
    """Delta-seconds (RFC 9111, 1.2.2); none where it is no such number."""
    if not (text.isascii() and text.isdigit()):
        return 0.0
    return LONGEST if len(text) > 6 else min(float(text), LONGEST)


def _age(fields: Mapping[str, str], asked: float, came: float) -> float:
    """How old an answer was when it came: by what caches on the way say, and by its date."""
    age = fields.get("age", "0").strip()
    told = float(age) if age.isascii() and age.isdigit() and len(age) < 10 else _NEVER_STALE
    made = _moment(fields.get("date"))
    return max(0.0 if made is None else came - made, told + max(0.0, came - asked))


def _moment(text: str | None) -> float | None:
    """An HTTP date in seconds since 1970; None where it is none."""
    if not text or len(text) > 100:
        return None
    from email.utils import parsedate_to_datetime  # only where something came over HTTP, which has loaded it

    try:
        moment = parsedate_to_datetime(text)
        # "-0000" gives one without a zone, which HTTP dates do not have: they are all GMT.
        return moment.timestamp() if moment.tzinfo else None
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
