"""A gateway either joins or splits; one that does both is hard to read, and each half may mean another kind."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.errors import Finding
from bpmn.model import GATEWAYS, Kind
from bpmn.rules.subject import Rule, Subject

RULE = Rule("gateway-join-fork")


def check(subject: Subject) -> Iterator[Finding]:
    """A remark per gateway with several flows on both sides. An event-based one only ever splits."""
    for node in subject.nodes:
        is_meant = node.kind in GATEWAYS and node.kind is not Kind.EVENT_BASED_GATEWAY
        if is_meant and len(node.incoming) > 1 and len(node.outgoing) > 1:
            yield RULE.info(node, "both joins and splits.", "Draw two gateways, one behind the other.")
