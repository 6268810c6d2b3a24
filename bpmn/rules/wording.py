"""How findings word what they found: elements by kind, name and id, in whole sentences."""

from __future__ import annotations

from bpmn.model import EventKind, FlowNode, Kind, Process, SequenceFlow
from bpmn.parts import shorten

Thing = FlowNode | Process | SequenceFlow

_KINDS = {
    Kind.TASK: "task",
    Kind.SERVICE_TASK: "service task",
    Kind.SEND_TASK: "send task",
    Kind.RECEIVE_TASK: "receive task",
    Kind.SCRIPT_TASK: "script task",
    Kind.USER_TASK: "user task",
    Kind.MANUAL_TASK: "manual task",
    Kind.BUSINESS_RULE_TASK: "business rule task",
    Kind.CALL_ACTIVITY: "call activity",
    Kind.SUB_PROCESS: "sub-process",
    Kind.TRANSACTION: "transaction",
    Kind.AD_HOC_SUB_PROCESS: "ad-hoc sub-process",
    Kind.EXCLUSIVE_GATEWAY: "exclusive gateway",
    Kind.PARALLEL_GATEWAY: "parallel gateway",
    Kind.INCLUSIVE_GATEWAY: "inclusive gateway",
    Kind.EVENT_BASED_GATEWAY: "event-based gateway",
    Kind.COMPLEX_GATEWAY: "complex gateway",
    Kind.START_EVENT: "start event",
    Kind.INTERMEDIATE_CATCH_EVENT: "catch event",
    Kind.INTERMEDIATE_THROW_EVENT: "throw event",
    Kind.BOUNDARY_EVENT: "boundary event",
    Kind.END_EVENT: "end event",
}
_EVENTS = {kind: kind.value for kind in EventKind} | {EventKind.NONE: "", EventKind.COMPENSATE: "compensation"}


def named(thing: Thing) -> str:
    """How a message names a part of a diagram: `the user task 'Approve' (Activity_1)`."""
    if isinstance(thing, FlowNode):
        event = _EVENTS[thing.event.kind]
        word = f"{event} {_KINDS[thing.kind]}" if event else _KINDS[thing.kind]
        if thing.triggered_by_event:
            word = "event sub-process"
    else:
        word = "process" if isinstance(thing, Process) else "sequence flow"
    name = shorten(thing.name)
    return f"the {word} '{name}' ({thing.id})" if name else f"the {word} {thing.id}"


def sentence(text: str) -> str:
    """With a capital letter and a full stop; what was quoted from elsewhere may bring its own."""
    return text[0].upper() + text[1:] + ("" if text.endswith(".") else ".")
