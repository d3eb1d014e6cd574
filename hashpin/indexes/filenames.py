"""What a distribution file's name says: of which version it is, and whether pip can install it.

Sources: the binary and source distribution format specifications at
packaging.python.org, and pip's `_extract_version_from_fragment` and
`_find_name_version_sep` in `src/pip/_internal/index/package_finder.py`.
"""

from __future__ import annotations

import re

from packaging.utils import NormalizedName, canonicalize_name

from hashpin import versions
from hashpin.model import Packaging

# What pip unpacks: ARCHIVE_EXTENSIONS in src/pip/_internal/utils/filetypes.py. The longest ending first.
_SDISTS = (
    *(".tar.lzma", ".tar.bz2", ".tar.gz", ".tar.xz", ".tar.lz"),
    *(".zip", ".tbz", ".tgz", ".txz", ".tlz", ".tar"),
)
# bdist_dumb, bdist_wininst, bdist_msi, bdist_rpm and eggs put a platform or a release number behind the version.
_BUILT_FOR = re.compile(r"[-.](?:py\d|win32|win-|macosx|linux|darwin|\d+\.(?:noarch|src|x86_64|i\d86))")
_VERSION = re.compile(r"v?\d")


def read(filename: str, project: NormalizedName) -> tuple[str | None, Packaging]:
    """The version in a file name (PEP 440 normalised where it can be) and what the file is.

    The version is None where the name does not begin with the project's.
    """
    if filename.lower().endswith(".whl"):
        parts = filename[:-4].split("-")
        ours = len(parts) in (5, 6) and canonicalize_name(parts[0]) == project
        return (versions.normal(parts[1].replace("_", "-")) if ours else None), Packaging.WHEEL
    ending = next((e for e in _SDISTS if filename.lower().endswith(e)), None)
    stem = filename[: -len(ending)] if ending else filename.rpartition(".")[0]
    rest = _after_name(stem, project)
    if rest is None:
        return None, Packaging.SDIST if ending else Packaging.OTHER
    built = _BUILT_FOR.search(rest)
    version = versions.normal(rest[: built.start()] if built else rest)
    return version, Packaging.SDIST if ending and not built else Packaging.OTHER


def _after_name(stem: str, project: NormalizedName) -> str | None:
    """What follows the project's name and a dash. The name may hold dashes itself, so each is tried."""
    dash = stem.find("-")
    while dash >= 0:
        if canonicalize_name(stem[:dash]) == project:
            rest = stem[dash + 1 :]
            return rest if _VERSION.match(rest) else None  # six-degrees-1.0 is no file of six
        dash = stem.find("-", dash + 1)
    return None
