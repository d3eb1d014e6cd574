"""What a user may call a platform."""

from __future__ import annotations

import pytest

from hashpin.compatibility import MACHINES
from hashpin.errors import UsageError
from hashpin.model import Platform
from hashpin.platforms import USUAL, parse


@pytest.mark.parametrize(
    ("text", "platform"),
    [
        ("linux/amd64", ("linux", "amd64", None, False)),
        ("linux/amd64 cp312", ("linux", "amd64", (3, 12), False)),
        ("Linux/x86_64", ("linux", "amd64", None, False)),
        ("manylinux/aarch64", ("linux", "arm64", None, False)),
        ("musllinux/arm64 cp311", ("musl", "arm64", (3, 11), False)),
        ("alpine/amd64", ("musl", "amd64", None, False)),
        ("darwin/arm64 3.13", ("macos", "arm64", (3, 13), False)),
        ("macos/x64 python3.9", ("macos", "amd64", (3, 9), False)),
        ("windows/amd64 cp313t", ("windows", "amd64", (3, 13), True)),
        ("win/x86", ("windows", "386", None, False)),
        ("linux/arm/v7", ("linux", "arm/v7", None, False)),
        ("linux/armv7l", ("linux", "arm/v7", None, False)),
    ],
)
def test_spellings(text: str, platform: tuple[str, str, tuple[int, int] | None, bool]) -> None:
    assert parse(text) == Platform(text, *platform)


def test_blanks_do_not_count() -> None:
    assert parse("  linux/amd64 \t cp312 ").text == "linux/amd64 cp312"


def test_every_machine_of_every_system_has_a_name() -> None:
    for system, machines in MACHINES.items():
        for machine in machines:
            platform = parse(f"{system}/{machine}")
            assert (platform.system, platform.machine) == (system, machine)


def test_the_usual_ones_are_platforms() -> None:
    assert [parse(text).text for text in USUAL] == list(USUAL)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "'' is no platform: write SYSTEM/MACHINE"),
        ("linux", "did you mean linux/386?"),
        ("linux/amd46", "did you mean linux/amd64?"),
        ("win_amd64", "did you mean windows/amd64?"),
        ("macos/ppc64le", "is no platform"),
        ("macosx_11_0_arm64", "did you mean macos/arm64?"),
        ("linux/amd64/cp312", "did you mean linux/amd64?"),
        ("linux/amd64 cp27", "names no interpreter"),
        ("linux/amd64 cp399", "names no interpreter"),
        ("linux/amd64 pp311", "names no interpreter"),
        ("linux/amd64 cp3\u0661\u0662", "names no interpreter"),
        ("linux/amd64 cp312 cp313", "names no interpreter"),
        ("x" * 10_000, "is no platform"),
    ],
)
def test_what_is_none_is_refused_with_what_there_is(text: str, told: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse(text)
    assert told in str(refused.value)
    assert len(str(refused.value)) < 600
