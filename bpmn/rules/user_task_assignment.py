"""A user task without assignment is offered to everybody who may work on tasks."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.errors import Finding
from bpmn.rules.subject import Rule, Subject

RULE = Rule("user-task-assignment")


def check(subject: Subject) -> Iterator[Finding]:
    """A remark per user task that is nobody's."""
    for node in subject.nodes:
        task = node.user_task
        if task is not None and not (task.assignee or task.candidate_groups or task.candidate_users):
            yield RULE.info(node, "is assigned to nobody.", "Set an assignee or candidate groups.")
