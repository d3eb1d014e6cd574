"""What a wheel's file name says."""

from __future__ import annotations

import pytest

from hashpin import wheel_names


def test_a_name() -> None:
    found = wheel_names.parsed("Six_Pack-1.0-1-py2.py3-none-any.whl")
    assert found is not None
    name, version, tags = found
    assert (name, str(version)) == ("six-pack", "1.0")
    assert {str(tag) for tag in tags} == {"py2-none-any", "py3-none-any"}


@pytest.mark.parametrize(
    "name",
    [
        "six-1.0.tar.gz",
        "six.whl",
        "-.whl",
        "six-old-1.0.whl",
        "six-1.0-py3-none-any",
        f"six-{'9' * 5000}-py3-none-any.whl",
        f"six-{'1' * 250}-py3-none-any.whl",
    ],
)
def test_none_of_ours(name: str) -> None:
    assert wheel_names.parsed(name) is None


def test_a_name_that_spells_a_million_tags_is_not_taken_apart() -> None:
    many = ".".join("abcdefghijklmnopqrstuvwxyz0123456789"[:8])
    assert wheel_names.parsed(f"six-1.0-{many}-{many}-{many}.whl") is None, "512 tags"
    few = many[:-2]
    assert wheel_names.parsed(f"six-1.0-{few}-{many}-{many}.whl") is not None, "448 tags"
