"""Evaluations: recorded cases asked again, with every check and gate, without effects, and compared."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest

from api.evaluating import Evaluator, Plan, as_file, of_file
from bpmn.agents import AgentCard, RiskClass
from connectors.base import NewCall, Refused
from connectors.registry import AI_TASK, Registry
from engine.actors import Actor, ActorKind, Role
from engine.clock import FakeClock
from engine.engine import Engine, NamedFile
from engine.errors import InvalidInput
from engine.policies import Allow, Deny, Facts, Policies
from engine.queries import AuditFilter, JobFilter, Page, TaskFilter
from engine.scopes import ScopeKind
from engine.states import AgentState
from engine.store import open_store
from engine.worker import Worker, from_environment
from tests.support.diagrams import chain, diagram, service

ADMIN = Actor("admin", ActorKind.HUMAN, roles=frozenset({Role.ADMIN}))
ANNA = Actor("anna", ActorKind.HUMAN, frozenset({"reviewers"}), frozenset({Role.APPROVER}))
SCHEMA = {"type": "object", "properties": {"topic": {"enum": ["card", "rate"]}}, "required": ["topic"]}
CARD, RATE = '{"topic": "card"}', '{"topic": "rate"}'
PRICE = {"input_per_million": 1, "output_per_million": 1, "max_tokens": 100}
READER = AgentCard("reader", "ada", "Reads.", RiskClass.MINIMAL, ("p",), ("scripted/a", "scripted/b"))


class Desk:
    """A process of one AI task that always asks people; `verdicts` are given to its answers in turn."""

    def __init__(self, url: str, **models: list[Any]) -> None:
        self.store, self.clock = open_store(url), FakeClock()
        table = {f"scripted/{name}": {"script": script, **PRICE} for name, script in models.items()}
        self.engine = Engine(self.store, self.clock, Registry(models=table, use_entry_points=False), Policies())
        self.worker = Worker(self.engine, name="w1", secrets=from_environment({}))
        self.engine.register_agent(READER, by=ADMIN)
        given = {
            "prompt": "Which topic?",
            "input": "=question",
            "schema": json.dumps(SCHEMA),
            "models": "scripted/a",
            "agent": "reader",
            "onExhausted": "reviewers",
        }
        mapped = "".join(f"<zeebe:input source='{source}' target='{name}'/>" for name, source in given.items())
        body = (
            f'<bpmn:startEvent id="start"/>{service("read", AI_TASK, f"<zeebe:ioMapping>{mapped}</zeebe:ioMapping>")}'
        )
        xml = diagram(f'{body}<bpmn:endEvent id="end"/>', chain("start", "read", "end"))
        self.engine.deploy([NamedFile("p.bpmn", xml)], by=ADMIN)

    def verdicts(self, *outputs: str | None) -> Desk:
        for output in outputs:
            self.engine.start(process_id="p", variables={"question": "Where is my card?"}, by=ADMIN)
            self.worker.run_until_idle()
            [task] = [one for one in self.engine.queries.tasks(TaskFilter()).items if one.state.value == "created"]
            self.clock.advance(5)
            if output is None:
                self.engine.decide(task.key, "reject", by=ANNA)
            else:
                self.engine.decide(task.key, "edit", variables={"output": json.loads(output)}, by=ANNA)
        return self

    def cases(self) -> Any:
        return self.engine.queries.evaluation_cases("reader")

    def evaluate(self, **plan: Any) -> Any:
        evaluator = Evaluator(self.engine, Plan("reader", **plan), from_environment({}), ADMIN)
        return evaluator.run(self.cases(), {}, lambda count: None)

    def facts(self, prefix: str) -> list[dict[str, Any]]:
        records = self.engine.queries.audit(AuditFilter(), Page(500)).items
        facts = [fact for one in reversed(records) for fact in json.loads(one.payload)["events"]]
        return [{**fact, **fact.get("data", {})} for fact in facts if fact["type"].startswith(prefix)]


@pytest.fixture
def desk(upgraded_database_url: str) -> Iterator[Callable[..., Desk]]:
    made: list[Desk] = []

    def make(**models: list[Any]) -> Desk:
        made.append(Desk(upgraded_database_url, **models))
        return made[-1]

    yield make
    for one in made:
        one.store.close()


def test_a_verdict_is_a_case_with_what_was_asked_and_what_would_have_been_right(desk: Any) -> None:
    one = desk(a=[CARD, RATE]).verdicts(CARD, CARD)
    second, first = one.cases()
    assert (first.output, first.expected, first.was_right) == ({"topic": "card"}, {"topic": "card"}, True)
    assert (second.output, second.expected, second.was_right) == ({"topic": "rate"}, {"topic": "card"}, False)
    assert (first.decision, first.agent_version, first.weight, first.seconds) == ("edit", 1, 1.0, 5.0)
    assert "Where is my card?" in first.prompt[1]["content"]
    assert of_file(json.loads(json.dumps(as_file([first], {}))))[0] == [first]


def test_another_model_is_held_against_the_record_case_by_case(desk: Any) -> None:
    one = desk(a=[CARD, RATE, RATE], b=[CARD]).verdicts(CARD, CARD, CARD)
    found = one.evaluate(model="scripted/b").scores
    assert (found.cases, found.accuracy.value, found.recorded_accuracy.value) == (3, 1.0, pytest.approx(1 / 3))
    assert (found.pairs.gained, found.pairs.lost, found.pairs.p_value) == (2, 0, 0.5)
    assert (found.agreement.value, found.fields, found.is_worse) == (pytest.approx(1 / 3), {"topic": 1.0}, False)
    assert found.cost == Decimal("0.00036")


def test_an_evaluation_counts_as_no_work_and_is_in_the_trail_as_what_it_is(desk: Any) -> None:
    one = desk(a=[CARD], b=[RATE]).verdicts(CARD)
    jobs, before = one.engine.queries.jobs(JobFilter()).items, one.engine.queries.agent_performance("reader")
    found = one.evaluate(model="scripted/b")
    assert one.engine.queries.agent_performance("reader") == before
    assert one.engine.queries.jobs(JobFilter()).items == jobs
    assert [known.place.model for known in one.engine.queries.calibrations()] == []
    told = one.facts("evaluation-")
    assert [fact["type"].removeprefix("evaluation-") for fact in told] == [
        "started",
        "call-started",
        "call-settled",
        "ended",
    ]
    assert told[1]["gates"]["registry"] == "allow"
    assert "Where is my card?" not in json.dumps(told), "what was asked stands with the case, which can be erased"
    [kept] = one.engine.queries.evaluations_of("reader")
    assert kept.report["scores"]["accuracy"]["value"] == 0.0
    assert str(kept.key) == found.as_json()["evaluation"]


def test_the_checks_are_the_same_as_at_work(desk: Any) -> None:
    one = desk(a=[CARD], b=["nonsense", RATE]).verdicts(CARD)
    found = one.evaluate(model="scripted/b")
    assert len(one.facts("evaluation-call-started")) == 2, "it was told its fault, and asked once more"
    assert (found.scores.passed.value, found.scores.wrong_of_passed) == (1.0, 1)
    never = desk(a=[CARD], b=["nonsense"]).evaluate(model="scripted/b").scores
    assert (never.passed.value, never.accuracy.value) == (0.0, 0.0)


def test_a_case_that_was_rejected_has_no_right_answer(desk: Any) -> None:
    found = desk(a=[CARD], b=[CARD]).verdicts(None, CARD).evaluate(model="scripted/b").scores
    assert (found.cases, found.judged, found.strays_passed) == (2, 1, 1)


def test_another_wording_is_what_the_model_is_asked_although_the_card_is_bound_to_one(desk: Any) -> None:
    one = desk(a=[CARD]).verdicts(CARD)
    bound = AgentCard(**{**{name: getattr(READER, name) for name in READER.__slots__}, "prompt_fingerprint": "f1"})
    one.engine.register_agent(bound, by=ADMIN)
    one.evaluate(wording="Name the topic.")
    hashes = {fact["prompt_sha256"] for fact in one.facts("evaluation-call-started")}
    one.evaluate()
    assert len(hashes | {fact["prompt_sha256"] for fact in one.facts("evaluation-call-started")}) == 2


@pytest.mark.parametrize(
    ("obstacle", "gate"),
    [
        (lambda e: e.stop_ai(ScopeKind.ALL, by=ADMIN), "switch"),
        (lambda e: e.change_agent("reader", AgentState.SUSPENDED, by=ADMIN), "registry"),
    ],
)
def test_what_may_not_be_asked_is_not_evaluated(desk: Any, obstacle: Any, gate: str) -> None:
    one = desk(a=[CARD], b=[CARD]).verdicts(CARD)
    obstacle(one.engine)
    with pytest.raises(Refused) as refused:
        one.evaluate(model="scripted/b")
    assert refused.value.gate == gate
    assert [fact["gate"] for fact in one.facts("evaluation-call-refused")] == [gate]
    assert one.facts("evaluation-call-started") == []


class NoCards:
    """A policy on outputs."""

    name, version = "no-cards", "1"

    def output(self, facts: Facts, output: Any) -> Any:
        return Deny("say nothing of cards", rule="r1") if output == {"topic": "card"} else Allow()


def test_policies_on_outputs_hold_in_an_evaluation(desk: Any) -> None:
    one = desk(a=[CARD], b=[CARD]).verdicts(CARD)
    one.engine.policies = Policies([NoCards()])
    found = one.evaluate(model="scripted/b")
    assert (found.scores.passed.value, found.answers[0].faults) == (0.0, ("policy: say nothing of cards",))
    told = one.facts("evaluation-call-settled")[0]["policies"]
    assert [(verdict["policy"], verdict["verdict"]) for verdict in told] == [("no-cards", "deny")]


def test_a_model_that_the_card_does_not_name_is_not_sent_a_case(desk: Any) -> None:
    one = desk(a=[CARD], c=[CARD]).verdicts(CARD)
    with pytest.raises(Refused, match="may not ask model 'scripted/c'"):
        one.evaluate(model="scripted/c")


def test_an_evaluation_is_paid_from_the_same_budgets_and_stays_within_its_own(desk: Any) -> None:
    one = desk(a=[CARD], b=[CARD]).verdicts(CARD, CARD)
    one.engine.set_budget(ScopeKind.AGENT, "reader", amount="5", by=ADMIN)
    first = one.evaluate(model="scripted/b")
    dearest = Decimal(one.facts("evaluation-call-started")[0]["reserved"])
    second = one.evaluate(model="scripted/b", max_cost=dearest)
    assert (len(first.answers), len(second.answers), len(second.skipped)) == (2, 1, 1)
    assert "could cost" in next(iter(second.skipped.values()))
    [state] = one.engine.queries.budgets()
    assert (state.spent, state.reserved) == (first.scores.cost + second.scores.cost, Decimal(0))


def test_a_call_whose_process_is_gone_does_not_hold_its_budget_for_ever(desk: Any) -> None:
    from engine.evaluations import Numbers

    one = desk(a=[CARD]).verdicts(CARD)
    one.engine.set_budget(ScopeKind.ALL, amount="1", by=ADMIN)
    evaluation = one.engine.begin_evaluation("reader", "scripted/a", cases=1, by=ADMIN)
    books = one.engine.evaluation_journal(evaluation, one.cases()[0], Numbers(), by=ADMIN)
    books.begin(NewCall(model="scripted/a", prompt=[], reserved=Decimal("0.25"), ai_kind="scripted", agent="reader"))
    one.clock.advance(3 * 3600)
    one.engine.sweep()
    [state] = one.engine.queries.budgets()
    assert (state.spent, state.reserved) == (Decimal("0.25"), Decimal(0))


def test_a_file_that_holds_no_cases_is_refused() -> None:
    for wrong in ([], {"format": "x"}, {"format": "baton-cases/1", "cases": [{"job_key": "x"}]}):
        with pytest.raises(InvalidInput):
            of_file(wrong)
