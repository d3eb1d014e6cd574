"""The Simple repository API: as JSON (PEP 691, versions 1.0 to 1.4) and as HTML (PEP 503).

Source: the simple repository API specification at packaging.python.org. No
file carries its release there, so the file name has to tell it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl, unquote, urljoin, urlsplit, urlunsplit

from msgspec import Struct
from msgspec.structs import replace
from packaging.utils import NormalizedName, canonicalize_name

from hashpin import versions
from hashpin.indexes import answers, filenames
from hashpin.indexes.answers import NotAnAnswer
from hashpin.model import Answer, Digest, DistributionFile, NoSuchRelease, Project, Quarantined, Release

ACCEPT = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"
_JSON = "application/vnd.pypi.simple.v1+json"
_HTML = ("text/html", "application/vnd.pypi.simple.v1+html")


class Page(Struct, frozen=True):
    """A project's page: its files by version, and which versions the index says there are."""

    project: Project
    versions: frozenset[str]
    """By `versions.key`; of PEP 700, so it may be empty. Holds versions whose file names carry another one."""
    quarantined: str | None = None
    archived: str | None = None

    def release(self, version: str) -> Answer | None:
        """What the page says of one release; None where it names the release and no file name carries its version."""
        if self.quarantined is not None:
            return Quarantined(self.quarantined)
        version_key = versions.key(version)
        if found := self.project.releases.get(version_key):
            return replace(found, archived=self.archived)
        return None if version_key in self.versions else NoSuchRelease()


def parse(body: bytes, content_type: str, name: NormalizedName, base: str = "") -> Page:
    """The page in an answer, by its content type; `base` is its address, for the links in it. Raises NotAnAnswer."""
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type in (_JSON, "application/json"):
        return _parse_json(body, name, base)
    if media_type in _HTML:
        return _parse_html(body, name, base)
    raise NotAnAnswer(f"answered a page of type {media_type or 'unknown'}")


def _parse_json(body: bytes, name: NormalizedName, base: str) -> Page:
    data = answers.load(body)
    _supported(answers.get(answers.get(data, "meta", dict), "api-version", str))
    if canonicalize_name(answers.get(data, "name", str)) != name:
        raise NotAnAnswer(f"answered for another project than {name}")
    entries = [answers.of_type(entry, dict, "a file") for entry in answers.get(data, "files", list)]
    known = answers.of_type(data.get("versions", []), list, "versions")
    status = answers.of_type(data.get("project-status", {}), dict, "project-status")
    told = frozenset(versions.key(version) for version in known if isinstance(version, str))
    return Page(
        _project(name, (_json_file(entry, name, base) for entry in entries), told),
        told,
        _reason("quarantined", status.get("status"), status.get("reason")),
        _reason("archived", status.get("status"), status.get("reason")),
    )


def _json_file(entry: Mapping[str, Any], name: NormalizedName, base: str) -> DistributionFile:
    filename = answers.get(entry, "filename", str)
    return DistributionFile(
        filename,
        filenames.read(filename, name)[1],
        answers.digests(answers.get(entry, "hashes", dict)),
        answers.moment(entry.get("upload-time")),
        answers.yanked(entry.get("yanked")),
        _absolute(base, entry.get("url")),
        answers.bytes_count(entry.get("size")),
        answers.text(entry.get("requires-python")),
        answers.core_metadata(entry.get("core-metadata", entry.get("dist-info-metadata"))),
        _absolute(base, entry.get("provenance")),
    )


def _parse_html(body: bytes, name: NormalizedName, base: str) -> Page:
    reader = _LinkReader()
    try:
        reader.feed(body.decode("utf-8", "replace"))
        reader.close()
    except AssertionError as error:  # how html.parser refuses a declaration that nothing ends
        raise NotAnAnswer("answered markup that cannot be read") from error
    if version := reader.meta.get("pypi:repository-version"):
        _supported(version)
    status = reader.meta.get("pypi:project-status"), reader.meta.get("pypi:project-status-reason")
    quarantined = _reason("quarantined", *status)
    project = _project(name, _html_files(reader.links, name, urljoin(base, reader.base)))
    if not project.releases and quarantined is None:
        # A login page, a proxy's error page, a list of all projects: nothing here speaks of the project.
        raise NotAnAnswer(f"answered a page without any file of {name}")
    return Page(project, frozenset(), quarantined, _reason("archived", *status))


def _html_files(
    links: Iterable[Mapping[str, str | None]], name: NormalizedName, base: str
) -> Iterator[DistributionFile]:
    for link in links:
        try:
            url = urlsplit(link.get("href") or "")
        except ValueError:
            continue
        filename = unquote(url.path.rpartition("/")[2])
        yanked = (link.get("data-yanked") or "") if "data-yanked" in link else None
        found = answers.strong(Digest(key, value.lower()) for key, value in parse_qsl(url.fragment))
        yield DistributionFile(
            filename,
            filenames.read(filename, name)[1],
            found,
            yanked=yanked,
            url=_absolute(base, urlunsplit(url._replace(fragment=""))),
            requires_python=answers.text(link.get("data-requires-python")),
            core_metadata=_html_core_metadata(link),
            provenance=_absolute(base, link.get("data-provenance")),
        )


def _html_core_metadata(link: Mapping[str, str | None]) -> tuple[Digest, ...] | None:
    """PEP 714: the attribute holds ``true`` or ``sha256=...``."""
    value = link.get("data-core-metadata", link.get("data-dist-info-metadata"))
    if not value or value.lower() == "false":
        return None
    algorithm, _, digest = value.partition("=")
    return answers.digests({algorithm: digest})


def _absolute(base: str, url: object) -> str | None:
    """An address in a page, as seen from the page; None where it is none."""
    if not isinstance(url, str) or not url:
        return None
    try:
        return urljoin(base, url)
    except ValueError:
        return None


class _LinkReader(HTMLParser):
    """The attributes of every link, and the named metadata."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.links: list[Mapping[str, str | None]] = []
        self.meta: dict[str, str] = {}
        self.base = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "a":
            self.links.append(found)
        elif tag == "base" and not self.base:
            self.base = found.get("href") or ""
        elif tag == "meta" and (name := found.get("name")):
            self.meta[name] = found.get("content") or ""


def _project(name: NormalizedName, files: Iterable[DistributionFile], known: Collection[str] = ()) -> Project:
    """The files sorted into releases by what their names say; a name that is not the project's counts for nothing.

    `known` are the versions that the index says there are (PEP 700). A file may be of
    another release than its name says: of docutils 0.15 one is named 0.15.post1. So what
    is not known by name is not told; nor, of an index that tells none, a post-release.
    """
    found: dict[str, list[DistributionFile]] = {}
    spelled: dict[str, str] = {}
    for file in files:
        version = filenames.read(file.filename, name)[0]
        if version is not None:
            spelled.setdefault(versions.key(version), version)
            found.setdefault(versions.key(version), []).append(file)
    return Project(
        name,
        {
            key: Release(
                name,
                spelled[key],
                tuple(of_it),
                told=key in known if known else not versions.is_post_release(key),
            )
            for key, of_it in found.items()
        },
    )


def _supported(api_version: str) -> None:
    # "Clients must fail on an unknown major version": PEP 629.
    if api_version.partition(".")[0] != "1":
        raise NotAnAnswer(f"speaks version {api_version} of the Simple API, hashpin knows 1")


def _reason(wanted: str, status: object, reason: object) -> str | None:
    """The reason given for a project's status (PEP 792), empty where none is; None where it has another status."""
    if status != wanted:
        return None
    return reason if isinstance(reason, str) else ""
