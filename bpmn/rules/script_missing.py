"""A script task needs a script, in the diagram or in a file that comes with it."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.errors import Finding
from bpmn.model import Kind
from bpmn.rules.subject import Rule, Subject

RULE = Rule("script-missing")


def check(subject: Subject) -> Iterator[Finding]:
    """An error per script task without a script, or without a place for its result in Camunda 8."""
    for node in subject.nodes:
        if node.kind is not Kind.SCRIPT_TASK or node.job is not None:
            continue
        if node.script is None:
            yield RULE.error(node, "has no script.", "Write a FEEL expression, or let a worker do it by a job type.")
        elif subject.is_camunda8 and not node.script.result_variable:
            yield RULE.error(node, "drops its result.", "Name a result variable.")
    for found in subject.expressions:
        value = found.value
        if value.resource and not value.text:
            yield found.finding(RULE.code, "error", *_elsewhere(value.resource))


def _elsewhere(resource: str) -> tuple[str, str]:
    if resource.startswith("deployment://"):
        return f"lies in {resource}, which was not uploaded.", "Upload the file together with the diagram."
    return (
        f"lies in {resource}, on a Java class path, which Baton does not have.",
        f"Upload the file with the diagram and name it deployment://{resource.rpartition('/')[2]}, "
        "or write the script into the diagram.",
    )
