"""Version texts: one spelling for each, and when two of them name the same version."""

from __future__ import annotations

from packaging.utils import canonicalize_version
from packaging.version import Version


def normal(version: str) -> str:
    """PEP 440's normal form; what is no PEP 440 version stays as written."""
    try:
        return str(Version(version))
    except ValueError:  # InvalidVersion, or a number with more digits than Python turns back into text
        return version


def key(version: str) -> str:
    """Equal for texts that name the same version: ``1.17`` and ``v1.17.0``."""
    try:
        return canonicalize_version(version)
    except ValueError:  # as above
        return version
