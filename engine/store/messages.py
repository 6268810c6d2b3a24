"""Messages: who waits for one, which start a process, and those that are kept until somebody asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, tuple_

from engine.step import MessageWait
from engine.store.instances import InstanceRow
from engine.store.prepared import OneOf, Prepared
from engine.store.rows import columns, portions
from engine.store.tables import instances, message_deliveries, messages, start_subscriptions, subscriptions
from engine.store.unit_of_work import UnitOfWork

Json = Any


@dataclass(frozen=True, slots=True)
class Subscription:
    """An element that waits for a message. `correlation_key` None: Camunda 7, compared by business key."""

    key: int
    instance_key: int
    element_key: int
    element_id: str
    process_id: str
    message_name: str
    correlation_key: str | None
    interrupting: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class StartSubscription:
    """A message that starts the latest version of a process."""

    message_name: str
    process_id: str
    element_id: str
    definition_key: int


@dataclass(frozen=True, slots=True)
class Message:
    """A message that was published and is kept until it expires."""

    key: int
    name: str
    correlation_key: str
    message_id: str
    business_key: str | None
    variables: Mapping[str, Json]
    published_at: datetime
    published_by: str
    expires_at: datetime


_SUBSCRIPTION = columns(subscriptions, Subscription)
_START = columns(start_subscriptions, StartSubscription)
_MESSAGE = columns(messages, Message)
_INSERT = Prepared(insert(subscriptions))
_WAITING = Prepared(
    select(*_SUBSCRIPTION, instances.c.business_key)
    .select_from(subscriptions.join(instances, instances.c.key == subscriptions.c.instance_key))
    .where(
        subscriptions.c.message_name == bindparam("name"),
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
    .where(start_subscriptions.c.message_name == bindparam("name"))
    .order_by(start_subscriptions.c.process_id)
)
_STARTS_OF = Prepared(select(*_START).where(start_subscriptions.c.process_id == bindparam("process_id")))
_DROP_STARTS = Prepared(delete(start_subscriptions).where(start_subscriptions.c.process_id == bindparam("of_process")))
_ADD_STARTS = Prepared(insert(start_subscriptions))
_KEEP = Prepared(insert(messages))
_KEPT_SAME = Prepared(
    select(messages.c.key, messages.c.expires_at).where(
        messages.c.name == bindparam("name"),
        messages.c.correlation_key == bindparam("correlation_key"),
        messages.c.message_id == bindparam("message_id"),
    )
)
# Not prepared: pairs cannot be one parameter on both databases.
_KEPT_FOR = (
    select(*_MESSAGE)
    .where(
        tuple_(messages.c.name, messages.c.correlation_key).in_(bindparam("wanted", expanding=True)),
        messages.c.expires_at > bindparam("now"),
        ~select(1)
        .where(
            message_deliveries.c.message_key == messages.c.key,
            message_deliveries.c.process_id == bindparam("process_id"),
        )
        .exists(),
    )
    .order_by(messages.c.key)
)
_DELIVERED = Prepared(insert(message_deliveries))
_EXPIRED = Prepared(select(messages.c.key).where(messages.c.expires_at <= bindparam("now")).limit(bindparam("most")))
_FORGET = Prepared(delete(messages).where(OneOf(messages.c.key, "keys")))
_FORGET_DELIVERIES = Prepared(delete(message_deliveries).where(OneOf(message_deliveries.c.message_key, "keys")))


def subscribe(tx: UnitOfWork, row: InstanceRow, waits: Sequence[MessageWait], now: datetime) -> list[Subscription]:
    """Wait for messages."""
    found = [
        Subscription(
            tx.next_key(),
            row.key,
            wait.element_key,
            wait.element_id,
            row.process_id,
            wait.message_name,
            wait.correlation_key,
            wait.interrupting,
            now,
        )
        for wait in waits
    ]
    names = [column.name for column in _SUBSCRIPTION]
    tx.execute(_INSERT, [{name: getattr(one, name) for name in names} for one in found])
    return found


def waiting(tx: UnitOfWork, name: str, correlation_key: str) -> list[tuple[Subscription, str | None]]:
    """Who waits for a message of this name and key (or of this name alone: Camunda 7), with the business key."""
    rows = tx.execute(_WAITING, {"name": name, "correlation_key": correlation_key})
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


def starts(tx: UnitOfWork, name: str) -> list[StartSubscription]:
    """Which processes a message of this name starts."""
    return [StartSubscription(*row) for row in tx.execute(_STARTS, {"name": name})]


def starts_of(tx: UnitOfWork, process_id: str) -> list[StartSubscription]:
    """Which messages start a process."""
    return [StartSubscription(*row) for row in tx.execute(_STARTS_OF, {"process_id": process_id})]


def replace_starts(tx: UnitOfWork, process_ids: Sequence[str], new: Sequence[StartSubscription]) -> None:
    """Only the latest version of a process is started by messages: forget the old ones, keep the new."""
    if process_ids:
        tx.execute(_DROP_STARTS, [{"of_process": process_id} for process_id in process_ids])
    if new:
        names = [column.name for column in _START]
        tx.execute(_ADD_STARTS, [{name: getattr(one, name) for name in names} for one in new])


def keep(tx: UnitOfWork, message: Message) -> None:
    """Keep a message for those who ask later."""
    tx.execute(_KEEP, {column.name: getattr(message, column.name) for column in _MESSAGE})


def kept_same(tx: UnitOfWork, name: str, correlation_key: str, message_id: str, now: datetime) -> int | None:
    """The kept message with the same name, key and id; one that has expired is dropped on the way."""
    parameters = {"name": name, "correlation_key": correlation_key, "message_id": message_id}
    found = tx.execute(_KEPT_SAME, parameters).first()
    if found is None:
        return None
    key, expires_at = found
    if expires_at > now:
        return int(key)
    _forget(tx, [key])
    return None


def kept_for(tx: UnitOfWork, wanted: Sequence[tuple[str, str]], process_id: str, now: datetime) -> list[Message]:
    """Kept messages of these names and keys that have not reached the process yet, the oldest first."""
    parameters = {"wanted": list(wanted), "process_id": process_id, "now": now}
    return [Message(*row) for row in tx.execute(_KEPT_FOR, parameters)]


def delivered(tx: UnitOfWork, message_key: int, receivers: Mapping[str, int]) -> None:
    """Remember which process ids (and instances) a kept message has reached."""
    if receivers:
        tx.execute(
            _DELIVERED,
            [
                {"message_key": message_key, "process_id": process_id, "instance_key": instance_key}
                for process_id, instance_key in receivers.items()
            ],
        )


def forget_expired(tx: UnitOfWork, now: datetime, limit: int) -> int:
    """Drop messages whose time to live is over; returns how many."""
    keys = list(tx.execute(_EXPIRED, {"now": now, "most": limit}).scalars())
    if keys:
        _forget(tx, keys)
    return len(keys)


def _forget(tx: UnitOfWork, keys: Sequence[int]) -> None:
    tx.execute(_FORGET_DELIVERIES, {"keys": keys})
    tx.execute(_FORGET, {"keys": keys})
