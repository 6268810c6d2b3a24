"""What has been, as Camunda 7's clients ask for it (c7-rest.md)."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.api.callers import upload
from tests.support.diagrams import chain, diagram

BODY = '<bpmn:startEvent id="s"/><bpmn:userTask id="sign" name="Sign"/>'
TASK = '<bpmn:serviceTask id="work" camunda:type="external" camunda:topic="work"/><bpmn:endEvent id="e"/>'
ORDER = diagram(BODY + TASK, chain("s", "sign", "work", "e"), process_id="order", dialect="camunda7")


@pytest.fixture
def order(client: FlaskClient) -> str:
    """An instance whose task is done and whose job has failed for good; another one waits at its task."""
    upload(client, ("order.bpmn", ORDER))
    variables = {"amount": {"value": 12, "type": "Integer"}}
    for key, given in (("A-1", variables), ("A-2", {})):
        body = {"businessKey": key, "variables": given}
        answer: Any = client.post("/engine-rest/process-definition/key/order/start", json=body)
        if key == "A-1":
            first = answer.json["id"]
    listed: Any = client.get("/api/v1/tasks")
    [task] = [one for one in listed.json["items"] if one["instance_key"] == first]
    client.post(f"/api/v1/tasks/{task['key']}/complete", json={"variables": {"signed": True}})
    return str(first)


def history(client: FlaskClient, what: str, **asked: Any) -> Any:
    answer = client.get(f"/engine-rest/history/{what}", query_string=asked)
    assert answer.status_code == 200, answer.text
    return answer.json


def test_instances_are_found_by_key_state_and_process(client: FlaskClient, order: str) -> None:
    [one] = history(client, "process-instance", processInstanceBusinessKey="A-1", processDefinitionKey="order")
    assert (one["id"], one["state"], one["endTime"], one["businessKey"]) == (order, "ACTIVE", None, "A-1")
    assert one["processDefinitionId"].startswith("order:1:")
    assert history(client, f"process-instance/{order}") == one
    assert history(client, "process-instance/count") == {"count": 2}
    assert history(client, "process-instance/count", finished="true") == {"count": 0}
    client.post(f"/api/v1/instances/{order}/cancel", json={})
    [ended] = history(client, "process-instance", finished="true")
    assert (ended["id"], ended["state"], ended["durationInMillis"]) == (order, "EXTERNALLY_TERMINATED", 0)
    assert [one["businessKey"] for one in history(client, "process-instance", unfinished="true")] == ["A-2"]
    assert history(client, "process-instance", active="true", finished="false")[0]["businessKey"] == "A-2"


def test_pages_are_cut_as_asked(client: FlaskClient, order: str) -> None:
    assert [one["businessKey"] for one in history(client, "process-instance", maxResults=1)] == ["A-2"]
    assert [one["id"] for one in history(client, "process-instance", firstResult=1, maxResults=5)] == [order]


def test_activities_tell_the_way(client: FlaskClient, order: str) -> None:
    found = history(client, "activity-instance", processInstanceId=order)
    assert [(one["activityId"], one["activityType"]) for one in found] == [
        ("s", "startEvent"),
        ("sign", "userTask"),
        ("work", "serviceTask"),
    ]
    assert history(client, "activity-instance/count", processInstanceId=order, unfinished="true") == {"count": 1}
    assert history(client, "activity-instance/count", processInstanceId=order, activityType="userTask") == {"count": 1}
    assert history(client, "activity-instance", processInstanceId=order, canceled="true") == []


def test_tasks_say_how_they_ended(client: FlaskClient, order: str) -> None:
    [done] = history(client, "task", processInstanceId=order)
    assert (done["name"], done["taskDefinitionKey"], done["deleteReason"]) == ("Sign", "sign", "completed")
    assert done["duration"] == 0
    assert history(client, "task/count", unfinished="true") == {"count": 1}
    assert history(client, "task", taskDefinitionKey="sign", taskAssignee="nobody") == []


def test_variables_are_typed(client: FlaskClient, order: str) -> None:
    told = history(client, "variable-instance", processInstanceId=order)
    found = {one["name"]: (one["type"], one["value"]) for one in told}
    assert found == {"amount": ("Integer", 12), "signed": ("Boolean", True)}
    asked = {"processInstanceId": order, "variableName": "amount"}
    assert history(client, "variable-instance/count", **asked) == {"count": 1}


def test_incidents_are_open_or_resolved(client: FlaskClient, order: str, engine: Any) -> None:
    [job] = engine.claim_jobs(worker="w", types=["work"])
    engine.fail_job(job.key, worker="w", message="no stock", retries=0)
    [found] = history(client, "incident", processInstanceId=order, open="true")
    assert (found["incidentType"], found["activityId"], found["open"]) == ("failedExternalTask", "work", True)
    assert found["incidentMessage"] == "no stock"
    assert history(client, "incident/count", resolved="true") == {"count": 0}
    assert history(client, "incident/count", processDefinitionKeyIn="other,order") == {"count": 1}
    assert history(client, "incident", processDefinitionKeyIn="other") == []


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("process-instance?startedAfter=2026", "'startedAfter' is no parameter of this question"),
        ("activity-instance", "processInstanceId is required"),
        ("task?maxResults=-1", "maxResults must be a whole number"),
    ],
)
def test_what_is_not_offered_is_refused(client: FlaskClient, path: str, says: str) -> None:
    answer: Any = client.get(f"/engine-rest/history/{path}")
    assert (answer.status_code, answer.json["type"]) == (400, "InvalidRequestException")
    assert says in answer.json["message"]
