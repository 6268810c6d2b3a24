"""The approval API over a real engine: deploy, start, see why it waits, decide, and prove it afterwards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from engine.actors import Role
from engine.engine import Engine
from tests.api.callers import upload
from tests.support.diagrams import chain, diagram, service

USER_TASK = """<bpmn:startEvent id="s"/>
<bpmn:userTask id="check" name="Check the invoice"><bpmn:extensionElements><zeebe:userTask/>
<zeebe:assignmentDefinition {assignment}/></bpmn:extensionElements></bpmn:userTask>
<bpmn:endEvent id="e"/>"""


def approval(assignment: str = 'candidateGroups="clerks"') -> bytes:
    return diagram(USER_TASK.format(assignment=assignment), chain("s", "check", "e"), process_id="approval")


def working() -> bytes:
    body = '<bpmn:startEvent id="s"/>' + service("work", "crm:1") + '<bpmn:endEvent id="e"/>'
    return diagram(body, chain("s", "work", "e"), process_id="working")


def started(client: FlaskClient, content: bytes, **body: Any) -> dict[str, Any]:
    deployment = upload(client, ("process.bpmn", content)).json
    answer = client.post("/api/v1/instances", json={"process_key": deployment["processes"][0]["key"], **body})
    assert answer.status_code == 201, answer.text
    return dict(answer.json)


def open_task(client: FlaskClient) -> dict[str, Any]:
    return dict(client.get("/api/v1/tasks").json["items"][0])


def test_a_deployment_shows_what_it_brought(client: FlaskClient) -> None:
    answer = upload(client, ("approval.bpmn", approval()), path="/api/v1/deployments?name=first")
    assert answer.status_code == 200
    deployed = answer.json
    process = deployed["processes"][0]
    assert deployed["name"] == "first"
    assert (process["process_id"], process["version"], process["resource_name"]) == ("approval", 1, "approval.bpmn")
    assert isinstance(deployed["key"], str)
    assert process["key"].isdigit()
    assert client.get(f"/api/v1/deployments/{deployed['key']}").json["processes"] == deployed["processes"]
    assert client.get("/api/v1/processes").json["items"] == [process]
    assert client.get(f"/api/v1/processes/{process['key']}").json == process


def test_the_same_file_again_is_the_same_version(client: FlaskClient) -> None:
    first = upload(client, ("approval.bpmn", approval())).json
    second = upload(client, ("approval.bpmn", approval())).json
    assert second["duplicate"] is True
    assert second["processes"] == first["processes"]


def test_another_file_is_the_next_version_and_the_list_shows_the_latest(client: FlaskClient) -> None:
    upload(client, ("approval.bpmn", approval()))
    upload(client, ("approval.bpmn", approval('assignee="ada"')))
    assert [one["version"] for one in client.get("/api/v1/processes").json["items"]] == [2]
    every = client.get("/api/v1/processes?all_versions=true&process_id=approval").json["items"]
    assert sorted(one["version"] for one in every) == [1, 2]


def test_a_dry_run_checks_and_stores_nothing(client: FlaskClient) -> None:
    answer = upload(client, ("approval.bpmn", approval()), path="/api/v1/deployments?dry_run=true")
    assert answer.status_code == 200
    assert answer.json["processes"][0]["process_id"] == "approval"
    assert client.get("/api/v1/processes").json["items"] == []


def test_the_diagram_comes_back_byte_for_byte(client: FlaskClient) -> None:
    key = upload(client, ("approval.bpmn", approval())).json["processes"][0]["key"]
    answer = client.get(f"/api/v1/processes/{key}/xml")
    assert answer.data == approval()
    assert answer.mimetype == "application/xml"


def test_an_instance_says_where_it_stands_and_why(client: FlaskClient) -> None:
    instance = started(client, approval(), variables={"amount": 12.5}, business_key="INV-7")
    shown = client.get(f"/api/v1/instances/{instance['key']}").json
    assert shown["state"] == "active"
    assert shown["business_key"] == "INV-7"
    assert [one["element_id"] for one in shown["active"]] == ["check"]
    (waiting,) = shown["waiting"]
    assert (waiting["kind"], waiting["element_id"], waiting["element_name"]) == (
        "user-task",
        "check",
        "Check the invoice",
    )
    assert "clerks" in waiting["why"]
    variables = client.get(f"/api/v1/instances/{instance['key']}/variables").json
    assert variables == {"variables": {"amount": 12.5}}


def test_a_key_inside_a_variable_stays_a_number(client: FlaskClient) -> None:
    instance = started(client, approval(), variables={"order_key": 12, "order": {"key": 7}})
    variables = client.get(f"/api/v1/instances/{instance['key']}/variables").json["variables"]
    assert variables == {"order_key": 12, "order": {"key": 7}}


def test_instances_are_started_by_id_in_a_version(client: FlaskClient) -> None:
    upload(client, ("approval.bpmn", approval()))
    upload(client, ("approval.bpmn", approval('assignee="ada"')))
    latest = client.post("/api/v1/instances", json={"process_id": "approval"}).json
    first = client.post("/api/v1/instances", json={"process_id": "approval", "version": 1}).json
    assert (latest["version"], first["version"]) == (2, 1)
    missing = client.post("/api/v1/instances", json={"process_id": "approval", "version": 9})
    assert (missing.status_code, missing.json["code"]) == (404, "not-found")


def test_the_same_idempotency_key_starts_one_instance(client: FlaskClient) -> None:
    upload(client, ("approval.bpmn", approval()))
    headers = {"Idempotency-Key": "order 66"}
    bodies = [client.post("/api/v1/instances", json={"process_id": "approval"}, headers=headers).json for _ in range(3)]
    assert len({body["key"] for body in bodies}) == 1
    assert len(client.get("/api/v1/instances").json["items"]) == 1


def test_pages_follow_each_other_without_gap_or_overlap(client: FlaskClient) -> None:
    upload(client, ("approval.bpmn", approval()))
    keys = {client.post("/api/v1/instances", json={"process_id": "approval"}).json["key"] for _ in range(7)}
    first = client.get("/api/v1/instances?limit=3").json
    second = client.get(f"/api/v1/instances?limit=3&after={first['next']}").json
    third = client.get(f"/api/v1/instances?limit=3&after={second['next']}").json
    seen = [one["key"] for page in (first, second, third) for one in page["items"]]
    assert third["next"] is None
    assert len(seen) == 7
    assert set(seen) == keys


def test_filters_choose_instances(client: FlaskClient) -> None:
    one = started(client, approval(), business_key="A")
    started(client, working(), business_key="B")
    client.post(f"/api/v1/instances/{one['key']}/cancel", json={"reason": "not needed"})

    def keys(query: str) -> list[str]:
        return [item["key"] for item in client.get(f"/api/v1/instances?{query}").json["items"]]

    assert keys("state=terminated") == [one["key"]]
    assert keys("process_id=approval") == [one["key"]]
    assert keys("business_key=A") == [one["key"]]
    assert keys("state=active&business_key=A") == []
    assert len(keys("has_incident=false")) == 2


def test_variables_are_changed_while_it_runs(client: FlaskClient) -> None:
    instance = started(client, approval(), variables={"a": 1})
    path = f"/api/v1/instances/{instance['key']}/variables"
    assert client.patch(path, json={"variables": {"b": [2]}}).json == {"variables": {"a": 1, "b": [2]}}


def test_a_cancelled_instance_cannot_be_cancelled_again(client: FlaskClient) -> None:
    instance = started(client, approval())
    path = f"/api/v1/instances/{instance['key']}/cancel"
    assert client.post(path).json["state"] == "terminated"
    again = client.post(path, json={})
    assert (again.status_code, again.json["code"]) == (409, "illegal-move")
    assert again.json["type"] == "urn:baton:problem:illegal-move"
    assert again.json["instance"] == path


def test_a_task_is_claimed_completed_and_the_instance_ends(client: FlaskClient, as_role: Callable[..., Any]) -> None:
    instance = started(client, approval())
    ada = as_role(Role.APPROVER, name="ada", groups=("clerks",))
    task = open_task(ada)
    assert task["candidate_groups"] == ["clerks"]
    assert ada.post(f"/api/v1/tasks/{task['key']}/claim").json["assignee"] == "ada"
    done = ada.post(f"/api/v1/tasks/{task['key']}/complete", json={"variables": {"ok": True}})
    assert done.json["state"] == "completed"
    assert client.get(f"/api/v1/instances/{instance['key']}").json["state"] == "completed"
    assert ada.get("/api/v1/tasks").json["items"] == []
    assert [one["key"] for one in ada.get("/api/v1/tasks?state=completed").json["items"]] == [task["key"]]


def test_a_claimed_task_goes_back_and_to_somebody_else(client: FlaskClient, as_role: Callable[..., Any]) -> None:
    started(client, approval())
    ada = as_role(Role.APPROVER, name="ada", groups=("clerks",))
    olga = as_role(Role.OPERATOR, name="olga")
    path = f"/api/v1/tasks/{open_task(client)['key']}"
    ada.post(f"{path}/claim")
    assert ada.post(f"{path}/unclaim").json["assignee"] is None
    assert olga.post(f"{path}/assign", json={"assignee": "bob"}).json["assignee"] == "bob"


def test_nobody_does_a_task_that_is_not_theirs(client: FlaskClient, as_role: Callable[..., Any]) -> None:
    instance = started(client, approval())
    eve = as_role(Role.APPROVER, name="eve", groups=("sales",))
    path = f"/api/v1/tasks/{open_task(client)['key']}"
    assert eve.get("/api/v1/tasks").json["items"] == []
    assert eve.get("/api/v1/approvals").json["items"] == []
    assert eve.get(path).status_code == 404
    assert eve.get(f"{path}/form").status_code == 404
    assert eve.post(f"{path}/comments", json={"text": "hello"}).status_code == 404
    for verb, body in (("claim", {}), ("complete", {"variables": {}})):
        refused = eve.post(f"{path}/{verb}", json=body)
        assert (refused.status_code, refused.json["title"]) == (403, "Forbidden")
    assert eve.post(path.replace("tasks", "approvals"), json={"decision": "approve"}).status_code == 403
    assert client.get(f"/api/v1/instances/{instance['key']}").json["state"] == "active"


def test_operators_and_auditors_see_every_task_but_only_their_own_with_mine(
    client: FlaskClient, as_role: Callable[..., Any]
) -> None:
    started(client, approval())
    for role in (Role.OPERATOR, Role.AUDITOR):
        watcher = as_role(role, name="watcher")
        assert len(watcher.get("/api/v1/tasks").json["items"]) == 1
        assert watcher.get("/api/v1/tasks?mine=true").json["items"] == []


def test_tasks_are_found_by_who_may_do_them_and_by_when(client: FlaskClient) -> None:
    started(client, approval('assignee="ada"'))
    started(client, approval('candidateGroups="clerks"'))

    def count(query: str) -> int:
        return len(client.get(f"/api/v1/tasks?{query}").json["items"])

    assert count("assignee=ada") == 1
    assert count("candidate_group=clerks") == 1
    assert count("candidate_group=sales") == 0
    assert count("due_before=2030-01-01T00:00:00Z") == 0
    assert count("state=all") == 2


def test_a_comment_stays_with_its_author(client: FlaskClient, as_role: Callable[..., Any]) -> None:
    started(client, approval())
    ada = as_role(Role.APPROVER, name="ada", groups=("clerks",))
    path = f"/api/v1/tasks/{open_task(ada)['key']}/comments"
    assert ada.post(path, json={"text": "Who ordered <b>this</b>?"}).status_code == 201
    (comment,) = ada.get(path).json["items"]
    assert (comment["author"], comment["text"]) == ("ada", "Who ordered <b>this</b>?")


@pytest.mark.parametrize(("decision", "approved"), [("approve", True), ("reject", False)])
def test_a_decision_completes_the_task_with_the_verdict(
    client: FlaskClient, as_role: Callable[..., Any], decision: str, approved: bool
) -> None:
    instance = started(client, approval())
    ada = as_role(Role.APPROVER, name="ada", groups=("clerks",))
    (waiting,) = ada.get("/api/v1/approvals").json["items"]
    answer = ada.post(f"/api/v1/approvals/{waiting['key']}", json={"decision": decision, "reason": "because"})
    assert answer.status_code == 200, answer.text
    verdict = client.get(f"/api/v1/instances/{instance['key']}/variables").json["variables"]["approval"]
    assert verdict["decision"] == decision
    assert (verdict["approved"], verdict["reason"], verdict["by"]) == (approved, "because", "ada")


def test_a_decision_needs_to_be_one(client: FlaskClient) -> None:
    started(client, approval())
    answer = client.post(f"/api/v1/approvals/{open_task(client)['key']}", json={"decision": "maybe"})
    assert (answer.status_code, list(answer.json["fields"])) == (422, ["decision"])


def test_jobs_and_incidents_are_listed_and_an_incident_is_resolved(client: FlaskClient, engine: Engine) -> None:
    instance = started(client, working())
    (job,) = client.get("/api/v1/jobs?type=crm:1").json["items"]
    assert (job["state"], job["instance_key"], job["retries"]) == ("created", instance["key"], 3)
    (claimed,) = engine.claim_jobs(worker="w", types=["crm:1"])
    engine.fail_job(claimed.key, worker="w", message="the CRM is down", retries=0)
    (incident,) = client.get("/api/v1/incidents").json["items"]
    assert "the CRM is down" in incident["message"]
    assert client.get(f"/api/v1/incidents/{incident['key']}").json["instance_key"] == instance["key"]
    assert [one["key"] for one in client.get("/api/v1/instances?has_incident=true").json["items"]] == [instance["key"]]
    assert client.post(f"/api/v1/incidents/{incident['key']}/resolve", json={"retries": 2}).status_code == 200
    assert client.get("/api/v1/incidents").json["items"] == []
    assert client.get("/api/v1/jobs").json["items"][0]["retries"] == 2


def test_a_message_that_nobody_waits_for_is_answered_with_nothing(client: FlaskClient) -> None:
    answer = client.post("/api/v1/messages", json={"name": "paid", "correlation_key": "7"})
    assert answer.status_code == 200
    assert answer.json["correlated"] == []
    assert answer.json["buffered"] is False


def test_a_signal_that_nobody_waits_for_is_for_nobody(client: FlaskClient) -> None:
    answer = client.post("/api/v1/signals", json={"name": "alarm", "variables": {"level": 1}})
    assert (answer.status_code, answer.json["receivers"]) == (200, 0)
    assert client.post("/api/v1/signals", json={"variables": {}}).status_code == 422


def test_the_way_an_instance_took_is_kept(client: FlaskClient) -> None:
    instance = started(client, approval())
    ways = client.get(f"/api/v1/instances/{instance['key']}/elements").json["items"]
    states = {one["element_id"]: one["state"] for one in ways}
    assert states["s"] == "completed"
    assert states["check"] == "active"


def test_the_audit_trail_is_read_exported_and_verified(client: FlaskClient, as_role: Callable[..., Any]) -> None:
    instance = started(client, approval())
    auditor = as_role(Role.AUDITOR, name="arno")
    records = auditor.get("/api/v1/audit").json["items"]
    assert {"deploy", "start"} <= {record["verb"] for record in records}
    mine = auditor.get(f"/api/v1/audit?instance_key={instance['key']}").json["items"]
    assert {record["instance_key"] for record in mine} == {instance["key"]}
    export = auditor.get("/api/v1/audit/export")
    assert export.mimetype == "application/x-ndjson"
    assert len(export.text.splitlines()) == len(records)
    report = auditor.get("/api/v1/audit/verify").json
    assert (report["intact"], report["records"]) == (True, len(records))


def test_heads_that_were_kept_show_a_trail_that_was_cut_off(client: FlaskClient) -> None:
    started(client, approval())
    heads = client.get("/api/v1/audit/verify").json["heads"]
    assert client.post("/api/v1/audit/verify", json={"heads": heads}).json["intact"] is True
    longer = [{**head, "seq": head["seq"] + 1} for head in heads]
    report = client.post("/api/v1/audit/verify", json={"heads": longer}).json
    assert report["intact"] is False
    assert report["faults"]


def test_accounts_and_tokens_are_made_shown_and_ended(client: FlaskClient) -> None:
    body = {"id": "ada", "password": "correct horse", "groups": ["clerks"], "roles": ["approver"]}
    assert client.post("/api/v1/users", json=body).json["roles"] == ["approver"]
    assert client.post("/api/v1/users", json={"id": "ada", "email": "ada@example.org"}).json["groups"] == ["clerks"]
    users = client.get("/api/v1/users")
    assert [user["id"] for user in users.json["items"]] == ["ada"]
    assert "argon2" not in users.text
    made = client.post("/api/v1/tokens", json={"user": "ada", "name": "nightly", "roles": ["approver"], "days": 7})
    assert made.status_code == 201
    token = made.json["token"]
    listed = client.get("/api/v1/tokens")
    assert [one["name"] for one in listed.json["items"]] == ["nightly"]
    assert token not in listed.text
    left = client.post(f"/api/v1/tokens/{made.json['details']['key']}/revoke").json["items"]
    assert left[0]["revoked_at"] is not None


def test_a_token_for_nobody_is_refused(client: FlaskClient) -> None:
    answer = client.post("/api/v1/tokens", json={"user": "nobody", "roles": ["approver"]})
    assert (answer.status_code, answer.json["code"]) == (404, "not-found")
