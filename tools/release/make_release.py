"""Makes the GitHub Release of a tag that is pushed, with the files given; leaves one that is published as it is.

    python -m tools.release.make_release v1.2.3 --notes-file notes.md dist/*

`gh release create` makes a draft, adds the files and publishes it. Where it was
cut off in between, its draft is still there, and `gh release view` would take
that for the release.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tools.release.commands import Commands, Refused
from tools.release.versions import ROOT, of_tag

_RELEASES = "repos/{owner}/{repo}/releases"  # gh fills in which repository
_BY_US = "github-actions[bot]"


def make(commands: Commands, tag: str, notes: Path, files: list[str]) -> bool:
    """Whether it was made; False where it was there."""
    title = f"hashpin {of_tag(tag)}"
    listed = commands.read(
        *("gh", "api", "--paginate", _RELEASES),
        *("--jq", ".[] | [.tag_name, .draft, .id, .author.login] | @tsv"),
    )
    found = [row[1:] for row in (line.split("\t") for line in listed.splitlines()) if row[0] == tag]
    if any(draft == "false" for draft, _, _ in found):
        return False
    for _, number, login in found:
        if login != _BY_US:
            raise Refused(f"{login} has a draft for {tag}: publish or delete it")
        commands.change("gh", "api", "--silent", "--method", "DELETE", f"{_RELEASES}/{number}")
    commands.change(
        "gh", "release", "create", tag, "--verify-tag", "--title", title, "--notes-file", str(notes), *files
    )
    return True


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tag")
    parser.add_argument("files", nargs="+")
    parser.add_argument("--notes-file", type=Path, required=True)
    parser.add_argument("--dry-run", action="store_true", help="look, and print the commands instead of running them")
    parser.add_argument("--root", type=Path, default=ROOT)
    options = parser.parse_args(arguments)
    try:
        made = make(Commands(options.root, options.dry_run), options.tag, options.notes_file, options.files)
    except Refused as reason:
        print(f"refused: {reason}", file=sys.stderr)
        return 1
    print(f"the release of {options.tag} {'is made' if made else 'was there'}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
