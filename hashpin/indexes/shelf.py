"""What the cache holds of one index, as it answers one user: what is asked for, and by which key it is kept."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import lru_cache
from hashlib import blake2b, pbkdf2_hmac
from typing import Generic, TypeVar
from urllib.parse import urlsplit

from msgspec import Struct

from hashpin import __version__
from hashpin.indexes import freshness
from hashpin.indexes.address import IndexAddress
from hashpin.indexes.cache import Cache, Kept
from hashpin.indexes.simple import Said
from hashpin.model import Advisory, Digest, DistributionFile, Release

_T = TypeVar("_T")

# What is kept has this shape; another hashpin may read other things from the same answer.
_SHAPE = "".join(
    f"{kind.__name__}({','.join(kind.__struct_fields__)})"
    for kind in (Release, DistributionFile, Digest, Advisory, Said)
)
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_ROUNDS = 100_000  # OWASP asks for more to keep passwords; here the key shows no more than that one was the same


class Question(Struct, Generic[_T], frozen=True):
    """What an index is about to be asked, and what it said to it before."""

    key: bytes | None
    """None where nothing is kept of it."""
    asked: float
    kept: Kept[_T] | None = None

    @classmethod
    def of_nothing(cls) -> Question[_T]:
        """Of what is never kept."""
        return cls(None, 0.0)

    @property
    def known(self) -> Kept[_T] | None:
        """What needs no asking."""
        return self.kept if self.kept and self.kept.fresh else None

    @property
    def etag(self) -> str | None:
        """For ``If-None-Match``."""
        return (self.kept.freshness.etag or None) if self.kept else None


class Shelf:
    """Safe to use from several threads. Without a cache nothing is kept."""

    def __init__(self, address: IndexAddress, cache: Cache | None, environ: Mapping[str, str] = os.environ) -> None:
        credentials = address.credentials or _netrc(address, environ) if cache else None
        self._cache = None if cache and cache.place.shared and credentials else cache
        self._origin = address.simple
        scope = _scope(credentials, address.simple) if credentials and self._cache else ""
        self._base = blake2b(_spelled(__version__, _SHAPE, address.simple, scope), digest_size=24)

    def question(
        self,
        url: str,
        accept: str,
        kind: type[_T],
        *,
        past: bool = False,
        about: str = "",
        enough: Callable[[_T], bool] = lambda facts: True,
    ) -> Question[_T]:
        """Ask the cache first; `past` asks the index alone. `about` is what the answer must also speak of.

        `enough` says whether what is kept of an answer is all that is needed of it now.
        """
        if self._cache is None or not _private(url):
            return Question.of_nothing()
        hashed = self._base.copy()
        hashed.update(_spelled(str(kind), accept, url, about))
        key = hashed.digest()
        if past:
            self._cache.forget(key)
        kept = self._cache.get(key, kind)
        return Question(key, self._cache.now(), kept if kept and enough(kept.facts) else None)

    def learn(
        self, question: Question[_T], facts: _T | None, headers: Mapping[str, str], *, by_content: bool = False
    ) -> None:
        """Keep a new answer, if it says anything; `by_content` says that it was asked for by its digest and has it."""
        if self._cache is None or question.key is None:
            return
        now = self._cache.now()
        found = (
            freshness.addressed_by_content(now)
            if by_content
            else freshness.of_answer(headers, question.asked, now, self._cache.place.shared)
        )
        if found and facts is not None:
            self._cache.put(question.key, self._origin, facts, found)
        else:
            self._cache.forget(question.key)

    def confirm(self, question: Question[_T], headers: Mapping[str, str]) -> None:
        """The index has said that what is kept still holds (304)."""
        if self._cache is None or question.key is None or question.kept is None:
            return
        now, shared = self._cache.now(), self._cache.place.shared
        if found := freshness.of_confirmation(headers, question.kept.freshness, question.asked, now, shared):
            self._cache.renew(question.key, found)
        else:
            self._cache.forget(question.key)

    def forget(self, question: Question[_T]) -> None:
        """The index says something else now, that is not kept."""
        if self._cache is not None and question.key is not None:
            self._cache.forget(question.key)


def _spelled(*said: str) -> bytes:
    """So that no two ways to say other things come to the same."""
    return "".join(f"{len(text)}:{text}" for text in said).encode("utf-8", "surrogatepass")


def _private(url: str) -> bool:
    """Whether nobody on the way could have written the answer: else one moment of theirs would last."""
    return url.startswith("https://") or _on_loopback("/".join(url.split("/", 3)[:3]))


@lru_cache(maxsize=64)
def _on_loopback(base: str) -> bool:
    """Whether a URL, which may be cut off behind its host, is one of this machine."""
    return base.startswith("http://") and urlsplit(base).hostname in _LOOPBACK


def _scope(credentials: tuple[str, str], origin: str) -> str:
    """Whose answers these are, in a way that leads nobody back to a password."""
    said = "\0".join(credentials).encode("utf-8", "surrogatepass")
    return pbkdf2_hmac("sha256", said, f"hashpin cache of {origin}".encode(), _ROUNDS).hex()


def _netrc(address: IndexAddress, environ: Mapping[str, str]) -> tuple[str, str] | None:
    """What requests takes from there where an address has no credentials of its own (its `get_netrc_auth`)."""
    places = [environ["NETRC"]] if environ.get("NETRC") else ["~/.netrc", "~/_netrc"]
    found = next((path for path in map(os.path.expanduser, places) if os.path.exists(path)), None)
    if found is None:
        return None
    from netrc import NetrcParseError, netrc  # slow to import, and few have one

    try:
        entry = netrc(found).authenticators(urlsplit(address.simple).hostname or "")
    except (NetrcParseError, OSError, UnicodeError):
        return None
    return (entry[0] or entry[1] or "", entry[2] or "") if entry else None
