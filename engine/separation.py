"""Segregation of duties: who may not do a task because of what they did before in the same case.

Everybody counts who did a task (who ended it, whose it was, for whom they acted), decided or edited a review, and where
the diagram names them, who started the case (`starter`) or changed its variables by hand (`editor`). An element of the
task's own process is looked for in its own instance, one of another process in the whole family of calls.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from bpmn.duties import EDITOR, INSTANCE, STARTER, Duties
from bpmn.model import Process
from engine.errors import Separated
from engine.store import UnitOfWork, duties
from engine.store.duties import DoneTask, KeptDuties
from engine.store.instances import InstanceRow

# What people do beside completing tasks (`acts`).
EDITED, SKIPPED, RESOLVED, PASSED_ON = "edited", "skipped", "resolved", "passed-on"
STARTED, COMPLETED = "started", "completed"  # in a case that this one goes on from


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a task stands. `round_key` is the repetition that it belongs to, see `engine.store.duties.round_of`."""

    instance_key: int
    root_key: int
    process: Process
    element_id: str
    round_key: int

    @property
    def duties(self) -> Duties | None:
        return self.process.duties.get(self.element_id)


@dataclass(frozen=True, slots=True)
class Doing:
    """Somebody did something that keeps them from acting: `what` is completed, started, edited, skipped ..."""

    by: str
    what: str
    element_id: str
    name: str
    at: datetime
    task_key: int = 0

    @property
    def told(self) -> str:
        """In words, without who."""
        if self.what == STARTED:
            return "started the case"
        if self.what == EDITED:
            return "changed its variables"
        return f"{self.what} '{self.name or self.element_id}'"


def begin(
    tx: UnitOfWork, row: InstanceRow, process: Process, tasks: Iterable[tuple[int, str, int]], now: datetime
) -> None:
    """New tasks (key, element id, element key) of an instance: keep their duties, and whom lists keep them from."""
    rows, excluded = [], []
    for key, element_id, element_key in tasks:
        stated = process.duties.get(element_id)
        if stated is None:
            continue
        round_key = duties.round_of(tx, row.key, element_key)
        told_at = stated.due_at(now, 0, is_escalated=False)
        rows.append(KeptDuties(key, row.key, row.root_key, round_key, told_at=told_at))
        if stated.separates:
            place = Spot(row.key, row.root_key, process, element_id, round_key)
            excluded += [(key, row.key, name) for name in {act.by for act in preparers(tx, place)}]
    duties.add(tx, rows)
    duties.exclude(tx, excluded)


def preparers(tx: UnitOfWork, place: Spot) -> list[Doing]:
    """Everybody who may not act there, with what they did, oldest first."""
    stated = place.duties
    if stated is None or not stated.separates:
        return []
    found = [*_of_elements(tx, place, stated), *_of_the_case(tx, place, stated), *_four_eyes(tx, place, stated)]
    return sorted(set(found), key=lambda act: (act.at, act.by, act.element_id))


def check(acts: Sequence[Doing], people: Collection[str], what: str) -> None:
    """Raise `Separated` when one of the people is among those who may not act. `what` names the task."""
    found = [act for act in acts if act.by in people]
    if not found:
        return
    told = "; ".join(f"{act.by} {act.told} at {act.at:%Y-%m-%d %H:%M:%S} UTC" for act in found[:5])
    conflicts = [
        {
            "by": act.by,
            "did": act.what,
            "element_id": act.element_id,
            "name": act.name,
            "at": act.at.isoformat(),
            "task_key": str(act.task_key) if act.task_key else None,
        }
        for act in found
    ]
    raise Separated(f"{what} is for somebody else: {told}. The diagram separates these duties.", conflicts)


def _of_elements(tx: UnitOfWork, place: Spot, stated: Duties) -> Iterator[Doing]:
    names = set(stated.not_by) - {STARTER, EDITOR}
    own = {name for name in names if name in place.process.by_id}
    done = duties.done_at(tx, [place.instance_key], own)
    if others := names - own:
        done += duties.done_at(tx, duties.family(tx, place.root_key), others)
    yield from _acts(done)
    if names:
        yield from (
            Doing(row.actor_id, row.what, row.element_id, "", row.at)
            for row in duties.acts_of(tx, place.root_key)
            if row.element_id in names and row.what != EDITED
        )


def _of_the_case(tx: UnitOfWork, place: Spot, stated: Duties) -> Iterator[Doing]:
    if STARTER in stated.not_by and (found := duties.starter(tx, place.root_key)) is not None:
        yield Doing(found[0], STARTED, "", "", found[1])
    wanted = {what for name, what in ((STARTER, STARTED), (EDITOR, EDITED)) if name in stated.not_by}
    if wanted:
        rows = (row for row in duties.acts_of(tx, place.root_key) if row.what in wanted)
        yield from (Doing(row.actor_id, row.what, "", "", row.at) for row in rows)


def _four_eyes(tx: UnitOfWork, place: Spot, stated: Duties) -> Iterator[Doing]:
    if not stated.four_eyes:
        return
    if stated.four_eyes == INSTANCE:
        done = duties.done_at(tx, [place.instance_key], {place.element_id})
    else:
        done = duties.done_in_round(tx, place.round_key, place.element_id)
    yield from _acts(done)


def _acts(done: Iterable[DoneTask]) -> Iterator[Doing]:
    for task in done:
        what = str((task.decision or {}).get("decision") or "complete")
        said = _PAST.get(what, "completed")
        yield from (Doing(name, said, task.element_id, task.name, task.at, task.key) for name in task.people)


_PAST = {"approve": "approved", "reject": "rejected", "edit": "edited the answer of", "respond": "answered"}
