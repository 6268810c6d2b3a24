"""Camunda 7's shell task runs a command of the operating system, and Baton never does."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.errors import Finding
from bpmn.rules.subject import Rule, Subject

RULE = Rule("shell-task")

_SAYS = "runs a command of the operating system, which Baton never does"
_HINT = "Make it an external task with a topic, and let a worker of yours run the command."


def check(subject: Subject) -> Iterator[Finding]:
    """An error per shell task: whoever may deploy a diagram must not run commands on the server."""
    for node in subject.nodes:
        for job in (node.job, *(event.job for event in node.events)):
            if job is not None and job.origin == "shell":
                yield RULE.error(node, _SAYS, _HINT, job.line)
