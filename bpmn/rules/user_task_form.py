"""A user task without a form is completed with whatever the person types."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.errors import Finding
from bpmn.rules.subject import Rule, Subject

RULE = Rule("user-task-form")


def check(subject: Subject) -> Iterator[Finding]:
    """A remark per user task without a form."""
    for node in subject.nodes:
        if node.user_task is not None and node.user_task.form is None:
            yield RULE.info(node, "has no form; people see the variables.", "Link a Camunda Form by its id.")
