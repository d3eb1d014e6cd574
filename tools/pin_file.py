"""Writes a requirements file that pins projects to their newest release, with the hashes that the index has today.

    python tools/pin_file.py certifi cffi > requirements.txt
    python tools/pin_file.py --names names.txt --versions previous > requirements.txt

A check of hashpin and no mirror of it: nothing is imported from hashpin, the
Simple JSON API (PEP 691) is asked by a request of its own, and which release a
file belongs to is read from its name here once more.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import requests
from packageurl.validate import PypiTypeDefinition
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename
from packaging.version import InvalidVersion, Version

ACCEPT = "application/vnd.pypi.simple.v1+json"
USER_AGENT = "hashpin-tools (+https://github.com/org/hashpin-action)"
_SDIST = re.compile(r"(?P<stem>.+)\.(?:tar\.gz|tar\.bz2|tar\.xz|tgz|zip)", re.IGNORECASE)
# bdist_dumb archives end like source distributions, with a platform behind the version: no release has that name.
_BUILT = re.compile(r"[-.](?:py\d|win|macosx|linux)")

Releases = Mapping[Version, Sequence[Mapping[str, Any]]]


class NotThere(Exception):
    """The index has no release that was asked for."""


def default_index() -> str:
    """PyPI's Simple API, where the purl specification says that it is."""
    return f"{PypiTypeDefinition.default_repository_url.rstrip('/')}/simple/"


def files_of(session: requests.Session, index_url: str, project: str) -> list[dict[str, Any]]:
    """Every file that the index lists under a project."""
    url = f"{index_url.rstrip('/')}/{canonicalize_name(project)}/"
    response = session.get(url, headers={"Accept": ACCEPT, "User-Agent": USER_AGENT}, timeout=60)
    if response.status_code == 404:
        raise NotThere(f"{project}: the index has no such project")
    response.raise_for_status()
    files: list[dict[str, Any]] = response.json()["files"]
    return files


def version_of(filename: str, project: str) -> Version | None:
    """The version in the name of a wheel or an sdist; None for any other file, and for one of another project."""
    name = canonicalize_name(project)
    if filename.endswith(".whl"):
        try:
            wheel_name, version, _, _ = parse_wheel_filename(filename)
        except InvalidWheelFilename:
            return None
        return version if wheel_name == name else None
    sdist = _SDIST.fullmatch(filename)
    if not sdist or _BUILT.search(sdist["stem"][len(name) :]):
        return None
    for dash in re.finditer("-", sdist["stem"]):
        if canonicalize_name(sdist["stem"][: dash.start()]) == name:
            try:
                return Version(sdist["stem"][dash.end() :])
            except InvalidVersion:
                continue
    return None


def releases_of(files: Iterable[Mapping[str, Any]], project: str) -> Releases:
    """The installable files by release."""
    releases: dict[Version, list[Mapping[str, Any]]] = {}
    for file in files:
        if version := version_of(file["filename"], project):
            releases.setdefault(version, []).append(file)
    return releases


def chosen(releases: Releases, project: str, which: str) -> Version:
    """The newest final release of which no file is yanked, or the one before it."""
    final = sorted(v for v, files in releases.items() if not v.is_prerelease and not any(f["yanked"] for f in files))
    place = {"latest": -1, "previous": -2}[which]
    if len(final) < -place:
        raise NotThere(f"{project}: the index has no {which} final release with installable files")
    return final[place]


def of_kind(files: Iterable[Mapping[str, Any]], kind: str) -> Iterator[Mapping[str, Any]]:
    """The wheels alone, the sdists alone, or both."""
    for file in files:
        if kind in ("both", "wheel" if file["filename"].endswith(".whl") else "sdist"):
            yield file


def not_installable(files: Iterable[Mapping[str, Any]], project: str, version: Version) -> Iterator[Mapping[str, Any]]:
    """The eggs, installers and the like of a release, known by how their names begin."""
    begin = re.compile(rf"{re.escape(project)}-{re.escape(str(version))}[-.](?:py\d|win|macosx|linux)", re.IGNORECASE)
    return (file for file in files if begin.match(file["filename"]) and version_of(file["filename"], project) is None)


def pinned(project: str, version: Version, files: Iterable[Mapping[str, Any]]) -> str:
    """A requirement with the hashes of these files; bare where there are none."""
    hashes = sorted(file["hashes"]["sha256"] for file in files)
    return (
        " \\\n    ".join([f"{canonicalize_name(project)}=={version}", *(f"--hash=sha256:{h}" for h in hashes)]) + "\n"
    )


def read_names(path: Path) -> list[str]:
    """The names in a file, one a line, comments left out."""
    lines = (line.partition("#")[0].strip() for line in path.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line]


def _pin(session: requests.Session, wanted: str, options: argparse.Namespace) -> str:
    project, _, exactly = wanted.partition("==")
    listed = files_of(session, options.index_url, project)
    releases = releases_of(listed, project)
    version = Version(exactly) if exactly else chosen(releases, project, options.versions)
    if version not in releases:
        raise NotThere(f"{project}: the index has no installable file of {version}")
    if options.bare:
        return pinned(project, version, ())
    files = list(of_kind(releases[version], options.only))
    if not files:
        raise NotThere(f"{project}: the index has no {options.only} of {version}")
    if options.with_eggs:
        files += not_installable(listed, project, version)
    return pinned(project, version, files)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="a project; NAME==VERSION for exactly that release")
    parser.add_argument("--names", dest="names_file", type=Path, metavar="FILE", help="a file of them, one a line")
    parser.add_argument("--bare", action="store_true", help="without hashes")
    parser.add_argument("--versions", choices=["latest", "previous"], default="latest")
    parser.add_argument("--only", choices=["both", "wheel", "sdist"], default="both", help="hash these files alone")
    parser.add_argument("--with-eggs", action="store_true", help="also hash eggs, exes and the like")
    parser.add_argument("--index-url", default=default_index(), metavar="URL", help="default PyPI")
    options = parser.parse_args(argv)
    names = [*options.names, *(read_names(options.names_file) if options.names_file else [])]
    if not names:
        parser.error("no name given")
    failed = False
    with requests.Session() as session:
        for wanted in names:  # one after the other: this asks for whole projects, and nobody waits for it
            try:
                sys.stdout.write(_pin(session, wanted, options))
            except NotThere as missing:
                print(missing, file=sys.stderr)
                failed = True
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
