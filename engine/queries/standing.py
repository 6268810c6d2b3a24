"""Where a case is stuck and why, in five answers: its stage, who acts next, what blocks, what was decided, the clock.

The stage is looked for in the innermost instance: a case that waits for a process it called is where that one is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from engine import approvals
from engine.states import TaskState
from engine.store import UnitOfWork, duties, user_tasks
from engine.store.duties import DoneTask
from engine.store.instances import Instance, WhyWaiting
from engine.store.rows import MOST_PER_PAGE, Page
from engine.store.search import TaskFilter, find_tasks

_MOST_DEPTH = 20


@dataclass(frozen=True, slots=True)
class DecisionSoFar:
    """What somebody decided or did. `counts` is None for what binds nothing, `problem` why it does not count."""

    task_key: int
    element_id: str
    name: str
    decision: str  # approve, reject, edit, respond, or completed
    by: tuple[str, ...]
    reason: str
    at: datetime
    counts: bool | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class CaseClock:
    """How long a case has run, and until when something in it is due. `said` is such as "running 6 d"."""

    started_at: datetime
    ended_at: datetime | None
    said: str
    due_at: datetime | None
    is_overdue: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a case stands. `waiting_since` is when the blocker began; stage and blocker are empty when it is over."""

    instance_key: int
    state: str
    stage: str
    element_id: str
    owner: str
    blocker: str
    waiting_since: datetime | None
    also: tuple[WhyWaiting, ...]
    decisions: tuple[DecisionSoFar, ...]
    clock: CaseClock


def standing_of(tx: UnitOfWork, found: Instance, look: Callable[[int], Instance], now: datetime) -> Standing:
    """The five answers about an instance; `look` finds another one, with what it waits for."""
    stages, here = [], found
    for _ in range(_MOST_DEPTH):
        first = here.waiting[0] if here.waiting else None
        if first is None:
            break
        stages.append(first.element_name or first.element_id)
        if first.kind != "call":
            break
        here = look(first.key)
    first = here.waiting[0] if here.waiting else None
    family = duties.family(tx, found.key) if found.parent_key is None else [found.key]
    return Standing(
        instance_key=found.key,
        state=found.state.value,
        stage=" / ".join(" ".join(name.split()) for name in stages),
        element_id=first.element_id if first else "",
        owner=first.with_whom if first else "",
        blocker=first.why if first else "",
        waiting_since=first.since if first else None,
        also=here.waiting[1:],
        decisions=tuple(_decision(tx, one, is_over=found.has_ended) for one in duties.done_of(tx, family)),
        clock=_clock(tx, found, {found.key, here.key}, now),
    )


def lasting(period: timedelta) -> str:
    """A period for people: its largest unit, and the next one where that says more."""
    seconds = max(int(period.total_seconds()), 0)
    if seconds >= 86_400:
        return f"{seconds // 86_400} d"
    if seconds >= 3_600:
        return f"{seconds // 3_600} h"
    return f"{seconds // 60} min" if seconds >= 60 else f"{seconds} s"


def _decision(tx: UnitOfWork, one: DoneTask, *, is_over: bool) -> DecisionSoFar:
    said = one.decision or {}
    counts, problem = None, ""
    if one.binds is not None and not is_over:
        element_key = user_tasks.find(tx, one.key).element_key
        problem = approvals.fault(one, approvals.seen_around(tx, [element_key])[element_key]) or ""
        counts = not problem
    what = str(said.get("decision") or ({True: "approve", False: "reject", None: "completed"}[one.approved]))
    return DecisionSoFar(
        one.key, one.element_id, one.name, what, one.people, str(said.get("reason") or ""), one.at, counts, problem
    )


def _clock(tx: UnitOfWork, found: Instance, keys: Collection[int], now: datetime) -> CaseClock:
    end = found.ended_at or now
    word = "ran" if found.ended_at else "running"
    due = [
        task.due_at
        for key in keys
        for task in find_tasks(tx, TaskFilter(state=TaskState.CREATED, instance_key=key), Page(limit=MOST_PER_PAGE))
        if task.due_at is not None
    ]
    first = min(due, default=None)
    is_overdue = first is not None and first < now
    said = f"{word} {lasting(end - found.started_at)}"
    return CaseClock(found.started_at, found.ended_at, said, first, is_overdue)
