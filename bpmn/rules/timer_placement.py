"""Which kind of time stands where: Camunda 8 starts by a date or a cycle, waits for no cycle, interrupts but once.

Camunda 7 and standard BPMN take the first time of a cycle where one time is needed (zeebe-extensions §2).
"""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.errors import Finding
from bpmn.model import FlowNode, Kind, Timer, TimerKind
from bpmn.rules.subject import Level, Rule, Subject

RULE = Rule("timer-placement")


def check(subject: Subject) -> Iterator[Finding]:
    """An error per time of a kind that Camunda 8 refuses at its place."""
    if not subject.is_camunda8:
        return
    for level in subject.levels:
        for node in level.nodes:
            timer = node.event.timer
            if timer is not None:
                yield from _of_timer(node, timer, level)


def _of_timer(node: FlowNode, timer: Timer, level: Level) -> Iterator[Finding]:
    if node.kind is Kind.START_EVENT and level.is_process:
        if timer.kind is TimerKind.DURATION:
            says = "starts the process after a duration, which Camunda 8 does not take."
            yield RULE.error(node, says, "Set a date, or a cycle such as R1/PT15M.", timer.line)
    elif timer.kind is not TimerKind.CYCLE:
        return
    elif node.kind is Kind.INTERMEDIATE_CATCH_EVENT:
        says = "waits for a cycle, which Camunda 8 does not take."
        yield RULE.error(node, says, "Set a duration or a date; draw a loop to wait again.", timer.line)
    elif node.interrupting:
        says = "interrupts in a cycle, which Camunda 8 does not take: it can interrupt but once."
        yield RULE.error(node, says, "Set a duration or a date, or let it interrupt nothing.", timer.line)
