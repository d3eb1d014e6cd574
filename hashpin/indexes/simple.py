"""The Simple repository API: as JSON (PEP 691, versions 1.0 to 1.4) and as HTML (PEP 503).

Source: the simple repository API specification at packaging.python.org. No
file carries its release there, so the file name has to tell it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Protocol
from urllib.parse import SplitResult, parse_qsl, unquote, urljoin, urlsplit, urlunsplit

from msgspec import UNSET, Struct, field
from msgspec.json import Decoder
from msgspec.structs import replace
from packaging.utils import NormalizedName, canonicalize_name

from hashpin import versions
from hashpin.indexes import answers, filenames
from hashpin.indexes.answers import NotAnAnswer
from hashpin.model import Answer, Digest, DistributionFile, NoSuchRelease, Packaging, Project, Quarantined, Release

ACCEPT = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"
_JSON = "application/vnd.pypi.simple.v1+json"
_HTML = ("text/html", "application/vnd.pypi.simple.v1+html")


class Page(Struct, frozen=True):
    """A project's page: its files, and which versions the index says there are.

    Of a page with many thousand files mostly one release is wanted, so no other is made before somebody asks.
    """

    name: NormalizedName
    files: tuple[_Entry, ...]
    known: frozenset[str] = frozenset()
    """As the index spells them (PEP 700); none where it tells none. Holds some whose file names carry another one."""
    quarantined: str | None = None
    archived: str | None = None

    def release(self, version: str) -> Answer | None:
        """What the page says of one release; None where it names the release and no file name carries its version."""
        if self.quarantined is not None:
            return Quarantined(self.quarantined)
        wanted = versions.key(version)
        if found := self._releases(wanted).get(wanted):
            return replace(found, archived=self.archived)
        return None if wanted in self._told(wanted) else NoSuchRelease()

    @property
    def project(self) -> Project:
        """All releases that the page has files of."""
        return Project(self.name, self._releases())

    def _told(self, wanted: str | None) -> Collection[str]:
        """The versions that the index says there are, by `versions.key`; enough of them to tell of one."""
        return (wanted,) if wanted in self.known else frozenset(map(versions.key, self.known))

    def _releases(self, wanted: str | None = None) -> dict[str, Release]:
        """The files sorted into releases, or into the one that is wanted, by what their names say.

        A name that is not the project's counts for nothing. A file may be of another release than its name says: of
        docutils 0.15 one is named 0.15.post1. So what the index does not know by name is not told; nor, of an index
        that tells no versions, a post-release.
        """
        told = self._told(wanted)
        found: dict[str, list[DistributionFile]] = {}
        spelled: dict[str, str] = {}
        for file in self.files:
            version, packaging = filenames.read(file.filename, self.name)
            if version is None:
                continue
            key = versions.key(version)
            if wanted is None or key == wanted:
                spelled.setdefault(key, version)
                found.setdefault(key, []).append(file.made(packaging))
        return {
            key: Release(
                self.name,
                spelled[key],
                tuple(of_it),
                told=key in told if self.known else not versions.is_post_release(key),
            )
            for key, of_it in found.items()
        }

    def said_of(self, wanted: Collection[str]) -> Said | None:
        """What it says of these releases; None where it does not have all of them, or where none is asked for."""
        found: dict[str, Release] = {}
        for version in wanted:
            answer = self.release(version)
            if not isinstance(answer, Release):
                return None
            found[version] = answer
        return Said(found) if found else None


class Said(Struct, frozen=True):
    """What a page has said of some releases: all of it that is worth keeping."""

    releases: dict[str, Release]
    """By the version as it was asked for."""

    def release(self, version: str) -> Answer | None:
        """See `Page.release`."""
        return self.releases.get(version, NoSuchRelease())


class _Entry(Protocol):
    """A file as a page lists it."""

    @property
    def filename(self) -> str: ...

    def made(self, packaging: Packaging) -> DistributionFile: ...


def parse(body: bytes, content_type: str, name: NormalizedName, base: str = "") -> Page:
    """The page in an answer, by its content type; `base` is its address, for the links in it. Raises NotAnAnswer."""
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type in (_JSON, "application/json"):
        return _parse_json(body, name, base)
    if media_type in _HTML:
        return _parse_html(body, name, base)
    raise NotAnAnswer(f"answered a page of type {media_type or 'unknown'}")


class _Meta(Struct):
    api_version: str = field(name="api-version")


class _Listed(Struct):
    """A file of a JSON page."""

    filename: str
    hashes: dict[str, Any]
    url: Any = None
    upload_time: Any = field(default=None, name="upload-time")
    yanked: Any = None
    size: Any = None
    requires_python: Any = field(default=None, name="requires-python")
    core_metadata: Any = field(default=UNSET, name="core-metadata")
    dist_info_metadata: Any = field(default=None, name="dist-info-metadata")
    provenance: Any = None


class _JsonPage(Struct):
    meta: _Meta
    name: str
    files: list[_Listed]
    versions: list[Any] = []
    project_status: dict[str, Any] = field(default_factory=dict, name="project-status")


# The keys that are needed.
_DECODER = Decoder(_JsonPage)


class _JsonEntry(Struct, frozen=True):
    listed: _Listed
    base: str

    @property
    def filename(self) -> str:
        return self.listed.filename

    def made(self, packaging: Packaging) -> DistributionFile:
        entry = self.listed
        metadata = entry.dist_info_metadata if entry.core_metadata is UNSET else entry.core_metadata
        return DistributionFile(
            entry.filename,
            packaging,
            answers.digests(entry.hashes),
            answers.moment(entry.upload_time),
            answers.yanked(entry.yanked),
            _absolute(self.base, entry.url),
            answers.bytes_count(entry.size),
            answers.text(entry.requires_python),
            answers.core_metadata(metadata),
            _absolute(self.base, entry.provenance),
        )


def _parse_json(body: bytes, name: NormalizedName, base: str) -> Page:
    data = answers.decoded(body, _DECODER)
    _supported(data.meta.api_version)
    if canonicalize_name(data.name) != name:
        raise NotAnAnswer(f"answered for another project than {name}")
    status = data.project_status
    return Page(
        name,
        tuple(_JsonEntry(entry, base) for entry in data.files),
        frozenset(version for version in data.versions if isinstance(version, str)),
        _reason("quarantined", status.get("status"), status.get("reason")),
        _reason("archived", status.get("status"), status.get("reason")),
    )


def _parse_html(body: bytes, name: NormalizedName, base: str) -> Page:
    from hashpin.indexes.html_links import LinkReader  # slow to import, and most indexes speak JSON

    reader = LinkReader()
    try:
        reader.feed(body.decode("utf-8", "replace"))
        reader.close()
    except AssertionError as error:  # how html.parser refuses a declaration that nothing ends
        raise NotAnAnswer("answered markup that cannot be read") from error
    if version := reader.meta.get("pypi:repository-version"):
        _supported(version)
    status = reader.meta.get("pypi:project-status"), reader.meta.get("pypi:project-status-reason")
    quarantined = _reason("quarantined", *status)
    found = Page(
        name,
        tuple(_html_files(reader.links, urljoin(base, reader.base))),
        quarantined=quarantined,
        archived=_reason("archived", *status),
    )
    if quarantined is None and not found.project.releases:
        # A login page, a proxy's error page, a list of all projects: nothing here speaks of the project.
        raise NotAnAnswer(f"answered a page without any file of {name}")
    return found


def _html_files(links: Iterable[Mapping[str, str | None]], base: str) -> Iterator[_HtmlEntry]:
    for link in links:
        try:
            url = urlsplit(link.get("href") or "")
        except ValueError:
            continue
        yield _HtmlEntry(unquote(url.path.rpartition("/")[2]), url, link, base)


class _HtmlEntry(Struct, frozen=True):
    """A link of an HTML page."""

    filename: str
    url: SplitResult
    link: Mapping[str, str | None]
    base: str

    def made(self, packaging: Packaging) -> DistributionFile:
        link = self.link
        return DistributionFile(
            self.filename,
            packaging,
            answers.strong(Digest(key, value.lower()) for key, value in parse_qsl(self.url.fragment)),
            yanked=(link.get("data-yanked") or "") if "data-yanked" in link else None,
            url=_absolute(self.base, urlunsplit(self.url._replace(fragment=""))),
            requires_python=answers.text(link.get("data-requires-python")),
            core_metadata=_html_core_metadata(link),
            provenance=_absolute(self.base, link.get("data-provenance")),
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


def _supported(api_version: str) -> None:
    # "Clients must fail on an unknown major version": PEP 629.
    if api_version.partition(".")[0] != "1":
        raise NotAnAnswer(f"speaks version {api_version} of the Simple API, hashpin knows 1")


def _reason(wanted: str, status: object, reason: object) -> str | None:
    """The reason given for a project's status (PEP 792), empty where none is; None where it has another status."""
    if status != wanted:
        return None
    return reason if isinstance(reason, str) else ""
