"""A boundary event sits on an activity of its own level (BPMN 2.0.2, 10.5.4); error events always interrupt it."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.errors import Finding
from bpmn.model import TASKS, EventKind, FlowNode, Kind
from bpmn.rules.subject import Level, Rule, Subject
from bpmn.rules.wording import named

RULE = Rule("boundary-attachment")


def check(subject: Subject) -> Iterator[Finding]:
    """An error per boundary event on nothing, or in Camunda 8 on what cannot throw its escalation; a warning per error
    event drawn non-interrupting."""
    for level in subject.levels:
        for node in level.nodes:
            if node.kind is Kind.BOUNDARY_EVENT:
                yield from _of_event(node, level, subject)


def _of_event(node: FlowNode, level: Level, subject: Subject) -> Iterator[Finding]:
    host = level.by_id.get(node.attached_to)
    if host is None:
        where = f"to {node.attached_to}, which is not beside it" if node.attached_to else "to nothing"
        yield RULE.error(node, f"is attached {where}.", "Put it on the border of an activity.")
    elif not host.is_activity or (host.triggered_by_event and subject.is_camunda8):
        # Camunda 7 watches the border of an event sub-process like any other.
        yield RULE.error(node, f"is attached to {named(host)}.", "Put it on the border of a task or sub-process.")
    elif subject.is_camunda8 and node.event.kind is EventKind.ESCALATION and host.kind in TASKS:
        says = f"waits for an escalation of {named(host)}, which can throw none."
        yield RULE.error(node, says, "Put it on the border of a sub-process or call activity.")
    if node.event.kind is EventKind.ERROR and not node.interrupting:
        yield RULE.warning(node, "is drawn as not interrupting, but errors always interrupt.", "Draw it interrupting.")
