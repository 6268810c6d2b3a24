"""What Camunda Modeler needs of a Camunda 8 cluster (modeler-deploy.md, part A), request by request."""

from __future__ import annotations

import io
from typing import Any

import pytest
from flask.testing import FlaskClient

from api.app import create_app
from api.settings import Settings
from engine.engine import Engine
from tests.support.diagrams import chain, diagram

GOOD = diagram('<bpmn:startEvent id="s"/><bpmn:endEvent id="e"/>', chain("s", "e"), process_id="order")
BAD = diagram('<bpmn:startEvent id="s"/><bpmn:serviceTask id="work"/>', chain("s", "work"))
FORM = b'{"type": "default", "id": "check", "schemaVersion": 16, "components": []}'
PROBLEM = ["detail", "instance", "status", "title", "type"]


def deploy(client: FlaskClient, *files: tuple[str, bytes], tenant: str = "<default>") -> Any:
    parts = [(io.BytesIO(content), name, "application/octet-stream") for name, content in files]
    data = {"resources": parts, "tenantId": tenant}
    return client.post("/v2/deployments", data=data, content_type="multipart/form-data")


def test_the_connection_check_gets_a_version_that_modeler_likes(client: FlaskClient) -> None:
    answer = client.get("/v2/topology")
    assert answer.content_type == "application/json"
    assert answer.json["gatewayVersion"].startswith("8.8.")
    assert {"brokers", "clusterSize", "partitionsCount", "replicationFactor"} <= answer.json.keys()


def test_a_deployment_answers_in_the_exact_shape(client: FlaskClient) -> None:
    answer = deploy(client, ("order.bpmn", GOOD))
    assert answer.status_code == 200, answer.text
    (entry,) = answer.json["deployments"]
    key = entry["processDefinition"]["processDefinitionKey"]
    assert key.isdigit()
    assert answer.json == {
        "deploymentKey": answer.json["deploymentKey"],
        "tenantId": "<default>",
        "deployments": [
            {
                "processDefinition": {
                    "processDefinitionId": "order",
                    "processDefinitionVersion": 1,
                    "processDefinitionKey": key,
                    "resourceName": "order.bpmn",
                    "tenantId": "<default>",
                },
                "decisionDefinition": None,
                "decisionRequirements": None,
                "form": None,
                "resource": None,
            }
        ],
    }


def test_a_process_application_is_deployed_in_one_request(client: FlaskClient) -> None:
    answer = deploy(client, ("order.bpmn", GOOD), ("check.form", FORM))
    kinds = [name for entry in answer.json["deployments"] for name, value in entry.items() if value]
    assert kinds == ["processDefinition", "form"]
    form = answer.json["deployments"][1]["form"]
    assert (form["formId"], form["version"], form["resourceName"], form["tenantId"]) == (
        "check",
        1,
        "check.form",
        "<default>",
    )


def test_an_unchanged_file_keeps_key_and_version(client: FlaskClient) -> None:
    first, second = (deploy(client, ("order.bpmn", GOOD)).json for _ in range(2))
    assert first["deployments"] == second["deployments"]


def test_a_rejected_diagram_tells_everything_in_the_text_that_modeler_shows(client: FlaskClient) -> None:
    answer = deploy(client, ("bad.bpmn", BAD), ("order.bpmn", GOOD))
    assert answer.status_code == 400
    assert answer.content_type == "application/problem+json"
    assert sorted(answer.json) == PROBLEM
    assert answer.json["title"] == "INVALID_ARGUMENT"
    assert "ERROR bad.bpmn, line " in answer.json["detail"]
    assert "element work" in answer.json["detail"]
    assert "Hint: " in answer.json["detail"]
    assert client.get("/api/v1/processes").json["items"] == []


def test_broken_xml_and_unknown_kinds_of_files_are_named(client: FlaskClient) -> None:
    for name, content in (("broken.bpmn", b"<oops"), ("notes.txt", b"hello")):
        answer = deploy(client, (name, content))
        assert (answer.status_code, answer.json["title"]) == (400, "INVALID_ARGUMENT")
        assert name in answer.json["detail"]


def test_another_tenant_is_refused(client: FlaskClient) -> None:
    answer = deploy(client, ("order.bpmn", GOOD), tenant="acme")
    assert (answer.status_code, answer.json["title"]) == (400, "INVALID_ARGUMENT")


@pytest.mark.parametrize("tenant", [None, "<default>"])
def test_an_instance_is_started_by_id_and_by_key(client: FlaskClient, tenant: str | None) -> None:
    key = deploy(client, ("order.bpmn", GOOD)).json["deployments"][0]["processDefinition"]["processDefinitionKey"]
    extra = {} if tenant is None else {"tenantId": tenant}
    for which in ({"processDefinitionId": "order"}, {"processDefinitionKey": key}):
        answer = client.post("/v2/process-instances", json={**which, **extra, "variables": {"a": 1}})
        assert answer.status_code == 200, answer.text
        instance = answer.json
        assert instance["processInstanceKey"].isdigit()
        assert {name: instance[name] for name in instance if name != "processInstanceKey"} == {
            "processDefinitionId": "order",
            "processDefinitionVersion": 1,
            "processDefinitionKey": key,
            "tenantId": "<default>",
            "variables": {},
            "tags": [],
            "businessId": None,
        }


@pytest.mark.parametrize(
    ("body", "status", "title"),
    [
        ({}, 400, "INVALID_ARGUMENT"),
        ({"processDefinitionId": "order", "processDefinitionKey": "1"}, 400, "INVALID_ARGUMENT"),
        ({"processDefinitionId": "order", "surprise": 1}, 400, "Bad Request"),
        ({"processDefinitionKey": 12}, 400, "Bad Request"),
        ({"processDefinitionId": "order", "variables": []}, 400, "Bad Request"),
        ({"processDefinitionId": "nowhere"}, 404, "NOT_FOUND"),
        ({"processDefinitionKey": "17"}, 404, "NOT_FOUND"),
        ({"processDefinitionId": "order", "tenantId": "acme"}, 400, "INVALID_ARGUMENT"),
        ({"processDefinitionId": "order", "startInstructions": [{"elementId": "nowhere"}]}, 400, "INVALID_ARGUMENT"),
        ({"processDefinitionId": "order", "tags": ["a"]}, 400, "INVALID_ARGUMENT"),
    ],
    ids=str,
)
def test_a_start_that_makes_no_sense_is_a_complete_problem(
    client: FlaskClient, body: dict[str, Any], status: int, title: str
) -> None:
    deploy(client, ("order.bpmn", GOOD))
    answer = client.post("/v2/process-instances", json=body)
    assert (answer.status_code, answer.json["title"]) == (status, title)
    assert answer.json["status"] == status
    assert sorted(answer.json) == PROBLEM


def test_unparsable_json_is_a_bad_request(client: FlaskClient) -> None:
    answer = client.post("/v2/process-instances", data=b"{", content_type="application/json")
    assert (answer.status_code, answer.json["title"]) == (400, "Bad Request")


def test_the_title_at_401_is_the_word_that_modeler_looks_for(engine: Engine) -> None:
    guarded = create_app(Settings(auth="basic"), engine).test_client()
    answer = guarded.get("/v2/topology")
    assert (answer.status_code, answer.json["title"]) == (401, "Unauthorized")
    assert sorted(answer.json) == PROBLEM


def test_an_address_that_is_not_offered_is_a_complete_problem(client: FlaskClient) -> None:
    answer = client.post("/v2/clock/reset", json={})
    assert answer.status_code == 404
    assert sorted(answer.json) == PROBLEM


def test_a_signal_is_broadcast(client: FlaskClient) -> None:
    answer = client.post("/v2/signals/broadcast", json={"signalName": "alarm", "variables": {"a": 1}})
    assert (answer.status_code, answer.json["tenantId"]) == (200, "<default>")
    assert int(answer.json["signalKey"]) > 0
    assert client.post("/v2/signals/broadcast", json={"variables": {}}).status_code == 400


def test_conditions_that_start_are_asked(client: FlaskClient) -> None:
    answer = client.post("/v2/conditionals/evaluation", json={"variables": {"a": 1}})
    assert (answer.status_code, answer.json["processInstances"]) == (200, [])
    missing = {"variables": {"a": 1}, "processDefinitionKey": "7"}
    assert client.post("/v2/conditionals/evaluation", json=missing).status_code == 404
