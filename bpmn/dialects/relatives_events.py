"""Events of Flowable that BPMN does not have: the event registry's, and changes of a variable.

An event of the registry is a message here: its type is the message's name, its correlation parameters are the key, its
payload the variables. Whoever connects a channel publishes it as a message.
"""

from __future__ import annotations

from dataclasses import replace

from lxml import etree

from bpmn.dialects.plain import Draft, Plain
from bpmn.dialects.relatives_parameters import parameters
from bpmn.model import EventDefinition, EventKind, Expression, Kind, Language, Message, VariableMapping
from bpmn.parts import Part, line_of, text_of, truth

_ALWAYS = Expression("${true}", Language.JUEL)
_CHANGES = {"create": ("create",), "update": ("update",), "delete": ("delete",), "update-create": ("create", "update")}
_ALL_CHANGES = ("create", "update", "delete")
# What says how an event comes in; whoever connects the channel knows it.
_OF_CHANNELS = ("channelKey", "eventName", "keyDetectionType", "keyDetectionValue", "systemChannel", "channelName")


def place_event(dialect: Plain, draft: Draft) -> None:
    """A start, catch or boundary event, or a receive task, that waits for an event of Flowable's."""
    message = registered(dialect, draft)
    if draft.kind is Kind.RECEIVE_TASK:
        draft.values["message"] = message or draft.values.get("message")
    elif message is not None:
        draft.values["events"] = (EventDefinition(EventKind.MESSAGE, message=message, line=draft.part.line),)
    elif (change := _change(draft)) is not None:
        draft.values["events"] = (change,)
    else:
        _place_parameters(dialect, draft)


_WITH_PARAMETERS = frozenset({EventKind.ERROR, EventKind.SIGNAL, EventKind.MESSAGE})


def _place_parameters(dialect: Plain, draft: Draft) -> None:
    """in and out: what is taken of what comes, and what goes with what is thrown (EventSubscriptionUtil)."""
    part, events = draft.part, draft.values["events"]
    if len(events) != 1 or events[0].kind not in _WITH_PARAMETERS:
        return
    taken, given = parameters(dialect, part.extensions("in"), ""), parameters(dialect, part.extensions("out"), "")
    draft.values["events"] = (replace(events[0], takes=taken, gives=given),)


def registered(dialect: Plain, draft: Draft) -> Message | None:
    """The event of the registry that something waits for, as a message; None when it waits for none."""
    part = draft.part
    name = _text(part, "eventType")
    for word in _OF_CHANNELS:
        part.extensions(word)
    start = _text(part, "startEventCorrelationConfiguration")
    if start == "manualSubscription":
        told = f"{part.prefix}:startEventCorrelationConfiguration={start} (a subscription that a program makes)"
        draft.unsupported.append((told, part.line))
    if not name:
        return None
    key = correlation_key(part, "eventCorrelationParameter")
    if draft.kind is Kind.START_EVENT and not _is_in_event_sub_process(part):
        key = None  # nothing waits yet; whoever publishes with a key gets one running instance for it
    return Message("", dialect.value(name, part.line), key, _taken(dialect, part), part.line)


def _is_in_event_sub_process(part: Part) -> bool:
    around = part.element.getparent()
    return around is not None and truth(around.get("triggeredByEvent"))


def answer(dialect: Plain, part: Part, sent: str) -> Message | None:
    """The event that a triggerable send-event task waits for; by default the one that it has sent."""
    is_awaited = truth(part.vendor("triggerable"))
    name = _text(part, "triggerEventType") or sent
    key = correlation_key(part, "triggerEventCorrelationParameter")
    taken = _taken(dialect, part)
    for word in _OF_CHANNELS:
        part.extensions(word)
    return Message("", dialect.value(name, part.line), key, taken, part.line) if is_awaited else None


def correlation_key(part: Part, parameter: str) -> Expression | None:
    """The key of all correlation parameters: the value of a single one, else all values by name, joined by commas."""
    found = sorted((one.get("name", ""), one.get("value", ""), line_of(one)) for one in part.extensions(parameter))
    if not found:
        return None
    text = ",".join(value.strip() for _, value, _ in found)
    language = Language.JUEL if "${" in text or "#{" in text else Language.LITERAL
    return Expression(text, language, found[0][2])


def event_input(dialect: Plain, element: etree._Element) -> VariableMapping:
    """What a sent event carries: the source is an expression or a text, not a name (EventInstanceBpmnUtil)."""
    line = line_of(element)
    source = (element.get("sourceExpression") or element.get("source") or "").strip()
    return VariableMapping(
        dialect.value(source, line), element.get("target", "").strip(), line, element.get("targetType", "").strip()
    )


def _taken(dialect: Plain, part: Part) -> tuple[VariableMapping, ...]:
    return parameters(dialect, part.extensions("eventOutParameter"), "sourceType")


def _change(draft: Draft) -> EventDefinition | None:
    """A variable listener: the event of a condition that any change of the variable makes true."""
    part = draft.part
    element = part.extension("variableListenerEventDefinition")
    if element is None or (draft.kind is Kind.START_EVENT and not _is_in_event_sub_process(part)):
        return None  # no process begins by it (StartEventParseHandler)
    name, line = element.get("variableName", "").strip(), line_of(element)
    if not name:
        draft.unsupported.append((f"{part.prefix}:variableListenerEventDefinition without a variableName", line))
    changes = _CHANGES.get(element.get("variableChangeType", "").strip(), _ALL_CHANGES)
    return EventDefinition(
        EventKind.CONDITIONAL,
        condition=_ALWAYS,
        condition_variables=(name,),
        condition_events=changes,
        only_changes=True,
        line=line,
    )


def _text(part: Part, name: str) -> str:
    element = part.extension(name)
    return text_of(element) if element is not None else ""
