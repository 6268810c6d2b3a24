"""What is to be undone has a handler, and a throw event names what is there (BPMN 2.0.2, 10.7)."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.errors import Finding
from bpmn.model import Dialect, EventDefinition, EventKind, FlowNode, Kind, walk
from bpmn.rules.subject import Level, Rule, Subject

RULE = Rule("compensation-handler")

_THROWING = frozenset({Kind.INTERMEDIATE_THROW_EVENT, Kind.END_EVENT})


def check(subject: Subject) -> Iterator[Finding]:
    """An error per compensation boundary event without a handler (which Camunda 7 deploys, and undoes nothing), per
    reference to an activity that is not there, and per throw event that should not wait, where the vendor always waits;
    a warning per handler that belongs to nothing."""
    for process in subject.processes:
        activities = {node.id: node for node in walk(process.nodes) if node.is_activity}
        for node in walk(process.nodes):
            for event in node.events if node.kind in _THROWING else ():
                if event.kind is EventKind.COMPENSATE:
                    yield from _of_throw(node, event, activities)
                    yield from _of_waiting(node, event, subject)
    for level in subject.levels:
        yield from _of_handlers(level, subject)


def _of_throw(node: FlowNode, event: EventDefinition, activities: dict[str, FlowNode]) -> Iterator[Finding]:
    reference = event.activity_ref
    if reference and reference not in activities:
        yield RULE.error(
            node, f"undoes the activity {reference}, which does not exist.", "Choose an activity with a handler."
        )


def _of_waiting(node: FlowNode, event: EventDefinition, subject: Subject) -> Iterator[Finding]:
    if event.waits_for_completion or subject.model.dialect is Dialect.PLAIN:
        return
    find = RULE.error if subject.is_camunda8 else RULE.warning
    yield find(node, "does not wait for the handlers, but its engine always does.", 'Drop waitForCompletion="false".')


def _of_handlers(level: Level, subject: Subject) -> Iterator[Finding]:
    lacking = RULE.error if subject.is_camunda8 else RULE.warning
    used = {node.compensation_handler for node in level.nodes}
    for node in level.nodes:
        if node.kind is Kind.BOUNDARY_EVENT and node.event.kind is EventKind.COMPENSATE:
            if not node.compensation_handler:
                yield lacking(
                    node, "has no handler.", "Connect it by an association to an activity with a compensation marker."
                )
        elif node.is_for_compensation and node.id not in used and not node.triggered_by_event:
            yield RULE.warning(
                node, "is never called: no compensation boundary event belongs to it.", "Connect it to one."
            )
        if node.is_for_compensation and (node.incoming or node.outgoing):
            yield RULE.error(
                node, "undoes an activity and stands in a sequence flow, too.", "Take its sequence flows away."
            )
