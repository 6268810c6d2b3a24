"""Views of people's work: tasks, reviews, comments, forms."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from api.rest.shapes import Key, Moment, View
from api.rest.views.fields import Names, Next, ProcessKey


class ReviewView(View):
    """The evidence of a review: what a model proposed, and why a person is asked."""

    proposal: Any = None
    schema_: Any = Field(default=None, alias="schema")
    faults: list[str] = Field(default=[])
    confidence: float | None = None
    cost: Any = None
    recommendation: str = ""
    source: Any = None


class DecisionMadeView(View):
    """What was decided, by whom and why."""

    decision: str
    by: str
    reason: str = ""
    at: Moment | str | None = None


class TaskView(View):
    """A user task. `kind` is task or review; a review carries its evidence."""

    key: Key
    kind: str
    name: str
    state: str = Field(description="created, completed or canceled.")
    instance_key: Key
    element_key: Key
    element_id: str
    process_id: str
    process_key: ProcessKey
    assignee: str | None
    candidate_groups: Names
    candidate_users: Names
    due_at: Moment | None
    follow_up_at: Moment | None
    priority: int
    created_at: Moment
    ended_at: Moment | None
    ended_by: str = ""
    review: ReviewView | None = None
    decision: DecisionMadeView | None = None
    tenant_id: str


class TaskPage(View):
    """A page of tasks."""

    items: list[TaskView]
    next: Next = None


class CommentView(View):
    """Something said about a task."""

    key: Key
    author: str
    text: str
    created_at: Moment


class CommentList(View):
    """What was said about a task."""

    items: list[CommentView]


class FormView(View):
    """What to fill in. `type` is camunda-form (`schema`), generated (`fields`), external (`key`) or none."""

    type: str
    schema_: Any = Field(default=None, alias="schema")
    fields_: Any = Field(default=None, alias="fields")
    key: str | None = Field(default=None, description="A form that lives elsewhere.")
    form_id: str = ""
    version: int = 0
    variables: dict[str, Any] | None = Field(default=None, description="The values that are known.")
    data: dict[str, Any] | None = Field(
        default=None, description="What the fields hold at first: the variable's value, else the default."
    )
    texts: dict[str, dict[str, Any]] | None = Field(
        default=None,
        description="Labels and texts of the schema that are FEEL or hold `{{...}}`, as form-js shows them over the "
        "data: by component id and property, within a list one per entry.",
    )
