"""Views of what has been, and how long it is kept."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from api.rest.shapes import Key, Moment, View
from api.rest.views.fields import Next


class PastValueView(View):
    """A value that a variable had."""

    scope_key: Key = Field(description="The instance itself, or an element that had the variable for itself.")
    name: str
    value: Any
    until: Moment = Field(description="When it was changed or removed, or the element ended.")


class PastValuePage(View):
    """A page of past values."""

    items: list[PastValueView]
    next: Next = None


class EvaluationView(View):
    """A decision that was made."""

    key: Key
    instance_key: Key
    element_key: Key
    element_id: str
    process_id: str
    decision_id: str
    version: int = Field(description="Of the decision; 0 where an earlier release kept none.")
    inputs: Any = Field(description="The variables that the decision's file names, with their values then.")
    output: Any
    matched: Any = Field(description="The rules that applied.")
    evaluated_at: Moment


class EvaluationPage(View):
    """A page of decisions."""

    items: list[EvaluationView]
    next: Next = None


class RetentionView(View):
    """How long ended instances of a process are kept."""

    process_id: str
    days: int | None = Field(description="Days after the end; null: for ever.")
    set_at: Moment
    set_by: str


class RetentionList(View):
    """What an administrator said."""

    items: list[RetentionView]


class HoldView(View):
    """An instance that must not be deleted."""

    instance_key: Key
    reason: str
    held_at: Moment
    held_by: str


class HoldList(View):
    """Every hold."""

    items: list[HoldView]
