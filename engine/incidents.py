"""Resolving incidents: whatever could not go on is tried again, exactly where it stood."""

from __future__ import annotations

from dataclasses import replace

from engine import commands, events
from engine.jobs import checked_retries
from engine.moves import Moves
from engine.states import IncidentState, JobState, move
from engine.store import incidents, instances, jobs
from engine.store.incidents import Incident
from engine.store.instances import InstanceRow
from engine.store.jobs import Change


def resolve(moves: Moves, key: int, retries: int | None) -> Incident:
    """Try again what raised the incident. For a job, `retries` says how often; None: as often as it had been tried.

    What is still wrong raises a new incident with a new key. Raises `IllegalMove` when it is resolved already.
    """
    if retries is not None:
        checked_retries(retries, least=1)
    incident, row = incidents.lock(moves.tx, key)
    move("Incident", key, incident.state, IncidentState.RESOLVED)
    moves.hold(row)
    moves.check_goes_on(row)
    moves.tell(
        row,
        events.INCIDENT_RESOLVED,
        element=(incident.element_id, incident.element_key),
        incident_key=str(key),
        incident_type=incident.type,
        retries=retries,
    )
    if incident.job_key is not None:
        _give_back(moves, row, incident, retries)
    elif not (row.open_calls and moves.retry_call(row, incident.element_key)):
        moves.resume(row, commands.Resolve(incident.element_key))
    return replace(incident, state=IncidentState.RESOLVED, resolved_at=moves.now, resolved_by=moves.by.id)


def _give_back(moves: Moves, row: InstanceRow, incident: Incident, retries: int | None) -> None:
    """The job may be taken again, with as many tries as it had before it failed."""
    job, _ = jobs.lock(moves.tx, incident.job_key or 0)
    state = move("Job", job.key, job.state, JobState.CREATED)
    left = retries or job.retries or max(job.failures, 1)
    jobs.change(moves.tx, job.key, Change(state, left, 0, moves.now, moves.now, job.refusals))
    row.open_incidents -= incidents.resolve_at(moves.tx, [incident.element_key], moves.by.id, moves.now)
    instances.save(moves.tx, row)
