"""Camunda 7's bargain with who waits for an answer: all that follows up to the next waits is done, or nothing.

A step that fails there is told to the caller, and the instances stand where they stood (camunda7-extensions §7). What
workers, timers and continuations do is kept as far as it got: there the failure is an incident.
"""

from __future__ import annotations

from engine import events
from engine.errors import StepFailed
from engine.moves import FailedStep, Moves


def check_done(moves: Moves, verb: str) -> None:
    """Raises `StepFailed` when something that follows from the verb failed in an instance of Camunda 7's dialect."""
    failed = [one for one in moves.failures if one.definition.dialect == "camunda7"]
    if failed:
        raise _step_failed(moves, verb, failed[0])


def tell(moves: Moves, failed: StepFailed) -> None:
    """Leave a trace of what was tried."""
    moves.tell(
        failed.instance_key,
        events.REQUEST_TAKEN_BACK,
        element=(failed.element_id, 0),
        process_id=failed.process_id,
        reason=failed.reason,
    )


def _step_failed(moves: Moves, verb: str, failure: FailedStep) -> StepFailed:
    incident, process_id = failure.incident, failure.definition.process_id
    # What began in this verb has never been, so nothing can be said of it.
    known = (key for key in (failure.row.key, failure.row.root_key) if key not in moves.begun)
    return StepFailed(verb, incident.element_id, process_id, incident.message, next(known, 0))
