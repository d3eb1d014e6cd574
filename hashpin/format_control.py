"""``--only-binary`` and ``--no-binary``: which kinds of files pip takes for a project.

Source: pip, `FormatControl` in `src/pip/_internal/models/format_control.py`. Every
line of a tree changes one state, in the order in which pip reads them, and the
last state holds for all requirements, also for those that stood before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from posixpath import dirname, join, normpath

from msgspec import Struct, field
from packaging.utils import NormalizedName, canonicalize_name

from hashpin.model import FormatOption, Include, Kind, LockFile, Packaging, Tree
from hashpin.text import Span

_ALL, _NONE = ":all:", ":none:"
_BOTH = frozenset({Packaging.WHEEL, Packaging.SDIST})


class FormatControl(Struct, frozen=True):
    """The state after the last line."""

    only_binary: frozenset[str] = field(default_factory=frozenset)
    no_binary: frozenset[str] = field(default_factory=frozenset)

    def __bool__(self) -> bool:
        """Whether it forbids anything."""
        return bool(self.only_binary or self.no_binary)

    def allowed(self, name: NormalizedName) -> frozenset[Packaging]:
        """The kinds of files that pip takes. A name goes before ``:all:``, and only-binary before no-binary."""
        for word in (name, _ALL):
            if word in self.only_binary:
                return frozenset({Packaging.WHEEL})
            if word in self.no_binary:
                return frozenset({Packaging.SDIST})
        return _BOTH

    @property
    def for_all(self) -> frozenset[Packaging]:
        """The kind of files that all projects are held to, but for those that are named."""
        if _ALL in self.only_binary:
            return frozenset({Packaging.WHEEL})
        return frozenset({Packaging.SDIST}) if _ALL in self.no_binary else frozenset()


def of_tree(tree: Tree) -> FormatControl:
    """The state that pip has once it has read a tree."""
    if not any(member.file.formats for member in tree.members):
        return FormatControl()
    sets: dict[bool, set[str]] = {True: set(), False: set()}
    for option in _options(tree):
        _apply(option.value, sets[option.only_binary], sets[not option.only_binary])
    return FormatControl(frozenset(sets[True]), frozenset(sets[False]))


def _apply(value: str, target: set[str], other: set[str]) -> None:
    if value.startswith("-"):  # pip stops there
        return
    names = value.split(",")
    if _ALL in names:
        other.clear()
        target.clear()
        target.add(_ALL)
        names = names[len(names) - names[::-1].index(_ALL) :]
        if _NONE not in names:  # what :all: has in it already
            return
    for name in names:
        if name == _NONE:
            target.clear()
        else:
            other.discard(canonicalize_name(name))
            target.add(canonicalize_name(name))


def _options(tree: Tree) -> Iterator[FormatOption]:
    """The options as pip reads them: line by line, what a line includes before the next line.

    Where an include leads the tree knows; else its text has to tell.
    """
    files = {(member.file.source.path, member.kind): member.file for member in tree.members}
    left = dict.fromkeys(files)
    for first in files:
        if first not in left:
            continue
        del left[first]
        stack = [_lines(files[first], tree.leads)]
        while stack:
            line = next(stack[-1], None)
            match line:
                case None:
                    stack.pop()
                case FormatOption():
                    yield line
                case path, kind:
                    if (path, kind) in left:
                        del left[path, kind]
                        stack.append(_lines(files[path, kind], tree.leads))


def _lines(file: LockFile, leads: Mapping[tuple[str, Span], str]) -> Iterator[FormatOption | tuple[str, Kind]]:
    """The options and the paths of the includes, by their places; on one line the option is read first."""
    here = file.source.path
    folder = dirname(here)
    options: list[tuple[int, FormatOption | tuple[str, Kind]]] = [(option.line, option) for option in file.formats]
    includes = (
        (
            statement.span.start,
            (leads.get((here, statement.span)) or normpath(join(folder, statement.target)), statement.kind),
        )
        for statement in file.statements
        if isinstance(statement, Include)
    )
    return (entry for _, entry in sorted([*options, *includes], key=lambda entry: entry[0]))
