"""A task made with an element template, and nothing else, deploys and runs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import bpmn
from connectors.registry import Registry
from engine.actors import Actor, ActorKind, Role
from engine.clock import FakeClock
from engine.engine import Engine, NamedFile
from engine.policies import Policies
from engine.queries import IncidentFilter, TaskFilter
from engine.states import TaskState
from engine.store import open_store
from engine.worker import Worker, from_environment
from tests.support.diagrams import chain, diagram
from tests.support.templates import applied, template

ADMIN = Actor("admin", ActorKind.HUMAN, roles=frozenset({Role.ADMIN}))
ANNA = Actor("anna", ActorKind.HUMAN, frozenset({"reviewers"}), frozenset({Role.APPROVER}))
LETTER = "Invoice A-17 of Polar Ltd, 2026-03-01. Total: 12,50 EUR."
READ = {"invoiceNumber": "A-17", "supplier": "Polar Ltd", "total": 12.5, "currency": "EUR"}
Runs = Callable[..., "Run"]


class Run:
    """One instance with templated tasks, and how it went."""

    def __init__(self, url: str, task: str, answers: list[Any], variables: dict[str, Any], flows: Any = None) -> None:
        dialect = "camunda7" if "camunda:" in task else "camunda8"
        models = {"scripted/a": {"script": answers}} if answers else {}
        self.store = open_store(url)
        self.engine = Engine(self.store, FakeClock(), Registry(models=models, use_entry_points=False), Policies())
        body = f'<bpmn:startEvent id="start"/>{task}<bpmn:endEvent id="end"/>'
        source = diagram(body, flows or chain("start", "Task", "end"), dialect=dialect)
        self.findings = bpmn.check(bpmn.read(source))
        self.engine.deploy([NamedFile("p.bpmn", source)], by=ADMIN)
        self.key = self.engine.start(process_id="p", variables=variables, by=ADMIN).key
        Worker(self.engine, name="w1", secrets=from_environment({})).run_until_idle()

    def variable(self, name: str) -> Any:
        return self.engine.queries.variables(self.key).get(name)

    def incidents(self) -> list[str]:
        return [one.message for one in self.engine.queries.incidents(IncidentFilter(instance_key=self.key)).items]

    def task(self) -> Any:
        wanted = TaskFilter(instance_key=self.key, state=TaskState.CREATED)
        [task] = self.engine.queries.tasks(wanted).items
        return task


@pytest.fixture
def runs(upgraded_sqlite_url: str) -> Iterator[Runs]:
    made: list[Run] = []

    def run(name: str, answers: list[Any], variables: dict[str, Any], **choices: Any) -> Run:
        models = {"models": "scripted/a"} if answers else {}
        made.append(Run(upgraded_sqlite_url, applied(template(name), "Task", **models, **choices), answers, variables))
        return made[-1]

    yield run
    for one in made:
        one.store.close()


def sure(output: Any) -> dict[str, Any]:
    return {"text": json.dumps(output), "logprob": -0.001}


@pytest.mark.parametrize(
    ("name", "variables", "output", "variable"),
    [
        ("classify", {"text": "My lamp is broken."}, {"class": "complaint"}, "classified"),
        (
            "extract",
            {"document": LETTER},
            {"invoiceNumber": "A-17", "supplier": "Polar Ltd", "total": 12.5, "dueDate": None},
            "extracted",
        ),
        ("ai-task", {"document": LETTER}, READ, "answer"),
        ("ai-task-camunda7", {"document": LETTER}, READ, "answer"),
        (
            "decide",
            {"case": LETTER},
            {"decision": "approve", "reason": "It is small.", "quotations": ["Total: 12,50 EUR"]},
            "recommended",
        ),
    ],
)
def test_an_answer_of_the_right_kind_becomes_the_result(
    runs: Runs, name: str, variables: dict[str, Any], output: Any, variable: str
) -> None:
    one = runs(name, [sure(output)], variables)
    assert (one.incidents(), [finding for finding in one.findings if finding.severity == "error"]) == ([], [])
    assert one.variable(variable)["result"] == output


@pytest.mark.parametrize(
    ("name", "variables", "output"),
    [
        ("classify", {"text": "My lamp is broken."}, {"class": "weather"}),
        ("extract", {"document": LETTER}, {"invoiceNumber": "A-17", "supplier": "Nobody Inc", "total": 12.5}),
        ("extract", {"document": LETTER}, {"invoiceNumber": "A-17", "total": 12.5}),
        ("decide", {"case": LETTER}, {"decision": "approve", "reason": "", "quotations": ["It was promised"]}),
        ("draft", {"request": "Where is it?", "facts": []}, {"text": "It comes. " * 200}),
    ],
    ids=["no such class", "made up", "a field is missing", "the quotation is made up", "too long"],
)
def test_an_answer_that_breaks_what_the_template_asks_for_goes_to_the_reviewers(
    runs: Runs, name: str, variables: dict[str, Any], output: Any
) -> None:
    task = runs(name, [sure(output)], variables).task()
    assert (task.kind, task.candidate_groups, len(task.review["faults"]) > 0) == ("review", ("reviewers",), True)


def test_every_draft_is_read_by_a_person_first(runs: Runs) -> None:
    one = runs("draft", [sure({"text": "It left us on Monday."})], {"request": "Where is it?", "facts": ["left"]})
    one.engine.decide(one.task().key, "edit", variables={"output": {"text": "It left us."}}, by=ANNA)
    assert one.variable("draft")["result"] == {"text": "It left us."}


def test_classes_and_outcomes_can_be_explained(runs: Runs) -> None:
    explained = '=["other", {const: "refund", description: "wants money back"}]'
    one = runs("classify", [sure({"class": "refund"})], {"text": "Money back!"}, classes=explained)
    assert one.variable("classified")["result"] == {"class": "refund"}


@pytest.mark.parametrize("passes", ["evidence", "never"])
def test_without_evidence_or_by_choice_a_person_confirms_what_passed(runs: Runs, passes: str) -> None:
    one = runs("classify", [sure({"class": "complaint"})], {"text": "My lamp is broken."}, passes=passes)
    one.engine.decide(one.task().key, "approve", by=ANNA)
    assert one.variable("classified")["review"]["decision"] == "approve"


@pytest.mark.parametrize("decision", ["approve", "reject"])
def test_a_review_asks_the_group_in_time_and_leaves_the_answer(runs: Runs, decision: str) -> None:
    one = runs("review", [], {"answer": {"total": 12.5}})
    task = one.task()
    assert (task.candidate_groups, task.due_at is not None) == (("reviewers",), True)
    one.engine.decide(task.key, decision, by=ANNA)
    assert one.variable("approval")["approved"] is (decision == "approve")


FORK = '<bpmn:parallelGateway id="fork"/><bpmn:parallelGateway id="join"/>'
BESIDE = [*chain("start", "fork", "Person", "join", "end"), *chain("fork", "Model", "join")]
ADVICE = sure({"decision": "approve", "reason": "It is small.", "quotations": ["Total: 12,50 EUR"]})
SORTED = sure({"class": "order"})


@pytest.mark.parametrize(
    ("tasks", "flows", "answers", "people"),
    [
        ([("review", "Person")], chain("start", "Person", "end"), [], 1),
        ([("decide", "Model")], chain("start", "Model", "end"), [ADVICE], 0),
        ([("classify", "First"), ("decide", "Then")], chain("start", "First", "Then", "end"), [SORTED, ADVICE], 0),
        ([("review", "Person"), ("decide", "Model")], BESIDE, [ADVICE], 1),
    ],
    ids=["people only", "one agent", "several agents", "people and agents side by side"],
)
def test_the_same_work_is_done_by_people_agents_or_both(
    upgraded_sqlite_url: str, tasks: list[tuple[str, str]], flows: Any, answers: list[Any], people: int
) -> None:
    models = {"review": {}, "decide": {"models": "scripted/a"}, "classify": {"models": "scripted/a"}}
    body = "".join(applied(template(name), element, **models[name]) for name, element in tasks)
    variables = {"case": LETTER, "text": LETTER, "answer": LETTER}
    one = Run(upgraded_sqlite_url, body + (FORK if flows is BESIDE else ""), answers, variables, flows)
    open_tasks = one.engine.queries.tasks(TaskFilter(instance_key=one.key, state=TaskState.CREATED)).items
    for task in open_tasks:
        one.engine.decide(task.key, "approve", by=ANNA)
    assert len(open_tasks) == people
    assert one.engine.queries.instance(one.key).state.value == "completed"
    one.store.close()
