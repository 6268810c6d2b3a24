"""Every flow out of an exclusive or inclusive split has a condition or is the default (BPMN 2.0.2, 10.6.2)."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.errors import Finding
from bpmn.model import Kind, SequenceFlow
from bpmn.rules.subject import Rule, Subject
from bpmn.rules.wording import named

RULE = Rule("split-condition")

SPLITS = frozenset({Kind.EXCLUSIVE_GATEWAY, Kind.INCLUSIVE_GATEWAY})


def check(subject: Subject) -> Iterator[Finding]:
    """An error per flow without condition that is not the default."""
    for node in subject.nodes:
        if node.kind not in SPLITS or len(node.outgoing) < 2:
            continue
        for flow in subject.outgoing(node):
            if flow.id != node.default_flow and is_unconditional(flow):
                yield RULE.error(
                    flow,
                    f"out of {named(node)} has no condition.",
                    f"Give it a condition{_example(subject, flow)}, or make it the default flow.",
                )


def is_unconditional(flow: SequenceFlow) -> bool:
    """No condition, or one left empty."""
    return flow.condition is None or not flow.condition.text


def _example(subject: Subject, flow: SequenceFlow) -> str:
    example = "${approved}" if subject.is_camunda7 else "=approved"
    return f" that is true for '{' '.join(flow.name.split())}' (such as {example})" if flow.name else ""
