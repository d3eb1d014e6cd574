"""Golden files: what must come out, standing beside the test. HASHPIN_UPDATE=1 writes them anew."""

from __future__ import annotations

import os
from pathlib import Path


def golden(path: Path, actual: str) -> str:
    """What must come out. The bytes of a patch may hold CR: no translation of line ends."""
    if os.environ.get("HASHPIN_UPDATE"):
        path.write_bytes(actual.encode())
    return path.read_bytes().decode()
