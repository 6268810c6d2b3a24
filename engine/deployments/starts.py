"""What starts a process from outside: names of messages and signals, and times, all known when it is deployed.

They are evaluated with no variables in sight (zeebe-extensions §1); one that needs an instance refuses the deployment.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bpmn import languages, timers
from bpmn.errors import EvaluationError, Finding, LanguageError
from bpmn.model import EventDefinition, EventKind, Expression, FlowNode, Process
from engine.runtime import ReadOnlyBean
from engine.states import Awaited

_AWAITED = {
    EventKind.MESSAGE: Awaited.MESSAGE,
    EventKind.SIGNAL: Awaited.SIGNAL,
    EventKind.CONDITIONAL: Awaited.CONDITION,
}


@dataclass(frozen=True, slots=True)
class NamedStart:
    """A start event that waits for a message or signal of this name, or for a condition, which has none."""

    element_id: str
    kind: Awaited
    name: str


@dataclass(frozen=True, slots=True)
class TimerStart:
    """A start event that is due at this time, and `repetitions` times again after that (-1: for ever)."""

    element_id: str
    due_at: datetime
    repetitions: int


def named_starts(process: Process, findings: list[Finding]) -> tuple[NamedStart, ...]:
    """Every message, signal and condition that starts the process.

    Names that cannot be known are added to `findings`.
    """
    found = []
    for node, event in process.triggers:
        name = _name(event)
        if event.kind is EventKind.CONDITIONAL:
            found.append(NamedStart(node.id, Awaited.CONDITION, ""))
        if name is None:
            continue
        try:
            found.append(NamedStart(node.id, _AWAITED[event.kind], _evaluated(name, process)))
        except (LanguageError, EvaluationError) as error:
            findings.append(_unknown(node, event, error))
    return tuple(dict.fromkeys(found))


def timer_starts(process: Process, now: datetime, findings: list[Finding]) -> tuple[TimerStart, ...]:
    """Every timer that starts the process, from `now` on; times that cannot be known are added to `findings`."""
    found = []
    for node, event in process.triggers:
        if event.timer is None:
            continue
        try:
            found.append(TimerStart(node.id, *timers.start_due(event.timer, now)))
        except (LanguageError, EvaluationError) as error:
            text = f"The {event.timer.kind} that starts the process at {node.label} cannot be used: {error}"
            hint = "Write a time that needs no variables; before the start there are none."
            findings.append(Finding("error", "timer-start-invalid", text, node.id, event.timer.line, hint))
    return tuple(found)


def _name(event: EventDefinition) -> Expression | None:
    if event.message is not None:
        return event.message.name
    return event.signal.name if event.signal is not None else None


def _evaluated(name: Expression, process: Process) -> str:
    # Flowable tells such names of the definition (DefinitionVariableContainer).
    definition = ReadOnlyBean("variableContainer", {"definitionKey": process.id})
    value = languages.compile(name).evaluate({}, objects={"variableContainer": definition})
    if not isinstance(value, str) or not value:
        raise EvaluationError(f"expected a text, found {value!r}")
    return value


def _unknown(node: FlowNode, event: EventDefinition, error: Exception) -> Finding:
    text = f"The name of the {event.kind} that starts the process at {node.label} cannot be evaluated: {error}"
    hint = "Write the name as plain text; before the start there are no variables."
    return Finding("error", f"{event.kind}-name-invalid", text, node.id, node.line, hint)
