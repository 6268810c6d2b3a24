"""The states of everything that lives, and the tables of legal moves between them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from engine.errors import IllegalMove


class InstanceState(StrEnum):
    """Where a process instance stands; the words are those of `engine.step.Outcome`."""

    ACTIVE = "active"
    SUSPENDED = "suspended"  # nothing moves until somebody resumes it
    COMPLETED = "completed"
    TERMINATED = "terminated"


class JobState(StrEnum):
    """Where a job stands. CREATED, ACTIVATED with a lapsed lease, and FAILED after its back-off may be claimed."""

    CREATED = "created"
    ACTIVATED = "activated"
    FAILED = "failed"  # will be tried again
    EXHAUSTED = "exhausted"  # no retries left; an incident holds it
    SUSPENDED = "suspended"  # with its instance; offered again when that goes on
    IN_REVIEW = "in_review"  # a person decides; the review task completes it
    COMPLETED = "completed"
    ERROR_THROWN = "error_thrown"
    CANCELED = "canceled"


class TaskState(StrEnum):
    """Where a user task stands."""

    CREATED = "created"
    # Listeners hear first of what was asked; people cannot do anything to the task meanwhile.
    ASSIGNING = "assigning"
    UPDATING = "updating"
    COMPLETING = "completing"
    COMPLETED = "completed"
    CANCELED = "canceled"


class IncidentState(StrEnum):
    """Where an incident stands."""

    ACTIVE = "active"
    RESOLVED = "resolved"


class AttemptState(StrEnum):
    """Where a call of a model stands; LOST means that nobody knows how it ended."""

    STARTED = "started"
    ANSWERED = "answered"
    FAILED = "failed"
    LOST = "lost"


class AgentState(StrEnum):
    """Whether an agent is in service. A retired one never comes back: its name stands in the trail."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    RETIRED = "retired"


class PolicyState(StrEnum):
    """Whether a policy is asked. A retired one is again once a version of it is registered."""

    ACTIVE = "active"
    RETIRED = "retired"


class BatchState(StrEnum):
    """Where a batch stands: CREATED while its items are collected, ACTIVE while they are worked on."""

    CREATED = "created"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    COMPLETED = "completed"  # every item has its result, be it a failure
    CANCELED = "canceled"
    FAILED = "failed"  # its filter could not be used


class ItemState(StrEnum):
    """What became of an item of a batch."""

    WAITING = "waiting"
    COMPLETED = "completed"
    SKIPPED = "skipped"  # it was gone, or over already
    FAILED = "failed"
    CANCELED = "canceled"  # with its batch


class NotificationState(StrEnum):
    """Where a notification stands."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"  # every try failed, or the receiver wants no more


State = TypeVar("State", bound=StrEnum)

_J, _A = JobState, AttemptState

INSTANCE_MOVES: Mapping[InstanceState, frozenset[InstanceState]] = {
    InstanceState.ACTIVE: frozenset(InstanceState),
    InstanceState.SUSPENDED: frozenset({InstanceState.ACTIVE, InstanceState.TERMINATED}),
    InstanceState.COMPLETED: frozenset(),
    InstanceState.TERMINATED: frozenset(),
}
JOB_MOVES: Mapping[JobState, frozenset[JobState]] = {
    # Completing, failing and throwing without a claim is legal in Camunda 8 (zeebe-extensions §6).
    _J.CREATED: frozenset(
        {_J.ACTIVATED, _J.FAILED, _J.EXHAUSTED, _J.SUSPENDED, _J.COMPLETED, _J.ERROR_THROWN, _J.CANCELED}
    ),
    _J.ACTIVATED: frozenset(_J),
    _J.FAILED: frozenset(
        {_J.CREATED, _J.ACTIVATED, _J.FAILED, _J.EXHAUSTED, _J.SUSPENDED} | {_J.COMPLETED, _J.ERROR_THROWN, _J.CANCELED}
    ),
    _J.SUSPENDED: frozenset({_J.CREATED, _J.FAILED, _J.CANCELED}),
    _J.EXHAUSTED: frozenset({_J.CREATED, _J.COMPLETED, _J.ERROR_THROWN, _J.CANCELED}),
    # A review that its job goes on from offers the job again.
    _J.IN_REVIEW: frozenset({_J.CREATED, _J.COMPLETED, _J.CANCELED}),
    _J.COMPLETED: frozenset(),
    # An error that nothing catches is an incident of the element; resolving it makes a job anew.
    _J.ERROR_THROWN: frozenset(),
    _J.CANCELED: frozenset(),
}
TASK_MOVES: Mapping[TaskState, frozenset[TaskState]] = {
    TaskState.CREATED: frozenset(TaskState),
    TaskState.ASSIGNING: frozenset({TaskState.CREATED, TaskState.CANCELED}),
    TaskState.UPDATING: frozenset({TaskState.CREATED, TaskState.CANCELED}),
    TaskState.COMPLETING: frozenset({TaskState.CREATED, TaskState.COMPLETED, TaskState.CANCELED}),
    TaskState.COMPLETED: frozenset(),
    TaskState.CANCELED: frozenset(),
}
INCIDENT_MOVES: Mapping[IncidentState, frozenset[IncidentState]] = {
    IncidentState.ACTIVE: frozenset({IncidentState.RESOLVED}),
    IncidentState.RESOLVED: frozenset(),
}
ATTEMPT_MOVES: Mapping[AttemptState, frozenset[AttemptState]] = {
    _A.STARTED: frozenset({_A.ANSWERED, _A.FAILED, _A.LOST}),
    _A.ANSWERED: frozenset(),
    _A.FAILED: frozenset(),
    _A.LOST: frozenset(),
}

_G = AgentState
AGENT_MOVES: Mapping[AgentState, frozenset[AgentState]] = {
    _G.ACTIVE: frozenset({_G.SUSPENDED, _G.RETIRED}),
    _G.SUSPENDED: frozenset({_G.ACTIVE, _G.RETIRED}),
    _G.RETIRED: frozenset(),
}

POLICY_MOVES: Mapping[PolicyState, frozenset[PolicyState]] = {
    PolicyState.ACTIVE: frozenset({PolicyState.RETIRED}),
    PolicyState.RETIRED: frozenset({PolicyState.ACTIVE}),
}

_B, _I = BatchState, ItemState
BATCH_MOVES: Mapping[BatchState, frozenset[BatchState]] = {
    _B.CREATED: frozenset({_B.ACTIVE, _B.SUSPENDED, _B.CANCELED, _B.FAILED}),
    _B.ACTIVE: frozenset({_B.SUSPENDED, _B.COMPLETED, _B.CANCELED}),
    _B.SUSPENDED: frozenset({_B.CREATED, _B.CANCELED}),
    _B.COMPLETED: frozenset({_B.ACTIVE}),  # what failed is tried again
    _B.CANCELED: frozenset(),
    _B.FAILED: frozenset(),
}
ITEM_MOVES: Mapping[ItemState, frozenset[ItemState]] = {
    _I.WAITING: frozenset({_I.COMPLETED, _I.SKIPPED, _I.FAILED, _I.CANCELED}),
    _I.COMPLETED: frozenset(),
    _I.SKIPPED: frozenset(),
    _I.FAILED: frozenset({_I.WAITING}),
    _I.CANCELED: frozenset(),
}
_N = NotificationState
NOTIFICATION_MOVES: Mapping[NotificationState, frozenset[NotificationState]] = {
    _N.WAITING: frozenset({_N.DELIVERED, _N.DEAD}),
    _N.DELIVERED: frozenset(),
    _N.DEAD: frozenset({_N.WAITING}),
}

ENDED = (InstanceState.COMPLETED, InstanceState.TERMINATED)
CLAIMABLE = (JobState.CREATED, JobState.ACTIVATED, JobState.FAILED)
OPEN_TASKS = (TaskState.CREATED, TaskState.ASSIGNING, TaskState.UPDATING, TaskState.COMPLETING)
OPEN_JOBS = (*CLAIMABLE, JobState.SUSPENDED, JobState.EXHAUSTED, JobState.IN_REVIEW)

_TABLES: Mapping[type[StrEnum], Mapping[StrEnum, frozenset[StrEnum]]] = {
    InstanceState: INSTANCE_MOVES,  # type: ignore[dict-item]
    JobState: JOB_MOVES,  # type: ignore[dict-item]
    TaskState: TASK_MOVES,  # type: ignore[dict-item]
    IncidentState: INCIDENT_MOVES,  # type: ignore[dict-item]
    AttemptState: ATTEMPT_MOVES,  # type: ignore[dict-item]
    AgentState: AGENT_MOVES,  # type: ignore[dict-item]
    PolicyState: POLICY_MOVES,  # type: ignore[dict-item]
    BatchState: BATCH_MOVES,  # type: ignore[dict-item]
    ItemState: ITEM_MOVES,  # type: ignore[dict-item]
    NotificationState: NOTIFICATION_MOVES,  # type: ignore[dict-item]
}


def move(noun: str, key: object, old: State, new: State) -> State:
    """`new`, when the table allows it from `old`. Raises `IllegalMove` that names the thing and both states."""
    if new in _TABLES[type(old)][old]:
        return new
    hint = "Look at it again first." if _TABLES[type(old)][old] else "It has ended: nothing more can be done to it."
    raise IllegalMove(f"{noun} {key} is {_said(old)} and cannot become {_said(new)}. {hint}")


def _said(state: StrEnum) -> str:
    return state.value.replace("_", " ")


class Awaited(StrEnum):
    """What a subscription waits for."""

    MESSAGE = "message"
    SIGNAL = "signal"
    CONDITION = "condition"
