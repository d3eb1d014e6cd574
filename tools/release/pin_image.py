"""Writes the image of a release into action.yml, by its digest, and changes nothing else.

    python -m tools.release.pin_image v1.2.3 sha256:...

On the main branch action.yml builds the Dockerfile; only the commit that a
release's tag is on names an image. A tag of an image can be moved, a digest
cannot: whoever pins the action by commit gets this image and no other.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from tools.release.build_image import IMAGE
from tools.release.commands import Refused
from tools.release.versions import ROOT, of_tag

BUILT = "  image: Dockerfile\n"
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def line(tag: str, digest: str) -> str:
    of_tag(tag)
    if not DIGEST.fullmatch(digest):
        raise Refused(f"{digest} is no digest of the form sha256: and 64 small hexadecimal digits")
    return f"  image: docker://{IMAGE}:{tag}@{digest}\n"


def pinned(text: str, tag: str, digest: str) -> str:
    """The text of action.yml with the image in place of the Dockerfile."""
    lines = text.splitlines(keepends=True)
    if lines.count(BUILT) != 1:
        raise Refused(f"action.yml has not one line {BUILT.strip()!r}")
    return "".join(line(tag, digest) if each == BUILT else each for each in lines)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tag")
    parser.add_argument("digest")
    parser.add_argument("--dry-run", action="store_true", help="print the line instead of writing it")
    parser.add_argument("--root", type=Path, default=ROOT)
    options = parser.parse_args(arguments)
    path = options.root / "action.yml"
    try:
        with path.open(encoding="utf-8", newline="") as file:
            text = pinned(file.read(), options.tag, options.digest)
    except Refused as reason:
        print(f"refused: {reason}", file=sys.stderr)
        return 1
    if options.dry_run:
        sys.stdout.write(line(options.tag, options.digest))
    else:
        path.write_text(text, encoding="utf-8", newline="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
