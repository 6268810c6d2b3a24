"""Which triggers an event of a kind can have (BPMN 2.0.2, table 10.93); engines cannot wait for or throw any other."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.errors import Finding
from bpmn.model import EventKind, Kind
from bpmn.rules.subject import Rule, Subject

RULE = Rule("event-placement")

_E = EventKind
_NOWHERE = {
    Kind.START_EVENT: frozenset({_E.LINK, _E.CANCEL, _E.TERMINATE}),
    Kind.INTERMEDIATE_CATCH_EVENT: frozenset({_E.ERROR, _E.ESCALATION, _E.COMPENSATE, _E.CANCEL, _E.TERMINATE}),
    Kind.BOUNDARY_EVENT: frozenset({_E.LINK, _E.TERMINATE}),
    Kind.INTERMEDIATE_THROW_EVENT: frozenset({_E.TIMER, _E.CONDITIONAL, _E.ERROR, _E.CANCEL, _E.TERMINATE}),
    Kind.END_EVENT: frozenset({_E.TIMER, _E.CONDITIONAL, _E.LINK}),
}
_HINTS = {
    Kind.INTERMEDIATE_CATCH_EVENT: "Attach it to the border of the activity from which it comes.",
    Kind.INTERMEDIATE_THROW_EVENT: "Make it an end event, or a catch event if it shall wait.",
    Kind.END_EVENT: "Put a catch event before an end event without a trigger.",
}


def check(subject: Subject) -> Iterator[Finding]:
    """An error per trigger that its event cannot have."""
    for node in subject.nodes:
        for event in node.events:
            if event.kind in _NOWHERE.get(node.kind, ()):
                hint = _HINTS.get(node.kind, "Choose another kind of event.")
                yield RULE.error(node, f"cannot have the trigger '{event.kind.value}' where it stands.", hint)
