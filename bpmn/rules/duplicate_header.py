"""A job is handed one value for each header; Camunda 8 refuses a key that is given twice."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.errors import Finding
from bpmn.model import FlowNode
from bpmn.rules.subject import Rule, Subject

RULE = Rule("duplicate-header")


def check(subject: Subject) -> Iterator[Finding]:
    """An error per key of a header that stands more than once."""
    for node in subject.nodes:
        for key in dict.fromkeys(_repeated(node)):
            yield RULE.error(node, f"has the header '{key}' more than once.", "Leave one of them.")


def _repeated(node: FlowNode) -> Iterator[str]:
    jobs = (*(event.job for event in node.events), *(listener.job for listener in node.listeners))
    for owner in (node.job, node.user_task, *jobs):
        if owner is not None:
            yield from owner.repeated_headers
