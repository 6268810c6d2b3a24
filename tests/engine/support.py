"""What the engine's tests share: people, small diagrams made of parts, and a world with an engine in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

from sqlalchemy import event

from engine.actors import Actor, ActorKind, Role
from engine.clock import FakeClock
from engine.deployments import Deployment, NamedFile
from engine.engine import Engine
from engine.store import Store
from engine.store.instances import Instance
from engine.store.jobs import Job
from engine.store.user_tasks import UserTask

ANALYST = Actor("ada", roles=frozenset({Role.ANALYST}))
APPROVER = Actor("anna", groups=frozenset({"accounting"}), roles=frozenset({Role.APPROVER}))
OTHER = Actor("otto", groups=frozenset({"sales"}), roles=frozenset({Role.APPROVER}))
OPERATOR = Actor("olga", roles=frozenset({Role.OPERATOR}))
ADMIN = Actor("root", roles=frozenset({Role.ADMIN}))
PROGRAM = Actor("shop", ActorKind.PROGRAM, roles=frozenset({Role.ANALYST}))

_HEAD = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"'
    ' xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" xmlns:camunda="http://camunda.org/schema/1.0/bpmn"'
    ' xmlns:modeler="http://camunda.org/schema/modeler/1.0"'
    ' id="file" targetNamespace="http://baton" modeler:executionPlatform="{platform}"'
    ' modeler:executionPlatformVersion="{version}">'
)
Node = tuple[str, str]


def service(
    id: str, type: str = "", *, retries: int = 3, headers: dict[str, str] | None = None, inner: str = ""
) -> Node:
    """A service task; its job type is its id unless given."""
    listed = "".join(f'<zeebe:header key="{key}" value="{value}"/>' for key, value in (headers or {}).items())
    task = f'<zeebe:taskDefinition type="{type or id}" retries="{retries}"/>'
    extended = _extended(f"{task}<zeebe:taskHeaders>{listed}</zeebe:taskHeaders>{inner}")
    return id, f'<bpmn:serviceTask id="{id}" name="{id}">{extended}%s</bpmn:serviceTask>'


def user(id: str, *, groups: str = "", assignee: str = "", inner: str = "") -> Node:
    """A user task."""
    given = f' candidateGroups="{groups}"' * bool(groups) + f' assignee="{assignee}"' * bool(assignee)
    assignment = f"<zeebe:assignmentDefinition{given}/>" if given else ""
    return (
        id,
        f'<bpmn:userTask id="{id}" name="{id}">{_extended("<zeebe:userTask/>" + assignment + inner)}%s</bpmn:userTask>',
    )


def call(id: str, process_id: str, binding: str = "") -> Node:
    """A call activity."""
    bound = f' bindingType="{binding}"' if binding else ""
    called = f'<zeebe:calledElement processId="{process_id}"{bound}/>'
    return id, f'<bpmn:callActivity id="{id}" name="{id}">{_extended(called)}%s</bpmn:callActivity>'


def catch_message(id: str, message: str) -> Node:
    """An intermediate message catch event; `message` is the id of a root message."""
    return id, (
        f'<bpmn:intermediateCatchEvent id="{id}" name="{id}">%s'
        f'<bpmn:messageEventDefinition id="{id}_d" messageRef="{message}"/></bpmn:intermediateCatchEvent>'
    )


def catch_timer(id: str, duration: str) -> Node:
    """An intermediate timer catch event."""
    return id, (
        f'<bpmn:intermediateCatchEvent id="{id}" name="{id}">%s<bpmn:timerEventDefinition id="{id}_d">'
        f"<bpmn:timeDuration>{duration}</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>"
    )


def start(id: str = "start", message: str = "") -> Node:
    """A start event: none, or of a message."""
    event_definition = f'<bpmn:messageEventDefinition id="{id}_d" messageRef="{message}"/>' if message else ""
    return id, f'<bpmn:startEvent id="{id}">%s{event_definition}</bpmn:startEvent>'


def end(id: str = "end", error: str = "") -> Node:
    """An end event: none, or of an error."""
    event_definition = f'<bpmn:errorEventDefinition id="{id}_d" errorRef="{error}"/>' if error else ""
    return id, f'<bpmn:endEvent id="{id}">%s{event_definition}</bpmn:endEvent>'


def message(id: str, name: str, key: str = "=orderId") -> str:
    """A root message with a correlation key."""
    subscription = _extended(f'<zeebe:subscription correlationKey="{key}"/>') if key else ""
    return f'<bpmn:message id="{id}" name="{name}">{subscription}</bpmn:message>'


def error(id: str, code: str) -> str:
    """A root error."""
    return f'<bpmn:error id="{id}" name="{code}" errorCode="{code}"/>'


def boundary_timer(id: str, host: str, duration: str, target: str = "end") -> str:
    """An interrupting timer at an activity, with its flow."""
    return (
        f'<bpmn:boundaryEvent id="{id}" attachedToRef="{host}"><bpmn:outgoing>{id}_f</bpmn:outgoing>'
        f'<bpmn:timerEventDefinition id="{id}_d"><bpmn:timeDuration>{duration}</bpmn:timeDuration>'
        f"</bpmn:timerEventDefinition></bpmn:boundaryEvent>"
        f'<bpmn:sequenceFlow id="{id}_f" sourceRef="{id}" targetRef="{target}"/>'
    )


def boundary_error(id: str, host: str, error_id: str, target: str = "end") -> str:
    """An error event at an activity, with its flow."""
    return (
        f'<bpmn:boundaryEvent id="{id}" attachedToRef="{host}"><bpmn:outgoing>{id}_f</bpmn:outgoing>'
        f'<bpmn:errorEventDefinition id="{id}_d" errorRef="{error_id}"/></bpmn:boundaryEvent>'
        f'<bpmn:sequenceFlow id="{id}_f" sourceRef="{id}" targetRef="{target}"/>'
    )


def line(process_id: str, *nodes: Node, roots: str = "", beside: str = "", extensions: str = "") -> str:
    """An executable Camunda 8 process whose nodes stand in a row; `beside` is more of it, `roots` more of the file."""
    return document(process(process_id, *nodes, beside=beside, extensions=extensions), roots=roots)


def process(process_id: str, *nodes: Node, beside: str = "", extensions: str = "") -> str:
    """The process element alone."""
    ids = [id for id, _ in nodes]
    flows = [f"f_{left}_{right}" for left, right in pairwise(ids)]
    parts = []
    for index, (_, text) in enumerate(nodes):
        incoming = f"<bpmn:incoming>{flows[index - 1]}</bpmn:incoming>" if index else ""
        outgoing = f"<bpmn:outgoing>{flows[index]}</bpmn:outgoing>" if index < len(flows) else ""
        parts.append(text.replace("%s", incoming + outgoing))
    drawn = "".join(
        f'<bpmn:sequenceFlow id="{flow}" sourceRef="{left}" targetRef="{right}"/>'
        for flow, left, right in zip(flows, ids, ids[1:], strict=False)
    )
    head = f'<bpmn:process id="{process_id}" name="{process_id}" isExecutable="true">'
    return f"{head}{_extended(extensions) if extensions else ''}{''.join(parts)}{drawn}{beside}</bpmn:process>"


def document(*processes: str, roots: str = "", platform: str = "Camunda Cloud", version: str = "8.8.0") -> str:
    """A whole file."""
    head = _HEAD.format(platform=platform, version=version)
    return f'<?xml version="1.0" encoding="UTF-8"?>{head}{roots}{"".join(processes)}</bpmn:definitions>'


def _extended(text: str) -> str:
    return f"<bpmn:extensionElements>{text}</bpmn:extensionElements>"


class World:
    """An engine over a store, with short words for what tests do most."""

    def __init__(self, store: Store, clock: FakeClock) -> None:
        self.store = store
        self.clock = clock
        self.engine = Engine(store, clock)

    def deploy(self, *texts: str, by: Actor = ANALYST, **named: str | bytes) -> Deployment:
        """Deploy diagrams; keyword names become file names with `_` for the dot."""
        files = [NamedFile(f"file{index}.bpmn", text.encode()) for index, text in enumerate(texts)]
        for name, content in named.items():
            data = content.encode() if isinstance(content, str) else content
            files.append(NamedFile(name.replace("_", "."), data))
        return self.engine.deploy(files, by=by)

    def start(self, process_id: str, **variables: Any) -> Instance:
        return self.engine.start(process_id=process_id, variables=variables, by=ANALYST)

    def claim(self, *types: str, worker: str = "w1", limit: int = 10, lease_seconds: float = 60) -> list[Job]:
        return self.engine.claim_jobs(worker=worker, types=types, limit=limit, lease_seconds=lease_seconds)

    def work(self, type: str, worker: str = "w1", **variables: Any) -> Job:
        """Claim the one job of a type and complete it."""
        [job] = self.claim(type, worker=worker)
        self.engine.complete_job(job.key, variables, worker=worker)
        return job

    def task(self, instance: Instance | None = None) -> UserTask:
        """The one open task."""
        from engine.queries import TaskFilter
        from engine.states import TaskState

        wanted = TaskFilter(state=TaskState.CREATED, instance_key=instance.key if instance else 0)
        [task] = self.engine.queries.tasks(wanted)
        return task

    def instance(self, one: Instance | int) -> Instance:
        """As it is now."""
        return self.engine.queries.instance(one if isinstance(one, int) else one.key)

    def state(self, one: Instance | int) -> str:
        return self.instance(one).state.value

    def incident(self) -> Any:
        """The one open incident."""
        from engine.queries import IncidentFilter
        from engine.states import IncidentState

        [incident] = self.engine.queries.incidents(IncidentFilter(state=IncidentState.ACTIVE))
        return incident

    def events(self, instance: Instance | int) -> list[str]:
        """The types of the facts that the audit trail holds of an instance, oldest first."""
        import json

        from engine.queries import AuditFilter, Page

        key = instance if isinstance(instance, int) else instance.key
        records = self.engine.queries.audit(AuditFilter(instance_key=key), Page(limit=1000))
        payloads = [json.loads(record.payload or '{"events": []}') for record in reversed(records.items)]
        return [fact["type"] for payload in payloads for fact in payload["events"]]

    def plan(self, statement: Any, parameters: Mapping[str, Any]) -> str:
        """How the database would run a statement of Core; PostgreSQL is told to use an index where there is one."""
        dialect = self.store.sql.dialect
        compiled = statement.compile(dialect=dialect)
        values = {}
        for name, value in compiled.construct_params(parameters).items():
            convert = compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect)
            values[name] = convert(value) if convert else value
        with self.store.sql.connect() as connection:
            if self.store.is_sqlite:
                order = tuple(values[name] for name in compiled.positiontup)
                found = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}", order).all()
            else:
                connection.exec_driver_sql("SET enable_seqscan = off")
                found = connection.exec_driver_sql(f"EXPLAIN {compiled}", values).all()
        return "\n".join(str(row) for row in found)

    @contextmanager
    def statements(self) -> Iterator[list[str]]:
        """The SQL statements that run inside the block."""
        told: list[str] = []

        def hear(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            told.append(statement)

        event.listen(self.store.sql, "before_cursor_execute", hear)
        try:
            yield told
        finally:
            event.remove(self.store.sql, "before_cursor_execute", hear)
