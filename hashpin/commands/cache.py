"""Show what is kept of the index's answers, or clear it."""

from __future__ import annotations

import argparse

from hashpin.console import Console
from hashpin.errors import UsageError
from hashpin.indexes import cache_folder
from hashpin.indexes.cache import MOST_BYTES, MOST_ROWS, Cache
from hashpin.indexes.cache_folder import Place, Refused
from hashpin.wording import inert, visible


def run(options: argparse.Namespace, console: Console) -> int:
    try:
        place = cache_folder.usual(console.environ)
        match options.action:
            case "dir":
                console.stdout.write(f"{place.folder}\n")
            case "clear":
                cache_folder.inspect(place)
                console.say(f"{place.file}: {'removed' if cache_folder.remove(place) else 'there was none'}")
            case _:
                _show(place, console)
    except (Refused, OSError) as error:
        raise UsageError(f"the cache: {error}") from error
    return 0


def _show(place: Place, console: Console) -> None:
    cache = Cache(place)
    found = cache.summary()
    console.stdout.write(f"{inert(visible(str(place.file)))}\n")
    if found is None:
        raise UsageError(f"the cache is not used: {cache.fault}")
    most = f"of at most {MOST_ROWS:,} and {MOST_BYTES // 2**20} MiB"
    console.stdout.write(f"{sum(found.entries.values()):,} answers, {found.bytes / 2**20:.1f} MiB, {most}\n")
    for index, count in found.entries.items():
        console.stdout.write(f"{count:>9,}  {inert(visible(index))}\n")
