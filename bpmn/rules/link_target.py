"""A link throw event needs exactly one catch of its name, in its own scope (BPMN 2.0.2, 10.5.5)."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.errors import Finding
from bpmn.model import EventKind, FlowNode, Kind
from bpmn.rules.subject import Level, Rule, Subject
from bpmn.rules.wording import named

RULE = Rule("link-target")


def check(subject: Subject) -> Iterator[Finding]:
    """An error per link without a name, throw without a catch, and second catch of a name."""
    for level in subject.levels:
        catches: dict[str, FlowNode] = {}
        for node in _links(level, Kind.INTERMEDIATE_CATCH_EVENT):
            first = catches.setdefault(node.event.link_name, node)
            if first is not node and node.event.link_name:
                yield RULE.error(
                    node,
                    f"catches the link '{node.event.link_name}', as {named(first)} does.",
                    "Let every throw lead to one of them, or give the other link a name of its own.",
                )
        for node in [*_links(level, Kind.INTERMEDIATE_THROW_EVENT), *_links(level, Kind.INTERMEDIATE_CATCH_EVENT)]:
            if not node.event.link_name:
                yield RULE.error(node, "has a link without a name.", "Give throw and catch the same link name.")
            elif node.event.link_name not in catches:
                yield RULE.error(
                    node,
                    f"leads to the link '{node.event.link_name}', which nothing here catches.",
                    "Add a link catch event of this name to the same process or sub-process.",
                )


def _links(level: Level, kind: Kind) -> Iterator[FlowNode]:
    return (node for node in level.nodes if node.kind is kind and node.event.kind is EventKind.LINK)
