"""What throws an escalation says which; in Camunda 8 what catches one says it as plain text (zeebe-extensions §1)."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.errors import Finding
from bpmn.model import EventDefinition, EventKind, Expression, FlowNode, Kind
from bpmn.rules.subject import Rule, Subject

RULE = Rule("escalation-code")

_THROWING = frozenset({Kind.END_EVENT, Kind.INTERMEDIATE_THROW_EVENT})


def check(subject: Subject) -> Iterator[Finding]:
    """An error per thrown escalation without a code and per caught one with a computed code."""
    for node in subject.nodes:
        for event in node.events:
            if event.kind is not EventKind.ESCALATION or event.reference:
                continue
            if node.kind in _THROWING:
                yield from _thrown(node, event)
            elif subject.is_camunda8 and event.escalation is not None and _is_computed(event.escalation.code):
                yield RULE.error(
                    node, "catches an escalation whose code is an expression.", "Write the code as plain text."
                )


def _is_computed(code: Expression | None) -> bool:
    return code is not None and not code.is_literal


def _thrown(node: FlowNode, event: EventDefinition) -> Iterator[Finding]:
    escalation = event.escalation
    if escalation is None:
        yield RULE.error(node, "throws no particular escalation.", "Choose or create an escalation with a code.")
    elif escalation.code is None:
        yield RULE.error(
            node, f"throws the escalation {escalation.id}, which has no code.", "Give the escalation a code."
        )
