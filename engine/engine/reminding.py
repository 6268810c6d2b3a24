"""Tasks that lie: whoever should act is reminded, and in the end somebody else is asked, with nothing to be drawn.

The properties `baton:nudgeAfter`, `baton:escalateAfter` and `baton:escalateTo` say so. What is told stands in the audit
trail, and from there notifications bring it to whoever subscribed to `task-nudged` and `task-escalated`.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bpmn.duties import Duties
from engine import duties, events
from engine.actors import SYSTEM
from engine.engine.base import Verbs
from engine.errors import Conflict
from engine.moves import Moves
from engine.states import InstanceState, TaskState
from engine.step import UserTaskChange
from engine.store import duties as rows
from engine.store import user_tasks
from engine.store.duties import KeptDuties
from engine.store.instances import InstanceRow
from engine.store.user_tasks import UserTask

_MOST = 100
_LATER = timedelta(hours=1)  # a case that is suspended, or a task that listeners are busy with, is looked at again


class ReminderVerbs(Verbs):
    """What the scheduler does for tasks that nobody does."""

    def remind(self) -> int:
        """Remind of tasks whose time has come, or escalate them, each in a transaction; returns how many they were."""
        with self.store.reading() as tx:
            due = rows.due(tx, self.clock.now(), _MOST)
        return sum(self._reminded(key) for key in due)

    def _reminded(self, key: int) -> bool:
        try:
            return self._act("remind", SYSTEM, lambda moves: _remind(moves, key))
        except Conflict:
            return False  # somebody is at it right now; the next round looks again


def _remind(moves: Moves, key: int) -> bool:
    task, row = user_tasks.lock(moves.tx, key)
    kept = rows.find(moves.tx, key)
    if kept is None or kept.told_at is None or kept.told_at > moves.now:
        return False  # another scheduler was faster
    stated = duties.stated(moves, row, task.element_id)
    if stated is None or task.ended_at is not None:
        rows.told(moves.tx, kept, None)
    elif row.state is not InstanceState.ACTIVE or task.state is not TaskState.CREATED:
        rows.told(moves.tx, kept, moves.now + _LATER)
    elif _escalates(stated, task, kept, moves.now):
        _escalate(moves, row, task, stated)
        next_at = _next(stated, task, kept.nudges, moves.now, is_escalated=True)
        rows.told(moves.tx, kept, next_at, escalated_at=moves.now)
    else:
        nudges = kept.nudges + 1
        _nudge(moves, row, task, nudges)
        is_escalated = kept.escalated_at is not None
        rows.told(moves.tx, kept, _next(stated, task, nudges, moves.now, is_escalated=is_escalated), nudges=nudges)
    return True


def _escalates(stated: Duties, task: UserTask, kept: KeptDuties, now: datetime) -> bool:
    after = stated.escalate_after
    return after is not None and kept.escalated_at is None and task.created_at + after <= now


def _next(stated: Duties, task: UserTask, nudges: int, now: datetime, *, is_escalated: bool) -> datetime | None:
    """When it is due again; what came due while no scheduler ran is told once."""
    found = stated.due_at(task.created_at, nudges, is_escalated=is_escalated)
    if found is None or found > now:
        return found
    pause = stated.nudge_after
    return now if pause is None else now + pause - (now - task.created_at) % pause


def _nudge(moves: Moves, row: InstanceRow, task: UserTask, nudges: int) -> None:
    moves.tell(row, events.TASK_NUDGED, element=(task.element_id, task.element_key), number=nudges, **_told(task))


def _escalate(moves: Moves, row: InstanceRow, task: UserTask, stated: Duties) -> None:
    """The group may take it, beside those who could before; an assignee who let it lie has it no longer."""
    groups = tuple(dict.fromkeys((*task.candidate_groups, stated.escalate_to)))
    users = task.candidate_users or ((task.assignee,) if task.assignee else ())
    values = {"assignee": None, "candidate_groups": groups, "candidate_users": users}
    user_tasks.change(moves.tx, [UserTaskChange(task.element_key, values)], moves.now)
    place = (task.element_id, task.element_key)
    moves.tell(row, events.TASK_ESCALATED, element=place, to=stated.escalate_to, **_told(task))


def _told(task: UserTask) -> dict[str, object]:
    return {
        "task_key": str(task.key),
        "name": task.name,
        "assignee": task.assignee,
        "candidate_groups": list(task.candidate_groups),
        "candidate_users": list(task.candidate_users),
        "open_since": task.created_at.isoformat(),
    }
