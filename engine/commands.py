"""What can be asked of a running instance: the input of `engine.runtime.resume`, one plain record per kind of move."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.step import ThrownUp

Json = Any


@dataclass(frozen=True, slots=True)
class Complete:
    """The work of an element is done (job, user task, called process); `variables` are its result."""

    element_key: int
    variables: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ChooseInside:
    """What is to begin inside an ad-hoc sub-process: element ids, each with variables for it alone.

    `is_enough` says that its work is done; `variables` are what the worker of its job (`by_job`) has to tell.
    """

    element_key: int
    elements: tuple[tuple[str, Mapping[str, Json]], ...] = ()
    cancels_remaining: bool = False
    is_enough: bool = False
    variables: Mapping[str, Json] = field(default_factory=dict)
    by_job: bool = False


@dataclass(frozen=True, slots=True)
class ListenerDone:
    """A worker is done with the listener that this element waits for.

    Task listeners may deny what was asked of the task, or correct it: `corrections` maps assignee, due_at,
    follow_up_at, candidate_users, candidate_groups and priority to new values (zeebe-extensions §9).
    """

    element_key: int
    variables: Mapping[str, Json] = field(default_factory=dict)
    denied: bool = False
    denied_reason: str = ""
    corrections: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ThrowError:
    """A worker reports a BPMN error at its element. Uncaught: an incident UNHANDLED_ERROR_EVENT."""

    element_key: int
    code: str
    message: str = ""
    variables: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CallAgain:
    """What this call activity called could not be started: ask once more, with the variables as they are now."""

    element_key: int


@dataclass(frozen=True, slots=True)
class ThrownByChild:
    """What this call activity called threw what nobody there catches. `result` are the child's root variables."""

    element_key: int
    thrown: ThrownUp
    result: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GoOn:
    """What this element threw to its callers ended nothing here: an escalation goes on, an error is nobody's."""

    element_key: int


@dataclass(frozen=True, slots=True)
class CallStarted:
    """The process that this call activity calls begins, as this instance."""

    element_key: int
    child_key: int


@dataclass(frozen=True, slots=True)
class FireTimer:
    """The timer of this element is due."""

    element_key: int
    repetitions: int = 0  # left after this one; -1 for ever


@dataclass(frozen=True, slots=True)
class Continue:
    """These elements stand at save points and go on, one after the other; one that has left it is passed over."""

    element_keys: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What this element let begin when it was due has failed (`reason`) and was taken back, as if it had not begun."""

    element_key: int
    reason: str
    repetitions: int = 0  # as in the FireTimer that was taken back


@dataclass(frozen=True, slots=True)
class Correlate:
    """A message or signal arrived at the subscription of this element."""

    element_key: int
    variables: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Resolve:
    """Try again exactly what raised the incident at this element."""

    element_key: int


@dataclass(frozen=True, slots=True)
class ChangeTask:
    """Something is to be done to the user task of this element: `event` is assigning, updating or completing.

    `changes` maps what changes (assignee, due_at, follow_up_at, candidate_users, candidate_groups, priority) to new
    values, `variables` are what a person entered, `task` is the task as it stands, for its listeners.
    """

    element_key: int
    event: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    variables: Mapping[str, Json] = field(default_factory=dict)
    task: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SetVariables:
    """Variables changed from outside. `local` writes in that scope only; else upward like a job's result."""

    scope_key: int
    variables: Mapping[str, Json]
    local: bool = False


@dataclass(frozen=True, slots=True)
class Cancel:
    """End the instance as it stands."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class EndAll:
    """A process that this one called, directly or not, ends everything: complete at once, whatever still runs."""


@dataclass(frozen=True, slots=True)
class Activate:
    """Begin at an element, as if a token had reached it. Enclosing scopes that are not open are opened.

    `within_key` names the element instance to begin in, when several could hold the element; 0: the one there is.
    `variables` are local to a scope each: "" for the process, else the id of a sub-process around it or its own.
    """

    element_id: str
    variables: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    within_key: int = 0


@dataclass(frozen=True, slots=True)
class Terminate:
    """End one element instance by its key, or all of an element by its id."""

    element_key: int = 0
    element_id: str = ""


@dataclass(frozen=True, slots=True)
class Move:
    """End one element instance (by key) or all of an element (by id), and begin at another element for each."""

    target_id: str
    element_key: int = 0
    element_id: str = ""
    variables: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Modify:
    """Change where an instance stands, in this order: begin, end, move. What has nothing left inside ends, too."""

    changes: tuple[Activate | Terminate | Move, ...]


Command = (
    Complete
    | ChooseInside
    | ListenerDone
    | ThrowError
    | CallAgain
    | ThrownByChild
    | GoOn
    | CallStarted
    | FireTimer
    | Continue
    | TakenBack
    | Correlate
    | Resolve
    | ChangeTask
    | SetVariables
    | Cancel
    | EndAll
    | Modify
)
