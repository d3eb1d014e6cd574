"""What a release needs: its own word in the index's answer, or the core metadata of one of its files.

Sources: PEP 658 and PEP 714 (core metadata beside a file, and how an index says
that it is there), the core metadata specification at packaging.python.org, PEP
643 (what may be believed of an sdist's). No file itself is fetched, unpacked,
built or installed.

Wheels of one release may need different things. Markers are what is there for
that, so the first wheel speaks for all, as it does on PyPI itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from hashpin import versions
from hashpin.indexes.answers import NotAnAnswer
from hashpin.indexes.responses import Asks, Unanswered
from hashpin.indexes.shelf import Shelf
from hashpin.model import Digest, DistributionFile, Needs, NoAnswer, NotOffered, Packaging, Release

_LARGEST = 4 * 1024 * 1024  # bytes; most have some kB, nearly all of it the description
_ABSENT = (404, 410)
_NONE = NotOffered("the index has no core metadata of its files")
# Where an index tells of none, so many wheels of a release are tried. Not fewer for what other releases had: what is
# found must not depend on who was asked first.
_WHEELS = 3
_STATIC = Version("2.2")


class CoreMetadata:
    """Asks for core metadata."""

    def __init__(self, transport: Asks, shelf: Shelf) -> None:
        self._transport = transport
        self._shelf = shelf

    def requires(self, release: Release) -> Needs:
        """See `hashpin.model.Index`."""
        if release.requires_dist is not None:
            return release.requires_dist
        wheels = [file for file in release.files if file.packaging is Packaging.WHEEL and file.url]
        sdists = [file for file in release.files if file.packaging is Packaging.SDIST and file.url]
        offered = next((file for file in (*wheels, *sdists) if file.core_metadata is not None), None)
        found = self._guess(wheels, release) if offered is None else self._ask(offered, release)
        if isinstance(found, NoAnswer) and offered is None:
            return NotOffered(found.reason)  # nobody has said that there is any
        return _NONE if found is None else found

    def _guess(self, wheels: Sequence[DistributionFile], release: Release) -> Needs | None:
        """What stands beside a wheel though nobody tells of it: indexes may have it for some files alone."""
        found = (self._ask(file, release) for file in wheels[:_WHEELS])
        return next((needs for needs in found if needs is not None), None)

    def _ask(self, file: DistributionFile, release: Release) -> Needs | None:
        """What the core metadata beside a file says; None where there is none."""
        url, digests = f"{file.url}.metadata", file.core_metadata or ()
        about = " ".join((release.name, release.version, *map(str, digests)))
        question = self._shelf.question(url, "*/*", tuple[str, ...], about=about)
        if question.known:
            return question.known.facts
        try:
            answer = self._transport.fetch(url, "*/*", _Document, question.etag)
            if answer.status == 304 and question.kept:
                self._shelf.confirm(question, answer.fields)
                return question.kept.facts
            if answer.status != 200:
                self._shelf.forget(question)
            if answer.status in _ABSENT:
                return None
            if answer.status != 200:
                return NotOffered(f"the index answered {answer.status} for the core metadata of {file.filename}")
            _verify(answer.body, digests)
            found = parse(answer.body, release.name, release.version, static=file.packaging is Packaging.WHEEL)
            self._shelf.learn(question, found, answer.fields, by_content=bool(digests))
            return found
        except _NotFinal as error:
            return NotOffered(f"the index {error}")
        except (Unanswered, NotAnAnswer) as error:
            prefix = "the index " if isinstance(error, NotAnAnswer) else ""
            return NoAnswer(f"{prefix}{error}")


class _NotFinal(NotAnAnswer):
    """An sdist's, which building it may change: nothing is wrong with that, and nothing follows from it."""


class _Document:
    """Core metadata as it comes in, up to a size. Satisfies `transport.Body`."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def take(self, chunk: bytes) -> None:
        self._bytes += chunk
        if len(self._bytes) > _LARGEST:
            raise Unanswered(f"the index answered core metadata of more than {_LARGEST // 2**20} MiB")

    @property
    def kept(self) -> bytes:
        return bytes(self._bytes)


def _verify(body: bytes, digests: Sequence[Digest]) -> None:
    """Raises NotAnAnswer where the index has said that it would be another document."""
    if any(hashlib.new(digest.algorithm, body).hexdigest() != digest.value for digest in digests):
        raise NotAnAnswer("answered other core metadata than it publishes the digest of")


def parse(body: bytes, name: NormalizedName, version: str, *, static: bool) -> tuple[str, ...]:
    """The Requires-Dist of a release's core metadata. Raises NotAnAnswer where it is another's, or may be built anew.

    `static` says that it is a wheel's, and final. packaging's `parse_email` reads
    these documents, too, in a time that grows with the square of their fields.
    """
    from email.parser import HeaderParser  # slow to import, and most releases' needs are told by the index

    fields = HeaderParser().parsestr(body.decode("utf-8", "replace"))

    def values(field: str) -> tuple[str, ...]:
        return tuple(" ".join(str(value).split()) for value in fields.get_all(field, ()))

    if [canonicalize_name(own) for own in values("Name")] != [name]:
        raise NotAnAnswer(f"answered core metadata of another project than {name}")
    if [versions.key(own) for own in values("Version")] != [versions.key(version)]:
        raise NotAnAnswer(f"answered core metadata of another version than {version}")
    if not static and not _is_final(values("Metadata-Version"), values("Dynamic")):
        raise _NotFinal("has only core metadata that building the sdist may change")
    return values("Requires-Dist")


def _is_final(metadata_versions: Sequence[str], dynamic: Sequence[str]) -> bool:
    """Whether an sdist's Requires-Dist is that of every wheel built from it (PEP 643)."""
    try:
        known = [Version(version) for version in metadata_versions]
    except ValueError:  # InvalidVersion, or a number without end
        return False
    return len(known) == 1 and known[0] >= _STATIC and "requires-dist" not in {field.lower() for field in dynamic}
