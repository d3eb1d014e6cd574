"""The rules: one module each, with its page as docstring, `RULE` and `check`.

To add one: a module named as the rule (with `_` for `-`), a line in `RULES`, a
folder of cases in `tests/cases/`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from hashpin.model import Evidence, Finding, Rule, RulePage, Unchecked
from hashpin.rules import (
    archived_project,
    conflicting_pins,
    disabled_hash_checking,
    file_index,
    hidden_requirement,
    ignored_text,
    late_file,
    malformed_hash,
    missing_dependency,
    missing_hash,
    missing_include,
    orphan_hash,
    provenance_lost,
    publisher_changed,
    quarantined_project,
    reader_disagreement,
    remote_include,
    repeated_hash,
    source_only_hashes,
    uncovered_platform,
    unhashable_requirement,
    unhashed_pin,
    unknown_hash,
    unknown_project,
    unknown_release,
    unpinned_requirement,
    unreadable_line,
    unused_allowance,
    unvouched_hash,
    vulnerable_release,
    weak_hash,
    yanked_release,
    young_file,
)


class Page(Protocol):
    """What every rule's module has: its docstring is the rule's page."""

    RULE: Rule
    __doc__: str | None


class RuleModule(Page, Protocol):
    """A rule that judges by evidence."""

    def check(self, evidence: Evidence, /) -> Iterable[Finding]:
        """The breaches of this rule in one tree."""


RULES: tuple[RuleModule, ...] = (
    unknown_hash,
    missing_hash,
    unhashed_pin,
    missing_dependency,
    unknown_release,
    unknown_project,
    yanked_release,
    late_file,
    young_file,
    quarantined_project,
    archived_project,
    vulnerable_release,
    publisher_changed,
    provenance_lost,
    source_only_hashes,
    uncovered_platform,
    unvouched_hash,
    unpinned_requirement,
    unhashable_requirement,
    malformed_hash,
    weak_hash,
    orphan_hash,
    repeated_hash,
    disabled_hash_checking,
    hidden_requirement,
    ignored_text,
    conflicting_pins,
    remote_include,
    missing_include,
    file_index,
    unreadable_line,
    reader_disagreement,
)

# What rules could not judge, since an answer is owed that they alone need. Of several that need it the first tells.
UNCHECKED: tuple[Callable[[Evidence], Iterable[Unchecked]], ...] = (
    missing_dependency.unchecked,
    provenance_lost.unchecked,
    publisher_changed.unchecked,
)

# unused-allowance is asked last, when all findings are known.
PAGES: tuple[Page, ...] = (*RULES, unused_allowance)


def pages() -> tuple[RulePage, ...]:
    """What the page of each rule says."""
    return tuple(RulePage(page.RULE, (page.__doc__ or "").strip()) for page in PAGES)
