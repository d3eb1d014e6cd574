"""The outputs: each a module with `render`, pure, from a report to text.

To add one: a module with `render`, a line in `OUTPUTS`, its snapshot in
`tests/outputs/`. Every output escapes for its own medium: what it shows was
written by strangers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module

from hashpin.model import Report

Render = Callable[[Report], str]


def _of(module: str) -> Render:
    """A module's `render`; a run imports those alone that it shows."""

    def render(report: Report) -> str:
        rendered: str = import_module(f"hashpin.outputs.{module}").render(report)
        return rendered

    return render


OUTPUTS: Mapping[str, Render] = {
    "text": _of("text_lines"),
    "json": _of("json_document"),
    "github": _of("workflow_commands"),
    "markdown": _of("markdown"),
    "sarif": _of("sarif"),
}
COVERAGE_FORMATS = ("text", "json")
"""Of the coverage table."""
PLAN_FORMATS = ("text", "json")
MERGE_FORMATS = ("text", "json", "markdown", "sarif")
