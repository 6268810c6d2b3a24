"""Scenarios with an engine that dies before and after each of its commits: they end as told all the same.

A few of them in the fast suite; in `make faults` every twelfth on SQLite and every 48th on PostgreSQL, other ones with
each BATON_TEST_SEED.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import pytest

from engine.clock import FakeClock
from tests.faults.ledger import Ledger
from tests.faults.mortal import Mortal
from tests.faults.wholeness import assert_whole
from tests.scenarios.driver import Driver
from tests.scenarios.scenario import Scenario, scenarios
from tests.scenarios.test_scenarios import play

ALL = scenarios()
QUICK_EVERY, SQLITE_EVERY, POSTGRES_EVERY = 40, 12, 48


def some(every: int) -> list[Any]:
    first = int(os.environ.get("BATON_TEST_SEED", "0")) % every
    return [pytest.param(one, marks=pytest.mark.faults, id=str(one)) for one in mortal_ones(ALL[first::every])]


def mortal_ones(stories: Sequence[Scenario]) -> list[Scenario]:
    """A worker of Baton's own works on an engine of its own, which nobody brings back."""
    return [one for one in stories if not any("serve" in step for step in one.when)]


def dies_everywhere(scenario: Scenario, url: str, ledger: Ledger) -> None:
    clock = FakeClock()
    mortal = Mortal(url, clock)
    play(scenario, Driver(mortal, clock))  # type: ignore[arg-type]
    assert_whole(mortal.store, clock)
    mortal.close()
    assert min(mortal.deaths.values()) >= 2, "a deployment and a start are two commits"
    for moment, count in mortal.deaths.items():
        ledger.inject(f"death {moment} a commit", url, count)


@pytest.mark.parametrize("scenario", mortal_ones(ALL[::QUICK_EVERY]), ids=str)
def test_some_scenarios_end_as_told(scenario: Scenario, upgraded_sqlite_url: str, ledger: Ledger) -> None:
    dies_everywhere(scenario, upgraded_sqlite_url, ledger)


@pytest.mark.parametrize("scenario", some(SQLITE_EVERY))
def test_more_scenarios_end_as_told(scenario: Scenario, upgraded_sqlite_url: str, ledger: Ledger) -> None:
    dies_everywhere(scenario, upgraded_sqlite_url, ledger)


@pytest.mark.parametrize("scenario", some(POSTGRES_EVERY))
def test_scenarios_on_postgresql_end_as_told(scenario: Scenario, upgraded_postgres_url: str, ledger: Ledger) -> None:
    dies_everywhere(scenario, upgraded_postgres_url, ledger)
