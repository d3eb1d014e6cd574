"""Systems to install on, as people name them. Pure."""

from __future__ import annotations

from hashpin.errors import UsageError
from hashpin.model import Platform
from hashpin.wording import nearest

_SYSTEMS = ("linux", "musl", "macos", "windows")


def parse(text: str) -> Platform:
    """``linux/amd64``, ``macos/arm64``. Raises UsageError."""
    system, slash, machine = text.partition("/")
    if system not in _SYSTEMS or not slash or not machine:
        raise UsageError(f"{text} is none of SYSTEM/MACHINE{nearest(system, _SYSTEMS)}")
    return Platform(text, system, machine)
