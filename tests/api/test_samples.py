"""Accuracy on a schedule: answers that passed alone are drawn by lot and judged by people afterwards."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from api.app import create_app
from api.settings import Settings
from engine.actors import Actor, ActorKind, Role
from engine.engine import AutonomyWish
from engine.errors import IllegalMove, InvalidInput, NotAllowed, NotFound
from engine.store import autonomy
from tests.api.test_evaluating import ADMIN, CARD, RATE, Desk

OLGA = Actor("olga", ActorKind.HUMAN, roles=frozenset({Role.OPERATOR}))
BOT = Actor("bot", ActorKind.PROGRAM, roles=frozenset({Role.ADMIN}))
SURE = {"text": CARD, "logprob": -0.05}


class Trusting(Desk):
    """A desk whose agent's answers pass alone."""

    def accepted(self, count: int) -> Trusting:
        level = self.engine.set_autonomy(AutonomyWish("reader", "p", "read", "suggest"), by=ADMIN)
        from dataclasses import replace

        trusted = replace(level, level="auto", fingerprint=self.fingerprint(), least_confidence=0.0, target_error=0.05)
        self.engine.store.run(lambda tx: autonomy.put(tx, trusted))
        for _ in range(count):
            self.engine.start(process_id="p", variables={"question": "Where is my card?"}, by=ADMIN)
        self.worker.run_until_idle()
        return self

    def fingerprint(self) -> str:
        self.verdicts(CARD)
        [known] = self.engine.queries.evaluation_cases("reader")
        return str(known.fingerprint)

    def open(self) -> Any:
        return self.engine.queries.samples("reader")


@pytest.fixture
def desk(upgraded_database_url: str) -> Iterator[Callable[..., Trusting]]:
    made: list[Trusting] = []

    def make(**models: list[Any]) -> Trusting:
        made.append(Trusting(upgraded_database_url, **models))
        return made[-1]

    yield make
    for one in made:
        one.store.close()


def test_of_what_passed_alone_some_is_drawn_once_and_what_people_saw_is_not(desk: Any) -> None:
    one = desk(a=[SURE]).accepted(4)
    assert one.engine.draw_samples("reader", count=3, by=OLGA) == 4, "the fifth was decided by a person"
    assert [(sample.share, sample.output) for sample in one.open()] == [(0.75, {"topic": "card"})] * 3
    assert one.engine.draw_samples("reader", count=3, by=OLGA) == 1
    assert len({sample.job_key for sample in one.open()}) == 4
    assert [fact["of"] for fact in one.facts("samples-drawn")] == [4, 1]


def test_a_verdict_counts_for_those_that_were_not_drawn_and_undoes_nothing(desk: Any) -> None:
    one = desk(a=[SURE]).accepted(4)
    one.engine.draw_samples("reader", count=2, by=OLGA)
    first, second = one.open()
    one.engine.judge_sample(first.job_key, "approve", by=OLGA)
    one.engine.judge_sample(second.job_key, "edit", output={"topic": "rate"}, by=OLGA)
    assert one.open() == []
    newest = one.cases()[:2]
    assert sorted((case.was_right, case.weight, case.decided_by) for case in newest) == [
        (False, 2.0, "olga"),
        (True, 2.0, "olga"),
    ]
    [known] = one.engine.queries.calibrations()
    assert (known.judged, known.right) == (3, 2)
    assert one.engine.queries.attempts(second.instance_key)[0].output == {"topic": "card"}
    assert {fact["decision"] for fact in one.facts("sample-judged")} == {"approve", "edit"}


def test_lots_are_drawn_by_themselves_each_week_for_those_that_are_trusted(desk: Any) -> None:
    one = desk(a=[SURE]).accepted(2)
    one.engine.sweep()
    assert len(one.open()) == 2
    one.engine.sweep()
    one.clock.advance(8 * 24 * 3600)
    one.engine.start(process_id="p", variables={"question": "Where is my card?"}, by=ADMIN)
    one.worker.run_until_idle()
    one.engine.sweep()
    assert len(one.open()) == 3


def test_what_is_no_verdict_is_refused(desk: Any) -> None:
    one = desk(a=[SURE]).accepted(1)
    one.engine.draw_samples("reader", by=OLGA)
    [sample] = one.open()
    schema = {"type": "object", "required": ["topic"]}
    with pytest.raises(NotAllowed):
        one.engine.judge_sample(sample.job_key, "approve", by=BOT)
    for wrong in ({"decision": "perhaps"}, {"decision": "edit"}, {"decision": "edit", "output": {"a": 1}}):
        with pytest.raises(InvalidInput):
            one.engine.judge_sample(sample.job_key, schema=schema, by=OLGA, **wrong)
    with pytest.raises(NotFound):
        one.engine.judge_sample(7, "approve", by=OLGA)
    one.engine.judge_sample(sample.job_key, "reject", by=OLGA)
    with pytest.raises(IllegalMove):
        one.engine.judge_sample(sample.job_key, "approve", by=OLGA)
    for count in (0, 501):
        with pytest.raises(InvalidInput):
            one.engine.draw_samples("reader", count=count, by=OLGA)


def test_over_http_they_are_drawn_listed_and_judged(desk: Any) -> None:
    one = desk(a=[SURE]).accepted(1)
    client = create_app(Settings(), one.engine, actor=OLGA).test_client()
    [drawn] = client.post("/api/v1/agents/reader/samples", json={"count": 5}).json["items"]
    assert "Where is my card?" in json.dumps(drawn["prompt"])
    place = f"/api/v1/agents/reader/samples/{drawn['job_key']}/verdict"
    wrong = client.post(place, json={"decision": "edit", "output": {"topic": "loan"}})
    assert (wrong.status_code, "topic" in wrong.text) == (422, True)
    assert client.post(place, json={"decision": "edit", "output": json.loads(RATE)}).json == {"items": []}
    assert client.post(place, json={"decision": "approve"}).status_code == 409
