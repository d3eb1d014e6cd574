"""Something to be released as 1.2.3, and the bare repository that it is pushed to."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.release.checkout import commit, git
from tools import make_docs

_CHANGELOG = (
    "# Changes\n\n## [Unreleased]\n\n- Later.\n\n## [1.2.3] - 2026-01-02\n\n- Now.\n\n## [1.2.2] - 2026-01-01\n"
)


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    remote = tmp_path / "remote.git"
    remote.mkdir()
    git(remote, "init", "--quiet", "--bare")
    return remote


@pytest.fixture
def clone(tmp_path: Path, remote: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout of the main branch of something to be released as 1.2.3."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    clone = tmp_path / "clone"
    (clone / "hashpin").mkdir(parents=True)
    git(clone, "init", "--quiet")
    (clone / "hashpin" / "__init__.py").write_text('"""A package."""\n\n__version__ = "1.2.3"\n')
    (clone / "CHANGELOG.md").write_text(_CHANGELOG)
    (clone / "action.yml").write_text((make_docs.ROOT / "action.yml").read_text())
    commit(clone, "A")
    git(clone, "remote", "add", "origin", str(remote))
    git(clone, "push", "--quiet", "origin", "main")
    return clone
