"""A repository on this disk whose files have a history, commit by commit, a day apart."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.github.git import FILE, Git, Who

FIRST = datetime(2024, 5, 1, 12, tzinfo=UTC)


class Lineage:
    """The repository at a folder; its working tree is what the last commit has."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)
        self.git = Git(root / ".git")
        self.git("config", "core.bare", "false")
        self.shas: list[str] = []

    def commit(self, files: Mapping[str, str | None], *, parents: list[str] | None = None) -> str:
        """Another commit on the last one, or on these; None takes a file away."""
        parents = self.shas[-1:] if parents is None else parents
        rows = [(p, FILE, None if text is None else self.git.write_blob(text.encode())) for p, text in files.items()]
        tree = self.git.write_tree(parents[0] if parents else None, rows)
        who = Who("Jo", "jo@example.org", FIRST + timedelta(days=len(self.shas)))
        self.shas.append(self.git.write_commit(tree, parents, "Change", who, who))
        self.git("update-ref", "refs/heads/main", self.shas[-1])
        for path, text in files.items():
            place = self.root / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.unlink(missing_ok=True)
            if text is not None:
                place.write_text(text)
        return self.shas[-1]
