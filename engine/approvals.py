"""Approvals that count: what one binds, when it no longer holds, and the work that is not handed out without.

An approval binds variables by hash (`baton:approves`): when one of them has another value, it does not count any more.
Work that requires approvals (`baton:requiresApproval`) is handed out to no worker before all of them hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any

import msgspec

from bpmn.model import Process
from engine import events
from engine.errors import IllegalMove
from engine.moves import Moves
from engine.states import JobState
from engine.store import UnitOfWork, duties, elements, variables
from engine.store.duties import DoneTask, KeptDuties
from engine.store.instances import InstanceRow
from engine.store.jobs import Job
from engine.store.user_tasks import UserTask

Json = Any

_ABSENT = ""


def decided(moves: Moves, row: InstanceRow, task: UserTask, approved: Json, given: Mapping[str, Json]) -> None:
    """Keep whether a task that is done approved something (anything but a boolean: nothing said), and what.

    The values are those that the person saw, and those that they entered.
    """
    process = moves.library.process(moves.tx, row.definition_key).definition.process
    stated = process.duties.get(task.element_id)
    if stated is None and task.element_id not in required(process):
        return
    binds = None
    if stated is not None and stated.approves:
        known = {**seen_around(moves.tx, [task.element_key])[task.element_key], **given}
        binds = digests(known, stated.approves)
    if duties.find(moves.tx, task.key) is None:
        round_key = duties.round_of(moves.tx, row.key, task.element_key)
        duties.add(moves.tx, [KeptDuties(task.key, row.key, row.root_key, round_key)])
    duties.decide(moves.tx, task.key, approved=approved if isinstance(approved, bool) else None, binds=binds)


def digests(values: Mapping[str, Json], names: Iterable[str]) -> dict[str, str]:
    """SHA-256 of each named value as canonical JSON; empty for a variable that is not there."""
    return {name: _digest(values[name]) if name in values else _ABSENT for name in names}


def required(process: Process) -> frozenset[str]:
    """The user tasks whose approval some work of the process requires."""
    return frozenset(name for stated in process.duties.values() for name in stated.requires_approval)


def release(moves: Moves, claimed: Sequence[Job]) -> dict[int, str]:
    """Look at jobs that a worker is to get; returns why some must not be handed out, by key.

    For those that may, the trail gets the approvals that say so.
    """
    refused: dict[int, str] = {}
    for job in claimed:
        process = moves.library.process(moves.tx, job.definition_key).definition.process
        stated = process.duties.get(job.element_id)
        if stated is None or not stated.requires_approval:
            continue
        around = seen_around(moves.tx, [job.element_key])[job.element_key]
        found = [held(moves.tx, process, job.instance_key, name, around) for name in stated.requires_approval]
        lacking = [problem for _, problem in found if problem]
        if lacking:
            refused[job.key] = " ".join(lacking)
            continue
        moves.tell(
            job.instance_key,
            events.WORK_APPROVED,
            element=(job.element_id, job.element_key),
            job_key=str(job.key),
            approvals=[str(task.key) for tasks, _ in found for task in tasks],
            approvers=sorted({name for tasks, _ in found for task in tasks for name in task.people}),
        )
    return refused


def held(
    tx: UnitOfWork, process: Process, instance_key: int, element_id: str, values: Mapping[str, Json]
) -> tuple[list[DoneTask], str]:
    """The approvals of an element's last round, and why they do not count now ("": they do)."""
    node = process.by_id.get(element_id)
    name = f"'{node.name or element_id}'" if node else f"'{element_id}'"
    done = duties.done_at(tx, [instance_key], {element_id})
    if not done:
        return [], f"It needs the approval of {name}, which nobody has given."
    last = [task for task in done if task.round_key == done[-1].round_key and task.round_key != instance_key]
    for task in (tasks := last or done[-1:]):
        if (problem := fault(task, values)) is not None:
            return tasks, f"The approval of {name} does not count: {problem}."
    return tasks, ""


def fault(task: DoneTask, values: Mapping[str, Json]) -> str | None:
    """Why an approval does not count; None when it does. `values` are the variables as they are now."""
    who = " for ".join(task.people)
    when = f"{task.at:%Y-%m-%d %H:%M:%S} UTC"
    if not task.is_over:
        return f"{who} has not finished it"
    if task.approved is None:
        return f"{who} completed it at {when} without saying approved or rejected"
    if not task.approved:
        return f"{who} rejected it at {when}"
    now = digests(values, task.binds or {})
    changed = [name for name, digest in (task.binds or {}).items() if now[name] != digest]
    if changed:
        return f"{', '.join(changed)} changed since {who} approved at {when}"
    return None


def check_claimed(moves: Moves, job: Job) -> None:
    """Refuse the result of guarded work that was never handed out. Raises `IllegalMove`."""
    process = moves.library.process(moves.tx, job.definition_key).definition.process
    stated = process.duties.get(job.element_id)
    if stated is not None and stated.requires_approval and job.state is not JobState.ACTIVATED:
        raise IllegalMove(f"Job {job.key} requires an approval, so it must be claimed before it can be completed.")


def _digest(value: Json) -> str:
    return sha256(msgspec.json.encode(value, order="deterministic")).hexdigest()


def seen_around(tx: UnitOfWork, element_keys: Sequence[int]) -> dict[int, dict[str, Json]]:
    """What is seen around elements, by their keys: their own input mappings must not hide what was approved."""
    scopes = {key: found.scope_key for key in element_keys if (found := elements.find(tx, key)) is not None}
    seen = variables.seen_by(tx, list(set(scopes.values())))
    return {key: seen.get(scopes.get(key, 0), {}) for key in element_keys}
