"""A multi-instance marker must say for what, or how often; an output needs both its halves."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.errors import Finding
from bpmn.model import Dialect, FlowNode, MultiInstance
from bpmn.rules.subject import Rule, Subject

RULE = Rule("multi-instance")

_HINTS = {
    Dialect.CAMUNDA8: "Set the input collection, such as =items.",
    Dialect.CAMUNDA7: "Set the collection, such as ${items}, or the loop cardinality.",
    Dialect.PLAIN: "Set the loop cardinality, or redraw it in Camunda Modeler and set a collection.",
}


def check(subject: Subject) -> Iterator[Finding]:
    """Errors for markers without a collection or cardinality, and for halves."""
    for node in subject.nodes:
        if isinstance(node.loop, MultiInstance):
            yield from _of_marker(subject, node, node.loop)


def _of_marker(subject: Subject, node: FlowNode, loop: MultiInstance) -> Iterator[Finding]:
    if subject.is_camunda8 and loop.collection is None and loop.cardinality is not None:
        yield RULE.error(
            node,
            "says how often with a loop cardinality, which Camunda 8's engine does not know.",
            "Set an input collection, such as =for i in 1..3 return i.",
            loop.line,
        )
    elif loop.collection is None and loop.cardinality is None:
        yield RULE.error(node, "is repeated, but does not say for what.", _HINTS[subject.model.dialect], loop.line)
    elif loop.element_variable and loop.collection is None:
        tell = RULE.warning if subject.model.is_relative else RULE.error  # theirs count, and read past the variable
        yield tell(
            node,
            f"puts each item into {loop.element_variable}, but has no collection to take it from.",
            _HINTS[subject.model.dialect],
            loop.line,
        )
    if bool(loop.output_collection) != (loop.output_element is not None):
        yield RULE.error(
            node, "collects outputs by halves.", "Set both the output collection and the output element.", loop.line
        )
