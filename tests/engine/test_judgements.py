"""Evidence before autonomy: an answer passes alone when people's verdicts say that its like are right."""

from __future__ import annotations

import json
from typing import Any

import pytest

from connectors.registry import AI_TASK, Registry
from engine.actors import Actor, ActorKind, Role
from engine.clock import FakeClock
from engine.engine import Engine, NamedFile
from engine.policies import Policies
from engine.queries import TaskFilter
from engine.store import attempts, judgements, open_store
from engine.store.judgements import Judged, add
from engine.worker import Worker, from_environment
from tests.support.diagrams import chain, diagram, service

ADMIN = Actor("admin", ActorKind.HUMAN, roles=frozenset({Role.ADMIN}))
ANNA = Actor("anna", ActorKind.HUMAN, frozenset({"reviewers"}), frozenset({Role.APPROVER}))
SCHEMA = {"type": "object", "properties": {"topic": {"enum": ["card", "rate"]}}, "required": ["topic"]}
CARD, RATE = '{"topic": "card"}', '{"topic": "rate"}'


class Desk:
    """A process of one AI task that must show evidence for an error of 5 %."""

    def __init__(self, url: str, clock: FakeClock, answers: list[Any], **inputs: str) -> None:
        models = {"scripted/a": {"script": answers}}
        self.store = open_store(url)
        self.engine = Engine(self.store, clock, Registry(models=models, use_entry_points=False), Policies())
        self.worker = Worker(self.engine, name="w1", secrets=from_environment({}))
        given = {
            "prompt": "Which topic?",
            "input": "=question",
            "schema": json.dumps(SCHEMA),
            "models": "scripted/a",
            "onExhausted": "reviewers",
            "targetError": "0.05",
            **inputs,
        }
        mapped = "".join(f"<zeebe:input source='{source}' target='{name}'/>" for name, source in given.items())
        inner = (
            f"<zeebe:ioMapping>{mapped}</zeebe:ioMapping>"
            '<zeebe:taskHeaders><zeebe:header key="resultVariable" value="answer"/></zeebe:taskHeaders>'
        )
        body = f'<bpmn:startEvent id="start"/>{service("read", AI_TASK, inner)}<bpmn:endEvent id="end"/>'
        self.engine.deploy([NamedFile("p.bpmn", diagram(body, chain("start", "read", "end")))], by=ADMIN)

    def ask(self, question: str = "Where is my card?") -> Any:
        key = self.engine.start(process_id="p", variables={"question": question}, by=ADMIN).key
        self.worker.run_until_idle()
        return self.engine.queries.variables(key).get("answer")

    def review(self) -> Any:
        [task] = self.engine.queries.tasks(TaskFilter()).items
        return task

    def remember(self, count: int, *, wrong: int = 0, sure: float = 0.9) -> None:
        """Verdicts as people would have given them, on the question as it is asked here."""
        with self.store.reading() as tx:
            [known] = attempts.of_instance(tx, self.engine.queries.instances().items[0].key)
        place = ("p", "read", "scripted/a", known.fingerprint)
        when = known.started_at
        rows = [Judged(-at, 1, 0, *place, sure, at > wrong, True, when, "anna") for at in range(1, count + 1)]
        with self.store.transaction() as tx:
            add(tx, rows)


@pytest.fixture
def desk(upgraded_database_url: str, clock: FakeClock) -> Any:
    made: list[Desk] = []

    def make(answers: list[Any], **inputs: str) -> Desk:
        made.append(Desk(upgraded_database_url, clock, answers, **inputs))
        return made[-1]

    yield make
    for one in made:
        one.store.close()


def sure(text: str, logprob: float = -0.05) -> dict[str, Any]:
    return {"text": text, "logprob": logprob}


def test_without_evidence_a_model_only_suggests(desk: Any) -> None:
    one = desk([sure(CARD)])
    assert one.ask() is None
    review = one.review().review
    assert review["proposal"] == {"topic": "card"}
    assert "0 recorded verdicts do not show yet that at most 5.0% wrong; it takes 59 or more" in review["faults"][0]


@pytest.mark.parametrize(
    ("decision", "given", "right", "in_scope"),
    [("approve", {}, True, True), ("edit", {"output": {"topic": "rate"}}, False, True), ("reject", {}, False, False)],
)
def test_a_verdict_is_evidence(desk: Any, decision: str, given: Any, right: bool, in_scope: bool) -> None:
    one = desk([sure(CARD)])
    one.ask()
    one.engine.decide(one.review().key, decision, variables=given, by=ANNA)
    [known] = one.engine.queries.calibrations()
    assert (known.place.process_id, known.place.element_id, known.place.model) == ("p", "read", "scripted/a")
    assert (known.judged, known.right) == (1, int(right))
    with one.store.reading() as tx:
        [judged] = judgements.at(tx, known.place)
    assert judged.is_in_scope is in_scope
    assert judged.confidence == pytest.approx(0.95, abs=0.01)


def test_enough_verdicts_let_answers_pass_that_are_as_sure(desk: Any) -> None:
    one = desk([sure(RATE), sure(CARD), sure(CARD, logprob=-0.5)])
    one.ask()
    one.remember(200)
    assert one.ask()["result"] == {"topic": "card"}
    assert one.ask() is None, "less sure than what was shown to be right"


def test_an_answer_carries_what_it_is_worth_and_the_calibrator_that_says_so(desk: Any) -> None:
    one = desk([sure(RATE), sure(CARD)])
    one.ask()
    one.remember(100, wrong=10, sure=0.95)
    one.ask()
    before, now = (
        one.engine.queries.attempts(instance.key)[0].evidence
        for instance in sorted(one.engine.queries.instances().items, key=lambda instance: instance.key)
    )
    assert (before["probability"], before["calibrator"], before["threshold"]) == (None, "", None)
    assert now["probability"] == pytest.approx(0.9, abs=0.05)
    assert now["calibrator"].startswith("platt/100/")


def test_verdicts_that_found_too_many_errors_let_nothing_pass(desk: Any) -> None:
    one = desk([sure(RATE), sure(CARD)])
    one.ask()
    one.remember(200, wrong=20)
    assert one.ask() is None


def test_another_question_begins_without_evidence(desk: Any) -> None:
    one = desk([sure(RATE), sure(CARD)], prompt='="Which topic? " + question')
    one.ask("Where is it?")
    one.remember(200)
    assert one.ask("Where is my card?") is None


def test_a_sample_of_what_passes_is_seen_by_a_person(desk: Any) -> None:
    one = desk([sure(RATE), sure(CARD)], sample="1")
    one.ask()
    one.remember(200)
    assert one.ask() is None
    tasks = one.engine.queries.tasks(TaskFilter()).items
    [sample] = [task for task in tasks if task.review["recommendation"].startswith("A sample")]
    one.engine.decide(sample.key, "approve", by=ANNA)
    assert [case.weight for case in one.engine.queries.evaluation_cases("p")] == [1.0]
