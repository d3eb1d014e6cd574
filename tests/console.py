"""The command line in process: what it printed, what it said beside, and its exit code."""

from __future__ import annotations

import io
from dataclasses import dataclass

from hashpin.cli import guarded
from hashpin.console import Console


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str


class Terminal(io.TextIOWrapper):
    def isatty(self) -> bool:
        return True


def run(*argv: str, stdin: bytes = b"", terminal: bool = False, **environ: str) -> Ran:
    stream = Terminal if terminal else io.TextIOWrapper
    out, err = (stream(io.BytesIO(), encoding="utf-8", newline="") for _ in range(2))
    code = guarded(argv, Console(io.BytesIO(stdin), out, err, environ))
    return Ran(code, written(out), written(err))


def written(stream: io.TextIOWrapper) -> str:
    """What was written to a stream over bytes; bytes that are no UTF-8 as surrogates."""
    stream.flush()
    assert isinstance(stream.buffer, io.BytesIO)
    return stream.buffer.getvalue().decode("utf-8", "surrogateescape")
