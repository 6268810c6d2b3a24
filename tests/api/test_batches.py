"""Batches over HTTP, in both vendors' dialects, on their page and from the console."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from engine.actors import Role
from engine.clock import FakeClock
from engine.engine import Engine
from engine.scheduler import Scheduler
from tests.api.callers import upload
from tests.engine.support import end, line, service, start, user

DIAGRAM = line("p", start(), service("work", retries=1), user("check"), end())
CANCEL = {"do": "cancel"}


@pytest.fixture
def keys(client: FlaskClient) -> list[str]:
    upload(client, ("p.bpmn", DIAGRAM.encode()))
    bodies = [{"process_id": "p", "variables": {"n": n, "name": f"n{n}"}, "business_key": f"b{n}"} for n in range(3)]
    return [str(client.post("/api/v1/instances", json=body).json["key"]) for body in bodies]


def ended(engine: Engine) -> set[str]:
    return {str(one.key) for one in engine.queries.instances() if one.has_ended}


def run(engine: Engine) -> None:
    while engine.run_batches():
        pass


def test_a_batch_is_made_watched_and_read(client: FlaskClient, engine: Engine, keys: list[str]) -> None:
    body = {"operation": CANCEL, "filter": {"process_id": "p", "variable": ["n>=1"]}, "reason": "test"}
    made = client.post("/api/v1/batches", json=body)
    assert (made.status_code, made.json["state"], made.json["operation"]) == (201, "created", CANCEL)
    run(engine)
    path = f"/api/v1/batches/{made.json['key']}"
    shown = client.get(path).json
    assert (shown["state"], shown["total"], shown["counts"]["completed"]) == ("completed", 2, 2)
    items = client.get(f"{path}/items?state=completed").json["items"]
    assert {one["instance_key"] for one in items} == set(keys[1:]) == ended(engine)
    assert [one["key"] for one in client.get("/api/v1/batches?state=completed").json["items"]] == [made.json["key"]]


def test_a_batch_is_suspended_resumed_and_cancelled(client: FlaskClient, engine: Engine, keys: list[str]) -> None:
    made = client.post("/api/v1/batches", json={"operation": CANCEL, "filter": {}}).json["key"]
    path = f"/api/v1/batches/{made}"
    assert client.post(f"{path}/suspend", json={}).json["state"] == "suspended"
    run(engine)
    assert ended(engine) == set()
    assert client.post(f"{path}/resume", json={}).json["state"] == "created"
    assert client.post(f"{path}/cancel", json={"reason": "no"}).json["state"] == "canceled"
    assert client.post(f"{path}/cancel", json={}).status_code == 409
    assert client.get("/api/v1/batches/5/items").status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"operation": CANCEL},
        {"operation": {"do": "fly"}, "filter": {}},
        {"operation": CANCEL, "filter": {}, "instance_keys": ["1"]},
        {"operation": CANCEL, "filter": {"variable": ["x"]}},
        {"operation": {"do": "migrate"}, "filter": {}},
        {"operation": {"do": "retry", "retries": 0}, "filter": {}},
        {"operation": {"do": "modify", "changes": []}, "filter": {}},
    ],
)
def test_a_batch_that_makes_no_sense_is_refused(client: FlaskClient, body: Any) -> None:
    assert client.post("/api/v1/batches", json=body).status_code == 422


@pytest.mark.parametrize(
    ("operation", "check"),
    [
        ({"do": "set-variables", "variables": {"n": 9}}, lambda engine, key: engine.queries.variables(key)["n"] == 9),
        (
            {"do": "modify", "changes": [{"do": "move", "element_id": "work", "target_id": "check"}]},
            lambda engine, key: [one.element_id for one in engine.queries.instance(key).active] == ["check"],
        ),
        ({"do": "suspend"}, lambda engine, key: engine.queries.instance(key).state.value == "suspended"),
    ],
)
def test_operations_reach_the_named_instances(
    client: FlaskClient, engine: Engine, keys: list[str], operation: Any, check: Any
) -> None:
    client.post("/api/v1/batches", json={"operation": operation, "instance_keys": keys[:1]})
    run(engine)
    assert [check(engine, int(key)) for key in keys] == [True, False, False]


def test_the_page_shows_progress_and_looks_again_while_something_moves(client: FlaskClient, engine: Engine) -> None:
    assert "There is no batch" in client.get("/batches").text
    made = client.post("/api/v1/batches", json={"operation": CANCEL, "filter": {}}).json["key"]
    page = client.get("/batches").text
    assert made in page
    assert 'http-equiv="refresh"' in page
    run(engine)
    assert "refresh" not in client.get("/batches").text


# Camunda 8


def test_camunda_8_cancels_by_filter_and_shows_its_batch(client: FlaskClient, engine: Engine, keys: list[str]) -> None:
    wanted = {"processDefinitionId": {"$like": "p*"}, "variables": [{"name": "name", "value": '"n1"'}]}
    made = client.post("/v2/process-instances/cancellation", json={"filter": wanted})
    assert made.status_code == 200
    assert made.json["batchOperationType"] == "CANCEL_PROCESS_INSTANCE"
    run(engine)
    assert ended(engine) == {keys[1]}
    key = made.json["batchOperationKey"]
    shown = client.get(f"/v2/batch-operations/{key}").json
    assert (shown["state"], shown["operationsTotalCount"], shown["operationsCompletedCount"]) == ("COMPLETED", 1, 1)
    items = client.post("/v2/batch-operation-items/search", json={"filter": {"batchOperationKey": key}}).json
    assert [(one["processInstanceKey"], one["state"]) for one in items["items"]] == [(keys[1], "COMPLETED")]
    found = client.post("/v2/batch-operations/search", json={"filter": {"state": {"$eq": "completed"}}}).json
    assert [one["batchOperationKey"] for one in found["items"]] == [key]
    assert found["page"]["hasMoreTotalItems"] is False


@pytest.mark.parametrize(
    ("path", "body", "kind"),
    [
        ("incident-resolution", {}, "RESOLVE_INCIDENT"),
        ("modification", {"moveInstructions": [{"sourceElementId": "work", "targetElementId": "check"}]}, "MODIFY"),
        ("deletion", {}, "DELETE"),
        ("suspension", {}, "SUSPEND"),
        ("resumption", {}, "RESUME"),
    ],
)
def test_camunda_8_has_a_route_for_each_kind(
    client: FlaskClient, engine: Engine, keys: list[str], path: str, body: Any, kind: str
) -> None:
    made = client.post(f"/v2/process-instances/{path}", json={"filter": {"state": "ACTIVE"}, **body})
    assert made.status_code == 200, made.text
    assert made.json["batchOperationType"].startswith(kind)


def test_camunda_8_migrates_by_plan(client: FlaskClient, engine: Engine, keys: list[str]) -> None:
    target = upload(client, ("p.bpmn", DIAGRAM.replace('name="work"', 'name="Work"').encode())).json
    plan = {
        "targetProcessDefinitionKey": target["processes"][0]["key"],
        "mappingInstructions": [{"sourceElementId": "work", "targetElementId": "work"}],
    }
    wanted = {"processInstanceKey": {"$in": keys[:2]}, "startDate": {"$lte": "2030-01-01T00:00:00Z"}}
    body = {"filter": wanted, "migrationPlan": plan}
    assert client.post("/v2/process-instances/migration", json=body).status_code == 200
    run(engine)
    assert [engine.queries.instance(int(key)).version for key in keys] == [2, 2, 1]


def test_camunda_8_steers_batches(client: FlaskClient, engine: Engine, keys: list[str]) -> None:
    made = client.post("/v2/process-instances/cancellation", json={"filter": {}}).json["batchOperationKey"]
    for word, state in (("suspension", "SUSPENDED"), ("resumption", "CREATED"), ("cancellation", "CANCELED")):
        assert client.post(f"/v2/batch-operations/{made}/{word}", json={}).status_code == 204
        assert client.get(f"/v2/batch-operations/{made}").json["state"] == state
    assert client.post(f"/v2/batch-operations/{made}/resumption", json={}).json["title"] == "INVALID_STATE"


def test_camunda_8_resolves_the_incidents_of_one_instance(client: FlaskClient, engine: Engine, keys: list[str]) -> None:
    for job in engine.claim_jobs(worker="w", limit=10):
        engine.fail_job(job.key, worker="w", message="no")
    assert client.post(f"/v2/process-instances/{keys[0]}/incident-resolution").status_code == 200
    run(engine)
    assert [one.open_incidents for one in map(engine.queries.instance, map(int, keys))] == [0, 1, 1]


@pytest.mark.parametrize(
    "wanted",
    [
        {"errorMessage": "x"},
        {"state": "SLEEPING"},
        {"processInstanceKey": 5},
        {"processDefinitionVersion": {"$almost": 1}},
        {"processInstanceKey": {"$in": "5"}},
        {"variables": [{"name": "a"}]},
        {"variables": [{"name": "a", "value": "not json"}]},
        {"startDate": "2026-01-01"},
        {"hasIncident": "yes"},
    ],
)
def test_camunda_8_filters_that_cannot_be_answered_are_refused(client: FlaskClient, wanted: Any) -> None:
    answer = client.post("/v2/process-instances/cancellation", json={"filter": wanted})
    assert answer.status_code == 400
    assert answer.json["title"] in ("Bad Request", "INVALID_ARGUMENT"), "malformed, or a value out of its range"


# Camunda 7


@pytest.mark.parametrize(
    ("path", "body", "kind"),
    [
        ("process-instance/delete", {"deleteReason": "old"}, "instance-deletion"),
        ("process-instance/variables-async", {"variables": {"x": {"value": 1}}}, "set-variables"),
        ("process-instance/suspended-async", {"suspended": True}, "instance-update-suspension-state"),
        (
            "modification/executeAsync",
            {"processDefinitionId": "1", "instructions": [{"type": "startBeforeActivity", "activityId": "check"}]},
            "instance-modification",
        ),
    ],
)
def test_camunda_7_makes_batches(
    client: FlaskClient, engine: Engine, keys: list[str], path: str, body: Any, kind: str
) -> None:
    query = {"processDefinitionKey": "p", "variables": [{"name": "n", "operator": "gteq", "value": 2}]}
    made = client.post(f"/engine-rest/{path}", json={"processInstanceQuery": query, **body})
    assert (made.status_code, made.json["type"]) == (200, kind)
    listed = client.get("/engine-rest/batch/statistics").json
    assert [(one["id"], one["suspended"]) for one in listed] == [(made.json["id"], False)]
    run(engine)
    [item] = client.get(f"/api/v1/batches/{made.json['id']}/items").json["items"]
    assert (item["instance_key"], item["state"]) == (keys[2], "completed")
    assert client.get("/engine-rest/batch/count").json == {"count": 0}


def test_camunda_7_gives_failed_jobs_retries(client: FlaskClient, engine: Engine, keys: list[str]) -> None:
    for job in engine.claim_jobs(worker="w", limit=10):
        engine.fail_job(job.key, worker="w", message="no")
    body = {"processInstances": keys[:1], "retries": 4}
    assert client.post("/engine-rest/process-instance/job-retries", json=body).json["type"] == "set-job-retries"
    run(engine)
    assert [job.retries for job in engine.claim_jobs(worker="w", limit=10)] == [4]


def test_camunda_7_migrates_and_deletes_history(client: FlaskClient, engine: Engine, keys: list[str]) -> None:
    new = upload(client, ("p.bpmn", DIAGRAM.replace('name="work"', 'name="Work"').encode())).json["processes"][0]["key"]
    plan = {
        "sourceProcessDefinitionId": "p:1:1",
        "targetProcessDefinitionId": f"p:2:{new}",
        "instructions": [{"sourceActivityIds": ["work"], "targetActivityIds": ["work"]}],
    }
    body = {"migrationPlan": plan, "processInstanceIds": keys[:1]}
    assert client.post("/engine-rest/migration/executeAsync", json=body).status_code == 200
    client.post(f"/api/v1/instances/{keys[1]}/cancel", json={})
    body = {"historicProcessInstanceIds": keys[1:]}
    assert client.post("/engine-rest/history/process-instance/delete", json=body).status_code == 200
    run(engine)
    assert {str(one.key): one.version for one in engine.queries.instances()} == {keys[0]: 2, keys[2]: 1}


def test_camunda_7_suspends_and_deletes_batches(client: FlaskClient, engine: Engine, keys: list[str]) -> None:
    made = client.post("/engine-rest/process-instance/delete", json={"processInstanceIds": keys}).json["id"]
    path = f"/engine-rest/batch/{made}"
    assert client.put(f"{path}/suspended", json={"suspended": True}).status_code == 204
    assert client.get(path).json["suspended"] is True
    assert client.get("/engine-rest/batch?suspended=false").json == []
    assert client.put(f"{path}/suspended", json={"suspended": False}).status_code == 204
    assert client.delete(path).status_code == 204
    run(engine)
    assert ended(engine) == set()


@pytest.mark.parametrize("body", [{}, {"processInstanceIds": ["1"], "skipCustomListeners": True}, {"unknown": 1}])
def test_camunda_7_batches_that_cannot_be_done_are_refused(client: FlaskClient, body: Any) -> None:
    assert client.post("/engine-rest/process-instance/delete", json=body).status_code == 400


@pytest.fixture
def failed(client: FlaskClient, engine: Engine, keys: list[str]) -> str:
    """A batch that has ended, with a failure for each instance: suspended ones take no change of a variable."""
    body = {"operation": {"do": "set-variables", "variables": {"x": 1}}, "instance_keys": keys}
    for key in keys:
        client.post(f"/api/v1/instances/{key}/suspend", json={})
    made = client.post("/api/v1/batches", json=body).json["key"]
    run(engine)
    for key in keys:
        client.post(f"/api/v1/instances/{key}/resume", json={})
    return str(made)


def test_what_failed_is_tried_again_after_the_end(client: FlaskClient, engine: Engine, failed: str) -> None:
    path = f"/api/v1/batches/{failed}"
    assert client.get(path).json["counts"]["failed"] == 3
    again = client.post(f"{path}/retry", json={"reason": "resumed"}).json
    assert (again["state"], again["counts"]["waiting"], again["ended_at"]) == ("active", 3, None)
    run(engine)
    assert client.get(path).json["counts"]["completed"] == 3
    assert client.post(f"{path}/retry", json={}).status_code == 409


def test_a_canceled_batch_is_not_tried_again(client: FlaskClient, keys: list[str]) -> None:
    made = client.post("/api/v1/batches", json={"operation": CANCEL, "filter": {}}).json["key"]
    client.post(f"/api/v1/batches/{made}/cancel", json={})
    assert client.post(f"/api/v1/batches/{made}/retry", json={}).status_code == 409


def test_the_buttons_of_the_page_do_what_they_say(client: FlaskClient, engine: Engine, failed: str) -> None:
    def buttons() -> set[str]:
        return set(re.findall(r"/batches/\d+/(\w+)", client.get("/batches").text)) - {"items"}

    assert buttons() == {"retry"}
    pressed = client.post(f"/batches/{failed}/retry")
    assert (pressed.status_code, pressed.location) == (303, "/batches")
    assert buttons() == {"suspend", "cancel"}
    client.post(f"/batches/{failed}/suspend")
    assert buttons() == {"resume", "cancel"}
    client.post(f"/batches/{failed}/resume")
    client.post(f"/batches/{failed}/cancel")
    assert buttons() == set()
    assert client.post(f"/batches/{failed}/cancel").status_code == 303, "too late, and no error page"
    assert client.post("/batches/5/cancel").status_code == 404
    assert client.post(f"/batches/{failed}/fly").status_code == 404
    foreign = {"Origin": "https://evil.example"}
    assert client.post(f"/batches/{failed}/retry", headers=foreign).status_code == 403


def test_who_may_only_look_sees_no_buttons(client: FlaskClient, failed: str, as_role: Any) -> None:
    analyst = as_role(Role.ANALYST)
    page = analyst.get("/batches")
    assert (page.status_code, "<button" in page.text) == (200, False)
    assert analyst.post(f"/batches/{failed}/retry").status_code == 403


def test_ended_batches_go_with_the_retention(
    client: FlaskClient, engine: Engine, clock: FakeClock, failed: str
) -> None:
    Scheduler(engine, history_days=None).sweep_when_due()
    clock.advance(29 * 86_400)
    Scheduler(engine, history_days=30).sweep_when_due()
    assert client.get(f"/api/v1/batches/{failed}").status_code == 200
    clock.advance(2 * 86_400)
    Scheduler(engine, history_days=30).sweep_when_due()
    assert client.get(f"/api/v1/batches/{failed}").status_code == 404
    assert client.get(f"/api/v1/batches/{failed}/items").status_code == 404
    assert engine.queries.verify_audit().is_intact


def test_a_batch_that_still_runs_does_not_go(client: FlaskClient, engine: Engine, clock: FakeClock) -> None:
    made = client.post("/api/v1/batches", json={"operation": CANCEL, "filter": {}}).json["key"]
    clock.advance(1000 * 86_400)
    assert engine.purge_batches(days=0) == 0
    assert client.get(f"/api/v1/batches/{made}").status_code == 200
