"""The documents of a replica: how they lie in its folder, and the one that is made from another.

    pypi/NAME/json                  the project (PyPI's `docs/user/api/json.md`)
    pypi/NAME/VERSION/json          its newest final release
    simple/NAME/index.json          its page in the Simple API (PEP 691)
    metadata/FILENAME.metadata      core metadata of that release's wheels (PEP 658)
    requirements.txt, .in           all of the releases, with and without hashes
    replica.json                    what the folder holds

Each of the first three has its packed twin beside it (``.gz``), as a content
delivery network keeps them. Files are known by their name alone, which is unique on PyPI.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

HOST = "https://index.example"
"""Stands in the project's and the release's documents, where addresses are absolute and nobody follows them."""
REQUIREMENTS = "requirements.txt"
BARE = "requirements.in"
_MANIFEST = "replica.json"
_PACK_FROM = 256  # bytes; less does not shrink
_SAFE = re.compile(r"[0-9A-Za-z][0-9A-Za-z.!+_-]*")


@dataclass(frozen=True, slots=True)
class Pinned:
    """One release of the replica, and the digests of all its files."""

    name: str
    version: str
    digests: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a replica's folder holds."""

    origin: str
    projects: int
    hashes: int
    bytes: dict[str, int]
    """Unpacked, by the first folder of their path."""


def dumps(document: object) -> bytes:
    """JSON as compact as PyPI's."""
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()


def put(path: Path, content: bytes, *, packed: bool = True) -> None:
    """Write a document and its packed twin; whoever is killed meanwhile leaves no half of one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if packed and len(content) >= _PACK_FROM:
        _whole(path.with_name(f"{path.name}.gz"), gzip.compress(content, 6, mtime=0))
    _whole(path, content)


def _whole(path: Path, content: bytes) -> None:
    part = path.with_name(f"{path.name}.part")
    part.write_bytes(content)
    part.replace(path)


def project_path(folder: Path, name: str) -> Path:
    return folder / "pypi" / name / "json"


def release_path(folder: Path, name: str, version: str) -> Path:
    return folder / "pypi" / name / version / "json"


def page_path(folder: Path, name: str) -> Path:
    return folder / "simple" / name / "index.json"


def metadata_path(folder: Path, filename: str) -> Path:
    return folder / "metadata" / f"{filename}.metadata"


def names(path: Path) -> list[str]:
    """Names, one a line; comments and empty lines do not count."""
    lines = (line.partition("#")[0].strip() for line in path.read_text().splitlines())
    return sorted({str(canonicalize_name(line)) for line in lines if line})


def safe(part: object) -> bool:
    """Whether what an index named may become the name of a file here."""
    return isinstance(part, str) and _SAFE.fullmatch(part) is not None


def newest(project: Mapping[str, Any]) -> str | None:
    """The newest final release that is not yanked and has the sha256 of all its files; None where there is none."""
    found = (version for version, files in project["releases"].items() if _is_final(version) and _is_whole(files))
    return max(found, key=Version, default=None)


def _is_final(version: str) -> bool:
    try:
        return safe(version) and not Version(version).is_prerelease
    except InvalidVersion:
        return False


def _is_whole(files: list[Mapping[str, Any]]) -> bool:
    return bool(files) and all(not file["yanked"] and file["digests"].get("sha256") for file in files)


def release(project: Mapping[str, Any], version: str) -> dict[str, Any]:
    """``pypi/NAME/VERSION/json``, from the document of the project: for an index that has not got this one.

    What is told of the newest release alone (its description, what it needs) is told
    of this one too: nearly always it is the newest.
    """
    info = {**project["info"], "version": version, "release_url": f"{project['info'].get('package_url', '')}{version}/"}
    return {
        "info": info,
        "last_serial": project.get("last_serial"),
        "urls": project["releases"][version],
        "vulnerabilities": project.get("vulnerabilities", []),
    }


def at_home(page: Mapping[str, Any]) -> dict[str, Any]:
    """A page of the Simple API whose files are on the index's own host, by relative addresses of the same length."""
    files = [{**file, "url": f"../../files/{path_of(file['url'])}"} for file in page["files"]]
    return {**page, "files": files}


def path_of(url: str) -> str:
    """Where a file is, on whatever host; without what leads up, so that it stays below the replica's own folder."""
    return "/".join(part for part in urlsplit(url).path.split("/") if part not in ("", ".", ".."))


def pins(folder: Path) -> Iterator[Pinned]:
    """All releases that the folder has a document of, by name."""
    for path in sorted((folder / "pypi").glob("*/*/json")):
        document = json.loads(path.read_bytes())
        digests = tuple(sorted(file["digests"]["sha256"] for file in document["urls"]))
        yield Pinned(path.parts[-3], path.parts[-2], digests)


def hashed(pinned: Iterable[Pinned]) -> str:
    """A requirements file in pip-compile's layout."""
    return "".join(
        f"{pin.name}=={pin.version} \\\n"
        + " \\\n".join(f"    --hash=sha256:{digest}" for digest in pin.digests)
        + "\n    # via -r requirements.in\n"
        for pin in pinned
    )


def bare(pinned: Iterable[Pinned]) -> str:
    """The same without hashes."""
    return "".join(f"{pin.name}=={pin.version}\n" for pin in pinned)


def finish(folder: Path, origin: str) -> Manifest:
    """Write the requirements files and what the folder holds, once all documents are there."""
    pinned = list(pins(folder))
    (folder / REQUIREMENTS).write_text(hashed(pinned))
    (folder / BARE).write_text(bare(pinned))
    paths = {
        "release": (folder / "pypi").glob("*/*/json"),
        "project": (folder / "pypi").glob("*/json"),
        "page": (folder / "simple").glob("*/index.json"),
    }
    sizes = {kind: sum(path.stat().st_size for path in found) for kind, found in paths.items()}
    manifest = Manifest(origin, len(pinned), sum(len(pin.digests) for pin in pinned), sizes)
    _whole(folder / _MANIFEST, json.dumps(asdict(manifest), indent=1).encode())
    return manifest


def manifest(folder: Path) -> Manifest | None:
    """What a finished folder holds; None where there is none."""
    try:
        return Manifest(**json.loads((folder / _MANIFEST).read_bytes()))
    except FileNotFoundError:
        return None
