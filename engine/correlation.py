"""Correlating as Camunda 7 does: one message for exactly one receiver, now (camunda7-extensions §7).

The receiver is found by name, business key, variables of its instance and variables of the waiting element; only when
none waits is a process started by its message start event. Nothing is kept for those who come later.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.errors import Conflict, NotFound
from engine.moves import Moves
from engine.states import Awaited
from engine.store import subscriptions, variables
from engine.store.messages import Message
from engine.store.subscriptions import StartSubscription, Subscription
from engine.variables import checked, checked_text

Json = Any


@dataclass(frozen=True, slots=True)
class Correlation:
    """Whom a message is for, and what it brings. What is not said does not matter.

    `correlation_keys` are variables of the instance, `local_keys` those of the waiting element itself. `every` gives it
    to all who fit instead of refusing when they are more than one.
    """

    name: str
    business_key: str | None = None
    instance_key: int = 0
    correlation_keys: Mapping[str, Json] = field(default_factory=dict)
    local_keys: Mapping[str, Json] = field(default_factory=dict)
    variables: Mapping[str, Json] = field(default_factory=dict)
    every: bool = False
    tenant_id: str = ""  # whose it is; empty: of who asks

    def __post_init__(self) -> None:
        """Raises `InvalidInput`."""
        checked_text(self.name, "name", is_required=True)
        checked_text(self.business_key, "business_key")
        for name in ("correlation_keys", "local_keys", "variables"):
            object.__setattr__(self, name, checked(getattr(self, name)))


@dataclass(frozen=True, slots=True)
class CorrelationResult:
    """Instances that went on, and instances that were started."""

    correlated: tuple[int, ...]
    started: tuple[int, ...]


def correlate(moves: Moves, wanted: Correlation) -> CorrelationResult:
    """Give the message to its receiver. Raises `NotFound` when there is none, `Conflict` when there are several."""
    message = Message(
        moves.tx.next_key(),
        wanted.name,
        "",
        "",
        wanted.business_key,
        wanted.variables,
        moves.now,
        moves.by.id,
        moves.now,
        moves.tenant(wanted.tenant_id),
    )
    waiting = _waiting(moves, wanted, message.tenant_id)
    starts = [] if wanted.instance_key else _starts(moves, message)
    if not wanted.every:
        starts = [] if waiting else starts
        _check_one(wanted, len(waiting) + len(starts))
    return CorrelationResult(_go_on(moves, waiting, message), _start(moves, starts, message))


def _starts(moves: Moves, message: Message) -> list[StartSubscription]:
    return subscriptions.starts(moves.tx, message.tenant_id, Awaited.MESSAGE, message.name)


def _waiting(moves: Moves, wanted: Correlation, tenant_id: str) -> list[Subscription]:
    found = subscriptions.waiting(moves.tx, tenant_id, wanted.name, "")
    return [one for one, business_key in found if _fits(moves, one, business_key, wanted)]


def _fits(moves: Moves, one: Subscription, business_key: str | None, wanted: Correlation) -> bool:
    if wanted.business_key is not None and business_key != wanted.business_key:
        return False
    if wanted.instance_key not in (0, one.instance_key):
        return False
    if not wanted.correlation_keys and not wanted.local_keys:
        return True
    scopes = variables.of_instance(moves.tx, one.instance_key)
    return _has(scopes.get(one.instance_key, {}), wanted.correlation_keys) and _has(
        scopes.get(one.element_key, {}), wanted.local_keys
    )


def _has(found: Mapping[str, Json], wanted: Mapping[str, Json]) -> bool:
    # True is 1 in Python, and not in a process.
    return all(
        name in found and found[name] == value and isinstance(found[name], bool) == isinstance(value, bool)
        for name, value in wanted.items()
    )


def _check_one(wanted: Correlation, receivers: int) -> None:
    if receivers == 0:
        raise NotFound(f"Nobody waits for the message '{wanted.name}' with these keys, and it starts no process.")
    if receivers > 1:
        text = f"{receivers} receivers wait for the message '{wanted.name}' with these keys; it is for one alone."
        raise Conflict(f"{text} Name more keys, or give it to every one of them.")


def _go_on(moves: Moves, waiting: list[Subscription], message: Message) -> tuple[int, ...]:
    reached = [one for one in waiting if moves.correlate(moves.lock(one.instance_key), one, message)]
    return tuple(one.instance_key for one in reached)


def _start(moves: Moves, starts: list[StartSubscription], message: Message) -> tuple[int, ...]:
    return tuple(moves.start_by(message, one).key for one in starts)
