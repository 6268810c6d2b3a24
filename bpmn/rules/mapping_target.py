"""A mapping without a target variable goes nowhere."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.errors import Finding
from bpmn.model import FlowNode, VariableMapping
from bpmn.rules.subject import Rule, Subject

RULE = Rule("mapping-target")


def check(subject: Subject) -> Iterator[Finding]:
    """An error per mapping without a target."""
    for node in subject.nodes:
        for mapping in _mappings(node):
            if not mapping.target and mapping.target_name is None:
                yield RULE.error(
                    node, "has a mapping without a target.", "Name the variable it is stored in.", mapping.line
                )


def _mappings(node: FlowNode) -> Iterator[VariableMapping]:
    yield from node.inputs
    yield from node.outputs
    for owner in (node.job, node.called):
        if owner is not None:
            yield from owner.inputs
            yield from owner.outputs
