"""Batches: one thing done to many instances, with what became of each."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from flask import Response
from pydantic import AwareDatetime, Field

from api.comparing import comparisons
from api.context import actor, engine
from api.problems import Problem
from api.rest.nouns import noun
from api.rest.repairs import ChangeBody
from api.rest.shapes import (
    Body,
    KeyIn,
    Name,
    OptionalName,
    PageQuery,
    PathKeys,
    ReasonBody,
    Text,
    Variables,
    page_of,
    shown,
)
from api.rest.views.batches import BatchPage, BatchView, ItemPage
from engine import operations
from engine.operations import AnyOperation
from engine.queries import BatchFilter, Comparison, InstanceFilter, ItemFilter
from engine.states import BatchState, InstanceState, ItemState

batches = noun("batches", "Batches: one thing done to many instances, with what became of each.")


class PlainOperation(Body):
    """What needs to know nothing more."""

    do: Literal["cancel", "suspend", "resume", "delete-history"]

    def as_operation(self) -> AnyOperation:
        """The engine's word for it."""
        return operations.operation({"do": self.do})


class RetryOperation(Body):
    """Try again what raised the open incidents; each is an item."""

    do: Literal["retry"]
    retries: int = Field(default=1, ge=1, le=1000, description="For jobs that failed.")

    def as_operation(self) -> AnyOperation:
        """The engine's word for it."""
        return operations.ResolveIncidents(self.retries)


class MigrateOperation(Body):
    """Carry instances over to another definition."""

    do: Literal["migrate"]
    process_key: KeyIn
    elements: dict[Name, Name] = Field(default={}, description="Element ids that are called differently there.")

    def as_operation(self) -> AnyOperation:
        """The engine's word for it."""
        return operations.MigrateInstances(self.process_key, self.elements)


class ModifyOperation(Body):
    """Make the same changes in each instance."""

    do: Literal["modify"]
    changes: list[ChangeBody] = Field(min_length=1, max_length=1000)

    def as_operation(self) -> AnyOperation:
        """The engine's word for it."""
        return operations.ModifyInstances(operations.described([change.command() for change in self.changes]))


class VariablesOperation(Body):
    """Set variables of each instance."""

    do: Literal["set-variables"]
    variables: Variables

    def as_operation(self) -> AnyOperation:
        """The engine's word for it."""
        return operations.ChangeVariables(self.variables)


OperationBody = Annotated[
    PlainOperation | RetryOperation | MigrateOperation | ModifyOperation | VariablesOperation,
    Field(discriminator="do"),
]


class FilterBody(Body):
    """Which instances; what is left out does not matter."""

    process_id: OptionalName = ""
    process_key: KeyIn | None = None
    state: Annotated[InstanceState | None, Field(strict=False)] = None
    business_key: Name | None = None
    has_incident: bool | None = None
    started_before: Annotated[AwareDatetime | None, Field(strict=False)] = None
    ended_before: Annotated[AwareDatetime | None, Field(strict=False)] = None
    variable: list[Name] = Field(
        default=[], max_length=10, description="What a variable must be, such as `amount>=100` or `city~New*`."
    )

    def wanted(self) -> InstanceFilter:
        """The engine's word for it."""
        times = (("started_at", self.started_before), ("ended_at", self.ended_before))
        return InstanceFilter(
            state=self.state,
            process_id=self.process_id,
            definition_key=self.process_key or 0,
            business_key=self.business_key,
            has_incident=self.has_incident,
            columns=tuple(Comparison(name, "lt", time) for name, time in times if time is not None),
            variables=comparisons(self.variable, "filter.variable"),
        )


class BatchBody(Body):
    """What to do, to which instances: those of `instance_keys`, or those that `filter` finds."""

    operation: OperationBody
    instance_keys: list[KeyIn] = Field(default=[], max_length=10_000)
    filter: FilterBody | None = Field(default=None, description="`{}` is every instance that the operation is for.")
    reason: Text = ""


class BatchesQuery(PageQuery):
    """Which batches."""

    state: BatchState | None = None


class ItemsQuery(PageQuery):
    """Which items."""

    state: ItemState | None = None


class BatchPath(PathKeys):
    """A batch."""

    batch_key: KeyIn


@batches.post("", responses={201: BatchView})
def create(body: BatchBody) -> Response:
    """Begin a batch. A scheduler collects its items and works on them, one after the other."""
    made = engine().create_batch(body.operation.as_operation(), _wanted(body), reason=body.reason, by=actor())
    return shown(BatchView, made, 201)


def _wanted(body: BatchBody) -> InstanceFilter:
    if bool(body.instance_keys) == (body.filter is not None):
        text = "Say which instances: either instance_keys or filter."
        raise Problem(422, "invalid-input", text, fields={"filter": "one of two"})
    return body.filter.wanted() if body.filter else InstanceFilter(keys=tuple(body.instance_keys))


@batches.get("", responses={200: BatchPage})
def listing(query: BatchesQuery) -> Response:
    """Batches, newest first."""
    return shown(BatchPage, engine().queries.batches(BatchFilter(query.state), page_of(query)))


@batches.get("/<batch_key>", responses={200: BatchView})
def show(path: BatchPath) -> Response:
    """One batch and how far it is."""
    return _shown(path.batch_key)


@batches.get("/<batch_key>/items", responses={200: ItemPage})
def items(path: BatchPath, query: ItemsQuery) -> Response:
    """What became of each instance or incident."""
    engine().queries.batch(path.batch_key)
    found = engine().queries.batch_items(ItemFilter(path.batch_key, state=query.state), page_of(query))
    return shown(ItemPage, found)


@batches.post("/<batch_key>/suspend", responses={200: BatchView})
def suspend(path: BatchPath, body: ReasonBody) -> Response:
    """Begin no more items until it is resumed."""
    return _steered(engine().suspend_batch, path, body)


@batches.post("/<batch_key>/resume", responses={200: BatchView})
def resume(path: BatchPath, body: ReasonBody) -> Response:
    """Go on where it stood."""
    return _steered(engine().resume_batch, path, body)


@batches.post("/<batch_key>/cancel", responses={200: BatchView})
def cancel(path: BatchPath, body: ReasonBody) -> Response:
    """Leave what waits undone; what is done stays done."""
    return _steered(engine().cancel_batch, path, body)


@batches.post("/<batch_key>/retry", responses={200: BatchView})
def retry(path: BatchPath, body: ReasonBody) -> Response:
    """Try again what failed, also when the batch has ended."""
    return _steered(engine().retry_batch, path, body)


def _steered(verb: Any, path: BatchPath, body: ReasonBody) -> Response:
    verb(path.batch_key, reason=body.reason, by=actor())
    return _shown(path.batch_key)


def _shown(key: int) -> Response:
    return shown(BatchView, engine().queries.batch(key))
