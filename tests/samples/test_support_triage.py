"""The sample goes as its `expected.json` says, with the models and the people scripted and everything else real."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.llm.models import files_of
from tests.samples.playing import SAMPLES, assert_is_tidy, cases_of, loaded

SAMPLE = SAMPLES / "support-triage"
run = loaded("support-triage")
CASES = cases_of(SAMPLE)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["case"])
def test_each_mail_goes_the_way_that_is_expected(case: dict[str, Any], upgraded_sqlite_url: str) -> None:
    assert run.play(case, upgraded_sqlite_url) == []


def test_the_files_have_no_finding_and_a_place_for_everything() -> None:
    assert_is_tidy(SAMPLE)


def test_a_case_that_goes_another_way_is_told(upgraded_sqlite_url: str) -> None:
    expect = {"end": "EndEvent_Nowhere", "never_sent": ["parcel"], "variables": {"urgency.level": "high"}}
    differences = run.play({**CASES[0], "expect": expect}, upgraded_sqlite_url)
    assert len(differences) == len(expect)


def test_every_article_that_an_answer_rests_on_has_a_version_in_the_audit_trail(upgraded_sqlite_url: str) -> None:
    case = CASES[0]
    house = run.house(case, upgraded_sqlite_url)
    key = house.start(run.PROCESS, run.given(case))
    house.play(key, case["people"])
    [started] = [fact["data"] for fact in house.played(key).facts if _is_draft(fact)]
    house.close()
    [_, asked] = started["prompt"]
    assert '"id": "delivery-times",\n   "version": "7"' in asked["content"]


def _is_draft(fact: Any) -> bool:
    return fact["type"] == "attempt-started" and fact["element_id"] == "Task_Draft"


@pytest.mark.skipif(not files_of("minilm"), reason="the weights of the embedded classifier are not installed")
def test_the_embedded_classifier_sorts_its_own_topics_and_knows_what_is_none_of_them(upgraded_sqlite_url: str) -> None:
    house = run.House(upgraded_sqlite_url, SAMPLE, people=run.PEOPLE, models={"writer": ["no"]}, real=run.EMBEDDED)
    found = []
    for case in CASES[:2]:
        key = house.start(run.PROCESS, run.given(case))
        asks = any(task.element_id == "Task_Classify" for task in house.open_tasks(key))
        [first, *_] = house.engine.queries.attempts(key)
        found.append((first.output["class"], asks))
    house.close()
    assert found[0] == ("delivery", False)
    assert found[1][1]


def test_a_case_goes_on_with_another_model_than_it_began_with(upgraded_sqlite_url: str) -> None:
    """What was said so far is the engine's and not in a model's window: a vendor is swapped while a case waits."""
    case = CASES[1]
    before = run.house({**case, "models": {**case["models"], "writer": [401]}}, upgraded_sqlite_url)
    key = before.start(run.PROCESS, run.given(case))
    before.close()
    after = run.house(case, upgraded_sqlite_url)
    after.play(key, case["people"])
    differences = after.played(key).differences(case["expect"])
    after.close()
    assert differences == []
