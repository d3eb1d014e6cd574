"""A report beside the one of the commit that the change starts from."""

from __future__ import annotations

from hashpin import debt, files, tree
from hashpin.committed import Committed
from hashpin.correct import Judge
from hashpin.files import Finds
from hashpin.model import Commit, Report


def compared(finds: Finds, report: Report, base: Commit, judge: Judge) -> Report:
    """The report with its findings told apart: what stood in `base` is `old`. Raises what the commit raises."""
    committed = Committed(base, files.repository(finds))
    there, _ = committed.part(finds)
    earlier = tree.grow(there, committed.read, committed.include_target)
    _, stood = judge(earlier)
    return debt.marked(report, stood)
