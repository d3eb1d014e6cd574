"""Reads the same bytes with hashpin and with several versions of pip, and tells in tables how far they agree.

    python -m tools.readers_table --pips .pips --documents 2000

Ends 1 where they differ in a way that tests/readers/differences.py does not
have, or where a row there is no difference any more.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from tests.property.readings import of_bytes
from tests.readers.comparing import compare
from tests.readers.differences import TABLE, row_of
from tests.readers.documents import generated
from tests.readers.pips import Pips, started
from tests.readers.tally import Tally, tally

ROOT = Path(__file__).resolve().parent.parent
CASES = ROOT / "tests" / "cases" / "pip-rules"
RULES = 45
"""The cases where readers of requirements files are known to go wrong."""


def covered(folder: Path) -> int:
    """How many of these cases have a folder of their own, whose name begins with the case's number."""
    names = [path.name.partition("-")[0] for path in folder.iterdir() if path.is_dir()] if folder.is_dir() else []
    return len({int(name) for name in names if name.isdecimal() and 1 <= int(name) <= RULES})


def corpus() -> list[bytes] | None:
    """The files of the corpus; None where there is none."""
    folder = os.environ.get("HASHPIN_CORPUS")
    if not folder:
        return None
    root = Path(folder)
    names = [json.loads(line)["file"] for line in (root / "oracle.jsonl").read_text(encoding="utf-8").splitlines()]
    return [(root / name).read_bytes() for name in names]


def aligned(rows: Sequence[Sequence[object]]) -> Iterator[str]:
    """Rows as lines: the first column to the left, the others to the right."""
    cells = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in cells) for column in range(len(cells[0]))]
    for first, *others in cells:
        yield "  ".join([first.ljust(widths[0]), *(cell.rjust(w) for cell, w in zip(others, widths[1:], strict=True))])


def reported(documents: Iterable[bytes]) -> Iterator[bytes]:
    """The same documents; how many there were is told now and then, for a long run is silent else."""
    for count, data in enumerate(documents, start=1):
        yield data
        if count % 10_000 == 0:
            print(f"{count} documents", file=sys.stderr, flush=True)


def by_version(pips: Pips, files: Tally | None, made: Tally) -> Iterator[str]:
    rows: list[list[object]] = [["", "corpus: alike", "meant", "not", "generated: alike", "meant", "not"]]
    for version in pips.versions:
        row: list[object] = [f"pip {version}"]
        for counted in (files, made):
            if counted is None:
                row += ["-", "-", "-"]
            else:
                alike, meant = counted.alike[version], counted.meant[version]
                row += [alike, meant, counted.documents - alike - meant]
        rows.append(row)
    return aligned(rows)


def by_row(pips: Pips, files: Tally | None, made: Tally) -> Iterator[str]:
    rows: list[list[object]] = [["row of the table", "pips", "in the corpus", "in generated"]]
    for row in TABLE:
        of = [sum(row.holds(version) for version in pips.versions)]
        of += [sum(c.rows[row.name, version] for version in pips.versions) if c else 0 for c in (files, made)]
        rows.append([row.name, *of])
    return aligned(rows)


def stale(pips: Pips) -> Iterator[str]:
    """The rows that are no difference any more, by their examples, with the versions."""
    readings = pips.ask([row.example for row in TABLE])()
    for row, by_version in zip(TABLE, readings, strict=True):
        found = {d.version for d in compare(row.example, by_version, of_bytes(row.example)) if row_of(d) is row}
        for version in pips.versions:
            if row.holds(version) != (version in found):
                yield f"{row.name} in pip {version}"


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--pips", type=Path, required=True, metavar="FOLDER", help="as make pips makes it")
    parser.add_argument("--documents", type=int, default=2_000, metavar="N", help="generated; default 2000")
    parser.add_argument(
        "--start", type=int, default=0, metavar="SEED", help="other documents by another one; default 0"
    )
    options = parser.parse_args(argv)
    with started(options.pips) as pips:
        known = corpus()
        files = tally(pips, known) if known is not None else None
        begun = time.monotonic()
        made = tally(pips, reported(generated(options.documents, options.start)))
        seconds = time.monotonic() - begun
        gone = list(stale(pips))
        tables = [*by_version(pips, files, made), "", *by_row(pips, files, made)]
    outside = [*(files.first_outside.values() if files else ()), *made.first_outside.values()]
    count = sum(made.outside.values()) + (sum(files.outside.values()) if files else 0)
    print(f"cases of pip-rules covered: {covered(CASES)} of {RULES}")
    print(f"files of the corpus: {files.documents if files else 'skipped, HASHPIN_CORPUS does not name their folder'}")
    print(f"documents generated and compared: {made.documents} with each of {len(pips.versions)} pips", end="")
    print(f", {made.documents / seconds:.0f} a second")
    print("\n".join(["", *tables, ""]))
    for difference in outside:
        print(difference)
    for name in gone:
        print(f"no difference any more, or a new one: {name}")
    print(f"differences outside the table: {count}; rows out of date: {len(gone)}")
    return 1 if count or gone else 0


if __name__ == "__main__":
    sys.exit(main())
