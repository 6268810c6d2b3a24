"""An engine whose agents ask scripted models, with a diagram in the form of Camunda's templates."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from connectors.base import Request, Result
from connectors.registry import Registry
from engine.actors import Actor, ActorKind, Role
from engine.clock import FakeClock
from engine.engine import Engine, NamedFile
from engine.policies import Policies, Policy
from engine.queries import AuditFilter, IncidentFilter, Page, TaskFilter
from engine.scopes import ScopeKind
from engine.states import IncidentState
from engine.store import open_store
from engine.worker import Worker, from_environment
from tests.support.diagrams import chain, diagram

ADMIN = Actor("admin", ActorKind.HUMAN, roles=frozenset({Role.ADMIN}))
ANNA = Actor("anna", ActorKind.HUMAN, frozenset({"treasury"}), frozenset({Role.APPROVER}))
AGENT = "io.camunda.agenticai:aiagent-job-worker:1"
RESULT = "={id: toolCall._meta.id, name: toolCall._meta.name, content: toolCallResult, completedAt: now()}"
INPUTS = {
    "provider.type": "openai",
    "provider.openai.authentication.apiKey": "{{secrets.OPENAI}}",
    "provider.openai.model.model": "gpt-4o",
    "data.systemPrompt.prompt": "You are a helpful agent.",
    "data.userPrompt.prompt": "=question",
    "agentContext": "=null",
    "agent": "=null",
    "data.memory.storage.type": "in-process",
    "data.memory.contextWindowSize": "=20",
    "data.limits.maxModelCalls": "=10",
    "data.events.behavior": "WAIT_FOR_TOOL_CALL_RESULTS",
    "data.response.format.type": "text",
    "data.response.includeAssistantMessage": "=false",
}
TOOLS = """
<serviceTask id="Weather" name="Weather"><documentation>What the weather is like in a city</documentation>
  <extensionElements>
    <zeebe:taskDefinition type="weather"/>
    <zeebe:ioMapping>
      <zeebe:input source='=fromAi(toolCall.city, "The city", "string")' target="city"/>
    </zeebe:ioMapping>
    <zeebe:taskHeaders><zeebe:header key="resultVariable" value="toolCallResult"/></zeebe:taskHeaders>
  </extensionElements></serviceTask>
<userTask id="Ask" name="Ask a colleague">
  <extensionElements><zeebe:userTask/>
    <zeebe:ioMapping><zeebe:input source="=fromAi(toolCall.question)" target="asked"/></zeebe:ioMapping>
  </extensionElements></userTask>
<serviceTask id="Pay" name="Pay an amount of money">
  <extensionElements>
    <zeebe:taskDefinition type="pay"/>
    <zeebe:properties>
      <zeebe:property name="baton:irreversible" value="true"/><zeebe:property name="baton:approvers" value="treasury"/>
    </zeebe:properties>
    <zeebe:ioMapping>
      <zeebe:input source='=fromAi(toolCall.amount, "US dollars", "number", {maximum: 1000})' target="amount"/>
      <zeebe:input source='=fromAi(toolCall.to)' target="to"/>
    </zeebe:ioMapping>
    <zeebe:taskHeaders><zeebe:header key="resultVariable" value="toolCallResult"/></zeebe:taskHeaders>
  </extensionElements></serviceTask>
"""


def call(name: str, id: str = "", **arguments: Any) -> dict[str, Any]:
    """A scripted answer that calls one tool."""
    return {"calls": [{"name": name, "arguments": arguments, **({"id": id} if id else {})}]}


def calls(*answers: Mapping[str, Any]) -> dict[str, Any]:
    """A scripted answer that calls several tools at once."""
    found = [one for answer in answers for one in answer["calls"]]
    return {"calls": [{"id": f"call_{at}", **one} for at, one in enumerate(found, 1)]}


def agent(inputs: Mapping[str, str] | None = None, tools: str = TOOLS, headers: Mapping[str, str] | None = None) -> str:
    """The sub-process, as Camunda's template makes it."""
    mapped = "".join(
        f"<zeebe:input source='{source}' target='{name}'/>" for name, source in {**INPUTS, **(inputs or {})}.items()
    )
    listed = "".join(f'<zeebe:header key="{key}" value="{value}"/>' for key, value in (headers or {}).items())
    return f"""<adHocSubProcess id="Agent"><extensionElements>
      <zeebe:taskDefinition type="{AGENT}" retries="3"/>
      <zeebe:adHoc outputCollection="toolCallResults" outputElement="{RESULT}"/>
      <zeebe:ioMapping>{mapped}<zeebe:output source="=agent" target="agent"/></zeebe:ioMapping>
      <zeebe:taskHeaders>{listed}</zeebe:taskHeaders>
    </extensionElements>{tools}</adHocSubProcess>"""


def prefixed(xml: str) -> str:
    """The BPMN elements with their prefix."""
    return re.sub(r"<(/?)([a-zA-Z]+)(?=[\s>/])", r"<\1bpmn:\2", xml)


class Desk:
    """One instance with an agent in it, and a worker. `served` are the requests that the tools' connector got."""

    def __init__(
        self,
        url: str,
        script: Sequence[Any],
        *,
        body: str = "",
        policies: Sequence[Policy] = (),
        row: Mapping[str, Any] | None = None,
        flows: Any = None,
        stopped: bool = False,
        mcp_servers: Mapping[str, Any] | None = None,
        **variables: Any,
    ) -> None:
        self.store, self.clock, self.served = open_store(url), FakeClock(), list[Request]()
        models = {"openai/gpt-4o": {"model": "scripted/a"}, "scripted/a": {"script": list(script), **(row or {})}}
        served = dict.fromkeys(("weather", "pay"), self.tool)
        registry = Registry(served, models=models, mcp_servers=mcp_servers, use_entry_points=False)
        self.engine = Engine(self.store, self.clock, registry, Policies(policies))
        secrets = from_environment({"BATON_SECRET_OPENAI": "sk-1234567890"})
        self.worker = Worker(self.engine, name="w1", secrets=secrets)
        inside = prefixed(f'<startEvent id="start"/>{body or agent()}<endEvent id="end"/>')
        self.engine.deploy([NamedFile("p.bpmn", diagram(inside, flows or chain("start", "Agent", "end")))], by=ADMIN)
        if stopped:
            self.engine.stop_ai(ScopeKind.ALL, by=ADMIN)
        given = {"question": "How is it in Rome?", **variables}
        self.key = self.engine.start(process_id="p", variables=given, by=ADMIN).key
        self.run()

    def tool(self, request: Request) -> Result:
        """What every service task does that is a tool."""
        self.served.append(request)
        return Result(f"{request.type} for {request.variables.get('city') or request.variables.get('to')}")

    def run(self) -> None:
        self.worker.run_until_idle()

    def variables(self) -> dict[str, Any]:
        return dict(self.engine.queries.variables(self.key))

    def answer(self) -> Any:
        return self.variables().get("agent")

    def state(self) -> str:
        return self.engine.queries.instance(self.key).state.value

    def incidents(self) -> list[str]:
        active = IncidentFilter(instance_key=self.key, state=IncidentState.ACTIVE)
        return [one.message for one in self.engine.queries.incidents(active).items]

    def attempts(self) -> list[Any]:
        return list(self.engine.queries.attempts(self.key))

    def tasks(self) -> list[Any]:
        return list(self.engine.queries.tasks(TaskFilter(instance_key=self.key)).items)

    def decide(self, decision: str, **said: Any) -> None:
        """Anna decides on the review that is open, and the worker goes on."""
        [task] = [one for one in self.tasks() if one.state.value == "created"]
        self.engine.decide(task.key, decision, by=ANNA, **said)
        self.run()

    def noted(self) -> list[tuple[str, str]]:
        """What the audit trail says became of calls of tools: tool and verdict, oldest first."""
        return [(fact["tool"], fact["verdict"]) for fact in self.facts("tool-called")]

    def facts(self, *types: str) -> list[dict[str, Any]]:
        records = reversed(self._records())
        facts = [fact for one in records for fact in json.loads(one.payload)["events"]]
        return [{**fact, **fact.get("data", {})} for fact in facts if fact.get("type") in types]

    def trail(self) -> str:
        return "".join(str(one.payload) for one in self._records())

    def _records(self) -> list[Any]:
        return list(self.engine.queries.audit(AuditFilter(), Page(500)).items)


@contextmanager
def desks(url: str) -> Iterator[Callable[..., Desk]]:
    """Makes desks over a database, and closes them at the end."""
    made: list[Desk] = []

    def make(script: Sequence[Any], **given: Any) -> Desk:
        made.append(Desk(url, script, **given))
        return made[-1]

    yield make
    for one in made:
        one.store.close()
