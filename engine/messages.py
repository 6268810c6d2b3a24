"""Messages: who gets one that is published now, and whether it is kept for those who ask later.

Camunda 8's rules (zeebe-extensions §8): every waiting subscription with the name and correlation key, once per process
id; then the processes that it starts, one running instance per correlation key. Subscriptions of Camunda 7 diagrams
and of plain BPMN have no correlation key: they are compared by the business key of their instance, or by the key of the
message that began it, so that the messages of one conversation come together (BPMN 2.0.2, 8.4.2).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from engine import events
from engine.errors import Conflict, InvalidInput
from engine.moves import Moves
from engine.states import Awaited
from engine.step import MessageThrown
from engine.store import instances, messages, subscriptions
from engine.store.messages import Message
from engine.store.subscriptions import Subscription
from engine.tenants import named
from engine.variables import checked, checked_text

Json = Any

# How long a message that was sent along a message flow waits for its receiver.
KEPT_SECONDS = 365 * 24 * 3600.0
LONGEST_SECONDS = 10 * 365 * 24 * 3600.0


@dataclass(frozen=True, slots=True)
class MessageResult:
    """Who got a message: instances that went on, instances that it started; whether it is kept for later ones."""

    key: int
    correlated: tuple[int, ...]
    started: tuple[int, ...]
    buffered: bool


@dataclass(frozen=True, slots=True)
class Publication:
    """A message to publish, checked."""

    name: str
    correlation_key: str = ""
    variables: Mapping[str, Json] = field(default_factory=dict)
    time_to_live_seconds: float = 0.0
    message_id: str = ""
    business_key: str | None = None
    process_id: str = ""  # the only one that it is for; empty: for all
    tenant_id: str = ""  # whose it is; empty: of who asks

    def __post_init__(self) -> None:
        """Raises `InvalidInput`."""
        checked_text(self.name, "name", is_required=True)
        checked_text(self.correlation_key, "correlation_key")
        checked_text(self.message_id, "message_id")
        checked_text(self.business_key, "business_key")
        object.__setattr__(self, "variables", checked(self.variables))
        seconds = self.time_to_live_seconds
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds <= LONGEST_SECONDS:
            text = f"time_to_live_seconds must be from 0 to {LONGEST_SECONDS:.0f}."
            raise InvalidInput(text, {"time_to_live_seconds": repr(seconds)[:60]})


def publish(moves: Moves, published: Publication) -> MessageResult:
    """Give the message to everybody who waits for it. Raises `Conflict` while one with the same id is kept."""
    message = _message(moves, published)
    moves.tell(
        0,
        events.MESSAGE_PUBLISHED,
        message_key=str(message.key),
        name=message.name,
        correlation_key=message.correlation_key,
        message_id=message.message_id or None,
        tenant_id=named(message.tenant_id),
        variables=dict(message.variables),
    )
    correlated = _correlate(moves, message, published.process_id)
    started = _start(moves, message, correlated, published.process_id)
    # One who was meant alone and has it needs no copy later.
    has_it = bool(published.process_id) and bool(correlated or started)
    is_kept = published.time_to_live_seconds > 0 and not has_it
    if is_kept:
        messages.keep(moves.tx, message)
        messages.delivered(moves.tx, message.key, {**correlated, **started})
    return MessageResult(message.key, tuple(correlated.values()), tuple(started.values()), is_kept)


def post(moves: Moves) -> None:
    """Publish what instances sent, and what that leads to. Along message flows, it is kept for a receiver to come."""
    while moves.outbox:
        tenant_id, thrown = moves.outbox.pop(0)
        if not thrown.conversation:
            _post_published(moves, thrown, tenant_id)
            continue
        key = thrown.conversation
        kept = (KEPT_SECONDS, "", key, thrown.process_id, tenant_id)
        publish(moves, Publication(thrown.name, key, thrown.variables, *kept))


def _post_published(moves: Moves, thrown: MessageThrown, tenant_id: str) -> None:
    """One that is kept already under its id is not published again; its sender need not know."""
    same = (tenant_id, thrown.name, thrown.correlation_key, thrown.message_id)
    if thrown.message_id and messages.kept_same(moves.tx, same, moves.now) is not None:
        return
    said = (thrown.name, thrown.correlation_key, thrown.variables, thrown.kept_seconds, thrown.message_id)
    publish(moves, Publication(*said, tenant_id=tenant_id))


def _message(moves: Moves, published: Publication) -> Message:
    message = Message(
        key=moves.tx.next_key(),
        name=published.name,
        correlation_key=published.correlation_key,
        message_id=published.message_id,
        business_key=published.business_key,
        variables=published.variables,
        published_at=moves.now,
        published_by=moves.by.id,
        expires_at=moves.now + timedelta(seconds=published.time_to_live_seconds),
        tenant_id=moves.tenant(published.tenant_id),
    )
    same = (message.tenant_id, message.name, message.correlation_key, message.message_id)
    kept = messages.kept_same(moves.tx, same, moves.now) if message.message_id else None
    if kept is not None:
        text = f"A message '{message.name}' with the id '{message.message_id}' was published already and is kept."
        raise Conflict(f"{text} Its key is {kept}; there is no need to send it again.")
    return message


def _correlate(moves: Moves, message: Message, only: str) -> dict[str, int]:
    """Who waited and got it: process id -> instance key."""
    got: dict[str, int] = {}
    for subscription, known_by in _waiting(moves, message):
        if only not in ("", subscription.process_id):
            continue
        if subscription.process_id in got or not _is_meant(message, subscription, known_by):
            continue
        if moves.correlate(moves.lock(subscription.instance_key), subscription, message):
            got[subscription.process_id] = subscription.instance_key
    return got


def _waiting(moves: Moves, message: Message) -> list[tuple[Subscription, str | None]]:
    return subscriptions.waiting(moves.tx, message.tenant_id, message.name, message.correlation_key)


def _is_meant(message: Message, subscription: Subscription, known_by: str | None) -> bool:
    if subscription.correlation_key is not None:
        return True
    wanted = message.business_key or message.correlation_key
    return not wanted or wanted == known_by


def _start(moves: Moves, message: Message, correlated: Mapping[str, int], only: str) -> dict[str, int]:
    """Which processes it started: process id -> instance key."""
    started: dict[str, int] = {}
    for subscription in subscriptions.starts(moves.tx, message.tenant_id, Awaited.MESSAGE, message.name):
        if only not in ("", subscription.process_id):
            continue
        if subscription.process_id in correlated or subscription.process_id in started:
            continue
        if message.correlation_key and _is_running(moves, message, subscription.process_id):
            continue
        started[subscription.process_id] = moves.start_by(message, subscription).key
    return started


def _is_running(moves: Moves, message: Message, process_id: str) -> bool:
    running = instances.running_for(moves.tx, message.tenant_id, process_id, message.correlation_key)
    return running is not None
