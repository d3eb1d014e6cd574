"""Says which version is to be released, and refuses where package, changelog and tags do not agree.

python -m tools.release.versions             prints its tag
python -m tools.release.versions --notes     prints what CHANGELOG.md says of it
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from tools.release.commands import Commands, Refused, tags

ROOT = Path(__file__).resolve().parent.parent.parent
_PACKAGE = re.compile(r'^__version__ = "(?P<version>[^"]*)"$', re.MULTILINE)
_VERSION = re.compile(r"(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)")
_HEADING = re.compile(r"^## \[(?P<version>[^\]]*)\](?P<date> - [0-9]{4}-[0-9]{2}-[0-9]{2})?$", re.MULTILINE)


def number(version: str) -> tuple[int, int, int]:
    """MAJOR.MINOR.PATCH of Semantic Versioning; a release has no more than that."""
    match = _VERSION.fullmatch(version)
    if not match:
        raise Refused(f"{version} is no version of the form 1.2.3")
    major, minor, patch = map(int, match.groups())
    return major, minor, patch


def of_tag(tag: str) -> str:
    if not tag.startswith("v"):
        raise Refused(f"{tag} is no tag of the form v1.2.3")
    number(tag[1:])
    return tag[1:]


def of_package(root: Path) -> str:
    match = _PACKAGE.search((root / "hashpin" / "__init__.py").read_text(encoding="utf-8"))
    if not match:
        raise Refused("hashpin/__init__.py has no line __version__")
    number(match["version"])
    return match["version"]


def notes(root: Path, version: str) -> str:
    """What CHANGELOG.md says of a version. Refused without a dated entry, the newest one, that says something."""
    text = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    headings = list(_HEADING.finditer(text))
    dated = [heading for heading in headings if heading["date"]]
    if not dated or dated[0]["version"] != version:
        newest = dated[0]["version"] if dated else "none"
        raise Refused(f"the package is {version}, and the newest dated entry of CHANGELOG.md is {newest}")
    ends = [heading.start() for heading in headings if heading.start() > dated[0].start()]
    said = text[dated[0].end() : ends[0] if ends else len(text)].strip()
    if not said:
        raise Refused(f"CHANGELOG.md says nothing of {version}")
    return said + "\n"


def to_release(root: Path, commands: Commands, remote: str) -> str:
    """The version of the package, which must have an entry in the changelog and no tag yet."""
    version = of_package(root)
    notes(root, version)
    if f"v{version}" in tags(commands, remote, [f"v{version}"]):
        raise Refused(f"v{version} is released already")
    return version


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--notes", action="store_true")
    parser.add_argument("--remote", default="origin")
    parser.add_argument("--root", type=Path, default=ROOT)
    options = parser.parse_args(arguments)
    try:
        if options.notes:
            sys.stdout.write(notes(options.root, of_package(options.root)))
        else:
            print(f"v{to_release(options.root, Commands(options.root), options.remote)}")
    except Refused as reason:
        print(f"refused: {reason}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
