"""The table of hashpin coverage: for people at a terminal, and as JSON, described by `docs/coverage.schema.json`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from hashpin.covering import Cell, Row, Table
from hashpin.outputs import json_document, text_lines
from hashpin.outputs.places import Places, purl
from hashpin.wording import inert, plural, shortened, visible

VERSION = 1

_SHOWN = {Cell.ELSEWHERE: "-"}
_MEANINGS = {
    Cell.SDIST: "sdist: a source distribution alone, so that installing there runs build code",
    Cell.NOTHING: "nothing: no file that pip would take there",
    Cell.ELSEWHERE: "-: the pin's marker leaves the platform out",
    Cell.UNKNOWN: "unknown: could not be judged",
}
_BARE = " *"
_WIDEST = 60  # columns of a pin: a text behind === may be any


def text(table: Table) -> str:
    """The table of each file, what its words mean, what is unchecked, and a last line with counts."""
    lines: list[str] = []
    for path, rows in groupby(table.rows, key=lambda row: row.path):
        lines += [visible(path), *_aligned(_grid(table, list(rows))), ""]
    used = Counter(cell for row in table.rows for cell in row.cells)
    lines += [meaning for cell, meaning in _MEANINGS.items() if used[cell]]
    if any(not row.listed for row in table.rows):
        lines.append("*: has no hashes; what the release itself offers")
    places = Places(table)
    lines += (text_lines.unchecked(entry, places.of(entry.path, entry.span), False) for entry in table.unchecked)
    lines.append(_last_line(table, used))
    return "".join(f"{inert(line)}\n" for line in lines)


def _grid(table: Table, rows: Sequence[Row]) -> Iterator[list[str]]:
    yield ["", *(platform.text for platform in table.platforms)]
    for row in rows:
        name = shortened(f"{row.pin.name}=={visible(row.pin.version)}", _WIDEST)
        yield [name + ("" if row.listed else _BARE), *(_SHOWN.get(cell, cell.value) for cell in row.cells)]


def _aligned(grid: Iterable[Sequence[str]]) -> Iterator[str]:
    lines = list(grid)
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        yield "  " + "  ".join(f"{word:<{width}}" for word, width in zip(line, widths, strict=True)).rstrip()


def _last_line(table: Table, used: Counter[Cell]) -> str:
    found = [f"{used[cell]:,} {cell.value}" for cell in Cell if used[cell]]
    unpinned = f"; {plural(table.unpinned, 'requirement')} without a pin left out" if table.unpinned else ""
    pins, platforms = plural(len(table.rows), "pin"), plural(len(table.platforms), "platform")
    return f"{pins} by {platforms}: {', '.join(found) or 'no pins'}{unpinned}"


def document(table: Table) -> str:
    """The document."""
    places = Places(table)
    data = {
        "version": VERSION,
        "platforms": [
            {
                "platform": platform.text,
                "system": platform.system,
                "machine": platform.machine,
                "python": ".".join(map(str, platform.python)) if platform.python else None,
                "free_threaded": platform.free_threaded,
            }
            for platform in table.platforms
        ],
        "summary": {
            "pins": len(table.rows),
            "unpinned": table.unpinned,
            "unchecked": len(table.unchecked),
            **{cell.value: sum(row.cells.count(cell) for row in table.rows) for cell in Cell},
        },
        "pins": [_pin(row, table, places) for row in table.rows],
        "unchecked": [json_document.unchecked(entry, places) for entry in table.unchecked],
    }
    return json_document.dumped(data)


def _pin(row: Row, table: Table, places: Places) -> dict[str, Any]:
    place = places.of(row.path, row.pin.place)
    return {
        "path": row.path,
        "line": place.start.line if place else None,
        "project": row.pin.name,
        "version": row.pin.version,
        "purl": purl(row.pin.name, row.pin.version),
        "listed": row.listed,
        "coverage": {platform.text: cell.value for platform, cell in zip(table.platforms, row.cells, strict=True)},
    }


FORMATS: Mapping[str, Callable[[Table], str]] = {"text": text, "json": document}
