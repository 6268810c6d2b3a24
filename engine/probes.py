"""Outcome probes: a task whose diagram asks for one is done when its outcome is seen, not when it is claimed.

The claim is the job's variables. They are kept, the element waits, and a job of its own looks (`bpmn.probes`). While
what it sees does not bear the claim out, it looks again; then an incident shows both sides, and a person lets it look
once more, takes the claim with a reason, or sends the work back to be done anew.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from bpmn.errors import EvaluationError, LanguageError
from bpmn.probes import KEYS, Probe, read
from engine import commands, events
from engine.errors import IllegalMove, InvalidInput
from engine.moves import Moves
from engine.retry import back_off
from engine.states import IncidentState, JobState, move
from engine.step import IncidentRaised, JobWait
from engine.store import incidents, instances, jobs, variables
from engine.store import probes as rows
from engine.store.incidents import Incident
from engine.store.instances import InstanceRow
from engine.store.jobs import Change, Job
from engine.store.probes import Look
from engine.variables import checked, checked_reason

Json = Any

KIND = "probe"
CONTRADICTED = "OUTCOME_CONTRADICTED"
_CALL_RETRIES = 3
_LONGEST_SHOWN = 200  # characters of a value in a message; the trail has all of it
_WAYS_ON = "Look again (resolve it), accept the claim with a reason, or send the work back."


def begin(moves: Moves, row: InstanceRow, job: Job, claim: Mapping[str, Json]) -> bool:
    """Look at what a job claims before anything follows from it; False where the diagram does not ask for that.

    The job itself is over. The caller resumes the instance when this is False, and does nothing more otherwise.
    """
    probe = _probe(moves, row, job) if job.kind == "element" else None
    if probe is None:
        return False
    seen = _seen(moves, job)
    if probe.look and probe.after is None:
        try:
            observed = probe.observed_by_expression(dict(claim), seen)
            if probe.holds(claim, observed, seen):
                _tell(moves, job, claim, observed, "confirmed", probe)
                return False
        except (EvaluationError, LanguageError):
            pass  # the incident of the look will say so
    _look(moves, row, job, Look(0, row.key, job.key, claim, {}, 1), probe)
    return True


def seen(moves: Moves, row: InstanceRow, job: Job, found: Mapping[str, Json]) -> None:
    """A look is over: go on with the claim where it holds, else look again, else raise an incident."""
    look = rows.of_jobs(moves.tx, [job.key])[job.key]
    rows.end(moves.tx, job.key)
    probe = _probe(moves, row, job)
    if probe is None:  # the instance was carried over to a diagram that asks for none
        _go_on(moves, row, job, look)
        return
    around = _seen(moves, job)
    observed: Json = None
    try:
        observed = probe.observed_by_expression(look.claim, around) if probe.look else _observed(found)
        holds, fault = probe.holds(look.claim, observed, around), ""
    except (EvaluationError, LanguageError) as problem:
        holds, fault = False, str(problem)
    verdict = "unknown" if fault else "confirmed" if holds else "contradicted"
    _tell(moves, job, look.claim, observed, verdict, probe, **({"fault": fault} if fault else {}))
    if holds:
        _go_on(moves, row, job, look)
    elif look.number <= probe.retries and not fault:
        _look(moves, row, job, Look(0, row.key, look.claimed_by, look.claim, {}, look.number + 1), probe)
    else:
        _stop(moves, row, job, look, fault or _both_sides(look.claim, observed, probe))


def accept(moves: Moves, incident_key: int, reason: str) -> Incident:
    """A person takes the claim as it is. Raises `NotFound`, `IllegalMove`, `InvalidInput`."""
    incident, row, job, look = _of_incident(moves, incident_key, reason)
    _settle(moves, row, incident, job, JobState.COMPLETED)
    _tell(moves, job, look.claim, None, "accepted", _probe(moves, row, job), reason=reason)
    moves.resume(row, commands.Complete(job.element_key, look.claim))
    return incidents.find(moves.tx, incident_key)


def send_back(moves: Moves, incident_key: int, reason: str) -> Incident:
    """The work is to be done anew, by a new job. Raises `NotFound`, `IllegalMove`, `InvalidInput`."""
    incident, row, job, look = _of_incident(moves, incident_key, reason)
    _settle(moves, row, incident, job, JobState.CANCELED)
    first = jobs.find(moves.tx, look.claimed_by)
    again = JobWait(
        job.element_key,
        job.element_id,
        first.type,
        max(first.retries, 1),
        first.headers,
        priority=first.priority,
        retry_intervals=first.retry_intervals,
    )
    [new] = jobs.add(moves.tx, row, job.dialect, [again], moves.now)
    row.open_jobs += 1
    instances.save(moves.tx, row)
    _tell(moves, job, look.claim, None, "sent back", _probe(moves, row, job), reason=reason, new_job_key=str(new))
    return incidents.find(moves.tx, incident_key)


def _look(moves: Moves, row: InstanceRow, job: Job, look: Look, probe: Probe) -> None:
    """Offer a job that looks; what it cannot be told makes an incident of it at once."""
    headers = {key: text for key, text in _keys(moves, row, job).items() if key in KEYS}
    wait = JobWait(
        job.element_key, job.element_id, probe.type, _CALL_RETRIES, {**headers, "resultVariable": "observed"}, KIND
    )
    [key] = jobs.add(moves.tx, row, job.dialect, [wait], moves.now)
    row.open_jobs += 1
    fault, inputs = "", dict[str, Json]()
    try:
        inputs = checked(probe.inputs(dict(look.claim), _seen(moves, job)))
    except (EvaluationError, LanguageError, InvalidInput) as problem:
        fault = f"The look cannot be told what to look at: {problem}"
    rows.add(moves.tx, Look(key, row.key, look.claimed_by, look.claim, inputs, look.number))
    new = jobs.find(moves.tx, key)
    if fault:
        _exhaust(moves, row, new, fault)
    elif (seconds := _wait_seconds(probe, look.number)) > 0:
        until = moves.now + timedelta(seconds=seconds)
        jobs.change(moves.tx, key, Change(new.state, new.retries, 0, until, moves.now, 0))
    instances.save(moves.tx, row)


def _wait_seconds(probe: Probe, number: int) -> float:
    if probe.after is not None:
        return probe.after.total_seconds()
    return 0.0 if number == 1 else back_off(number - 1)


def _stop(moves: Moves, row: InstanceRow, job: Job, look: Look, message: str) -> None:
    """A job that would look once more, held by an incident."""
    wait = JobWait(job.element_key, job.element_id, job.type, _CALL_RETRIES, job.headers, KIND)
    [key] = jobs.add(moves.tx, row, job.dialect, [wait], moves.now)
    row.open_jobs += 1
    rows.add(moves.tx, Look(key, row.key, look.claimed_by, look.claim, look.inputs, look.number + 1))
    _exhaust(moves, row, jobs.find(moves.tx, key), message)
    instances.save(moves.tx, row)


def _exhaust(moves: Moves, row: InstanceRow, job: Job, message: str) -> None:
    state = move("Job", job.key, job.state, JobState.EXHAUSTED)
    jobs.change(moves.tx, job.key, Change(state, 0, 1, moves.now, moves.now, 0, message))
    moves.raise_incident(row, IncidentRaised(job.element_key, job.element_id, CONTRADICTED, message), job_key=job.key)


def _go_on(moves: Moves, row: InstanceRow, job: Job, look: Look) -> None:
    moves.resume(row, commands.Complete(job.element_key, look.claim))


def _of_incident(moves: Moves, key: int, reason: str) -> tuple[Incident, InstanceRow, Job, Look]:
    incident, row = incidents.lock(moves.tx, key)
    checked_reason(reason)
    if not reason.strip():
        raise InvalidInput("Say why: the audit trail keeps it.", {"reason": "is missing"})
    moves.hold(row)
    moves.check_goes_on(row)
    move("Incident", key, incident.state, IncidentState.RESOLVED)
    looks = rows.of_jobs(moves.tx, [incident.job_key or 0])
    if not looks:
        raise IllegalMove(f"Incident {key} is not of an outcome that was looked at. Resolve it, to try again.")
    job, _ = jobs.lock(moves.tx, incident.job_key or 0)
    return incident, row, job, looks[job.key]


def _settle(moves: Moves, row: InstanceRow, incident: Incident, job: Job, state: JobState) -> None:
    move("Job", job.key, job.state, state)
    jobs.end(moves.tx, job, state, moves.now)
    rows.end(moves.tx, job.key)
    row.open_jobs -= 1
    row.open_incidents -= incidents.resolve_at(moves.tx, [incident.element_key], moves.by.id, moves.now)
    place = (incident.element_id, incident.element_key)
    told = {"incident_key": str(incident.key), "incident_type": incident.type, "retries": None}
    moves.tell(row, events.INCIDENT_RESOLVED, element=place, **told)


def _keys(moves: Moves, row: InstanceRow, job: Job) -> Mapping[str, str]:
    node = moves.library.process(moves.tx, row.definition_key).definition.process.by_id.get(job.element_id)
    if node is None:
        return {}
    headers = node.job.headers if node.job is not None else {}
    return headers if KEYS[0] in headers else node.properties


def _probe(moves: Moves, row: InstanceRow, job: Job) -> Probe | None:
    return read(_keys(moves, row, job))


def _seen(moves: Moves, job: Job) -> dict[str, Json]:
    return variables.seen_by(moves.tx, [job.element_key])[job.element_key]


def _observed(found: Mapping[str, Json]) -> Json:
    """What a connector answered; of a worker that sets variables of its own, these."""
    return found["observed"] if set(found) == {"observed"} else dict(found)


def _tell(moves: Moves, job: Job, claim: Json, observed: Json, verdict: str, probe: Probe | None, **more: Json) -> None:
    moves.tell(
        job.instance_key,
        events.OUTCOME_PROBED,
        element=(job.element_id, job.element_key),
        job_key=str(job.key),
        probe=probe.type if probe else "",
        expect=(probe.expect or probe.look) if probe else "",
        outcome_probe={"claim": claim, "observed": observed, "verdict": verdict},
        **more,
    )


def _both_sides(claim: Json, observed: Json, probe: Probe) -> str:
    expected = probe.expect or probe.look or "observed = true"
    sides = f"Claimed: {_shown(claim)}. Observed: {_shown(observed)}. Expected: {expected}."
    return f"The claimed outcome was not seen. {sides} {_WAYS_ON}"


def _shown(value: Json) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."
