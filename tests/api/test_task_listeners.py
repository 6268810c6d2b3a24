"""Changing a task over the approval API, with and without listeners that must hear of it first."""

from __future__ import annotations

from flask.testing import FlaskClient

from tests.api.callers import upload
from tests.support.diagrams import chain, diagram

_TASK = """<bpmn:startEvent id="s"/>
<bpmn:userTask id="check"><bpmn:extensionElements><zeebe:userTask/>{0}</bpmn:extensionElements></bpmn:userTask>
<bpmn:endEvent id="e"/>"""
_LISTENER = "<zeebe:taskListeners><zeebe:taskListener eventType='completing' type='audit'/></zeebe:taskListeners>"


def _open_task(client: FlaskClient, inner: str = "") -> str:
    deployed = upload(client, ("process.bpmn", diagram(_TASK.format(inner), chain("s", "check", "e")))).json
    client.post("/api/v1/instances", json={"process_key": deployed["processes"][0]["key"]})
    return str(client.get("/api/v1/tasks").json["items"][0]["key"])


def test_a_task_is_changed_and_what_is_not_named_stays(client: FlaskClient) -> None:
    key = _open_task(client)
    answer = client.patch(f"/api/v1/tasks/{key}", json={"changeset": {"priority": 90, "candidateGroups": ["board"]}})
    assert answer.status_code == 200, answer.text
    assert (answer.json["priority"], answer.json["candidate_groups"]) == (90, ["board"])
    again = client.patch(f"/api/v1/tasks/{key}", json={"changeset": {"candidateGroups": []}})
    assert (again.json["priority"], again.json["candidate_groups"]) == (90, [])


def test_a_change_that_no_task_has_is_refused_with_what_there_is(client: FlaskClient) -> None:
    key = _open_task(client)
    for wrong in ({"priority": 101}, {"assignee": "ada"}, {"dueDate": "tomorrow"}, {"colour": "red"}):
        answer = client.patch(f"/api/v1/tasks/{key}", json={"changeset": wrong})
        assert answer.status_code == 422, wrong


def test_a_completion_that_a_listener_hears_of_first_is_under_way(client: FlaskClient) -> None:
    key = _open_task(client, _LISTENER)
    answer = client.post(f"/api/v1/tasks/{key}/complete", json={"variables": {"ok": True}})
    assert (answer.status_code, answer.json["state"]) == (202, "completing")
    again = client.post(f"/api/v1/tasks/{key}/complete", json={"variables": {}})
    assert again.status_code == 409
    assert "listeners are still busy" in again.json["detail"]
