"""Processes as tools of outside agents: those whose start event has Camunda's properties `io.camunda.tool:...`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from api import access
from api.context import engine
from bpmn.model import FlowNode, Kind
from engine.actors import Actor
from engine.store.definitions import ProcessDefinition

Json = Any
PREFIX = "io.camunda.tool:"
_WORDS = {
    "purpose": "",
    "inputs": "Inputs: ",
    "when_to_use": "When to use: ",
    "when_not_to_use": "When not to use: ",
    "results": "Results: ",
}


@dataclass(frozen=True, slots=True)
class ProcessTool:
    """A process offered as a tool. `message` is what starts it, "" for a start without a trigger."""

    name: str
    description: str
    definition_key: int
    message: str

    def may_be_used_by(self, actor: Actor) -> bool:
        """Whether an actor's roles allow it."""
        return access.may_call(actor, "messages.publish" if self.message else "instances.start")

    def as_json(self) -> dict[str, Json]:
        """As the protocol lists it: the arguments become variables, whichever they are."""
        return {
            "name": self.name,
            "description": self.description,
            "inputSchema": {"type": "object", "additionalProperties": True},
            "annotations": {"readOnlyHint": False, "openWorldHint": False},
        }

    def call(self, arguments: Mapping[str, Json], by: Actor) -> Json:
        """Start it; the answer names what was started."""
        if not self.message:
            started = engine().start(definition_key=self.definition_key, variables=arguments, by=by)
            return {"started": [str(started.key)]}
        result = engine().publish_message(self.message, variables=arguments, by=by)
        return {"started": [str(key) for key in result.started]}


def process_tools(by: Actor) -> dict[str, ProcessTool]:
    """The processes that an actor may start as tools, in their latest version, by the tool's name."""
    found: dict[str, ProcessTool] = {}
    startable = {row.key for row in engine().queries.processes(startable_by=by)}
    for row in engine().queries.processes():
        for tool in _of(row):
            if tool.may_be_used_by(by) and (tool.message or row.key in startable):
                found.setdefault(tool.name, tool)
    return found


def _of(row: ProcessDefinition) -> Iterator[ProcessTool]:
    for node in engine().queries.process_model(row.key).nodes:
        if node.kind is Kind.START_EVENT and node.properties.get(f"{PREFIX}name"):
            yield ProcessTool(node.properties[f"{PREFIX}name"][:100], _description(node), row.key, _message(node))


def _description(node: FlowNode) -> str:
    given = {word: node.properties.get(f"{PREFIX}{word}", "").strip() for word in _WORDS}
    return "\n".join(f"{_WORDS[word]}{text}" for word, text in given.items() if text)


def _message(node: FlowNode) -> str:
    message = node.event.message
    return message.name.text if message is not None and message.name is not None else ""
