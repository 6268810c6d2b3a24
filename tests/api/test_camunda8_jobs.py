"""The job API of Camunda 8: its bodies, its answers, its refusals, and what results of listeners and agents do."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Any

import pytest
from flask.testing import FlaskClient

from engine.actors import Role
from engine.clock import FakeClock
from engine.engine import Engine
from tests.api.callers import upload
from tests.support.diagrams import chain, diagram, service

WORK = service("work", "crm:1")
CAUGHT = """<bpmn:boundaryEvent id="bad" attachedToRef="work"><bpmn:errorEventDefinition errorRef="err"/>
</bpmn:boundaryEvent><bpmn:userTask id="repair"><bpmn:extensionElements><zeebe:userTask/></bpmn:extensionElements>
</bpmn:userTask>"""
ROOTS = '<bpmn:error id="err" name="err" errorCode="NO_STOCK"/>'
AGENT = """<bpmn:adHocSubProcess id="agent"><bpmn:extensionElements><zeebe:taskDefinition type="agent"/>
</bpmn:extensionElements><bpmn:userTask id="ask"><bpmn:extensionElements><zeebe:userTask/></bpmn:extensionElements>
</bpmn:userTask><bpmn:userTask id="mail"><bpmn:extensionElements><zeebe:userTask/></bpmn:extensionElements>
</bpmn:userTask></bpmn:adHocSubProcess>"""
LISTENED = """<bpmn:userTask id="check" name="Check"><bpmn:extensionElements><zeebe:userTask/><zeebe:taskListeners>
<zeebe:taskListener eventType="{}" type="listen"/></zeebe:taskListeners></bpmn:extensionElements></bpmn:userTask>"""


def begin(client: FlaskClient, body: str, *ids: str, roots: str = "", flows: Any = (), **variables: Any) -> str:
    """Deploy a process of these elements in a row, and start it; the instance's key."""
    text = diagram(
        f'<bpmn:startEvent id="s"/>{body}<bpmn:endEvent id="e"/>', [*chain("s", *ids, "e"), *flows], roots=roots
    )
    assert upload(client, ("p.bpmn", text)).status_code == 200
    started = client.post("/v2/process-instances", json={"processDefinitionId": "p", "variables": variables})
    return str(started.json["processInstanceKey"])


def activate(client: FlaskClient, type: str = "crm:1", **body: Any) -> list[dict[str, Any]]:
    asked = {"type": type, "timeout": 60_000, "maxJobsToActivate": 10, "requestTimeout": -1, **body}
    answer = client.post("/v2/jobs/activation", json=asked)
    assert answer.status_code == 200, answer.text
    return list(answer.json["jobs"])


def state(client: FlaskClient, instance: str) -> str:
    return str(client.get(f"/api/v1/instances/{instance}").json["state"])


def test_a_server_that_is_told_to_end_keeps_nobody_waiting_for_jobs(client: FlaskClient, engine: Engine) -> None:
    engine.store.wakeups.end()
    began = monotonic()
    assert activate(client, requestTimeout=60_000) == []
    assert monotonic() - began < 10


def test_a_job_is_activated_with_all_that_clients_require(client: FlaskClient, clock: FakeClock) -> None:
    instance = begin(client, WORK, "work", a=1, b=[2])
    [job] = activate(client, worker="w", fetchVariable=["a"])
    assert (job["type"], job["elementId"], job["processInstanceKey"]) == ("crm:1", "work", instance)
    assert (job["variables"], job["retries"], job["worker"]) == ({"a": 1}, 3, "w")
    assert (job["kind"], job["listenerEventType"], job["userTask"]) == ("BPMN_ELEMENT", "UNSPECIFIED", None)
    assert job["deadline"] == int(clock.now().timestamp() * 1000) + 60_000
    assert {"processDefinitionVersion", "processDefinitionKey", "elementInstanceKey", "customHeaders"} <= job.keys()
    assert {"tenantId", "tags", "rootProcessInstanceKey", "businessId", "priority", "leaseToken"} <= job.keys()
    assert activate(client) == []


@pytest.mark.parametrize(
    ("body", "title", "says"),
    [
        ({"timeout": 1, "maxJobsToActivate": 1}, "INVALID_ARGUMENT", "No type provided."),
        ({"type": "x", "maxJobsToActivate": 1}, "INVALID_ARGUMENT", "No timeout provided."),
        ({"type": "x", "timeout": 1}, "INVALID_ARGUMENT", "No maxJobsToActivate provided."),
        ({"type": "x", "timeout": 0, "maxJobsToActivate": 1}, "INVALID_ARGUMENT", "timeout is '0' but must be greater"),
        ({"type": "x", "timeout": 1, "maxJobsToActivate": 1, "surprise": 1}, "Bad Request", "surprise"),
        ({"type": 1, "timeout": 1, "maxJobsToActivate": 1}, "Bad Request", "type"),
    ],
    ids=str,
)
def test_an_activation_that_makes_no_sense_says_what_is_wrong(
    client: FlaskClient, body: Any, title: str, says: str
) -> None:
    answer = client.post("/v2/jobs/activation", json=body)
    assert (answer.status_code, answer.json["title"]) == (400, title)
    assert says in answer.json["detail"]


def test_a_completed_job_gives_its_variables_and_is_there_no_more(client: FlaskClient) -> None:
    instance = begin(client, WORK, "work")
    [job] = activate(client)
    done = client.post(f"/v2/jobs/{job['jobKey']}/completion", json={"variables": {"score": 7}})
    assert (done.status_code, done.data) == (204, b"")
    assert state(client, instance) == "completed"
    assert client.get(f"/api/v1/instances/{instance}/variables").json["variables"] == {"score": 7}
    for verb, body in (("completion", {}), ("failure", {}), ("error", {"errorCode": "x"})):
        again = client.post(f"/v2/jobs/{job['jobKey']}/{verb}", json=body)
        assert (again.status_code, again.json["title"]) == (404, "NOT_FOUND")
        assert f"key '{job['jobKey']}', but no such job was found" in again.json["detail"]
    assert client.post("/v2/jobs/17/completion").status_code == 404


def test_a_job_may_be_completed_without_having_been_activated(client: FlaskClient) -> None:
    instance = begin(client, WORK, "work")
    [job] = client.post("/v2/jobs/search", json={}).json["items"]
    assert client.post(f"/v2/jobs/{job['jobKey']}/completion").status_code == 204
    assert state(client, instance) == "completed"


def test_a_failed_job_comes_again_with_what_the_worker_left(client: FlaskClient, clock: FakeClock) -> None:
    begin(client, WORK, "work")
    [job] = activate(client)
    body = {"retries": 2, "errorMessage": "busy", "retryBackOff": 30_000, "variables": {"tried": True}}
    assert client.post(f"/v2/jobs/{job['jobKey']}/failure", json=body).status_code == 204
    assert activate(client) == []
    clock.advance(31)
    [again] = activate(client)
    assert (again["jobKey"], again["retries"], again["variables"]) == (job["jobKey"], 2, {"tried": True})


def test_without_retries_there_is_an_incident_until_they_are_raised(client: FlaskClient) -> None:
    instance = begin(client, WORK, "work")
    [job] = activate(client)
    assert client.post(f"/v2/jobs/{job['jobKey']}/failure", json={"errorMessage": "gone"}).status_code == 204
    [found] = client.post("/v2/jobs/search", json={"filter": {"state": "failed"}}).json["items"]
    assert (found["retries"], found["errorMessage"], found["hasFailedWithRetriesLeft"]) == (0, "gone", False)
    raised = client.patch(f"/v2/jobs/{job['jobKey']}", json={"changeset": {"retries": 5}})
    assert raised.status_code == 204
    incident = client.get(f"/api/v1/incidents?instance_key={instance}").json["items"][0]
    client.post(f"/api/v1/incidents/{incident['key']}/resolve", json={})
    [again] = activate(client)
    assert again["retries"] == 5


def test_a_lease_is_made_longer_only_while_somebody_holds_the_job(client: FlaskClient, clock: FakeClock) -> None:
    begin(client, WORK, "work")
    [job] = client.post("/v2/jobs/search").json["items"]
    address = f"/v2/jobs/{job['jobKey']}"
    refused = client.patch(address, json={"changeset": {"timeout": 1000}})
    assert (refused.status_code, refused.json["title"]) == (409, "INVALID_STATE")
    activate(client, timeout=1_000)
    assert client.patch(address, json={"changeset": {"timeout": 100_000}}).status_code == 204
    clock.advance(50)
    assert activate(client) == []
    for wrong in ({}, {"retries": 0}, {"timeout": -1}):
        assert client.patch(address, json={"changeset": wrong}).json["title"] == "INVALID_ARGUMENT"


def test_a_result_that_comes_after_the_timeout_counts_as_in_zeebe(client: FlaskClient, clock: FakeClock) -> None:
    instance = begin(client, WORK, "work")
    [job] = activate(client, timeout=1_000)
    clock.advance(60)
    assert client.post(f"/v2/jobs/{job['jobKey']}/completion", json={}).status_code == 204
    assert state(client, instance) == "completed"


def test_a_thrown_error_is_caught_where_the_diagram_says(client: FlaskClient) -> None:
    instance = begin(client, WORK + CAUGHT, "work", roots=ROOTS, flows=[("bad", "repair"), ("repair", "e")])
    [job] = activate(client)
    address = f"/v2/jobs/{job['jobKey']}/error"
    assert client.post(address, json={}).json["detail"] == "No errorCode provided."
    thrown = {"errorCode": "NO_STOCK", "errorMessage": "none left", "variables": {"left": 0}}
    assert client.post(address, json=thrown).status_code == 204
    assert client.get(f"/api/v1/instances/{instance}").json["waiting"][0]["element_id"] == "repair"


def test_an_agents_answer_begins_elements_with_variables_of_their_own(client: FlaskClient) -> None:
    instance = begin(client, AGENT, "agent")
    [job] = activate(client, "agent")
    assert job["kind"] == "AD_HOC_SUB_PROCESS"
    chosen = [{"elementId": "ask", "variables": {"question": "why?"}}, {"elementId": "mail"}]
    result = {"type": "adHocSubProcess", "activateElements": chosen}
    assert client.post(f"/v2/jobs/{job['jobKey']}/completion", json={"result": result}).status_code == 204
    tasks = client.post("/v2/user-tasks/search", json={"sort": [{"field": "name"}]}).json["items"]
    assert [one["elementId"] for one in tasks] == ["ask", "mail"]
    seen = client.post(f"/v2/user-tasks/{tasks[0]['userTaskKey']}/effective-variables/search").json["items"]
    assert {"question": '"why?"'}.items() <= {one["name"]: one["value"] for one in seen}.items()
    client.post(f"/v2/user-tasks/{tasks[0]['userTaskKey']}/completion")
    [job] = activate(client, "agent")
    enough = {"type": "adHocSubProcess", "isCompletionConditionFulfilled": True, "isCancelRemainingInstances": True}
    assert client.post(f"/v2/jobs/{job['jobKey']}/completion", json={"result": enough}).status_code == 204
    assert state(client, instance) == "completed"


def test_an_agents_answer_that_names_no_element_is_refused(client: FlaskClient) -> None:
    begin(client, AGENT, "agent")
    [job] = activate(client, "agent")
    for chosen in ([{"elementId": "nowhere"}], [{"variables": {}}], [{"elementId": "ask", "colour": 1}]):
        result = {"type": "adHocSubProcess", "activateElements": chosen}
        answer = client.post(f"/v2/jobs/{job['jobKey']}/completion", json={"result": result})
        assert answer.status_code in (400, 409), answer.text


def test_a_listeners_corrections_change_the_task_before_it_is_there(client: FlaskClient) -> None:
    begin(client, LISTENED.format("creating"), "check")
    [job] = activate(client, "listen")
    assert (job["kind"], job["listenerEventType"]) == ("TASK_LISTENER", "CREATING")
    assert (job["userTask"]["action"], job["userTask"]["priority"]) == ("create", 50)
    corrections = {"assignee": "ann", "candidateGroups": ["sales"], "priority": 80, "dueDate": "2030-01-02T03:04:05Z"}
    result = {"type": "userTask", "corrections": corrections}
    assert client.post(f"/v2/jobs/{job['jobKey']}/completion", json={"result": result}).status_code == 204
    [task] = client.post("/v2/user-tasks/search").json["items"]
    assert (task["assignee"], task["candidateGroups"], task["priority"]) == ("ann", ["sales"], 80)
    assert task["dueDate"].startswith("2030-01-02T03:04:05")


def test_a_listener_may_deny_what_may_be_denied_and_nothing_else(client: FlaskClient) -> None:
    begin(client, LISTENED.format("creating"), "check")
    [job] = activate(client, "listen")
    result = {"type": "userTask", "denied": True, "deniedReason": "no"}
    refused = client.post(f"/v2/jobs/{job['jobKey']}/completion", json={"result": result})
    assert (refused.status_code, refused.json["title"]) == (400, "INVALID_ARGUMENT")
    assert client.post(f"/v2/jobs/{job['jobKey']}/error", json={"errorCode": "x"}).status_code == 409


def test_jobs_are_searched_by_their_facts(client: FlaskClient) -> None:
    instances = [begin(client, WORK, "work") for _ in range(3)]
    activate(client, worker="w1", maxJobsToActivate=1)

    def found(**body: Any) -> Any:
        return client.post("/v2/jobs/search", json=body).json

    assert found()["page"]["totalItems"] == 3
    assert found(filter={"worker": "w1"})["page"]["totalItems"] == 1
    assert found(filter={"worker": {"$neq": "w1"}, "type": {"$like": "crm:*"}})["page"]["totalItems"] == 2
    assert found(filter={"state": "CREATED"})["page"]["totalItems"] == 3
    assert found(filter={"state": {"$in": ["COMPLETED", "FAILED"]}})["items"] == []
    newest = found(sort=[{"field": "jobKey", "order": "desc"}], page={"limit": 1})["items"][0]
    assert newest["processInstanceKey"] == instances[-1]
    assert found(filter={"processInstanceKey": instances[0]})["items"][0]["processInstanceKey"] == instances[0]


def test_the_audit_trail_names_who_completed_a_job(client: FlaskClient, as_role: Callable[..., FlaskClient]) -> None:
    instance = begin(client, WORK, "work")
    robot = as_role(Role.OPERATOR, name="robot")
    [job] = activate(robot)
    robot.post(f"/v2/jobs/{job['jobKey']}/completion")
    records = client.get(f"/api/v1/audit?instance_key={instance}").json["items"]
    assert [one["actor_id"] for one in records if one["verb"] == "complete_job"] == ["robot"]
