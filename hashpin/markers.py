"""Environment markers: whether two of them can both hold.

Markers are judged by packaging over a table of environments: the known Pythons,
systems and implementations, and every value that the markers themselves name.
Source of the variables: the dependency specifiers page of the PyPA's
specifications.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import islice, product

from packaging.markers import Marker, UndefinedComparison, UndefinedEnvironmentName
from packaging.version import Version

Environment = Mapping[str, str]

# os_name, sys_platform, platform_system of the systems that Python runs on: they come together or not at all.
_SYSTEMS = (
    ("posix", "linux", "Linux"),
    ("nt", "win32", "Windows"),
    ("posix", "darwin", "Darwin"),
    ("posix", "cygwin", "CYGWIN_NT"),
    ("posix", "freebsd14", "FreeBSD"),
    ("posix", "emscripten", "Emscripten"),
    ("posix", "android", "Android"),
    ("posix", "ios", "iOS"),
    ("java", "java", "Java"),
)
_IMPLEMENTATIONS = (("CPython", "cpython"), ("PyPy", "pypy"), ("Jython", "jython"), ("IronPython", "ironpython"))
_COMMON_MACHINES = 4
_MACHINES = (
    *("x86_64", "arm64", "AMD64", "ARM64", "aarch64", "i686", "x86", "i386", "amd64"),
    *("armv7l", "armv6l", "ppc64le", "ppc64", "s390x", "riscv64", "loongarch64", "wasm32"),
)
# The systems of whose machines there are few; the others run on anything.
_MACHINES_OF = {
    "win32": frozenset({"AMD64", "ARM64", "x86"}),
    "darwin": frozenset({"x86_64", "arm64"}),
    "ios": frozenset({"arm64", "x86_64"}),
    "emscripten": frozenset({"wasm32"}),
}
# The usual one first: the first environment in which both hold is the one that is told.
_PYTHONS = ("3.12.0", "2.7.0", "3.99.0", "4.0.0")
_KNOWN = frozenset(value for row in (*_SYSTEMS, *_IMPLEMENTATIONS, _MACHINES) for value in row)
_LITERAL = re.compile(r'"([^"]*)"|\'([^\']*)\'')
_PYTHON = re.compile(r"(?<![\d.])(\d{1,4})\.(\d{1,4})(?:\.(\d{1,4})((?:a|b|rc)\d{1,4})?)?")
# Markers that name more than this are nobody's: then two are taken to overlap.
_MOST = 10_000


def overlap(one: Marker | None, other: Marker | None) -> Environment | None:
    """An environment in which both hold, with the variables that they name; None where there is none."""
    try:
        return _overlap(str(one or ""), str(other or ""))
    except RecursionError:  # packaging reads deeper markers than it can spell: nothing is proven
        return {}


@lru_cache(maxsize=4096)
def _overlap(one: str, other: str) -> Environment | None:
    both = f"{one} and {other}"
    markers = [Marker(text) for text in (one, other) if text]
    tried = 0
    most = max(10, _MOST // (1 + len(_COMPARISON.findall(both)) // 4))
    for environment in islice(_environments(both), most):
        tried += 1
        if all(holds(marker, environment) for marker in markers):
            return {name: value for name, value in environment.items() if name in both and name != "extra"}
    return {} if tried == most else None


_VERSIONS = frozenset({"python_version", "python_full_version", "implementation_version"})
_TEXTS = frozenset({"platform_release", "platform_version"})
_SETS = frozenset({"extras", "dependency_groups"})
_OPERAND = r"""("[^"]*"|'[^']*'|[\w.]+)"""
_COMPARISON = re.compile(rf"{_OPERAND}\s*(===|~=|[=!<>]=|[<>]|\bnot\s+in\b|\bin\b)\s*{_OPERAND}")


def oddity(marker: Marker) -> str | None:
    """A comparison that readers of markers judge each in its own way, as it is written; None where there is none."""
    for left, operator, right in _COMPARISON.findall(str(marker)):
        if _odd(left, " ".join(operator.split()), right):
            return f"{left} {operator} {right}"
    return None


def _odd(left: str, operator: str, right: str) -> bool:
    names = [operand for operand in (left, right) if operand[0] not in "\"'"]
    if len(names) != 1 or names[0] in _SETS or operator == "===":
        return True
    literal = (right if names[0] == left else left)[1:-1]
    if operator in ("in", "not in"):
        return names[0] in _VERSIONS and operator == "not in"
    if names[0] in _VERSIONS:
        wildcard = operator in ("==", "!=") and literal.endswith(".*")
        return not _is_public_version(literal[:-2] if wildcard else literal)
    return operator == "~=" or (names[0] in _TEXTS and _is_public_version(literal))


def _is_public_version(text: str) -> bool:
    try:
        return Version(text).local is None
    except ValueError:  # InvalidVersion, or a number without end
        return False


def holds(marker: Marker, environment: dict[str, str]) -> bool:
    """Whether a marker holds in an environment; also where that cannot be said."""
    try:
        return marker.evaluate(environment)
    except (UndefinedComparison, UndefinedEnvironmentName, KeyError, ValueError):  # pip stops, too: nothing is proven
        return True


def _environments(text: str) -> Iterator[dict[str, str]]:
    """Every environment that can make a difference to these markers."""
    literals = sorted({one or other for one, other in _LITERAL.findall(text)})
    unknown = [literal for literal in literals if not _PYTHON.match(literal) and literal not in _KNOWN]
    together = " ".join(literals)  # what has each of them in it

    def named(*names: str) -> bool:
        return any(name in text for name in names)

    pythons = list(_pythons(together)) if named("python_version", "python_full_version") else list(_PYTHONS[:1])
    systems = list(_systems(unknown)) if named("os_name", "sys_platform", "platform_system") else list(_SYSTEMS[:1])
    if not named("sys_platform", "platform_system", "platform_machine"):
        systems = list({system[0]: system for system in systems}.values())
    implementations = [*_IMPLEMENTATIONS, *product(unknown, unknown)]
    implemented = list(_pythons(together)) if named("implementation_version") else [""]
    machines = [*_machines(literals), *unknown, together] if named("platform_machine") else [""]
    for python, system, implementation, own, machine, release, version in product(
        pythons,
        systems,
        implementations if named("platform_python_implementation", "implementation_name") else implementations[:1],
        implemented,
        machines,
        (*literals, "0", "99999", together) if named("platform_release") else ("0",),
        (*literals, "0", "99999", together) if named("platform_version") else ("0",),
    ):
        if machine and machine not in _MACHINES_OF.get(system[1], machines):
            continue
        if own and own != python and implementation[1] == "cpython":
            continue
        yield {
            "python_version": ".".join(python.split(".")[:2]),
            "python_full_version": python,
            "implementation_version": own or python,
            "os_name": system[0],
            "sys_platform": system[1],
            "platform_system": system[2],
            "platform_python_implementation": implementation[0],
            "implementation_name": implementation[1],
            "platform_machine": machine or "x86_64",
            "platform_release": release,
            "platform_version": version,
            "extra": "",
        }


def _machines(literals: list[str]) -> Iterator[str]:
    """The known machines that the literals tell apart, and two more of each system."""
    for index, machine in enumerate(_MACHINES):
        if index < _COMMON_MACHINES or any(machine in literal or literal in machine for literal in literals):
            yield machine


def _systems(unknown: list[str]) -> Iterator[tuple[str, str, str]]:
    """The known systems, and those that may be of the values that none of them has."""
    yield from _SYSTEMS
    for platform in unknown:
        yield "posix", platform, platform
        yield from (("posix", platform, system) for system in unknown if system != platform)
        # freebsd13 is FreeBSD, too.
        yield from ((name, platform, system) for name, _, system in _SYSTEMS if platform.startswith(system.lower()))
        yield platform, platform, platform


def _pythons(text: str) -> Iterator[str]:
    """Full versions: those named in the text with their neighbours, and one beyond them at either end."""
    found = dict.fromkeys(_PYTHONS)
    for match in _PYTHON.finditer(text):
        major, minor = int(match[1]), int(match[2])
        micro = int(match[3] or 0)
        found |= dict.fromkeys(f"{major}.{minor}.{m}" for m in range(max(0, micro - 1), micro + 2))
        found |= dict.fromkeys(f"{major}.{m}.0" for m in range(max(0, minor - 1), minor + 2))
        if match[3] and match[4]:
            found[match[0]] = None
    return iter(found)
