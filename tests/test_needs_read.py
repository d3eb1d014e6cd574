"""What a release needs is read as packaging reads it, whichever way."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from hashpin import markers, needs

NUMBERS = st.lists(st.integers(0, 11), min_size=1, max_size=4).map(lambda parts: ".".join(map(str, parts)))
ENDS = st.sampled_from(["", "", "", "a1", ".dev1", ".post1", "+cpu", "rc2", ".*"])
CLAUSES = st.tuples(
    st.sampled_from([">=", "<=", "==", "!=", ">", "<", "~=", "==="]), st.sampled_from(["", " "]), NUMBERS, ENDS
).map("".join)
SPECIFIERS = st.lists(CLAUSES, max_size=3).flatmap(
    lambda found: st.sampled_from([",", ", ", " ,"]).map(lambda comma: comma.join(found))
)
MARKERS = st.sampled_from(
    ["", ";", "; ", "; python_version < '3.9'", ' ; extra == "x"', "; os_name == 'nt' or extra == 'y'", "; nothing"]
)
NAMES = st.sampled_from(["a", "a-b", "A_b.C", "a1", "-a", "a-", "a b", "a@", "ä"])
EXTRAS = st.sampled_from(["", "[x]", "[X_y]", "[x,y]", "[]", "[ x ]", "[x", " [x] "])
NEEDS = st.tuples(NAMES, EXTRAS, st.sampled_from(["", " "]), SPECIFIERS, st.sampled_from(["", " ", "\t"]), MARKERS).map(
    "".join
)
VERSIONS = st.tuples(NUMBERS, st.sampled_from(["", "", "a1", ".dev1", ".post1", "+cpu"])).map("".join)


@given(NEEDS, VERSIONS)
def test_plain_needs_are_read_as_packaging_reads_them(text: str, version: str) -> None:
    found, reason = needs.one(text)
    try:
        requirement = Requirement(text)
    except InvalidRequirement:
        assert (found, reason) == (None, "one of its needs cannot be read")
        return
    if requirement.url is not None:
        assert (found, reason) == (None, None)
        return
    assert found is not None
    assert found.to == canonicalize_name(requirement.name)
    assert found.extras == tuple(canonicalize_name(extra) for extra in sorted(requirement.extras))
    assert found.marker == str(requirement.marker or "")
    assert found.takes(Version(version)) == markers.takes(requirement.specifier, version)


@pytest.mark.parametrize("text", ["a", "a>=1", "a >=1.0, <2", "a[x]==1.0.0", 'a!=1 ; os_name == "nt"'])
def test_what_tools_write_is_plain(text: str) -> None:
    found, _ = needs.one(text)
    assert found is not None
    assert found.plain is not None
