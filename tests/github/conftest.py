"""A GitHub for each test, which fails the test that it has anything against."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.github.standin import GitHub


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[GitHub]:
    with GitHub(tmp_path / "github") as hub:
        yield hub
    assert not hub.violations, "\n".join(hub.violations)
