"""Step 4, the requirement of a line: a pin, one that leaves the version open, or one that says where it is."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from packaging.markers import InvalidMarker
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from hashpin import requirement_texts, versions
from hashpin.formats.requirements_txt.options import Refused
from hashpin.model import TOO_DEEP, Direct, HashOption, Pin, Reach, Unpinned
from hashpin.requirement_texts import TooDeep
from hashpin.text import Span

# Source: pip, ARCHIVE_EXTENSIONS in src/pip/_internal/utils/filetypes.py.
_ARCHIVES = (
    *(".zip", ".whl", ".tar.bz2", ".tbz", ".tar.gz", ".tgz", ".tar"),
    *(".tar.xz", ".txz", ".tlz", ".tar.lz", ".tar.lzma"),
)
# Source: pip, `schemes` of each class in src/pip/_internal/vcs/.
_VCS: Mapping[str, tuple[str, ...]] = {
    "bzr": ("http", "https", "ssh", "sftp", "ftp", "lp", "file"),
    "git": ("http", "https", "ssh", "git", "file"),
    "hg": ("file", "http", "https", "ssh", "static-http"),
    "svn": ("ssh", "http", "https", "svn", "file"),
}
_FRAGMENT_HASH = re.compile(r"(?:^|&)(?:sha1|sha224|sha384|sha256|sha512|md5)=[0-9a-f]+")


def read_requirement(
    text: str, span: Span, place: Span, tail: int, hashes: tuple[HashOption, ...]
) -> Pin | Unpinned | Direct:
    """A requirement as pip's `parse_req_from_line` takes it, without asking the disk."""
    if _scheme(text):
        return Direct(text, _reach(text), span, place, fragment_hash=_names_digest(text.split()[0]), hashes=hashes)
    body = text.partition(";")[0].strip()
    if _is_archive(body) and _has_right_extras(body):
        return Direct(text, Reach.ARCHIVE, span, place, hashes=hashes)
    try:
        requirement = requirement_texts.read(text)
    except InvalidRequirement as error:
        if _is_path(body) and _has_right_extras(body):
            return Direct(text, Reach.LOCAL, span, place, hashes=hashes)
        raise Refused(_meant(body) or _first_line(error)) from error
    except InvalidMarker as error:
        raise Refused(_first_line(error)) from error
    except (TooDeep, RecursionError) as error:
        raise Refused(TOO_DEEP) from error
    name = canonicalize_name(requirement.name)
    if url := requirement.url:
        if not _scheme(url):
            raise Refused("a direct reference needs a URL after the @")
        return Direct(text, _reach(url), span, place, name, _names_digest(url), hashes)
    if version := _pinned_version(requirement):
        return Pin(text, name, version, span, place, tail, hashes)
    return Unpinned(text, name, span, place, hashes)


def read_editable(text: str, span: Span, place: Span, hashes: tuple[HashOption, ...]) -> Direct:
    """What stands behind ``-e``, as pip's `parse_editable` takes it, without asking the disk. pip drops its hashes."""
    if not _editable(text):
        raise Refused(f"{text or 'nothing'} cannot be editable: that takes a local project, or NAME @ git+URL")
    return Direct(text, Reach.EDITABLE, span, place, hashes=hashes)


def _editable(text: str) -> bool:
    with contextlib.suppress(InvalidRequirement, RecursionError):
        if url := Requirement(text).url:
            return _reaches_project(url)
    if _reaches_project(text):
        return "egg=" in urlsplit(text).fragment or _scheme(text) == "file"
    if not text or _scheme(text) or (_ADDRESS.search(text) and text[0] not in "./") or not _has_right_extras(text):
        return False
    return "==" not in text or _is_path(text)


def _reaches_project(url: str) -> bool:
    # pip puts git+ before an address that begins with git:, and so on.
    return _scheme(url) == "file" or _reach(url) is Reach.VCS or url.lower().startswith(tuple(f"{v}:" for v in _VCS))


def _pinned_version(requirement: Requirement) -> str | None:
    """The one version that an ``==`` or ``===`` clause holds, or None."""
    held = {
        versions.key(clause.version): versions.normal(clause.version)
        for clause in requirement.specifier
        if clause.operator == "===" or (clause.operator == "==" and not clause.version.endswith(".*"))
    }
    return next(iter(held.values())) if len(held) == 1 else None


def _scheme(text: str) -> str | None:
    """The scheme where the text is a URL to pip (`is_url` in vcs/versioncontrol.py), else None."""
    if ":" not in text:
        return None
    try:
        scheme = urlsplit(text).scheme
    except ValueError as error:  # pip ends with a traceback here
        raise Refused(f"not a URL ({error})") from error
    vcs, _, transport = scheme.partition("+")
    return scheme if scheme in ("http", "https", "file", "ftp") or transport in _VCS.get(vcs, ()) else None


def _reach(url: str) -> Reach:
    return Reach.VCS if "+" in (_scheme(url) or "") else Reach.ARCHIVE


def _names_digest(url: str) -> bool:
    return bool(_FRAGMENT_HASH.search(urlsplit(url).fragment))


def _is_archive(body: str) -> bool:
    before, at, _ = body.partition("@")
    named_url = bool(at) and "/" not in before and not before.startswith(".")
    return not named_url and _without_extras(body).lower().endswith(_ARCHIVES)


def _without_extras(body: str) -> str:
    """``x.whl[a]`` as ``x.whl``. Source: pip, strip_extras in src/pip/_internal/req/constructors.py."""
    start = body.find("[", body.rfind("]", 0, -1) + 1) if body.endswith("]") else -1
    return body[:start] if 0 <= start < len(body) - 2 else body


def _has_right_extras(body: str) -> bool:
    """Whether what pip takes for the extras of a path can be extras."""
    extras = body[len(_without_extras(body)) :]
    try:
        return not extras or bool(Requirement(f"placeholder{extras.lower()}"))
    except InvalidRequirement:
        return False


# No path begins with a folder of such a name: what pip refuses with this in it, it refuses on every disk.
_ADDRESS = re.compile(r"(?<![A-Za-z0-9+.-])[0-9+.-]*+[A-Za-z][A-Za-z0-9+.-]*+:/")


def _is_path(body: str) -> bool:
    return body.startswith((".", "/")) or ("/" in body and not _ADDRESS.search(body))


_ONE_EQUALS_SIGN = re.compile(r"(?P<name>[\w.-]+(?:\[[^]]*\])?)\s*=\s*(?P<version>[\w.!+]+)")


def _meant(body: str) -> str | None:
    """What a requirement with one equals sign says, in words that help."""
    match = _ONE_EQUALS_SIGN.fullmatch(body)
    return f"did you mean {match['name']}=={match['version']}?" if match else None


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
