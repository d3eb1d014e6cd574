"""The rules: one module each, with its page as docstring, `RULE` and `check`.

To add one: a module named as the rule (with `_` for `-`), a line in `RULES`, a
folder of cases in `tests/cases/`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from hashpin.model import Evidence, Finding, Rule
from hashpin.rules import (
    malformed_hash,
    missing_hash,
    missing_include,
    orphan_hash,
    quarantined_project,
    repeated_hash,
    unhashable_requirement,
    unhashed_pin,
    unknown_hash,
    unknown_project,
    unknown_release,
    unpinned_requirement,
    unreadable_line,
    unvouched_hash,
    weak_hash,
    yanked_release,
)


class RuleModule(Protocol):
    """What a rule's module has. Its docstring is the rule's page."""

    RULE: Rule
    __doc__: str | None

    def check(self, evidence: Evidence, /) -> Iterable[Finding]:
        """The breaches of this rule in one tree."""


RULES: tuple[RuleModule, ...] = (
    unknown_hash,
    missing_hash,
    unhashed_pin,
    unknown_release,
    unknown_project,
    yanked_release,
    quarantined_project,
    unvouched_hash,
    unpinned_requirement,
    unhashable_requirement,
    malformed_hash,
    weak_hash,
    orphan_hash,
    repeated_hash,
    missing_include,
    unreadable_line,
)
