"""PyPI's JSON API: ``pypi/NAME/VERSION/json`` for one release, ``pypi/NAME/json`` for a project.

Source: PyPI's `docs/user/api/json.md`. Of the first, `urls` are the release's
files; the second's `releases` are deprecated, so they may be missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from msgspec import UNSET, Struct, UnsetType, field
from msgspec.json import Decoder
from msgspec.structs import replace
from packaging.utils import NormalizedName, canonicalize_name

from hashpin import versions
from hashpin.indexes import answers
from hashpin.indexes.answers import NotAnAnswer
from hashpin.model import Advisory, DistributionFile, Packaging, Project, Release

_PACKAGETYPES = {"sdist": Packaging.SDIST, "bdist_wheel": Packaging.WHEEL}


class _File(Struct):
    filename: str
    packagetype: str
    digests: dict[str, Any]
    upload_time_iso_8601: Any = None
    yanked: Any = None
    yanked_reason: Any = None
    url: Any = None
    size: Any = None
    requires_python: Any = None
    core_metadata: Any = field(default=None, name="core-metadata")


class _Info(Struct):
    name: str
    version: Any = None
    requires_dist: Any = None


class _OneRelease(Struct):
    info: _Info
    urls: list[_File]
    vulnerabilities: Any = None


class _AllReleases(Struct):
    info: _Info
    releases: dict[str, list[_File]] | UnsetType = UNSET
    vulnerabilities: Any = None


# The keys that are needed: most of an answer is a description, which nobody reads here.
_ONE_RELEASE = Decoder(_OneRelease)
_ALL_RELEASES = Decoder(_AllReleases)


def parse_release(body: bytes, name: NormalizedName, version: str) -> Release:
    """The release in the answer for one. Raises NotAnAnswer where it is about another one."""
    data = answers.decoded(body, _ONE_RELEASE)
    _check_name(data.info, name)
    if versions.key(answers.of_type(data.info.version, str, "version")) != versions.key(version):
        raise NotAnAnswer(f"answered for another version than {version}")
    files = _files(data.urls)
    return Release(
        name,
        version,
        files,
        _requires_dist(data.info, files),
        tuple(_advisories(data.vulnerabilities)),
    )


def _requires_dist(info: _Info, files: Sequence[DistributionFile]) -> tuple[str, ...] | None:
    """What the release needs; None where the index does not know.

    PyPI takes it from the file that was uploaded first (`warehouse/forklift/legacy.py`), and gives null both for
    "nothing" and for "not told". A wheel always tells; an sdist's metadata may leave it to the build. The first file
    may have been deleted since: where core metadata is offered, that is what tells.
    """
    offered = any(file.core_metadata is not None for file in files)
    if info.requires_dist is None and files and not offered and all(file.uploaded for file in files):
        first = min(files, key=lambda file: file.uploaded or datetime.max.replace(tzinfo=UTC))
        return () if first.packaging is Packaging.WHEEL else None
    return answers.texts(info.requires_dist)


def _advisories(entries: object) -> Iterator[Advisory]:
    """Those that were not withdrawn. They are beside the point of the answer: what is malformed is passed over."""
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, dict) and isinstance(entry.get("id"), str) and not entry.get("withdrawn"):
            summary = entry.get("summary")
            link = entry.get("link")
            yield Advisory(
                entry["id"],
                answers.texts(entry.get("aliases")) or (),
                summary if isinstance(summary, str) else "",
                answers.texts(entry.get("fixed_in")) or (),
                link if isinstance(link, str) else "",
            )


def parse_project(body: bytes, name: NormalizedName) -> Project | None:
    """All releases in the answer for a project; None where it leaves them out. Raises NotAnAnswer."""
    data = answers.decoded(body, _ALL_RELEASES)
    _check_name(data.info, name)
    if data.releases is UNSET:
        return None
    found: dict[str, Release] = {}
    for version, entries in data.releases.items():
        files = _files(entries)
        key = versions.key(version)
        known = found.get(key)  # old projects may have 1.0 and 1.0.0 side by side
        found[key] = Release(name, versions.normal(version), (*known.files, *files) if known else files)
    latest = versions.key(str(data.info.version))
    if latest in found:  # what the document says besides its releases, it says of the latest one
        found[latest] = replace(
            found[latest],
            requires_dist=_requires_dist(data.info, found[latest].files),
            advisories=tuple(_advisories(data.vulnerabilities)),
        )
    return Project(name, found)


def _check_name(info: _Info, name: NormalizedName) -> None:
    if canonicalize_name(info.name) != name:
        raise NotAnAnswer(f"answered for another project than {name}")


def _files(entries: Iterable[_File]) -> tuple[DistributionFile, ...]:
    return tuple(_file(entry) for entry in entries)


def _file(entry: _File) -> DistributionFile:
    return DistributionFile(
        entry.filename,
        _PACKAGETYPES.get(entry.packagetype, Packaging.OTHER),
        answers.digests(entry.digests),
        answers.moment(entry.upload_time_iso_8601),
        answers.yanked(entry.yanked, entry.yanked_reason),
        answers.text(entry.url),
        answers.bytes_count(entry.size),
        answers.text(entry.requires_python),
        answers.core_metadata(entry.core_metadata),
    )
