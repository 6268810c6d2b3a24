"""Views of batches."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from api.rest.shapes import Key, Moment, View
from api.rest.views.fields import Next
from engine.states import ItemState

_Counts = Annotated[
    dict[str, int],
    BeforeValidator(lambda counts: {state.value: counts.get(state, 0) for state in ItemState}),
]


class BatchView(View):
    """A batch and how far it is."""

    key: Key
    operation: dict[str, Any] = Field(description="What is done; `do` is the word for it.")
    state: str = Field(description="created (its items are collected), active, suspended, completed, canceled, failed.")
    reason: str
    created_at: Moment
    created_by: str = Field(validation_alias="actor_id")
    ended_at: Moment | None
    total: int = Field(description="Items so far.")
    counts: _Counts = Field(description="Items by state.")


class BatchPage(View):
    """A page of batches."""

    items: list[BatchView]
    next: Next = None


class ItemView(View):
    """What became of one item."""

    item_key: Key = Field(description="The instance, or the incident.")
    instance_key: Key
    state: str = Field(description="waiting, completed, skipped, failed or canceled.")
    error: str | None
    ended_at: Moment | None


class ItemPage(View):
    """A page of items."""

    items: list[ItemView]
    next: Next = None
