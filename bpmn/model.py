"""The frozen picture of a BPMN file: what people drew, in neutral words, whichever modeler saved it.

Reader and dialects build it, checks judge it, the engine compiles it. It holds no behaviour beyond looking things up,
and nothing in it changes after reading, so one model may be shared by threads and cached by key.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from bpmn import duties
from bpmn.traits import (
    Aggregation,
    Binding,
    CalledDecision,
    CalledElement,
    Dialect,
    Error,
    Escalation,
    EventDefinition,
    EventKind,
    Expression,
    ExternalError,
    FormField,
    FormReference,
    Job,
    Kind,
    Language,
    LinkedResource,
    Listener,
    Message,
    MultiInstance,
    Payload,
    Publication,
    Script,
    Signal,
    StandardLoop,
    StructuredValue,
    Timer,
    TimerKind,
    UserTask,
    VariableMapping,
    nothing,
)

__all__ = [
    "ACTIVITIES",
    "GATEWAYS",
    "SUB_PROCESSES",
    "TASKS",
    "Aggregation",
    "Binding",
    "CalledDecision",
    "CalledElement",
    "Dialect",
    "Error",
    "Escalation",
    "EventDefinition",
    "EventKind",
    "Expression",
    "ExternalError",
    "FlowNode",
    "FormField",
    "FormReference",
    "Job",
    "Kind",
    "Lane",
    "Language",
    "LinkedResource",
    "Listener",
    "Message",
    "MessageFlow",
    "Model",
    "MultiInstance",
    "Payload",
    "Process",
    "Publication",
    "Script",
    "SequenceFlow",
    "Signal",
    "StandardLoop",
    "StructuredValue",
    "Timer",
    "TimerKind",
    "UserTask",
    "VariableMapping",
    "walk",
]


@dataclass(frozen=True, slots=True)
class SequenceFlow:
    """An arrow. `condition` is None for an unconditional flow."""

    id: str
    source: str
    target: str
    name: str = ""
    condition: Expression | None = None
    listeners: tuple[Listener, ...] = ()
    skip: Expression | None = None  # Activiti's and Flowable's: when true, the condition is not asked
    line: int = 0


@dataclass(frozen=True, slots=True)
class FlowNode:
    """One element of a flow: a task, event, gateway or sub-process, with every part that means something at run time.

    `incoming` and `outgoing` are sequence flow ids in document order (the order in which an exclusive gateway tries its
    conditions). `nodes` and `flows` are filled for sub-processes only. `unsupported` lists what the file says here and
    no dialect could place, as (what, line); `ignored` what its own engine ignores here too, or what only another engine
    would read. Checks turn the first into errors, the second into warnings: nothing is dropped in silence.
    """

    id: str
    kind: Kind
    name: str = ""
    line: int = 0
    parent: str = ""  # id of the enclosing sub-process or process
    incoming: tuple[str, ...] = ()
    outgoing: tuple[str, ...] = ()
    default_flow: str = ""
    documentation: str = ""
    properties: Mapping[str, str] = field(default_factory=nothing)
    inputs: tuple[VariableMapping, ...] = ()
    outputs: tuple[VariableMapping, ...] = ()
    listeners: tuple[Listener, ...] = ()
    job: Job | None = None
    expression: Expression | None = None  # camunda:expression of a service task
    result_variable: str = ""
    results_stay: bool = False  # results are local to the sub-process or repetition around (useLocalScopeFor...)
    skip: Expression | None = None  # Activiti's and Flowable's skipExpression
    user_task: UserTask | None = None
    script: Script | None = None
    decision: CalledDecision | None = None
    called: CalledElement | None = None
    message: Message | None = None  # receive and send tasks
    events: tuple[EventDefinition, ...] = ()
    parallel_multiple: bool = False  # all triggers are needed; event-based gateways: eventGatewayType="Parallel"
    interrupting: bool = True  # boundary: cancelActivity; event sub-process start: isInterrupting
    attached_to: str = ""
    loop: MultiInstance | StandardLoop | None = None
    instantiate: bool = False
    is_for_compensation: bool = False
    triggered_by_event: bool = False
    ordering: str = ""  # ad-hoc: Parallel or Sequential
    activation_condition: Expression | None = None  # complex gateways
    completion_condition: Expression | None = None
    cancel_remaining: bool = True
    active_elements: Expression | None = None
    ad_hoc_output_collection: str = ""
    ad_hoc_output_element: Expression | None = None
    form: FormReference | None = None  # start events
    initiator: str = ""
    data: Mapping[str, Any] = field(default_factory=nothing)  # sub-processes: data objects with values (Activiti)
    async_before: bool = False
    async_after: bool = False
    retry_cycle: Expression | None = None
    template: str = ""  # the element template it was made from
    compensation_handler: str = ""
    nodes: tuple[FlowNode, ...] = ()
    flows: tuple[SequenceFlow, ...] = ()
    unsupported: tuple[tuple[str, int], ...] = ()
    ignored: tuple[tuple[str, int], ...] = ()

    @property
    def label(self) -> str:
        """How a message names it: its name in quotes, or its id."""
        return f"'{self.name}'" if self.name else self.id

    @property
    def event(self) -> EventDefinition:
        """The one event definition; a NONE definition when there is none."""
        return self.events[0] if self.events else _NO_EVENT

    @property
    def begins_process(self) -> bool:
        """Whether it starts an instance: a receive task or event-based gateway that says so, without incoming flows."""
        return self.kind in (Kind.RECEIVE_TASK, Kind.EVENT_BASED_GATEWAY) and self.instantiate and not self.incoming

    @property
    def is_activity(self) -> bool:
        return self.kind in ACTIVITIES

    @property
    def is_sub_process(self) -> bool:
        return self.kind in SUB_PROCESSES


_NO_EVENT = EventDefinition(EventKind.NONE)

TASKS = frozenset(
    {
        Kind.TASK,
        Kind.SERVICE_TASK,
        Kind.SEND_TASK,
        Kind.RECEIVE_TASK,
        Kind.SCRIPT_TASK,
        Kind.USER_TASK,
        Kind.MANUAL_TASK,
        Kind.BUSINESS_RULE_TASK,
    }
)
SUB_PROCESSES = frozenset({Kind.SUB_PROCESS, Kind.TRANSACTION, Kind.AD_HOC_SUB_PROCESS})
ACTIVITIES = TASKS | SUB_PROCESSES | {Kind.CALL_ACTIVITY}
GATEWAYS = frozenset(
    {
        Kind.EXCLUSIVE_GATEWAY,
        Kind.PARALLEL_GATEWAY,
        Kind.INCLUSIVE_GATEWAY,
        Kind.EVENT_BASED_GATEWAY,
        Kind.COMPLEX_GATEWAY,
    }
)


@dataclass(frozen=True, slots=True)
class Lane:
    """A lane and the ids of the flow nodes in it."""

    id: str
    name: str
    nodes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Process:
    """One bpmn:process. `nodes` and `flows` are those of its own level; sub-processes carry theirs."""

    id: str
    name: str = ""
    executable: bool = False
    line: int = 0
    nodes: tuple[FlowNode, ...] = ()
    flows: tuple[SequenceFlow, ...] = ()
    lanes: tuple[Lane, ...] = ()
    version_tag: str = ""
    history_days: int | None = None  # how long what is over stays (camunda:historyTimeToLive); None: nothing said
    startable: bool = True
    documentation: str = ""
    properties: Mapping[str, str] = field(default_factory=nothing)
    data: Mapping[str, Any] = field(default_factory=nothing)  # data objects with values: what its variables begin with
    listeners: tuple[Listener, ...] = ()
    candidate_starter_groups: tuple[str, ...] = ()
    candidate_starter_users: tuple[str, ...] = ()
    job_priority: Expression | None = None
    embedded_forms: Mapping[str, str] = field(default_factory=nothing)  # id -> JSON text (zeebe:userTaskForm)
    unsupported: tuple[tuple[str, int], ...] = ()
    ignored: tuple[tuple[str, int], ...] = ()

    @cached_property
    def by_id(self) -> Mapping[str, FlowNode]:
        """Every flow node of the process, at every depth, by id."""
        return {node.id: node for node in walk(self.nodes)}

    def starts(self, kind: EventKind = EventKind.NONE) -> tuple[FlowNode, ...]:
        """The start events of the process level that have a trigger of `kind`, or with NONE no trigger."""
        starts = (node for node in self.nodes if node.kind is Kind.START_EVENT)
        return tuple(node for node in starts if kind in {event.kind for event in node.events or (node.event,)})

    @cached_property
    def duties(self) -> Mapping[str, duties.Duties]:
        """The elements that state duties of people (`bpmn.duties`), by id; mostly none."""
        read = ((id, duties.read(node.properties)) for id, node in self.by_id.items() if node.properties)
        return {id: found for id, found in read if found is not None}

    @cached_property
    def triggers(self) -> tuple[tuple[FlowNode, EventDefinition], ...]:
        """Everything outside that starts an instance, with the node at which it begins (BPMN 2.0.2, 10.5.2, 10.6.6)."""
        return tuple(
            (node, event)
            for begin in self.nodes
            if begin.kind is Kind.START_EVENT or begin.begins_process
            for node in self._beginnings(begin)
            for event in _triggers(node)
        )

    def _beginnings(self, node: FlowNode) -> Iterator[FlowNode]:
        if node.kind is Kind.EVENT_BASED_GATEWAY:
            yield from (self.by_id[flow.target] for flow in self.flows if flow.source == node.id)
        else:
            yield node


def _triggers(node: FlowNode) -> tuple[EventDefinition, ...]:
    if node.kind is Kind.RECEIVE_TASK:
        return (EventDefinition(EventKind.MESSAGE, message=node.message),)
    return node.events


@dataclass(frozen=True, slots=True)
class MessageFlow:
    """A dashed arrow between two pools. Each end is a flow node's id, or the id of the process that a pool shows."""

    id: str
    source: str
    target: str


@dataclass(frozen=True)
class Model:
    """A whole file. `source` is the name it was uploaded under; `data` its bytes, as uploaded."""

    source: str
    dialect: Dialect
    processes: tuple[Process, ...] = ()
    is_relative: bool = False  # drawn for Activiti or Flowable, which differ from Camunda 7 here and there
    platform_version: str = ""
    exporter: str = ""
    messages: tuple[Message, ...] = ()
    message_flows: tuple[MessageFlow, ...] = ()
    data: bytes = field(default=b"", repr=False, compare=False)
    duplicates: tuple[tuple[str, int], ...] = ()  # element ids that stand twice, with the second one's line
    without_id: tuple[tuple[str, int], ...] = ()  # flow nodes that got a made-up id, with their lines
    unsupported: tuple[tuple[str, int], ...] = ()
    ignored: tuple[tuple[str, int], ...] = ()
    companions: frozenset[str] = frozenset()  # scripts and HTML forms that it names (filled by bpmn.companions)

    @property
    def executable(self) -> tuple[Process, ...]:
        return tuple(process for process in self.processes if process.executable)

    def process(self, process_id: str) -> Process:
        """The process with this id; KeyError when the file has none."""
        for process in self.processes:
            if process.id == process_id:
                return process
        raise KeyError(process_id)


def walk(nodes: tuple[FlowNode, ...]) -> Iterator[FlowNode]:
    """Every node of a level and of the sub-processes below it, outer before inner, in document order."""
    waiting = list(reversed(nodes))  # a stack of our own: sub-processes may be nested hundreds deep
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(node.nodes))
