"""Conditions that nobody looks at: on default flows, behind parallel and event-based gateways (BPMN 2.0.2, 8.4.13).

Camunda 8 looks at conditions behind exclusive and inclusive gateways only; elsewhere all flows are taken.
"""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.errors import Finding
from bpmn.model import Kind
from bpmn.rules.split_condition import SPLITS, is_unconditional
from bpmn.rules.subject import Rule, Subject
from bpmn.rules.wording import named

RULE = Rule("condition-ignored")

_BLIND = frozenset({Kind.PARALLEL_GATEWAY, Kind.EVENT_BASED_GATEWAY})


def check(subject: Subject) -> Iterator[Finding]:
    """A warning per condition that is never looked at."""
    for node in subject.nodes:
        is_blind = node.kind not in SPLITS if subject.is_camunda8 else node.kind in _BLIND
        for flow in subject.outgoing(node):
            if is_unconditional(flow):
                continue
            if flow.id == node.default_flow:
                yield RULE.warning(flow, "is a default flow; its condition is ignored.", "Remove the condition.")
            elif is_blind:
                yield RULE.warning(
                    flow, f"leaves {named(node)}; its condition is ignored.", "Use an exclusive or inclusive gateway."
                )
