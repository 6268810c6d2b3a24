"""What stands at the top of a file and is referred to by id: messages, errors, escalations, signals, resources.

Also event definitions, which may stand there too (BPMN 2.0.2, 10.5.5), and the reading of each of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar

from lxml import etree

from bpmn.dialects import Plain
from bpmn.dialects.plain import Values
from bpmn.model import Error, Escalation, EventDefinition, EventKind, Message, Signal, Timer, TimerKind
from bpmn.parts import Notes, Part, line_of, local_name
from bpmn.vocabulary import EVENT_DEFINITIONS, ROOT_DECORATION

Found = TypeVar("Found")

_READ_ELSEWHERE = frozenset({"process"})
_TIMERS = tuple((kind.value, kind) for kind in TimerKind)


@dataclass
class Shared:
    """The shared definitions of one file, by id."""

    messages: dict[str, Message] = field(default_factory=dict)
    errors: dict[str, Error] = field(default_factory=dict)
    escalations: dict[str, Escalation] = field(default_factory=dict)
    signals: dict[str, Signal] = field(default_factory=dict)
    resources: dict[str, str] = field(default_factory=dict)
    events: dict[str, etree._Element] = field(default_factory=dict)
    ids: list[tuple[str, int]] = field(default_factory=list)
    unsupported: Notes = field(default_factory=Notes)


def read_shared(root: etree._Element, dialect: Plain) -> Shared:
    """Reads all shared definitions under the definitions element."""
    shared = Shared()
    for element in root:
        name = local_name(element)
        if name == "correlationProperty":
            shared.unsupported.ignored.append((_not_correlated(element), line_of(element)))
        if name in _READ_ELSEWHERE or name in ROOT_DECORATION:
            continue
        reader = _READERS.get(name)
        if reader is not None:
            part = dialect.part(element)
            reader(shared, part, dialect)
            shared.ids.append((part.get("id"), part.line))
        elif name in EVENT_DEFINITIONS:
            shared.events[element.get("id", "")] = element
        elif not name.startswith("BPMN"):  # BPMNDiagram: where things are drawn
            shared.unsupported.append((name, line_of(element)))
    return shared


def _not_correlated(element: etree._Element) -> str:
    """No engine whose dialect is spoken here evaluates BPMN's own correlation (BPMN 2.0.2, 8.4.2)."""
    named = element.get("name") or element.get("id", "")
    return f'The correlationProperty "{named}" (messages find their instance by its business key, or by their own key)'


def lookup(table: dict[str, Found], reference: str) -> Found | None:
    """What a reference names. It is a QName: a prefix of the file's own namespace may stand before the id."""
    reference = reference.strip()
    found = table.get(reference)
    return found if found is not None else table.get(reference.rpartition(":")[2])


def _read_message(shared: Shared, part: Part, dialect: Plain) -> None:
    values: Values = {"unsupported": shared.unsupported}
    dialect.message(part, values)
    del values["unsupported"]
    name = dialect.optional(part.get("name"), part.line)
    shared.messages[part.get("id")] = Message(part.get("id"), name, line=part.line, **values)
    dialect.report(part, shared.unsupported)


def _read_error(shared: Shared, part: Part, dialect: Plain) -> None:
    values: Values = {}
    dialect.error(part, values)
    code = dialect.optional(part.get("errorCode"), part.line)
    shared.errors[part.get("id")] = Error(part.get("id"), part.get("name"), code, line=part.line, **values)
    dialect.report(part, shared.unsupported)


def _read_escalation(shared: Shared, part: Part, dialect: Plain) -> None:
    code = dialect.optional(part.get("escalationCode"), part.line)
    shared.escalations[part.get("id")] = Escalation(part.get("id"), part.get("name"), code, part.line)
    dialect.report(part, shared.unsupported)


def _read_signal(shared: Shared, part: Part, dialect: Plain) -> None:
    name = dialect.optional(part.get("name"), part.line)
    values: Values = {}
    dialect.signal(part, values)
    shared.signals[part.get("id")] = Signal(part.get("id"), name, line=part.line, **values)
    dialect.report(part, shared.unsupported)


def _read_resource(shared: Shared, part: Part, dialect: Plain) -> None:
    shared.resources[part.get("id")] = part.get("name") or part.get("id")


_READERS = {
    "message": _read_message,
    "error": _read_error,
    "escalation": _read_escalation,
    "signal": _read_signal,
    "resource": _read_resource,
}


def read_events(part: Part, shared: Shared, dialect: Plain, unsupported: Notes) -> list[EventDefinition]:
    """The event definitions of an event, in document order, those it only refers to last."""
    elements = [element for name in part.child_names() if name in EVENT_DEFINITIONS for element in part.children(name)]
    for reference in part.children("eventDefinitionRef"):
        found = lookup(shared.events, reference.text or "")
        if found is not None:
            elements.append(found)
        else:
            unsupported.append((f'eventDefinitionRef "{(reference.text or "").strip()}"', line_of(reference)))
    return [_read_event(dialect.part(element), shared, dialect, unsupported) for element in elements]


def _read_event(part: Part, shared: Shared, dialect: Plain, unsupported: Notes) -> EventDefinition:
    kind = EVENT_DEFINITIONS[part.name]
    values: Values = {"kind": kind, "line": part.line, "unsupported": unsupported}
    _REFERENCES.get(kind, _read_nothing)(part, shared, dialect, values)
    dialect.event(part, values)
    del values["unsupported"]
    dialect.report(part, unsupported)
    return EventDefinition(**values)


def _read_nothing(part: Part, shared: Shared, dialect: Plain, values: Values) -> None:
    return


def _refer(part: Part, attribute: str, key: str, table: dict[str, Found], values: Values) -> None:
    reference = part.get(attribute).strip()
    values[key] = lookup(table, reference) if reference else None
    if reference and values[key] is None:
        values["reference"] = reference


def _read_message_event(part: Part, shared: Shared, dialect: Plain, values: Values) -> None:
    _refer(part, "messageRef", "message", shared.messages, values)


def _read_error_event(part: Part, shared: Shared, dialect: Plain, values: Values) -> None:
    _refer(part, "errorRef", "error", shared.errors, values)


def _read_escalation_event(part: Part, shared: Shared, dialect: Plain, values: Values) -> None:
    _refer(part, "escalationRef", "escalation", shared.escalations, values)


def _read_signal_event(part: Part, shared: Shared, dialect: Plain, values: Values) -> None:
    _refer(part, "signalRef", "signal", shared.signals, values)


def _read_timer_event(part: Part, shared: Shared, dialect: Plain, values: Values) -> None:
    for name, kind in _TIMERS:
        element = part.child(name)
        if element is None:
            continue
        value = dialect.formal(element)
        if value is not None and "timer" not in values:
            values["timer"] = Timer(kind, value, line=line_of(element) or part.line)
        elif value is not None:
            values["unsupported"].append((f"{name} beside another time", line_of(element) or part.line))


def _read_link_event(part: Part, shared: Shared, dialect: Plain, values: Values) -> None:
    values["link_name"] = part.get("name").strip()


def _read_compensation_event(part: Part, shared: Shared, dialect: Plain, values: Values) -> None:
    values["activity_ref"] = part.get("activityRef").strip()
    values["waits_for_completion"] = part.is_true("waitForCompletion", default=True)


_REFERENCES = {
    EventKind.MESSAGE: _read_message_event,
    EventKind.ERROR: _read_error_event,
    EventKind.ESCALATION: _read_escalation_event,
    EventKind.SIGNAL: _read_signal_event,
    EventKind.TIMER: _read_timer_event,
    EventKind.LINK: _read_link_event,
    EventKind.COMPENSATE: _read_compensation_event,
}
