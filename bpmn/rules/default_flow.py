"""The default flow of a node is one of its own outgoing flows."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.errors import Finding
from bpmn.rules.subject import Rule, Subject

RULE = Rule("default-flow")


def check(subject: Subject) -> Iterator[Finding]:
    """An error per default that is not an outgoing flow."""
    for node in subject.nodes:
        if node.default_flow and node.default_flow not in node.outgoing:
            yield RULE.error(
                node,
                f"has the default flow {node.default_flow}, which does not leave it.",
                "Choose one of its outgoing flows.",
            )
