"""The indexes that a tree names for itself and that the user does not trust: what is unknown here may be there.

They change no verdict, else a line of a stranger's would turn a forgery into a note.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from msgspec import Struct

from hashpin.model import Evidence, GlobalOptions, Policy
from hashpin.wording import redacted, shortened

_INDEXES = ("--index-url", "--extra-index-url")
_LINKS = "--find-links"
_PORTS = {"http": ":80", "https": ":443"}


class NamedIndexes(Struct, frozen=True):
    """What a tree names, in words."""

    clause: str
    """The first of them and the file that names it."""
    trust: str
    """What would have hashpin ask there, as a clause that begins with `if`."""


def untrusted(evidence: Evidence) -> NamedIndexes | None:
    """The index that pip would ask, too, and hashpin does not; None where there is none."""
    found = {
        (option, value): member.file.source.path
        for member in reversed(evidence.tree.members)
        for statement in reversed(member.file.statements)
        if isinstance(statement, GlobalOptions)
        for option, value in reversed(statement.options)
        if option in (*_INDEXES, _LINKS) and value and not is_trusted(value, evidence.policy)
    }
    if not found:
        return None
    # An index before a page of links: only the former can be trusted by a word.
    (option, value), path = min(reversed(found.items()), key=lambda entry: entry[0][0] == _LINKS)
    address = shortened(_address(value), 200)
    more = f" and {len(found) - 1} more" if len(found) > 1 else ""
    if option == _LINKS:
        trust = "if it is from there, compare it with what lies there: hashpin asks indexes alone"
    else:
        trust = (
            f"if you trust that index, name it with --extra-index-url {address} "
            "(in a workflow: a line of the input extra-index-urls)"
        )
    return NamedIndexes(f"{path} names {address}{more} ({option}), which was not asked", trust)


def is_trusted(url: str, policy: Policy) -> bool:
    """Whether the user names this index, too. Who signs in there does not matter."""
    if _MISREAD.search(url):
        return False
    return any(_compared(url) == _compared(address) for address in policy.indexes)


# Readers of addresses take another host from these (`http://one\\@two/`, `http://one?@two/`), so nobody can say which.
_MISREAD = re.compile(r"[\\?#][^@]*@")


def _address(value: str) -> str:
    """The address without credentials, as far as it can be read; `${NAME}` stays as it is written."""
    try:
        parts = urlsplit(value)
    except ValueError:
        return redacted(value)
    if not parts.scheme or not parts.netloc:
        return redacted(value)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _compared(value: str) -> str:
    """Equal for two spellings of one address."""
    scheme, separator, rest = _address(value).partition("://")
    host, slash, path = rest.partition("/")
    host = host.lower().removesuffix(_PORTS.get(scheme.lower(), "\0"))
    return f"{scheme.lower()}{separator}{host}{slash}{path}".rstrip("/")
