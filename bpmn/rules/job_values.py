"""A job has a type, and its retries, when written as a number, are a whole number."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.errors import Finding
from bpmn.model import FlowNode, Job, Process, SequenceFlow
from bpmn.rules.subject import Rule, Subject

RULE = Rule("job-values")


def check(subject: Subject) -> Iterator[Finding]:
    """An error per job without a type or with senseless retries."""
    things: tuple[FlowNode | Process | SequenceFlow, ...] = (
        *subject.processes,
        *subject.nodes,
        *subject.flows.values(),
    )
    for node in things:
        for job in _jobs(node):
            if not job.type.text:
                yield RULE.error(node, f"has a {job.origin} without a type.", "Fill in the job type.", job.line)
            if job.retries.is_literal and not job.retries.text.isdecimal():
                yield RULE.error(
                    node, f"has the retries '{job.retries.text}'.", "Write a whole number such as 3.", job.line
                )


def _jobs(thing: FlowNode | Process | SequenceFlow) -> Iterator[Job]:
    own = (thing.job, *(event.job for event in thing.events)) if isinstance(thing, FlowNode) else ()
    yield from (job for job in (*own, *(listener.job for listener in thing.listeners)) if job is not None)
