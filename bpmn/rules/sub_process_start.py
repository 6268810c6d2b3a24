"""An embedded sub-process starts without a trigger, an event sub-process with one (BPMN 2.0.2, 10.5.2)."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.errors import Finding
from bpmn.model import EventKind
from bpmn.rules.subject import Level, Rule, Subject

RULE = Rule("sub-process-start")


def check(subject: Subject) -> Iterator[Finding]:
    """An error per start event that its sub-process cannot have."""
    for level in subject.levels:
        if level.is_event_sub_process:
            yield from _of_event_sub_process(level, several=subject.model.is_relative)
        elif not level.is_process:
            yield from _of_embedded(level)


def _of_event_sub_process(level: Level, *, several: bool) -> Iterator[Finding]:
    """`several`: in Activiti and Flowable each start event of it begins it."""
    for start in level.starts():
        if start.event.kind is EventKind.NONE and not start.unsupported:
            yield RULE.error(
                start,
                "of an event sub-process has no trigger.",
                "Give it a message, timer, error, signal, escalation or condition.",
            )
    if len(level.starts()) > 1 and not several:
        yield RULE.error(level.owner, "has several start events.", "Use one event sub-process per trigger.")


def _of_embedded(level: Level) -> Iterator[Finding]:
    for start in level.starts():
        if start.event.kind is not EventKind.NONE:
            yield RULE.error(
                start,
                "stands in an embedded sub-process, which starts when the flow reaches it.",
                "Make it a start event without a trigger, or the sub-process an event sub-process.",
            )
