"""What the end of a job tells the runtime: an element's work is done, or a listener has been heard."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine import commands, runtime
from engine.errors import InvalidInput
from engine.moves import Moves
from engine.store.instances import InstanceRow
from engine.store.jobs import Job
from engine.user_tasks.corrections import corrected
from engine.variables import checked

Json = Any

# Which events of a user task a listener may deny (zeebe-extensions §9).
DENIABLE = frozenset({"assigning", "updating", "completing"})
_TASK, AD_HOC = "task-listener", "ad-hoc-sub-process"


def completion(job: Job, variables: Mapping[str, Json], result: Mapping[str, Json] | None) -> commands.Command:
    """The command for a completed job. Raises `InvalidInput` for a result that this kind of job cannot have."""
    if job.kind == "element":
        return commands.Complete(job.element_key, variables)
    if job.kind == AD_HOC:
        return _choice(job, variables, result or {})
    if job.kind != _TASK or not result:
        return commands.ListenerDone(job.element_key, variables)
    denied = result.get("denied") is True
    if denied and job.listener_event not in DENIABLE:
        raise _refused("denied", f"A listener for '{job.listener_event}' cannot deny anything.")
    corrections = result.get("corrections") or {}
    if not isinstance(corrections, Mapping):
        raise _refused("corrections", "The corrections of a listener are an object.")
    reason = str(result.get("deniedReason") or "")
    return commands.ListenerDone(job.element_key, variables, denied, reason, corrected(corrections))


def _choice(job: Job, variables: Mapping[str, Json], result: Mapping[str, Json]) -> commands.ChooseInside:
    """What an AI agent, or any worker of an ad-hoc sub-process, wants to begin (agentic.md §2.1)."""
    named = result.get("activateElements") or ()
    if not isinstance(named, list | tuple):
        raise _refused("activateElements", "The elements to activate are a list.")
    return commands.ChooseInside(
        job.element_key,
        tuple(_element(one) for one in named),
        cancels_remaining=result.get("isCancelRemainingInstances") is True,
        is_enough=result.get("isCompletionConditionFulfilled") is True,
        variables=variables,
        by_job=True,
    )


def _element(named: Json) -> tuple[str, Mapping[str, Json]]:
    if not isinstance(named, Mapping) or not isinstance(named.get("elementId"), str):
        raise _refused("activateElements", "Each element to activate is an object with an elementId.")
    return named["elementId"], checked(named.get("variables"))


def _refused(field: str, text: str) -> InvalidInput:
    return InvalidInput(text, {f"result.{field}": "not allowed here"})


def error_of_failure(moves: Moves, held: tuple[Job, InstanceRow], facts: Mapping[str, Json]) -> tuple[str, str] | None:
    """The BPMN error (code, message) that the diagram makes of a failed job; None when it stays a failure."""
    job, row = held
    if not moves.library.process(moves.tx, row.definition_key).definition.has_external_errors(job.element_id):
        return None
    compiled, frozen, services = moves.look(row)
    return runtime.error_of_failure(compiled.definition, frozen, job.element_key, facts, services)
