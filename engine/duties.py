"""Parts of verbs: whether somebody may act at a task by what they did before, and what their act means for others.

No role stands above it. What was checked, and against whom, goes into the audit trail: the proof that who approved
was not who prepared.
"""

from __future__ import annotations

from collections.abc import Mapping

from bpmn.duties import Duties
from engine import events, separation
from engine.moves import Moves
from engine.separation import COMPLETED, STARTED, Doing, Spot, check, preparers
from engine.store import duties as rows
from engine.store.duties import ActRow, KeptDuties
from engine.store.instances import InstanceRow
from engine.store.user_tasks import UserTask


def stated(moves: Moves, row: InstanceRow, element_id: str) -> Duties | None:
    """The duties of an element of an instance; None for none."""
    return moves.library.process(moves.tx, row.definition_key).definition.process.duties.get(element_id)


def check_may_act(moves: Moves, row: InstanceRow, task: UserTask, *people: str | None) -> None:
    """Raise `Separated` when one of these people did what keeps them from doing this task. Admins are people, too."""
    kept = kept_from(moves, row, task)
    if kept:
        check(kept, {name for name in people if name}, _called(task))


def kept_from(moves: Moves, row: InstanceRow, task: UserTask) -> list[Doing]:
    """What people did that keeps them from this task; nothing for a task without duties."""
    found = stated(moves, row, task.element_id)
    if found is None or not found.separates:
        return []
    return preparers(moves.tx, _place(moves, row, task))


def check_may_end(moves: Moves, row: InstanceRow, task: UserTask) -> None:
    """The same of whoever is about to end it, of its assignee and of for whom they act; and write down the proof."""
    found = stated(moves, row, task.element_id)
    if found is None:
        return
    if found.separates and row.root_key != row.key:
        moves.lock(row.root_key)  # two instances of a case must not both look before either has written
    people = [name for name in (moves.by.id, task.assignee, owner(moves, task)) if name]
    kept = kept_from(moves, row, task)
    check(kept, set(people), _called(task))
    if found.separates:
        moves.tell(
            row,
            events.DUTIES_SEPARATED,
            element=(task.element_id, task.element_key),
            task_key=str(task.key),
            actors=list(dict.fromkeys(people)),
            not_by=list(found.not_by),
            four_eyes=found.four_eyes,
            preparers=[{"by": act.by, "did": act.what, "element_id": act.element_id} for act in kept],
        )


def has_acted(moves: Moves, row: InstanceRow) -> None:
    """Somebody did something: offer open tasks of the case no longer to whom that keeps from them."""
    if not _may_concern(moves, row):
        return
    excluded = []
    for one in rows.open_of_family(moves.tx, row.root_key):
        process = moves.library.process(moves.tx, one.definition_key).definition.process
        place = Spot(one.instance_key, row.root_key, process, one.element_id, one.round_key)
        excluded += [(one.key, one.instance_key, act.by) for act in preparers(moves.tx, place)]
    rows.exclude(moves.tx, sorted(set(excluded)))


def note(moves: Moves, row: InstanceRow, what: str, element_id: str = "") -> None:
    """Remember what the actor did to a case beside ending a task (`engine.separation`)."""
    known = {(one.what, one.element_id, one.actor_id) for one in rows.acts_of(moves.tx, row.root_key)}
    if (what, element_id, moves.by.id) not in known:
        rows.add_act(moves.tx, (row.root_key, row.key), ActRow(element_id, what, moves.by.id, moves.now))
        has_acted(moves, row)


def note_edit(moves: Moves, row: InstanceRow) -> None:
    """The actor changed variables by hand: where duties are stated, that is a part of preparing."""
    if _may_concern(moves, row):
        note(moves, row, separation.EDITED)


def carry_over(moves: Moves, old: InstanceRow, new: InstanceRow, mapping: Mapping[str, str] | None = None) -> None:
    """What people did in `old` counts in `new`, which goes on from it; `mapping` are elements with other ids there."""
    process = moves.library.process(moves.tx, new.definition_key).definition.process
    if not process.duties:
        return
    names = mapping or {}
    done = rows.done_of(moves.tx, [old.key])
    told = [
        ActRow(names.get(one.element_id, one.element_id), COMPLETED, by, one.at) for one in done for by in one.people
    ]
    if old.key != new.key:
        told += [*rows.acts_of(moves.tx, old.root_key), ActRow("", STARTED, old.started_by, old.started_at)]
    else:
        told = [one for one in told if one.element_id in names.values()]
    for one in dict.fromkeys(told):
        rows.add_act(moves.tx, (new.root_key, new.key), one)
    has_acted(moves, new)


def owner(moves: Moves, task: UserTask) -> str | None:
    """For whom the assignee of a task acts; None for themselves."""
    found = rows.find(moves.tx, task.key)
    return found.owner if found is not None and found.delegate == task.assignee else None


def delegate(moves: Moves, row: InstanceRow, task: UserTask, owner: str, to: str) -> None:
    """Note that `to` acts for `owner`."""
    if rows.find(moves.tx, task.key) is None:
        round_key = rows.round_of(moves.tx, row.key, task.element_key)
        rows.add(moves.tx, [KeptDuties(task.key, row.key, row.root_key, round_key)])
    rows.delegate(moves.tx, task.key, owner, to)


def _may_concern(moves: Moves, row: InstanceRow) -> bool:
    """Whether some task of the case may have duties: the instance's own process states some, or it is not alone."""
    process = moves.library.process(moves.tx, row.definition_key).definition.process
    return bool(process.duties) or row.parent_key is not None or row.open_calls > 0


def _place(moves: Moves, row: InstanceRow, task: UserTask) -> Spot:
    process = moves.library.process(moves.tx, row.definition_key).definition.process
    kept = rows.find(moves.tx, task.key)
    round_key = rows.round_of(moves.tx, row.key, task.element_key) if kept is None else kept.round_key
    return Spot(row.key, row.root_key, process, task.element_id, round_key)


def _called(task: UserTask) -> str:
    return f"User task {task.key} ('{task.name}')"
