"""What the runtime hands back: everything that one move of an instance changed, as plain data.

The runtime thinks and returns a `Step`; a verb stores it. Neither knows the other. Keys are 64-bit integers: an element
instance's key is also the id of its token and, for scopes, of its variable scope; the root scope's key is the
instance's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

Json = Any  # None, bool, int, float, str, list or dict thereof


class Outcome(StrEnum):
    """Where the instance stands after the step."""

    ACTIVE = "active"
    COMPLETED = "completed"
    TERMINATED = "terminated"


class ElementState(StrEnum):
    """Where an element instance stands."""

    ACTIVE = "active"
    COMPLETED = "completed"
    TERMINATED = "terminated"


class ElementChange(NamedTuple):
    """An element instance that was entered or left. `opened` is False when it existed before this step."""

    key: int
    element_id: str
    kind: str  # bpmn.model.Kind value, or "multiInstanceBody", or "process"
    state: ElementState
    scope_key: int
    opened: bool
    name: str = ""


@dataclass(frozen=True, slots=True)
class JobWait:
    """Work to be done by a worker of `type`. Variables are what its element sees, read when a worker takes it."""

    element_key: int
    element_id: str
    type: str
    retries: int
    headers: Mapping[str, str]
    kind: str = "element"  # or "execution-listener", "task-listener", "ad-hoc-sub-process", "probe"
    listener_event: str = ""
    priority: int = 0
    retry_intervals: tuple[int, ...] = ()  # seconds; Camunda 7's failedJobRetryTimeCycle


class TimerPurpose(StrEnum):
    """What is due: a timer that the diagram draws, or work that goes on in a transaction of its own (Camunda 7)."""

    EVENT = ""
    CONTINUATION = "continuation"


@dataclass(frozen=True, slots=True)
class TimerWait:
    """A time at which `fire_timer` is due. `repetitions` counts those left after this one; -1 for ever.

    `reason` says what failed, when this is the pause before another try.
    """

    element_key: int
    element_id: str
    due_at: datetime
    repetitions: int = 0
    reason: str = ""
    purpose: TimerPurpose = TimerPurpose.EVENT


@dataclass(frozen=True, slots=True)
class MessageWait:
    """A subscription. `correlation_key` is None in Camunda 7, where instance and variables are compared instead."""

    element_key: int
    element_id: str
    message_name: str
    correlation_key: str | None
    interrupting: bool = True


@dataclass(frozen=True, slots=True)
class SignalWait:
    """A subscription to a signal."""

    element_key: int
    element_id: str
    signal_name: str
    interrupting: bool = True


@dataclass(frozen=True, slots=True)
class ConditionWait:
    """A condition over variables. Nothing outside fulfils it: the row is for people who ask what is waited for."""

    element_key: int
    element_id: str
    condition: str
    interrupting: bool = True


@dataclass(frozen=True, slots=True)
class UserTaskWait:
    """A person's work, with everything evaluated. `form` is JSON: see `engine.user_tasks`."""

    element_key: int
    element_id: str
    name: str
    assignee: str | None = None
    candidate_groups: tuple[str, ...] = ()
    candidate_users: tuple[str, ...] = ()
    due_at: datetime | None = None
    follow_up_at: datetime | None = None
    priority: int = 50
    form: Mapping[str, Json] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    key: int = 0  # when it had to be known before; else the store gives one


@dataclass(frozen=True, slots=True)
class CallWait:
    """A child process to start. `binding` is (type, version or tag or "")."""

    element_key: int
    element_id: str
    process_id: str
    binding: tuple[str, str]
    variables: Mapping[str, Json]
    business_key: str | None = None


Wait = JobWait | TimerWait | MessageWait | SignalWait | ConditionWait | UserTaskWait | CallWait


@dataclass(frozen=True, slots=True)
class SignalThrown:
    """A signal for everybody who waits for it now. `heard_by` are elements of this very step that did so already.

    `business_key` is given to the instances that it starts (Camunda 7); with `only_here` nobody outside hears it.
    """

    name: str
    variables: Mapping[str, Json]
    heard_by: frozenset[int] = frozenset()
    business_key: str | None = None
    only_here: bool = False


@dataclass(frozen=True, slots=True)
class MessageThrown:
    """A message along a message flow to one process, or published to all that wait for it.

    A message flow's belongs to a `conversation`; what is published says its `correlation_key`, a `message_id` of which
    only one is kept, and for how long it is kept.
    """

    name: str
    conversation: str
    variables: Mapping[str, Json]
    process_id: str
    correlation_key: str = ""
    message_id: str = ""
    kept_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class IncidentRaised:
    """A token that cannot go on. `type` is the vendor's word (EXTRACT_VALUE_ERROR, failedJob ...)."""

    element_key: int
    element_id: str
    type: str
    message: str


@dataclass(frozen=True, slots=True)
class UserTaskChange:
    """What listeners had a word in: the open user task of the element gets `values` and is open to people again.

    `values` maps assignee, candidate_groups, candidate_users, due_at, follow_up_at, priority, name to new values, None
    and empty ones too. `is_done` says that the task was completed.
    """

    element_key: int
    values: Mapping[str, Any]
    is_done: bool = False


@dataclass(frozen=True, slots=True)
class ThrownUp:
    """An error or escalation that nobody in a called process catches, so its caller is asked.

    `instance_key` and `element_key` are who threw it, however deep below; that element stands still until it is told
    how it ended (`commands.GoOn`), or is cancelled by who caught it.
    """

    kind: str  # error or escalation
    code: str
    message: str
    variables: Mapping[str, Json]
    instance_key: int
    element_key: int


@dataclass(frozen=True, slots=True)
class Event:
    """A fact for the audit trail: `type` from `engine.events`, the element it happened at, JSON data."""

    type: str
    element_id: str = ""
    element_key: int = 0
    data: Mapping[str, Json] = field(default_factory=dict)


@dataclass(slots=True)
class Step:
    """One move of one instance, from one wait to the next.

    `state` is the frozen token tree (no variables in it), None when the instance has ended. `variables` maps scope key
    to names and new values; `dropped_scopes` are gone with all their variables. `closed` are the element keys whose
    waits (of any sort) and incidents end with this step, whether completed or cancelled: every row that hangs on one
    of them closes. Closing comes before adding: a key may stand in `closed` and in `waits` (a repeating timer).
    `resolved` are the element keys whose incident is over because it was resolved; they come before `closed`.
    """

    outcome: Outcome = Outcome.ACTIVE
    state: bytes | None = None
    elements: list[ElementChange] = field(default_factory=list)
    waits: list[Wait] = field(default_factory=list)
    closed: list[int] = field(default_factory=list)
    incidents: list[IncidentRaised] = field(default_factory=list)
    resolved: list[int] = field(default_factory=list)
    variables: dict[int, dict[str, Json]] = field(default_factory=dict)
    removed_variables: list[tuple[int, str]] = field(default_factory=list)
    dropped_scopes: list[int] = field(default_factory=list)
    user_task_changes: list[UserTaskChange] = field(default_factory=list)
    signals: list[SignalThrown] = field(default_factory=list)
    messages: list[MessageThrown] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    # After a migration: element key -> the id and name of its element in the new version.
    renamed: dict[int, tuple[str, str]] = field(default_factory=dict)
    thrown: list[ThrownUp] = field(default_factory=list)
    ends_callers: bool = False  # what called this instance, directly or not, is to end with it
