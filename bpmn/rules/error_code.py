"""What throws an error says which; in Camunda 8 what catches one says it as plain text."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.errors import Finding
from bpmn.model import EventDefinition, EventKind, Expression, FlowNode, Kind
from bpmn.rules.subject import Rule, Subject

RULE = Rule("error-code")

_THROWING = frozenset({Kind.END_EVENT, Kind.INTERMEDIATE_THROW_EVENT})


def check(subject: Subject) -> Iterator[Finding]:
    """An error per thrown error without a code and per caught one with a computed code."""
    for node in subject.nodes:
        for event in node.events:
            if event.kind is not EventKind.ERROR or event.reference:
                continue
            if node.kind in _THROWING and not subject.model.is_relative:  # theirs throw what a catch-all takes
                yield from _thrown(node, event)
            elif subject.is_camunda8 and event.error is not None and _is_computed(event.error.code):
                yield RULE.error(node, "catches an error whose code is an expression.", "Write the code as plain text.")


def _is_computed(code: Expression | None) -> bool:
    return code is not None and not code.is_literal


def _thrown(node: FlowNode, event: EventDefinition) -> Iterator[Finding]:
    error = event.error
    if error is None:
        yield RULE.error(node, "throws no particular error.", "Choose or create an error with a code.")
    elif error.code is None:
        yield RULE.error(node, f"throws the error {error.id}, which has no code.", "Give the error a code.")
