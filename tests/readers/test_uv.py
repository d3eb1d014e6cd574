"""Where pip and uv would install other things from the same bytes, hashpin speaks."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings

from tests.console import run
from tests.readers.uv import Installers, Outcome, installers
from tests.readers.uv_differences import ACCEPTED, Accepted, accepted
from tests.readers.uv_documents import KNOWN, documents

pytestmark = pytest.mark.readers

_ASKED = os.environ.get("HASHPIN_EXAMPLES")
_NOT_ASKED = "--offline: the index was not asked"


@pytest.fixture(scope="module")
def both() -> Iterator[Installers]:
    with installers() as made:
        yield made


def said(folder: Path) -> list[str]:
    """What hashpin says of the file that a reader of it has to look at: no notes, and nothing of the index."""
    with contextlib.chdir(folder):
        ran = run("check", "--offline", "--format", "json", "requirements.txt")
    told = json.loads(ran.out)
    findings = [f"{f['rule']}: {f['message']}" for f in told["findings"] if f["severity"] != "note"]
    return findings + [u["reason"] for u in told["unchecked"] if u["reason"] != _NOT_ASKED]


def silence(both: Installers, document: bytes) -> Outcome | None:
    """What pip and uv make of it, where they differ and hashpin says nothing."""
    with both.laid_out(document) as folder:
        outcome = both.install(folder)
        return outcome if outcome.differ and not said(folder) else None


@pytest.mark.parametrize("document", KNOWN, ids=repr)
def test_what_is_known_to_divide_them_is_told(both: Installers, document: bytes) -> None:
    assert accepted(document) or silence(both, document) is None


@settings(max_examples=int(_ASKED or "300"), derandomize=_ASKED is None)
@given(document=documents())
def test_what_divides_them_is_told(both: Installers, document: bytes) -> None:
    assert accepted(document) or silence(both, document) is None


@pytest.mark.parametrize("row", ACCEPTED, ids=lambda row: row.pattern)
def test_a_row_of_the_table_is_still_needed(both: Installers, row: Accepted) -> None:
    assert accepted(row.example) == row.reason
    assert silence(both, row.example)
