"""An index asked over HTTP, in the order that is cheapest for both sides.

1. ``pypi/NAME/VERSION/json``: small, one release, with its upload times.
2. Where that is not there, the project's page in the Simple API, which also
   tells "no such release" from "quarantined" from "this index has no such
   endpoint". The last is remembered, so that nobody pays twice.

Beyond that it downloads files for digests that the index does not publish, and
asks PyPI's integrity API who published a file. An index without the latter is
asked for it once.

What would come to an error is asked again past the caches on the way: an
absence once more of the Simple API, and a project as a whole of both APIs, since
either may be behind the other.

What came back is judged only if it speaks of the project and the version that
were asked for; anything else is no answer, never an absence.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Collection, Container, Mapping, Sequence
from functools import partial
from typing import TypeVar

from msgspec.structs import replace
from packaging.utils import NormalizedName, canonicalize_name

from hashpin.indexes import attestations, downloads, integrity, json_api, simple
from hashpin.indexes.address import IndexAddress, bare, origin
from hashpin.indexes.answers import NotAnAnswer
from hashpin.indexes.core_metadata import CoreMetadata
from hashpin.indexes.downloads import Quota
from hashpin.indexes.responses import Asks, NotFollowed, Response, Unanswered
from hashpin.indexes.shelf import Question, Shelf
from hashpin.model import (
    Answer,
    Digest,
    DistributionFile,
    Needs,
    NoAnswer,
    NoDigest,
    NoSuchProject,
    NoSuchRelease,
    NotOffered,
    Project,
    Published,
    Release,
)
from hashpin.versions import key

_T = TypeVar("_T")
_K = TypeVar("_K")
_JSON = "application/json"
_ABSENT = (404, 410)
_MOST_SECOND_LOOKS = 20  # at absent projects and releases in one run: more than a few are no matter of a cache
_NOT_OFFERED = range(400, 500)  # an index without the JSON API may also say 401, 403 or 405: the Simple API decides


class HttpIndex:
    """Satisfies `hashpin.model.Index`. Safe to use from several threads."""

    def __init__(
        self, address: IndexAddress, transport: Asks, quota: Quota | None = None, shelf: Shelf | None = None
    ) -> None:
        """`quota` bounds what is downloaded; several indexes of one run share one. `shelf` is what the cache holds."""
        self._address = address
        self._transport = transport
        self._shelf = shelf or Shelf(address, None)
        self._core_metadata = CoreMetadata(transport, self._shelf)
        self._quota = quota or Quota()
        self._has_release_json: bool | None = None if address.json else False
        self._has_project_json: bool | None = None if address.json else False
        self._answered = False
        self._recalled: Callable[[], object] | None = None
        """Asks again for what came from the cache, which proves nothing of who answers today."""
        self._integrity: NotOffered | NoAnswer | None = None
        """Why the integrity API is not asked; None where it is."""
        self._has_integrity = False
        self._finding_out = threading.Lock()
        self._second_looks = itertools.count()

    def releases(self, name: NormalizedName, versions: Sequence[str]) -> Mapping[str, Answer]:
        """See `hashpin.model.Index`."""
        answers = {version: self._release_json(name, version) for version in versions}
        left = [version for version, answer in answers.items() if answer is None]
        page = self._page(name, left) if left else NoAnswer("")
        found = {version: answer or self._of_page(page, name, version) for version, answer in answers.items()}
        absent = [version for version, answer in found.items() if isinstance(answer, NoSuchProject | NoSuchRelease)]
        if absent and next(self._second_looks) < _MOST_SECOND_LOOKS:
            page = self._page(name)
            if not isinstance(page, NoAnswer):
                found |= {version: self._of_page(page, name, version) for version in absent}
        return {version: _with_digests(answer) for version, answer in found.items()}

    def at_hand(self, name: NormalizedName, versions: Sequence[str]) -> Mapping[str, Answer]:
        """See `hashpin.model.Index`."""
        if self._address.json is None:
            page = self._page_question(name, versions).known
            found = dict(page.facts.releases) if page else {}
        else:  # whether an index that lacks a release in its JSON has it elsewhere has to be asked
            found = {
                version: kept.facts for version in versions if (kept := self._release_question(name, version).known)
            }
            self._has_release_json = True if found else self._has_release_json
        if found:
            self._recalled = partial(self._recall, name, next(iter(found)))
        return {version: _with_digests(release) for version, release in found.items()}

    def project(self, name: NormalizedName) -> Project | NoAnswer:
        """See `hashpin.model.Index`."""
        whole, page = self._project_json(name, fresh=True), self._page(name)
        match page:
            case simple.Page():
                return _merged(whole, page.project) if whole else page.project
            case NoAnswer() as unanswered:
                return whole or unanswered
            case NoSuchProject() | simple.Said():
                return whole or Project(name, {})

    def is_one(self) -> bool:
        """See `hashpin.model.Index`."""
        if not self._answered and self._recalled:
            self._recalled()
        return self._answered or isinstance(self._page(canonicalize_name("pip")), simple.Page)

    def requires(self, release: Release) -> Needs:
        """See `hashpin.model.Index`."""
        return self._core_metadata.requires(release)

    def digests(self, file: DistributionFile, algorithms: Collection[str]) -> tuple[Digest, ...] | NoAnswer:
        """See `hashpin.model.Index`."""
        return downloads.digests(file, algorithms, self._transport.fetch, self._quota)

    def publishers(self, release: Release, file: DistributionFile) -> Published:
        """See `hashpin.model.Index`."""
        if named := self._own(file.provenance or ""):
            return self._publishers(named, file)
        url = self._address.provenance(release.name, release.version, file.filename)
        if url is None:
            return NotOffered("the index has no integrity API")
        if not self._has_integrity:
            with self._finding_out:  # so that all others wait for the one that finds out
                if self._integrity is not None:
                    return self._integrity
                if not self._has_integrity:
                    return self._publishers(url, file, first=True)
        return self._publishers(url, file)

    def _own(self, url: str) -> str | None:
        """An address that the index names, if it is on the index itself."""
        try:
            url = bare(url)
            return url if origin(url) == self._address.origin else None
        except ValueError:
            return None

    def _publishers(self, url: str, file: DistributionFile, first: bool = False) -> Published:
        """What the attestations at an address say; empty where the index says that there are none."""
        found = self._provenance(url, file, guessed=first)
        if isinstance(found, tuple):
            self._has_integrity = True
        elif first:
            self._integrity = found
        return found

    def _provenance(self, url: str, file: DistributionFile, guessed: bool) -> Published:
        """`guessed` says that nothing has shown so far that the index has this API: then a refusal is a no."""
        try:
            response = self._transport.get(url, integrity.ACCEPT, lambda got: got)
        except Unanswered as error:
            return (NotOffered if guessed and isinstance(error, NotFollowed) else NoAnswer)(str(error))
        if response.status == 200:
            try:
                return attestations.publishers(integrity.parse(response.body), file)
            except NotAnAnswer as error:
                another = guessed and integrity.ACCEPT not in response.content_type
                return (NotOffered if another else NoAnswer)(f"the index {error}")
        if response.status == 404 and integrity.absent(response.body):
            return ()
        refusal = f"the index answered {response.status} for the attestations of a file"
        return (NoAnswer if self._has_integrity else NotOffered)(refusal)

    def _release_question(self, name: NormalizedName, version: str) -> Question[Release]:
        url = self._address.release_json(name, version)
        return self._shelf.question(url, _JSON, Release) if url else Question.of_nothing()

    def _release_json(self, name: NormalizedName, version: str, *, fresh: bool = False) -> Answer | None:
        """The release, or no answer; None where the JSON API has it not, which proves nothing."""
        url = self._address.release_json(name, version)
        if url is None or self._has_release_json is False:
            return None
        found = self._ask(
            url,
            _JSON,
            lambda got: json_api.parse_release(got.body, name, version),
            _NOT_OFFERED,
            self._release_question(name, version),
            lambda release: release,
            fresh=fresh,
        )
        if isinstance(found, Release):
            self._has_release_json = True
        return found

    def _project_json(self, name: NormalizedName, *, fresh: bool = False) -> Project | None:
        url = self._address.project_json(name)
        if url is None or self._has_project_json is False:
            return None
        found = self._ask(url, _JSON, lambda got: json_api.parse_project(got.body, name), _NOT_OFFERED, fresh=fresh)
        if found is None and self._has_project_json is None:
            # Absent, or without its releases: whoever asks here knows that the project is there.
            self._has_project_json = False
        if not isinstance(found, Project):
            return None
        self._has_project_json = True
        return found

    def _recall(self, name: NormalizedName, version: str) -> None:
        """Ask for what the cache has, since that proves nothing of who answers today."""
        if self._release_json(name, version, fresh=True) is None:
            self._page(name)

    def _page_question(self, name: NormalizedName, wanted: Sequence[str]) -> Question[simple.Said]:
        url = self._address.project_page(name)
        needed = frozenset(wanted)
        return self._shelf.question(
            url, simple.ACCEPT, simple.Said, past=not needed, enough=lambda said: said.releases.keys() >= needed
        )

    def _page(
        self, name: NormalizedName, wanted: Sequence[str] = ()
    ) -> simple.Page | simple.Said | NoSuchProject | NoAnswer:
        """What the index says of releases of a project; without any of them the whole page, past all caches."""
        url = self._address.project_page(name)
        found = self._ask(
            url,
            simple.ACCEPT,
            lambda got: simple.parse(got.body, got.content_type, name, url),
            _ABSENT,
            self._page_question(name, wanted),
            lambda page: page.said_of(wanted),
            fresh=not wanted,
        )
        return NoSuchProject() if found is None else found

    def _of_page(
        self, page: simple.Page | simple.Said | NoSuchProject | NoAnswer, name: NormalizedName, version: str
    ) -> Answer:
        if not isinstance(page, (simple.Page, simple.Said)):
            return page
        answer = page.release(version)
        if isinstance(answer, Release) and self._has_release_json is None:
            self._has_release_json = False  # it said 404 for a release that is there
        if answer is not None:
            return answer
        # The page names the release, and its files carry another version in their names (docutils 0.15 holds
        # 0.15.post1): only the JSON API of the project knows which files those are.
        project = self._project_json(name)
        found = project.releases.get(key(version)) if project else None
        return found or NoAnswer("the index names this release, but no file name tells which files are its own")

    def _ask(
        self,
        url: str,
        accept: str,
        parse: Callable[[Response], _T],
        absent: Container[int],
        question: Question[_K] | None = None,
        kept_of: Callable[[_T], _K | None] = lambda parsed: None,
        *,
        fresh: bool = False,
    ) -> _T | _K | NoAnswer | None:
        """What a URL answers, parsed, or what the cache has of it; None where its status is one of `absent`.

        `kept_of` says what of an answer is to be kept, which then stands for it.
        """
        question = question or Question.of_nothing()
        if question.known and not fresh:
            self._recalled = lambda: self._ask(url, accept, parse, absent, question, kept_of, fresh=True)
            return question.known.facts

        def read(response: Response) -> _T | _K | NoAnswer | None:
            if response.status == 200:
                parsed = parse(response)
                self._answered = True
                kept = kept_of(parsed)
                self._shelf.learn(question, kept, response.fields)
                return parsed if kept is None else kept
            if response.status == 304 and question.kept:
                self._answered = True
                self._shelf.confirm(question, response.fields)
                return question.kept.facts
            self._shelf.forget(question)
            if response.status in absent:
                return None
            if response.status in (401, 403):
                return NoAnswer(f"the index answered {response.status}: it wants other credentials")
            return NoAnswer(f"the index answered {response.status}")

        try:
            return self._transport.get(url, accept, read, fresh=fresh, etag=question.etag)
        except (Unanswered, NotAnAnswer) as error:
            prefix = "the index " if isinstance(error, NotAnAnswer) else ""
            return NoAnswer(f"{prefix}{error}")


def _with_digests(answer: Answer) -> Answer:
    """NoDigest for a release whose installable files all lack a digest that pip takes."""
    if isinstance(answer, Release) and answer.installable and not any(file.digests for file in answer.installable):
        return NoDigest()
    return answer


def _merged(whole: Project, page: Project) -> Project:
    """All that either has. The project's JSON knows which release a file is of; a page goes by its name alone."""
    known = {(file.filename, file.digests) for release in whole.releases.values() for file in release.files}
    owners = {file.filename: of for of, release in whole.releases.items() for file in release.files}
    more: dict[str, list[DistributionFile]] = {}
    for named, release in page.releases.items():
        for file in release.files:
            if (file.filename, file.digests) not in known:
                more.setdefault(owners.get(file.filename, named), []).append(file)
    found = dict(whole.releases)
    for of, files in more.items():
        home = found.get(of) or replace(page.releases[of], files=())
        found[of] = replace(home, files=(*home.files, *files))
    return Project(whole.name, found)
