"""What the engine does not execute, or not for this vendor. Only the tables below say so.

A diagram that uses one of these is refused rather than run without it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bpmn.errors import Finding
from bpmn.model import Dialect, EventKind, FlowNode, Kind, StandardLoop
from bpmn.rules.subject import Level, Rule, Subject

RULE = Rule("not-executed")


@dataclass(frozen=True)
class Gap:
    """One thing not executed yet: what a message says, and the way out."""

    says: str
    hint: str


_NOT_YET = "is not executed yet"
_NOTHING = Gap("waits for nothing, so it cannot be executed.", "Give it a message or a timer.")
_ONLY_EVENT_SUB_PROCESS = Gap("cannot start a process.", "Only event sub-processes start like this.")

ANYWHERE = ""
PROCESS = "process"
EVENT_SUB_PROCESS = "event sub-process"

# Kind and event, at a place ("" for any), to what is missing. EventKind.NONE also stands for what is no event.
NODES: dict[tuple[Kind, EventKind, str], Gap] = {
    (Kind.START_EVENT, EventKind.ERROR, PROCESS): _ONLY_EVENT_SUB_PROCESS,
    (Kind.START_EVENT, EventKind.ESCALATION, PROCESS): _ONLY_EVENT_SUB_PROCESS,
    (Kind.START_EVENT, EventKind.COMPENSATE, PROCESS): _ONLY_EVENT_SUB_PROCESS,
    (Kind.INTERMEDIATE_CATCH_EVENT, EventKind.NONE, ANYWHERE): _NOTHING,
    (Kind.BOUNDARY_EVENT, EventKind.NONE, ANYWHERE): _NOTHING,
}

# What no engine of the vendor runs, so that a diagram of that vendor cannot mean it.
_COMPLEX_HINT = "Use exclusive, parallel or inclusive gateways."
_LOOP_HINT = "Draw the loop with an exclusive gateway, or use a sequential multi-instance."
OF_VENDOR: dict[tuple[Dialect, Kind], Gap] = {
    (Dialect.CAMUNDA7, Kind.COMPLEX_GATEWAY): Gap(
        "is left out by Camunda 7, whose engine knows no complex gateways.", _COMPLEX_HINT
    ),
    (Dialect.CAMUNDA8, Kind.COMPLEX_GATEWAY): Gap(
        "is refused by Camunda 8, whose engine knows no complex gateways.", _COMPLEX_HINT
    ),
    (Dialect.CAMUNDA8, Kind.TRANSACTION): Gap(
        "is refused by Camunda 8, whose engine knows no transactions.",
        "Use a sub-process, with a compensation event before an error end event.",
    ),
}
_CAMUNDA8_COMPENSATION_START = Gap(
    "is refused by Camunda 8, whose engine starts no event sub-process for a compensation.",
    "Use a compensation boundary event at the sub-process.",
)
_CAMUNDA8_LOOP = Gap("is a loop, which Camunda 8's engine does not know.", _LOOP_HINT)

# What a node may carry, whatever its kind.
MARKERS: tuple[tuple[Callable[[FlowNode], bool], Gap], ...] = (
    (
        lambda node: len(node.events) > 1 or node.parallel_multiple,
        Gap(f"has several triggers, which {_NOT_YET}.", "Use one event per trigger, behind an event-based gateway."),
    ),
    (
        lambda node: node.instantiate,
        Gap(f"starts instances, which {_NOT_YET}.", "Put a message start event before it."),
    ),
)


def check(subject: Subject) -> Iterator[Finding]:
    """An error per element and marker in the tables above."""
    for level in subject.levels:
        for node in level.nodes:
            yield from _of_node(node, level)
            yield from _of_vendor(node, subject.model.dialect)


def _of_node(node: FlowNode, level: Level) -> Iterator[Finding]:
    place = PROCESS if level.is_process else EVENT_SUB_PROCESS if level.is_event_sub_process else ANYWHERE
    key = (node.kind, node.event.kind)
    gap = NODES.get((*key, place)) or NODES.get((*key, ANYWHERE))
    if gap is not None:
        yield RULE.error(node, gap.says, gap.hint)
    for carries, gap in MARKERS:
        if carries(node):
            yield RULE.error(node, gap.says, gap.hint)


def _of_vendor(node: FlowNode, dialect: Dialect) -> Iterator[Finding]:
    gap = OF_VENDOR.get((dialect, node.kind))
    if gap is not None:
        yield RULE.error(node, gap.says, gap.hint)
    if dialect is Dialect.CAMUNDA8 and node.kind is Kind.START_EVENT and node.event.kind is EventKind.COMPENSATE:
        yield RULE.error(node, _CAMUNDA8_COMPENSATION_START.says, _CAMUNDA8_COMPENSATION_START.hint)
    if dialect is Dialect.CAMUNDA8 and isinstance(node.loop, StandardLoop):
        yield RULE.error(node, _CAMUNDA8_LOOP.says, _CAMUNDA8_LOOP.hint, node.loop.line)
