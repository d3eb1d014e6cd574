"""Commits action.yml with the image in it, beside the main branch, and pushes that commit under an annotated tag.

    python -m tools.release.tag_release v1.2.3 --message "hashpin 1.2.3"

Refuses unless the commit differs from the one below it by that one line. Where
the tag is on such a commit already, as after a run that stopped later, it is
left as it is.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tools.release.build_image import IMAGE
from tools.release.commands import Commands, Refused, tags
from tools.release.pin_image import BUILT
from tools.release.versions import ROOT, of_tag

_NAME = "github-actions[bot]"
_MAIL = "41898282+github-actions[bot]@users.noreply.github.com"


def release(commands: Commands, tag: str, message: str, remote: str) -> str:
    """Commit, check, tag and push, or find that this is done; the commit."""
    of_tag(tag)
    there = tags(commands, remote, [tag]).get(tag)
    changed = commands.read("git", "status", "--porcelain", "--untracked-files=no")
    if changed.split() != ["M", "action.yml"]:
        raise Refused(f"what differs is not action.yml alone: {changed or 'nothing'}")
    _one_line(commands.read("git", "diff", "--unified=0", "--no-color", "--no-ext-diff"), tag)
    if there:
        _is_this_one(commands, tag, there, remote)
        return there
    identity = ("-c", f"user.name={_NAME}", "-c", f"user.email={_MAIL}")
    commands.change("git", "checkout", "--quiet", "--detach")
    commands.change("git", *identity, "commit", "--quiet", "--message", message, "action.yml")
    # By force: a tag that is here alone is of an attempt that did not come to push it.
    commands.change("git", *identity, "tag", "--force", "--annotate", "--message", message, tag)
    commands.change("git", "push", "--quiet", remote, f"refs/tags/{tag}")
    return commands.read("git", "rev-parse", "HEAD")


def _is_this_one(commands: Commands, tag: str, there: str, remote: str) -> None:
    """Refuse unless the commit that is tagged has the files that lie here, and stands on the commit checked out."""
    commands.read("git", "fetch", "--quiet", "--no-tags", remote, f"refs/tags/{tag}")
    below = commands.read("git", "show", "--no-patch", "--format=%P", there)
    differ = commands.read("git", "diff", "--name-only", "--no-ext-diff", there)
    if below != commands.read("git", "rev-parse", "HEAD") or differ:
        raise Refused(f"{tag} is released already, from something else")


def _one_line(patch: str, tag: str) -> None:
    lines = patch.splitlines()
    taken = [line[1:] for line in lines if line.startswith("-") and not line.startswith("---")]
    given = [line[1:] for line in lines if line.startswith("+") and not line.startswith("+++")]
    begins = f"  image: docker://{IMAGE}:{tag}@sha256:"
    if taken != [BUILT.rstrip("\n")] or len(given) != 1 or not given[0].startswith(begins):
        raise Refused(f"action.yml differs by more, or by else, than its image of {tag}")


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tag")
    parser.add_argument("--message", required=True)
    parser.add_argument("--remote", default="origin")
    parser.add_argument("--dry-run", action="store_true", help="check, and print the commands instead of running them")
    parser.add_argument("--root", type=Path, default=ROOT)
    options = parser.parse_args(arguments)
    try:
        print(release(Commands(options.root, options.dry_run), options.tag, options.message, options.remote))
    except Refused as reason:
        print(f"refused: {reason}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
