"""Whole lock files lack nothing, and what is taken out of one is missed, by pip as by hashpin.

Of newer files a mirror may have no core metadata, so what is locked is of before a
date (HASHPIN_LIVE_BEFORE), and only what is known to be needed is taken out. In
hash mode pip believes no metadata but a whole file's, so the projects are small.
The trees are locked for this machine, which is told by --require-platform's means.
"""

from __future__ import annotations

import os
import platform
import random
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from hashpin import check, files, formats, tree
from hashpin.evidence import Answers, Asking
from hashpin.indexes.address import IndexAddress
from hashpin.indexes.client import HttpIndex
from hashpin.indexes.sessions import new_session
from hashpin.indexes.transport import Transport
from hashpin.model import Finding, Platform, Policy, ReleaseKey, Severity, Source
from tests.live import INDEX_URL, MARKS, limited, run

pytestmark = MARKS

BEFORE = os.environ.get("HASHPIN_LIVE_BEFORE", "2026-02-01")
ROOTS = limited(
    [
        *("requests[socks]", "celery", "flask", "fastapi[standard]", "django", "httpx[http2]", "sqlalchemy[asyncio]"),
        *("black", "pytest", "sphinx", "jupyter-server", "ansible-core", "poetry", "uvicorn[standard]", "boto3"),
        *("aiohttp[speedups]", "twine", "tox", "rich", "pydantic[email]", "cryptography", "alembic", "typer"),
        *("mkdocs", "pre-commit", "jsonschema[format]", "httpie", "pyramid", "scrapy", "virtualenv"),
    ]
)
UNIVERSAL = ROOTS[:10]
SYSTEMS = {"linux": "linux", "darwin": "macos", "win32": "windows"}
MACHINES = {"x86_64": "amd64", "AMD64": "amd64", "aarch64": "arm64", "ARM64": "arm64"}
OF_THE_ENVIRONMENT = {"pip", "setuptools", "wheel"}  # warnings, by design
_PIN = re.compile(r"^[^\s#].*?(?<!\\)\n", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Asked:
    """One index for all, so that each release is asked for once."""

    index: HttpIndex
    answers: Answers

    def missing(self, path: Path, *platforms: Platform) -> list[Finding]:
        """What missing-dependency says of a file by itself."""
        forest = tree.grow(files.find((str(path),), ()), lambda found: files.read(found.path))
        policy = Policy(platforms=platforms)
        _, report = check.check(forest, self.index, self.answers, policy, Asking(8, 600))
        assert not report.unchecked
        found = [finding for finding in report.findings if finding.rule.name == "missing-dependency"]
        return [finding for finding in found if "nobody tells" not in finding.message]

    def needed(self, text: str) -> frozenset[str]:
        """The projects that the pins of a file need here without extras, as far as the index has told."""
        keys = {ReleaseKey(pin.name, pin.version) for pin in formats.parse(Source("requirements.txt", text)).pins}
        known = (needs for key, needs in self.answers.needs.items() if key in keys and isinstance(needs, tuple))
        needed = (Requirement(need) for needs in known for need in needs)
        held = (need for need in needed if need.marker is None or need.marker.evaluate({"extra": ""}))
        return frozenset(canonicalize_name(need.name) for need in held) - OF_THE_ENVIRONMENT

    @property
    def untold(self) -> str:
        missing = sum(not isinstance(needs, tuple) for needs in self.answers.needs.values())
        return f"of {missing} of {len(self.answers.needs)} releases the index tells not what they need"


@pytest.fixture(scope="module")
def asked() -> Asked:
    address = IndexAddress.parse(INDEX_URL)
    return Asked(HttpIndex(address, Transport(new_session(8), address, 1800)), Answers())


def locked(root: str, path: Path, *options: str) -> str:
    """What uv locks for one requirement."""
    wish = path.with_suffix(".in")
    wish.write_text(root + "\n")
    command = [
        sys.executable,
        "-m",
        "uv",
        "pip",
        "compile",
        "--quiet",
        "--no-config",
        "--generate-hashes",
        "--no-header",
    ]
    command += [
        "--no-annotate",
        "--no-strip-extras",
        "--only-binary",
        ":all:",
        "--index-url",
        INDEX_URL,
        "--exclude-newer",
        BEFORE,
    ]
    made = run(*command, "-o", str(path), *options, str(wish), cwd=path.parent)
    assert made.returncode == 0, f"{root}: {made.stderr}"
    return path.read_text()


def pip(path: Path, cache: Path) -> tuple[bool, str]:
    """Whether pip takes the file, in an environment that has nothing; what it said."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--dry-run", "--require-hashes"]
    command += ["--ignore-installed", "--only-binary", ":all:", "--quiet", "--cache-dir", str(cache), "-r", str(path)]
    ran = run(*command, cwd=path.parent)
    return ran.returncode == 0, ran.stderr


def without(text: str, among: frozenset[str], chance: random.Random) -> tuple[str, str]:
    """The file without one of its pins, and the project of that."""
    pins = [(match[0], canonicalize_name(re.split(r"[\[=]", match[0])[0])) for match in _PIN.finditer(text)]
    gone, name = chance.choice([pin for pin in pins if pin[1] in among])
    return text.replace(gone, "", 1), name


def here() -> Platform:
    """The one that uv has locked for."""
    machine = MACHINES[platform.machine()]
    return Platform("here", SYSTEMS[sys.platform], machine, sys.version_info[:2])


def test_trees_and_trees_with_a_pin_taken_out(asked: Asked, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chance = random.Random(2026)
    counted: Counter[str] = Counter()
    told: list[str] = []
    for root in ROOTS:
        path = tmp_path / "requirements.txt"
        whole = locked(root, path)
        false = [f for f in asked.missing(path, here()) if f.severity > Severity.NOTE]
        taken, said = pip(path, tmp_path / "cache")
        told += [f"{root}: whole: {f.message}" for f in false] + ([] if taken else [f"{root}: pip: {said}"])
        damaged, name = without(whole, asked.needed(whole) - {canonicalize_name(Requirement(root).name)}, chance)
        path.write_text(damaged)
        errors = [f for f in asked.missing(path, here()) if f.severity is Severity.ERROR]
        found = [f for f in errors if f.topic == name]
        refused = not pip_takes(path, tmp_path / "cache", name)
        counted["found"] += len(errors) == len(found) == 1
        counted["by default"] += any(f.severity is Severity.ERROR for f in asked.missing(path))
        counted["false"] += len(false)
        counted["agrees"] += taken and refused
        told += (
            []
            if found and refused
            else [f"{root} without {name}: {[f.message for f in errors]}, pip refused: {refused}"]
        )
        told += [f"{root} without {name}: more than that: {f.message}" for f in errors if f not in found]
    with capsys.disabled():
        print(
            f"\n{len(ROOTS)} trees: {counted['found']} found, {counted['false']} false, "
            f"pip agrees on {counted['agrees']} (without --require-platform {counted['by default']} are errors); "
            f"{asked.untold}"
        )
    assert not told
    assert counted["found"] == counted["agrees"] == len(ROOTS)


def pip_takes(path: Path, cache: Path, missing: str) -> bool:
    """Whether pip takes the file; refusing it for anything but the missing project counts as that."""
    taken, said = pip(path, cache)
    named = "versions pinned with ==" in said and any(missing == name for name in _projects(said))
    return taken or not named


def _projects(said: str) -> Iterator[str]:
    for line in said.splitlines():
        if match := re.match(r"\s+([A-Za-z0-9][\w.-]*)", line):
            yield canonicalize_name(match[1])


def test_what_is_locked_for_all_systems_lacks_nothing(asked: Asked, tmp_path: Path) -> None:
    for root in UNIVERSAL:
        path = tmp_path / "requirements.txt"
        locked(root, path, "--universal")
        assert not asked.missing(path), root
