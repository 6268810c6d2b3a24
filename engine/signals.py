"""Signals: broadcast by name to everybody who waits, whatever they are (BPMN 2.0.2, 10.5.5; zeebe-extensions §8).

Nothing is kept for those who come later. Sending addresses the signal, in the sender's own transaction; each receiver
gets it in a transaction of its own. Receivers of Camunda 7's dialect get what is sent from outside in that same
transaction, as there: when one of them fails, the signal was not sent (`engine.taking_back`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine import commands, events
from engine.moves import Moves, Start
from engine.states import InstanceState
from engine.store import signals, subscriptions
from engine.store.signals import Delivery, Signal
from engine.variables import checked, checked_text

Json = Any

# A verb gives a signal that it sends to so many; the scheduler to the others.
MOST_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class SignalResult:
    """A signal that was sent, and how many it is for: waiting events and processes that it starts."""

    key: int
    receivers: int


def broadcast(moves: Moves, name: str, variables: Mapping[str, Json] | None, tenant_id: str = "") -> SignalResult:
    """Send a signal to all of a tenant. Raises `InvalidInput`."""
    checked_text(name, "name", is_required=True)
    owner = moves.tenant(tenant_id)
    signal = Signal(moves.tx.next_key(), name, checked(variables), None, moves.now, moves.by.id, owner)
    receivers = moves.send(signal)
    if receivers:
        _give_at_once(moves, signal)
    return SignalResult(signal.key, receivers)


def _give_at_once(moves: Moves, signal: Signal) -> None:
    """Give the signal to those of Camunda 7 who can take it now; others get it later, as do those past the limit."""
    for delivery in signals.deliveries(moves.tx, signal.key, moves.now, MOST_AT_ONCE):
        row = moves.lock(delivery.instance_key) if delivery.instance_key else None
        definition = moves.library.process(moves.tx, row.definition_key if row else delivery.definition_key).definition
        is_free = row is None or (row.state is InstanceState.ACTIVE and not row.open_incidents)
        if definition.is_camunda7 and is_free:
            deliver(moves, delivery)


def deliver(moves: Moves, delivery: Delivery) -> bool:
    """Give a signal to one who is to get it; False when it has it already, or does not wait any more.

    Raises `IllegalMove` when the instance cannot take it now.
    """
    row = moves.lock(delivery.instance_key) if delivery.instance_key else None
    if row is not None:
        moves.check_goes_on(row)
    signal = signals.find(moves.tx, delivery.signal_key)
    if signal is None or not signals.take(moves.tx, delivery):
        return False
    if row is None:
        return _begin(moves, delivery, signal)
    subscription = subscriptions.find(moves.tx, delivery.subscription_key)
    if not row.is_active or subscription is None:
        return False
    _tell(moves, row.key, signal, (subscription.element_id, subscription.element_key))
    moves.resume(row, commands.Correlate(subscription.element_key, signal.variables))
    return True


def _begin(moves: Moves, delivery: Delivery, signal: Signal) -> bool:
    compiled = moves.library.process(moves.tx, delivery.definition_key)
    new = Start(compiled, signal.variables, signal.business_key, start_element=delivery.element_id)
    row = moves.start(new)
    _tell(moves, row.key, signal, (delivery.element_id, 0))
    return True


def _tell(moves: Moves, instance_key: int, signal: Signal, element: tuple[str, int]) -> None:
    moves.tell(
        instance_key,
        events.SIGNAL_RECEIVED,
        element=element,
        name=signal.name,
        signal_key=str(signal.key),
        sent_by=signal.sent_by,
        variables=dict(signal.variables),
    )
