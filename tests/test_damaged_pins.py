"""Damaged pins: a sample of what `make damage` counts by thousands."""

from __future__ import annotations

import re

import pytest

from hashpin.rules import RULES, unknown_hash
from tools import damaged_pins
from tools.damaged_pins import Damage


def test_every_damage_is_found_and_explained() -> None:
    tally = damaged_pins.run(120, seed=1)
    assert (tally.missed, tally.wrong, tally.alarms, tally.unchecked) == ([], [], [], [])
    assert tally.good
    assert tally.damaged >= 120
    assert tally.right > tally.damaged
    assert all(sum(told.values()) >= 5 for told in tally.told.values()), "each kind is there"
    assert {label for told in tally.told.values() for label in told} >= {
        *("unknown-hash unexplained", "unknown-hash other-version", "unknown-hash other-project"),
        *("unknown-release other-project", "malformed-hash", "missing-hash later", "missing-hash with_release"),
    }


def test_what_is_missed_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hashpin.check.RULES", [rule for rule in RULES if rule is not unknown_hash])
    tally = damaged_pins.run(33, seed=2)
    assert tally.detected < 1
    assert not tally.good
    assert tally.told[Damage.DIGIT]["nothing"]


def test_what_is_explained_wrongly_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(damaged_pins.EXPECTED, Damage.BUMPED, frozenset({"malformed-hash"}))
    tally = damaged_pins.run(33, seed=3)
    assert tally.mistaken > 0.01
    assert not tally.good


def test_the_last_line_has_the_figures(capsys: pytest.CaptureFixture[str]) -> None:
    assert damaged_pins.main(["--pins", "22", "--seed", "4"]) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    figures = r"2[23] damaged pins: 100\.00% detected, 0\.00% explained wrongly, 0 false alarms on \d+ undamaged pins"
    assert re.fullmatch(figures, last)
