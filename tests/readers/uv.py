"""uv and pip at work on the same bytes: what each installs, or that it refuses.

Both really install from a folder of tiny wheels, since a file that both can read
may still give one of them more, other or unverified files than the other. uv
keeps no cache: with one, its verdict on several algorithms depends on what it
has cached.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from uv import find_uv_bin

from tests.readers import installing, wheels

WHEELS = "/WHEELS"
"""In a document: the folder that the wheels are in."""

COMPANIONS: Mapping[str, str] = {
    "a.txt": "attrs==1.0\n",
    "a b.txt": "attrs==2.0\n",
    "=a.txt": "evil==1.0\n",
    "c.txt": "six==1.0\n",
    "nested.txt": "-r a.txt\n",
    "itself.txt": "-r itself.txt\nattrs==1.0\n",
    "hashed.txt": f"six==1.0 --hash=sha256:{'ab' * 32}\n",
    "extras.txt": "six[x]==1.0\n",
    "unnamed.txt": f"file://{WHEELS}/six-1.0-py3-none-any.whl\n",
    "formats.txt": "--no-binary=six\n",
    "project/pyproject.toml": (
        "[build-system]\nrequires = []\nbuild-backend = 'backend'\nbackend-path = ['.']\n"
        "[project]\nname = 'project'\nversion = '1.0'\n"
    ),
    "project/backend.py": wheels.BACKEND,
}
"""What a document may include, or name."""

VARIABLES: Mapping[str, str] = {"VERSION": "1.0", "NAME": "six"}
"""What a document may expand."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What pip and uv install from one document, as ``name==version``; None where one refuses."""

    pip: tuple[str, ...] | None
    uv: tuple[str, ...] | None

    @property
    def differ(self) -> bool:
        return self.pip != self.uv

    def __str__(self) -> str:
        return f"pip: {_told(self.pip)}; uv: {_told(self.uv)}"


def _told(installed: tuple[str, ...] | None) -> str:
    return "refuses" if installed is None else ", ".join(installed) or "nothing"


class Installers:
    """pip and uv, with the wheels that they find."""

    def __init__(self, folder: Path) -> None:
        self._wheels = folder / "wheels"
        self._wheels.mkdir()
        wheels.put(self._wheels)
        home = folder / "home"
        home.mkdir()
        self._environment = {
            **VARIABLES,
            "HOME": str(home),
            "PATH": os.defpath,
            "LC_ALL": "C.UTF-8",
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        }
        command = [sys.executable, "-I", str(installing.__file__), str(self._wheels)]
        self._pip = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=self._environment
        )

    @contextlib.contextmanager
    def laid_out(self, document: bytes) -> Iterator[Path]:
        """A folder with the document as requirements.txt, and its companions."""
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary, "work")
            folder.mkdir()
            (folder / "project").mkdir()
            (folder / "six-1.0-py3-none-any.whl").write_bytes(wheels.wheel("six", "1.0"))
            written = {name: text.encode() for name, text in COMPANIONS.items()} | {"requirements.txt": document}
            for name, data in written.items():
                (folder / name).write_bytes(data.replace(WHEELS.encode(), str(self._wheels).encode()))
            yield folder

    def install(self, folder: Path, options: Sequence[str] = ()) -> Outcome:
        return Outcome(self._by_pip(folder, options), self._by_uv(folder, options))

    def _by_pip(self, folder: Path, options: Sequence[str]) -> tuple[str, ...] | None:
        assert self._pip.stdin
        assert self._pip.stdout
        self._pip.stdin.write(json.dumps({"folder": str(folder), "options": list(options)}) + "\n")
        self._pip.stdin.flush()
        answer = self._pip.stdout.readline()
        if not answer:
            raise RuntimeError(f"pip ended with {self._pip.wait()}")
        installed = json.loads(answer)
        return None if installed is None else tuple(installed)

    def _by_uv(self, folder: Path, options: Sequence[str]) -> tuple[str, ...] | None:
        with tempfile.TemporaryDirectory() as target:
            command = [find_uv_bin(), "pip", "install", "--quiet", "--offline", "--no-config", "--no-cache"]
            where = ["--no-index", "--find-links", str(self._wheels), "--no-deps", "--no-build-isolation"]
            into = ["--python", sys.executable, "--target", target]
            ran = subprocess.run(
                [*command, *where, *into, *options, "-r", "requirements.txt"],
                cwd=folder,
                env=self._environment,
                capture_output=True,
                check=False,
                stdin=subprocess.DEVNULL,
            )
            if ran.returncode not in (0, 1, 2):
                raise RuntimeError(f"uv ended with {ran.returncode}: {ran.stderr!r}")
            if ran.returncode:
                return None
            infos = (info.name.removesuffix(".dist-info") for info in Path(target).glob("*.dist-info"))
            return tuple(sorted(name.replace("-", "==") for name in infos))

    def close(self) -> None:
        self._pip.communicate()


@contextlib.contextmanager
def installers() -> Iterator[Installers]:
    with tempfile.TemporaryDirectory() as temporary:
        made = Installers(Path(temporary))
        try:
            yield made
        finally:
            made.close()
