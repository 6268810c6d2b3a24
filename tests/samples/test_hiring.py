"""The sample goes as its `expected.json` says, with the model and the people scripted and everything else real."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from engine.oversight import Span
from tests.samples.playing import SAMPLES, assert_is_tidy, cases_of, loaded

SAMPLE = SAMPLES / "hiring"
run = loaded("hiring")
CASES = cases_of(SAMPLE)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["case"])
def test_each_round_goes_the_way_that_is_expected(case: dict[str, Any], upgraded_sqlite_url: str) -> None:
    assert run.SAMPLE.play(case, upgraded_sqlite_url) == []


def test_the_files_have_no_finding_and_a_place_for_everything() -> None:
    assert_is_tidy(SAMPLE)


def test_the_report_names_the_agent_as_high_risk_and_the_person_who_decided(upgraded_sqlite_url: str) -> None:
    case = CASES[2]
    house = run.SAMPLE.house(case, upgraded_sqlite_url)
    key = house.start(run.SAMPLE.process, case["given"])
    house.play(key, case["people"])
    report = house.engine.queries.oversight(Span(None, house.clock.now() + timedelta(days=1)))
    house.close()
    [card] = [note.data for note in report.agents if note.data.get("agent") == "hiring"]
    assert "high" in json.dumps(card)
    assert [(one.element_id, one.edited, one.people) for one in report.reviews] == [("Task_Assess", 1, ("rita",))]
