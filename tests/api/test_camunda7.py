"""What Camunda Modeler needs of Camunda 7 (modeler-deploy.md, part B), request by request."""

from __future__ import annotations

import io
from typing import Any

import pytest
from flask.testing import FlaskClient

from api.app import create_app
from api.camunda7.values import plain, typed
from api.problems import Problem
from api.settings import Settings
from engine.engine import Engine
from tests.support.diagrams import chain, diagram

GOOD = diagram(
    '<bpmn:startEvent id="s"/><bpmn:userTask id="t"/><bpmn:endEvent id="e"/>',
    chain("s", "t", "e"),
    process_id="order",
    dialect="camunda7",
)
BAD = diagram('<bpmn:startEvent id="s"/><bpmn:serviceTask id="work"/>', chain("s", "work"), dialect="camunda7")

MODELER = {
    "Origin": "file://",
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) camunda-modeler/5.50.1 Chrome/142.0 Electron/39.2 Safari/537.36",
}


def deploy(client: FlaskClient, content: bytes = GOOD, **fields: str) -> Any:
    data = {
        "deployment-name": "order",
        "deployment-source": "Camunda Modeler",
        "enable-duplicate-filtering": "true",
        **fields,
        "order.bpmn": (io.BytesIO(content), "order.bpmn", "text/xml"),
    }
    return client.post("/engine-rest/deployment/create", data=data, content_type="multipart/form-data", headers=MODELER)


def test_the_connection_check_and_the_version(client: FlaskClient) -> None:
    check = client.get("/engine-rest/deployment?maxResults=0", headers=MODELER)
    assert (check.status_code, check.json) == (200, [])
    version = client.get("/engine-rest/version", headers=MODELER)
    assert version.json["version"].startswith("7.")
    assert version.headers["Content-Type"] == "application/json"


def test_a_deployment_names_what_modeler_starts_afterwards(client: FlaskClient) -> None:
    answer = deploy(client)
    assert answer.status_code == 200, answer.text
    ((definition_id, definition),) = answer.json["deployedProcessDefinitions"].items()
    assert definition["id"] == definition_id
    assert (definition["key"], definition["version"], definition["resource"]) == ("order", 1, "order.bpmn")
    assert answer.json["id"].isdigit()
    assert answer.json["name"] == "order"


def test_an_unchanged_file_is_named_too(client: FlaskClient) -> None:
    first, second = deploy(client).json, deploy(client).json
    assert second["deployedProcessDefinitions"] == first["deployedProcessDefinitions"] is not None


def test_an_instance_is_started_by_id_and_by_key(client: FlaskClient) -> None:
    (definition_id,) = deploy(client).json["deployedProcessDefinitions"]
    body = {"businessKey": "B-1", "variables": {"amount": {"value": 12, "type": "Integer"}}}
    for path in (definition_id, definition_id.rsplit(":", 1)[-1], "key/order"):
        answer = client.post(f"/engine-rest/process-definition/{path}/start", json=body, headers=MODELER)
        assert answer.status_code == 200, answer.text
        assert answer.json["definitionId"] == definition_id
        assert (answer.json["businessKey"], answer.json["ended"], answer.json["suspended"]) == ("B-1", False, False)
        shown = client.get(f"/api/v1/instances/{answer.json['id']}/variables").json["variables"]
        assert shown["amount"] == 12


def test_variables_come_back_when_they_are_asked_for(client: FlaskClient) -> None:
    deploy(client)
    body = {"variables": {"a": {"value": "x"}}, "withVariablesInReturn": True}
    answer = client.post("/engine-rest/process-definition/key/order/start", json=body)
    assert answer.json["variables"]["a"] == {"type": "String", "value": "x", "valueInfo": {}}


def test_an_unknown_definition_is_not_found(client: FlaskClient) -> None:
    for path in ("key/nowhere", "nowhere", "1", "order:1:17"):
        answer = client.post(f"/engine-rest/process-definition/{path}/start", json={})
        assert (answer.status_code, answer.json["type"]) == (404, "InvalidRequestException")


def test_a_rejected_diagram_becomes_modelers_list_of_parse_problems(client: FlaskClient) -> None:
    answer = deploy(client, BAD)
    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json["type"] == "ParseException"
    assert answer.json["message"].startswith("ENGINE-09005 Could not parse BPMN process.")
    problem = answer.json["details"]["order.bpmn"]["errors"][0]
    assert problem["line"] > 0
    assert any(one["mainElementId"] == "work" for one in answer.json["details"]["order.bpmn"]["errors"])
    assert client.get("/api/v1/processes").json["items"] == []


def test_broken_xml_is_a_parse_problem_too(client: FlaskClient) -> None:
    answer = deploy(client, b"<oops")
    assert (answer.status_code, answer.json["type"]) == (400, "ParseException")
    assert answer.json["message"].startswith("ENGINE-09005 Could not parse BPMN process.")


def test_no_resource_and_a_tenant_are_refused(client: FlaskClient) -> None:
    empty = client.post(
        "/engine-rest/deployment/create", data={"deployment-name": "x"}, content_type="multipart/form-data"
    )
    assert (empty.status_code, empty.json["type"]) == (400, "InvalidRequestException")
    assert deploy(client, **{"tenant-id": "acme"}).status_code == 400


@pytest.mark.parametrize("path", ["version", "deployment", "deployment/create", "process-definition/x/start"])
def test_a_preflight_needs_no_credentials(engine: Engine, path: str) -> None:
    guarded = create_app(Settings(auth="basic"), engine).test_client()
    asked = {**MODELER, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    answer = guarded.options(f"/engine-rest/{path}", headers=asked)
    assert answer.status_code in (200, 204)
    assert answer.headers["Access-Control-Allow-Origin"] == "file://"
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]
    assert "authorization" in answer.headers["Access-Control-Allow-Headers"]


def test_an_anonymous_probe_is_answered_401_and_modeler_may_read_it(engine: Engine) -> None:
    guarded = create_app(Settings(auth="basic"), engine).test_client()
    answer = guarded.get("/engine-rest/deployment?maxResults=0", headers=MODELER)
    assert answer.status_code == 401
    assert answer.headers["Access-Control-Allow-Origin"] == "file://"
    assert answer.json["message"]


def test_the_links_lead_to_this_server(client: FlaskClient) -> None:
    answer = client.get("/.well-known/camunda-automation-platform/webapps")
    assert set(answer.json) == {"adminUrl", "cockpitUrl", "tasklistUrl"}
    assert all(url.startswith("http://localhost") for url in answer.json.values())


def test_typed_values_become_plain_ones() -> None:
    given = {
        "text": {"value": "x", "type": "String"},
        "lower": {"value": 3, "type": "integer"},
        "half": {"value": 0.5, "type": "Double"},
        "yes": {"value": True, "type": "Boolean"},
        "none": {"value": None, "type": "Null"},
        "json": {"value": '{"a": [1]}', "type": "Json"},
        "object": {"value": "[1, 2]", "type": "Object", "valueInfo": {"serializationDataFormat": "application/json"}},
        "date": {"value": "2015-10-06T16:34:42.000+0200", "type": "Date"},
        "bare": {"value": [1]},
    }
    assert plain(given) == {
        "text": "x",
        "lower": 3,
        "half": 0.5,
        "yes": True,
        "none": None,
        "json": {"a": [1]},
        "object": [1, 2],
        "date": "2015-10-06T16:34:42.000+0200",
        "bare": [1],
    }


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"value": "x", "type": "Integer"}, "not of type Integer"),
        ({"value": True, "type": "Integer"}, "not of type Integer"),
        ({"value": "eA==", "type": "Bytes"}, "Unsupported value type 'Bytes'"),
        ({"value": "{", "type": "Json"}, "must be JSON text"),
        ("x", "must be an object"),
        ({"value": 1, "surprise": 2}, "must be an object"),
    ],
    ids=str,
)
def test_a_value_that_does_not_fit_its_type_is_refused(given: Any, said: str) -> None:
    with pytest.raises(Problem) as caught:
        plain({"x": given})
    assert said in caught.value.detail


def test_plain_values_are_shown_typed() -> None:
    shown = typed({"a": 1, "b": 2**40, "c": 0.5, "d": True, "e": None, "f": {"x": 1}})
    assert [value["type"] for value in shown.values()] == ["Integer", "Long", "Double", "Boolean", "Null", "Json"]
    assert shown["f"]["value"] == '{"x": 1}'


def test_a_signal_is_broadcast(client: FlaskClient) -> None:
    body = {"name": "alarm", "variables": {"a": {"value": 1, "type": "Integer"}}}
    assert client.post("/engine-rest/signal", json=body).status_code == 204
    assert client.post("/engine-rest/signal", json={"name": "alarm", "executionId": "7"}).status_code == 400


def test_a_condition_starts_what_it_makes_true(client: FlaskClient) -> None:
    condition = "<bpmn:condition>${a &gt; 1}</bpmn:condition>"
    start = f"<bpmn:conditionalEventDefinition>{condition}</bpmn:conditionalEventDefinition>"
    body = f'<bpmn:startEvent id="s">{start}</bpmn:startEvent><bpmn:userTask id="t"/><bpmn:endEvent id="e"/>'
    deploy(client, diagram(body, chain("s", "t", "e"), process_id="watch", dialect="camunda7"))
    asked = {"variables": {"a": {"value": 1}}, "businessKey": "B-1"}
    assert client.post("/engine-rest/condition", json=asked).json == []
    [started] = client.post("/engine-rest/condition", json={**asked, "variables": {"a": {"value": 2}}}).json
    assert started["businessKey"] == "B-1"


def test_a_start_whose_first_step_fails_is_an_exception_as_there(client: FlaskClient) -> None:
    nodes = '<bpmn:startEvent id="s"/><bpmn:serviceTask id="work" camunda:expression="${missing}"/>'
    deploy(client, diagram(nodes, chain("s", "work"), process_id="order", dialect="camunda7"))
    answer = client.post("/engine-rest/process-definition/key/order/start", json={})
    assert (answer.status_code, answer.json["type"]) == (500, "ProcessEngineException")
    assert "'work' of process 'order' failed: " in answer.json["message"]
    answer = client.post("/api/v1/instances", json={"process_id": "order"})
    assert (answer.status_code, answer.json["code"]) == (422, "step-failed")
    assert client.get("/api/v1/instances").json["items"] == []


def test_a_message_is_for_exactly_one_receiver(client: FlaskClient) -> None:
    wait = '<bpmn:receiveTask id="w" messageRef="m"/>'
    body = f'<bpmn:startEvent id="s"/>{wait}<bpmn:endEvent id="e"/>'
    roots = '<bpmn:message id="m" name="paid"/>'
    flows = chain("s", "w", "e")
    deploy(client, diagram(body, flows, process_id="pay", dialect="camunda7", roots=roots))
    for key in ("B-1", "B-2"):
        client.post("/engine-rest/process-definition/key/pay/start", json={"businessKey": key})
    assert client.post("/engine-rest/message", json={"messageName": "paid"}).status_code == 400
    one = {"messageName": "paid", "businessKey": "B-1"}
    assert client.post("/engine-rest/message", json=one).status_code == 204
    assert client.post("/engine-rest/message", json=one).status_code == 400
