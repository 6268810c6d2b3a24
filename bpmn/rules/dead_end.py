"""A path that stops at something else than an end event. BPMN allows it (13.2); mostly a flow was forgotten."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.errors import Finding
from bpmn.model import EventKind, FlowNode, Kind
from bpmn.rules.subject import Rule, Subject

RULE = Rule("dead-end")


def check(subject: Subject) -> Iterator[Finding]:
    """A warning per node where a path stops."""
    for level in subject.levels:
        if level.is_ad_hoc:
            continue
        for node in level.nodes:
            if not node.outgoing and not _may_end(node):
                yield RULE.warning(node, "has no outgoing flow.", "Connect it to the next step or to an end event.")


def _may_end(node: FlowNode) -> bool:
    if node.kind is Kind.END_EVENT or node.triggered_by_event or node.is_for_compensation:
        return True
    leads_elsewhere = node.event.kind is EventKind.LINK and node.kind is Kind.INTERMEDIATE_THROW_EVENT
    return leads_elsewhere or node.event.kind is EventKind.COMPENSATE
