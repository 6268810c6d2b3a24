"""Who sends a message says how: by a job, by code, or in standard BPMN along a message flow to another pool."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.errors import Finding
from bpmn.model import Dialect, EventKind, FlowNode, Kind
from bpmn.rules.subject import Rule, Subject

RULE = Rule("message-sending")

_THROWING = frozenset({Kind.INTERMEDIATE_THROW_EVENT, Kind.END_EVENT})
_HINTS = {
    Dialect.CAMUNDA8: "Set a job type (zeebe:taskDefinition) for the worker that sends it, or zeebe:publishMessage.",
    Dialect.CAMUNDA7: "Give it a topic, a class, a connector or an expression that sends it.",
    Dialect.PLAIN: "Draw a message flow to a message event of another pool of this file, or give it a job.",
}


def check(subject: Subject) -> Iterator[Finding]:
    """An error in Camunda 8, which refuses it; a warning where the event passes without sending anything."""
    sources = {flow.source for flow in subject.model.message_flows}
    for node in subject.nodes:
        if not any(_says_nothing(node, index) for index in range(len(node.events))):
            continue
        hint = _HINTS[subject.model.dialect]
        if subject.is_camunda8:
            yield RULE.error(node, "sends a message without a job, which Camunda 8 refuses.", hint)
        elif subject.is_camunda7 or node.id not in sources:
            yield RULE.warning(node, "sends nothing: it does not say who sends its message.", hint)


def _says_nothing(node: FlowNode, index: int) -> bool:
    event = node.events[index]
    is_sent = any((event.job, event.expression, event.publication, node.job))
    return node.kind in _THROWING and event.kind is EventKind.MESSAGE and not is_sent
