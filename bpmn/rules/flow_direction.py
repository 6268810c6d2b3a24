"""Nothing flows into a start or boundary event, nothing out of an end event (BPMN 2.0.2, 10.5.2 to 10.5.4)."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.errors import Finding
from bpmn.model import Kind
from bpmn.rules.subject import Rule, Subject

RULE = Rule("flow-direction")


def check(subject: Subject) -> Iterator[Finding]:
    """An error per flow into a start or out of an end."""
    for node in subject.nodes:
        if node.incoming and node.kind in (Kind.START_EVENT, Kind.BOUNDARY_EVENT):
            yield RULE.error(node, "has an incoming flow.", "Let the flow end at the step behind it.")
        if node.outgoing and node.kind is Kind.END_EVENT:
            yield RULE.error(node, "has an outgoing flow.", "Make it an intermediate event, or delete the flow.")
