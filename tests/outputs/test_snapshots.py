"""Every output shows the same sample report; HASHPIN_UPDATE=1 writes what they show."""

from __future__ import annotations

import json
import os
from pathlib import Path

import jsonschema
import pytest

from hashpin.model import Report
from hashpin.outputs import OUTPUTS, text_lines
from tests.outputs import sample

SNAPSHOTS = Path(__file__).parent / "snapshots"
SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "report.schema.json").read_text())


def check(name: str, shown: str) -> None:
    path = SNAPSHOTS / name
    if os.environ.get("HASHPIN_UPDATE"):
        path.write_bytes(shown.encode())
    assert shown == path.read_bytes().decode()


@pytest.mark.parametrize("name", OUTPUTS)
@pytest.mark.parametrize("what", ["report", "clean"])
def test_snapshot(name: str, what: str) -> None:
    report: Report = getattr(sample, what)()
    check(f"{what}.{name}", OUTPUTS[name](report))


def test_text_in_color() -> None:
    check("report.text-in-color", text_lines.render(sample.report(), color=True))


def test_quiet_text_of_a_clean_run_is_empty() -> None:
    assert text_lines.render(sample.clean(), quiet=True) == ""


@pytest.mark.parametrize("what", ["report", "clean"])
def test_json_obeys_its_schema(what: str) -> None:
    jsonschema.validate(json.loads(OUTPUTS["json"](getattr(sample, what)())), SCHEMA)


def test_the_schema_bites() -> None:
    document = json.loads(OUTPUTS["json"](sample.report()))
    document["findings"][0]["severity"] = "fatal"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, SCHEMA)
