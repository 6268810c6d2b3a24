"""A complex gateway that joins says with a condition what it waits for (BPMN 2.0.2, 10.6.5)."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.errors import Finding
from bpmn.model import Kind
from bpmn.rules.subject import Rule, Subject

RULE = Rule("complex-gateway")


def check(subject: Subject) -> Iterator[Finding]:
    """A warning per complex gateway with several incoming flows and no activation condition."""
    for node in subject.nodes:
        if node.kind is Kind.COMPLEX_GATEWAY and len(node.incoming) > 1 and node.activation_condition is None:
            yield RULE.warning(
                node,
                "has no activation condition: the first token passes, and the others end here.",
                "Give it one, such as activationCount >= 2.",
            )
