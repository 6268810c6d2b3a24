"""Dates and the priority of a Camunda 8 user task, when written out, are ISO dates with zone and 0 to 100."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from bpmn.errors import EvaluationError, Finding
from bpmn.model import Expression, FlowNode, UserTask
from bpmn.parts import shorten
from bpmn.rules.subject import Rule, Subject

RULE = Rule("user-task-values")

HIGHEST_PRIORITY = 100
_SOME_DAY = datetime(2026, 1, 5, 9, tzinfo=UTC)  # a fixed one: what a text means must not depend on when it is read


def check(subject: Subject) -> Iterator[Finding]:
    """An error per written date or priority that Camunda 8 refuses."""
    if not subject.is_camunda8:
        return
    for node in subject.nodes:
        if node.user_task is not None:
            yield from _of_task(node, node.user_task)


def _of_task(node: FlowNode, task: UserTask) -> Iterator[Finding]:
    for name, date in (("due", task.due_date), ("follow-up", task.follow_up_date)):
        if date is not None and date.is_literal and not _is_date(date.text):
            says = f"has the {name} date '{shorten(date.text)}', which is none."
            yield RULE.error(node, says, "Write a date with zone such as 2026-03-01T09:00:00Z.", date.line)
    if task.priority is not None and not _is_priority(task.priority):
        says = f"has the priority '{shorten(task.priority.text)}'."
        yield RULE.error(node, says, f"Write a whole number from 0 to {HIGHEST_PRIORITY}.", task.priority.line)


def _is_date(text: str) -> bool:
    from bpmn.timers import moment  # noqa: PLC0415 - not needed to read a model

    try:
        moment(text, _SOME_DAY)
    except EvaluationError:
        return False
    return True


def _is_priority(priority: Expression) -> bool:
    return not priority.is_literal or (priority.text.isdecimal() and int(priority.text) <= HIGHEST_PRIORITY)
