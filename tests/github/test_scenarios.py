"""Every scenario of a pull request, in this process and, where an image is named, in the container."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.github.scenarios import SCENARIOS, Scenario
from tests.github.stage import stage


def play(scenario: Scenario, folder: Path, *, container: bool, enterprise: bool = False) -> None:
    with stage(folder, scenario.files, container=container, enterprise=enterprise, **scenario.more) as set_up:
        scenario.play(set_up)
        assert not set_up.hub.violations, "\n".join(set_up.hub.violations)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_scenario(scenario: Scenario, tmp_path: Path, no_waiting: None) -> None:
    play(scenario, tmp_path, container=False)


@pytest.mark.parametrize("scenario", SCENARIOS[:4], ids=lambda scenario: scenario.name)
def test_scenario_on_an_enterprise_server(scenario: Scenario, tmp_path: Path, no_waiting: None) -> None:
    play(scenario, tmp_path, container=False, enterprise=True)


@pytest.mark.container
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_scenario_in_the_container(scenario: Scenario, tmp_path: Path) -> None:
    play(scenario, tmp_path, container=True)
