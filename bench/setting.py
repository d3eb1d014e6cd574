"""What all benches share: the replica, the programs, a folder to work in. Installs hashpin as its users do."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from bench import documents, made
from bench.measure import Failed
from bench.peers import Tools
from bench.replica import nginx_version

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Setting:
    """Where and how often."""

    replica: Path
    work: Path
    tools: Tools
    python: Path
    """That which the measured hashpin runs on."""
    rounds: int

    @property
    def hashed(self) -> Path:
        """All pins of the replica with all their hashes."""
        return self.replica / documents.REQUIREMENTS

    @property
    def bare(self) -> Path:
        return self.replica / documents.BARE

    def folder(self, name: str) -> Path:
        """A new, empty one."""
        path = self.work / name
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir(parents=True)
        return path


def replica(folder: Path, names: Path) -> documents.Manifest:
    """The one in the folder; made first where there is none."""
    found = documents.manifest(folder)
    if found is None:
        print(f"making a replica in {folder}", file=sys.stderr)
        found = made.replica(folder, documents.names(names))
    return found


def install(path: Path, work: Path, peers: Path) -> Path:
    """hashpin's program: installed from a work tree into an environment of its own; or the one that the path is."""
    if path.is_file():
        return path
    if not (path / "pyproject.toml").exists():
        raise Failed(f"{path} is neither a program nor hashpin's work tree")
    environment = work / "installed"
    python = environment / "bin" / "python"
    if not python.exists():
        _run([sys.executable, "-m", "venv", "--without-pip", str(environment)])
    pip = [str(peers / "python"), "-m", "pip", "--python", str(python), "--disable-pip-version-check", "--quiet"]
    _run([*pip, "install", "--require-hashes", "-r", str(path / "requirements" / "runtime.txt")])
    dist = work / "dist"
    shutil.rmtree(dist, ignore_errors=True)
    _run([str(peers / "python"), "-m", "flit_core.wheel", "--outdir", str(dist), str(path)])
    wheel = next(dist.glob("*.whl"))
    _run([*pip, "install", "--no-deps", "--no-index", "--force-reinstall", str(wheel)])
    return environment / "bin" / "hashpin"


def switches(program: Path) -> frozenset[str]:
    """The switches that `hashpin check` knows."""
    told = subprocess.run([str(program), "check", "--help"], check=False, capture_output=True, text=True)
    return frozenset(re.findall(r"--[a-z][a-z-]+", told.stdout))


def versions(tools: Tools, python: Path) -> dict[str, str]:
    """What ran, for the page; the peers' are those of requirements/bench.txt."""
    peers = ("hashin", "pip-tools", "uv", "pip")
    script = "import sys; from importlib.metadata import version; print(*map(version, sys.argv[1:]))"
    told = _out([tools.program("python"), "-c", script, *peers]).split()
    return {
        "hashpin": _out([str(tools.hashpin), "--version"]).split()[-1],
        "Python": _out([str(python), "--version"]).split()[-1],
        **dict(zip(peers, told, strict=True)),
        "curl": _out(["curl", "-q", "--version"]).split()[1],
        "nginx": nginx_version(),
    }


def _out(command: list[str]) -> str:
    ran = subprocess.run(command, check=False, capture_output=True, text=True)
    return ran.stdout or ran.stderr


def _run(command: list[str]) -> None:
    ran = subprocess.run(command, check=False, capture_output=True, text=True)
    if ran.returncode:
        raise Failed(f"{' '.join(command)[:300]} ended {ran.returncode}:\n{ran.stderr[-2000:]}")
