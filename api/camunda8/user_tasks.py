"""The user task API of Camunda 8 (c8-rest.md): look for tasks, assign, change and complete them.

Who may see and do what is the same as under /api/v1. A command answers when the listeners that must hear of it first
are done; what one of them denies is a conflict.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, jsonify
from pydantic import Field

from api.camunda8.jobs import camunda8
from api.camunda8.routes import read_body
from api.camunda8.searching import (
    Property,
    QueryBody,
    answer,
    comparisons,
    key,
    moment,
    number,
    order,
    portion,
    text,
    values_of,
    variables_answer,
    word,
)
from api.camunda8.shapes import Camunda8Body, TaskChangeset
from api.camunda8.user_task_shapes import STATES, task_json
from api.camunda8.waiting import waited_for
from api.context import actor, engine
from api.keyed import is_keyed
from api.problems import Problem
from api.rest.shapes import OptionalName, Variables
from api.rest.sight import task_in_sight, whose_tasks
from engine import events
from engine.actors import Role
from engine.queries import AuditFilter, Comparison, Page, Search
from engine.states import OPEN_TASKS, TaskState
from engine.store.user_tasks import UserTask

__all__ = ["camunda8"]

Json = Any
LISTENERS_SECONDS = 10.0
_UNDER_WAY = frozenset(OPEN_TASKS) - {TaskState.CREATED}


class TaskAssignmentBody(Camunda8Body):
    """UserTaskAssignmentRequest."""

    assignee: OptionalName = ""
    allow_override: bool | None = None
    action: OptionalName | None = None


class TaskCompletionBody(Camunda8Body):
    """UserTaskCompletionRequest."""

    variables: Variables | None = None
    action: OptionalName | None = None


class TaskUpdateBody(Camunda8Body):
    """UserTaskUpdateRequest."""

    changeset: TaskChangeset = Field(default=TaskChangeset())
    action: OptionalName | None = None


FILTER: Mapping[str, Property] = {
    "userTaskKey": Property("key", key),
    "state": Property("state", word(STATES)),
    "name": Property("name", text, sorts=True),
    "assignee": Property("assignee", text),
    "priority": Property("priority", number, sorts=True),
    "elementId": Property("element_id", text),
    "elementInstanceKey": Property("element_key", key),
    "processInstanceKey": Property("instance_key", key),
    "processDefinitionId": Property("process_id", text),
    "processDefinitionKey": Property("definition_key", key),
    "candidateGroup": Property("candidate_group", text),
    "candidateUser": Property("candidate_user", text),
    "businessId": Property("business_key", text),
    "tenantId": Property("tenant_id", text),
    "creationDate": Property("created_at", moment, sorts=True),
    "completionDate": Property("ended_at", moment, sorts=True),
    "dueDate": Property("due_at", moment, sorts=True),
    "followUpDate": Property("follow_up_at", moment, sorts=True),
}
_VARIABLES = ("localVariables", "processInstanceVariables")


@camunda8.post("/user-tasks/search")
def search_tasks() -> Response:
    """Tasks by any of their facts, and by variables."""
    body = read_body(QueryBody)
    offset, limit = portion(body.page)
    own = {name: value for name, value in body.filter.items() if name not in (*_VARIABLES, "tags")}
    local, outer = (tuple(_variables(body.filter.get(name))) for name in _VARIABLES)
    wanted = comparisons(own, FILTER)
    found = engine().queries.find_tasks(
        Search(wanted, order(body, FILTER), offset, limit, local, outer, whose_tasks(actor()))
    )
    return answer(_shown(found.items), found.total, offset)


@camunda8.get("/user-tasks/<int:task_key>")
def show_task(task_key: int) -> Response:
    """One task."""
    return jsonify(_shown([task_in_sight(task_key)])[0])


@camunda8.post("/user-tasks/<int:task_key>/assignment")
def assign_task(task_key: int) -> Response:
    """Give a task to somebody. People who are no operators take it for themselves."""
    body = read_body(TaskAssignmentBody)
    if not body.assignee:
        raise Problem(400, "invalid-input", "No assignee provided.")
    by, action = actor(), body.action or ""
    if body.assignee == by.id and not by.has(Role.OPERATOR):
        return _heard(engine().claim_task(task_key, by=by, action=action))
    overrides = body.allow_override is not False
    return _heard(engine().assign_task(task_key, body.assignee, by=by, action=action, overrides=overrides))


@camunda8.delete("/user-tasks/<int:task_key>/assignee")
def unassign_task(task_key: int) -> Response:
    """Give a task back to its candidates."""
    return _heard(engine().unclaim_task(task_key, by=actor()))


@camunda8.post("/user-tasks/<int:task_key>/completion")
def complete_task(task_key: int) -> Response:
    """Finish a task with its result."""
    body = read_body(TaskCompletionBody)
    done = engine().complete_task(task_key, body.variables or {}, by=actor(), action=body.action or "")
    return _heard(done)


@camunda8.patch("/user-tasks/<int:task_key>")
def update_task(task_key: int) -> Response:
    """Change candidates, dates or priority of a task."""
    body = read_body(TaskUpdateBody)
    changes = body.changeset.model_dump(by_alias=True, exclude_none=True)
    if not changes and not body.action:
        said = 'No update data provided. Provide at least an "action" or a non-null value in the "changeset".'
        raise Problem(400, "invalid-input", said)
    return _heard(engine().update_task(task_key, changes, by=actor(), action=body.action or ""))


@camunda8.get("/user-tasks/<int:task_key>/form")
def task_form(task_key: int) -> Response:
    """The deployed form of a task; nothing for one that has none."""
    task = task_in_sight(task_key)
    form = engine().queries.task_form(task_key)
    form_key = (task.form or {}).get("formKey")
    if form.type != "camunda-form" or not form_key:
        return Response(status=204)
    return jsonify(
        tenantId=task.tenant_id,
        formId=form.form_id,
        schema=json.dumps(form.schema, ensure_ascii=False),
        version=form.version,
        formKey=form_key,
    )


@camunda8.post("/user-tasks/<int:task_key>/variables/search")
def task_variables(task_key: int) -> Response:
    """The variables of every scope that the task sees."""
    return _variables_of(task_key, effective=False)


@camunda8.post("/user-tasks/<int:task_key>/effective-variables/search")
def effective_task_variables(task_key: int) -> Response:
    """The variables that the task sees: of each name, the one in the nearest scope."""
    return _variables_of(task_key, effective=True)


def _variables_of(task_key: int, *, effective: bool) -> Response:
    task = task_in_sight(task_key)
    scopes = engine().queries.task_variables(task_key)
    if effective:
        seen: set[str] = set()
        nearest = []
        for scope, values in scopes:
            nearest.append((scope, {name: value for name, value in values.items() if name not in seen}))
            seen |= values.keys()
        scopes = nearest
    instance = engine().queries.all_instances([task.instance_key])[task.instance_key]
    return variables_answer(scopes, instance)


def _variables(given: Json) -> Sequence[Comparison]:
    """Filters of variables, `[{name, value}]`: a value is the JSON text of what it must be."""
    if given is None:
        return ()
    if not isinstance(given, list) or not all(
        isinstance(one, Mapping) and one.keys() == {"name", "value"} for one in given
    ):
        raise Problem(400, "bad-request", "A filter of variables is a list of objects with name and value.")
    return [
        Comparison(text("name", one["name"]), operator, operand)
        for one in given
        for operator, operand in values_of("value", one["value"])
    ]


def _names_a_value(one: Json) -> bool:
    return isinstance(one, Mapping) and one.keys() == {"name", "value"}


def _shown(tasks: Sequence[UserTask]) -> list[dict[str, Json]]:
    instances = engine().queries.all_instances(task.instance_key for task in tasks)
    definitions = {one: engine().queries.process(one) for one in {task.definition_key for task in tasks}}
    return [task_json(task, instances[task.instance_key], definitions[task.definition_key]) for task in tasks]


def _heard(task: UserTask) -> Response:
    """204 when it is done. Raises `Problem` 409 when a listener denied it, 504 when the listeners take too long."""
    if task.state not in _UNDER_WAY or is_keyed():
        return Response(status=204)
    settled = waited_for(lambda: _settled(task.key), LISTENERS_SECONDS)
    if settled is None:
        raise Problem(
            504, "not-in-time", f"Listeners are still busy with user task {task.key}; it is {task.state.value}."
        )
    reason = _denial(task)
    if reason is not None:
        said = f"Command rejected with code 'INVALID_STATE': a task listener denied it. Reason: '{reason}'"
        raise Problem(409, "illegal-move", said)
    return Response(status=204)


def _settled(task_key: int) -> UserTask | None:
    task = engine().queries.task(task_key)
    return None if task.state in _UNDER_WAY else task


def _denial(task: UserTask) -> str | None:
    """Why the last thing that was asked of the task was denied; None when it was not."""
    records = engine().queries.audit(AuditFilter(instance_key=task.instance_key), Page(100)).items
    for record in records:
        facts = json.loads(record.payload or "{}").get("events", [])
        for one in reversed(facts):
            if one.get("element_key") != str(task.element_key):
                continue
            if one["type"] == events.TASK_DENIED:
                return str(one.get("data", {}).get("reason", ""))
            if one["type"] == events.TASK_ASKED:
                return None
    return None
