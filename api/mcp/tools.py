"""What outside agents may do here: routes of the approval API by another name, with the same roles and the same checks.

So nothing can be done by an agent that its token could not do otherwise. What changes something for others, and what
decides in a person's place (approvals), is not offered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response
from pydantic import BaseModel

from api import access
from api.rest import incidents, instances, messages, processes, tasks
from engine.actors import Actor

Json = Any


@dataclass(frozen=True, slots=True)
class OfferedTool:
    """A tool: `endpoint` names the route whose roles it takes, `parts` are the models that its arguments fill."""

    name: str
    description: str
    endpoint: str
    parts: tuple[type[BaseModel], ...]
    run: Callable[..., Response]
    only_reads: bool = True

    def may_be_used_by(self, actor: Actor) -> bool:
        """Whether an actor's roles allow it."""
        return access.may_call(actor, self.endpoint)

    def as_json(self) -> dict[str, Json]:
        """As the protocol lists it."""
        return {
            "name": self.name,
            "description": self.description,
            "inputSchema": _schema(self.parts),
            "annotations": {"readOnlyHint": self.only_reads, "openWorldHint": False},
        }

    def call(self, arguments: Mapping[str, Json]) -> Json:
        """The answer of the route. Raises what the route raises, and pydantic's error for wrong arguments."""
        return self.run(*(part.model_validate(_own(part, arguments, self.parts)) for part in self.parts)).get_json()


TOOLS: tuple[OfferedTool, ...] = (
    OfferedTool(
        "list_processes",
        "The processes that are deployed here. With startable_by_me: those that you may start.",
        "processes.listing",
        (processes.ProcessesQuery,),
        processes.listing,
    ),
    OfferedTool(
        "start_process",
        "Start an instance of a process, with variables. Answers with its key.",
        "instances.start",
        (instances.StartBody,),
        instances.start,
        only_reads=False,
    ),
    OfferedTool(
        "find_instances",
        "Instances of processes by state, process, business key, incident or variables, newest first.",
        "instances.listing",
        (instances.InstancesQuery,),
        instances.listing,
    ),
    OfferedTool(
        "where_is_it_stuck",
        "Where one instance stands: everything that it waits for, why, since when, with whom; and its incidents.",
        "instances.show",
        (instances.InstancePath,),
        instances.show,
    ),
    OfferedTool(
        "instance_variables",
        "The variables of one instance.",
        "instances.variables",
        (instances.InstancePath,),
        instances.variables,
    ),
    OfferedTool(
        "list_my_tasks",
        "Tasks that wait for a person, newest first. With mine: only what you, or a group of yours, may do.",
        "tasks.listing",
        (tasks.TasksQuery,),
        tasks.listing,
    ),
    OfferedTool("show_task", "One task.", "tasks.show", (tasks.TaskPath,), tasks.show),
    OfferedTool(
        "task_form",
        "What a task wants filled in, and the values that are known.",
        "tasks.form",
        (tasks.TaskPath,),
        tasks.form,
    ),
    OfferedTool(
        "claim_task",
        "Take a task that nobody has.",
        "tasks.claim",
        (tasks.TaskPath, tasks.NothingBody),
        tasks.claim,
        only_reads=False,
    ),
    OfferedTool(
        "complete_task",
        "Complete a task of yours, with variables as its result.",
        "tasks.complete",
        (tasks.TaskPath, tasks.CompleteBody),
        tasks.complete,
        only_reads=False,
    ),
    OfferedTool(
        "list_incidents",
        "What has gone wrong and waits for somebody to repair it.",
        "incidents.listing",
        (incidents.IncidentsQuery,),
        incidents.listing,
    ),
    OfferedTool(
        "publish_message",
        "Tell waiting instances, or processes that begin with it, that something happened.",
        "messages.publish",
        (messages.MessageBody,),
        messages.publish,
        only_reads=False,
    ),
)


def _own(part: type[BaseModel], arguments: Mapping[str, Json], parts: Sequence[type[BaseModel]]) -> dict[str, Json]:
    """The arguments of one part; the last one gets what no other knows too, and says what is unknown."""
    others = {name for one in parts if one is not part for name in one.model_fields}
    if part is parts[-1]:
        return {name: value for name, value in arguments.items() if name in part.model_fields or name not in others}
    return {name: value for name, value in arguments.items() if name in part.model_fields}


def _schema(parts: Sequence[type[BaseModel]]) -> dict[str, Json]:
    schemas = [part.model_json_schema() for part in parts]
    merged: dict[str, Json] = {"type": "object", "properties": {}, "additionalProperties": False}
    for schema in schemas:
        merged["properties"] |= schema.get("properties", {})
        if required := schema.get("required"):
            merged["required"] = [*merged.get("required", ()), *required]
        if definitions := schema.get("$defs"):
            merged["$defs"] = {**merged.get("$defs", {}), **definitions}
    return merged
