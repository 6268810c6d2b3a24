"""A conditional event says its condition, in the language of its file (BPMN 2.0.2, 10.5.5)."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.errors import Finding
from bpmn.model import EventKind
from bpmn.parts import shorten
from bpmn.rules.subject import Rule, Subject

RULE = Rule("condition-event")


def check(subject: Subject) -> Iterator[Finding]:
    """An error per conditional event without a condition, or with one that is plain text and so never true."""
    example = "${stock < 5}" if subject.is_camunda7 else "= stock < 5"
    for node in subject.nodes:
        for event in node.events:
            if event.kind is not EventKind.CONDITIONAL:
                continue
            if event.condition is None or not (event.condition.text or event.condition.resource):
                yield RULE.error(
                    node, "waits for a condition and does not say which.", f"Set one such as {example}.", event.line
                )
            elif event.condition.is_literal:
                says = f"waits for a condition that is no expression: {shorten(event.condition.text)}"
                yield RULE.error(node, says, f"Write an expression such as {example}.", event.condition.line)
