"""What people see in task lists, in the cockpit and in messages is the name of an element."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.errors import Finding
from bpmn.model import FlowNode
from bpmn.rules.split_condition import SPLITS
from bpmn.rules.subject import Rule, Subject

RULE = Rule("missing-name")


def check(subject: Subject) -> Iterator[Finding]:
    """A remark per activity and per deciding gateway without a name."""
    for node in subject.nodes:
        if not node.name.strip() and _is_spoken_of(node):
            hint = "Name it by the question that it answers." if node.kind in SPLITS else "Name it by what is done."
            yield RULE.info(node, "has no name.", hint)


def _is_spoken_of(node: FlowNode) -> bool:
    return (node.is_activity and not node.triggered_by_event) or (node.kind in SPLITS and len(node.outgoing) > 1)
