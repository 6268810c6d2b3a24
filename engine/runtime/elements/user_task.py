"""User tasks: everything about the work is evaluated when the task is created, then a person is waited for.

Camunda 7's task listeners (create, assignment, complete) run on the spot and may change the task.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bpmn import languages, timers
from bpmn.errors import EvaluationError
from bpmn.model import FlowNode, FormReference
from bpmn.model import UserTask as UserTaskModel
from engine.runtime.bindings import CompiledBinding
from engine.runtime.elements.activity import Activity
from engine.runtime.elements.variables import receive
from engine.runtime.formulas import Formula, formula
from engine.runtime.hosts import TaskHost
from engine.runtime.problem import EXTRACT_VALUE, Problem, Thrown
from engine.step import UserTaskChange, UserTaskWait

if TYPE_CHECKING:
    from engine.runtime.definition import Definition
    from engine.runtime.tokens import Token

Json = Any
HIGHEST_PRIORITY = 100
USUAL_PRIORITY = 50


class UserTask(Activity):
    """bpmn:userTask."""

    def __init__(self, definition: Definition, node: FlowNode, name: str = "") -> None:
        super().__init__(definition, node, name)
        task = node.user_task or UserTaskModel()
        self._task = _Draft(task, camunda8=definition.is_camunda8)
        self._headers = dict(task.headers)
        self._listeners = _Listeners(node)
        self.hears_assignment = self._listeners.hears("assignment")

    def work(self, token: Token) -> bool:
        """Create the task."""
        draft = self._task.evaluate(token)
        draft["name"] = self.node.name or self.id
        self._listeners.run("create", token, draft)
        if draft["assignee"]:
            self._listeners.run("assignment", token, draft)
        token.workflow.wait(token, UserTaskWait(token.id, self.id, headers=self._headers, **draft))
        return False

    def assigned(self, token: Token, assignee: str | None) -> None:
        """The assignee changed: the assignment listeners hear of it, and may change the task again."""
        draft: dict[str, Any] = {"name": self.node.name or self.id, "assignee": assignee}
        self._listeners.run("assignment", token, draft)
        if draft["assignee"] != assignee:
            token.workflow.step.user_task_changes.append(UserTaskChange(token.id, assignee=draft["assignee"]))

    def complete_work(self, token: Token, variables: Mapping[str, Json]) -> None:
        """A person is done."""
        if self._listeners.hears("complete"):
            receive(token, variables, self.output_mappings)
            self._listeners.run("complete", token, {"name": self.node.name or self.id})
            variables = {}
        self.complete_with(token, variables)


class _Draft:
    """The compiled attributes of a user task."""

    def __init__(self, task: UserTaskModel, *, camunda8: bool) -> None:
        self._assignee = formula(task.assignee)
        self._groups = formula(task.candidate_groups)
        self._users = formula(task.candidate_users)
        self._due = formula(task.due_date)
        self._follow_up = formula(task.follow_up_date)
        self._priority = formula(task.priority)
        self._form = _Form(task.form) if task.form else None
        self._bounded = camunda8

    def evaluate(self, token: Token) -> dict[str, Any]:
        return {
            "assignee": self._assignee.optional_text(token) if self._assignee else None,
            "candidate_groups": self._groups.names(token) if self._groups else (),
            "candidate_users": self._users.names(token) if self._users else (),
            "due_at": _moment(self._due, token),
            "follow_up_at": _moment(self._follow_up, token),
            "priority": self._evaluate_priority(token),
            "form": self._form.evaluate(token) if self._form else None,
        }

    def _evaluate_priority(self, token: Token) -> int:
        if self._priority is None:
            return USUAL_PRIORITY
        found = self._priority.integer(token)
        if self._bounded and not 0 <= found <= HIGHEST_PRIORITY:
            raise Problem(EXTRACT_VALUE, f"The priority must be from 0 to {HIGHEST_PRIORITY}, but is {found}.")
        return found


class _Form:
    """A form reference, evaluated to JSON: `type` is form-id, embedded, key, external or generated."""

    def __init__(self, form: FormReference) -> None:
        self._form = form
        self._id, self._key, self._external = formula(form.id), formula(form.key), formula(form.external)
        self._binding = CompiledBinding(form.binding) if form.binding else None
        self._defaults = {field.id: Formula(field.default) for field in form.fields if field.default}

    def evaluate(self, token: Token) -> dict[str, Json]:
        if self._id is not None:
            binding = self._binding.evaluate(token) if self._binding else ("latest", "")
            return {"type": "form-id", "formId": self._id.text(token), "binding": list(binding)}
        if self._form.embedded_id:
            return {"type": "embedded", "formId": self._form.embedded_id}
        if self._external is not None:
            return {"type": "external", "reference": self._external.text(token)}
        if self._key is not None:
            return {"type": "key", "key": self._key.text(token)}
        return {"type": "generated", "fields": [self._field(field, token) for field in self._form.fields]}

    def _field(self, field: Any, token: Token) -> dict[str, Json]:
        default = self._defaults.get(field.id)
        return {
            "id": field.id,
            "label": field.label,
            "type": field.type,
            "default": default.value(token) if default else None,
            "values": [list(pair) for pair in field.values],
            "constraints": [list(pair) for pair in field.constraints],
            "properties": dict(field.properties),
            "datePattern": field.date_pattern,
        }


class _Listeners:
    """Camunda 7's task listeners with an expression or script."""

    def __init__(self, node: FlowNode) -> None:
        self._by_event: dict[str, list[Any]] = {}
        for listener in node.listeners:
            if listener.kind == "task":
                run = Formula(listener.expression) if listener.expression else listener.script
                self._by_event.setdefault(listener.event, []).append(run)

    def hears(self, event: str) -> bool:
        return event in self._by_event

    def run(self, event: str, token: Token, draft: dict[str, Any]) -> None:
        for listener in self._by_event.get(event, ()):
            process = token.workflow
            objects = {**process.hosts(token), "task": TaskHost(token, draft, event)}
            variables = process.scopes.visible(token)
            try:
                if isinstance(listener, Formula):
                    languages.compile(listener.expression).evaluate(
                        variables, now=process.services.now, objects=objects
                    )
                else:
                    languages.run_script(listener, variables, now=process.services.now, objects=objects)
            except languages.ScriptedError as error:
                raise Thrown(error.error_code, error.message) from error
            except EvaluationError as error:
                raise Problem(EXTRACT_VALUE, f"The task listener for '{event}' failed: {error}") from error


def _moment(date: Formula | None, token: Token) -> datetime | None:
    """A date and time from a temporal value, ISO text or a period from now; null and empty text give none."""
    if date is None:
        return None
    found = date.raw(token)
    if found is None or found == "":
        return None
    try:
        return timers.moment(found, token.workflow.services.now)
    except EvaluationError as error:
        raise Problem(EXTRACT_VALUE, f"The date '{date.expression.text}' cannot be used: {error}") from error
