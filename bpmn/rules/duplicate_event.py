"""One place hears each message, signal, error and escalation once: which of two events comes is not told otherwise.

A place is the border of an activity, the event sub-processes of a scope, the start events of a process, or what stands
behind an event-based gateway. Camunda 8 refuses doubles. Two events for one signal may be meant elsewhere.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from bpmn.errors import Finding
from bpmn.model import EventDefinition, EventKind, Expression, FlowNode, Kind
from bpmn.rules.subject import Level, Rule, Subject
from bpmn.rules.wording import named

RULE = Rule("duplicate-event")

_HINT = "Leave one of them out, or give them different names or codes."
_ANY = "anything"


def check(subject: Subject) -> Iterator[Finding]:
    """An error per double in Camunda 8, elsewhere a warning."""
    for level in subject.levels:
        for place in _places(subject, level):
            yield from _doubles(subject, place)


def _places(subject: Subject, level: Level) -> Iterator[Sequence[FlowNode]]:
    borders = defaultdict(list)
    for node in level.nodes:
        if node.attached_to:
            borders[node.attached_to].append(node)
        if node.kind is Kind.EVENT_BASED_GATEWAY:
            targets = (level.by_id.get(flow.target) for flow in subject.outgoing(node))
            yield [target for target in targets if target is not None]
    yield from borders.values()
    inner = [node for node in level.nodes if node.triggered_by_event]
    yield [start for node in inner for start in node.nodes if start.kind is Kind.START_EVENT]
    if level.is_process:
        yield level.starts()


def _doubles(subject: Subject, place: Sequence[FlowNode]) -> Iterator[Finding]:
    report = RULE.error if subject.is_camunda8 else RULE.warning
    first: dict[tuple[EventKind, str], FlowNode] = {}
    for node in place:
        for event in node.events:
            heard = _heard(event)
            if heard is None or (event.kind is EventKind.SIGNAL and not subject.is_camunda8):
                continue
            other = first.setdefault((event.kind, heard), node)
            if other is not node:
                what = f"any {event.kind.value}" if heard == _ANY else f"the {event.kind.value} {heard}"
                yield report(node, f"hears {what}, which {named(other)} does, too.", _HINT, event.line)


def _heard(event: EventDefinition) -> str | None:
    """What the event is about, by name or code; None when it names nothing that others could name."""
    match event.kind:
        case EventKind.MESSAGE:
            return _text(event.message.name) if event.message is not None else None
        case EventKind.SIGNAL:
            return _text(event.signal.name) if event.signal is not None else None
        case EventKind.ERROR:
            return (_text(event.error.code) if event.error is not None else None) or _ANY
        case EventKind.ESCALATION:
            return (_text(event.escalation.code) if event.escalation is not None else None) or _ANY
    return None


def _text(value: Expression | None) -> str | None:
    return value.text if value is not None and value.text else None
