"""What goes wrong on purpose, and what happens in between: answers given once, callables that run before a request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any


@dataclass(slots=True)
class _Matching:
    """`path` is a pattern of fnmatch, where a star also takes slashes; `containing` stands in the request's body."""

    method: str
    path: str
    times: int
    containing: str

    def takes(self, method: str, path: str, body: str) -> bool:
        fits = self.method in ("*", method) and fnmatchcase(path, self.path) and self.containing in body
        if not fits or not self.times:
            return False
        self.times -= 1
        return True


@dataclass(slots=True)
class Fault(_Matching):
    """`after`: the request is handled first, and only its answer is lost. Status 0 hangs up without a word."""

    status: int
    body: Any
    headers: Mapping[str, str]
    after: bool


@dataclass(slots=True)
class Hook(_Matching):
    run: Callable[[], object]
