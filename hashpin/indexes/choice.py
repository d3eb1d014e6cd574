"""Which indexes a run asks, and for which projects.

An index vouches for hashes only where the user trusts it: by a flag, an input
or an environment variable of their own, or by a configuration that counts. Where a
configuration that does not count binds a project, nobody is asked for it: its name
may be a secret, and whose word to take only those who count can say.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase

from msgspec import Struct
from msgspec.structs import replace
from packaging.utils import NormalizedName

from hashpin.indexes.address import IndexAddress, origin


class Binding(Struct, frozen=True):
    """The only index that is asked for some projects."""

    glob: str
    """Of normalised names."""
    address: IndexAddress
    trusted: bool
    """Whether it counts: else nobody is asked."""


class Chosen(Struct, frozen=True):
    """The indexes of a run."""

    common: tuple[IndexAddress, ...]
    """Asked for every project that is not bound; the index first, then the extra ones."""
    bindings: tuple[Binding, ...] = ()
    """The first that fits decides."""

    def binding(self, name: NormalizedName) -> Binding | None:
        """What a project is bound by, if anything."""
        return next((binding for binding in self.bindings if fnmatchcase(name, binding.glob)), None)

    @property
    def addresses(self) -> tuple[IndexAddress, ...]:
        """All that may be asked, each once."""
        bound = (binding.address for binding in self.bindings if binding.trusted)
        return tuple({address.simple: address for address in (*bound, *self.common)}.values())

    @property
    def shown(self) -> tuple[str, ...]:
        """The addresses that are asked for every project that is not bound, without credentials."""
        return tuple(address.simple for address in self.common)


def choose(
    index_url: str | None,
    extra: Sequence[str],
    bound: Mapping[str, str],
    untrusted: Mapping[str, str] | None = None,
) -> Chosen:
    """The indexes that these URLs name; `untrusted` are bindings of a configuration that does not count.

    Credentials in one URL count for all URLs of the same origin. Raises UsageError.
    """
    main = IndexAddress.parse(index_url, "index-url (--index-url)") if index_url else IndexAddress.default()
    extras = [IndexAddress.parse(url, "extra-index-urls (--extra-index-url)") for url in extra]
    own = {glob: IndexAddress.parse(url, f"index-for {glob}") for glob, url in bound.items()}
    foreign = {glob: IndexAddress.parse(url, f"index-for {glob}") for glob, url in (untrusted or {}).items()}
    known = _credentials((main, *extras, *own.values()))
    common = {address.simple: _with_credentials(address, known) for address in (main, *extras)}
    bindings = [
        *(Binding(glob, _with_credentials(address, known), trusted=True) for glob, address in own.items()),
        *(Binding(glob, replace(address, credentials=None), trusted=False) for glob, address in foreign.items()),
    ]
    return Chosen(tuple(common.values()), tuple(bindings))


def _credentials(addresses: Iterable[IndexAddress]) -> Mapping[tuple[str, str], tuple[str, str]]:
    """By scheme and host; the first ones given."""
    found: dict[tuple[str, str], tuple[str, str]] = {}
    for address in addresses:
        if address.credentials:
            found.setdefault(origin(address.simple), address.credentials)
    return found


def _with_credentials(address: IndexAddress, known: Mapping[tuple[str, str], tuple[str, str]]) -> IndexAddress:
    return address if address.credentials else replace(address, credentials=known.get(address.origin))
