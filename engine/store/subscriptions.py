"""Subscriptions: who waits for a message, signal or condition, and which of them start a process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete, func, insert, select

from engine.states import Awaited
from engine.step import ConditionWait, MessageWait, SignalWait
from engine.store.columns import constant
from engine.store.event_tables import start_subscriptions, subscriptions
from engine.store.instances import InstanceRow
from engine.store.prepared import OneOf, Prepared
from engine.store.rows import columns, portions
from engine.store.tables import instances
from engine.store.unit_of_work import UnitOfWork
from engine.tenants import DEFAULT


@dataclass(frozen=True, slots=True)
class Subscription:
    """An element that waits for something by name.

    `correlation_key` None: signals, which know none, and messages of Camunda 7, compared by business key.
    """

    key: int
    instance_key: int
    element_key: int
    element_id: str
    process_id: str
    kind: Awaited
    name: str
    correlation_key: str | None
    interrupting: bool
    created_at: datetime
    tenant_id: str = DEFAULT


@dataclass(frozen=True, slots=True)
class StartSubscription:
    """A message or signal that starts the latest version of a process."""

    kind: Awaited
    name: str
    process_id: str
    element_id: str
    definition_key: int
    tenant_id: str = DEFAULT


_SUBSCRIPTION = columns(subscriptions, Subscription)
_START = columns(start_subscriptions, StartSubscription)
_INSERT = Prepared(insert(subscriptions))
_WAITING = Prepared(
    select(*_SUBSCRIPTION, func.coalesce(instances.c.business_key, instances.c.start_correlation_key))
    .select_from(subscriptions.join(instances, instances.c.key == subscriptions.c.instance_key))
    .where(
        subscriptions.c.kind == constant(Awaited.MESSAGE),
        subscriptions.c.name == bindparam("name"),
        subscriptions.c.tenant_id == bindparam("tenant_id"),
        (subscriptions.c.correlation_key == bindparam("correlation_key")) | subscriptions.c.correlation_key.is_(None),
    )
    .order_by(subscriptions.c.instance_key, subscriptions.c.key)
)
_FIND = Prepared(select(*_SUBSCRIPTION).where(subscriptions.c.key == bindparam("key")))
_OF_INSTANCE = Prepared(select(*_SUBSCRIPTION).where(subscriptions.c.instance_key == bindparam("instance_key")))
_CLOSE_AT = Prepared(delete(subscriptions).where(OneOf(subscriptions.c.element_key, "element_keys")))
_CLOSE_OF = Prepared(delete(subscriptions).where(subscriptions.c.instance_key == bindparam("of_instance")))
_STARTS = Prepared(
    select(*_START)
    .where(
        start_subscriptions.c.kind == bindparam("kind"),
        start_subscriptions.c.name == bindparam("name"),
        start_subscriptions.c.tenant_id == bindparam("tenant_id"),
    )
    .order_by(start_subscriptions.c.process_id)
)
_STARTS_OF = Prepared(
    select(*_START).where(
        start_subscriptions.c.kind == bindparam("kind"),
        start_subscriptions.c.process_id == bindparam("process_id"),
        start_subscriptions.c.tenant_id == bindparam("tenant_id"),
    )
)
_DROP_STARTS = Prepared(
    delete(start_subscriptions).where(
        start_subscriptions.c.process_id == bindparam("of_process"),
        start_subscriptions.c.tenant_id == bindparam("of_tenant"),
    )
)
_ADD_STARTS = Prepared(insert(start_subscriptions))


Awaiting = MessageWait | SignalWait | ConditionWait
AWAITING: tuple[type[Awaiting], ...] = (MessageWait, SignalWait, ConditionWait)


def subscribe(tx: UnitOfWork, row: InstanceRow, waits: Sequence[Awaiting], now: datetime) -> list[Subscription]:
    """Wait for messages, signals and conditions."""
    found = [_subscription(tx.next_key(), row, wait, now) for wait in waits]
    names = [column.name for column in _SUBSCRIPTION]
    tx.write(_INSERT, [{name: getattr(one, name) for name in names} for one in found])
    return found


def _subscription(key: int, row: InstanceRow, wait: Awaiting, now: datetime) -> Subscription:
    if isinstance(wait, MessageWait):
        kind, name, correlation_key = Awaited.MESSAGE, wait.message_name, wait.correlation_key
    elif isinstance(wait, SignalWait):
        kind, name, correlation_key = Awaited.SIGNAL, wait.signal_name, None
    else:
        kind, name, correlation_key = Awaited.CONDITION, wait.condition, None
    return Subscription(
        key,
        row.key,
        wait.element_key,
        wait.element_id,
        row.process_id,
        kind,
        name,
        correlation_key,
        wait.interrupting,
        now,
        row.tenant_id,
    )


def waiting(tx: UnitOfWork, tenant_id: str, name: str, correlation_key: str) -> list[tuple[Subscription, str | None]]:
    """Who of a tenant waits for a message of this name and key, or of this name alone (Camunda 7, plain BPMN).

    With each comes by what its instance is known: its business key, else the key of the message that began it.
    """
    wanted = {"tenant_id": tenant_id, "name": name, "correlation_key": correlation_key}
    rows = tx.execute(_WAITING, wanted)
    return [(Subscription(*row[:-1]), row[-1]) for row in rows]


def find(tx: UnitOfWork, key: int) -> Subscription | None:
    """The subscription, None when it has gone."""
    row = tx.execute(_FIND, {"key": key}).first()
    return None if row is None else Subscription(*row)


def of_instance(tx: UnitOfWork, instance_key: int) -> list[Subscription]:
    """What an instance waits for."""
    return [Subscription(*row) for row in tx.execute(_OF_INSTANCE, {"instance_key": instance_key})]


def close_at(tx: UnitOfWork, element_keys: Sequence[int]) -> int:
    """End the subscriptions of these elements; returns how many."""
    return sum(tx.change(_CLOSE_AT, {"element_keys": portion}) for portion in portions(element_keys))


def close_of(tx: UnitOfWork, instance_key: int) -> int:
    """End all subscriptions of an instance; returns how many."""
    return tx.change(_CLOSE_OF, {"of_instance": instance_key})


def starts(tx: UnitOfWork, tenant_id: str, kind: Awaited, name: str) -> list[StartSubscription]:
    """Which processes of a tenant a message or signal of this name starts."""
    wanted = {"tenant_id": tenant_id, "kind": kind, "name": name}
    return [StartSubscription(*row) for row in tx.execute(_STARTS, wanted)]


def starts_of(tx: UnitOfWork, tenant_id: str, kind: Awaited, process_id: str) -> list[StartSubscription]:
    """Which messages or signals start a process of a tenant."""
    wanted = {"tenant_id": tenant_id, "kind": kind, "process_id": process_id}
    return [StartSubscription(*row) for row in tx.execute(_STARTS_OF, wanted)]


def replace_starts(
    tx: UnitOfWork, tenant_id: str, process_ids: Sequence[str], new: Sequence[StartSubscription]
) -> None:
    """Only the latest version of a process is started from outside: forget the old ones, keep the new."""
    if process_ids:
        tx.execute(_DROP_STARTS, [{"of_process": one, "of_tenant": tenant_id} for one in process_ids])
    if new:
        names = [column.name for column in _START]
        tx.execute(_ADD_STARTS, [{name: getattr(one, name) for name in names} for one in new])
