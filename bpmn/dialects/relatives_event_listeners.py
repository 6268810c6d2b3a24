"""Process-wide event listeners of Activiti and Flowable: what the engine tells of itself (FlowableEventListenerParser).

Those that throw a signal or an error when something happens to a user task are listeners of every user task here.
Java code that only hears of events is read past: the audit trail tells the same. So is what hears of the engine's own
records (entities, jobs), of which there are none here.
"""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from bpmn.dialects.camunda7_relatives import NAMESPACES
from bpmn.dialects.plain import Plain
from bpmn.model import Error, EventDefinition, EventKind, Expression, Language, Listener, Signal
from bpmn.parts import Notes, Part, line_of

_OF_TASKS = {"TASK_CREATED": "create", "TASK_ASSIGNED": "assignment", "TASK_COMPLETED": "complete"}
# What happens here as well, where nobody would throw anything.
_HAPPENS = ("ACTIVITY_", "PROCESS_", "VARIABLE_", "SEQUENCEFLOW_", "TIMER_", "MULTI_INSTANCE_", "TASK_")
_LISTENERS = tuple(f"{{{namespace}}}eventListener" for namespace in NAMESPACES)
_SIGNALS = ("signal", "globalSignal")


def throwing_listeners(dialect: Plain, task: etree._Element) -> tuple[Listener, ...]:
    """What the process around throws when something happens to this user task."""
    process = next(task.iterancestors("{*}process"), None)
    if process is None:
        return ()
    return tuple(
        Listener("task", _OF_TASKS[name], throws=thrown, line=line_of(element))
        for element in _of_process(process)
        for name in _names(element)
        if name in _OF_TASKS and (thrown := _thrown(dialect, element)) is not None
    )


def read_past(part: Part, unsupported: Notes) -> None:
    """Takes the listeners of a process; one that would throw at what nobody here tells of is noted as not executed."""
    for element in part.extensions("eventListener"):
        kind, line = element.get("throwEvent", ""), line_of(element)
        shown = f"{part.prefix}:eventListener"
        if not kind:
            unsupported.ignored.append((f"{shown} (Java code that hears of events; the audit trail tells them)", line))
            continue
        for name in _names(element):
            is_read = name in _OF_TASKS and kind != "message"
            if not is_read and name.startswith(_HAPPENS):
                unsupported.append((f"{shown} that throws a {kind} at {name}", line))
            elif not is_read:
                unsupported.ignored.append((f"{shown} for {name}", line))


def _of_process(process: etree._Element) -> Iterator[etree._Element]:
    for holder in process.iterchildren("{*}extensionElements"):
        yield from holder.iterchildren(*_LISTENERS)


def _names(element: etree._Element) -> list[str]:
    return [name.strip() for name in element.get("events", "").split(",") if name.strip()] or ["every event"]


def _thrown(dialect: Plain, element: etree._Element) -> EventDefinition | None:
    kind, line = element.get("throwEvent", ""), line_of(element)
    if kind in _SIGNALS:
        signal = Signal("", dialect.value(element.get("signalName", ""), line), kind == "signal", line)
        return EventDefinition(EventKind.SIGNAL, signal=signal, line=line)
    if kind == "error":
        code = Expression(element.get("errorCode", ""), Language.LITERAL, line)
        return EventDefinition(EventKind.ERROR, error=Error(code.text, code=code, line=line), line=line)
    return None
