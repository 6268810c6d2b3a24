"""A gateway with one flow in and one out does nothing."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.errors import Finding
from bpmn.model import GATEWAYS, Kind
from bpmn.rules.split_condition import is_unconditional
from bpmn.rules.subject import Rule, Subject

RULE = Rule("superfluous-gateway")


def check(subject: Subject) -> Iterator[Finding]:
    """A remark per gateway that neither joins, nor splits, nor asks a condition."""
    for node in subject.nodes:
        if node.kind not in GATEWAYS or node.kind is Kind.EVENT_BASED_GATEWAY:
            continue
        if len(node.incoming) == 1 and len(node.outgoing) == 1 and is_unconditional(subject.outgoing(node)[0]):
            yield RULE.info(node, "neither joins nor splits anything.", "Delete it, or draw the missing flow.")
