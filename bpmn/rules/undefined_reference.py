"""A message, error, signal or escalation that an event refers to must be in the file."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.errors import Finding
from bpmn.rules.subject import Rule, Subject

RULE = Rule("undefined-reference")


def check(subject: Subject) -> Iterator[Finding]:
    """An error per reference of an event to nothing."""
    for node in subject.nodes:
        for event in node.events:
            if event.reference:
                yield RULE.error(
                    node,
                    f"refers to the {event.kind.value} {event.reference}, which the file does not define.",
                    f"Choose or create the {event.kind.value} in the properties of the event.",
                    event.line,
                )
