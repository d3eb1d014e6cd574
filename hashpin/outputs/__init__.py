"""The outputs: each a module with `render`, pure, from a report to text.

To add one: a module with `render`, a line in `OUTPUTS`, its snapshot in
`tests/outputs/`. Every output escapes for its own medium: what it shows was
written by strangers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hashpin.model import Report
from hashpin.outputs import json_document, markdown, sarif, text_lines, workflow_commands

Render = Callable[[Report], str]

OUTPUTS: Mapping[str, Render] = {
    "text": text_lines.render,
    "json": json_document.render,
    "github": workflow_commands.render,
    "markdown": markdown.render,
    "sarif": sarif.render,
}
