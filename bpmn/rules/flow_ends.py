"""A sequence flow joins two nodes of its own level: it crosses no border of a sub-process (BPMN 2.0.2, 8.4.13)."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.errors import Finding
from bpmn.model import SequenceFlow
from bpmn.rules.subject import Level, Rule, Subject
from bpmn.rules.wording import named

RULE = Rule("flow-ends")


def check(subject: Subject) -> Iterator[Finding]:
    """An error per end of a flow that is missing, unknown or elsewhere."""
    everywhere = {node.id for node in subject.nodes}
    for level in subject.levels:
        for flow in level.flows:
            yield from _ends(flow, level, everywhere)


def _ends(flow: SequenceFlow, level: Level, everywhere: set[str]) -> Iterator[Finding]:
    for end, element in (("source", flow.source), ("target", flow.target)):
        if not element:
            yield RULE.error(flow, f"has no {end}.", "Connect it, or delete it.")
        elif element not in everywhere:
            yield RULE.error(flow, f"has the {end} {element}, which does not exist.", "Connect it, or delete it.")
        elif element not in level.by_id:
            yield RULE.error(
                flow,
                f"stands in {named(level.owner)}, but its {end} {element} does not.",
                "A flow stays within one process or sub-process; use a boundary event or a message to cross.",
            )
