"""What a person is shown when they decide: the evidence of a task, and its fingerprint, which their verdict keeps.

A verdict that names the fingerprint of what its person saw is refused when the case shows something else by then.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import msgspec

from engine import events
from engine.errors import Conflict, InvalidInput
from engine.store import UnitOfWork, attempts, audit_records, variables
from engine.store.attempts import Attempt
from engine.store.user_tasks import UserTask

Json = Any

LONGEST_LOOK_SECONDS = 30 * 86_400.0


@dataclass(frozen=True, slots=True)
class Shown:
    """What a verdict says of how it came about: the fingerprint of what was seen, and for how many seconds."""

    fingerprint: str = ""
    seconds: float | None = None

    @property
    def told(self) -> dict[str, Json]:
        """What of it is kept with the verdict."""
        said = {"shown_evidence_hash": self.fingerprint, "seconds_on_task": self.seconds}
        return {name: value for name, value in said.items() if value not in ("", None)}


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything there is to decide on: what each model said, what policies ruled, and the fingerprint of it."""

    task: UserTask
    attempts: tuple[Attempt, ...]
    rulings: tuple[dict[str, Json], ...]
    fingerprint: str


def evidence_of(tx: UnitOfWork, task: UserTask) -> Evidence:
    """The evidence of a task as it is now. Attempts of an agent in the shadow stay hidden until it is decided."""
    answers = tuple(attempts.of_job(tx, task.job_key)) if task.job_key else ()
    shown = answers if task.ended_at is not None else tuple(one for one in answers if one.level != "shadow")
    of_calls = ({"model": one.model, **ruling} for one in shown for ruling in one.rulings)
    rulings = (*_rulings(tx, task), *of_calls)
    return Evidence(task, shown, rulings, fingerprint(tx, task))


def _rulings(tx: UnitOfWork, task: UserTask) -> Iterator[dict[str, Json]]:
    """What policies said about the work of the task's element, oldest first."""
    for record in audit_records.of_instance(tx, task.instance_key):
        if record.payload is None or events.POLICY_VERDICT not in record.payload:
            continue
        for fact in msgspec.json.decode(record.payload)["events"]:
            if fact["type"] == events.POLICY_VERDICT and fact.get("element_id") == task.element_id:
                yield {"at": record.at.isoformat(), **fact["data"]}


def fingerprint(tx: UnitOfWork, task: UserTask) -> str:
    """SHA-256 of what is shown, as canonical JSON: of a review its evidence, of another task the variables it sees."""
    if task.is_review:
        told: Json = {"review": dict(task.review or {})}
    else:
        told = {"variables": variables.seen_by(tx, [task.element_key])[task.element_key]}
    return sha256(msgspec.json.encode(told, order="deterministic")).hexdigest()


def check_shown(tx: UnitOfWork, task: UserTask, shown: Shown) -> None:
    """Raise `Conflict` when the evidence is not what was seen, `InvalidInput` for a time that nobody looks."""
    if shown.seconds is not None and not 0 <= shown.seconds <= LONGEST_LOOK_SECONDS:
        text = f"seconds_on_task is from 0 to {LONGEST_LOOK_SECONDS:g}."
        raise InvalidInput(text, {"seconds_on_task": "out of range"})
    if shown.fingerprint and shown.fingerprint != fingerprint(tx, task):
        raise Conflict(
            f"User task {task.key} ('{task.name}') shows something else by now. Look at it again, then decide."
        )
