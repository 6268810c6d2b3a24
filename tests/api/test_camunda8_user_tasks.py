"""The user task API of Camunda 8: searching, assigning, changing and completing, with listeners that have a say."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from engine.actors import Role
from engine.clock import FakeClock
from engine.engine import Engine
from tests.api.callers import upload
from tests.api.test_camunda8 import FORM
from tests.api.test_camunda8_jobs import LISTENED, activate, begin, state

Client = Callable[..., FlaskClient]
TASK = """<bpmn:userTask id="{0}" name="{0}"><bpmn:extensionElements><zeebe:userTask/>{1}</bpmn:extensionElements>
</bpmn:userTask>"""
OWNED = '<zeebe:assignmentDefinition candidateGroups="sales, ops" candidateUsers="ann"/>'
LOCAL = '<zeebe:ioMapping><zeebe:input source="=total * 2" target="total"/></zeebe:ioMapping>'


def tasks(client: FlaskClient, **body: Any) -> list[dict[str, Any]]:
    answer = client.post("/v2/user-tasks/search", json=body)
    assert answer.status_code == 200, answer.text
    return list(answer.json["items"])


def names(client: FlaskClient, **filter: Any) -> list[str]:
    return [one["name"] for one in tasks(client, filter=filter, sort=[{"field": "name"}])]


def one_task(client: FlaskClient, inner: str = "", **variables: Any) -> str:
    begin(client, TASK.format("check", inner), "check", **variables)
    return str(tasks(client)[0]["userTaskKey"])


def test_a_task_has_all_that_clients_require(client: FlaskClient, clock: FakeClock) -> None:
    schedule = '<zeebe:taskSchedule dueDate="2030-01-01T00:00:00Z"/><zeebe:priorityDefinition priority="70"/>'
    key = one_task(client, OWNED + schedule)
    task = client.get(f"/v2/user-tasks/{key}").json
    assert (task["name"], task["state"], task["assignee"], task["elementId"]) == ("check", "CREATED", None, "check")
    assert (task["candidateGroups"], task["candidateUsers"], task["priority"]) == (["sales", "ops"], ["ann"], 70)
    assert (task["processDefinitionId"], task["processDefinitionVersion"]) == ("p", 1)
    assert task["creationDate"] == clock.now().strftime("%Y-%m-%dT%H:%M:%S.") + f"{clock.now().microsecond // 1000:03}Z"
    assert task["dueDate"].startswith("2030-01-01T00:00:00")
    nothing = ("completionDate", "followUpDate", "externalFormReference", "formKey", "businessId")
    assert [task[name] for name in nothing] == [None] * 5
    assert {
        "elementInstanceKey",
        "processInstanceKey",
        "rootProcessInstanceKey",
        "customHeaders",
        "tags",
    } <= task.keys()
    missing = client.get("/v2/user-tasks/17")
    assert (missing.status_code, missing.json["title"]) == (404, "NOT_FOUND")


def test_tasks_are_searched_by_facts_operators_and_variables(client: FlaskClient) -> None:
    body = TASK.format("alpha", OWNED) + TASK.format("beta", LOCAL)
    flows = [("s", "beta"), ("beta", "e")]
    for total in (5, 50):
        begin(client, body, "alpha", flows=flows, total=total, kind="new")
    assert names(client) == ["alpha", "alpha", "beta", "beta"]
    assert names(client, name={"$like": "al*"}) == ["alpha", "alpha"]
    assert names(client, candidateGroup="ops") == ["alpha", "alpha"]
    assert names(client, candidateUser={"$in": ["ann", "bob"]}, elementId="alpha") == ["alpha", "alpha"]
    assert names(client, assignee={"$exists": True}) == []
    assert names(client, state={"$neq": "created"}) == []
    assert names(client, priority={"$gte": 50, "$lt": 51}, name="beta") == ["beta", "beta"]
    assert names(client, processInstanceVariables=[{"name": "total", "value": "50"}]) == ["alpha", "beta"]
    assert names(client, localVariables=[{"name": "total", "value": "100"}]) == ["beta"]
    assert names(client, processInstanceVariables=[{"name": "kind", "value": '"new"'}], name="alpha") == ["alpha"] * 2
    assert names(client, creationDate={"$gt": "2100-01-01T00:00:00Z"}) == []


def test_pages_follow_each_other_by_their_cursors(client: FlaskClient) -> None:
    for _ in range(5):
        begin(client, TASK.format("check", ""), "check")
    seen: list[str] = []
    page: dict[str, Any] = {"limit": 2}
    for size in (2, 2, 1):
        answer = client.post("/v2/user-tasks/search", json={"page": page, "sort": [{"field": "creationDate"}]}).json
        assert (len(answer["items"]), answer["page"]["totalItems"]) == (size, 5)
        seen += [one["userTaskKey"] for one in answer["items"]]
        page = {"limit": 2, "after": answer["page"]["endCursor"]}
    assert len(set(seen)) == 5
    last = answer["page"]["startCursor"]
    before = client.post("/v2/user-tasks/search", json={"page": {"limit": 2, "before": last}}).json["items"]
    assert [one["userTaskKey"] for one in before] == seen[2:4]
    assert client.post("/v2/user-tasks/search", json={"page": page}).json["page"]["endCursor"] is None
    assert len(tasks(client, page={"from": 3, "limit": 10})) == 2


@pytest.mark.parametrize(
    ("body", "title"),
    [
        ({"filter": {"colour": "red"}}, "Bad Request"),
        ({"filter": {"state": "LOST"}}, "Bad Request"),
        ({"filter": {"userTaskKey": 5}}, "Bad Request"),
        ({"filter": {"priority": "high"}}, "Bad Request"),
        ({"filter": {"name": {"$sounds": "x"}}}, "Bad Request"),
        ({"filter": {"name": {"$in": "x"}}}, "Bad Request"),
        ({"filter": {"dueDate": {"$gt": "tomorrow"}}}, "INVALID_ARGUMENT"),
        ({"filter": {"localVariables": [{"name": "x"}]}}, "Bad Request"),
        ({"sort": [{"field": "colour"}]}, "INVALID_ARGUMENT"),
        ({"sort": [{"field": "name", "order": "UP"}]}, "INVALID_ARGUMENT"),
        ({"page": {"limit": 0}}, "INVALID_ARGUMENT"),
        ({"page": {"after": "nonsense"}}, "INVALID_ARGUMENT"),
        ({"page": {"after": "MQ==", "before": "MQ=="}}, "Bad Request"),
        ({"surprise": 1}, "Bad Request"),
    ],
    ids=str,
)
def test_a_search_that_makes_no_sense_is_a_complete_problem(client: FlaskClient, body: Any, title: str) -> None:
    answer = client.post("/v2/user-tasks/search", json=body)
    assert (answer.status_code, answer.json["title"]) == (400, title)
    assert sorted(answer.json) == ["detail", "instance", "status", "title", "type"]


def test_an_operator_assigns_and_takes_back(client: FlaskClient) -> None:
    key = one_task(client)
    address = f"/v2/user-tasks/{key}/assignment"
    assert client.post(address, json={"assignee": "ann"}).status_code == 204
    assert client.get(f"/v2/user-tasks/{key}").json["assignee"] == "ann"
    kept = client.post(address, json={"assignee": "bob", "allowOverride": False})
    assert (kept.status_code, kept.json["title"]) == (409, "INVALID_STATE")
    assert client.post(address, json={"assignee": "bob"}).status_code == 204
    assert client.post(address, json={}).json["title"] == "INVALID_ARGUMENT"
    assert client.delete(f"/v2/user-tasks/{key}/assignee").status_code == 204
    assert client.get(f"/v2/user-tasks/{key}").json["assignee"] is None


def test_people_see_and_do_what_is_theirs(client: FlaskClient, as_role: Client) -> None:
    key = one_task(client, OWNED)
    stranger, candidate = as_role(Role.APPROVER, name="eve"), as_role(Role.APPROVER, name="bob", groups=("sales",))
    assert tasks(stranger) == []
    assert stranger.get(f"/v2/user-tasks/{key}").status_code == 404
    assert stranger.post(f"/v2/user-tasks/{key}/completion").status_code == 403
    assert [one["userTaskKey"] for one in tasks(candidate)] == [key]
    assert candidate.post(f"/v2/user-tasks/{key}/assignment", json={"assignee": "bob"}).status_code == 204
    assert candidate.post(f"/v2/user-tasks/{key}/assignment", json={"assignee": "eve"}).status_code == 403
    assert candidate.post(f"/v2/user-tasks/{key}/completion", json={"variables": {"ok": True}}).status_code == 204


def test_a_completed_task_ends_its_work_once(client: FlaskClient) -> None:
    instance = begin(client, TASK.format("check", ""), "check")
    [task] = tasks(client)
    address = f"/v2/user-tasks/{task['userTaskKey']}"
    assert client.post(f"{address}/completion", json={"variables": {"ok": True}}).status_code == 204
    assert state(client, instance) == "completed"
    assert client.get(address).json["state"] == "COMPLETED"
    assert names(client, state="COMPLETED") == ["check"]
    again = client.post(f"{address}/completion")
    assert (again.status_code, again.json["title"]) == (409, "INVALID_STATE")


def test_a_changeset_changes_what_it_names(client: FlaskClient) -> None:
    key = one_task(client, OWNED)
    address = f"/v2/user-tasks/{key}"
    changes = {"candidateGroups": [], "priority": 90, "followUpDate": "2030-01-01T00:00:00Z"}
    assert client.patch(address, json={"changeset": changes}).status_code == 204
    task = client.get(address).json
    assert (task["candidateGroups"], task["candidateUsers"], task["priority"]) == ([], ["ann"], 90)
    assert client.patch(address, json={"changeset": {"followUpDate": ""}}).status_code == 204
    assert client.get(address).json["followUpDate"] is None
    assert client.patch(address, json={"action": "look"}).status_code == 204
    for wrong in ({}, {"changeset": {}}, {"changeset": {"priority": 101}}):
        assert client.patch(address, json=wrong).json["title"] == "INVALID_ARGUMENT", wrong


def test_a_task_shows_its_deployed_form_or_nothing(client: FlaskClient) -> None:
    assert upload(client, ("check.form", FORM)).status_code == 200
    key = one_task(client, '<zeebe:formDefinition formId="check"/>')
    form = client.get(f"/v2/user-tasks/{key}/form").json
    assert (form["formId"], form["version"], form["tenantId"]) == ("check", 1, "<default>")
    assert form["formKey"] == client.get(f"/v2/user-tasks/{key}").json["formKey"]
    assert '"components"' in form["schema"]
    begin(client, TASK.format("bare", ""), "bare")
    [bare] = tasks(client, filter={"name": "bare"})
    assert client.get(f"/v2/user-tasks/{bare['userTaskKey']}/form").status_code == 204


def test_the_variables_of_a_task_are_those_of_its_scopes(client: FlaskClient) -> None:
    key = one_task(client, LOCAL, total=5, text="x" * 9000)
    every = client.post(f"/v2/user-tasks/{key}/variables/search", json={}).json
    assert [(one["name"], one["value"]) for one in every["items"] if one["name"] == "total"] == [
        ("total", "10"),
        ("total", "5"),
    ]
    assert every["page"]["totalItems"] == 3
    assert len({one["variableKey"] for one in every["items"]}) == 3
    nearest = client.post(f"/v2/user-tasks/{key}/effective-variables/search", json={"filter": {"name": "total"}}).json
    assert [one["value"] for one in nearest["items"]] == ["10"]
    address = f"/v2/user-tasks/{key}/variables/search"
    [cut] = client.post(address, json={"filter": {"name": {"$like": "te?t"}}}).json["items"]
    assert (len(cut["value"]), cut["isTruncated"]) == (8191, True)
    [whole] = client.post(f"{address}?truncateValues=false", json={"filter": {"name": "text"}}).json["items"]
    assert (len(whole["value"]), whole["isTruncated"]) == (9002, False)


def _meanwhile(app: Flask, result: dict[str, Any]) -> threading.Thread:
    """Another client answers the listener's job as soon as there is one."""
    client = app.test_client()

    def work() -> None:
        asked = {"type": "listen", "timeout": 60_000, "maxJobsToActivate": 1, "requestTimeout": 9_000}
        [job] = client.post("/v2/jobs/activation", json=asked).json["jobs"]
        client.post(f"/v2/jobs/{job['jobKey']}/completion", json={"result": {"type": "userTask", **result}})

    thread = threading.Thread(target=work)
    thread.start()
    return thread


@pytest.mark.parametrize(("event", "verb"), [("completing", "completion"), ("assigning", "assignment")])
def test_a_command_answers_when_the_listeners_are_done(app: Flask, client: FlaskClient, event: str, verb: str) -> None:
    begin(client, LISTENED.format(event), "check")
    [task] = tasks(client)
    listener = _meanwhile(app, {"corrections": {"assignee": "zoe"}})
    body = {"assignee": "ann"} if verb == "assignment" else {}
    answer = client.post(f"/v2/user-tasks/{task['userTaskKey']}/{verb}", json=body)
    listener.join()
    assert answer.status_code == 204, answer.text
    after = client.get(f"/v2/user-tasks/{task['userTaskKey']}").json
    assert after["state"] == ("COMPLETED" if event == "completing" else "CREATED")
    assert after["assignee"] == "zoe"


@pytest.mark.parametrize("event", ["completing", "updating"])
def test_what_a_listener_denies_is_a_conflict_with_its_reason(app: Flask, client: FlaskClient, event: str) -> None:
    begin(client, LISTENED.format(event), "check")
    [task] = tasks(client)
    listener = _meanwhile(app, {"denied": True, "deniedReason": "not before noon"})
    address = f"/v2/user-tasks/{task['userTaskKey']}"
    changes = {"changeset": {"priority": 1}}
    answer = client.patch(address, json=changes) if event == "updating" else client.post(f"{address}/completion")
    listener.join()
    assert (answer.status_code, answer.json["title"]) == (409, "INVALID_STATE")
    assert "not before noon" in answer.json["detail"]
    assert (client.get(address).json["state"], client.get(address).json["priority"]) == ("CREATED", 50)


def test_listeners_that_take_too_long_are_told_of(
    client: FlaskClient, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.camunda8.user_tasks.LISTENERS_SECONDS", 0.05)
    begin(client, LISTENED.format("completing"), "check")
    [task] = tasks(client)
    address = f"/v2/user-tasks/{task['userTaskKey']}/completion"
    answer = client.post(address, json={"action": "sign"})
    assert (answer.status_code, answer.json["title"]) == (504, "DEADLINE_EXCEEDED")
    [job] = activate(client, "listen")
    assert (job["userTask"]["action"], job["userTask"]["userTaskKey"]) == ("sign", task["userTaskKey"])
    under_way = client.post(address)
    assert (under_way.status_code, under_way.json["title"]) == (409, "INVALID_STATE")
