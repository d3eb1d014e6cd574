"""Writes the commit of a release into the workflows to copy, after the release.

    python -m tools.release.pin_examples v1.2.3 COMMIT

No release can hold its own commit; so the examples name the last one.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from tools.release.commands import Refused
from tools.release.versions import ROOT, of_tag

FOLDER = "examples/workflows"
USED = re.compile(
    r"(?P<action>uses: org/hashpin-action(?:/composite)?@|repository: org/hashpin-action\n +ref: )"
    r"[0-9a-f]{40} # v[0-9.]+$",
    re.MULTILINE,
)


def pinned(text: str, tag: str, commit: str) -> str:
    of_tag(tag)
    if not re.fullmatch("[0-9a-f]{40}", commit):
        raise Refused(f"{commit} is no commit's whole name")
    return USED.sub(rf"\g<action>{commit} # {tag}", text)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tag")
    parser.add_argument("commit")
    parser.add_argument("--root", type=Path, default=ROOT)
    options = parser.parse_args(arguments)
    try:
        for path in [options.root / "README.md", *sorted((options.root / FOLDER).glob("*.yml"))]:
            path.write_text(pinned(path.read_text(encoding="utf-8"), options.tag, options.commit), encoding="utf-8")
    except Refused as reason:
        print(f"refused: {reason}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
