"""Which version a file name carries, and whether pip can install the file."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.utils import canonicalize_name
from packaging.version import Version

from hashpin.indexes import filenames
from hashpin.model import Packaging

WHEEL, SDIST, OTHER = Packaging.WHEEL, Packaging.SDIST, Packaging.OTHER


@pytest.mark.parametrize(
    ("filename", "project", "version", "packaging"),
    [
        # Wheels: NAME-VERSION(-BUILD)?-PYTHON-ABI-PLATFORM.whl
        ("six-1.17.0-py2.py3-none-any.whl", "six", "1.17.0", WHEEL),
        ("zope_interface-5.0-cp39-cp39-win_amd64.whl", "zope-interface", "5.0", WHEEL),
        ("zope.interface-5.0-cp39-cp39-win_amd64.whl", "zope-interface", "5.0", WHEEL),
        ("foo-1.0-1build-py3-none-any.whl", "foo", "1.0", WHEEL),
        ("foo-1.0+cu118-py3-none-any.whl", "foo", "1.0+cu118", WHEEL),
        ("foo-1.0+a_b-py3-none-any.whl", "foo", "1.0+a.b", WHEEL),
        ("foo-1!2.0-py3-none-any.WHL", "foo", "1!2.0", WHEEL),
        ("foo-01.0.RC1-py3-none-any.whl", "foo", "1.0rc1", WHEEL),
        ("foobar-1.0-py3-none-any.whl", "foo", None, WHEEL),
        ("foo-1.0.whl", "foo", None, WHEEL),
        ("foo-1.0-py3-none.whl", "foo", None, WHEEL),
        ("a-b-c-d-e-f-g.whl", "a", None, WHEEL),
        # Source distributions: what pip unpacks
        ("six-1.17.0.tar.gz", "six", "1.17.0", SDIST),
        ("six-1.17.0.zip", "six", "1.17.0", SDIST),
        ("six-1.17.0.tar.bz2", "six", "1.17.0", SDIST),
        ("six-1.17.0.tgz", "six", "1.17.0", SDIST),
        ("six-1.17.0.TAR.GZ", "six", "1.17.0", SDIST),
        ("python-dateutil-2.8.2.tar.gz", "python-dateutil", "2.8.2", SDIST),
        ("python_dateutil-2.8.2.tar.gz", "python-dateutil", "2.8.2", SDIST),
        ("Zope.Interface-5.0.tar.gz", "zope-interface", "5.0", SDIST),
        ("docutils-0.15.post1.tar.gz", "docutils", "0.15.post1", SDIST),
        ("foo-1.0-beta-2.tar.gz", "foo", "1.0b2", SDIST),
        ("foo-v1.0.tar.gz", "foo", "1.0", SDIST),
        ("foo-1.0+local.1.tar.gz", "foo", "1.0+local.1", SDIST),
        ("foo-1.0-SNAPSHOT.tar.gz", "foo", "1.0-SNAPSHOT", SDIST),
        ("six.tar.gz", "six", None, SDIST),
        ("seven-1.0.tar.gz", "six", None, SDIST),
        ("sixty-six-1.0.tar.gz", "six", None, SDIST),
        # Published once, of no use to pip: what distutils' bdist commands made
        ("pywin32-219.win-amd64-py2.7.exe", "pywin32", "219", OTHER),
        ("lxml-3.4.4.win32-py2.7.exe", "lxml", "3.4.4", OTHER),
        ("lxml-3.4.4.win32.exe", "lxml", "3.4.4", OTHER),
        ("Twisted-13.0.0.win32-py2.6.msi", "twisted", "13.0.0", OTHER),
        ("foo-1.0-py2.7.egg", "foo", "1.0", OTHER),
        ("foo-1.0-py2.7-macosx-10.9-x86_64.egg", "foo", "1.0", OTHER),
        ("foo-1.0-1.noarch.rpm", "foo", "1.0", OTHER),
        ("foo-1.0-1.src.rpm", "foo", "1.0", OTHER),
        ("foo-1.0.linux-x86_64.tar.gz", "foo", "1.0", OTHER),
        ("foo-1.0.win32.zip", "foo", "1.0", OTHER),
        ("foo-1.0.macosx-10.9-x86_64.dmg", "foo", "1.0", OTHER),
        ("README", "foo", None, OTHER),
        ("", "foo", None, OTHER),
        ("-", "foo", None, OTHER),
    ],
)
def test_read(filename: str, project: str, version: str | None, packaging: Packaging) -> None:
    assert filenames.read(filename, canonicalize_name(project)) == (version, packaging)


@given(
    st.from_regex(r"[aB]([aB._-]{0,6}[aB])?", fullmatch=True),
    st.lists(st.integers(0, 999), min_size=1, max_size=4),
    st.sampled_from(["", "a1", "b2", "rc3", ".post4", ".dev5", "+l.6"]),
)
def test_what_a_build_tool_names_is_read_back(name: str, release: list[int], suffix: str) -> None:
    version = ".".join(map(str, release)) + suffix
    project = canonicalize_name(name)
    escaped = project.replace("-", "_")
    assert filenames.read(f"{escaped}-{version}-py3-none-any.whl", project) == (str(Version(version)), WHEEL)
    assert filenames.read(f"{escaped}-{version}.tar.gz", project) == (str(Version(version)), SDIST)
    assert filenames.read(f"{name}-{version}.zip", project) == (str(Version(version)), SDIST)


@given(st.text(), st.sampled_from(["", ".whl", ".tar.gz", ".zip", ".exe", "-py3-none-any.whl"]))
def test_no_name_stops_the_reader(text: str, ending: str) -> None:
    version, packaging = filenames.read(f"six-{text}{ending}", canonicalize_name("six"))
    assert version is None or isinstance(version, str)
    assert (packaging is WHEEL) == f"six-{text}{ending}".lower().endswith(".whl")
