"""One flow node: what standard BPMN says about it; its dialect adds the rest."""

from __future__ import annotations

from dataclasses import dataclass, field

from bpmn.definitions import Shared, lookup, read_events
from bpmn.dialects import Plain
from bpmn.dialects.plain import Draft, Values
from bpmn.model import Expression, FlowNode, Kind, Language, Message, MultiInstance, SequenceFlow, StandardLoop
from bpmn.parts import Notes, Part, Unsupported, line_of, local_name, shorten, text_of
from bpmn.vocabulary import EVENT_DEFINITIONS, KINDS, NODE_DECORATION

_EVENTS = frozenset(
    {
        Kind.START_EVENT,
        Kind.INTERMEDIATE_CATCH_EVENT,
        Kind.INTERMEDIATE_THROW_EVENT,
        Kind.BOUNDARY_EVENT,
        Kind.END_EVENT,
    }
)
_PEOPLE = frozenset({"performer", "humanPerformer", "potentialOwner", "resourceRole"})
_ASSOCIATIONS = ("dataInputAssociation", "dataOutputAssociation")
_READ = frozenset(
    {
        "completionCondition",
        "eventDefinitionRef",
        "multiInstanceLoopCharacteristics",
        "script",
        "standardLoopCharacteristics",
        *_ASSOCIATIONS,
        *_PEOPLE,
        *EVENT_DEFINITIONS,
        *NODE_DECORATION,
    }
)
_READ_OF = {Kind.COMPLEX_GATEWAY: _READ | {"activationCondition"}}
_LOOP_READ = frozenset(
    {"loopCardinality", "completionCondition", "documentation", "extensionElements", "outputDataItem"}
)
_COLLECTION_CHILDREN = frozenset({"loopDataInputRef", "inputDataItem"})
_OUTPUT_CHILDREN = frozenset({"loopDataOutputRef"})


@dataclass
class Surroundings:
    """What a node cannot know by itself: its level's flows, the file's definitions and how to make up an id."""

    dialect: Plain
    shared: Shared
    incoming: dict[str, list[str]] = field(default_factory=dict)
    outgoing: dict[str, list[str]] = field(default_factory=dict)
    handlers: dict[str, str] = field(default_factory=dict)  # boundary event id -> compensation handler id


@dataclass
class Inner:
    """What was read inside a sub-process."""

    nodes: tuple[FlowNode, ...] = ()
    flows: tuple[SequenceFlow, ...] = ()
    notes: Notes = field(default_factory=Notes)


def read_node(part: Part, node_id: str, parent: str, around: Surroundings, inner: Inner) -> FlowNode:
    """Reads one flow node. `inner` is what its dialect-free reading found on its own level, if it is a sub-process."""
    draft = Draft(part, KINDS[part.name])
    draft.unsupported.add(inner.notes)
    values = draft.values
    _read_attributes(draft)
    if draft.kind in _EVENTS:
        values["events"] = tuple(read_events(part, around.shared, around.dialect, draft.unsupported))
        values["parallel_multiple"] = part.is_true("parallelMultiple")
    elif draft.kind in (Kind.RECEIVE_TASK, Kind.SEND_TASK):
        values["message"] = _message(part, around.shared) or _own_message(draft, node_id, around.dialect)
    values["loop"] = _read_loop(draft, around.dialect)
    if draft.kind is Kind.AD_HOC_SUB_PROCESS:
        condition = part.child("completionCondition")
        values["completion_condition"] = None if condition is None else around.dialect.condition(condition)
    elif draft.kind is Kind.COMPLEX_GATEWAY:
        condition = part.child("activationCondition")
        values["activation_condition"] = None if condition is None else around.dialect.condition(condition)
    elif draft.kind is Kind.EVENT_BASED_GATEWAY:
        values["parallel_multiple"] = part.get("eventGatewayType").strip() == "Parallel"
    around.dialect.node(draft)
    _report_rest(draft, around.dialect)
    return FlowNode(
        id=node_id,
        kind=draft.kind,
        name=part.get("name"),
        line=part.line,
        parent=parent,
        incoming=tuple(around.incoming.get(node_id, ())),
        outgoing=tuple(around.outgoing.get(node_id, ())),
        documentation=part.child_text("documentation"),
        compensation_handler=around.handlers.get(node_id, ""),
        nodes=inner.nodes,
        flows=inner.flows,
        unsupported=tuple(draft.unsupported),
        ignored=tuple(draft.unsupported.ignored),
        **values,
    )


def _read_attributes(draft: Draft) -> None:
    part, values, kind = draft.part, draft.values, draft.kind
    values["default_flow"] = part.get("default").strip()
    values["is_for_compensation"] = part.is_true("isForCompensation")
    values["instantiate"] = part.is_true("instantiate")
    if kind is Kind.BOUNDARY_EVENT:
        values["attached_to"] = part.get("attachedToRef").strip().rpartition(":")[2]
        values["interrupting"] = part.is_true("cancelActivity", default=True)
    elif kind is Kind.START_EVENT:
        values["interrupting"] = part.is_true("isInterrupting", default=True)
    elif kind in (Kind.SUB_PROCESS, Kind.TRANSACTION, Kind.AD_HOC_SUB_PROCESS):
        values["triggered_by_event"] = part.is_true("triggeredByEvent")
    if kind is Kind.AD_HOC_SUB_PROCESS:
        values["ordering"] = part.get("ordering") or "Parallel"
        values["cancel_remaining"] = part.is_true("cancelRemainingInstances", default=True)


def _message(part: Part, shared: Shared) -> Message | None:
    reference = part.get("messageRef").strip()
    if not reference:
        return None
    # An id that nobody defines stays visible as a message without a name, for the checks to find.
    return lookup(shared.messages, reference) or Message(reference, line=part.line)


def _own_message(draft: Draft, node_id: str, dialect: Plain) -> Message | None:
    """What a receive task that names no message waits for, where it may: a message called like itself.

    BPMN 2.0.2, 10.3.3 leaves the message out at will; the Camunda 7 family triggers such a task by its execution.
    """
    if draft.kind is not Kind.RECEIVE_TASK or not dialect.receives_without_message or not draft.part.get("id").strip():
        return None
    line = draft.part.line
    return Message("", Expression(node_id, Language.LITERAL, line), line=line)


def _read_loop(draft: Draft, dialect: Plain) -> MultiInstance | StandardLoop | None:
    part = draft.part
    element = part.child("multiInstanceLoopCharacteristics")
    if element is not None:
        return _multi_instance(dialect.part(element), draft, dialect)
    element = part.child("standardLoopCharacteristics")
    if element is None:
        return None
    loop = dialect.part(element)
    dialect.report(loop, draft.unsupported)
    maximum = loop.get("loopMaximum").strip()
    condition = loop.child("loopCondition")
    return StandardLoop(
        dialect.condition(condition) if condition is not None else None,
        loop.is_true("testBefore"),
        int(maximum) if maximum.isdecimal() and len(maximum) < 10 else None,
        loop.line,
    )


def _multi_instance(loop: Part, draft: Draft, dialect: Plain) -> MultiInstance:
    values: Values = {"unsupported": draft.unsupported}
    dialect.loop(loop, values)
    del values["unsupported"]
    placed = _LOOP_READ | (_COLLECTION_CHILDREN if values.get("collection") is not None else set())
    is_read = values.pop("output_is_read", False) or values.get("output_collection")
    placed |= _OUTPUT_CHILDREN if is_read else set()
    for name in loop.child_names():
        if name not in placed:
            draft.unsupported.append((f"{name} of a multi-instance marker", loop.line))
    behavior = loop.get("behavior")
    if behavior and behavior != "All":
        heeded = _heeded(draft.unsupported, dialect)
        heeded.append((f'behavior="{behavior}" of a multi-instance marker', loop.line))
    dialect.report(loop, draft.unsupported)
    condition = loop.child("completionCondition")
    return MultiInstance(
        sequential=loop.is_true("isSequential"),
        cardinality=dialect.formal(loop.child("loopCardinality")),
        completion_condition=None if condition is None or not text_of(condition) else dialect.condition(condition),
        line=loop.line,
        **values,
    )


def _heeded(notes: Notes, dialect: Plain) -> list[Unsupported]:
    """Where to note what is standard BPMN, and counts only where no vendor's engine is meant."""
    return notes if dialect.heeds_all_of_bpmn else notes.ignored


def _report_rest(draft: Draft, dialect: Plain) -> None:
    """Notes what nothing above has read."""
    part, notes = draft.part, draft.unsupported
    for name in part.child_names():
        if name not in _READ_OF.get(draft.kind, _READ) and (draft.kind not in _LEVELS or name in _NODE_ONLY):
            notes.append((name, line_of(part.children(name)[0]) or part.line))
    for name in _ASSOCIATIONS:
        moved = _MOVES - {"assignment"} if dialect.reads_assignments else _MOVES
        moving = (child for association in part.children(name) for child in association if local_name(child) in moved)
        # Activiti and Flowable read them at web service tasks alone, where their dialect has done so.
        _heeded(notes, dialect).extend(
            (f"{name} with {local_name(child)}", line_of(child) or part.line) for child in moving
        )
    for attribute, usual in _ATTRIBUTES_WITH_ONE_MEANING.items():
        value = part.get(attribute).strip() or usual
        if value not in (usual, "0"):  # no number of tokens is no number, but some modelers fill it in
            _heeded(notes, dialect).append((f'{attribute}="{shorten(value)}"', part.line))
    dialect.report(part, notes)


_MOVES = frozenset({"assignment", "transformation"})
_ATTRIBUTES_WITH_ONE_MEANING = {"startQuantity": "1", "completionQuantity": "1"}
_LEVELS = frozenset({Kind.SUB_PROCESS, Kind.TRANSACTION, Kind.AD_HOC_SUB_PROCESS})
_NODE_ONLY = frozenset({"activationCondition"})
