"""The verbs of people's work: claim, assign, complete, comment, decide."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine import duties, reviews, user_tasks
from engine.actors import Actor
from engine.engine.base import Verbs
from engine.errors import InvalidInput
from engine.evidence import Shown, check_shown
from engine.moves import Moves
from engine.store import user_tasks as rows
from engine.store.user_tasks import Comment, UserTask
from engine.variables import checked, checked_reason

Json = Any


class TaskVerbs(Verbs):
    """People's work. Who may do what is in `engine.user_tasks.rules`; what is not theirs is `NotAllowed`.

    When listeners must hear of it first, a verb returns the task as assigning, updating or completing: under way. They
    are told the `action`, a word of the caller's own (Camunda 8), or what it is usually called.
    """

    def claim_task(self, task_key: int, *, by: Actor, action: str = "") -> UserTask:
        """Take a task that nobody has."""
        return self._asked("claim_task", by, lambda moves: user_tasks.claim(moves, task_key, action))

    def unclaim_task(self, task_key: int, *, by: Actor) -> UserTask:
        """Give a task back to its candidates."""
        return self._asked("unclaim_task", by, lambda moves: user_tasks.unclaim(moves, task_key))

    def assign_task(
        self, task_key: int, assignee: str, *, by: Actor, action: str = "", overrides: bool = True
    ) -> UserTask:
        """Give a task to somebody; operators may. Without `overrides`, only one that nobody has: else `IllegalMove`."""

        def act(moves: Moves) -> UserTask:
            return user_tasks.assign(moves, task_key, assignee, action, overrides=overrides)

        return self._asked("assign_task", by, act)

    def delegate_task(self, task_key: int, to: str, *, by: Actor) -> UserTask:
        """Let somebody act for the assignee; both count as having done it. Raises `Separated`."""
        return self._asked("delegate_task", by, lambda moves: user_tasks.delegate(moves, task_key, to))

    def resolve_task(self, task_key: int, *, by: Actor) -> UserTask:
        """Give a delegated task back to for whom one acted."""
        return self._asked("resolve_task", by, lambda moves: user_tasks.resolve(moves, task_key))

    def update_task(self, task_key: int, changes: Mapping[str, Json], *, by: Actor, action: str = "") -> UserTask:
        """Change candidateGroups, candidateUsers, dueDate, followUpDate or priority; null keeps, "" and [] clear."""
        return self._asked("update_task", by, lambda moves: user_tasks.update(moves, task_key, changes, action))

    def complete_task(
        self, task_key: int, variables: Mapping[str, Json] | None = None, *, by: Actor, action: str = ""
    ) -> UserTask:
        """Finish a task with its result. Raises `InvalidInput` with the faults of its form."""
        given = checked(variables)

        def act(moves: Moves) -> UserTask:
            return user_tasks.complete(moves, self.library.forms, task_key, given, action)

        return self._asked("complete_task", by, act)

    def comment_task(self, task_key: int, text: str, *, by: Actor) -> Comment:
        """Say something about a task; in Camunda 7 its listeners for updates hear of it. Raises `StepFailed`."""
        return self._asked("comment_task", by, lambda moves: user_tasks.comment(moves, task_key, text))

    def decide(
        self,
        task_key: int,
        decision: str,
        *,
        by: Actor,
        reason: str = "",
        variables: Mapping[str, Json] | None = None,
        shown: Shown | None = None,
    ) -> UserTask:
        """Approve, reject, edit or respond.

        A review: approve takes the proposal, edit takes `variables["output"]` (checked against the review's schema),
        reject gives null; each completes the service task. Respond tells the model the `reason`, and it answers once
        more. An ordinary task: it completes with `variables` and `approval` = {decision, approved, reason, by, at}.
        `shown` is what the person saw; raises `Conflict` when that is not what there is to see now.
        """
        seen = shown or Shown()
        if decision not in reviews.DECISIONS:
            known = ", ".join(reviews.DECISIONS)
            raise InvalidInput(f"'{str(decision)[:60]}' is no decision. Say {known}.", {"decision": f"one of {known}"})
        checked_reason(reason)
        given = checked(variables)

        def act(moves: Moves) -> UserTask:
            held = rows.lock(moves.tx, task_key)
            user_tasks.check_may_work(held[0], moves.by)
            duties.check_may_end(moves, held[1], held[0])
            check_shown(moves.tx, held[0], seen)
            if held[0].is_review:
                return reviews.decide(moves, held, decision, reason=reason, given=given, shown=seen)
            forms = self.library.forms
            return user_tasks.decide(moves, forms, held, decision, reason=reason, given=given, shown=seen)

        return self._asked("decide", by, act)
