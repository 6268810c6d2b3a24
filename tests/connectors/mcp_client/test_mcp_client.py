"""MCP servers as tools: a real server behind every transport, what is filtered, and what a bad one can do."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from connectors.base import Permanent, Retryable
from connectors.mcp_client.connector import McpClient
from tests.support.books import request

pytest.importorskip("mcp")
SERVER = Path(__file__).parent / "mcp_server.py"
ROW = {"command": [sys.executable, str(SERVER), "stdio"], "timeout_seconds": 60.0}
ALL = {"add", "fail", "flood", "sleep", "die"}


def client(**changes: Any) -> McpClient:
    return McpClient({"tools": {**ROW, **changes}}, is_remote=False)


def inputs(method: str, params: Any = None, **more: Any) -> dict[str, Any]:
    operation = {"type": "aiAgentTool", "toolOperation": {"method": method, "params": params or {}}, **more}
    return {"data": {"client": {"clientId": "tools"}, "connectorMode": operation}}


def call(tool: str, **arguments: Any) -> dict[str, Any]:
    return inputs("tools/call", {"name": tool, "arguments": arguments})


def ask(of: McpClient, given: Mapping[str, Any], **changes: Any) -> Any:
    return of(request(given, **{"timeout_seconds": 60.0, **changes})).response


@contextmanager
def listening(kind: str) -> Iterator[dict[str, Any]]:
    """The transport of a server that listens on loopback."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, str(SERVER), kind, str(port)])
    for _ in range(600):
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.1)
    path = "mcp" if kind == "http" else "sse"
    yield {"type": kind, kind: {"url": f"http://127.0.0.1:{port}/{path}"}}
    process.kill()
    process.wait()


@pytest.fixture(scope="module", params=["http", "sse"])
def remote(request: pytest.FixtureRequest) -> Iterator[dict[str, Any]]:
    with listening(request.param) as transport:
        yield transport


def test_the_tools_of_a_server_are_told_with_their_schemas() -> None:
    told = ask(client(), inputs("tools/list"))["toolDefinitions"]
    assert {one["name"] for one in told} == ALL
    [add] = [one for one in told if one["name"] == "add"]
    assert add["description"] == "Add two numbers."
    assert set(add["inputSchema"]["properties"]) == {"a", "b"}


def test_a_tool_is_called() -> None:
    answer = ask(client(), call("add", a=2, b=3))
    assert (answer["name"], answer["isError"], answer["content"][0]["text"]) == ("add", False, "5")


def test_a_remote_server_is_asked_by_the_diagrams_address(remote: dict[str, Any]) -> None:
    given = {"data": {**call("add", a=1, b=1)["data"], "transport": remote}}
    assert ask(McpClient({}, is_remote=True), given)["content"][0]["text"] == "2"


def test_the_first_version_of_the_template_still_works() -> None:
    given = {"data": {"client": {"clientId": "tools"}, "operation": {"method": "tools/list", "params": None}}}
    assert len(ask(client(), given)["toolDefinitions"]) == len(ALL)


def test_one_question_by_itself() -> None:
    operation = {"type": "resources/read", "resourceUri": "note://today"}
    given = {"data": {"client": {"clientId": "tools"}, "connectorMode": {"type": "standalone", "operation": operation}}}
    assert ask(client(), given)["contents"][0]["text"] == "buy milk"


def test_filters_of_the_diagram_and_of_the_settings_both_count() -> None:
    filters = {"toolModeFilters": {"tools": {"included": ["add", "fail"], "excluded": ["fail"]}}}
    told = ask(client(tools=["a*", "f*"]), inputs("tools/list", **filters))["toolDefinitions"]
    assert [one["name"] for one in told] == ["add"]
    refused = ask(client(tools=["f*"]), call("add", a=1, b=1))
    assert refused["isError"]
    assert "not allowed" in refused["content"][0]["text"]


def test_a_process_out_of_scope_may_not_use_a_server() -> None:
    with pytest.raises(Permanent) as raised:
        ask(client(processes=["pay*"]), inputs("tools/list"), process_id="invoice")
    assert raised.value.code == "MCP_CLIENT_FORBIDDEN"


def test_an_unknown_server_is_named_with_those_that_are_known() -> None:
    with pytest.raises(Permanent, match="Known: tools"):
        ask(client(), {"data": {"client": {"clientId": "nobody"}}})


@pytest.mark.parametrize(("tool", "said"), [("fail", "on purpose"), ("none", "none"), ("die", "Nobody knows")])
def test_a_model_is_told_of_a_call_that_failed(tool: str, said: str) -> None:
    answer = ask(client(), call(tool))
    assert answer["isError"]
    assert said in answer["content"][0]["text"]


def test_a_model_is_told_of_a_call_that_was_not_answered_in_time() -> None:
    with listening("http") as transport:
        given = {"data": {**call("sleep")["data"], "transport": transport}}
        answer = ask(McpClient({}, is_remote=True), given, timeout_seconds=10.0)
    assert answer["isError"]
    assert "in time" in answer["content"][0]["text"]


def test_an_answer_without_end_is_not_taken() -> None:
    with pytest.raises(Permanent) as raised:
        ask(client(), call("flood"))
    assert raised.value.code == "MCP_ANSWER_TOO_LARGE"


def test_a_server_that_is_not_there_may_be_asked_later() -> None:
    given = {
        "data": {
            **inputs("tools/list")["data"],
            "transport": {"type": "http", "http": {"url": "http://127.0.0.1:9/mcp"}},
        }
    }
    with pytest.raises(Retryable):
        ask(McpClient({}, is_remote=True), given)


@pytest.mark.parametrize(
    "row", [{}, {"url": "ftp://x"}, {"url": "http://x", "evil": 1}, {"url": "http://x", "transport": "x"}]
)
def test_settings_that_cannot_work_are_refused(row: Any) -> None:
    with pytest.raises(Permanent):
        McpClient({"x": row}, is_remote=False)


def test_a_secret_is_filled_into_headers_from_the_settings() -> None:
    from connectors.mcp_client.servers import McpServer

    server = McpServer("http://x", headers={"Authorization": "Bearer {{secrets.CRM}}"})
    assert server.with_secrets(lambda name: f"<{name}>").headers == {"Authorization": "Bearer <CRM>"}
    assert json.dumps(dict(server.headers)).count("secrets.CRM") == 1
