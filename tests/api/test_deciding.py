"""Deciding with everything to see: the evidence of a review through the API and its page, and each verdict."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from api.app import create_app
from api.settings import Settings
from connectors.registry import AI_TASK, Registry
from engine.actors import Actor, ActorKind, Role
from engine.clock import FakeClock
from engine.engine import Engine, NamedFile
from engine.policies import Policies
from engine.queries import AuditFilter
from engine.store import open_store
from engine.worker import Worker, from_environment
from tests.support.diagrams import chain, diagram

ADMIN = Actor("admin", ActorKind.HUMAN, roles=frozenset({Role.ADMIN}))
SOURCE = "Invoice of ACME & Sons\nDated 21.11.2025\nTotal: 1.250,00 EUR <script>alert(1)</script>"
SCHEMA = {
    "type": "object",
    "properties": {"supplier": {"type": "string"}, "date": {"type": "string"}, "total": {"type": "number"}},
    "required": ["supplier", "date", "total"],
}
WRONG = json.dumps({"supplier": "Acme & sons", "date": "2025-11-21", "total": 99})
RIGHT = json.dumps({"supplier": "Acme & sons", "date": "2025-11-21", "total": 1250})


class House:
    """A case that waits for a review of what two scripted models said, and people at their browsers."""

    def __init__(self, url: str, clock: FakeClock, scripts: dict[str, list[str]], **said: str) -> None:
        table = {f"scripted/{name}": {"script": script} for name, script in scripts.items()}
        self.store, self.clock = open_store(url), clock
        self.engine = Engine(self.store, clock, Registry(models=table, use_entry_points=False), Policies())
        self.worker = Worker(self.engine, name="w1", secrets=from_environment({}))
        inputs = {
            "prompt": "Read it.",
            "input": "=document",
            "schema": json.dumps(SCHEMA),
            "models": ",".join(table),
            "onExhausted": "clerks",
        }
        mapped = "".join(f"<zeebe:input source='{source}' target='{name}'/>" for name, source in inputs.items())
        listed = "".join(f'<zeebe:property name="baton:{name}" value="{value}"/>' for name, value in said.items())
        body = (
            '<bpmn:startEvent id="s"/><bpmn:serviceTask id="read" name="Read the invoice"><bpmn:extensionElements>'
            f'<zeebe:taskDefinition type="{AI_TASK}"/><zeebe:ioMapping>{mapped}</zeebe:ioMapping>'
            '<zeebe:taskHeaders><zeebe:header key="resultVariable" value="answer"/></zeebe:taskHeaders>'
            f"<zeebe:properties>{listed}</zeebe:properties></bpmn:extensionElements></bpmn:serviceTask>"
            '<bpmn:endEvent id="e"/>'
        )
        self.engine.deploy([NamedFile("p.bpmn", diagram(body, chain("s", "read", "e")))], by=ADMIN)
        self.key = self.engine.start(process_id="p", variables={"document": SOURCE}, by=ADMIN).key
        self.worker.run_until_idle()

    def person(self, name: str = "ada", *roles: Role) -> FlaskClient:
        who = Actor(name, ActorKind.HUMAN, frozenset({"clerks"}), frozenset(roles or {Role.APPROVER}))
        return create_app(Settings(), self.engine, actor=who).test_client()

    def task(self) -> str:
        (task,) = self.person().get("/api/v1/approvals").json["items"]
        return str(task["key"])


@pytest.fixture
def house(upgraded_sqlite_url: str, clock: FakeClock) -> Iterator[Callable[..., House]]:
    made: list[House] = []

    def make(*scripts: list[str], **said: str) -> House:
        made.append(House(upgraded_sqlite_url, clock, dict(zip("abc", scripts, strict=False)), **said))
        return made[-1]

    yield make
    for one in made:
        one.store.close()


def test_the_evidence_says_where_each_value_stands_and_what_every_model_said(house: Any) -> None:
    one = house([WRONG], [WRONG])
    found = one.person().get(f"/api/v1/approvals/{one.task()}").json
    told = {quote["field"]: found["source_text"][quote["start"] : quote["end"]] for quote in found["quotes"]}
    assert told == {"supplier": "ACME & Sons", "date": "21.11.2025"}
    assert {attempt["model"] for attempt in found["attempts"]} == {"scripted/a", "scripted/b"}
    assert found["may_respond"]
    assert len(found["evidence_hash"]) == 64
    assert one.person("eve", Role.ANALYST).get(f"/api/v1/approvals/{one.task()}").status_code == 403


def test_the_page_marks_the_quotes_and_lets_nothing_in_a_document_run(house: Any) -> None:
    one = house([WRONG])
    text = one.person().get(f"/tasks/{one.task()}").text
    assert '<mark id="quote-1" title="supplier">ACME &amp; Sons<sup>1</sup></mark>' in text
    assert "<script" not in text
    assert "does not occur in the document" in text
    assert 'accesskey="a"' in text
    assert one.person("eve", Role.ANALYST).get(f"/tasks/{one.task()}").status_code == 403
    for key in ("12", "9" * 30):
        assert one.person().get(f"/tasks/{key}").status_code == 404


def test_a_verdict_on_the_page_keeps_what_was_shown_and_for_how_long(house: Any) -> None:
    one = house([WRONG])
    key, ada = one.task(), one.person()
    shown = ada.get(f"/api/v1/approvals/{key}").json["evidence_hash"]
    opened_at = one.clock.now().timestamp()
    one.clock.advance(42)
    entered = {"evidence_hash": shown, "opened_at": str(opened_at), "reason": "read it"}
    wrong = ada.post(f"/tasks/{key}", data={**entered, "decision": "edit", "output": "{total: }"})
    assert wrong.status_code == 422
    assert "is no JSON" in wrong.text
    assert "{total: }" in wrong.text  # what was entered is still there
    answer = ada.post(f"/tasks/{key}", data={**entered, "decision": "edit", "output": RIGHT})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert one.engine.queries.variables(one.key)["answer"]["result"]["total"] == 1250
    records = one.engine.queries.audit(AuditFilter(instance_key=one.key, verb="decide")).items
    [verdict] = [fact["data"] for fact in json.loads(records[0].payload)["events"] if fact["type"] == "task-decided"]
    assert (verdict["shown_evidence_hash"], verdict["seconds_on_task"]) == (shown, 42.0)


def test_a_verdict_on_what_is_not_shown_any_more_decides_nothing(house: Any) -> None:
    one = house([WRONG])
    body = {"decision": "reject", "evidence_hash": "0" * 64}
    answer = one.person().post(f"/api/v1/approvals/{one.task()}", json=body)
    assert (answer.status_code, answer.json["code"]) == (409, "conflict")
    assert one.task()


def test_the_model_is_told_what_is_wrong_and_answers_once_more(house: Any) -> None:
    one = house([WRONG, WRONG, RIGHT])
    body = {"decision": "respond", "reason": "The total is 1,250: a point groups thousands."}
    assert one.person().post(f"/api/v1/approvals/{one.task()}", json=body).status_code == 200
    one.worker.run_until_idle()
    last = one.engine.queries.attempts(one.key)[-1]
    assert "a point groups thousands" in last.prompt[-1]["content"]
    assert last.output["total"] == 1250
    if one.engine.queries.instance(one.key).state.value == "active":  # an agent that only suggests asks again
        review = one.person().get(f"/api/v1/approvals/{one.task()}").json["task"]["review"]
        assert review["proposal"]["total"] == 1250


def test_a_model_that_does_not_learn_comes_back_to_the_person_after_one_answer(house: Any) -> None:
    one = house([WRONG])
    for made in (3, 4):
        body = {"decision": "respond", "reason": "No."}
        assert one.person().post(f"/api/v1/approvals/{one.task()}", json=body).status_code == 200
        one.worker.run_until_idle()
        assert len(one.engine.queries.attempts(one.key)) == made


def test_words_are_needed_to_tell_the_model_something(house: Any) -> None:
    one = house([WRONG])
    answer = one.person().post(f"/api/v1/approvals/{one.task()}", json={"decision": "respond"})
    assert (answer.status_code, answer.json["fields"]) == (422, {"reason": "is missing"})


def test_the_page_says_who_may_not_decide_and_why(house: Any) -> None:
    one = house([WRONG], notBy="starter")
    key = one.task()
    admin = create_app(Settings(), one.engine, actor=ADMIN).test_client()
    text = admin.get(f"/tasks/{key}").text
    assert "admin: started the case" in text
    assert "This is not yours to decide." in text
    refused = admin.post(f"/tasks/{key}", data={"decision": "reject"})
    assert refused.status_code == 403
    assert "is for somebody else: admin started the case" in refused.text
    answer = admin.post(f"/api/v1/approvals/{key}", json={"decision": "reject"})
    assert answer.json["code"] == "duties-separated"
    assert answer.json["conflicts"][0]["did"] == "started"


def test_the_page_of_a_case_gives_the_five_answers(house: Any) -> None:
    one = house([WRONG])
    one.clock.advance(6 * 86_400)
    text = one.person("olga", Role.OPERATOR).get(f"/instances/{one.key}").text
    for said in ("Read the invoice", "somebody of the group clerks", "running 6 d", "Nothing yet."):
        assert said in text
