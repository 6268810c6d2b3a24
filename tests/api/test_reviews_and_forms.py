"""What a person decides on: the evidence of a review, the form of a task, and what each answer leads to."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient

from connectors.base import CallEnd, NewCall, Review
from engine.actors import Role
from engine.engine import Engine
from tests.api.callers import upload
from tests.support.diagrams import chain, diagram

REVIEWED = """<bpmn:startEvent id="s"/>
<bpmn:serviceTask id="read" name="Read the invoice"><bpmn:extensionElements>
<zeebe:taskDefinition type="reader"/><zeebe:taskHeaders><zeebe:header key="resultVariable" value="read"/>
</zeebe:taskHeaders></bpmn:extensionElements></bpmn:serviceTask><bpmn:endEvent id="e"/>"""

WITH_FORM = """<bpmn:startEvent id="s"/>
<bpmn:userTask id="check" name="Check"><bpmn:extensionElements><zeebe:userTask/>
<zeebe:formDefinition formId="check"/><zeebe:assignmentDefinition candidateGroups="clerks"/></bpmn:extensionElements>
</bpmn:userTask><bpmn:endEvent id="e"/>"""

FORM = b"""{"type": "default", "id": "check", "schemaVersion": 16, "components": [
{"type": "textfield", "id": "f1", "key": "supplier", "label": "Supplier of {{amount}}",
"validate": {"required": true}}]}"""

REVIEW = Review(
    group="clerks",
    proposal={"total": "12"},
    schema={"type": "object", "properties": {"total": {"type": "number"}}, "required": ["total"]},
    faults=("total is not a number",),
    confidence=0.4,
    cost=Decimal("0.0012"),
    recommendation="Look at the total.",
    source={"text": "Total 12.00"},
)


@pytest.fixture
def clerk(as_role: Callable[..., Any]) -> FlaskClient:
    client: FlaskClient = as_role(Role.APPROVER, name="ada", groups=("clerks",))
    return client


@pytest.fixture
def instance(client: FlaskClient, engine: Engine) -> str:
    """An instance whose AI task has asked for a review."""
    upload(client, ("read.bpmn", diagram(REVIEWED, chain("s", "read", "e"), process_id="reading")))
    key = client.post("/api/v1/instances", json={"process_id": "reading"}).json["key"]
    (job,) = engine.claim_jobs(worker="w", types=["reader"])
    engine.ask_review(job.key, REVIEW, worker="w")
    return str(key)


def test_a_review_comes_with_its_evidence(clerk: FlaskClient, instance: str) -> None:
    (task,) = clerk.get("/api/v1/approvals").json["items"]
    assert (task["kind"], task["candidate_groups"], task["instance_key"]) == ("review", ["clerks"], instance)
    assert task["review"] == {
        "proposal": {"total": "12"},
        "schema": REVIEW.schema,
        "faults": ["total is not a number"],
        "confidence": 0.4,
        "cost": "0.0012",
        "recommendation": "Look at the total.",
        "source": {"text": "Total 12.00"},
    }


def test_the_instance_says_that_it_waits_for_a_review_and_why(client: FlaskClient, instance: str) -> None:
    (waiting,) = client.get(f"/api/v1/instances/{instance}").json["waiting"]
    assert waiting["kind"] == "review"
    assert "total is not a number" in waiting["why"]


def test_an_edit_that_satisfies_the_schema_completes_the_service_task(
    client: FlaskClient, clerk: FlaskClient, instance: str
) -> None:
    (task,) = clerk.get("/api/v1/approvals").json["items"]
    body = {"decision": "edit", "reason": "read it myself", "variables": {"output": {"total": 12}}}
    answer = clerk.post(f"/api/v1/approvals/{task['key']}", json=body)
    assert answer.status_code == 200, answer.text
    assert answer.json["decision"]["by"] == "ada"
    assert client.get(f"/api/v1/instances/{instance}").json["state"] == "completed"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"decision": "approve"}, "proposal.total"),
        ({"decision": "edit"}, "variables.output"),
        ({"decision": "edit", "variables": {"output": {"total": "twelve"}}}, "variables.output.total"),
    ],
    ids=str,
)
def test_an_output_that_breaks_the_schema_is_never_accepted(
    client: FlaskClient, clerk: FlaskClient, instance: str, body: dict[str, Any], field: str
) -> None:
    (task,) = clerk.get("/api/v1/approvals").json["items"]
    answer = clerk.post(f"/api/v1/approvals/{task['key']}", json=body)
    assert (answer.status_code, answer.json["code"]) == (422, "invalid-input")
    assert field in answer.json["fields"]
    assert client.get(f"/api/v1/instances/{instance}").json["state"] == "active"


def test_a_rejected_review_completes_the_service_task_with_nothing(
    client: FlaskClient, clerk: FlaskClient, instance: str
) -> None:
    (task,) = clerk.get("/api/v1/approvals").json["items"]
    assert clerk.post(f"/api/v1/approvals/{task['key']}", json={"decision": "reject"}).status_code == 200
    again = clerk.post(f"/api/v1/approvals/{task['key']}", json={"decision": "approve"})
    assert (again.status_code, again.json["code"]) == (409, "illegal-move")


def test_a_review_is_not_completed_like_a_task(clerk: FlaskClient, instance: str) -> None:
    (task,) = clerk.get("/api/v1/tasks").json["items"]
    answer = clerk.post(f"/api/v1/tasks/{task['key']}/complete", json={"variables": {}})
    assert (answer.status_code, answer.json["code"]) == (409, "illegal-move")


def test_calls_of_models_are_shown_with_what_they_cost(client: FlaskClient, engine: Engine) -> None:
    upload(client, ("read.bpmn", diagram(REVIEWED, chain("s", "read", "e"), process_id="reading")))
    key = client.post("/api/v1/instances", json={"process_id": "reading"}).json["key"]
    (job,) = engine.claim_jobs(worker="w", types=["reader"])
    journal = engine.journal(job.key, worker="w")
    number = journal.begin(
        NewCall(model="small", prompt=[{"role": "user", "content": "?"}], reserved=Decimal("0.01"), ai_kind="llm")
    )
    journal.settle(number, CallEnd(answer="{}", output={}, faults=["empty"], confidence=0.5, cost=Decimal("0.0012")))
    (attempt,) = client.get(f"/api/v1/instances/{key}/attempts").json["items"]
    assert (attempt["model"], attempt["ai_kind"], attempt["state"]) == ("small", "llm", "answered")
    assert (attempt["cost"], attempt["confidence"], attempt["faults"]) == ("0.0012", 0.5, ["empty"])
    assert attempt["job_key"] == str(job.key)


def test_a_form_comes_with_the_values_that_are_known(client: FlaskClient, clerk: FlaskClient) -> None:
    _start_with_form(client)
    (task,) = clerk.get("/api/v1/tasks").json["items"]
    form = clerk.get(f"/api/v1/tasks/{task['key']}/form").json
    assert form["type"] == "camunda-form"
    assert form["form_id"] == "check"
    assert form["schema"]["components"][0]["key"] == "supplier"
    assert form["variables"] == {"amount": 7}
    assert form["texts"] == {"f1": {"label": "Supplier of 7"}}


def test_a_form_that_is_not_filled_in_is_refused_field_by_field(client: FlaskClient, clerk: FlaskClient) -> None:
    _start_with_form(client)
    (task,) = clerk.get("/api/v1/tasks").json["items"]
    path = f"/api/v1/tasks/{task['key']}/complete"
    answer = clerk.post(path, json={"variables": {"supplier": ""}})
    assert (answer.status_code, answer.json["code"]) == (422, "invalid-input")
    assert "supplier" in answer.json["fields"]
    assert clerk.post(path, json={"variables": {"supplier": "ACME"}}).status_code == 200


def _start_with_form(client: FlaskClient) -> None:
    content = diagram(WITH_FORM, chain("s", "check", "e"), process_id="checking")
    answer = upload(client, ("check.bpmn", content), ("check.form", FORM))
    assert answer.status_code == 200, answer.text
    assert (
        client.post("/api/v1/instances", json={"process_id": "checking", "variables": {"amount": 7}}).status_code == 201
    )


def test_every_fault_of_a_form_points_to_its_place_in_the_body(client: FlaskClient, clerk: FlaskClient) -> None:
    price = {"id": "p", "type": "number", "key": "price", "validate": {"min": 0}}
    rows = {"id": "l", "type": "dynamiclist", "path": "items", "isRepeating": True, "components": [price]}
    name = {"id": "n", "type": "textfield", "key": "buyer.na~me/x", "validate": {"required": True}}
    form = json.dumps({"id": "check", "type": "default", "components": [rows, name]}).encode()
    content = diagram(WITH_FORM, chain("s", "check", "e"), process_id="checking")
    assert upload(client, ("check.bpmn", content), ("check.form", form)).status_code == 200
    assert client.post("/api/v1/instances", json={"process_id": "checking"}).status_code == 201
    (task,) = clerk.get("/api/v1/tasks").json["items"]
    body = {"variables": {"items": [{"price": 1}, {"price": -1}]}}
    answer = clerk.post(f"/api/v1/tasks/{task['key']}/complete", json=body)
    assert (answer.status_code, answer.content_type) == (422, "application/problem+json")
    assert answer.json["errors"] == [
        {"pointer": "#/variables/items/1/price", "detail": "must be at least 0"},
        {"pointer": "#/variables/buyer/na~0me~1x", "detail": "is required"},
    ]
    assert set(answer.json["fields"]) == {"items[1].price", "buyer.na~me/x"}
