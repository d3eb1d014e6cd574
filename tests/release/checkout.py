"""A git repository to release from, made and looked at by git's own program."""

from __future__ import annotations

import subprocess
from pathlib import Path


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=A", "-c", "user.email=a@index.example", "-c", "init.defaultBranch=main")
    done = subprocess.run(["git", *identity, *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def commit(clone: Path, message: str) -> str:
    git(clone, "add", ".")
    git(clone, "commit", "--quiet", "--allow-empty", "--message", message)
    return git(clone, "rev-parse", "HEAD")


def published(clone: Path, version: str) -> str:
    """A release of that version on the remote; its commit."""
    sha = commit(clone, version)
    git(clone, "tag", "--annotate", "--message", version, f"v{version}")
    git(clone, "push", "--quiet", "origin", f"v{version}")
    return sha
