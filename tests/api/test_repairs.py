"""Changing what runs, through the API and as Camunda 8's clients ask for it."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient

from engine.engine import Engine
from tests.api.callers import upload
from tests.support.diagrams import chain, diagram, service


def two_steps(*ids: str) -> bytes:
    body = '<bpmn:startEvent id="s"/>' + "".join(service(id, id) for id in ids) + '<bpmn:endEvent id="e"/>'
    return diagram(body, chain("s", *ids, "e"), process_id="steps")


def started(client: FlaskClient) -> str:
    upload(client, ("steps.bpmn", two_steps("one", "two")))
    return str(client.post("/api/v1/instances", json={"process_id": "steps"}).json["key"])


def active(client: FlaskClient, key: str) -> list[str]:
    return [one["element_id"] for one in client.get(f"/api/v1/instances/{key}").json["active"]]


def newest(client: FlaskClient, *ids: str) -> str:
    return str(upload(client, ("steps.bpmn", two_steps(*ids))).json["processes"][0]["key"])


def modify(client: FlaskClient, key: str, *changes: dict[str, Any], **more: Any) -> Any:
    return client.post(f"/api/v1/instances/{key}/modify", json={"changes": list(changes), **more})


def test_a_dry_run_and_then_the_move(client: FlaskClient) -> None:
    key = started(client)
    change = {"do": "move", "element_id": "one", "target_id": "two", "variables": {"": {"skipped": True}}}
    tried = modify(client, key, change, dry_run=True).json
    assert (tried["before"], tried["after"]) == (["one"], ["two"])
    assert active(client, key) == ["one"]
    assert modify(client, key, change, reason="skip it").json["instance"]["state"] == "active"
    assert active(client, key) == ["two"]
    assert client.get(f"/api/v1/instances/{key}/variables").json["variables"] == {"skipped": True}


def test_what_cannot_be_done_is_said_and_not_done(client: FlaskClient) -> None:
    key = started(client)
    answer = modify(client, key, {"do": "terminate", "element_id": "one"}, {"do": "activate", "element_id": "nowhere"})
    assert (answer.status_code, answer.json["code"]) == (409, "illegal-move")
    assert "nowhere" in answer.json["detail"]
    assert active(client, key) == ["one"]


def test_an_unknown_change_is_a_wrong_request(client: FlaskClient) -> None:
    assert modify(client, started(client), {"do": "explode"}).status_code == 422


def test_a_migration_is_planned_and_made(client: FlaskClient) -> None:
    key = started(client)
    target = newest(client, "first", "two")
    body = {"process_key": target, "dry_run": True}
    plan = client.post(f"/api/v1/instances/{key}/migrate", json=body).json
    assert len(plan["faults"]) == 1
    assert client.post(f"/api/v1/instances/{key}/migrate", json={"process_key": target}).status_code == 409
    made = client.post(f"/api/v1/instances/{key}/migrate", json={"process_key": target, "elements": {"one": "first"}})
    assert made.json["elements"] == {"one": "first"}
    assert active(client, key) == ["first"]


def test_an_ended_instance_begins_again(client: FlaskClient) -> None:
    key = started(client)
    assert client.post(f"/api/v1/instances/{key}/restart", json={}).status_code == 409
    client.post(f"/api/v1/instances/{key}/cancel", json={})
    again = client.post(f"/api/v1/instances/{key}/restart", json={"elements": ["two"]})
    assert again.status_code == 201
    assert active(client, again.json["key"]) == ["two"]


def test_camunda_8_clients_modify(client: FlaskClient, engine: Engine) -> None:
    key = started(client)
    [visit] = client.get(f"/api/v1/instances/{key}").json["active"]
    body = {
        "activateInstructions": [
            {
                "elementId": "two",
                "variableInstructions": [{"variables": {"a": 1}}, {"variables": {"b": 2}, "scopeId": "two"}],
            }
        ],
        "terminateInstructions": [{"elementInstanceKey": visit["key"]}],
    }
    assert client.post(f"/v2/process-instances/{key}/modification", json=body).status_code == 204
    assert active(client, key) == ["two"]
    assert engine.queries.variables(int(key)) == {"a": 1}


def test_camunda_8_clients_move(client: FlaskClient) -> None:
    key = started(client)
    source = {"sourceType": "byId", "sourceElementId": "one"}
    body = {"moveInstructions": [{"sourceElementInstruction": source, "targetElementId": "two"}]}
    assert client.post(f"/v2/process-instances/{key}/modification", json=body).status_code == 204
    assert active(client, key) == ["two"]


def test_camunda_8_clients_migrate(client: FlaskClient) -> None:
    key = started(client)
    target = newest(client, "first", "two")
    path = f"/v2/process-instances/{key}/migration"
    unknown = {
        "targetProcessDefinitionKey": target,
        "mappingInstructions": [{"sourceElementId": "nowhere", "targetElementId": "first"}],
    }
    assert client.post(path, json=unknown).status_code == 400
    unmapped = {
        "targetProcessDefinitionKey": target,
        "mappingInstructions": [{"sourceElementId": "two", "targetElementId": "two"}],
    }
    assert client.post(path, json=unmapped).status_code == 409
    assert client.post("/v2/process-instances/17/migration", json=unmapped).status_code == 404
    fitting = {
        "targetProcessDefinitionKey": target,
        "mappingInstructions": [{"sourceElementId": "one", "targetElementId": "first"}],
    }
    assert client.post(path, json=fitting).status_code == 204
    assert active(client, key) == ["first"]
