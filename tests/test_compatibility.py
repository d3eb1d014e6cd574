"""Which files pip takes on a platform: as pip's own finder says, and as packaging says of this machine."""

from __future__ import annotations

import platform as this_machine
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.tags import mac_platforms, platform_tags, sys_tags
from packaging.utils import canonicalize_name

from hashpin import compatibility
from hashpin.compatibility import Fit, fit, interpreters, takes
from hashpin.indexes import filenames
from hashpin.model import DistributionFile, Packaging, Pin, Platform
from hashpin.platforms import parse
from hashpin.text import Span
from tests.property.strategies import searched
from tests.readers import finder

LINUX = parse("linux/amd64")
BOTH = frozenset({Packaging.WHEEL, Packaging.SDIST})


def file(filename: str, requires_python: str | None = None) -> DistributionFile:
    packaging = filenames.read(filename, canonicalize_name("six"))[1]
    return DistributionFile(filename, packaging, (), requires_python=requires_python)


def pin(text: str = "six==1.0") -> Pin:
    return Pin(text, canonicalize_name(Requirement(text).name), "1.0", Span(0, 0), Span(0, 0), 0)


def taken(filename: str, platform: str, requires_python: str | None = None) -> bool:
    return takes(file(filename, requires_python), parse(platform), Requirement("six==1.0"))


# --- this machine ----------------------------------------------------------

_MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}


def _here() -> Platform:
    """This machine as a platform."""
    machine = _MACHINES.get(this_machine.machine())
    if machine is None or sys.platform != "linux" or sys.implementation.name != "cpython":
        pytest.skip("the names of this machine are not known here")
    system = "linux" if this_machine.libc_ver()[0] else "musl"
    return parse(f"{system}/{machine} cp3{sys.version_info[1]}")


def test_each_platform_tag_of_this_machine_is_one_of_its_platform() -> None:
    here = _here()
    assert set(platform_tags()) <= compatibility.platform_tags(here.system, here.machine)


def test_each_tag_that_this_machine_takes_is_taken_on_its_platform() -> None:
    here = _here()
    refused = [tag for tag in sys_tags() if not takes(file(f"six-1.0-{tag}.whl"), here, Requirement("six==1.0"))]
    assert refused == []


_INTERPRETERS = st.sampled_from(["cp39", "cp310", "cp311", "cp312", "cp313", "py3", "py2", "py2.py3", "pp310", "py311"])
_ABIS = st.sampled_from(["none", "abi3", "cp39", "cp311", "cp311t", "cp312", "cp313", "cp313t", "pypy310_pp73"])
_NEVER_TOO_NEW = ["manylinux_2_5", "manylinux_2_17", "manylinux1", "manylinux2014", "linux"]
_PLATFORMS = st.one_of(
    st.just("any"),
    st.builds("{}_{}".format, st.sampled_from(_NEVER_TOO_NEW), st.sampled_from(["x86_64", "aarch64"])),
    st.sampled_from(["win_amd64", "win32", "macosx_11_0_arm64", "musllinux_1_1_x86_64"]),
)
_SPECIFIERS = st.sampled_from(
    [
        *(None, "", ">=3.9", ">=3.12", "<3.12", "!=3.11.*,>=3.9", ">=2.7,!=3.0.*", "==3.11.*", "~=3.12", ">=4"),
        *("~=3.10", "<4,>=3.8.1", ">=3.9,!=3.9.0,!=3.9.1", ">=3.13.0a1", "nonsense", "3.9", ">=3.6.*"),
    ]
)


@searched
@given(st.builds("six-1.0-{}-{}-{}.whl".format, _INTERPRETERS, _ABIS, _PLATFORMS), _SPECIFIERS)
def test_what_pip_takes_here_is_taken(filename: str, requires_python: str | None) -> None:
    """And no more, of what no machine is too old for."""
    here = _here()
    assert taken(filename, here.text, requires_python) == finder.takes(filename, requires_python)


# --- other machines --------------------------------------------------------

_ELSEWHERE = {
    "windows/amd64 cp312": ((3, 12, 5), "cp312", ["win_amd64"]),
    "windows/386 cp39": ((3, 9, 5), "cp39", ["win32"]),
    "macos/arm64 cp311": ((3, 11, 5), "cp311", ["macosx_26_0_arm64"]),
    "macos/amd64 cp37": ((3, 7, 5), "cp37m", ["macosx_14_0_x86_64"]),
    "macos/arm64 cp313t": ((3, 13, 5), "cp313t", ["macosx_15_0_arm64"]),
    "musl/arm64 cp310": ((3, 10, 5), "cp310", [f"musllinux_1_{minor}_aarch64" for minor in (2, 1, 0)]),
    "linux/s390x cp312": ((3, 12, 5), "cp312", ["manylinux_2_28_s390x", "manylinux_2_17_s390x", "manylinux2014_s390x"]),
}
_ANY_PLATFORM = st.one_of(
    _PLATFORMS,
    st.sampled_from(["win_arm64", "macosx_10_9_universal2", "macosx_10_9_x86_64", "macosx_10_6_intel"]),
    st.sampled_from(["macosx_11_0_universal2", "macosx_13_3_arm64", "macosx_14_0_arm64", "musllinux_1_2_aarch64"]),
    st.sampled_from(["manylinux_2_17_s390x.manylinux2014_s390x", "manylinux_2_28_s390x", "any.win_amd64"]),
)
_ANY_ABI = _ABIS | st.sampled_from(["cp37m", "cp310", "cp39.abi3"])


@pytest.mark.parametrize("platform", _ELSEWHERE)
@searched
@given(st.builds("six-1.0-{}-{}-{}.whl".format, _INTERPRETERS | st.just("cp37"), _ANY_ABI, _ANY_PLATFORM), _SPECIFIERS)
def test_what_pip_takes_there_is_taken(platform: str, filename: str, requires_python: str | None) -> None:
    python, abi, platforms = _ELSEWHERE[platform]
    theirs = finder.takes(filename, requires_python, python, abi, platforms)
    assert taken(filename, platform, requires_python) == theirs


_MACOS = [*((10, minor) for minor in range(4, 17)), *((major, 0) for major in range(11, 30))]


@pytest.mark.parametrize("machine", ["amd64", "arm64"])
def test_each_tag_of_an_older_macos_is_one_of_its_platform(machine: str) -> None:
    arch = compatibility.MACHINES["macos"][machine]
    versions = [version for version in _MACOS if version >= (11, 0) or machine == "amd64"]
    older = {tag for version in versions for tag in mac_platforms(version, arch)}
    assert older <= compatibility.platform_tags("macos", machine)


def test_a_source_distribution_is_taken_by_its_requires_python() -> None:
    assert taken("six-1.0.tar.gz", "windows/386 cp39")
    assert taken("six-1.0.tar.gz", "windows/386 cp39", ">=3.9.7")
    assert not taken("six-1.0.tar.gz", "windows/386 cp39", ">=3.10")
    assert taken("six-1.0.tar.gz", "windows/386 cp39", ">=3.9,!=3.9.0,!=3.9.1")
    assert not taken("six-1.0.exe", "windows/386 cp39")


# --- any interpreter -------------------------------------------------------


@pytest.mark.parametrize(
    ("filename", "requires_python", "expected"),
    [
        ("six-1.0-cp36-cp36m-manylinux1_x86_64.whl", None, True),
        ("six-1.0-cp36-abi3-manylinux2014_x86_64.whl", ">=3.14", True),
        ("six-1.0-cp36-cp36m-manylinux1_x86_64.whl", ">=3.7", False),
        ("six-1.0-cp27-cp27mu-manylinux1_x86_64.whl", None, False),
        ("six-1.0-py2-none-any.whl", None, False),
        ("six-1.0-py3-none-any.whl", "<3", False),
        ("six-1.0-cp313-cp313t-manylinux_2_28_x86_64.whl", None, False),
        ("six-1.0-pp311-pypy311_pp73-manylinux_2_28_x86_64.whl", None, False),
        ("six-1.0-cp312-cp312-manylinux_2_28_aarch64.whl", None, False),
        ("six-1.0-cp312-cp312-musllinux_1_2_x86_64.whl", None, False),
        ("six-1.0-cp312-cp312-manylinux_2_39_x86_64.whl", None, True),
        ("six-1.0-3build-cp312-cp312-manylinux_2_17_x86_64.whl", None, True),
    ],
)
def test_any_interpreter_will_do(filename: str, requires_python: str | None, expected: bool) -> None:
    assert taken(filename, "linux/amd64", requires_python) == expected


def test_the_free_threaded_interpreter_takes_its_own_wheels() -> None:
    assert taken("six-1.0-cp313-cp313t-manylinux_2_28_x86_64.whl", "linux/amd64 cp313t")
    assert not taken("six-1.0-cp313-cp313-manylinux_2_28_x86_64.whl", "linux/amd64 cp313t")
    assert not taken("six-1.0-cp38-abi3-manylinux_2_28_x86_64.whl", "linux/amd64 cp313t")


# --- names -----------------------------------------------------------------


@pytest.mark.parametrize(
    "filename",
    [
        "seven-1.0-py3-none-any.whl",
        "six-1.0.post1-py3-none-any.whl",
        "six-1.0_old-py3-none-any.whl",  # pip takes it no more, from 25.3 on
        "six-1.0-py3-none.whl",
        "six-1.0-py3--any.whl",
        f"six-{'9' * 5_000}-py3-none-any.whl",
        f"six-1.0-{'.'.join(['py3'] * 1_000)}-{'.'.join(['none'] * 1_000)}-{'.'.join(['any'] * 1_000)}.whl",
    ],
)
def test_a_wheel_that_pip_does_not_take_for_this_pin(filename: str) -> None:
    assert not taken(filename, "linux/amd64")


@pytest.mark.parametrize(
    ("filename", "expected"),
    [
        ("six-1.0.tar.gz", True),
        ("six-1.0.0.zip", True),
        ("six-1.0.post1.tar.gz", False),  # whatever release the index counts it to
        ("seven-1.0.tar.gz", False),
        ("six-1.0.tar.bz2", True),  # an old name, which only the index can tell the version of
        (f"six-1.{'9' * 5_000}.tar.gz", True),
    ],
)
def test_a_source_distribution_is_taken_by_the_version_in_its_name(filename: str, expected: bool) -> None:
    assert taken(filename, "linux/amd64") is expected


def test_a_local_version_is_taken() -> None:
    assert taken("six-1.0+cpu-py3-none-any.whl", "linux/amd64")


@pytest.mark.parametrize("text", [">=3." + "9" * 5_000, ",".join(f"!=3.{n}" for n in range(100_000))])
def test_a_requires_python_without_end_is_satisfied_by_nothing(text: str) -> None:
    assert not taken("six-1.0.tar.gz", "linux/amd64", text)


# --- markers ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("marker", "platform", "holds"),
    [
        ('sys_platform == "win32"', "linux/amd64", False),
        ('sys_platform == "win32"', "windows/amd64", True),
        ('sys_platform == "linux"', "musl/amd64", True),
        ('os_name == "posix"', "macos/arm64", True),
        ('platform_system == "Darwin" and platform_machine == "arm64"', "macos/arm64", True),
        ('platform_system == "Darwin" and platform_machine == "arm64"', "macos/amd64", False),
        ('platform_machine == "aarch64"', "linux/arm64", True),
        ('platform_machine == "AMD64"', "windows/amd64", True),
        ('platform_machine == "x86"', "windows/386", True),
        ('implementation_name == "pypy"', "linux/amd64", False),
        ('platform_python_implementation != "PyPy"', "linux/amd64", True),
        ('python_version < "3.9"', "linux/amd64", True),
        ('python_version < "3.9"', "linux/amd64 cp312", False),
        ('python_version < "3"', "linux/amd64", False),
        ('python_full_version < "3.11.3"', "linux/amd64 cp311", True),
        ('python_full_version >= "3.11.3"', "linux/amd64 cp311", True),
        ('python_full_version == "3.11.4"', "linux/amd64 cp311", True),
        ('extra == "x"', "linux/amd64", False),
        ('platform_release >= "20"', "macos/arm64", True),
        ('platform_machine ~= "not a version"', "linux/amd64", True),
    ],
)
def test_markers(marker: str, platform: str, holds: bool) -> None:
    assert bool(interpreters(Marker(marker), parse(platform))) == holds
    assert (fit((), pin(f"six==1.0; {marker}"), parse(platform), BOTH) is None) != holds


def test_a_marker_that_is_nested_too_deeply_leaves_nothing_out() -> None:
    marker = Marker("os_name == 'nt'")
    nested: list[object] = marker._markers  # type: ignore[assignment]
    for _ in range(50_000):
        nested = [nested]
    marker._markers = nested  # type: ignore[assignment]
    assert interpreters(marker, LINUX)


def test_the_interpreters_of_the_marker_are_those_that_count() -> None:
    old = [file("six-1.0-cp38-cp38-manylinux2014_x86_64.whl")]
    assert fit(old, pin('six==1.0; python_version < "3.9"'), LINUX, BOTH) is Fit.WHEEL
    assert fit(old, pin('six==1.0; python_version >= "3.9"'), LINUX, BOTH) is Fit.NOTHING


# --- the best that there is ------------------------------------------------


@pytest.mark.parametrize(
    ("names", "allowed", "expected"),
    [
        ((), BOTH, Fit.NOTHING),
        (("six-1.0.tar.gz",), BOTH, Fit.SDIST),
        (("six-1.0.tar.gz", "six-1.0-py3-none-any.whl"), BOTH, Fit.WHEEL),
        (("six-1.0.tar.gz", "six-1.0-py3-none-any.whl"), {Packaging.SDIST}, Fit.SDIST),
        (("six-1.0.tar.gz", "six-1.0-py3-none-win32.whl"), BOTH, Fit.SDIST),
        (("six-1.0.tar.gz", "six-1.0-py3-none-win32.whl"), {Packaging.WHEEL}, Fit.NOTHING),
        (("six-1.0.exe",), BOTH, Fit.NOTHING),
    ],
)
def test_fit(names: tuple[str, ...], allowed: frozenset[Packaging], expected: Fit) -> None:
    assert fit([file(name) for name in names], pin(), LINUX, frozenset(allowed)) is expected
