"""Where hashpin and pip read the same bytes unlike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from packaging.version import Version

from hashpin import files
from hashpin.formats.requirements_txt.lines import logical_lines
from hashpin.model import Source
from tests.property.readings import NAME, Line, Reading, pip_line


@dataclass(frozen=True)
class Difference:
    """A logical line that the two read unlike; or a file that one of them cannot decode, then without a line."""

    version: Version
    data: bytes
    pip: Line | None = None
    """None where pip has no such line, or cannot decode the file."""
    ours: Line | None = None
    pip_undecodable: str | None = None
    ours_undecodable: str | None = None
    newest: Difference | None = None
    """The same line in the newest pip, where that differs too."""

    @cached_property
    def text(self) -> str:
        """The logical line, as hashpin splits the file."""
        number = self.ours.number if self.ours else self.pip.number if self.pip else 0
        match files.from_bytes(NAME, self.data):
            case Source(text=text):
                found = (line.text for line in logical_lines(text) if pip_line(text, line.span.start) == number)
                return next(found, "")
            case _:
                return ""

    @property
    def place(self) -> int:
        """The number of the line, or 0 for the whole file."""
        return self.pip.number if self.pip else self.ours.number if self.ours else 0

    def __str__(self) -> str:
        pip, ours = self.pip_undecodable or self.pip, self.ours_undecodable or self.ours
        return f"pip {self.version} and hashpin on {self.data!r}\n  pip:     {pip}\n  hashpin: {ours}"


def compare(data: bytes, pips: Mapping[Version, Reading], ours: Reading) -> list[Difference]:
    """All differences, the oldest pip first."""
    by_version = {version: list(_compare(version, data, pips[version], ours)) for version in sorted(pips)}
    newest = {difference.place: difference for difference in by_version[max(pips)]}
    return [replace(difference, newest=newest.get(difference.place)) for of in by_version.values() for difference in of]


def _compare(version: Version, data: bytes, pip: Reading, ours: Reading) -> Iterator[Difference]:
    """Each line by itself. A reading that needs a project on the disk is one too: hashpin never asks the disk."""
    if pip.undecodable is not None or ours.undecodable is not None:
        if pip.undecodable is None or ours.undecodable is None:
            yield Difference(version, data, pip_undecodable=pip.undecodable, ours_undecodable=ours.undecodable)
        return
    theirs, own = ({line.number: line for line in reading.lines} for reading in (pip, ours))
    for number in sorted(theirs.keys() | own.keys()):
        a, b = theirs.get(number), own.get(number)
        if a != b or (a is not None and a.on_disk):
            yield Difference(version, data, a, b)
