"""User tasks: everything about the work is evaluated when the task is created, then a person is waited for.

What is done to a task (created, assigned, changed, completed) is told to its listeners first. As long as a worker is
busy with one, the task stays as it was; a listener may correct what was asked, or deny it (zeebe-extensions §9).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.util.task import TaskState

from bpmn.model import FlowNode
from bpmn.model import UserTask as UserTaskModel
from engine import events
from engine.commands import ChangeTask, ListenerDone
from engine.runtime.elements.activity import Activity
from engine.runtime.elements.base import WORK
from engine.runtime.elements.listeners import LISTENING, NEXT, Listeners
from engine.runtime.elements.task_draft import Draft, TaskDraft, packed, unpacked
from engine.runtime.elements.task_listeners import ASSIGNING, CANCELING, COMPLETING, CREATING, UPDATING, TaskListeners
from engine.runtime.elements.task_timeout import task_timeouts
from engine.runtime.elements.variables import receive
from engine.runtime.formulas import Formula, formula
from engine.runtime.problem import Problem
from engine.step import UserTaskChange, UserTaskWait

if TYPE_CHECKING:
    from engine.runtime.definition import Definition
    from engine.runtime.tokens import Token

Json = Any

# What the memo holds: the task while it is being created, what was asked of it later, and the phase of that.
DRAFT, STAGE, ASKED = "draft", "stage", "asked"
_BORN = (CREATING, ASSIGNING)


class UserTask(Activity):
    """bpmn:userTask."""

    def __init__(self, definition: Definition, node: FlowNode, name: str = "") -> None:
        super().__init__(definition, node, name)
        task = node.user_task or UserTaskModel()
        self._draft = TaskDraft(task, camunda8=definition.is_camunda8)
        self._id_variable, self._completer_variable = formula(task.id_variable), formula(task.completer_variable)
        self._headers = dict(task.headers)
        self._listeners = TaskListeners(node)
        if canceling := self._listeners.get(CANCELING):
            self._last_words = canceling.followed_by(self._last_words)
        self.boundaries = task_timeouts(definition, node)

    def listeners_of(self, event: str) -> Listeners | None:
        """What must hear of it when something happens to the task."""
        return self._listeners.get(event)

    def work(self, token: Token) -> bool:
        """Create the task, once its listeners for that are done."""
        memo = token.memo
        draft = unpacked(memo.pop(DRAFT)) if DRAFT in memo else self._new_draft(token)
        if not self._listeners or self._is_told(token, draft):
            memo.pop(STAGE, None)
            self._tell(token, self._id_variable, str(draft.get("key")))
            token.workflow.wait(token, UserTaskWait(token.id, self.id, headers=self._headers, **draft))
        return False

    def complete_work(self, token: Token, variables: Mapping[str, Json]) -> None:
        """A person is done."""
        self.change_task(token, ChangeTask(token.id, COMPLETING, variables=variables))

    def change_task(self, token: Token, asked: ChangeTask) -> None:
        """The task is to be assigned, changed or completed: done at once, unless a listener must hear of it first."""
        if self._listeners.get(asked.event) is None:
            self._do(token, asked.event, dict(asked.changes), asked.variables, settled=asked.event == UPDATING)
            return
        token.memo[ASKED] = {
            "event": asked.event,
            "task": {"name": self.node.name or self.id, **packed(asked.task)},
            "changes": packed(asked.changes),
            "variables": dict(asked.variables),
        }
        self._show(token, asked.event, asked.variables)
        self._go_on(token)

    def heard(self, token: Token, done: ListenerDone) -> None:
        """A worker is done with a listener; task listeners may deny or correct (zeebe-extensions §9)."""
        phase = token.memo[LISTENING]
        if phase not in (WORK, ASKED):
            super().heard(token, done)
            return
        del token.memo[LISTENING]
        if self.definition.is_camunda7:
            token.workflow.scopes.merge(token, done.variables)
        if phase == WORK:
            self._heard_at_birth(token, done)
        else:
            self._heard_later(token, done)

    def retry(self, token: Token) -> None:
        """Try again the listener or phase that raised the incident."""
        if ASKED in token.memo:
            token._set_state(TaskState.STARTED)
            self._go_on(token)
        else:
            super().retry(token)

    def is_told_of_its_end(self, token: Token) -> bool:
        """The task is taken away, and its listeners hear of it."""
        token.memo.pop(ASKED, None)
        if self._last_words is None or (self.definition.is_camunda7 and not self._is_under_way(token)):
            return True
        return self._listeners.run_at_end(self._last_words, token, {"name": self.node.name or self.id})

    # While it is being created.

    def _new_draft(self, token: Token) -> Draft:
        draft = self._draft.evaluate(token)
        draft["name"] = self.node.name or self.id
        if self._listeners.has_jobs or self._id_variable is not None:
            draft["key"] = token.workflow.services.next_key()  # workers are told of a task that is not there yet
        return draft

    def _is_told(self, token: Token, draft: Draft) -> bool:
        memo = token.memo
        told = False
        try:
            for stage in range(memo.get(STAGE, 0), len(_BORN)):
                memo[STAGE] = stage
                is_concerned = _BORN[stage] == CREATING or draft["assignee"]
                if is_concerned and not self._listeners.run_at_birth(_BORN[stage], token, WORK, draft):
                    return False
            told = True
        finally:
            if not told:
                memo[DRAFT] = packed(draft)
        return True

    def _heard_at_birth(self, token: Token, done: ListenerDone) -> None:
        memo = token.memo
        memo[DRAFT] |= dict(done.corrections)
        if done.denied:  # of the assignment only
            memo[DRAFT]["assignee"] = None
            memo.pop(NEXT, None)
            memo[STAGE] = len(_BORN)
        memo["phase"] = WORK
        token._set_state(TaskState.READY)
        token.run()

    # Afterwards.

    def _go_on(self, token: Token) -> None:
        """The next listener of what was asked; after the last one it is done. A Problem leaves it undone."""
        asked = token.memo[ASKED]
        event, before = asked["event"], {**asked["task"], **asked["changes"]}
        draft = unpacked(before)
        try:
            is_told = self._listeners.run(event, token, ASKED, draft, asked["changes"])
        except Problem as problem:
            listeners = self._listeners.get(event)
            if listeners is None or not listeners.has_jobs:
                token.memo.pop(ASKED)
                raise
            token.workflow.raise_incident(token, problem)
            return
        after = packed(draft)
        asked["changes"] |= {name: value for name, value in after.items() if value != before.get(name)}
        if is_told:
            del token.memo[ASKED]
            self._hide(token, asked)
            self._do(token, event, unpacked(asked["changes"]), asked["variables"], settled=True)

    def _heard_later(self, token: Token, done: ListenerDone) -> None:
        asked = token.memo[ASKED]
        if done.denied:
            token.memo.pop(NEXT, None)
            del token.memo[ASKED]
            self._hide(token, asked)
            process = token.workflow
            process.step.user_task_changes.append(UserTaskChange(token.id, {}))
            process.note(events.TASK_DENIED, token, {"event": asked["event"], "reason": done.denied_reason})
            return
        asked["changes"] |= dict(done.corrections)
        if asked["event"] == COMPLETING and not self.definition.is_camunda7:
            asked["variables"] |= dict(done.variables)
            self._show(token, COMPLETING, done.variables)
        self._go_on(token)

    def _do(
        self, token: Token, event: str, changes: Draft, variables: Mapping[str, Json], *, settled: bool = False
    ) -> None:
        """Make what was asked come true. `settled` says that listeners had a word in it."""
        is_done = event == COMPLETING
        if settled:
            values = {name: value for name, value in changes.items() if name not in ("action", "key", "form")}
            token.workflow.step.user_task_changes.append(UserTaskChange(token.id, values, is_done=is_done))
        if is_done:
            self._tell(token, self._completer_variable, token.workflow.services.user)
            self.complete_with(token, {} if settled and self.definition.is_camunda7 else variables)

    def _tell(self, token: Token, variable: Formula | None, value: Json) -> None:
        """What Flowable tells the process of the task: its key, or who completed it."""
        name = variable.optional_text(token) if variable is not None else None
        if name:
            token.workflow.scopes.merge(token, {name: value})

    def _show(self, token: Token, event: str, variables: Mapping[str, Json]) -> None:
        """Let the listeners see what the person entered: in Camunda 7 it is a fact, in Camunda 8 it may be denied."""
        if event != COMPLETING:
            return
        scopes = token.workflow.scopes
        if self.definition.is_camunda7:
            receive(token, variables, self.output_mappings)
            return
        known = scopes.local(token.id)
        shown = {name: value for name, value in variables.items() if name not in known}
        token.memo[ASKED].setdefault("shown", []).extend(shown)
        scopes.set_local(token.id, shown)

    def _hide(self, token: Token, asked: Mapping[str, Json]) -> None:
        for name in asked.get("shown", ()):
            token.workflow.scopes.remove(token.id, name)
