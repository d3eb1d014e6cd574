"""pip's own finder: what it makes of the options in files, and of a file's name and Requires-Python on a platform."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path

from pip._internal.index.collector import LinkCollector
from pip._internal.index.package_finder import LinkType, PackageFinder
from pip._internal.models.link import Link
from pip._internal.models.search_scope import SearchScope
from pip._internal.models.selection_prefs import SelectionPreferences
from pip._internal.models.target_python import TargetPython
from pip._internal.network.session import PipSession
from pip._internal.req import req_file


@cache
def _session() -> PipSession:
    return PipSession()


def _finder(target: TargetPython | None = None) -> PackageFinder:
    collector = LinkCollector(_session(), SearchScope.create([], [], no_index=True))
    return PackageFinder.create(collector, SelectionPreferences(allow_yanked=True), target)


def format_control(entry: Path) -> tuple[set[str], set[str]]:
    """The names of --only-binary and of --no-binary that hold once pip has read a file with all that it includes."""
    finder = _finder()
    list(req_file.parse_requirements(str(entry), _session(), finder))
    return finder.format_control.only_binary, finder.format_control.no_binary


@lru_cache
def _target(python: tuple[int, int, int] | None, abi: str | None, platforms: tuple[str, ...]) -> TargetPython:
    """It finds out its tags once."""
    return TargetPython(
        platforms=list(platforms) or None,
        py_version_info=python,
        abis=[abi] if abi else None,
        implementation="cp" if python else None,
    )


def takes(
    filename: str,
    requires_python: str | None,
    python: tuple[int, int, int] | None = None,
    abi: str | None = None,
    platforms: Sequence[str] = (),
) -> bool:
    """Whether pip takes a file for a candidate; without a platform, on this machine."""
    link = Link(f"https://index.example/{filename}", requires_python=requires_python)
    evaluator = _finder(_target(python, abi, tuple(platforms))).make_link_evaluator(filename.partition("-")[0])
    return evaluator.evaluate_link(link)[0] is LinkType.candidate
