"""Start-up: a run imports no more than it needs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.loopback import LoopbackIndex

HASH = "a" * 64
SIX = {"six": {"releases": {"1.0": [{"filename": "six-1.0-py3-none-any.whl", "sha256": HASH, "requires_dist": []}]}}}
ROOT = Path(__file__).parent.parent
NETWORK = {"requests", "urllib3", "http.client", "ssl"}
NEVER = {"github", "dulwich", "rich", "asyncio", "unittest", "html.parser", "xml"}
SCRIPT = """
import json, sys
from hashpin.__main__ import run
import os
def told(code):
    with open(os.environ["TOLD"], "w") as file:
        json.dump([code, sorted(sys.modules)], file)
os._exit = told
sys.argv = ["hashpin", *sys.argv[1:]]
run()
"""


def loaded(cache: Path, *arguments: str) -> tuple[int, set[str]]:
    told = cache / "told.json"
    environ = {**os.environ, "TOLD": str(told), "PYTHONPATH": str(ROOT), "HASHPIN_CACHE_DIR": str(cache)}
    subprocess.run([sys.executable, "-c", SCRIPT, *arguments], env=environ, check=True, capture_output=True, timeout=60)
    code, modules = json.loads(told.read_text())
    return code, set(modules)


@pytest.fixture
def requirements(here: Path) -> str:
    (here / "requirements.txt").write_text(f"six==1.0 \\\n    --hash=sha256:{HASH}\n")
    return "requirements.txt"


@pytest.fixture
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Not below what is checked: there it might have come with it."""
    return tmp_path_factory.mktemp("cache")


def test_offline(cache: Path, requirements: str) -> None:
    code, modules = loaded(cache, "check", "--offline", requirements)
    assert code == 3
    heavy = NETWORK | NEVER | {"sqlite3", "packaging.requirements", "tempfile", "concurrent.futures", "tomllib"}
    assert heavy & modules == set()


def test_where_all_is_at_hand_no_http_library_is_loaded(cache: Path, requirements: str) -> None:
    with LoopbackIndex(SIX) as index:
        arguments = ("check", "--index-url", index.url, requirements)
        first, second = loaded(cache, *arguments), loaded(cache, *arguments)
        assert len(index.requests) == 1
    assert (first[0], second[0]) == (0, 0)
    assert first[1] > NETWORK
    assert NEVER & first[1] == set()
    assert NETWORK & second[1] == set()
