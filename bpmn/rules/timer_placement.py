"""Which kind of time may start a process: Camunda 8 takes a date or a cycle, not a duration (zeebe-extensions §2)."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.errors import Finding
from bpmn.model import EventKind, TimerKind
from bpmn.rules.subject import Rule, Subject

RULE = Rule("timer-placement")


def check(subject: Subject) -> Iterator[Finding]:
    """An error per duration that should start a process of Camunda 8."""
    if not subject.is_camunda8:
        return
    for process in subject.processes:
        for start in process.starts(EventKind.TIMER):
            timer = start.event.timer
            if timer is not None and timer.kind is TimerKind.DURATION:
                yield RULE.error(
                    start,
                    "starts the process after a duration, which Camunda 8 does not take.",
                    "Set a date, or a cycle such as R1/PT15M.",
                    timer.line,
                )
