"""Commands are run in turn, and what they cost is told."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

import pytest

from bench.claims import Claim, Result, medians_table, number, times
from bench.documents import Manifest
from bench.many_files import bend
from bench.measure import Command, Failed, Run, in_turn, median, once
from bench.page import machine, write
from bench.startup import dearest


def python(code: str) -> list[str]:
    return [sys.executable, "-I", "-S", "-c", code]


def runs(*seconds: float) -> list[Run]:
    return [Run(each, each / 2, 10_000_000, (), "") for each in seconds]


def test_memory_is_the_childs_own() -> None:
    small = once(Command(python("pass")))
    large = once(Command(python("b'x' * 60_000_000")))
    assert large.peak - small.peak > 50_000_000
    assert small.peak < 40_000_000


def test_processor_time_of_children_counts() -> None:
    burn = "import os; pid = os.fork(); [i for i in range(6_000_000)] if not pid else os.waitpid(pid, 0)"
    assert once(Command(python(burn))).cpu > once(Command(python("pass"))).cpu


def test_an_unexpected_end_has_its_last_words() -> None:
    with pytest.raises(Failed, match="ended 3:\nwhat went wrong"):
        once(Command(python("print('what went wrong'); raise SystemExit(3)")))
    assert once(Command(python("raise SystemExit(3)"), codes=(0, 3))).output == ""


def test_until_its_first_output() -> None:
    slow = python("print('first', flush=True); import time; time.sleep(0.5)")
    first, whole = once(Command(slow, until_output=True)), once(Command(slow))
    assert first.seconds < whole.seconds
    assert first.output == whole.output == "first\n"
    with pytest.raises(Failed, match="said nothing"):
        once(Command(python("pass"), until_output=True))


def test_what_is_not_named_is_not_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "https://index.example/simple/")
    told = once(
        Command(
            python("import os; print(sorted(k for k in os.environ if k in ('PIP_INDEX_URL', 'OWN')))"), {"OWN": "1"}
        )
    )
    assert told.output == "['OWN']\n"


def test_in_turn() -> None:
    order: list[str] = []
    commands = {name: Command(python("pass"), before=partial(order.append, name)) for name in "ab"}
    took = in_turn(commands, 2)
    assert "".join(order) == "ababab"
    assert [len(of_it.runs) for of_it in took.values()] == [2, 2]


def test_each_ratio_is_of_one_round() -> None:
    assert times(median(runs(2, 30, 8)), median(runs(1, 10, 2))) == 3
    assert times(median(runs(2, 8)), median(runs(1, 2))) == 3


def test_medians() -> None:
    took = median(runs(3, 1, 2))
    assert (took.seconds, took.cpu, took.spread) == (2, 1, (1, 3))


def test_a_promise_is_met_or_not() -> None:
    assert Claim("x", 1.25, 1.25, "times").met
    assert not Claim("x", 1.26, 1.25, "times").met
    assert Claim("x", 20.0, 20.0, "MB/s", at_least=True).met
    assert Claim("x", 19.94, 20.0, "MB/s", at_least=True).row() == "| x | 19.9 MB/s | at least 20 MB/s | **not met** |"


def test_figures_have_three_digits() -> None:
    assert [number(value) for value in (0, 0.01234, 1.25, 64.04, 673.4, 1_234.5)] == [
        "0",
        "0.0123",
        "1.25",
        "64",
        "673",
        "1,234",
    ]


def test_the_columns_of_a_table_agree() -> None:
    for against in (None, "a"):
        rows = medians_table({"a": median(runs(1)), "b": median(runs(2))}, against).splitlines()
        assert len({row.count("|") for row in rows}) == 1
    assert rows[-1].endswith(" 2.00 |")


def test_a_result_without_figures_is_told() -> None:
    assert Result("Warm", "Not measured.", "").markdown() == "## Warm\n\nNot measured.\n"


def test_the_dearest_import_comes_first() -> None:
    told = "a word\nimport time: self [us] | cumulative | imported package\nimport time:  10 |  10 |   small\n"
    told += "import time:       300 |        310 | large.part\n"
    assert [(module.name, module.own) for module in dearest(told)] == [("large.part", 300), ("small", 10)]


def test_how_far_off_a_line() -> None:
    assert bend((1, 2, 3, 4), (3, 5, 7, 9)) == pytest.approx(0)
    assert bend((1, 2, 3, 4), (1, 4, 9, 16)) > 10


def test_the_page_has_every_promise_and_every_table(tmp_path: Path) -> None:
    results = [
        Result("Cold", "So it was done.", medians_table({"a": median(runs(1))}), (Claim("one", 1, 2, "times"),)),
        Result("Warm", "Not measured.", ""),
    ]
    manifest = Manifest("made", 600, 5551, {"release": 9_900_000, "project": 240_000_000, "page": 183_600_000})
    write(tmp_path / "performance.md", results, manifest, {"hashpin": "1.2"}, 5)
    text = (tmp_path / "performance.md").read_text()
    assert text.count("| one | 1 times | at most 2 times | met |") == 2
    for told in (
        "# Performance\n",
        "Medians of 5 rounds",
        "5,551 hashes",
        "184 MB of",
        "made up",
        "## Warm",
        "| hashin |",
    ):
        assert told in text
    assert "{" not in text


def test_the_machine_is_described_without_its_name() -> None:
    told = machine({"hashpin": "1.2"})
    assert "| hashpin | 1.2 |" in told
    assert "cores" in told
    name = Path("/etc/hostname")
    assert not name.exists() or f" {name.read_text().strip()} " not in told
