"""Several flows out of an activity or event are all taken at once, as out of a parallel gateway (13.3.1)."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.errors import Finding
from bpmn.model import GATEWAYS, FlowNode
from bpmn.rules.split_condition import is_unconditional
from bpmn.rules.subject import Rule, Subject

RULE = Rule("implicit-split")


def check(subject: Subject) -> Iterator[Finding]:
    """A remark per activity or event that several flows leave without a condition."""
    for node in subject.nodes:
        if node.kind not in GATEWAYS and _taken_together(subject, node) > 1:
            yield RULE.info(
                node,
                "has several outgoing flows that are all taken.",
                "Draw the gateway that is meant: parallel for all of them, exclusive for one of them.",
            )


def _taken_together(subject: Subject, node: FlowNode) -> int:
    """Conditions count on activities, but for Camunda 8."""
    flows = subject.outgoing(node)
    if subject.is_camunda8:
        return len(flows)
    return sum(is_unconditional(flow) and flow.id != node.default_flow for flow in flows)
