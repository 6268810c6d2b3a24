"""A message, error, signal or escalation that an event refers to must be in the file."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.errors import Finding
from bpmn.model import EventDefinition, EventKind, FlowNode, Kind
from bpmn.rules.subject import Rule, Subject

RULE = Rule("undefined-reference")


def check(subject: Subject) -> Iterator[Finding]:
    """An error per reference of an event to nothing; a warning where the engine never follows it."""
    for node in subject.nodes:
        for event in node.events:
            if event.reference:
                tell = RULE.warning if _is_decoration(subject, node, event) else RULE.error
                yield tell(
                    node,
                    f"refers to the {event.kind.value} {event.reference}, which the file does not define.",
                    f"Choose or create the {event.kind.value} in the properties of the event.",
                    event.line,
                )


def _is_decoration(subject: Subject, node: FlowNode, event: EventDefinition) -> bool:
    """Whoever sends a message in Camunda 7 is told by its class, topic or expression; the message is for the reader."""
    sends = node.kind in (Kind.INTERMEDIATE_THROW_EVENT, Kind.END_EVENT) and event.kind is EventKind.MESSAGE
    return sends and not subject.is_camunda8
