"""Batch operations as Camunda 8's clients know them (c8-rest.md)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import Response, jsonify
from pydantic import Field

from api.camunda8.filters import instance_filter
from api.camunda8.history import camunda8
from api.camunda8.moments import shown
from api.camunda8.repairs import MigrationBody
from api.camunda8.routes import read_body
from api.camunda8.shapes import Camunda8Body, LongIn
from api.context import actor, engine
from api.problems import Problem
from api.rest.shapes import KeyIn, Name
from engine import commands, operations
from engine.operations import AnyOperation
from engine.queries import BatchFilter, InstanceFilter, ItemFilter, Page
from engine.states import BatchState, ItemState
from engine.store.batches import Batch, Item

__all__ = ["camunda8"]

Json = Any

TYPES = {
    "cancel": "CANCEL_PROCESS_INSTANCE",
    "retry": "RESOLVE_INCIDENT",
    "migrate": "MIGRATE_PROCESS_INSTANCE",
    "modify": "MODIFY_PROCESS_INSTANCE",
    "delete-history": "DELETE_PROCESS_INSTANCE",
    "suspend": "SUSPEND_PROCESS_INSTANCE",
    "resume": "RESUME_PROCESS_INSTANCE",
    "set-variables": "UPDATE_VARIABLE",
}
_ITEM_STATES = {ItemState.WAITING: "ACTIVE"}


class ManyBody(Camunda8Body):
    """A filter: which process instances."""

    filter: dict[str, Any]
    operation_reference: LongIn | None = None


class MigrateManyBody(ManyBody):
    """ProcessInstanceMigrationBatchOperationRequest."""

    migration_plan: MigrationBody


class BatchMove(Camunda8Body):
    """From one element to another."""

    source_element_id: Name
    target_element_id: Name


class ModifyManyBody(ManyBody):
    """ProcessInstanceModificationBatchOperationRequest."""

    move_instructions: list[BatchMove] = Field(min_length=1, max_length=1000)


class SearchPage(Camunda8Body):
    """Which page; cursors are those of an earlier answer."""

    limit: int = Field(default=100, ge=1, le=1000)
    after: KeyIn | None = None


class SearchBody(Camunda8Body):
    """A search, newest first. Sorting otherwise is not offered."""

    page: SearchPage = Field(default_factory=SearchPage)
    filter: dict[str, Any] = Field(default={})
    sort: list[Any] = Field(default=[], max_length=0)


class NothingBody(Camunda8Body):
    """An empty body."""


@camunda8.post("/process-instances/cancellation")
def cancel_many() -> Response:
    """Cancel every running instance that the filter finds and nobody called."""
    return _created(operations.CancelInstances(), read_body(ManyBody))


@camunda8.post("/process-instances/incident-resolution")
def resolve_many() -> Response:
    """Resolve the incidents of every instance that the filter finds."""
    return _created(operations.ResolveIncidents(), read_body(ManyBody))


@camunda8.post("/process-instances/<int:key>/incident-resolution")
def resolve_of_instance(key: int) -> Response:
    """Resolve every incident of one instance."""
    engine().queries.instance(key)
    return _answered(operations.ResolveIncidents(), InstanceFilter(keys=(key,)))


@camunda8.post("/process-instances/migration")
def migrate_many() -> Response:
    """Migrate every running instance that the filter finds."""
    body = read_body(MigrateManyBody)
    plan = body.migration_plan
    mapping = {one.source_element_id: one.target_element_id for one in plan.mapping_instructions}
    return _created(operations.MigrateInstances(plan.target_process_definition_key, mapping, keeps_names=False), body)


@camunda8.post("/process-instances/modification")
def modify_many() -> Response:
    """Move tokens in every running instance that the filter finds."""
    body = read_body(ModifyManyBody)
    moves = [commands.Move(one.target_element_id, element_id=one.source_element_id) for one in body.move_instructions]
    return _created(operations.ModifyInstances(operations.described(moves)), body)


@camunda8.post("/process-instances/deletion")
def delete_many() -> Response:
    """Delete every ended instance that the filter finds."""
    return _created(operations.DeleteHistory(), read_body(ManyBody))


@camunda8.post("/process-instances/suspension")
def suspend_many() -> Response:
    """Suspend every active instance that the filter finds."""
    return _created(operations.SuspendInstances(), read_body(ManyBody))


@camunda8.post("/process-instances/resumption")
def resume_many() -> Response:
    """Resume every suspended instance that the filter finds."""
    return _created(operations.ResumeInstances(), read_body(ManyBody))


def _created(operation: AnyOperation, body: ManyBody) -> Response:
    return _answered(operation, instance_filter(body.filter))


def _answered(operation: AnyOperation, wanted: InstanceFilter) -> Response:
    made = engine().create_batch(operation, wanted, by=actor())
    return jsonify(batchOperationKey=str(made.key), batchOperationType=TYPES[operation.do])


@camunda8.post("/batch-operations/search")
def search_batches() -> Response:
    """Batch operations, newest first."""
    body = read_body(SearchBody)
    key, state = _only(body.filter, "batchOperationKey", "state")
    wanted = BatchFilter(_enum(BatchState, state, {}), (_key(key),) if key else ())
    found = engine().queries.batches(wanted, Page(body.page.limit, body.page.after))
    return _page([_batch(one) for one in found], [one.key for one in found], found.next)


@camunda8.get("/batch-operations/<int:key>")
def show_batch(key: int) -> Response:
    """One batch operation."""
    return jsonify(_batch(engine().queries.batch(key)))


@camunda8.post("/batch-operation-items/search")
def search_batch_items() -> Response:
    """What became of each item."""
    body = read_body(SearchBody)
    batch, instance, state = _only(body.filter, "batchOperationKey", "processInstanceKey", "state")
    wanted = ItemFilter(
        _key(batch) if batch else 0,
        _key(instance) if instance else 0,
        _enum(ItemState, state, {"ACTIVE": ItemState.WAITING}),
    )
    found = engine().queries.batch_items(wanted, Page(body.page.limit, body.page.after))
    batches = {one: engine().queries.batch(one) for one in {item.batch_key for item in found}}
    items = [_item(one, batches[one.batch_key]) for one in found]
    return _page(items, [one.item_key for one in found], found.next)


@camunda8.post("/batch-operations/<int:key>/cancellation")
def cancel_batch(key: int) -> Response:
    """Leave what waits undone."""
    return _steered(engine().cancel_batch, key)


@camunda8.post("/batch-operations/<int:key>/suspension")
def suspend_batch(key: int) -> Response:
    """Begin no more items."""
    return _steered(engine().suspend_batch, key)


@camunda8.post("/batch-operations/<int:key>/resumption")
def resume_batch(key: int) -> Response:
    """Go on."""
    return _steered(engine().resume_batch, key)


def _steered(verb: Callable[..., None], key: int) -> Response:
    read_body(NothingBody)
    verb(key, by=actor())
    return Response(status=204)


def _batch(batch: Batch) -> dict[str, Json]:
    counts = batch.counts
    return {
        "batchOperationKey": str(batch.key),
        "state": batch.state.value.upper(),
        "batchOperationType": TYPES[batch.operation["do"]],
        "startDate": shown(batch.created_at),
        "endDate": shown(batch.ended_at),
        "actorType": "USER" if batch.actor_kind == "human" else "CLIENT",
        "actorId": batch.actor_id,
        "operationsTotalCount": batch.total,
        "operationsFailedCount": counts.get(ItemState.FAILED, 0),
        "operationsCompletedCount": counts.get(ItemState.COMPLETED, 0),
        "errors": [],
    }


def _item(item: Item, batch: Batch) -> dict[str, Json]:
    return {
        "operationType": TYPES[batch.operation["do"]],
        "batchOperationKey": str(item.batch_key),
        "itemKey": str(item.item_key),
        "processInstanceKey": str(item.instance_key),
        "rootProcessInstanceKey": None,
        "state": _ITEM_STATES.get(item.state, item.state.value.upper()),
        "processedDate": shown(item.ended_at),
        "errorMessage": item.error,
    }


def _page(items: Sequence[Json], keys: Sequence[int], following: str | None) -> Response:
    return jsonify(
        items=items,
        page={
            "totalItems": len(items),
            "hasMoreTotalItems": following is not None,
            "startCursor": str(keys[0]) if keys else None,
            "endCursor": str(keys[-1]) if keys else None,
        },
    )


def _only(given: Mapping[str, Json], *names: str) -> list[Json]:
    """The values of these members, which are all there may be; `{"$eq": ...}` is the value itself."""
    unknown = [name for name in given if name not in names]
    if unknown:
        raise Problem(400, "invalid-input", f"Baton cannot filter by '{unknown[0][:60]}' here.")
    values = [given.get(name) for name in names]
    return [value.get("$eq") if isinstance(value, dict) and list(value) == ["$eq"] else value for value in values]


def _key(value: Json) -> int:
    if not isinstance(value, str) or not value.isdigit() or len(value) > 18:
        raise Problem(400, "invalid-input", f"The provided key '{str(value)[:60]}' is not a valid key.")
    return int(value)


def _enum(kind: Any, value: Json, special: Mapping[str, Any]) -> Any:
    if value is None:
        return None
    word = str(value).upper()
    known = {**{one.value.upper(): one for one in kind}, **special}
    if word not in known:
        raise Problem(400, "bad-request", f"Unexpected value '{word[:60]}'; use one of {', '.join(known)}.")
    return known[word]
