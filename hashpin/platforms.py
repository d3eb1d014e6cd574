"""What the user calls a platform: a system and a machine as container images name them, perhaps an interpreter."""

from __future__ import annotations

import re

from hashpin.compatibility import MACHINES, MINORS
from hashpin.errors import UsageError
from hashpin.model import Platform
from hashpin.wording import nearest, shortened

# What else people and tools call them.
_SYSTEMS = {
    "linux": ("glibc", "manylinux"),
    "musl": ("musllinux", "alpine"),
    "macos": ("macosx", "darwin"),
    "windows": ("win", "win32"),
}
_MACHINES = {
    "amd64": ("x86_64", "x64"),
    "arm64": ("aarch64",),
    "386": ("i386", "i686", "x86"),
    "arm/v7": ("armv7", "armv7l"),
    "loong64": ("loongarch64",),
}
_SYSTEM = {spelled: system for system, others in _SYSTEMS.items() for spelled in (system, *others)}
_MACHINE = {spelled: machine for machine, others in _MACHINES.items() for spelled in (machine, *others)}
_INTERPRETER = re.compile(r"(?:cp3|cpython3\.|python3\.|3\.)([0-9]{1,2})(t?)")

# hashpin coverage shows these, where it is not told which.
USUAL = ("linux/amd64", "linux/arm64", "musl/amd64", "macos/arm64", "macos/amd64", "windows/amd64")


def parse(text: str) -> Platform:
    """``SYSTEM/MACHINE [INTERPRETER]``, such as ``linux/amd64 cp312``. Raises UsageError."""
    place, *interpreter = text.lower().split() or [""]
    system, _, machine = place.partition("/")
    system, machine = _SYSTEM.get(system, system), _MACHINE.get(machine, machine)
    if machine not in MACHINES.get(system, ()):
        known = [f"{system}/{machine}" for system, machines in MACHINES.items() for machine in machines]
        raise UsageError(
            f"{shortened(text)!r} is no platform{nearest(place, known)}: write SYSTEM/MACHINE, perhaps with an "
            f"interpreter, as in 'linux/amd64 cp312'; there are {', '.join(known)}"
        )
    match = _INTERPRETER.fullmatch(interpreter[0]) if len(interpreter) == 1 else None
    if interpreter and (match is None or int(match[1]) not in MINORS):
        raise UsageError(
            f"{shortened(text)!r} names no interpreter: write CPython's tag behind the platform, as in "
            f"'{place} cp312', 'cp313t' for the free-threaded one, or nothing for any"
        )
    python = (3, int(match[1])) if match else None
    return Platform(" ".join(text.split()), system, machine, python, bool(match and match[2]))
