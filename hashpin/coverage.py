"""From judged trees to the table of hashpin coverage. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hashpin import covering, format_control
from hashpin.covering import Cell, Row, Table
from hashpin.model import (
    Direct,
    Evidence,
    Judgement,
    NoSuchProject,
    NoSuchRelease,
    Platform,
    Quarantined,
    Report,
    Unchecked,
    Unpinned,
)
from hashpin.text import Span
from hashpin.tree import Forest

# Of what a pin comes to in several trees the worst is shown.
_WORST_FIRST = (Cell.NOTHING, Cell.SDIST, Cell.UNKNOWN, Cell.WHEEL, Cell.ELSEWHERE)


def table(forest: Forest, found: Iterable[Evidence], report: Report, platforms: Sequence[Platform]) -> Table:
    """A row for each pin of the forest, with a cell for each platform."""
    rows: dict[tuple[str, Span], Row] = {}
    unchecked = {(entry.path, entry.span, entry.reason): entry for entry in report.unchecked}
    for evidence in found:
        control = format_control.of_tree(evidence.tree)
        for member in covering.members(evidence, control):
            path = member.file.source.path
            filled_in = frozenset(member.file.variables)
            for judgement in evidence.judgements[path]:
                pin = judgement.pin
                key = path, pin.span
                if pin.span in filled_in:
                    cells = (Cell.UNKNOWN,) * len(platforms)
                else:
                    cells = tuple(covering.cells(judgement, platforms, control))
                if key in rows:
                    cells = tuple(map(_worse, rows[key].cells, cells))
                rows[key] = Row(path, pin, bool(pin.hashes or pin.lost), cells)
                if Cell.UNKNOWN in cells and (reason := _absence(judgement)):
                    unchecked[path, pin.place, reason] = Unchecked(path, reason, pin.place, pin.name, pin.version)
    return Table(
        tuple(platforms),
        tuple(row for _, row in sorted(rows.items(), key=lambda entry: entry[0])),
        sum(isinstance(s, Unpinned | Direct) for file in forest.files.values() for s in file.statements),
        tuple(sorted(unchecked.values(), key=lambda u: (u.path, u.span or Span(0, 0), u.reason))),
        {path: file.source for path, file in forest.files.items()},
    )


def _absence(judgement: Judgement) -> str | None:
    """Why nobody can say what the hashes of a pin are of, where that is a finding to hashpin check."""
    match judgement.answer:
        case NoSuchProject():
            return "the index has no such project: its hashes may be of files that are elsewhere"
        case NoSuchRelease():
            return "the index has no such version: its hashes may be of files that are elsewhere"
        case Quarantined():
            return "the index has put the project under quarantine"
        case _:
            return None


def _worse(one: Cell, other: Cell) -> Cell:
    return min(one, other, key=_WORST_FIRST.index)


def exit_code(table: Table) -> int:
    """3 where something could not be judged, else 0."""
    return 3 if table.unchecked or any(Cell.UNKNOWN in row.cells for row in table.rows) else 0
