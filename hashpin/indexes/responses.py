"""What asking an index comes to: an answer, or why there is none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol, TypeVar

from msgspec import Struct

_T = TypeVar("_T")


class Unanswered(Exception):
    """Nothing usable came back; the message says why, for people."""


class NotFollowed(Unanswered):
    """The index leads to where nobody is asked."""


class Response(Struct, frozen=True):
    """A status, its header fields, and its bytes."""

    status: int
    fields: Mapping[str, str]
    """By name, in lower case. Of what came by a redirect only its type: the others speak of another address."""
    body: bytes

    @property
    def content_type(self) -> str:
        """What it says it is; empty where it does not."""
        return self.fields.get("content-type", "")


class Body(Protocol):
    """Takes the bytes of an answer as they come, as they are sent. May raise Unanswered, which ends it."""

    def take(self, chunk: bytes, /) -> None: ...

    @property
    def kept(self) -> bytes:
        """What of them the response shall hold."""


class Asks(Protocol):
    """GET requests to one index, and to what it names."""

    def get(
        self, url: str, accept: str, read: Callable[[Response], _T], *, fresh: bool = False, etag: str | None = None
    ) -> _T:
        """What `read` makes of the answer at a URL of this index, whatever its status below 500. Raises Unanswered.

        Of large answers one at a time is held, until it is read. `fresh` goes past the caches on the way (RFC 9111,
        no-cache). With `etag` an answer that is still that one comes as a 304 without a body (RFC 9110).
        """

    def fetch(self, url: str, accept: str, body: Callable[[], Body], etag: str | None = None) -> Response:
        """The same for what the index names, on another host, too: then without credentials. The bytes go to `body`.

        A new one is made for each try, and it may take as long as the whole run. Nothing of what stands before an
        ``@`` in the URL is sent. Raises Unanswered, and what `body` raises.
        """
