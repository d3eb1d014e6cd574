"""Where an index is: what ``--index-url`` means, and the address of PyPI.

``--index-url`` takes what pip takes, the address of the Simple API. The JSON
API is its sibling, ``https://host/path/simple/`` beside
``https://host/path/pypi/NAME/VERSION/json``, and so is PyPI's integrity API,
``https://host/path/integrity/NAME/VERSION/FILENAME/provenance``.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from msgspec import Struct
from packaging.utils import NormalizedName

from hashpin.errors import UsageError

_HOST = re.compile(r"[\w.-]+|[0-9A-Fa-f:.]+")


class IndexAddress(Struct, frozen=True):
    """The address of one index, its credentials apart."""

    simple: str
    """The Simple API's address, without credentials, with a slash at the end."""
    json: str | None
    """The JSON API's address, with a slash at the end; None where the Simple API's is not called simple."""
    credentials: tuple[str, str] | None = None
    """User name and password, from the URL."""

    @classmethod
    def parse(cls, url: str, named: str = "--index-url") -> IndexAddress:
        """Read an index URL; `named` is what it came by. Raises UsageError where it is none."""
        try:
            parts = urlsplit(url.strip())
            port = parts.port
        except ValueError as error:
            raise UsageError(f"{named}: not a URL ({error})") from error
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise UsageError(f"{named} takes an http or https address, such as https://index.example/simple/")
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        path = parts.path.rstrip("/") + "/"
        base = urlunsplit((parts.scheme, f"{host}:{port}" if port else host, "", "", ""))
        credentials = (unquote(parts.username or ""), unquote(parts.password or ""))
        return cls(
            base + path,
            f"{base}{path.removesuffix('simple/')}pypi/" if path.endswith("/simple/") else None,
            credentials if any(credentials) else None,
        )

    @classmethod
    def default(cls) -> IndexAddress:
        """PyPI, where the purl specification says that projects of type pypi are by default."""
        from packageurl.validate import PypiTypeDefinition  # slow to import, and not needed with --index-url

        return cls.parse(f"{PypiTypeDefinition.default_repository_url}/simple/")

    @property
    def origin(self) -> tuple[str, str]:
        """Scheme and host with port: where requests may go."""
        return origin(self.simple)

    def project_page(self, name: NormalizedName) -> str:
        """PEP 503: the project's page in the Simple API."""
        return f"{self.simple}{quote(name, safe='')}/"

    def release_json(self, name: NormalizedName, version: str) -> str | None:
        """One release in the JSON API."""
        if self.json is None or version in (".", ".."):  # === takes any text, and these would walk up the path
            return None
        return f"{self.json}{quote(name, safe='')}/{quote(version, safe='')}/json"

    def project_json(self, name: NormalizedName) -> str | None:
        """The whole project in the JSON API."""
        return self.json and f"{self.json}{quote(name, safe='')}/json"

    def provenance(self, name: NormalizedName, version: str, filename: str) -> str | None:
        """The attestations of one file in the integrity API (PyPI's `docs/user/api/integrity.md`)."""
        parts = (name, version, filename)
        if self.json is None or any(part in (".", "..") for part in parts):
            return None
        path = "/".join(quote(part, safe="") for part in parts)
        return f"{self.json.removesuffix('pypi/')}integrity/{path}/provenance"


@lru_cache(maxsize=256)
def origin(url: str) -> tuple[str, str]:
    """Scheme and ``host:port`` of a URL, the default port spelled out."""
    parts = urlsplit(url)
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    return parts.scheme, f"{parts.hostname}:{port}"


def bare(url: str) -> str:
    """A URL that somebody else chose, spelled anew without credentials and fragment. Raises ValueError.

    So that all who read it see the same host: at a backslash some end the host, and others go on to the ``@``.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    if not _HOST.fullmatch(host):
        raise ValueError("no host")
    netloc = f"[{host}]" if ":" in host else host
    if parts.port:
        netloc += f":{parts.port}"
    return urlunsplit((parts.scheme, netloc, parts.path, parts.query, ""))
