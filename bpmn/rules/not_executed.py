"""What the engine does not execute, or not for this vendor. Only the tables below say so.

A diagram that uses one of these is refused rather than run without it.
"""

from __future__ import annotations

from collections.abc import Iterator
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

_ONE_EACH = "Use one event per trigger, behind an event-based gateway."
_START = "Put a message start event before it."

# What a node may carry, whatever its kind, that this vendor's engine does not run as drawn.
MARKERS: dict[Dialect, tuple[Gap, Gap]] = {
    Dialect.CAMUNDA7: (
        Gap("has several triggers, of which Camunda 7 hears only one.", _ONE_EACH),
        Gap("should start instances, which Camunda 7 does by start events alone.", _START),
    ),
    Dialect.CAMUNDA8: (
        Gap("has several triggers, which Camunda 8 refuses.", _ONE_EACH),
        Gap("should start instances, which Camunda 8 does by start events alone.", _START),
    ),
    Dialect.PLAIN: (
        Gap(f"has several triggers, which {_NOT_YET} for these kinds at this place.", _ONE_EACH),
        Gap(f"should start instances, which {_NOT_YET} for it.", _START),
    ),
}


def check(subject: Subject) -> Iterator[Finding]:
    """An error per element and marker in the tables above."""
    for level in subject.levels:
        for node in level.nodes:
            yield from _of_node(node, level)
            yield from _of_vendor(node, subject.model.dialect)
            yield from _of_markers(node, level, subject.model.dialect)


def _of_node(node: FlowNode, level: Level) -> Iterator[Finding]:
    place = PROCESS if level.is_process else EVENT_SUB_PROCESS if level.is_event_sub_process else ANYWHERE
    key = (node.kind, node.event.kind)
    gap = NODES.get((*key, place)) or NODES.get((*key, ANYWHERE))
    if gap is not None:
        yield RULE.error(node, gap.says, gap.hint)


def _of_markers(node: FlowNode, level: Level, dialect: Dialect) -> Iterator[Finding]:
    several, starting = MARKERS[dialect]
    is_plain = dialect is Dialect.PLAIN
    takes_any = is_plain and not node.parallel_multiple and _takes_any(node, level)
    if (len(node.events) > 1 or node.parallel_multiple) and not takes_any:
        yield RULE.error(node, several.says, several.hint)
    if node.instantiate and not (is_plain and level.is_process and node.begins_process):
        yield RULE.error(node, starting.says, starting.hint)


def _takes_any(node: FlowNode, level: Level) -> bool:
    """Whether an event with several definitions runs: waits for the first of them, or sends them all."""
    kinds = {event.kind for event in node.events}
    if node.kind is Kind.START_EVENT:
        return level.is_process
    if node.kind in (Kind.INTERMEDIATE_THROW_EVENT, Kind.END_EVENT):
        return kinds <= {EventKind.MESSAGE, EventKind.SIGNAL}
    return node.interrupting and kinds <= {EventKind.MESSAGE, EventKind.SIGNAL, EventKind.TIMER}


def _of_vendor(node: FlowNode, dialect: Dialect) -> Iterator[Finding]:
    gap = OF_VENDOR.get((dialect, node.kind))
    if gap is not None:
        yield RULE.error(node, gap.says, gap.hint)
    if dialect is Dialect.CAMUNDA8 and node.kind is Kind.START_EVENT and node.event.kind is EventKind.COMPENSATE:
        yield RULE.error(node, _CAMUNDA8_COMPENSATION_START.says, _CAMUNDA8_COMPENSATION_START.hint)
    if dialect is Dialect.CAMUNDA8 and isinstance(node.loop, StandardLoop):
        yield RULE.error(node, _CAMUNDA8_LOOP.says, _CAMUNDA8_LOOP.hint, node.loop.line)
