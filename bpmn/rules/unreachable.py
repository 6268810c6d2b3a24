"""Every node must be reachable from a start: by flows, from the border of a reached activity, or by a link."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.errors import Finding
from bpmn.model import EventKind, FlowNode, Kind
from bpmn.rules.subject import Level, Rule, Subject

RULE = Rule("unreachable")


def check(subject: Subject) -> Iterator[Finding]:
    """A warning per node that nothing leads to, and per node behind such a one: engines run the rest as drawn."""
    for level in subject.levels:
        if level.starts() and not level.is_ad_hoc:
            yield from _of_level(level)


def _of_level(level: Level) -> Iterator[Finding]:
    reached = _reached(level)
    for node in level.nodes:
        if node.id in reached or node.kind is Kind.BOUNDARY_EVENT:
            continue
        if not node.incoming:
            yield RULE.warning(node, "is never reached: nothing leads to it.", "Connect it, or delete it.")
        else:
            yield RULE.warning(
                node, "is never reached: what leads to it is not reached either.", "Connect the path to a start event."
            )


def _reached(level: Level) -> set[str]:
    following = _following(level)
    reached: set[str] = set()
    waiting = [node.id for node in level.nodes if _begins(node)]
    while waiting:
        current = waiting.pop()
        if current not in reached:
            reached.add(current)
            waiting.extend(following.get(current, ()))
    return reached


def _following(level: Level) -> dict[str, list[str]]:
    """What is reached when a node is: along flows, from its border, and through a link of the same name."""
    following: dict[str, list[str]] = {}
    for flow in level.flows:
        following.setdefault(flow.source, []).append(flow.target)
    links: dict[str, list[str]] = {}
    for node in level.nodes:
        if node.kind is Kind.BOUNDARY_EVENT:
            following.setdefault(node.attached_to, []).append(node.id)
            following.setdefault(node.id, []).append(node.compensation_handler)
        elif _is_link(node, Kind.INTERMEDIATE_CATCH_EVENT):
            links.setdefault(node.event.link_name, []).append(node.id)
    for node in level.nodes:
        if _is_link(node, Kind.INTERMEDIATE_THROW_EVENT):
            following.setdefault(node.id, []).extend(links.get(node.event.link_name, ()))
    return following


def _is_link(node: FlowNode, kind: Kind) -> bool:
    return node.kind is kind and node.event.kind is EventKind.LINK


def _begins(node: FlowNode) -> bool:
    return node.kind is Kind.START_EVENT or node.begins_process or node.triggered_by_event or node.is_for_compensation
