"""Without a default flow, an instance stands still with an incident when no condition holds."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.errors import Finding
from bpmn.model import FlowNode
from bpmn.rules.split_condition import SPLITS, is_unconditional
from bpmn.rules.subject import Rule, Subject

RULE = Rule("split-default")


def check(subject: Subject) -> Iterator[Finding]:
    """A warning per node whose flows all have conditions, without a default."""
    for node in subject.nodes:
        if not node.default_flow and _decides(subject, node):
            yield RULE.warning(
                node,
                "has no default flow: it stops with an incident when no condition holds.",
                "Mark one of its flows as the default.",
            )


def _decides(subject: Subject, node: FlowNode) -> bool:
    """Whether every way out is conditional: a split, or an activity in the dialects where its conditions count."""
    if node.kind in SPLITS:
        counts = len(node.outgoing) > 1
    else:
        counts = node.is_activity and bool(node.outgoing) and not subject.is_camunda8
    return counts and not any(is_unconditional(flow) for flow in subject.outgoing(node))
