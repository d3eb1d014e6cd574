"""What a process has around it."""

from __future__ import annotations

from collections.abc import Mapping
from io import TextIOWrapper
from typing import BinaryIO, TextIO

from msgspec import Struct

from hashpin.wording import inert, visible


class Console(Struct, frozen=True):
    """What a process has around it, handed in so that tests can hand in others."""

    stdin: BinaryIO
    stdout: TextIOWrapper
    stderr: TextIO
    environ: Mapping[str, str]

    def write_bytes(self, data: bytes) -> None:
        """Output that is a file's content: no encoding and no line end of the terminal's may touch it."""
        self.stdout.flush()
        self.stdout.buffer.write(data)

    def say(self, message: str) -> None:
        """A line for people, beside the output."""
        print(inert(visible(message)), file=self.stderr)
