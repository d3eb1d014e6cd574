"""Environment markers: whether two of them can both hold, and in which environments each of many does.

Markers are judged by packaging over a table of environments: the known Pythons,
systems and implementations, and every value that the markers themselves name.
Source of the variables: the dependency specifiers page of the PyPA's
specifications. packaging is loaded once there is a marker.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice, product
from typing import TYPE_CHECKING

from msgspec import Struct, field

if TYPE_CHECKING:
    from packaging.markers import Marker
    from packaging.specifiers import SpecifierSet
    from packaging.utils import NormalizedName
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
    if both == " and ":
        return {}
    from packaging.markers import Marker

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
    from packaging.version import Version

    try:
        return Version(text).local is None
    except ValueError:  # InvalidVersion, or a number without end
        return False


def holds(marker: Marker, environment: dict[str, str]) -> bool:
    """Whether a marker holds in an environment; also where that cannot be said."""
    return _judged(marker, environment) is not False


def _judged(marker: Marker, environment: dict[str, str]) -> bool | None:
    """Whether it holds; None where pip stops, too, so that nothing is proven."""
    from packaging.markers import UndefinedComparison, UndefinedEnvironmentName

    try:
        return marker.evaluate(environment)
    except (UndefinedComparison, UndefinedEnvironmentName, KeyError, ValueError):
        return None


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
    return _together(
        pythons,
        systems,
        implementations if named("platform_python_implementation", "implementation_name") else implementations[:1],
        machines,
        implemented,
        (*literals, "0", "99999", together) if named("platform_release") else ("0",),
        (*literals, "0", "99999", together) if named("platform_version") else ("0",),
    )


def _together(
    pythons: Iterable[str],
    systems: Iterable[tuple[str, str, str]],
    implementations: Iterable[tuple[str, str]],
    machines: Sequence[str],
    implemented: Iterable[str] = ("",),
    releases: Iterable[str] = ("0",),
    versions: Iterable[str] = ("0",),
) -> Iterator[dict[str, str]]:
    """Every environment of these values that there can be."""
    for python, system, implementation, own, machine, release, version in product(
        pythons, systems, implementations, implemented, machines, releases, versions
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


# --- many markers at once --------------------------------------------------

# What nobody writes, and what would take too long: such a marker is not judged.
_LONGEST = 10_000
_MOST_VALUES = 150
_MOST_ENVIRONMENTS = 50_000
# Nobody installs locked files on a Python that is not released yet, and 4 is none that anybody plans.
_RELEASED = re.compile(r"[23]\.\d+\.\d+")
_MAJOR = re.compile(r"\A(\d{1,4})(?:\.\*)?\Z")
_PART = re.compile(rf"{_COMPARISON.pattern}|[()]|\b(?:and|or)\b")

Places = int
"""A set of a table's environments: a number with a byte for each, so that sets are joined at once."""


def spelled(marker: Marker | None) -> str | None:
    """The marker in packaging's spelling, empty where there is none; None where it is longer than anybody's."""
    try:
        text = str(marker or "")
    except RecursionError:  # packaging reads deeper markers than it can spell
        return None
    return text if len(text) <= _LONGEST else None


@lru_cache(maxsize=4096)
def extras(marker: str) -> frozenset[NormalizedName]:
    """The extras that a marker asks about."""
    from packaging.utils import canonicalize_name

    compared = (_operands(*comparison) for comparison in _COMPARISON.findall(marker))
    return frozenset(canonicalize_name(literal) for names, literal in compared if names == ("extra",))


@lru_cache(maxsize=4096)
def possible(marker: str, extra: str = "") -> bool:
    """Whether it can hold somewhere, as far as the extra alone decides. A marker has no negation to spoil that."""
    return bool(_combined(marker, lambda part: int(not _names(part, "extra") or _has_extra(part[0], extra)), 1))


def _operands(left: str, _: str, right: str) -> tuple[tuple[str, ...], str]:
    """The variables of a comparison, and its literal where it has one."""
    names = tuple(operand for operand in (left, right) if operand[0] not in "\"'")
    return names, next((operand[1:-1] for operand in (left, right) if operand[0] in "\"'"), "")


def _names(comparison: re.Match[str], variable: str) -> bool:
    return variable in (comparison[1], comparison[3])


def _has_extra(comparison: str, extra: str) -> bool:
    from packaging.markers import Marker

    return _judged(Marker(comparison), {"extra": extra}) is True


def _combined(marker: str, judge: Callable[[re.Match[str]], Places], everywhere: Places) -> Places:
    """The places of a marker's comparisons, joined; `and` binds closer. Without recursion, however deep it is."""
    above: list[tuple[Places, Places]] = []
    either, both = 0, everywhere
    for part in _PART.finditer(marker):
        match part[0]:
            case "(":
                above.append((either, both))
                either, both = 0, everywhere
            case ")":
                inner = either | both
                either, both = above.pop()
                both &= inner
            case "or":
                either, both = either | both, everywhere
            case "and":
                pass
            case _:
                both &= judge(part)
    return either | both


class Table(Struct, frozen=True):
    """Environments side by side, in which many markers are judged at once."""

    environments: tuple[Environment, ...]
    crowded: bool = False
    """The markers would take more environments than there is time for: nothing is told of any."""
    _columns: dict[tuple[str, ...], Mapping[tuple[str, ...], Places]] = field(default_factory=dict)
    _comparisons: dict[str, tuple[Places, Places]] = field(default_factory=dict)

    @classmethod
    def of(cls, markers: Iterable[str], interpreters: Iterable[str]) -> Table:
        """One that tells these markers apart, and what each Requires-Python allows."""
        compared: dict[str, dict[str, None]] = {}
        for marker in markers:
            for comparison in _COMPARISON.findall(marker):
                names, literal = _operands(*comparison)
                for name in names:
                    compared.setdefault(name, {})[literal] = None
        specifiers = [s for interpreter in interpreters for s in _specifiers(interpreter) or ()]
        compared.setdefault("python_full_version", {}).update(dict.fromkeys(s.version for s in specifiers))
        crowded = sum(len(compared.get(name, ())) for name in _TOLD) > _MOST_VALUES
        found = tuple(islice(_told({} if crowded else compared), _MOST_ENVIRONMENTS + 1))
        if len(found) > _MOST_ENVIRONMENTS:
            crowded, found = True, tuple(_told({}))
        return cls(found, crowded)

    @property
    def everywhere(self) -> Places:
        return int.from_bytes(b"\1" * len(self.environments), "little")

    def where(self, marker: str, extra: str = "", *, doubt: bool) -> Places:
        """Where it holds; `doubt` says whether it does where nobody can tell."""
        return _combined(marker, lambda part: self._where(part, extra)[doubt], self.everywhere)

    def allowed(self, interpreters: str) -> Places:
        """Where pip would take what has this Requires-Python; one that pip cannot read allows everything."""
        specifiers = _specifiers(interpreters)
        if specifiers is None or self.crowded:
            return self.everywhere
        column = self._column(("python_full_version",))
        return sum(places for (full,), places in column.items() if takes(specifiers, full))

    def newest(self, places: Places) -> tuple[int, ...]:
        """The newest of the Pythons of these environments; empty where there are none."""
        column = self._column(("python_full_version",))
        return max((_numbers(full) for (full,), here in column.items() if here & places), default=())

    def first(self, places: Places) -> Environment:
        """The most usual of these environments; there must be one."""
        return self.environments[((places & -places).bit_length() - 1) // 8]

    def _where(self, comparison: re.Match[str], extra: str) -> tuple[Places, Places]:
        """Where a comparison is known to hold, and where it may."""
        if _names(comparison, "extra"):
            return (self.everywhere,) * 2 if _has_extra(comparison[0], extra) else (0, 0)
        names, _ = _operands(*comparison.groups())
        if self.crowded or not _TOLD.issuperset(names):
            return 0, self.everywhere
        spelling = comparison[0]
        if spelling not in self._comparisons:
            from packaging.markers import Marker

            marker = Marker(spelling)
            known = may = 0
            for values, places in self._column(names).items():
                holds = _judged(marker, dict(zip(names, values, strict=True)))
                known |= places if holds else 0
                may |= 0 if holds is False else places
            self._comparisons[spelling] = known, may
        return self._comparisons[spelling]

    def _column(self, names: tuple[str, ...]) -> Mapping[tuple[str, ...], Places]:
        """Where variables have which values."""
        if names not in self._columns:
            found: dict[tuple[str, ...], bytearray] = {}
            for index, environment in enumerate(self.environments):
                values = tuple(environment[name] for name in names)
                found.setdefault(values, bytearray(len(self.environments)))[index] = 1
            self._columns[names] = {values: int.from_bytes(places, "little") for values, places in found.items()}
        return self._columns[names]


_SYSTEM = ("os_name", "sys_platform", "platform_system")
_IMPLEMENTATION = ("platform_python_implementation", "implementation_name")
_INTERPRETER = ("python_version", "python_full_version")
# The others say what no lock file is made for: the build of a kernel, the version of a PyPy.
_TOLD = frozenset({*_SYSTEM, *_IMPLEMENTATION, *_INTERPRETER, "platform_machine"})


def _told(compared: Mapping[str, Iterable[str]]) -> Iterator[dict[str, str]]:
    """The environments that tell these values of variables apart, the most usual first."""

    def values(*names: str) -> list[str]:
        return sorted({value for name in names for value in compared.get(name, ())})

    def unknown(*names: str) -> list[str]:
        return [value for value in values(*names) if value not in _KNOWN]

    majors = (_MAJOR.sub(r"\1.0", value) for value in values(*_INTERPRETER))
    pythons = sorted(filter(_RELEASED.fullmatch, _pythons(" ".join(majors))), key=_unusual)
    machines = values("platform_machine")
    return _together(
        pythons,
        list(_systems(unknown(*_SYSTEM))) if any(map(values, _SYSTEM)) else _SYSTEMS[:1],
        [*_IMPLEMENTATIONS, *((name, name) for name in unknown(*_IMPLEMENTATION))]
        if any(map(values, _IMPLEMENTATION))
        else _IMPLEMENTATIONS[:1],
        [*_machines(machines), *unknown("platform_machine"), " ".join(machines)] if machines else [""],
    )


def _unusual(python: str) -> tuple[int, int, int]:
    """Smaller for a Python that more people have."""
    major, minor, micro = _numbers(python)
    return 3 - major, abs(minor - 12), micro


def _numbers(python: str) -> tuple[int, ...]:
    return tuple(map(int, python.split(".")))


def takes(specifiers: SpecifierSet, version: str | Version) -> bool:
    """Whether they contain a version; also where that cannot be said."""
    try:
        return specifiers.contains(version, prereleases=True)
    except ValueError:  # a number without end is turned into text only here
        return True


@lru_cache(maxsize=1024)
def _specifiers(interpreters: str) -> SpecifierSet | None:
    """A Requires-Python, or None where pip cannot read it, and passes it over."""
    from packaging.specifiers import SpecifierSet

    try:
        return SpecifierSet(interpreters) if len(interpreters) <= _LONGEST else None
    except ValueError:  # InvalidSpecifier, or a number without end
        return None
