"""A job has a type, and its retries and priority, when written as numbers, are whole numbers."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.errors import Finding
from bpmn.model import Expression, FlowNode, Job, Process, SequenceFlow
from bpmn.rules.subject import Rule, Subject

RULE = Rule("job-values")


def check(subject: Subject) -> Iterator[Finding]:
    """An error per job without a type, or with senseless retries or a senseless priority."""
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
        for priority in _priorities(node) if subject.is_camunda8 else ():
            if priority is not None and priority.is_literal and not priority.text.removeprefix("-").isdecimal():
                says = f"has the job priority '{priority.text}'."
                yield RULE.error(node, says, "Write a whole number such as 50.", priority.line)


def _priorities(thing: FlowNode | Process | SequenceFlow) -> list[Expression | None]:
    if isinstance(thing, Process):
        return [thing.job_priority]
    return [job.priority for job in _jobs(thing)]


def _jobs(thing: FlowNode | Process | SequenceFlow) -> Iterator[Job]:
    own = (thing.job, *(event.job for event in thing.events)) if isinstance(thing, FlowNode) else ()
    yield from (job for job in (*own, *(listener.job for listener in thing.listeners)) if job is not None)
