"""A job has a type, and its retries, when written as a number, are a whole number."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.errors import Finding
from bpmn.model import FlowNode, Job
from bpmn.rules.subject import Rule, Subject

RULE = Rule("job-values")


def check(subject: Subject) -> Iterator[Finding]:
    """An error per job without a type or with senseless retries."""
    for node in subject.nodes:
        for job in _jobs(node):
            if not job.type.text:
                yield RULE.error(node, f"has a {job.origin} without a type.", "Fill in the job type.", job.line)
            if job.retries.is_literal and not job.retries.text.isdecimal():
                yield RULE.error(
                    node, f"has the retries '{job.retries.text}'.", "Write a whole number such as 3.", job.line
                )


def _jobs(node: FlowNode) -> Iterator[Job]:
    candidates = (node.job, *(event.job for event in node.events), *(listener.job for listener in node.listeners))
    yield from (job for job in candidates if job is not None)
