"""Moves the tag of the major version, `v1`, to a release.

    python -m tools.release.move_major v1.2.3

It only goes forward: a correction of an older version leaves it where it is.
It is a plain tag, no release of GitHub's, since an immutable release's tag
cannot be moved.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tools.release.commands import Commands, Refused, tags
from tools.release.versions import ROOT, number, of_tag


def move(commands: Commands, tag: str, remote: str) -> bool:
    """Whether the tag moved; False where a newer release of the same major version is there."""
    released = number(of_tag(tag))
    major = f"v{released[0]}"
    there = tags(commands, remote, [major])
    if tag not in there:
        raise Refused(f"{tag} is not on {remote}")
    newest = max(number(name[1:]) for name in there if name.startswith(f"{major}.") and _is_release(name))
    if newest != released:
        return False
    if there.get(major) != there[tag]:
        # The commit itself and not the tag object, so that whoever pins what v1 is at pins a commit. A lease: whoever
        # moved it meanwhile is not overwritten; an empty one says that it must not be there.
        was = commands.read("git", "ls-remote", remote, f"refs/tags/{major}").partition("\t")[0]
        lease = f"--force-with-lease=refs/tags/{major}:{was}"
        commands.change("git", "push", "--quiet", lease, remote, f"{there[tag]}:refs/tags/{major}")
    return True


def _is_release(name: str) -> bool:
    try:
        of_tag(name)
    except Refused:
        return False
    return True


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tag")
    parser.add_argument("--remote", default="origin")
    parser.add_argument("--dry-run", action="store_true", help="print the command instead of running it")
    parser.add_argument("--root", type=Path, default=ROOT)
    options = parser.parse_args(arguments)
    try:
        moved = move(Commands(options.root, options.dry_run), options.tag, options.remote)
    except Refused as reason:
        print(f"refused: {reason}", file=sys.stderr)
        return 1
    print(f"v{options.tag[1:].partition('.')[0]} {'is at' if moved else 'stays, it is newer than'} {options.tag}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
