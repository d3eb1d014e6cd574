"""Which files pip takes on a platform.

A platform is a machine as new as there is, so that any wheel that some such
machine takes fits: hashpin says what is published for a platform, not how old a
system may be. Tags and their meaning are packaging's, which pip uses.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING

from hashpin import markers, wheel_names
from hashpin.model import DistributionFile, Packaging, Pin, Platform

if TYPE_CHECKING:  # slow to import, and asked for where a platform is
    from packaging.markers import Marker
    from packaging.requirements import Requirement
    from packaging.tags import Tag
    from packaging.utils import NormalizedName
    from packaging.version import Version

# --- tags ------------------------------------------------------------------

_LINUX = {
    "amd64": "x86_64",
    "arm64": "aarch64",
    "386": "i686",
    "arm/v7": "armv7l",
    "ppc64le": "ppc64le",
    "s390x": "s390x",
    "riscv64": "riscv64",
    "loong64": "loongarch64",
}
# The machines of each system, with their names in wheel tags.
MACHINES: Mapping[str, Mapping[str, str]] = {
    "linux": _LINUX,
    "musl": _LINUX,
    "macos": {"amd64": "x86_64", "arm64": "arm64"},
    "windows": {"amd64": "win_amd64", "arm64": "win_arm64", "386": "win32"},
}
# Every CPython 3 there is, and those to come: by their minor versions.
MINORS = frozenset(range(41))
# Beyond any version there is. A wheel names the oldest that it runs on, so that more of them change nothing.
_NEWEST_GLIBC = 99
_NEWEST_MUSL = 20
_NEWEST_MACOS = 99
# glibc's versions that wheels know by another name: PEP 513, PEP 571 and PEP 599.
_LEGACY = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}
# The oldest glibc that anybody has by PEP 600's reading in packaging: 2.5 on x86, else 2.17.
_OLDEST_GLIBC = {"x86_64": 5, "i686": 5}


@lru_cache
def platform_tags(system: str, machine: str) -> frozenset[str]:
    """The platform tags of a machine: what packaging finds out where it runs."""
    return frozenset(_platform_tags(system, MACHINES[system][machine]))


def _platform_tags(system: str, arch: str) -> Iterator[str]:
    match system:
        case "linux":
            for minor in range(_NEWEST_GLIBC, _OLDEST_GLIBC.get(arch, 17) - 1, -1):
                yield f"manylinux_2_{minor}_{arch}"
                if minor in _LEGACY:
                    yield f"{_LEGACY[minor]}_{arch}"
            yield f"linux_{arch}"
        case "musl":
            yield from (f"musllinux_1_{minor}_{arch}" for minor in range(_NEWEST_MUSL, -1, -1))
            yield f"linux_{arch}"
        case "macos":
            from packaging.tags import mac_platforms

            yield from mac_platforms((_NEWEST_MACOS, 0), arch)
        case _:
            yield arch


_HERE = "here"


@lru_cache
def _minors_by_tag(free_threaded: bool) -> Mapping[Tag, frozenset[int]]:
    """For each tag, with ``here`` for the platform's own tags, the interpreters that take it."""
    from packaging.tags import compatible_tags, cpython_tags

    found: dict[Tag, set[int]] = {}
    for minor in MINORS:
        abi = f"cp3{minor}" + ("t" if free_threaded else "m" if minor < 8 else "")
        for tag in chain(cpython_tags((3, minor), [abi], [_HERE]), compatible_tags((3, minor), f"cp3{minor}", [_HERE])):
            found.setdefault(tag, set()).add(minor)
    return {tag: frozenset(minors) for tag, minors in found.items()}


@lru_cache(maxsize=65536)
def _minors_of_wheel(filename: str, system: str, machine: str, free_threaded: bool) -> frozenset[int]:
    wheel = wheel_names.parsed(filename)
    if wheel is None:
        return frozenset()
    from packaging.tags import Tag

    ours, by_tag = platform_tags(system, machine), _minors_by_tag(free_threaded)
    found: set[int] = set()
    for tag in wheel[2]:
        if tag.platform in ours:
            found |= by_tag.get(Tag(tag.interpreter, tag.abi, _HERE), frozenset())
        elif tag.platform == "any":
            found |= by_tag.get(tag, frozenset())
    return frozenset(found)


# --- interpreters ----------------------------------------------------------

_NAMED = re.compile(r"(?<![\d.])3\.(\d{1,2})\.(\d{1,2})(?!\d)")
_LONGEST_SPECIFIER = 200  # a text without end could hold us up, and is nobody's


def _asked(platform: Platform) -> frozenset[int]:
    return frozenset({platform.python[1]}) if platform.python else MINORS


def _versions(text: str, minor: int) -> Iterator[str]:
    """The versions of an interpreter that a text may tell apart: the first, the last, and those that it names."""
    micros = {0, 99} | {int(match[2]) for match in _NAMED.finditer(text) if int(match[1]) == minor}
    return (f"3.{minor}.{micro}" for micro in sorted(micros))


@lru_cache(maxsize=4096)
def _minors_of_requires_python(text: str, minors: frozenset[int]) -> frozenset[int]:
    """The interpreters of which some version satisfies a Requires-Python; pip passes over one that it cannot read."""
    if len(text) > _LONGEST_SPECIFIER:
        return frozenset()
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        specifier = SpecifierSet(text)
    except InvalidSpecifier:
        return minors
    return frozenset(
        minor
        for minor in minors
        if any(specifier.contains(version, prereleases=True) for version in _versions(text, minor))
    )


# os_name, sys_platform, platform_system of each system, and its machines' names: what CPython reports there.
_MARKERS = {
    "linux": ("posix", "linux", "Linux"),
    "musl": ("posix", "linux", "Linux"),
    "macos": ("posix", "darwin", "Darwin"),
    "windows": ("nt", "win32", "Windows"),
}
_WINDOWS_MACHINES = {"win_amd64": "AMD64", "win_arm64": "ARM64", "win32": "x86"}


def environment(system: str, machine: str) -> Mapping[str, str]:
    """What markers see of a platform, its interpreter's version apart."""
    arch = MACHINES[system][machine]
    os_name, sys_platform, platform_system = _MARKERS[system]
    return {
        "os_name": os_name,
        "sys_platform": sys_platform,
        "platform_system": platform_system,
        "platform_machine": _WINDOWS_MACHINES.get(arch, arch),
        "platform_python_implementation": "CPython",
        "implementation_name": "cpython",
    }


def interpreters(marker: Marker | None, platform: Platform) -> frozenset[int]:
    """The interpreters of a platform on which a marker holds, by their minor versions."""
    if marker is None:
        return _asked(platform)
    try:
        return _minors_of_marker(str(marker), platform.system, platform.machine, _asked(platform))
    except RecursionError:  # nothing is proven
        return _asked(platform)


@lru_cache(maxsize=4096)
def _minors_of_marker(text: str, system: str, machine: str, minors: frozenset[int]) -> frozenset[int]:
    if "platform_release" in text or "platform_version" in text:  # of one machine, not of a platform
        return minors
    from packaging.markers import Marker

    marker = Marker(text)
    common = {**environment(system, machine), "extra": ""}

    def holds(version: str, minor: int) -> bool:
        return markers.holds(
            marker,
            common
            | {"python_version": f"3.{minor}", "python_full_version": version, "implementation_version": version},
        )

    return frozenset(minor for minor in minors if any(holds(version, minor) for version in _versions(text, minor)))


# --- what pip takes --------------------------------------------------------


class Fit(enum.Enum):
    """What pip can install of some files on a platform."""

    WHEEL = "wheel"
    SDIST = "sdist"
    """A source distribution alone: pip runs its build code."""
    NOTHING = "nothing"


def takes(file: DistributionFile, platform: Platform, requirement: Requirement) -> bool:
    """Whether pip would take a file for a requirement on some machine of a platform, and with its marker in force."""
    return _takes(file, platform, requirement, interpreters(requirement.marker, platform))


def _takes(file: DistributionFile, platform: Platform, requirement: Requirement, minors: frozenset[int]) -> bool:
    match file.packaging:
        case Packaging.SDIST:
            pass
        case Packaging.WHEEL:
            minors &= _minors_of_wheel(file.filename, platform.system, platform.machine, platform.free_threaded)
        case _:
            return False
    if minors and file.requires_python:
        minors = _minors_of_requires_python(file.requires_python, minors)
    return bool(minors) and _is_of(file, requirement)


def _is_of(file: DistributionFile, requirement: Requirement) -> bool:
    """Whether a file is of a requirement by its name, which pip goes by: docutils 0.15 holds files of 0.15.post1."""
    named = wheel_names.parsed(file.filename) if file.packaging is Packaging.WHEEL else _sdist(file.filename)
    if named is None:  # of a wheel pip takes no other name; of sdists there are many old ones
        return file.packaging is Packaging.SDIST
    from packaging.utils import canonicalize_name

    return named[0] == canonicalize_name(requirement.name) and markers.takes(requirement.specifier, named[1])


def _sdist(filename: str) -> tuple[NormalizedName, Version] | None:
    try:
        from packaging.utils import parse_sdist_filename

        return parse_sdist_filename(filename)
    except ValueError:  # InvalidSdistFilename, or a number without end
        return None


def fit(files: Iterable[DistributionFile], pin: Pin, platform: Platform, allowed: frozenset[Packaging]) -> Fit | None:
    """The best that pip can do with these files; None where the pin's marker does not hold on the platform."""
    minors = interpreters(pin.marker, platform)
    if not minors:
        return None
    found = Fit.NOTHING
    for file in files:
        if file.packaging in allowed and _takes(file, platform, pin.requirement, minors):
            if file.packaging is Packaging.WHEEL:
                return Fit.WHEEL
            found = Fit.SDIST
    return found
