"""What a tree lacks, beside a closure that is found by trying one environment after the other.

The markers tell no more environments apart than the eight that are tried, so
that both have to come to the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from hypothesis import given
from hypothesis import strategies as st
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from hashpin import completeness
from hashpin.model import ReleaseKey
from tests.trees import Known, evidence
from tests.work import some

NAMES = ("a", "b", "c", "d")
EXTRAS = ("x", "y")
MARKERS = (
    *("python_version < '3.10'", "python_version >= '3.10'", "python_full_version >= '3.10'"),
    *("sys_platform == 'win32'", "sys_platform != 'win32'", "platform_system == 'Windows'", "'win32' in sys_platform"),
    *("platform_python_implementation == 'PyPy'", "implementation_name == 'cpython'"),
)
PYTHONS = ("3.9", "3.12")
SYSTEMS = {"linux": "Linux", "win32": "Windows"}
IMPLEMENTATIONS = {"CPython": "cpython", "PyPy": "pypy"}
ENVIRONMENTS = [
    {
        "python_version": python,
        "python_full_version": f"{python}.0",
        "sys_platform": system,
        "platform_system": SYSTEMS[system],
        "platform_python_implementation": implementation,
        "implementation_name": IMPLEMENTATIONS[implementation],
    }
    for python, system, implementation in product(PYTHONS, SYSTEMS, IMPLEMENTATIONS)
]

some_markers = st.lists(st.sampled_from(MARKERS), max_size=2).map(" or ".join)
asked = st.sampled_from([f"extra == '{extra}'" for extra in EXTRAS])
conditions = st.one_of(
    st.just(""), some_markers, asked, st.builds("({}) and {}".format, st.sampled_from(MARKERS), asked),
    st.builds("{} or {}".format, asked, st.sampled_from(MARKERS)),
)  # fmt: skip


@st.composite
def requirements(draw: st.DrawFn, specifier: st.SearchStrategy[str], marker: st.SearchStrategy[str]) -> str:
    extras = ",".join(draw(st.sets(st.sampled_from(EXTRAS), max_size=1)))
    text = draw(st.sampled_from(NAMES)) + (f"[{extras}]" if extras else "") + draw(specifier)
    return f"{text} ; {condition}" if (condition := draw(marker)) else text


lines = st.lists(requirements(st.sampled_from(["==1", "==2"]), some_markers), min_size=1, max_size=5)
needs = st.lists(requirements(st.sampled_from(["", "", ">=2"]), conditions), max_size=3).map(tuple)
universes = st.fixed_dictionaries(
    {
        ReleaseKey(canonicalize_name(name), version): st.builds(
            Known, needs, st.sampled_from([None, None, ">=3.10", "<3.10", ">=3.8"])
        )
        for name in NAMES
        for version in ("1", "2")
    }
)


@some
@given(lines, universes)
def test_as_by_trying(texts: Sequence[str], universe: Mapping[ReleaseKey, Known]) -> None:
    found = completeness.judge(evidence("".join(f"{line}\n" for line in texts), universe))
    assert not found.untold
    assert {(lack.name, lack.excluded): lack.always for lack in found.lacks} == dict(tried(texts, universe))


# --- the closure -----------------------------------------------------------


@dataclass(frozen=True)
class Need:
    by: int
    """The line that needs it."""
    name: str
    excluded: bool


def tried(texts: Sequence[str], universe: Mapping[ReleaseKey, Known]) -> Iterator[tuple[tuple[str, bool], bool]]:
    """What is missing, or excluded, somewhere, and whether it is wherever one of those that need it is installed."""
    pins = [Requirement(text) for text in texts]
    feasible = [e for e in ENVIRONMENTS if all(allowed(universe, pin, e) for pin in pins if holds(pin, e))]
    where = feasible or ENVIRONMENTS
    by_environment = [(e, set(missing(pins, universe, e))) for e in where]
    for what in sorted({(need.name, need.excluded) for _, needs in by_environment for need in needs}):
        lacking = [e for e, needs in by_environment if what in {(need.name, need.excluded) for need in needs}]
        needing = {need.by for _, needs in by_environment for need in needs if (need.name, need.excluded) == what}
        usual = [e for e in where if e["platform_python_implementation"] == "CPython"]
        served = [[e for e in usual if holds(pins[by], e)] for by in sorted(needing)]
        yield what, any(of and all(e in lacking for e in of) for of in served)


def missing(pins: Sequence[Requirement], universe: Mapping[ReleaseKey, Known], e: Mapping[str, str]) -> Iterator[Need]:
    installed = {index: pin for index, pin in enumerate(pins) if holds(pin, e)}
    extras = {(pin.name, extra) for pin in installed.values() for extra in pin.extras}
    while True:
        needed = [
            (index, need)
            for index, pin in installed.items()
            for text in told(universe[key(pin)])
            for need in [Requirement(text)]
            for extra in ["", *(extra for name, extra in extras if name == pin.name)]
            if holds(need, e, extra)
        ]
        more = {(need.name, extra) for _, need in needed for extra in need.extras}
        if more <= extras:
            break
        extras |= more
    for index, need in needed:
        versions = [pin for pin in installed.values() if pin.name == need.name]
        if not versions:
            yield Need(index, need.name, excluded=False)
        if any(not need.specifier.contains(key(pin).version) for pin in versions):
            yield Need(index, need.name, excluded=True)


def holds(requirement: Requirement, environment: Mapping[str, str], extra: str = "") -> bool:
    marker = requirement.marker or Marker("os_name != ''")
    return marker.evaluate({**environment, "extra": extra})


def key(pin: Requirement) -> ReleaseKey:
    [specifier] = pin.specifier
    return ReleaseKey(canonicalize_name(pin.name), specifier.version)


def allowed(universe: Mapping[ReleaseKey, Known], pin: Requirement, environment: Mapping[str, str]) -> bool:
    return SpecifierSet(universe[key(pin)].requires_python or "").contains(environment["python_full_version"])


def told(known: Known) -> tuple[str, ...]:
    assert isinstance(known.needs, tuple)
    return known.needs
