"""The verbs of a user task's life, each within a transaction that holds the task and its instance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from engine import approvals, duties, events, separation
from engine.actors import Role
from engine.audit import moment
from engine.errors import IllegalMove, InvalidInput, NotAllowed
from engine.evidence import Shown
from engine.moves import Moves
from engine.states import TaskState
from engine.store import user_tasks
from engine.store import variables as variable_rows
from engine.store.instances import InstanceRow
from engine.store.user_tasks import Comment, End, UserTask
from engine.user_tasks.asking import (
    ASSIGNING,
    COMPLETING,
    UPDATING,
    Asked,
    ask,
    command,
    listeners_of,
    listens,
    updates_by_comments,
)
from engine.user_tasks.corrections import corrected, dated
from engine.user_tasks.forms import Forms
from engine.user_tasks.generated import missing, typed
from engine.user_tasks.rules import check_may_work, check_open, concerns, may_work, whose
from engine.variables import checked_text

Json = Any

MOST_COMMENT = 10_000


def claim(moves: Moves, key: int, action: str = "") -> UserTask:
    """Take a task that nobody has. Claiming one's own task again changes nothing."""
    task, row = user_tasks.lock(moves.tx, key)
    check_open(task)
    if task.assignee == moves.by.id:
        return task
    if task.assignee is not None:
        raise NotAllowed(f"User task {key} ('{task.name}') belongs to {task.assignee}, who must give it back first.")
    check_may_work(task, moves.by)
    duties.check_may_act(moves, row, task, moves.by.id)
    return _give(moves, (task, row), moves.by.id, events.TASK_CLAIMED, action)


def unclaim(moves: Moves, key: int) -> UserTask:
    """Give a task back to its candidates: the assignee may, and operators."""
    task, row = user_tasks.lock(moves.tx, key)
    check_open(task)
    if task.assignee is None:
        return task
    if task.assignee != moves.by.id and not moves.by.has(Role.OPERATOR):
        raise NotAllowed(f"User task {key} ('{task.name}') belongs to {task.assignee}; only they or an operator may.")
    return _give(moves, (task, row), None, events.TASK_UNCLAIMED)


def assign(moves: Moves, key: int, assignee: str, action: str = "", *, overrides: bool = True) -> UserTask:
    """Give a task to a person: operators may. Without `overrides`, only one that nobody has."""
    name = checked_text(assignee, "assignee", is_required=True)
    task, row = user_tasks.lock(moves.tx, key)
    check_open(task)
    if not moves.by.has(Role.OPERATOR):
        raise NotAllowed(
            f"Only an operator may assign user task {key} ('{task.name}'). Claim it, if it is open to you."
        )
    if task.assignee == name:
        return task
    if task.assignee is not None and not overrides:
        raise IllegalMove(f"User task {key} ('{task.name}') belongs to {task.assignee}, and is to stay theirs.")
    duties.check_may_act(moves, row, task, name)
    return _give(moves, (task, row), name, events.TASK_ASSIGNED, action)


def delegate(moves: Moves, key: int, to: str) -> UserTask:
    """Let somebody act for the assignee: both count as having done it. Who may do the task may, and operators.

    A task that nobody has is delegated by who may take it. Raises `Separated` when either may not do it.
    """
    name = checked_text(to, "to", is_required=True)
    task, row = user_tasks.lock(moves.tx, key)
    check_open(task)
    if not may_work(task, moves.by) and not (moves.by.has(Role.OPERATOR) and task.assignee is not None):
        raise NotAllowed(f"User task {key} ('{task.name}') belongs to {whose(task)}, who alone may delegate it.")
    if name == (task.assignee or moves.by.id):
        raise InvalidInput(f"{name} cannot act for themselves. Name somebody else.", {"to": "is the same person"})
    owner = duties.owner(moves, task) or task.assignee or moves.by.id
    duties.check_may_act(moves, row, task, owner, name)
    if task.assignee not in (None, owner):
        duties.note(moves, row, separation.PASSED_ON, task.element_id)
    duties.delegate(moves, row, task, owner, name)
    return _give(moves, (task, row), name, events.TASK_DELEGATED)


def resolve(moves: Moves, key: int) -> UserTask:
    """Give a delegated task back to for whom one acted, who ends it. Who worked on it counts as having done it."""
    task, row = user_tasks.lock(moves.tx, key)
    check_open(task)
    owner = duties.owner(moves, task)
    if owner is None:
        raise IllegalMove(f"User task {key} ('{task.name}') was not delegated. Complete it, or give it back.")
    if task.assignee != moves.by.id:
        raise NotAllowed(f"User task {key} ('{task.name}') is with {task.assignee}, who alone may resolve it.")
    duties.note(moves, row, separation.RESOLVED, task.element_id)
    return _give(moves, (task, row), owner, events.TASK_RESOLVED)


def comment(moves: Moves, key: int, text: str) -> Comment:
    """Say something about a task, also about one that is over."""
    said = checked_text(text, "text", most=MOST_COMMENT, is_required=True)
    task, row = user_tasks.lock(moves.tx, key)
    if not concerns(task, moves.by):
        raise NotAllowed(f"User task {key} ('{task.name}') belongs to {whose(task)}, not to {moves.by.id}.")
    is_update = task.state is TaskState.CREATED and updates_by_comments(moves, row, task)
    if is_update:
        moves.hold(row)
    made = user_tasks.comment(moves.tx, task, moves.by.id, said, moves.now)
    moves.tell(row, events.TASK_COMMENTED, element=_place(task), task_key=str(key), text=said)
    if is_update:
        _updated(moves, (task, row), Asked(UPDATING))
    return made


def complete(moves: Moves, forms: Forms, key: int, given: Mapping[str, Json], action: str = "") -> UserTask:
    """Finish a task with its result. Raises `InvalidInput` with the form's faults."""
    task, row = user_tasks.lock(moves.tx, key)
    check_may_work(task, moves.by)
    if task.is_review:
        raise IllegalMove(f"User task {key} is a review. Decide it: approve, edit or reject.")
    duties.check_may_end(moves, row, task)
    return _finish(moves, forms, (task, row), given, None, action)


def decide(  # noqa: PLR0913 - what a decision says
    moves: Moves,
    forms: Forms,
    held: tuple[UserTask, InstanceRow],
    decision: str,
    *,
    reason: str,
    given: Mapping[str, Json],
    shown: Shown,
) -> UserTask:
    """Complete an ordinary task with a decision; the caller has checked that it is the actor's.

    The variable `approval` says what was decided, and a boolean form field `approved` is set with it.
    """
    task, _ = held
    if decision in ("edit", "respond"):
        text = "Only a review can be edited or answered. Approve or reject this task, with the variables to change."
        raise InvalidInput(text, {"decision": "expected approve or reject"})
    is_approved = decision == "approve"
    verdict = {"decision": decision, "reason": reason, "by": moves.by.id, "at": moment(moves.now)}
    variables = {**given, "approval": {**verdict, "approved": is_approved}}
    verdict |= shown.told
    if forms.has_approved_field(moves, task):
        variables.setdefault("approved", is_approved)
    return _finish(moves, forms, held, variables, verdict)


def _finish(
    moves: Moves,
    forms: Forms,
    held: tuple[UserTask, InstanceRow],
    given: Mapping[str, Json],
    verdict: Mapping[str, Json] | None,
    action: str = "",
) -> UserTask:
    task, row = held
    given = _answer(moves, forms, task, given)
    how = End(moves.by.id, moves.now, task.assignee or moves.by.id, verdict)
    moves.hold_all([row])  # reads what it needs before anything is written: a question costs a round trip
    if listens(moves, row, task, COMPLETING):
        user_tasks.begin(moves.tx, task.key, TaskState.COMPLETING, how)
        approvals.decided(moves, row, task, _approved(given, verdict), given)
        duties.has_acted(moves, row)
        if verdict is not None:
            moves.tell(row, events.TASK_DECIDED, element=_place(task), task_key=str(task.key), **verdict)
        changes = {"assignee": how.assignee} if how.assignee != task.assignee else {}
        return ask(moves, row, task, Asked(COMPLETING, changes, given, action))
    user_tasks.end(moves.tx, task.key, how)
    row.open_tasks -= 1
    approvals.decided(moves, row, task, _approved(given, verdict), given)
    duties.has_acted(moves, row)
    moves.tell(row, events.TASK_COMPLETED, element=_place(task), task_key=str(task.key), variables=dict(given))
    if verdict is not None:
        moves.tell(row, events.TASK_DECIDED, element=_place(task), task_key=str(task.key), **verdict)
    moves.resume(row, command(task, Asked(COMPLETING, variables=given)))
    return user_tasks.ended(task, how)


def _approved(given: Mapping[str, Json], verdict: Mapping[str, Json] | None) -> Json:
    """What a decision says, else the variable `approved`."""
    return given.get("approved") if verdict is None else verdict["decision"] == "approve"


def _answer(moves: Moves, forms: Forms, task: UserTask, given: Mapping[str, Json]) -> Mapping[str, Json]:
    """What the input means by the task's form. A field may have its value already, in a variable or by default.

    Only when the input alone does not do is the rest looked up. Raises `InvalidInput`.
    """
    form = task.form or {}
    fields = form["fields"] if form.get("type") == "generated" else []
    known: Mapping[str, Json] = given
    if missing(fields, given, frozenset(given)) or (faults := forms.faults(moves, task, given)):
        known = {**variable_rows.seen_by(moves.tx, [task.element_key])[task.element_key], **given}
        faults = forms.faults(moves, task, known, changed=frozenset(given))
    if faults:
        place, fault = next(iter(faults.items()))
        text = f"The form of '{task.name}' is not filled in right: {place} {fault}."
        raise InvalidInput(text, faults, within="variables")
    return {**missing(fields, known, frozenset(given)), **typed(fields, given)} if fields else given


def update(moves: Moves, key: int, given: Mapping[str, Json], action: str = "") -> UserTask:
    """Change candidates, dates or priority of a task: its assignee may, and operators.

    `given` has Camunda's names (candidateGroups, candidateUsers, dueDate, followUpDate, priority); null keeps, "" and
    [] clear.
    """
    changes = corrected(given, may_assign=False)
    task, row = user_tasks.lock(moves.tx, key)
    check_open(task)
    if not may_work(task, moves.by) and not moves.by.has(Role.OPERATOR):
        raise NotAllowed(f"User task {key} ('{task.name}') belongs to {whose(task)}, not to {moves.by.id}.")
    if task.is_review:
        raise IllegalMove(f"User task {key} is a review. Decide it: approve, edit or reject.")
    if not moves.by.has(Role.OPERATOR):
        duties.check_may_act(moves, row, task, moves.by.id)
    moves.hold(row)
    moves.tell(row, events.TASK_UPDATED, element=_place(task), task_key=str(key), changes=dict(changes))
    return _updated(moves, (task, row), Asked(UPDATING, dated(changes), action=action))


def _updated(moves: Moves, held: tuple[UserTask, InstanceRow], asked: Asked) -> UserTask:
    """Let listeners hear of a change, and make it."""
    task, row = held
    if listens(moves, row, task, UPDATING):
        user_tasks.begin(moves.tx, task.key, TaskState.UPDATING)
        return ask(moves, row, task, asked)
    moves.resume(row, command(task, replace(asked, action="")))
    return user_tasks.find(moves.tx, task.key)


def _give(
    moves: Moves, held: tuple[UserTask, InstanceRow], assignee: str | None, event: str, action: str = ""
) -> UserTask:
    task, row = held
    moves.hold(row)
    moves.tell(row, event, element=_place(task), task_key=str(task.key), assignee=assignee, before=task.assignee)
    asked = Asked(ASSIGNING, {"assignee": assignee}, action=action or _ACTIONS[event])
    heard = None if task.is_review else listeners_of(moves, row, task, ASSIGNING)
    if heard is not None and heard.has_jobs:
        user_tasks.begin(moves.tx, task.key, TaskState.ASSIGNING)
        return ask(moves, row, task, asked)
    user_tasks.assign(moves.tx, task.key, assignee)
    if heard is not None:
        moves.resume(row, command(replace(task, assignee=assignee), asked))
        return user_tasks.find(moves.tx, task.key)
    return replace(task, assignee=assignee)


_ACTIONS = {
    events.TASK_CLAIMED: "claim",
    events.TASK_UNCLAIMED: "unassign",
    events.TASK_ASSIGNED: "assign",
    events.TASK_DELEGATED: "delegate",
    events.TASK_RESOLVED: "resolve",
}


def _place(task: UserTask) -> tuple[str, int]:
    return task.element_id, task.element_key
