"""Where a plain level begins that draws no start event: at everything that no flow leads to (BPMN 2.0.2, 10.5.2).

No vendor's engine does so, so only what was drawn for none of them gets such a start: a start event that is in no file,
with a flow to each beginning.
"""

from __future__ import annotations

from bpmn.model import FlowNode, Kind, SequenceFlow
from bpmn.parts import Part
from bpmn.vocabulary import KINDS

_NEVER = frozenset({Kind.START_EVENT, Kind.BOUNDARY_EVENT})
_BEGINNERS = frozenset({Kind.RECEIVE_TASK, Kind.EVENT_BASED_GATEWAY})


def implied_flows(level_id: str, line: int, nodes: list[tuple[Part, str]], reached: set[str]) -> list[SequenceFlow]:
    """The flows from the implied start of a level; none where something there begins already, or nothing can.

    `reached` holds the ids of the nodes that sequence flows lead to.
    """
    if any(_begins(part) for part, _ in nodes):
        return []
    start = start_id(level_id)
    found = [node_id for part, node_id in nodes if node_id not in reached and _waits_to_be_begun(part)]
    return [SequenceFlow(f"{start}_{node_id}", start, node_id, line=line) for node_id in found]


def implied_start(level_id: str, line: int, flows: list[SequenceFlow]) -> FlowNode:
    """The start event at the other end of these flows."""
    outgoing = tuple(flow.id for flow in flows)
    return FlowNode(start_id(level_id), Kind.START_EVENT, line=line, parent=level_id, outgoing=outgoing)


def start_id(level_id: str) -> str:
    """The id of the start event that a level does not draw."""
    return f"{level_id}_implied_start"


def _begins(part: Part) -> bool:
    kind = KINDS[part.name]
    return kind is Kind.START_EVENT or (kind in _BEGINNERS and part.is_true("instantiate"))


def _waits_to_be_begun(part: Part) -> bool:
    kind = KINDS[part.name]
    if kind in _NEVER or part.is_true("triggeredByEvent") or part.is_true("isForCompensation"):
        return False
    return kind is not Kind.INTERMEDIATE_CATCH_EVENT or part.child("linkEventDefinition") is None
