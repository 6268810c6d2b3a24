"""Starting as Camunda 8's clients ask for it: elsewhere than at the start, and with an answer when it has ended."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from engine.actors import Role
from tests.api.callers import upload
from tests.api.test_camunda8_jobs import WORK, activate, begin, state
from tests.support.diagrams import chain, diagram

ADD = """<bpmn:scriptTask id="add"><bpmn:extensionElements><zeebe:script expression="=amount + 1" resultVariable="sum"/>
</bpmn:extensionElements></bpmn:scriptTask>"""


def start(client: FlaskClient, **body: Any) -> Any:
    return client.post("/v2/process-instances", json={"processDefinitionId": "p", **body})


@pytest.fixture
def deployed(client: FlaskClient) -> FlaskClient:
    """A client of a cluster with the process: work, then add."""
    body = f'<bpmn:startEvent id="s"/>{WORK}{ADD}<bpmn:endEvent id="e"/>'
    assert upload(client, ("p.bpmn", diagram(body, chain("s", "work", "add", "e")))).status_code == 200
    return client


def test_an_instance_begins_before_the_element_that_is_named(deployed: FlaskClient) -> None:
    answer = start(deployed, startInstructions=[{"elementId": "add"}], variables={"amount": 1})
    assert answer.status_code == 200, answer.text
    assert state(deployed, answer.json["processInstanceKey"]) == "completed"
    assert activate(deployed) == []


def test_only_operators_may_leave_out_what_stands_before(deployed: FlaskClient, as_role: Callable[..., Any]) -> None:
    for role, status in ((Role.ANALYST, 403), (Role.APPROVER, 403), (Role.OPERATOR, 200)):
        body = {"startInstructions": [{"elementId": "add"}], "variables": {"amount": 1}}
        assert start(as_role(role), **body).status_code == status
    assert start(as_role(Role.ANALYST)).status_code == 200


def test_an_answer_that_waits_has_the_variables_of_the_end(client: FlaskClient) -> None:
    begin(client, ADD, "add", amount=1)
    answer = start(client, awaitCompletion=True, variables={"amount": 5})
    assert (answer.status_code, answer.json["variables"]) == (200, {"amount": 5, "sum": 6})
    answer = start(client, awaitCompletion=True, variables={"amount": 5}, fetchVariables=["sum", "none"])
    assert answer.json["variables"] == {"sum": 6}
    assert start(client, variables={"amount": 5}).json["variables"] == {}


def test_it_waits_for_a_worker_that_is_slower(app: Flask, deployed: FlaskClient) -> None:
    answers: list[Any] = []

    def ask() -> None:
        answers.append(start(app.test_client(), awaitCompletion=True, requestTimeout=20_000, variables={"amount": 1}))

    thread = threading.Thread(target=ask)
    thread.start()
    [job] = activate(deployed, requestTimeout=10_000)
    done = {"variables": {"amount": 2}}
    assert deployed.post(f"/v2/jobs/{job['jobKey']}/completion", json=done).status_code == 204
    thread.join(30)
    assert [answer.json["variables"] for answer in answers] == [{"amount": 2, "sum": 3}]


def test_an_answer_that_comes_too_late_is_an_honest_timeout(deployed: FlaskClient) -> None:
    answer = start(deployed, awaitCompletion=True, requestTimeout=50, variables={"amount": 1})
    assert (answer.status_code, answer.json["title"]) == (504, "DEADLINE_EXCEEDED")
    assert len(activate(deployed)) == 1


def test_what_was_canceled_is_no_result(app: Flask, deployed: FlaskClient) -> None:
    answers: list[Any] = []

    def ask() -> None:
        answers.append(start(app.test_client(), awaitCompletion=True, requestTimeout=20_000))

    thread = threading.Thread(target=ask)
    thread.start()
    [job] = activate(deployed, requestTimeout=10_000)
    assert deployed.post(f"/v2/process-instances/{job['processInstanceKey']}/cancellation").status_code == 204
    thread.join(30)
    assert [(answer.status_code, answer.json["title"]) for answer in answers] == [(409, "INVALID_STATE")]


def test_an_instance_stands_still_and_goes_on(deployed: FlaskClient) -> None:
    key = start(deployed).json["processInstanceKey"]
    assert deployed.post(f"/v2/process-instances/{key}/suspension").status_code == 204
    assert deployed.get(f"/v2/process-instances/{key}").json["state"] == "SUSPENDED"
    assert activate(deployed) == []
    assert deployed.post(f"/v2/process-instances/{key}/resumption").status_code == 204
    assert len(activate(deployed)) == 1


def test_a_job_gets_another_priority(deployed: FlaskClient) -> None:
    first, second = (start(deployed).json["processInstanceKey"] for _ in range(2))
    jobs = {job["processInstanceKey"]: job["jobKey"] for job in deployed.post("/v2/jobs/search", json={}).json["items"]}
    assert deployed.patch(f"/v2/jobs/{jobs[second]}", json={"changeset": {"priority": 7}}).status_code == 204
    taken = activate(deployed, maxJobsToActivate=1)
    assert [(job["processInstanceKey"], job["priority"]) for job in taken] == [(second, 7)]
    assert deployed.patch(f"/v2/jobs/{jobs[first]}", json={"changeset": {"retries": 2}}).status_code == 204
    assert activate(deployed, maxJobsToActivate=1)[0]["priority"] == 0
    assert deployed.patch(f"/v2/jobs/{jobs[first]}", json={"changeset": {}}).json["title"] == "INVALID_ARGUMENT"
