"""--only-binary and --no-binary of a tree, as pip's own finder has them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.utils import canonicalize_name

from hashpin import files, format_control, tree
from hashpin.format_control import FormatControl
from hashpin.model import Packaging, Tree
from tests.property.strategies import searched
from tests.readers import finder

WHEEL, SDIST = Packaging.WHEEL, Packaging.SDIST


def grown(here: Path, contents: Mapping[str, str], entry: str = "requirements.txt") -> Tree:
    """The tree of one of these files."""
    for name, content in contents.items():
        path = here / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content, encoding="utf-8")
    forest = tree.grow(files.find([str(here / entry)], ()), lambda found: files.read(found.path))
    return forest.trees[0]


_OPTIONS = st.builds(
    "{}{}{}".format,
    st.sampled_from(["--only-binary", "--no-binary"]),
    st.sampled_from(["=", " "]),
    st.lists(st.sampled_from([":all:", ":none:", "six", "Six_Seven", "six.seven", "x"]), min_size=1, max_size=4).map(
        ",".join
    ),
)
_LINES = st.one_of(_OPTIONS, st.builds("six==1.0 {}".format, _OPTIONS), st.builds("-e . {}".format, _OPTIONS))


def _file(*includes: str) -> st.SearchStrategy[str]:
    line = st.one_of(_LINES, *(st.builds("{} {}".format, st.just(i), st.just("") | _OPTIONS) for i in includes))
    return st.lists(line, max_size=5).map("\n".join)


@searched
@given(
    st.fixed_dictionaries(
        {
            "requirements.txt": _file("-r base.txt", "-c sub/limits.txt", "-r sub/../base.txt", "-c base.txt"),
            "base.txt": _file("-r sub/more.txt"),
            "sub/limits.txt": _file("-c more.txt"),
            "sub/more.txt": _file(),
        }
    )
)
def test_pip_ends_with_the_same_state(tmp_path_factory: pytest.TempPathFactory, contents: dict[str, str]) -> None:
    if any(text.count(name) > 1 for text in contents.values() for name in ("base.txt", "more.txt")):
        return  # pip reads a file as often as it is included; hashpin once
    if "more.txt" in contents["base.txt"] and contents["sub/limits.txt"].count("more.txt"):
        return
    here = tmp_path_factory.mktemp("tree")
    found = format_control.of_tree(grown(here, contents))
    assert (set(found.only_binary), set(found.no_binary)) == finder.format_control(here / "requirements.txt")


@searched
@given(
    st.frozensets(st.sampled_from(["six", "x", ":all:"])),
    st.frozensets(st.sampled_from(["six", "x", ":all:"])),
    st.sampled_from(["six", "other"]),
)
def test_what_is_allowed_is_what_pip_allows(only: frozenset[str], no: frozenset[str], name: str) -> None:
    from pip._internal.models.format_control import FormatControl as Pips

    kinds = {"binary": WHEEL, "source": SDIST}
    theirs = Pips(set(no), set(only)).get_allowed_formats(name)
    assert FormatControl(only, no).allowed(canonicalize_name(name)) == {kinds[kind] for kind in theirs}


def test_without_options_both_kinds_are_taken(tmp_path: Path) -> None:
    control = format_control.of_tree(grown(tmp_path, {"requirements.txt": "six==1.0\n"}))
    assert not control
    assert control.allowed(canonicalize_name("six")) == {WHEEL, SDIST}


def test_an_include_by_its_absolute_path_counts_too(tmp_path: Path) -> None:
    contents = {"requirements.txt": f"-r {tmp_path}/base.txt\n", "base.txt": "--only-binary :all:\n"}
    assert format_control.of_tree(grown(tmp_path, contents)) == FormatControl(frozenset({":all:"}))


def test_what_pip_refuses_changes_nothing(tmp_path: Path) -> None:
    assert not format_control.of_tree(grown(tmp_path, {"requirements.txt": "--only-binary=-x\n"}))


def test_a_chain_of_includes_of_any_length(tmp_path: Path) -> None:
    contents = {f"{n}.txt": f"--only-binary p{n}\n-r {n + 1}.txt\n" for n in range(1_500)}
    control = format_control.of_tree(grown(tmp_path, contents | {"1500.txt": "--no-binary p7\n"}, "0.txt"))
    assert len(control.only_binary) == 1_499
    assert control.no_binary == {"p7"}
