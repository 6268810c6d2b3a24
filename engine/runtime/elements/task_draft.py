"""What a user task is made of, evaluated into a draft: assignee, candidates, dates, priority, form."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bpmn import timers
from bpmn.errors import EvaluationError
from bpmn.model import FormReference
from bpmn.model import UserTask as UserTaskModel
from engine.runtime.bindings import CompiledBinding
from engine.runtime.formulas import Formula, formula
from engine.runtime.problem import EXTRACT_VALUE, FORM_NOT_FOUND, Problem

if TYPE_CHECKING:
    from engine.runtime.tokens import Token

Json = Any
Draft = dict[str, Any]
HIGHEST_PRIORITY = 100
USUAL_PRIORITY = 50
_DATES = ("due_at", "follow_up_at", "created_at")


class TaskDraft:
    """The compiled attributes of a user task."""

    def __init__(self, task: UserTaskModel, *, camunda8: bool) -> None:
        self._assignee = formula(task.assignee)
        self._groups = formula(task.candidate_groups)
        self._users = formula(task.candidate_users)
        self._due = formula(task.due_date)
        self._follow_up = formula(task.follow_up_date)
        self._priority = formula(task.priority)
        self._form = _Form(task.form, camunda8=camunda8) if task.form else None
        self._bounded = camunda8

    def evaluate(self, token: Token) -> Draft:
        """Everything, as `UserTaskWait` names it. Raises `Problem`."""
        return {
            "assignee": self._evaluate_assignee(token),
            "candidate_groups": self._groups.names(token) if self._groups else (),
            "candidate_users": self._users.names(token) if self._users else (),
            "due_at": _moment(self._due, token),
            "follow_up_at": _moment(self._follow_up, token),
            "priority": self._evaluate_priority(token),
            "form": self._form.evaluate(token) if self._form else None,
        }

    def _evaluate_assignee(self, token: Token) -> str | None:
        if self._assignee is None:
            return None
        return self._assignee.optional_text(token, numbers=not self._bounded)

    def _evaluate_priority(self, token: Token) -> int:
        if self._priority is None:
            return USUAL_PRIORITY
        found = self._priority.integer(token)
        if self._bounded and not 0 <= found <= HIGHEST_PRIORITY:
            raise Problem(EXTRACT_VALUE, f"The priority must be from 0 to {HIGHEST_PRIORITY}, but is {found}.")
        return found


def packed(draft: Mapping[str, Any]) -> dict[str, Json]:
    """A draft as a token's memo can hold it: JSON, dates as ISO text."""
    plain: dict[str, Any] = {name: list(value) if isinstance(value, tuple) else value for name, value in draft.items()}
    return plain | {name: plain[name].isoformat() for name in _DATES if plain.get(name)}


def unpacked(memo: Mapping[str, Json]) -> Draft:
    """The draft of `packed`."""
    dates = {name: datetime.fromisoformat(memo[name]) for name in _DATES if memo.get(name)}
    names = {name: tuple(memo[name] or ()) for name in ("candidate_groups", "candidate_users") if name in memo}
    return {**memo, **dates, **names}


class _Form:
    """A form reference, evaluated to JSON: `type` is form-id, embedded, key, external or generated."""

    def __init__(self, form: FormReference, *, camunda8: bool) -> None:
        self._form = form
        self._must_exist = camunda8
        self._id, self._key, self._external = formula(form.id), formula(form.key), formula(form.external)
        self._binding = CompiledBinding(form.binding) if form.binding else None
        self._defaults = {field.id: Formula(field.default) for field in form.fields if field.default}

    def evaluate(self, token: Token) -> dict[str, Json]:
        if self._id is not None:
            binding = self._binding.evaluate(token) if self._binding else ("latest", "")
            form_id = self._id.text(token)
            form = {"type": "form-id", "formId": form_id, "binding": list(binding)}
            return form | self._found(token, form_id, binding)
        if self._form.embedded_id:
            return {"type": "embedded", "formId": self._form.embedded_id}
        if self._external is not None:
            return {"type": "external", "reference": self._external.text(token)}
        if self._key is not None:
            return {"type": "key", "key": self._key.text(token)}
        return {"type": "generated", "fields": [self._field(field, token) for field in self._form.fields]}

    def _found(self, token: Token, form_id: str, binding: tuple[str, str]) -> dict[str, Json]:
        """Camunda 8 fixes the version when the element begins, and cannot begin without (zeebe-extensions §2)."""
        find = token.workflow.services.find_form
        if not self._must_exist or find is None:
            return {}
        found = find(form_id, binding)
        if found is None:
            which = "" if binding[0] == "latest" else f" with the binding {' '.join(binding).strip()}"
            text = f"No form '{form_id}'{which} is deployed. Deploy it, then resolve the incident."
            raise Problem(FORM_NOT_FOUND, text)
        key, version = found
        return {"formKey": str(key), "version": version}

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
