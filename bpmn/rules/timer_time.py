"""A timer event says when, and a time that is written out can be understood (ISO 8601 or cron).

The time of a process's start event is known when the process is deployed: there are no variables yet.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from bpmn.errors import EvaluationError, Finding, LanguageError
from bpmn.model import EventKind, FlowNode, Timer, TimerKind
from bpmn.parts import shorten
from bpmn.rules.message_missing import reads_variables
from bpmn.rules.subject import Rule, Subject

RULE = Rule("timer-time")

_SOME_DAY = datetime(2026, 1, 5, 9, tzinfo=UTC)  # a fixed one: what a text means must not depend on when it is read
_EXAMPLES = {
    TimerKind.DATE: "a date with zone such as 2026-03-01T09:00:00Z",
    TimerKind.DURATION: "a duration such as PT15M or P2D",
    TimerKind.CYCLE: "a cycle such as R3/PT10M or 0 0 9 * * MON-FRI",
}


def check(subject: Subject) -> Iterator[Finding]:
    """An error per timer without a time, per written time that cannot be read, and per start that needs variables."""
    for node in subject.nodes:
        for event in node.events:
            if event.kind is not EventKind.TIMER:
                continue
            if event.timer is None:
                yield RULE.error(node, "does not say when.", f"Set {_EXAMPLES[TimerKind.DURATION]}.", event.line)
                continue
            yield from _unreadable(node, event.timer)
        for listener in node.listeners:
            if listener.timer is not None:
                yield from _unreadable(node, listener.timer)
    yield from _times_that_need_an_instance(subject)


def _unreadable(node: FlowNode, timer: Timer) -> Iterator[Finding]:
    problem = _problem(timer)
    if problem:
        says = f"has a time that cannot be read, '{shorten(timer.value.text)}': {problem}"
        yield RULE.error(node, says, f"Write {_EXAMPLES[timer.kind]}.", timer.line)


def _times_that_need_an_instance(subject: Subject) -> Iterator[Finding]:
    for process in subject.processes:
        for start in process.starts(EventKind.TIMER):
            timer = start.event.timer
            if timer is not None and reads_variables(timer.value):
                says = f"starts the process at a time that needs variables: {shorten(timer.value.text)}"
                hint = "Write the time as plain text, or compute it without variables, as in =now()."
                yield RULE.error(start, says, hint, timer.line)


def _problem(timer: Timer) -> str:
    from bpmn.timers import due  # noqa: PLC0415 - not needed to read a model

    if not timer.value.is_literal:
        return ""
    try:
        due(timer.kind, timer.value.text, _SOME_DAY)
    except (LanguageError, EvaluationError) as error:
        return str(error)
    return ""
