"""Outside agents at /mcp: what they may do is what their roles allow, and each call is in the audit trail."""

from __future__ import annotations

import json
from collections.abc import Callable
from threading import Thread
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.serving import make_server

from engine.actors import Role
from engine.engine import Engine, NamedFile
from engine.queries import AuditFilter, Page
from tests.api.callers import ROOT
from tests.support.books import request
from tests.support.diagrams import chain, diagram

TOOL = """<bpmn:startEvent id="start"><bpmn:extensionElements><zeebe:properties>
  <zeebe:property name="io.camunda.tool:name" value="refund"/>
  <zeebe:property name="io.camunda.tool:purpose" value="Pays money back to a customer."/>
  <zeebe:property name="io.camunda.tool:inputs" value="amount: US dollars"/>
</zeebe:properties></bpmn:extensionElements>%s</bpmn:startEvent>"""
NATIVE = "<bpmn:extensionElements><zeebe:userTask/></bpmn:extensionElements>"
ASK = f'<bpmn:userTask id="ask" name="Ask">{NATIVE}</bpmn:userTask>'
END = '<bpmn:endEvent id="end"/>'
READERS_TOOLS = {"list_processes", "find_instances", "where_is_it_stuck", "instance_variables", "list_incidents"}


def say(client: FlaskClient, method: str, **params: Any) -> Any:
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    return client.post("/mcp", json=body).get_json()


def use(client: FlaskClient, tool: str, **arguments: Any) -> Any:
    return say(client, "tools/call", name=tool, arguments=arguments)["result"]


def names(client: FlaskClient) -> set[str]:
    return {tool["name"] for tool in say(client, "tools/list")["result"]["tools"]}


@pytest.fixture
def deployed(engine: Engine) -> Engine:
    files = [
        NamedFile("p.bpmn", diagram(TOOL % "" + ASK + END, chain("start", "ask", "end"), process_id="refunds")),
        NamedFile(
            "m.bpmn",
            diagram(
                TOOL.replace('"refund"', '"by_message"') % '<bpmn:messageEventDefinition messageRef="m"/>' + ASK + END,
                chain("start", "ask", "end"),
                process_id="told",
                roots='<bpmn:message id="m" name="asked"/>',
            ),
        ),
    ]
    engine.deploy(files, by=ROOT)
    return engine


def test_it_introduces_itself_in_a_version_that_both_know(client: FlaskClient) -> None:
    told = say(client, "initialize", protocolVersion="2025-03-26", capabilities={}, clientInfo={"name": "t"})["result"]
    assert (told["protocolVersion"], told["serverInfo"]["name"]) == ("2025-03-26", "baton")
    assert say(client, "initialize", protocolVersion="1999-01-01")["result"]["protocolVersion"] == "2025-06-18"
    assert say(client, "ping")["result"] == {}


def test_a_notification_is_taken_in_silence(client: FlaskClient) -> None:
    answer = client.post("/mcp", json={"jsonrpc": "2.0", "method": "notifications/initialized"})
    assert (answer.status_code, answer.data) == (202, b"")


def test_roles_decide_what_is_offered(as_role: Callable[..., FlaskClient], deployed: Engine) -> None:
    assert names(as_role(Role.AUDITOR)) == READERS_TOOLS | {"list_my_tasks", "show_task", "task_form"}
    assert "complete_task" in names(as_role(Role.APPROVER))
    assert {"refund", "by_message", "publish_message"} <= names(as_role(Role.OPERATOR))
    assert "refund" not in names(as_role(Role.AUDITOR))


def test_a_tool_that_is_not_offered_cannot_be_called(as_role: Callable[..., FlaskClient], deployed: Engine) -> None:
    answer = say(as_role(Role.AUDITOR), "tools/call", name="start_process", arguments={"process_id": "refunds"})
    assert answer["error"]["code"] == -32602
    assert not deployed.queries.instances().items


def test_an_agent_starts_a_process_and_does_the_work(as_role: Callable[..., FlaskClient], deployed: Engine) -> None:
    client = as_role(Role.OPERATOR, name="helper")
    key = use(client, "start_process", process_id="refunds", variables={"amount": 5})["structuredContent"]["key"]
    [task] = use(client, "list_my_tasks")["structuredContent"]["items"]
    assert use(client, "where_is_it_stuck", instance_key=key)["structuredContent"]["state"] == "active"
    assert use(client, "complete_task", task_key=task["key"], variables={"done": True})["isError"] is False
    assert deployed.queries.instance(int(key)).state.value == "completed"
    records = deployed.queries.audit(AuditFilter(), Page(100)).items
    assert {(record.actor_id, record.verb) for record in records} >= {
        ("helper", "start"),
        ("helper", "complete_task"),
        ("helper", "note_outside_call"),
    }


@pytest.mark.parametrize("tool", ["refund", "by_message"])
def test_a_process_is_a_tool_by_camundas_properties(
    as_role: Callable[..., FlaskClient], deployed: Engine, tool: str
) -> None:
    client = as_role(Role.OPERATOR)
    listed = {one["name"]: one for one in say(client, "tools/list")["result"]["tools"]}
    assert listed[tool]["description"] == "Pays money back to a customer.\nInputs: amount: US dollars"
    [key] = use(client, tool, amount=12)["structuredContent"]["started"]
    assert deployed.queries.variables(int(key)) == {"amount": 12}


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        ({}, "process_id"),
        ({"process_id": "none"}, "not-found"),
        ({"process_id": "refunds", "evil": 1}, "evil"),
        ({"process_id": "refunds", "variables": [1]}, "variables"),
    ],
)
def test_a_wrong_call_says_what_is_wrong(client: FlaskClient, deployed: Engine, arguments: Any, fault: str) -> None:
    answer = use(client, "start_process", **arguments)
    assert answer["isError"]
    assert fault in answer["content"][0]["text"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", -32700),
        (b"[" * 100_000, -32700),
        (b"[]", -32600),
        (b'{"jsonrpc": "1.0", "id": 1, "method": "ping"}', -32600),
        (b'{"jsonrpc": "2.0", "id": {}, "method": "ping"}', -32600),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "ping", "params": [1]}', -32600),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "resources/list"}', -32601),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": 7}}', -32602),
    ],
)
def test_what_is_no_request_is_refused_by_the_protocols_codes(client: FlaskClient, body: bytes, code: int) -> None:
    answer = client.post("/mcp", data=body, content_type="application/json")
    assert json.loads(answer.data)["error"]["code"] == code


def test_there_is_no_stream_to_open(client: FlaskClient) -> None:
    assert client.get("/mcp").status_code == 405


def test_the_official_client_gets_along_with_it(app: Flask, deployed: Engine) -> None:
    pytest.importorskip("mcp")
    from connectors.mcp_client.connector import McpClient

    server = make_server("127.0.0.1", 0, app, threaded=True)
    Thread(target=server.serve_forever, daemon=True).start()
    transport = {"type": "http", "http": {"url": f"http://127.0.0.1:{server.server_port}/mcp"}}
    client = McpClient({}, is_remote=True)

    def ask(method: str, **params: Any) -> Any:
        operation = {"type": "aiAgentTool", "toolOperation": {"method": method, "params": params}}
        given = {"data": {"transport": transport, "connectorMode": operation}}
        return client(request(given, timeout_seconds=30.0)).response

    assert "refund" in {tool["name"] for tool in ask("tools/list")["toolDefinitions"]}
    answer = ask("tools/call", name="refund", arguments={"amount": 3})
    server.shutdown()
    [key] = json.loads(answer["content"][0]["text"])["started"]
    assert deployed.queries.variables(int(key)) == {"amount": 3}
