"""What a run keeps of the index's answers, and finds of earlier runs'."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from hashpin import files
from hashpin.console import Console

if TYPE_CHECKING:
    from hashpin.indexes.cache import Cache


def opened(options: argparse.Namespace, console: Console, roots: Collection[Path]) -> Cache | None:
    """What is kept of answers to earlier runs, unless it may have come with what is checked.

    That is what lies in the repository of the working directory, or below one of these roots.
    """
    if options.no_cache:
        return None
    from hashpin.indexes import cache_folder  # not needed with --offline
    from hashpin.indexes.cache import Cache

    try:
        place = cache_folder.usual(console.environ)
    except cache_folder.Refused as refused:
        if options.verbose:
            console.say(f"the cache is not used: {refused}")
        return None
    checked = {*roots, files.root_of(Path.cwd())}
    return Cache(place, refused=cache_folder.of_checkout(place, checked))


@contextlib.contextmanager
def kept(cache: Cache | None, options: argparse.Namespace, console: Console) -> Iterator[None]:
    """Write what is to be kept when the asking ends. A fault of the cache is told to those who want to know."""
    try:
        yield
    finally:
        if cache:
            cache.flush()
            if options.verbose and (fault := cache.told()):
                console.say(f"the cache is not used: {fault}")
