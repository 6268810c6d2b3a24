"""Batches: what is to be done to which instances, and what became of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Text, bindparam, delete, func, insert, select, text, type_coerce, update

from engine.actors import Actor, ActorKind
from engine.states import BatchState, IncidentState, ItemState
from engine.store.batch_tables import OPEN_BATCHES, batch_items, batches
from engine.store.columns import constant
from engine.store.prepared import OneOf, Prepared
from engine.store.rows import Page, Paged, columns, paged
from engine.store.search import InstanceFilter
from engine.store.tables import incidents
from engine.store.unit_of_work import UnitOfWork
from engine.tenants import Sight

Json = Any

HIGHEST_KEY = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Batch:
    """One thing done to many. `counts` says how many items are in each state; its total grows while it is created."""

    key: int
    operation: Mapping[str, Json]
    wanted: Mapping[str, Json]
    state: BatchState
    position: int
    actor_id: str
    actor_kind: str
    reason: str
    created_at: datetime
    ended_at: datetime | None
    tenants: Sequence[str] | None = None
    counts: Mapping[ItemState, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def filter(self) -> InstanceFilter:
        """The instances that it is for."""
        return msgspec.convert(dict(self.wanted), InstanceFilter)

    @property
    def by(self) -> Actor:
        """Who asked for it, as the audit trail knows them; what they may do was checked then."""
        return Actor(self.actor_id, ActorKind(self.actor_kind), tenants=self.sight)

    @property
    def sight(self) -> Sight:
        """The tenants whose instances it is for."""
        return None if self.tenants is None else frozenset(self.tenants)


@dataclass(frozen=True, slots=True)
class Item:
    """One of a batch: an instance, or an incident of one. `error` says why it failed or was left out."""

    batch_key: int
    item_key: int
    instance_key: int
    state: ItemState
    error: str | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class BatchFilter:
    """Which batches."""

    state: BatchState | None = None
    keys: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class ItemFilter:
    """Which items."""

    batch_key: int = 0
    instance_key: int = 0
    state: ItemState | None = None


_ALL, _ITEM = columns(batches, Batch), columns(batch_items, Item)
_ADD_ITEMS = Prepared(insert(batch_items))
_LOCK = Prepared(select(*_ALL).where(batches.c.key == bindparam("key")).with_for_update())
_OPEN = Prepared(select(*_ALL).where(text(OPEN_BATCHES)).order_by(batches.c.key))
# Shared with those who work on other items: only a change of the batch itself waits for them.
_STATE = Prepared(select(batches.c.state).where(batches.c.key == bindparam("key")).with_for_update(read=True))
_SET_STATE = Prepared(
    update(batches)
    .where(batches.c.key == bindparam("of_key"))
    .values(state=bindparam("new_state"), ended_at=bindparam("new_ended_at"))
)
_SET_POSITION = Prepared(
    update(batches).where(batches.c.key == bindparam("of_key")).values(position=bindparam("new_position"))
)
_WAITING = (
    select(*_ITEM)
    .where(batch_items.c.batch_key == bindparam("batch_key"), batch_items.c.state == constant(ItemState.WAITING))
    .order_by(batch_items.c.item_key)
    .limit(1)
)
_TAKE = Prepared(_WAITING.with_for_update(skip_locked=True))
_ANY_WAITING = Prepared(_WAITING)
_END_ITEM = Prepared(
    update(batch_items)
    .where(batch_items.c.batch_key == bindparam("of_batch"), batch_items.c.item_key == bindparam("of_item"))
    .values(state=bindparam("new_state"), error=bindparam("new_error"), ended_at=bindparam("now"))
)
_CANCEL_ITEMS = Prepared(
    update(batch_items)
    .where(batch_items.c.batch_key == bindparam("of_batch"), batch_items.c.state == constant(ItemState.WAITING))
    .values(state=ItemState.CANCELED, ended_at=bindparam("now"))
)
_RETRY_ITEMS = Prepared(
    update(batch_items)
    .where(batch_items.c.batch_key == bindparam("of_batch"), batch_items.c.state == constant(ItemState.FAILED))
    .values(state=ItemState.WAITING, error=None, ended_at=None)
)
_ENDED_BEFORE = Prepared(
    select(batches.c.key)
    .where(batches.c.ended_at < bindparam("before"))
    .order_by(batches.c.key)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_DELETE_ITEMS = Prepared(delete(batch_items).where(OneOf(batch_items.c.batch_key, "keys")))
_DELETE = Prepared(delete(batches).where(OneOf(batches.c.key, "keys")))
_COUNTS = Prepared(
    select(batch_items.c.batch_key, batch_items.c.state, func.count())
    .where(OneOf(batch_items.c.batch_key, "keys"))
    .group_by(batch_items.c.batch_key, batch_items.c.state)
)
_INCIDENTS = Prepared(
    select(incidents.c.key, incidents.c.instance_key)
    .where(OneOf(incidents.c.instance_key, "keys"), incidents.c.state == constant(IncidentState.ACTIVE))
    .order_by(incidents.c.key)
)


def add(tx: UnitOfWork, batch: Batch) -> None:
    """Keep a new batch."""
    tx.execute(insert(batches), {column.name: getattr(batch, column.name) for column in _ALL})


def add_items(tx: UnitOfWork, batch_key: int, items: Sequence[tuple[int, int]]) -> None:
    """Items to be worked on, as (item, instance)."""
    tx.execute(
        _ADD_ITEMS,
        [
            {"batch_key": batch_key, "item_key": item, "instance_key": instance, "state": ItemState.WAITING}
            for item, instance in items
        ],
    )


def open_incidents(tx: UnitOfWork, instance_keys: Sequence[int]) -> list[tuple[int, int]]:
    """The open incidents of these instances, as (incident, instance)."""
    return [(key, instance) for key, instance in tx.execute(_INCIDENTS, {"keys": list(instance_keys)})]


def lock(tx: UnitOfWork, key: int) -> Batch | None:
    """The batch, held until the end of the transaction, without counts."""
    row = tx.execute(_LOCK, {"key": key}).first()
    batch = None if row is None else Batch(*row)
    return batch if batch is not None and _is_seen(tx, batch) else None


def _is_seen(tx: UnitOfWork, batch: Batch) -> bool:
    return tx.sight is None or (batch.sight is not None and batch.sight <= tx.sight)


def every_open(tx: UnitOfWork) -> list[Batch]:
    """The batches at which there is something to do, oldest first, without counts."""
    return [Batch(*row) for row in tx.execute(_OPEN)]


def set_position(tx: UnitOfWork, key: int, position: int) -> None:
    """How far the instances have been looked at."""
    tx.execute(_SET_POSITION, {"of_key": key, "new_position": position})


def set_state(tx: UnitOfWork, key: int, state: BatchState, ended_at: datetime | None = None) -> None:
    """Move the batch; the caller has checked that it may."""
    tx.execute(_SET_STATE, {"of_key": key, "new_state": state, "new_ended_at": ended_at})


def take(tx: UnitOfWork, key: int) -> Item | None:
    """The next waiting item of an active batch that nobody else works on, held until the end of the transaction."""
    if tx.execute(_STATE, {"key": key}).scalar() is not BatchState.ACTIVE:
        return None
    row = tx.execute(_TAKE, {"batch_key": key}).first()
    return None if row is None else Item(*row)


def is_done(tx: UnitOfWork, key: int) -> bool:
    """Whether no item waits, those included that somebody works on right now."""
    return tx.execute(_ANY_WAITING, {"batch_key": key}).first() is None


def end_item(tx: UnitOfWork, item: Item, state: ItemState, error: str | None, now: datetime) -> None:
    """What became of an item."""
    tx.execute(
        _END_ITEM,
        {
            "of_batch": item.batch_key,
            "of_item": item.item_key,
            "new_state": state,
            "new_error": error,
            "now": now,
        },
    )


def cancel_items(tx: UnitOfWork, key: int, now: datetime) -> int:
    """Leave what waits undone; returns how many items."""
    return tx.change(_CANCEL_ITEMS, {"of_batch": key, "now": now})


def retry_items(tx: UnitOfWork, key: int) -> int:
    """Let what failed wait for another try; returns how many items."""
    return tx.change(_RETRY_ITEMS, {"of_batch": key})


def forget(tx: UnitOfWork, before: datetime, most: int) -> list[int]:
    """Delete batches that ended before, with their items; returns their keys."""
    keys = list(tx.execute(_ENDED_BEFORE, {"before": before, "most": most}).scalars())
    if keys:
        tx.execute(_DELETE_ITEMS, {"keys": keys})
        tx.execute(_DELETE, {"keys": keys})
    return keys


def counts(tx: UnitOfWork, keys: Sequence[int]) -> dict[int, dict[ItemState, int]]:
    """How many items of each batch are in each state."""
    found: dict[int, dict[ItemState, int]] = {key: {} for key in keys}
    if keys:
        for key, state, count in tx.execute(_COUNTS, {"keys": list(keys)}):
            found[key][state] = count
    return found


def find(tx: UnitOfWork, wanted: BatchFilter, page: Page) -> Paged[Batch]:
    """Batches with their counts, newest first."""
    query = select(*_ALL).where(*_seen(tx.sight))
    if wanted.state is not None:
        query = query.where(batches.c.state == constant(wanted.state))
    if wanted.keys:
        query = query.where(batches.c.key.in_(wanted.keys))
    found = paged(tx, query, batches.c.key, page, Batch)
    counted = counts(tx, [one.key for one in found])
    return Paged(tuple(replace(one, counts=counted[one.key]) for one in found), found.next)


def _seen(sight: Sight) -> list[ColumnElement[bool]]:
    """The condition on batches that are for no other tenants than these; written for a list of ids as JSON text."""
    if sight is None:
        return []
    left: Any = func.replace(type_coerce(batches.c.tenants, Text), ",", "")
    for tenant_id in sorted(sight):
        left = func.replace(left, f'"{tenant_id}"', "")
    return [left == "[]"]


def find_items(tx: UnitOfWork, wanted: ItemFilter, page: Page) -> Paged[Item]:
    """Items, the newest first."""
    seen = select(batches.c.key).where(*_seen(tx.sight))
    query = select(*_ITEM).where(*([] if tx.sight is None else [batch_items.c.batch_key.in_(seen)]))
    if wanted.batch_key:
        query = query.where(batch_items.c.batch_key == wanted.batch_key)
    if wanted.instance_key:
        query = query.where(batch_items.c.instance_key == wanted.instance_key)
    if wanted.state is not None:
        query = query.where(batch_items.c.state == constant(wanted.state))
    return paged(tx, query, batch_items.c.item_key, page, Item)
