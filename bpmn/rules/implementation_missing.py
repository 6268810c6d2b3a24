"""A service or send task must say who does the work."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.errors import Finding
from bpmn.model import Dialect, Kind
from bpmn.rules.subject import Rule, Subject

RULE = Rule("implementation-missing")

_HINTS = {
    Dialect.CAMUNDA8: "Set a job type (zeebe:taskDefinition), or apply an element template such as the AI task.",
    Dialect.CAMUNDA7: "Make it an external task with a topic, or give it an expression, a connector or a class.",
    Dialect.PLAIN: 'Set implementation="<job type>", or redraw it in Camunda Modeler and set a job type.',
}


def check(subject: Subject) -> Iterator[Finding]:
    """An error per service or send task without work to do."""
    # In standard BPMN a send task sends along its message flow.
    sends = {flow.source for flow in subject.model.message_flows} if subject.model.dialect is Dialect.PLAIN else set()
    for node in subject.nodes:
        if (node.kind is Kind.SEND_TASK and node.id in sends) or node.unsupported:
            continue  # it sends, or says so in a way that another rule refuses
        told = (node.job, node.expression, node.decision)
        if node.kind in (Kind.SERVICE_TASK, Kind.SEND_TASK) and told == (None, None, None):
            yield RULE.error(node, "does not say who does the work.", _HINTS[subject.model.dialect])
