"""A mapping without a target variable goes nowhere; one of Camunda 7's calls without a source brings nothing."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.errors import Finding
from bpmn.model import Expression, FlowNode, Language, VariableMapping
from bpmn.rules.subject import Rule, Subject

RULE = Rule("mapping-target")


def check(subject: Subject) -> Iterator[Finding]:
    """An error per mapping without a target, or into or out of a call without a source."""
    for node in subject.nodes:
        for mapping in _mappings(node):
            if not mapping.target and mapping.target_name is None:
                yield RULE.error(
                    node, "has a mapping without a target.", "Name the variable it is stored in.", mapping.line
                )
        if subject.is_camunda7 and node.called is not None:
            for mapping in (*node.called.inputs, *node.called.outputs):
                if mapping.target and _is_null(mapping):
                    hint = "Name the variable or the expression that it takes."
                    yield RULE.error(node, "has a mapping without a source.", hint, mapping.line)


def _is_null(mapping: VariableMapping) -> bool:
    source = mapping.source
    return isinstance(source, Expression) and (source.language, source.text) == (Language.FEEL, "null")


def _mappings(node: FlowNode) -> Iterator[VariableMapping]:
    yield from node.inputs
    yield from node.outputs
    for owner in (node.job, node.called):
        if owner is not None:
            yield from owner.inputs
            yield from owner.outputs
