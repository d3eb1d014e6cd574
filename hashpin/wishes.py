"""What a run is asked for: by flags or inputs, by the configuration, by default, in this order. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct
from packaging.utils import canonicalize_name

from hashpin.model import Coverage, Platform

FAIL_ON = ("error", "warning", "note", "never")
DOWNLOAD = ("auto", "never")
COVERAGE = tuple(entry.value for entry in Coverage)
MOST_DAYS = 36_500
MOST_SHARDS = 256  # jobs of one matrix of GitHub Actions ("Running variations of jobs in a workflow")


class Wishes(Struct, frozen=True):
    """What somebody asks for; None for what they say nothing of."""

    exclude: tuple[str, ...] | None = None
    fail_on: str | None = None
    require_hashes: bool | None = None
    coverage: Coverage | None = None
    min_age: int | None = None
    """In days."""
    platforms: tuple[Platform, ...] | None = None
    download: bool | None = None
    index_url: str | None = None
    extra_index_urls: tuple[str, ...] | None = None
    index_for: Mapping[str, str] | None = None
    """By a glob of normalised project names: the only index that is asked for them."""

    def over(self, other: Wishes) -> Wishes:
        """These, and the other ones for what these say nothing of."""
        names = self.__struct_fields__
        found = {n: getattr(other, n) if getattr(self, n) is None else getattr(self, n) for n in names}
        if self.index_for and other.index_for:  # what one binds, the other does not set free; these go first
            others = {glob: url for glob, url in other.index_for.items() if glob not in self.index_for}
            found["index_for"] = {**self.index_for, **others}
        return Wishes(**found)


def glob_of_names(text: str) -> str:
    """A project's name, or a glob of names, as normalised names are compared: ``Acme_*`` is ``acme-*``."""
    return canonicalize_name(text.strip())
