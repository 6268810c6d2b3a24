"""What the engine does not execute, or not for this vendor. Only the tables below say so.

A diagram that uses one of these is refused rather than run without it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bpmn.errors import Finding
from bpmn.model import Dialect, EventKind, FlowNode, Kind, StandardLoop, TimerKind
from bpmn.rules.subject import Level, Rule, Subject

RULE = Rule("not-executed")


@dataclass(frozen=True)
class Gap:
    """One thing not executed yet: what a message says, and the way out."""

    says: str
    hint: str


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
}
_PLAIN_STARTING = Gap(
    "should start instances, which only what no flow leads to can, at the level of the process.",
    "Take its incoming flows away, or put a message start event before it.",
)

# What several triggers together cannot be, in plain BPMN: at any event, and where all of them are needed.
_LINK = Gap("has a link among several triggers; a link leads somewhere else.", "Draw the link as an event of its own.")
_UNDONE = Gap(
    "has a compensation among several triggers; it comes after the activity is over, the others while it runs.",
    "Draw the compensation as an event of its own.",
)
TOGETHER: dict[tuple[Kind, EventKind], Gap] = {
    (Kind.INTERMEDIATE_THROW_EVENT, EventKind.LINK): _LINK,
    (Kind.INTERMEDIATE_CATCH_EVENT, EventKind.LINK): _LINK,
    (Kind.BOUNDARY_EVENT, EventKind.COMPENSATE): _UNDONE,
    (Kind.START_EVENT, EventKind.COMPENSATE): _UNDONE,
}
_WAITING = frozenset({EventKind.MESSAGE, EventKind.TIMER, EventKind.SIGNAL, EventKind.CONDITIONAL})
_NEEDS_THROWN = Gap(
    "needs all of its triggers, and one is thrown inside of what it watches, which does not wait for the others.",
    "Draw what is thrown as an event of its own.",
)
_NEEDS_ALL = Gap(
    "needs all of its triggers before there is an instance; nothing could say which of them belong together.",
    "Start with a parallel event-based gateway that instantiates: the first event begins, the others are waited for.",
)
_CYCLES = Gap(
    "has several cycles; when one of them is due again could not be told.", "Use one start event for each cycle."
)
_PARALLEL_GATEWAY = Gap(
    "waits for all of its events; only one that starts the process can (BPMN 2.0.2, 10.6.6).",
    "Use a parallel gateway before the events.",
)


def check(subject: Subject) -> Iterator[Finding]:
    """An error per element and marker in the tables above."""
    for level in subject.levels:
        for node in level.nodes:
            yield from _of_node(node, level)
            yield from _of_vendor(node, subject.model.dialect)
            yield from _of_markers(node, level, subject.model.dialect)


def _of_node(node: FlowNode, level: Level) -> Iterator[Finding]:
    place = PROCESS if level.is_process else EVENT_SUB_PROCESS if level.is_event_sub_process else ANYWHERE
    for kind in dict.fromkeys(event.kind for event in node.events or (node.event,)):
        gap = NODES.get((node.kind, kind, place)) or NODES.get((node.kind, kind, ANYWHERE))
        is_told_elsewhere = gap is _NOTHING and node.unsupported  # it waits for what another rule refuses
        if gap is not None and not is_told_elsewhere:
            yield RULE.error(node, gap.says, gap.hint)


def _of_markers(node: FlowNode, level: Level, dialect: Dialect) -> Iterator[Finding]:
    is_plain = dialect is Dialect.PLAIN
    if node.kind is Kind.EVENT_BASED_GATEWAY and node.parallel_multiple and not node.instantiate:
        yield RULE.error(node, _PARALLEL_GATEWAY.says, _PARALLEL_GATEWAY.hint)
    elif is_plain and len(node.events) > 1:
        yield from (RULE.error(node, gap.says, gap.hint) for gap in _together(node, level))
    elif not is_plain and (len(node.events) > 1 or (node.events and node.parallel_multiple)):
        yield RULE.error(node, MARKERS[dialect][0].says, MARKERS[dialect][0].hint)
    if node.instantiate and not (is_plain and level.is_process and node.begins_process):
        starting = _PLAIN_STARTING if is_plain else MARKERS[dialect][1]
        yield RULE.error(node, starting.says, starting.hint)


def _together(node: FlowNode, level: Level) -> Iterator[Gap]:
    """Why an event of plain BPMN cannot have all the triggers that it has."""
    kinds = [event.kind for event in node.events]
    yield from (TOGETHER[node.kind, kind] for kind in dict.fromkeys(kinds) if (node.kind, kind) in TOGETHER)
    if node.parallel_multiple and not _WAITING.issuperset(kinds):
        yield _NEEDS_THROWN
    if node.kind is Kind.START_EVENT and level.is_process:
        if node.parallel_multiple:
            yield _NEEDS_ALL
        if sum(event.timer is not None and event.timer.kind is TimerKind.CYCLE for event in node.events) > 1:
            yield _CYCLES


def _of_vendor(node: FlowNode, dialect: Dialect) -> Iterator[Finding]:
    gap = OF_VENDOR.get((dialect, node.kind))
    if gap is not None:
        yield RULE.error(node, gap.says, gap.hint)
    if dialect is Dialect.CAMUNDA8 and node.kind is Kind.START_EVENT and node.event.kind is EventKind.COMPENSATE:
        yield RULE.error(node, _CAMUNDA8_COMPENSATION_START.says, _CAMUNDA8_COMPENSATION_START.hint)
    if dialect is Dialect.CAMUNDA8 and isinstance(node.loop, StandardLoop):
        yield RULE.error(node, _CAMUNDA8_LOOP.says, _CAMUNDA8_LOOP.hint, node.loop.line)
