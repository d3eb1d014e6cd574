"""hashpin's reader beside several versions of pip, on the same bytes.

HASHPIN_PIPS names the folder that `make pips` makes; HASHPIN_EXAMPLES how many
documents are generated.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from packaging.version import Version

from tests.property.readings import of_bytes
from tests.readers.comparing import Difference, compare
from tests.readers.differences import TABLE, Row, row_of
from tests.readers.documents import generated
from tests.readers.pips import Pips, started
from tests.readers.tally import tally

pytestmark = pytest.mark.readers

FOLDER = Path(os.environ.get("HASHPIN_PIPS") or "/nowhere")
PINS = Path(__file__).parent.parent.parent / "requirements" / "pips"
DOCUMENTS = int(os.environ.get("HASHPIN_EXAMPLES") or "2000")


@pytest.fixture(scope="module")
def pips() -> Iterator[Pips]:
    with started(FOLDER) as those:
        yield those


def differences(pips: Pips, data: bytes) -> list[Difference]:
    (readings,) = pips.ask([data])()
    return compare(data, readings, of_bytes(data))


def told(found: Iterable[Difference]) -> str:
    return "\n".join(map(str, found))


def test_every_pinned_pip_is_asked(pips: Pips) -> None:
    assert {str(version) for version in pips.versions} == {path.stem for path in PINS.glob("*.txt")}


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_a_row_of_the_table_is_still_a_difference(pips: Pips, row: Row) -> None:
    """In each of its versions, and in no other: a row that is no difference any more has to go."""
    found = differences(pips, row.example)
    assert all(row_of(difference) for difference in found), told(found)
    assert {d.version for d in found if row_of(d) is row} == {v for v in pips.versions if row.holds(v)}, told(found)


def test_the_same_documents_every_time() -> None:
    assert list(generated(50)) == list(generated(50))


def test_generated_documents(pips: Pips) -> None:
    counted = tally(pips, generated(DOCUMENTS))
    assert counted.documents == DOCUMENTS
    assert not counted.outside, told(counted.first_outside.values())
    assert all(counted.alike[version] > DOCUMENTS / 10 for version in pips.versions), "else little was compared"


@pytest.mark.corpus
def test_the_corpus(pips: Pips) -> None:
    root = Path(os.environ["HASHPIN_CORPUS"])
    names = [json.loads(line)["file"] for line in (root / "oracle.jsonl").read_text().splitlines()]
    counted = tally(pips, [(root / name).read_bytes() for name in names])
    assert not counted.outside, told(counted.first_outside.values())
    assert counted.alike[max(pips.versions)] > len(names) / 2


def test_a_difference_is_seen(pips: Pips) -> None:
    """What is compared, by a reading that is wrong in each part of a line."""
    data = b"six==1.0 --hash=sha256:aa\n-r a.txt\n--pre --hash=sha256:bb\n"
    (readings,) = pips.ask([data])()
    for wrong in (
        b"six==1.1 --hash=sha256:aa\n-r a.txt\n--pre --hash=sha256:bb\n",
        b"six==1.0 --hash=sha256:ab\n-r a.txt\n--pre --hash=sha256:bb\n",
        b"six==1.0 --hash=sha256:aa\n\n-r a.txt\n--pre --hash=sha256:bb\n",
        b"six==1.0 --hash=sha256:aa\n-c a.txt\n--pre --hash=sha256:bb\n",
        b"six==1.0 --hash=sha256:aa\n-r b.txt\n--pre --hash=sha256:bb\n",
        b"six==1.0 --hash=sha256:aa\n-r a.txt\n--no-index --hash=sha256:bb\n",
        b"six==1.0 --hash=sha256:aa\n-r a.txt\n--pre --hash=sha256:bc\n",
        b"six==1.0 --hash=sha256:aa\n-r a.txt\n--pre\n",
        b"six==1.0 --hash=sha256:aa\n-r a.txt\n",
        b"six==1.0 --hash=sha256:aa\n-r a.txt\n--pre --hash=sha256:bb\nsix\n",
        b"\xff",
    ):
        found = compare(data, readings, of_bytes(wrong))
        assert {difference.version for difference in found} == set(pips.versions)
        assert not any(row_of(difference) for difference in found)


def test_a_pip_of_another_version_is_told(tmp_path: Path, pips: Pips) -> None:
    newest = max(pips.versions)
    (tmp_path / "1.0").symlink_to((FOLDER / str(newest)).resolve())
    with pytest.raises(RuntimeError, match=f"holds pip {Version(str(newest))}"), started(tmp_path):
        pass
