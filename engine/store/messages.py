"""Messages that are kept until somebody asks, and whom each has reached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, tuple_

from engine.store.event_tables import message_deliveries, messages
from engine.store.instances import InstanceRow
from engine.store.prepared import OneOf, Prepared
from engine.store.rows import columns
from engine.store.unit_of_work import UnitOfWork
from engine.tenants import DEFAULT

Json = Any


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
    tenant_id: str = DEFAULT


_MESSAGE = columns(messages, Message)
_KEEP = Prepared(insert(messages))
_KEPT_SAME = Prepared(
    select(messages.c.key, messages.c.expires_at).where(
        messages.c.name == bindparam("name"),
        messages.c.correlation_key == bindparam("correlation_key"),
        messages.c.message_id == bindparam("message_id"),
        messages.c.tenant_id == bindparam("tenant_id"),
    )
)
# Not prepared: pairs cannot be one parameter on both databases.
_KEPT_FOR = (
    select(*_MESSAGE)
    .where(
        tuple_(messages.c.name, messages.c.correlation_key).in_(bindparam("wanted", expanding=True)),
        messages.c.expires_at > bindparam("now"),
        messages.c.tenant_id == bindparam("tenant_id"),
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


def keep(tx: UnitOfWork, message: Message) -> None:
    """Keep a message for those who ask later."""
    tx.execute(_KEEP, {column.name: getattr(message, column.name) for column in _MESSAGE})


def kept_same(tx: UnitOfWork, same: tuple[str, str, str, str], now: datetime) -> int | None:
    """The kept message with the same tenant, name, key and id; one that has expired is dropped on the way."""
    names = ("tenant_id", "name", "correlation_key", "message_id")
    found = tx.execute(_KEPT_SAME, dict(zip(names, same, strict=True))).first()
    if found is None:
        return None
    key, expires_at = found
    if expires_at > now:
        return int(key)
    _forget(tx, [key])
    return None


def kept_for(tx: UnitOfWork, row: InstanceRow, wanted: Sequence[tuple[str, str]], now: datetime) -> list[Message]:
    """Kept messages of these names and keys that have not reached the process of `row` yet, the oldest first."""
    parameters = {"wanted": list(wanted), "process_id": row.process_id, "tenant_id": row.tenant_id, "now": now}
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
