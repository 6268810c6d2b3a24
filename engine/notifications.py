"""Notifications out of the audit trail: which facts concern a subscription, and what it is told of them.

The trail is the outbox: a fact stands there exactly when the verb's transaction was committed, in an order without
gaps. So a verb has nothing more to write, and nothing is told that did not happen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import msgspec

from engine import events
from engine.audit import CHAINS, Record, moment
from engine.moves import Moves
from engine.states import NotificationState
from engine.store import audit_records, notifications
from engine.store.notifications import Notification, NotificationSubscription
from engine.vault import Vault

Json = Any

# What may be heard of: every word of `engine.events`.
EVENTS = frozenset(value for name, value in vars(events).items() if name.isupper() and isinstance(value, str))
_RECORDS_AT_ONCE = 200
# Business data stays inside: who is told may ask for it, with rights of their own.
_WITHHELD = frozenset({"variables", "output", "proposal", "inputs", "matched", "text"})
# The pauses after failed tries, as the Standard Webhooks guide has them; after the last one it is dead.
_PAUSES = tuple(timedelta(seconds=seconds) for seconds in (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400))


def encrypt(moves: Moves, vault: Vault) -> int:
    """Put secrets that are plain, or under an older key, under the first key of the vault; returns how many."""
    count = 0
    for one in notifications.every_subscription(moves.tx) if vault.has_key else ():
        if (kept := vault.renewed(one.secret)) is not None:
            notifications.set_secret(moves.tx, one.key, kept)
            count += 1
    return count


def pause_after(tries: int) -> timedelta | None:
    """How long to wait after so many failed tries; None: no more of them."""
    return _PAUSES[tries - 1] if tries <= len(_PAUSES) else None


def collect(moves: Moves, key: int) -> int:
    """Look at what is new in the trail for one subscription; returns how many records it looked at."""
    subscription = notifications.lock_subscription(moves.tx, key)
    if subscription is None:
        return 0
    positions = dict(subscription.positions)
    records: list[Record] = []
    for chain in range(CHAINS):
        found = audit_records.portion(moves.tx, chain, positions.get(str(chain), 0), _RECORDS_AT_ONCE)
        if found:
            positions[str(chain)] = found[-1].seq
            records += found
    if records:
        if told := list(_notifications(moves, subscription, records)):
            notifications.add(moves.tx, told)
        notifications.move_on(moves.tx, key, positions)
    return len(records)


def _notifications(
    moves: Moves, subscription: NotificationSubscription, records: Sequence[Record]
) -> Iterator[Notification]:
    facts = [(record, fact) for record in records for fact in _facts(record) if fact["type"] in subscription.events]
    if not facts:
        return
    processes = notifications.process_ids(moves.tx, list({record.instance_key for record, _ in facts}))
    for record, fact in sorted(facts, key=lambda one: (one[0].at, one[0].chain, one[0].seq)):
        process_id = processes.get(record.instance_key, "")
        if subscription.process_id in ("", process_id):
            yield Notification(
                key=moves.tx.next_key(),
                subscription_key=subscription.key,
                event=fact["type"],
                instance_key=record.instance_key,
                body=_body(record, fact, process_id),
                state=NotificationState.WAITING,
                tries=0,
                due_at=moves.now,
                error=None,
                created_at=moves.now,
                ended_at=None,
            )


def _facts(record: Record) -> list[dict[str, Json]]:
    return [] if record.payload is None else list(msgspec.json.decode(record.payload)["events"])


def _body(record: Record, fact: dict[str, Json], process_id: str) -> dict[str, Json]:
    """What is sent: the shape of Standard Webhooks, with keys as text."""
    said = {name: value for name, value in fact.get("data", {}).items() if name not in _WITHHELD}
    where = {name: fact[name] for name in ("element_id", "element_key") if name in fact}
    about = {"instance_key": str(record.instance_key), "process_id": process_id} if record.instance_key else {}
    data = {**about, **where, "by": record.actor_id, **said}
    return {"type": fact["type"], "timestamp": moment(record.at), "data": data}


def letter(notification: Notification) -> tuple[str, str]:
    """Subject and text of a mail about it."""
    data = notification.body["data"]
    word = notification.event.replace("-", " ")
    about = data.get("process_id") or "Baton"
    lines = [f"{name.replace('_', ' ')}: {value}" for name, value in data.items() if value not in (None, "", [])]
    return f"{about}: {word}", "\n".join([f"{word}, {notification.body['timestamp']}", "", *lines, ""])
