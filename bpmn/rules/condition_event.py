"""A conditional event says its condition, in the language of its file, and which changes count (BPMN 2.0.2, 10.5.5)."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.errors import Finding
from bpmn.model import EventKind
from bpmn.parts import shorten
from bpmn.rules.subject import Rule, Subject

RULE = Rule("condition-event")
_CHANGES = frozenset({"create", "update"})  # zeebe-extensions §2


def check(subject: Subject) -> Iterator[Finding]:
    """An error per conditional event without a condition, with one in plain text, or for changes that there are not."""
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
            if subject.is_camunda8 and (unknown := sorted(set(event.condition_events) - _CHANGES)):
                says = f"waits for changes of the kind {', '.join(unknown)}, which there is not"
                yield RULE.error(node, says, "Write create, update, or both with a comma.", event.line)
