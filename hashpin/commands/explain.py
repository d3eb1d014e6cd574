"""Print a rule's page, or the table of rules."""

from __future__ import annotations

import argparse

from hashpin.console import Console
from hashpin.errors import UsageError
from hashpin.rules import PAGES
from hashpin.wording import nearest


def run(options: argparse.Namespace, console: Console) -> int:
    if options.rule is None:
        width = max(len(rule.RULE.name) for rule in PAGES)
        for rule in PAGES:
            severity = rule.RULE.severity.name.lower()
            console.stdout.write(f"{rule.RULE.name:<{width}}  {severity:<7}  {rule.RULE.summary}\n")
        return 0
    for rule in PAGES:
        if rule.RULE.name == options.rule:
            console.stdout.write(f"{rule.RULE.name}: {(rule.__doc__ or '').strip()}\n")
            return 0
    close = nearest(options.rule, [page.RULE.name for page in PAGES])
    raise UsageError(f"no rule is called {options.rule}{close}: run hashpin explain for the table")
