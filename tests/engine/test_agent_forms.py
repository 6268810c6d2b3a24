"""Other forms of agents: as a task whose diagram runs the tools, with tools of an MCP server; the schema alone."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.engine.agent_desk import RESULT, TOOLS, Desk, agent, call, calls, desks
from tests.support.diagrams import chain

SERVER = Path(__file__).parent.parent / "connectors" / "mcp_client" / "mcp_server.py"
GATEWAY = """<serviceTask id="Numbers" name="Numbers"><extensionElements>
  <zeebe:taskDefinition type="io.camunda.agenticai:mcpclient:1"/>
  <zeebe:properties><zeebe:property name="io.camunda.agenticai.gateway.type" value="mcpClient"/>%s</zeebe:properties>
  <zeebe:ioMapping>
    <zeebe:input source="numbers" target="data.client.clientId"/>
    <zeebe:input source="aiAgentTool" target="data.connectorMode.type"/>
    <zeebe:input source="=toolCall.method" target="data.connectorMode.toolOperation.method"/>
    <zeebe:input source="=toolCall.params" target="data.connectorMode.toolOperation.params"/>
    <zeebe:input source='=["add", "fail"]' target="data.connectorMode.toolModeFilters.tools.included"/>
  </zeebe:ioMapping>
  <zeebe:taskHeaders><zeebe:header key="resultVariable" value="toolCallResult"/></zeebe:taskHeaders>
</extensionElements></serviceTask>"""
TASK = f"""<serviceTask id="Think"><extensionElements>
  <zeebe:taskDefinition type="io.camunda.agenticai:aiagent:1"/>
  <zeebe:ioMapping>
    <zeebe:input source="openai" target="provider.type"/>
    <zeebe:input source="gpt-4o" target="provider.openai.model.model"/>
    <zeebe:input source="You are helpful." target="data.systemPrompt.prompt"/>
    <zeebe:input source="=question" target="data.userPrompt.prompt"/>
    <zeebe:input source="Tools" target="data.tools.containerElementId"/>
    <zeebe:input source="=toolCallResults" target="data.tools.toolCallResults"/>
    <zeebe:input source="=agent.context" target="data.context"/>
    <zeebe:input source="=20" target="data.memory.contextWindowSize"/>
  </zeebe:ioMapping>
  <zeebe:taskHeaders><zeebe:header key="resultVariable" value="agent"/></zeebe:taskHeaders>
</extensionElements></serviceTask>
<exclusiveGateway id="more" default="no"/>
<adHocSubProcess id="Tools"><extensionElements>
    <zeebe:adHoc activeElementsCollection="=[toolCall._meta.name]"/>
    <zeebe:ioMapping><zeebe:input source="=null" target="toolCallResult"/></zeebe:ioMapping>
  </extensionElements>
  <multiInstanceLoopCharacteristics><extensionElements>
    <zeebe:loopCharacteristics inputCollection="=agent.toolCalls" inputElement="toolCall"
      outputCollection="toolCallResults" outputElement="{RESULT}"/>
  </extensionElements></multiInstanceLoopCharacteristics>
  {TOOLS}
</adHocSubProcess>
<sequenceFlow id="yes" sourceRef="more" targetRef="Tools">
  <conditionExpression>=count(agent.toolCalls) &gt; 0</conditionExpression>
</sequenceFlow>
<sequenceFlow id="no" sourceRef="more" targetRef="end"/>"""


@pytest.fixture
def desk(upgraded_database_url: str) -> Iterator[Callable[..., Desk]]:
    with desks(upgraded_database_url) as make:
        yield make


@pytest.fixture
def small_desk(upgraded_sqlite_url: str) -> Iterator[Callable[..., Desk]]:
    """Over SQLite alone: a program is started for each question, which takes seconds."""
    with desks(upgraded_sqlite_url) as make:
        yield make


@pytest.fixture
def numbers() -> dict[str, Any]:
    pytest.importorskip("mcp")
    return {"numbers": {"command": [sys.executable, str(SERVER), "stdio"], "timeout_seconds": 60.0}}


def test_as_a_task_the_diagram_runs_the_tools_and_comes_back(desk: Any) -> None:
    script = [calls(call("Weather", city="Rome"), call("Weather", city="Bari")), "Both sunny."]
    flows = [*chain("start", "Think", "more"), ("Tools", "Think")]
    one = desk(script, body=TASK, flows=flows, agent=None, toolCallResults=[])
    assert one.state() == "completed", one.incidents()
    answer = one.answer()
    assert (answer["responseText"], answer["toolCalls"]) == ("Both sunny.", [])
    assert answer["context"]["metrics"]["modelCalls"] == 2
    assert {request.variables["city"] for request in one.served} == {"Rome", "Bari"}
    told = [message["content"] for message in one.attempts()[1].prompt if message["role"] == "tool"]
    assert told == ["weather for Rome", "weather for Bari"]


def test_as_a_task_what_cannot_be_taken_back_waits_for_a_person_too(desk: Any) -> None:
    flows = [*chain("start", "Think", "more"), ("Tools", "Think")]
    one = desk([call("Pay", amount=9, to="Bob"), "Paid."], body=TASK, flows=flows, agent=None, toolCallResults=[])
    assert not one.served
    one.decide("approve")
    assert [request.variables["to"] for request in one.served] == ["Bob"]
    assert one.answer()["responseText"] == "Paid."


def test_the_tools_of_an_mcp_server_are_tools_of_the_agent(small_desk: Any, numbers: Any) -> None:
    script = [call("MCP_Numbers___add", a=2, b=3), call("MCP_Numbers___fail", "b"), "Five."]
    one = small_desk(script, body=agent(tools=GATEWAY % ""), mcp_servers=numbers)
    assert one.answer() == {"responseText": "Five."}, one.incidents()
    told = [message["content"] for message in one.attempts()[2].prompt if message["role"] == "tool"]
    assert told[0] == "5"
    assert "on purpose" in told[1]
    assert one.noted() == [("MCP_Numbers___add", "allowed"), ("MCP_Numbers___fail", "allowed")]


@pytest.mark.parametrize("name", ["MCP_Numbers___flood", "Numbers"])
def test_what_the_server_has_and_the_diagram_leaves_out_is_no_tool(small_desk: Any, numbers: Any, name: str) -> None:
    one = small_desk([call(name), "Nothing."], body=agent(tools=GATEWAY % ""), mcp_servers=numbers)
    assert one.noted() == [(name, "refused")]
    assert one.answer() == {"responseText": "Nothing."}


def test_a_gateway_whose_calls_cannot_be_taken_back_asks_a_person_for_each(small_desk: Any, numbers: Any) -> None:
    tools = GATEWAY % '<zeebe:property name="baton:irreversible" value="true"/>'
    headers = {"baton:approvers": "treasury"}
    one = small_desk(
        [call("MCP_Numbers___add", a=2, b=3), "Five."], body=agent(tools=tools, headers=headers), mcp_servers=numbers
    )
    one.decide("edit", variables={"output": {"tool": "MCP_Numbers___add", "arguments": {"a": 20, "b": 30}}})
    assert [message["content"] for message in one.attempts()[1].prompt if message["role"] == "tool"] == ["50"]


def test_a_server_that_nobody_configured_is_an_incident(desk: Any) -> None:
    one = desk(["Never asked."], body=agent(tools=GATEWAY % ""))
    assert "no MCP server 'numbers'" in one.incidents()[0]
    assert not one.attempts()


def test_the_schema_of_tools_alone(desk: Any) -> None:
    task = """<serviceTask id="Schema"><extensionElements>
      <zeebe:taskDefinition type="io.camunda.agenticai:adhoctoolsschema:1"/>
      <zeebe:ioMapping><zeebe:input source="Agent" target="data.containerElementId"/></zeebe:ioMapping>
      <zeebe:taskHeaders><zeebe:header key="resultVariable" value="schema"/></zeebe:taskHeaders>
    </extensionElements></serviceTask>"""
    one = desk(["x"], body=task + agent(), flows=chain("start", "Schema", "Agent", "end"))
    told = one.variables()["schema"]["toolDefinitions"]
    assert [tool["name"] for tool in told] == ["Weather", "Ask", "Pay"]
    assert told[0]["inputSchema"]["required"] == ["city"]
