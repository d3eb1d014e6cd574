"""A report beside the one of the commit that the change starts from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from hashpin import debt
from hashpin.correct import Judge
from hashpin.files import Finds
from hashpin.model import Commit, Kind, Report
from hashpin.past import standing
from hashpin.tree import Forest


def compared(finds: Finds, forest: Forest, report: Report, base: Commit, judge: Judge) -> Report:
    """The report with its findings told apart: what stood in `base` is `old`. Raises what the commit raises."""
    earlier = standing(finds, base)
    _, stood = judge(earlier)
    return debt.marked(report, stood, _reached(forest), _reached(earlier))


def _reached(forest: Forest) -> Mapping[str, frozenset[tuple[str, Kind]]]:
    """By path: from which entries, and how, a file is taken in."""
    found: dict[str, set[tuple[str, Kind]]] = defaultdict(set)
    for grown in forest.trees:
        for member in grown.members:
            found[member.file.source.path].add((grown.members[0].file.source.path, member.kind))
    return {path: frozenset(ways) for path, ways in found.items()}
