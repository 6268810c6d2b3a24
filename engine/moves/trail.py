"""What the audit trail is told of a step: what the diagram did, and what it asked of the world."""

from __future__ import annotations

from collections.abc import Callable

from engine import events
from engine.moves.parts import Trace, fact
from engine.step import Outcome, Step
from engine.store.settle import Settled


def tell_step(tell: Callable[..., None], trace: Trace, step: Step, settled: Settled) -> None:
    """Add a step to the trace of its instance; `tell` adds one fact about it."""
    trace.facts += [fact(event) for event in step.events]
    for job, key in settled.jobs:
        tell(events.JOB_CREATED, element=(job.element_id, job.element_key), job_key=str(key), job_type=job.type)
    for task, key in settled.tasks:
        tell(
            events.TASK_CREATED,
            element=(task.element_id, task.element_key),
            task_key=str(key),
            assignee=task.assignee,
            candidate_groups=list(task.candidate_groups),
            candidate_users=list(task.candidate_users),
        )
    for one in settled.incidents:
        tell(
            events.INCIDENT_RAISED,
            element=(one.element_id, one.element_key),
            incident_key=str(one.key),
            incident_type=one.type,
            message=one.message,
        )
    for scope_key, values in step.variables.items():
        trace.changed.setdefault(str(scope_key), {}).update(values)
    if step.outcome is not Outcome.ACTIVE:
        ended = events.INSTANCE_COMPLETED if step.outcome is Outcome.COMPLETED else events.INSTANCE_TERMINATED
        tell(ended)
