"""PyPI's JSON API: ``pypi/NAME/VERSION/json`` for one release, ``pypi/NAME/json`` for a project.

Source: PyPI's `docs/user/api/json.md`. Of the first, `urls` are the release's
files; the second's `releases` are deprecated, so they may be missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec.structs import replace
from packaging.utils import NormalizedName, canonicalize_name

from hashpin import versions
from hashpin.indexes import answers
from hashpin.indexes.answers import NotAnAnswer
from hashpin.model import Advisory, DistributionFile, Packaging, Project, Release

_PACKAGETYPES = {"sdist": Packaging.SDIST, "bdist_wheel": Packaging.WHEEL}


def parse_release(body: bytes, name: NormalizedName, version: str) -> Release:
    """The release in the answer for one. Raises NotAnAnswer where it is about another one."""
    data = answers.load(body)
    info = _info(data, name)
    if versions.key(answers.get(info, "version", str)) != versions.key(version):
        raise NotAnAnswer(f"answered for another version than {version}")
    return Release(
        name,
        version,
        _files(answers.get(data, "urls", list)),
        answers.texts(info.get("requires_dist")),
        tuple(_advisories(data.get("vulnerabilities"))),
    )


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
    data = answers.load(body)
    info = _info(data, name)
    if "releases" not in data:
        return None
    releases = answers.get(data, "releases", dict)
    found: dict[str, Release] = {}
    for version, entries in releases.items():
        files = _files(answers.of_type(entries, list, "releases"))
        key = versions.key(version)
        known = found.get(key)  # old projects may have 1.0 and 1.0.0 side by side
        found[key] = Release(name, versions.normal(version), (*known.files, *files) if known else files)
    latest = versions.key(str(info.get("version")))
    if latest in found:  # what the document says besides its releases, it says of the latest one
        found[latest] = replace(
            found[latest],
            requires_dist=answers.texts(info.get("requires_dist")),
            advisories=tuple(_advisories(data.get("vulnerabilities"))),
        )
    return Project(name, found)


def _info(data: Mapping[str, Any], name: NormalizedName) -> Mapping[str, Any]:
    info: Mapping[str, Any] = answers.get(data, "info", dict)
    if canonicalize_name(answers.get(info, "name", str)) != name:
        raise NotAnAnswer(f"answered for another project than {name}")
    return info


def _files(entries: list[Any]) -> tuple[DistributionFile, ...]:
    return tuple(_file(answers.of_type(entry, dict, "a file")) for entry in entries)


def _file(entry: Mapping[str, Any]) -> DistributionFile:
    return DistributionFile(
        answers.get(entry, "filename", str),
        _PACKAGETYPES.get(answers.get(entry, "packagetype", str), Packaging.OTHER),
        answers.digests(answers.get(entry, "digests", dict)),
        answers.moment(entry.get("upload_time_iso_8601")),
        answers.yanked(entry.get("yanked"), entry.get("yanked_reason")),
        answers.text(entry.get("url")),
        answers.bytes_count(entry.get("size")),
        answers.text(entry.get("requires_python")),
        answers.core_metadata(entry.get("core-metadata")),
    )
