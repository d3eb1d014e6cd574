"""Tiny valid wheels, the same bytes on every run, so that an installer can really install what it read."""

from __future__ import annotations

import hashlib
import io
import zipfile
from pathlib import Path

PROJECTS = {"six": ("1.0", "1.17.0"), "attrs": ("1.0", "2.0"), "evil": ("1.0",), "prr": ("1.0", "2.0rc1")}
"""What is there to install, by project. Enough that any requirement of the documents can be resolved."""


BACKEND = """
import pathlib, zipfile

def build_wheel(folder, settings=None, metadata=None):
    name = "project-1.0-py3-none-any.whl"
    with zipfile.ZipFile(pathlib.Path(folder, name), "w") as archive:
        info = "project-1.0.dist-info/"
        archive.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: project\\nVersion: 1.0\\n")
        archive.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        archive.writestr(info + "RECORD", "")
    return name

build_editable = build_wheel
"""
"""What builds a folder that is given by its path, without any other tool."""


def wheel(project: str, version: str) -> bytes:
    """A wheel with one empty module."""
    info = f"{project}-{version}.dist-info"
    names = (f"{project}.py", f"{info}/METADATA", f"{info}/WHEEL", f"{info}/RECORD")
    texts = (
        "",
        f"Metadata-Version: 2.1\nName: {project}\nVersion: {version}\nProvides-Extra: x\n",
        "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "".join(f"{name},,\n" for name in names),
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in zip(names, texts, strict=True):
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), text)
    return buffer.getvalue()


def digest(project: str, version: str, algorithm: str = "sha256") -> str:
    """What stands behind ``--hash=`` for this wheel."""
    return f"{algorithm}:{hashlib.new(algorithm, wheel(project, version), usedforsecurity=False).hexdigest()}"


def put(folder: Path) -> None:
    """All of them, as a folder for --find-links."""
    for project, versions in PROJECTS.items():
        for version in versions:
            (folder / f"{project}-{version}-py3-none-any.whl").write_bytes(wheel(project, version))
