"""Every hashed pin of the corpus by the live index, beside the table of an independent reading."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.live import MARKS
from tools import corpus_verdicts

pytestmark = [*MARKS, pytest.mark.corpus]


def test_every_row_is_told_as_it_was_found() -> None:
    outcome = corpus_verdicts.run(Path(os.environ["HASHPIN_CORPUS"]))
    assert outcome.unexplained == ()
    assert outcome.summary == "69 rows: 69 agree, 0 explained, 0 unexplained"
