"""People's work: finding it, taking it, doing it, talking about it."""

from __future__ import annotations

from typing import Any, Literal

from flask import Response
from pydantic import AwareDatetime, Field

from api.context import actor, engine
from api.rest.nouns import noun
from api.rest.shapes import Body, KeyIn, Name, PageQuery, PathKeys, TenantIn, Variables, page_of, shown
from api.rest.sight import task_in_sight, whose_tasks
from api.rest.views.people import CommentList, CommentView, FormView, TaskPage, TaskView
from engine.queries import TaskFilter
from engine.states import OPEN_TASKS, TaskState
from engine.store.user_tasks import UserTask

_DONE_OR_UNDER_WAY: dict[Any, Any] = {200: TaskView, 202: TaskView}

tasks = noun("tasks", "User tasks: work that waits for a person, reviews of AI answers among it.")


class TasksQuery(PageQuery):
    """Which tasks. Approvers see their own and their groups' tasks; operators and auditors see all."""

    assignee: str = Field(default="", max_length=255)
    candidate_group: str = Field(default="", max_length=255)
    candidate_user: str = Field(default="", max_length=255)
    state: TaskState | Literal["all"] = Field(default=TaskState.CREATED, description="`created` are the open ones.")
    instance_key: KeyIn | None = None
    due_before: AwareDatetime | None = None
    tenant_id: TenantIn = Field(default="", description="Only this tenant's.")
    mine: bool = Field(default=False, description="Only what the caller, or a group of theirs, may do.")


class TaskPath(PathKeys):
    """A task."""

    task_key: KeyIn


class AssignBody(Body):
    """Whom to give the task."""

    assignee: Name = Field(description="A user's id.")


class DelegateBody(Body):
    """Who acts for the assignee."""

    to: Name = Field(description="A user's id.")


class UpdateBody(Body):
    """What changes, by Camunda's names; what is left out or null stays, an empty text or list clears."""

    changeset: Variables = Field(description="candidateGroups, candidateUsers, dueDate, followUpDate, priority.")


class CompleteBody(Body):
    """The result."""

    variables: Variables = Field(default={})


class CommentBody(Body):
    """What to say."""

    text: str = Field(min_length=1, max_length=10_000)


class NothingBody(Body):
    """No fields: the request needs no body."""


@tasks.get("", responses={200: TaskPage})
def listing(query: TasksQuery) -> Response:
    """Tasks, newest first."""
    wanted = TaskFilter(
        assignee=query.assignee,
        candidate_group=query.candidate_group,
        candidate_user=query.candidate_user,
        state=None if query.state == "all" else query.state,
        instance_key=query.instance_key or 0,
        due_before=query.due_before,
        tenant_ids=[query.tenant_id] if query.tenant_id else [],
        visible_to=actor() if query.mine else whose_tasks(actor()),
    )
    return shown(TaskPage, engine().queries.tasks(wanted, page_of(query)))


@tasks.get("/<task_key>", responses={200: TaskView})
def show(path: TaskPath) -> Response:
    """One task."""
    return shown(TaskView, task_in_sight(path.task_key))


@tasks.get("/<task_key>/form", responses={200: FormView})
def form(path: TaskPath) -> Response:
    """What to fill in: the form's schema or fields, and the values that are known."""
    task_in_sight(path.task_key)
    return shown(FormView, engine().queries.task_form(path.task_key))


@tasks.patch("/<task_key>", responses=_DONE_OR_UNDER_WAY)
def update(path: TaskPath, body: UpdateBody) -> Response:
    """Change candidates, dates or priority of a task."""
    return _answer(engine().update_task(path.task_key, body.changeset, by=actor()))


@tasks.post("/<task_key>/claim", responses=_DONE_OR_UNDER_WAY)
def claim(path: TaskPath, body: NothingBody) -> Response:
    """Take a task that nobody has."""
    return _answer(engine().claim_task(path.task_key, by=actor()))


@tasks.post("/<task_key>/unclaim", responses=_DONE_OR_UNDER_WAY)
def unclaim(path: TaskPath, body: NothingBody) -> Response:
    """Give a task back to its candidates."""
    return _answer(engine().unclaim_task(path.task_key, by=actor()))


@tasks.post("/<task_key>/assign", responses=_DONE_OR_UNDER_WAY)
def assign(path: TaskPath, body: AssignBody) -> Response:
    """Give a task to somebody."""
    return _answer(engine().assign_task(path.task_key, body.assignee, by=actor()))


@tasks.post("/<task_key>/delegate", responses=_DONE_OR_UNDER_WAY)
def delegate(path: TaskPath, body: DelegateBody) -> Response:
    """Let somebody act for the assignee, or for the caller when nobody has the task. Both count as having done it."""
    return _answer(engine().delegate_task(path.task_key, body.to, by=actor()))


@tasks.post("/<task_key>/resolve", responses=_DONE_OR_UNDER_WAY)
def resolve(path: TaskPath, body: NothingBody) -> Response:
    """Give a delegated task back to for whom one acted."""
    return _answer(engine().resolve_task(path.task_key, by=actor()))


@tasks.post("/<task_key>/complete", responses=_DONE_OR_UNDER_WAY)
def complete(path: TaskPath, body: CompleteBody) -> Response:
    """Finish a task with its result. A review of an AI answer is decided under /approvals instead."""
    return _answer(engine().complete_task(path.task_key, body.variables, by=actor()))


def _answer(task: UserTask) -> Response:
    """The task: done with 200, or with 202 while listeners must hear of it first and its state says what is asked."""
    is_under_way = task.state in OPEN_TASKS and task.state is not TaskState.CREATED
    return shown(TaskView, task, 202 if is_under_way else 200)


@tasks.get("/<task_key>/comments", responses={200: CommentList})
def comments(path: TaskPath) -> Response:
    """What was said about a task, oldest first."""
    task_in_sight(path.task_key)
    return shown(CommentList, {"items": engine().queries.comments(path.task_key)})


@tasks.post("/<task_key>/comments", responses={201: CommentView})
def comment(path: TaskPath, body: CommentBody) -> Response:
    """Say something about a task; it stays in the audit trail."""
    task_in_sight(path.task_key)
    return shown(CommentView, engine().comment_task(path.task_key, body.text, by=actor()), 201)
