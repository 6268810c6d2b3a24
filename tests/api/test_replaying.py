"""Replays: the way of an instance from an exported trail alone, and its questions asked again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from api.replaying import ask_again, last_answers, retell
from engine import audit
from engine.errors import InvalidInput, NotFound
from engine.queries import AuditFilter, Page
from engine.worker import from_environment
from tests.api.test_evaluating import ADMIN, CARD, RATE, Desk


@pytest.fixture
def desk(upgraded_sqlite_url: str) -> Iterator[Callable[..., Desk]]:
    made: list[Desk] = []

    def make(**models: list[Any]) -> Desk:
        made.append(Desk(upgraded_sqlite_url, **models))
        return made[-1]

    yield make
    for one in made:
        one.store.close()


def exported(desk: Desk) -> list[audit.Record]:
    """The trail as a file holds it, read again: nothing of the database is left in it."""
    records = reversed(desk.engine.queries.audit(AuditFilter(), Page(500)).items)
    return [audit.read(line) for line in audit.export(records)]


def test_an_export_alone_tells_the_way_and_gives_every_answer_the_same_verdict(desk: Any) -> None:
    one = desk(a=["nonsense", '{"topic": "loan"}']).verdicts(CARD)
    [key] = [found.key for found in one.engine.queries.instances().items]
    told = retell(exported(one), key)
    assert (told.report.path, told.report.outcome) == (("f0", "f1"), "instance-completed")
    words = [step.what for step in told.steps]
    assert words.index("attempt-started") < words.index("review-asked") < words.index("task-decided")
    [decided] = [step for step in told.steps if step.what == "task-decided"]
    assert (decided.by, decided.detail) == ("anna", "decision edit, output {'topic': 'card'}")
    assert [known.faults[0].partition(":")[0] for known in told.calls] == ["json", "schema"]
    assert [known.is_same for known in told.calls] == [True, True]
    assert told.is_reproduced


def test_an_answer_that_was_changed_later_does_not_get_the_recorded_verdict(desk: Any) -> None:
    one = desk(a=["nonsense"]).verdicts(CARD)
    [key] = [found.key for found in one.engine.queries.instances().items]
    forged = [
        replace(record, payload=record.payload.replace('"nonsense"', json.dumps(RATE))) for record in exported(one)
    ]
    assert not retell(forged, key).is_reproduced


def test_records_of_others_tell_nothing_of_an_instance(desk: Any) -> None:
    with pytest.raises(NotFound):
        retell(exported(desk(a=[CARD]).verdicts(CARD)), 7)


def test_what_was_asked_is_asked_again_of_another_model_without_effects(desk: Any) -> None:
    one = desk(a=["nonsense", CARD], b=[RATE]).verdicts(CARD)
    [key] = [found.key for found in one.engine.queries.instances().items]
    made = last_answers(one.engine.queries.attempts(key))
    assert [attempt.number for attempt in made] == [2], "the answer that counted"
    found = ask_again(one.engine, [(attempt, "p") for attempt in made], "scripted/b", from_environment({}), ADMIN)
    [again] = found.answers
    assert (again.recorded, again.output) == ({"topic": "card"}, {"topic": "rate"})
    assert len(one.engine.queries.attempts(key)) == 2, "the books of the instance are as they were"


def test_a_call_that_was_no_ai_tasks_cannot_be_asked_again(desk: Any) -> None:
    one = desk(a=[CARD]).verdicts(CARD)
    [key] = [found.key for found in one.engine.queries.instances().items]
    [made] = one.engine.queries.attempts(key)
    with pytest.raises(InvalidInput, match="no case that can be asked again"):
        ask_again(one.engine, [(replace(made, prompt=[]), "p")], "", from_environment({}), ADMIN)
