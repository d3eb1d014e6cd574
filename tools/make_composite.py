"""Writes composite/action.yml: the action of action.yml for runners without Docker.

Its inputs and outputs are the text of action.yml. What has to be there beside
them is `composite/run.py`.
"""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ACTION = ROOT / "action.yml"
COMPOSITE = ROOT / "composite" / "action.yml"

_OUTPUT = re.compile(r"^  (?P<name>[a-z-]+):\n(?:    .*\n)+", re.MULTILINE)

# python3 first: on macOS `python` may be missing. On Windows `python3` may only open the shop, which fails here.
_FRAME = """\
# Made from action.yml by make readme.
name: hashpin without Docker
description: hashpin for runners that have Python 3.11 or later and no Docker, such as those of macOS and Windows
author: The hashpin maintainers

{inputs}{outputs}runs:
  using: composite
  steps:
    - id: hashpin
      shell: bash
      env:
        # As one: of a composite action the runner sets no INPUT_*, and some shells drop names with dashes.
        HASHPIN_INPUTS: ${{{{ toJSON(inputs) }}}}
      run: |
        for python in python3 python; do
          if "$python" -I -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            exec "$python" -I "$GITHUB_ACTION_PATH/run.py"
          fi
        done
        echo '::error title=hashpin::needs Python 3.11 or later: use actions/setup-python before this step'
        exit 2
"""


def composite() -> str:
    """The text of composite/action.yml."""
    text = ACTION.read_text(encoding="utf-8")
    begin, middle, end = (text.index(f"\n{key}:\n") + 1 for key in ("inputs", "outputs", "runs"))
    outputs = _OUTPUT.sub(_with_value, text[middle:end])
    return _FRAME.format(inputs=text[begin:middle], outputs=outputs)


def _with_value(output: re.Match[str]) -> str:
    return f"{output[0]}    value: ${{{{ steps.hashpin.outputs.{output['name']} }}}}\n"


def main() -> None:
    COMPOSITE.write_text(composite(), encoding="utf-8")


if __name__ == "__main__":
    main()
