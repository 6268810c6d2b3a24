"""A terminate end event that has nothing to terminate says more than is meant (BPMN 2.0.2, 13.5.6)."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.errors import Finding
from bpmn.model import GATEWAYS, EventKind, FlowNode, Kind
from bpmn.rules.subject import Level, Rule, Subject

RULE = Rule("superfluous-termination")


def check(subject: Subject) -> Iterator[Finding]:
    """A remark per terminate end event in a scope where only ever one token is."""
    for level in subject.levels:
        if any(_multiplies(subject, node) for node in level.nodes) or level.is_ad_hoc:
            continue
        for node in level.nodes:
            if node.kind is Kind.END_EVENT and node.event.kind is EventKind.TERMINATE and _is_last(level):
                yield RULE.info(node, "ends branches that there never are.", "Use an end event without a trigger.")


def _multiplies(subject: Subject, node: FlowNode) -> bool:
    """Whether two tokens may come of one."""
    if node.kind is Kind.BOUNDARY_EVENT and not node.interrupting:
        return True
    is_choice = node.kind in (Kind.EXCLUSIVE_GATEWAY, Kind.EVENT_BASED_GATEWAY)
    several = len(subject.outgoing(node)) > 1 and not is_choice
    return (several and (node.kind in GATEWAYS or bool(node.outgoing))) or node.triggered_by_event


def _is_last(level: Level) -> bool:
    """Only in a process or embedded sub-process; what an event sub-process terminates is a matter of its own."""
    return not level.is_event_sub_process
