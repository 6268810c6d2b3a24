"""In Camunda 8 a waiting message is found by name and correlation key (zeebe:subscription); only what starts a process
has none."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.errors import Finding
from bpmn.model import Kind
from bpmn.rules.message_missing import waits
from bpmn.rules.subject import Rule, Subject

RULE = Rule("correlation-key")


def check(subject: Subject) -> Iterator[Finding]:
    """An error per Camunda 8 catch without a correlation key."""
    if not subject.is_camunda8:
        return
    for level in subject.levels:
        for node in level.nodes:
            if node.kind is Kind.START_EVENT and level.is_process:
                continue
            for message in waits(node):
                if message is not None and message.correlation_key is None:
                    yield RULE.error(
                        node,
                        f"waits for the message {message.id} without a correlation key.",
                        "Set the message's subscription correlation key, such as =orderId.",
                    )
