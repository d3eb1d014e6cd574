"""Runs the programs that a release needs, or only says what it would run."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


class Refused(Exception):
    """Why the release stops here."""


@dataclass(frozen=True, slots=True)
class Commands:
    """Programs, run in a folder."""

    folder: Path = Path()
    dry_run: bool = False

    def read(self, *command: str) -> str:
        """What a program that changes nothing prints."""
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Refused(f"{shlex.join(command)} ended with {done.returncode}: {done.stderr.strip()}")
        return done.stdout.strip()

    def change(self, *command: str) -> None:
        """Run a program that changes something; a dry run prints it alone."""
        print(f"+ {shlex.join(command)}", file=sys.stderr, flush=True)
        if not self.dry_run:
            # To standard error: what a script prints itself is its answer.
            done = subprocess.run(command, cwd=self.folder, stdout=2, check=False)
            if done.returncode:
                raise Refused(f"{shlex.join(command)} ended with {done.returncode}")


def tags(commands: Commands, remote: str, names: Sequence[str]) -> dict[str, str]:
    """The commit that each tag of a remote stands for; a tag object's own name is no commit."""
    listed = commands.read("git", "ls-remote", "--tags", remote, *(f"refs/tags/{name}*" for name in names))
    found: dict[str, str] = {}
    for line in listed.splitlines():
        sha, _, ref = line.partition("\t")
        found[ref.removeprefix("refs/tags/")] = sha
    # `v1.2.3^{}` is the commit behind the annotated tag `v1.2.3` (gitrevisions).
    return {name: found.get(f"{name}^{{}}", sha) for name, sha in found.items() if not name.endswith("^{}")}
