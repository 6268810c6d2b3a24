"""Runs every scenario of `cases/` over a database file and a clock that only moves when told."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.scenarios.driver import Driver
from tests.scenarios.fresh import fresh_driver
from tests.scenarios.scenario import Scenario, scenarios


@pytest.fixture
def driver(upgraded_sqlite_url: str) -> Iterator[Driver]:
    with fresh_driver(upgraded_sqlite_url) as driver:
        yield driver


@pytest.mark.parametrize("scenario", scenarios(), ids=str)
def test_the_scenario_ends_as_told(scenario: Scenario, driver: Driver) -> None:
    play(scenario, driver)
    assert list(driver.engine.queries.misfits()) == []


def play(scenario: Scenario, driver: Driver) -> None:
    """Do what the scenario says, and compare."""
    driver.deploy(scenario.files)
    if scenario.start is None:
        driver.start(variables=scenario.given)
    elif "handed_back_at" in scenario.start:
        driver.hand_back(at=scenario.start["handed_back_at"], start={"variables": scenario.given})
    elif "condition" in scenario.start:
        driver.start_by_condition(scenario.start["condition"])
    elif "after" in scenario.start:
        driver.start_by_time(**scenario.start)
    elif "signal" in scenario.start:
        driver.start_by_signal(**scenario.start)
    else:
        driver.start_by_message(**scenario.start)
    for step in scenario.when:
        ((name, arguments),) = step.items()
        assert not name.startswith("_"), f"no such step: {name}"
        getattr(driver, name)(**_arguments(name, arguments))
    driver.expect(**scenario.then)


def _arguments(name: str, given: object) -> dict[str, object]:
    if isinstance(given, dict):
        return given
    assert name == "advance", f"the step {name} takes named values"
    return {"duration": given}
