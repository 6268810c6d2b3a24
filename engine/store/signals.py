"""Signals on their way: one delivery for each who is to get one, made in the transaction that sent it.

So a signal reaches everybody who waited when it was sent, however many they are and whoever dies in between: each gets
it in a transaction of its own, which takes the delivery away.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Executable, Select, bindparam, delete, insert, literal, select, update

from engine.states import Awaited
from engine.store.columns import Instant, constant
from engine.store.event_tables import signal_deliveries, signals, start_subscriptions, subscriptions
from engine.store.prepared import Prepared
from engine.store.rows import columns
from engine.store.unit_of_work import UnitOfWork
from engine.store.wakeups import SIGNALS
from engine.tenants import DEFAULT

Json = Any


@dataclass(frozen=True, slots=True)
class Signal:
    """A signal that was sent. `business_key` is for the instances that it starts (Camunda 7)."""

    key: int
    name: str
    variables: Mapping[str, Json]
    business_key: str | None
    sent_at: datetime
    sent_by: str
    tenant_id: str = DEFAULT  # of those that may hear it


@dataclass(frozen=True, slots=True)
class Delivery:
    """Who is still to get a signal: a subscription of an instance, or a start event of a definition."""

    signal_key: int
    subscription_key: int
    definition_key: int
    element_id: str
    instance_key: int
    due_at: datetime


_SIGNAL = columns(signals, Signal)
_DELIVERY = columns(signal_deliveries, Delivery)
_COLUMNS = [column.name for column in _DELIVERY]
_NOBODY = literal(0, BigInteger)


def _addressed(subscription: Any, definition: Any, element: Any, instance: Any) -> Select[Any]:
    sent = bindparam("signal_key", type_=BigInteger), bindparam("now", type_=Instant)
    return select(sent[0], subscription, definition, element, instance, sent[1])


def _addressing(wanted: Select[Any]) -> Executable:
    # How many rows an insert made is told on request only.
    return insert(signal_deliveries).from_select(_COLUMNS, wanted).execution_options(preserve_rowcount=True)


_TO_INSTANCES = _addressing(
    _addressed(subscriptions.c.key, _NOBODY, subscriptions.c.element_id, subscriptions.c.instance_key).where(
        subscriptions.c.kind == constant(Awaited.SIGNAL),
        subscriptions.c.name == bindparam("name"),
        subscriptions.c.tenant_id == bindparam("tenant_id"),
        subscriptions.c.key.not_in(bindparam("deaf", expanding=True)),
    )
)
_TO_INSTANCE = _addressing(
    _addressed(subscriptions.c.key, _NOBODY, subscriptions.c.element_id, subscriptions.c.instance_key).where(
        subscriptions.c.instance_key == bindparam("only"),
        subscriptions.c.kind == constant(Awaited.SIGNAL),
        subscriptions.c.name == bindparam("name"),
        subscriptions.c.key.not_in(bindparam("deaf", expanding=True)),
    )
)
_STARTS = start_subscriptions.c
_TO_STARTS = _addressing(
    _addressed(_NOBODY, _STARTS.definition_key, _STARTS.element_id, _NOBODY).where(
        _STARTS.kind == constant(Awaited.SIGNAL),
        _STARTS.name == bindparam("name"),
        _STARTS.tenant_id == bindparam("tenant_id"),
    )
)
_INSERT = Prepared(insert(signals))
_FIND = Prepared(select(*_SIGNAL).where(signals.c.key == bindparam("key")))
_OF = Prepared(
    select(*_DELIVERY)
    .where(signal_deliveries.c.signal_key == bindparam("signal_key"), signal_deliveries.c.due_at <= bindparam("now"))
    .order_by(signal_deliveries.c.subscription_key, signal_deliveries.c.definition_key)
    .limit(bindparam("most"))
)
_DUE = Prepared(
    select(*_DELIVERY)
    .where(signal_deliveries.c.due_at <= bindparam("now"))
    .order_by(signal_deliveries.c.due_at, signal_deliveries.c.signal_key, signal_deliveries.c.subscription_key)
    .limit(bindparam("most"))
)
_THIS = (
    signal_deliveries.c.signal_key == bindparam("of_signal"),
    signal_deliveries.c.subscription_key == bindparam("of_subscription"),
    signal_deliveries.c.definition_key == bindparam("of_definition"),
    signal_deliveries.c.element_id == bindparam("of_element"),
)
_TAKE = Prepared(delete(signal_deliveries).where(*_THIS))
_POSTPONE = Prepared(update(signal_deliveries).where(*_THIS).values(due_at=bindparam("new_due_at")))
_IS_UNDER_WAY = select(1).where(signal_deliveries.c.signal_key == signals.c.key).exists()
_FORGET = Prepared(delete(signals).where(signals.c.key == bindparam("of_key"), ~_IS_UNDER_WAY))
_FORGET_ALL = Prepared(delete(signals).where(~_IS_UNDER_WAY))


def send(tx: UnitOfWork, signal: Signal, deaf: Sequence[int] = (), only: int = 0) -> int:
    """Address the signal to all of its tenant who wait for its name now, but for the `deaf`; how many they are.

    `only` is the key of the instance that alone is meant, 0 for all of them. A signal that nobody waits for leaves
    nothing behind.
    """
    wanted = {"signal_key": signal.key, "now": signal.sent_at, "name": signal.name}
    if only:
        addressed = tx.change(_TO_INSTANCE, {**wanted, "deaf": list(deaf), "only": only})
    else:
        wanted["tenant_id"] = signal.tenant_id
        addressed = tx.change(_TO_INSTANCES, {**wanted, "deaf": list(deaf)}) + tx.change(_TO_STARTS, wanted)
    if addressed:
        tx.announce(SIGNALS)
        tx.execute(_INSERT, {column.name: getattr(signal, column.name) for column in _SIGNAL})
    return addressed


def find(tx: UnitOfWork, key: int) -> Signal | None:
    """The signal, None when everybody has it."""
    row = tx.execute(_FIND, {"key": key}).first()
    return None if row is None else Signal(*row)


def deliveries(tx: UnitOfWork, signal_key: int, now: datetime, limit: int) -> list[Delivery]:
    """Who is still to get this signal, the longest waiting first."""
    return [Delivery(*row) for row in tx.execute(_OF, {"signal_key": signal_key, "now": now, "most": limit})]


def due(tx: UnitOfWork, now: datetime, limit: int) -> list[Delivery]:
    """Who is still to get any signal, the oldest first."""
    return [Delivery(*row) for row in tx.execute(_DUE, {"now": now, "most": limit})]


def take(tx: UnitOfWork, delivery: Delivery) -> bool:
    """Take the delivery away, and the signal with the last; False when somebody else has done it."""
    if not tx.change(_TAKE, _named(delivery)):
        return False
    tx.execute(_FORGET, {"of_key": delivery.signal_key})
    return True


def postpone(tx: UnitOfWork, delivery: Delivery, now: datetime, seconds: float) -> None:
    """Try again so much later."""
    tx.execute(_POSTPONE, {**_named(delivery), "new_due_at": now + timedelta(seconds=seconds)})


def forget_delivered(tx: UnitOfWork) -> int:
    """Drop signals that everybody has; returns how many. Usually none: the last delivery takes its signal along."""
    return tx.change(_FORGET_ALL, {})


def _named(delivery: Delivery) -> dict[str, Any]:
    return {
        "of_signal": delivery.signal_key,
        "of_subscription": delivery.subscription_key,
        "of_definition": delivery.definition_key,
        "of_element": delivery.element_id,
    }
