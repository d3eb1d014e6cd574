"""How git names what it holds: by the hash of it, so that a name tells whether bytes are the right ones.

Source: git's documentation, "Git Internals: Git Objects".
"""

from __future__ import annotations

import hashlib


def object_name(kind: str, data: bytes, like: str) -> str:
    """The name of an object (``blob``, ``tree``, ``commit``), in the algorithm of another name.

    SHA-1 with 40 digits, SHA-256 with 64.
    """
    head = f"{kind} {len(data)}\0".encode()
    if len(like) == 64:
        return hashlib.sha256(head + data).hexdigest()
    return hashlib.sha1(head + data, usedforsecurity=False).hexdigest()
