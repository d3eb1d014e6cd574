"""Version texts: one spelling for each, and when two of them name the same version.

packaging is loaded for those alone that are more than numbers in a row, which few are.
"""

from __future__ import annotations

import re

# In their normal form, as nearly all are written; fewer digits than Python turns back into text.
_NUMBERS = re.compile(r"(?:0|[1-9][0-9]{0,17}+)(?:\.(?:0|[1-9][0-9]{0,17}+))*+")


def normal(version: str) -> str:
    """PEP 440's normal form; what is no PEP 440 version stays as written."""
    if _NUMBERS.fullmatch(version):
        return version
    from packaging.version import Version

    try:
        return str(Version(version))
    except ValueError:  # InvalidVersion, or a number with more digits than Python turns back into text
        return version


def key(version: str) -> str:
    """Equal for texts that name the same version: ``1.17`` and ``v1.17.0``."""
    if _NUMBERS.fullmatch(version):
        numbers = version.split(".")
        while len(numbers) > 1 and numbers[-1] == "0":
            numbers.pop()
        return ".".join(numbers)
    from packaging.utils import canonicalize_version

    try:
        return canonicalize_version(version)
    except ValueError:  # as above
        return version


def is_local_of(version: str, public: str) -> bool:
    """Whether a version is a local one of a public one, which pip's ``==`` takes for it: ``2.1.0+cpu`` of ``2.1``."""
    from packaging.version import Version

    try:
        found = Version(version)
        return found.local is not None and Version(public) == Version(found.public)
    except ValueError:
        return False


def akin(version: str, other: str) -> bool:
    """Whether one is the other with more behind it: ``0.15.post1`` and ``0.15``, ``5.8.1`` and ``5.8.1.1``."""
    from packaging.version import Version

    try:
        one, two = Version(version), Version(other)
    except ValueError:
        return False
    shared = min(len(one.release), len(two.release))
    return one.epoch == two.epoch and one.release[:shared] == two.release[:shared]


def is_post_release(version: str) -> bool:
    """Whether it is one by PEP 440, such as ``0.15.post1``."""
    from packaging.version import Version

    try:
        return Version(version).is_postrelease
    except ValueError:
        return False
