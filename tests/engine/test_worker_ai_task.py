"""The AI task through engine, books and worker: what a crash, a review and a retry leave behind."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.base import CallEnd, NewCall
from connectors.registry import AI_TASK
from engine.clock import FakeClock
from engine.queries import TaskFilter
from engine.scopes import ScopeKind
from engine.states import JobState
from tests.engine.ai_office import ADMIN, ANNA, MADE_UP, RIGHT, Office


@pytest.fixture
def office(upgraded_database_url: str, clock: FakeClock) -> Any:
    made: list[Office] = []

    def make(scripts: dict[str, list[Any]], prices: Any = None) -> Office:
        made.append(Office(upgraded_database_url, clock, scripts, prices))
        return made[-1]

    yield make
    for one in made:
        one.store.close()


def test_an_accepted_answer_is_the_variable_with_its_provenance(office: Any) -> None:
    one = office({"a": [MADE_UP, RIGHT]})
    one.worker.run_until_idle()
    answer = one.answer()
    assert (answer["result"], answer["attempts"], answer["review"]) == ({"total": 12.5}, 2, None)
    assert [attempt.state.value for attempt in one.attempts()] == ["answered", "answered"]


def test_what_no_model_can_answer_waits_for_a_person_whose_word_counts(office: Any) -> None:
    one = office({"a": [MADE_UP], "b": ["nonsense"]})
    one.worker.run_until_idle()
    assert one.answer() is None
    [task] = one.engine.queries.tasks(TaskFilter()).items
    one.engine.decide(task.key, "edit", variables={"output": {"total": 12.5}}, reason="read it myself", by=ANNA)
    answer = one.answer()
    assert answer["result"] == {"total": 12.5}
    assert answer["review"]["decision"] == "edit"
    assert answer["attempts"] == 4


def test_a_worker_that_dies_in_a_call_leaves_a_lost_attempt_that_counts_and_is_paid(office: Any) -> None:
    prices = {"input_per_million": 1, "output_per_million": 1000, "max_tokens": 100}
    one = office({"a": [RIGHT]}, prices)
    [job] = one.engine.claim_jobs(worker="dead", types=[AI_TASK], lease_seconds=30)
    from decimal import Decimal

    books = one.engine.journal(job.key, worker="dead")
    books.begin(NewCall(model="scripted/a", prompt=[], reserved=Decimal("0.1"), ai_kind="scripted"))
    one.clock.advance(31)
    one.worker.run_until_idle()
    assert [attempt.state.value for attempt in one.attempts()] == ["lost", "answered"]
    assert one.answer()["attempts"] == 2
    assert float(one.answer()["cost"]) > 0.1


def test_a_worker_that_dies_after_the_answer_does_not_ask_again(office: Any) -> None:
    one = office({"a": ["a second call would get this"]})
    [job] = one.engine.claim_jobs(worker="dead", types=[AI_TASK], lease_seconds=30)
    books = one.engine.journal(job.key, worker="dead")
    number = books.begin(NewCall(model="scripted/a", prompt=[], reserved=None, ai_kind="scripted"))
    books.settle(number, CallEnd(answer=RIGHT, output={"total": 12.5}))
    one.clock.advance(31)
    one.worker.run_until_idle()
    assert one.answer()["result"] == {"total": 12.5}
    assert len(one.attempts()) == 1


def test_a_vendor_that_is_away_is_asked_again_after_a_pause(office: Any) -> None:
    one = office({"a": [{"status": 429, "retry_after": 20}, RIGHT]})
    assert one.worker.run_until_idle() == 1
    one.clock.advance(19)
    assert one.worker.run_until_idle() == 0
    one.clock.advance(1)
    assert one.worker.run_until_idle() == 1
    assert [attempt.state.value for attempt in one.attempts()] == ["failed", "answered"]


def test_wrong_settings_are_an_incident_and_no_call(office: Any) -> None:
    one = office({"a": [RIGHT]})
    one.engine.connectors.get(AI_TASK)._providers._models.rows.clear()
    one.worker.run_until_idle()
    assert one.attempts() == []
    assert "has no script" in one.engine.queries.incidents().items[0].message


def test_a_stopped_task_waits_without_using_a_retry_and_goes_on_when_it_is_started_again(office: Any) -> None:
    one = office({"a": [RIGHT]})
    one.engine.stop_ai(ScopeKind.ALL, reason="audit", by=ADMIN)
    one.worker.run_until_idle()
    [job] = one.engine.queries.jobs().items
    assert (job.state, job.retries, one.attempts()) == (JobState.CREATED, 3, [])
    [waiting] = one.engine.queries.instance(one.key).waiting
    assert "All AI was stopped by admin: audit." in waiting.why
    one.engine.start_ai(ScopeKind.ALL, by=ADMIN)
    one.clock.advance(10)
    one.worker.run_until_idle()
    assert one.answer()["result"] == {"total": 12.5}
