"""Notifications: subscriptions, and the rows that wait for delivery."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update

from engine.states import NotificationState, TaskState
from engine.store.columns import constant
from engine.store.notification_tables import notification_subscriptions as subscriptions
from engine.store.notification_tables import notifications
from engine.store.prepared import OneOf, Prepared
from engine.store.rows import Page, Paged, columns, paged
from engine.store.tables import instances, user_tasks
from engine.store.unit_of_work import UnitOfWork

Json = Any
WEBHOOK, MAIL = "webhook", "mail"


@dataclass(frozen=True, slots=True)
class NotificationSubscription:
    """Somebody who wants to hear of events: a web address with a secret to sign with, or a mail address.

    `secret` is as it is kept: encrypted, unless there is no key (`engine.vault`).

    `positions` maps audit chains (as text) to the last record that was looked at for it.
    """

    key: int
    kind: str
    target: str
    secret: str
    events: Sequence[str]
    process_id: str
    active: bool
    positions: Mapping[str, int]
    created_at: datetime
    created_by: str


@dataclass(frozen=True, slots=True)
class Notification:
    """An event on its way. `due_at` is when it is tried next, or until when somebody else tries it."""

    key: int
    subscription_key: int
    event: str
    instance_key: int
    body: Json
    state: NotificationState
    tries: int
    due_at: datetime
    error: str | None
    created_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class NotificationFilter:
    """Which notifications."""

    state: NotificationState | None = None
    subscription_key: int = 0
    instance_key: int = 0


@dataclass(frozen=True, slots=True)
class OverdueTask:
    """A user task whose due date has passed, of which nobody was told yet."""

    key: int
    instance_key: int
    element_id: str
    element_key: int
    name: str
    assignee: str | None
    due_at: datetime


_SUBSCRIPTION, _ALL = columns(subscriptions, NotificationSubscription), columns(notifications, Notification)
_LOCK_SUBSCRIPTION = Prepared(
    select(*_SUBSCRIPTION)
    .where(subscriptions.c.key == bindparam("key"), subscriptions.c.active)
    .with_for_update(skip_locked=True)
)
_MOVE_ON = Prepared(
    update(subscriptions).where(subscriptions.c.key == bindparam("of_key")).values(positions=bindparam("new_positions"))
)
_ADD = Prepared(insert(notifications))
_DUE = Prepared(
    select(*_ALL)
    .where(notifications.c.state == constant(NotificationState.WAITING), notifications.c.due_at <= bindparam("now"))
    .order_by(notifications.c.due_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_LEASE = Prepared(
    update(notifications)
    .where(OneOf(notifications.c.key, "keys"))
    .values(due_at=bindparam("until"), tries=notifications.c.tries + 1)
)
_SETTLE = Prepared(
    update(notifications)
    .where(
        notifications.c.key == bindparam("of_key"),
        notifications.c.state == constant(NotificationState.WAITING),
        notifications.c.tries == bindparam("of_try"),
    )
    .values(
        state=bindparam("new_state"),
        due_at=bindparam("new_due_at"),
        error=bindparam("new_error"),
        ended_at=bindparam("new_ended_at"),
    )
)
_FORGET = Prepared(delete(notifications).where(notifications.c.ended_at < bindparam("before")))
_PROCESS_IDS = Prepared(select(instances.c.key, instances.c.process_id).where(OneOf(instances.c.key, "keys")))
_OVERDUE = Prepared(
    select(*columns(user_tasks, OverdueTask))
    .where(
        user_tasks.c.state == constant(TaskState.CREATED),
        user_tasks.c.due_at.is_not(None),
        user_tasks.c.overdue_at.is_(None),
        user_tasks.c.due_at < bindparam("now"),
    )
    .order_by(user_tasks.c.due_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_TOLD = Prepared(update(user_tasks).where(OneOf(user_tasks.c.key, "keys")).values(overdue_at=bindparam("now")))


def subscribe(tx: UnitOfWork, new: NotificationSubscription) -> None:
    """Keep a new subscription."""
    tx.execute(insert(subscriptions), {column.name: getattr(new, column.name) for column in _SUBSCRIPTION})


def every_subscription(tx: UnitOfWork) -> list[NotificationSubscription]:
    """All subscriptions, oldest first."""
    query = select(*_SUBSCRIPTION).order_by(subscriptions.c.key)
    return [NotificationSubscription(*row) for row in tx.execute(query)]


def find_subscription(tx: UnitOfWork, key: int) -> NotificationSubscription | None:
    """One subscription."""
    row = tx.execute(select(*_SUBSCRIPTION).where(subscriptions.c.key == key)).first()
    return None if row is None else NotificationSubscription(*row)


def unsubscribe(tx: UnitOfWork, key: int) -> None:
    """Forget a subscription, with what is on its way to it."""
    tx.execute(delete(notifications).where(notifications.c.subscription_key == key))
    tx.execute(delete(subscriptions).where(subscriptions.c.key == key))


def lock_subscription(tx: UnitOfWork, key: int) -> NotificationSubscription | None:
    """The subscription, held; None when it is paused, gone, or held by somebody else."""
    row = tx.execute(_LOCK_SUBSCRIPTION, {"key": key}).first()
    return None if row is None else NotificationSubscription(*row)


def set_secret(tx: UnitOfWork, key: int, kept: str) -> None:
    """Keep a subscription's secret in another form."""
    tx.execute(update(subscriptions).where(subscriptions.c.key == key).values(secret=kept))


def set_active(tx: UnitOfWork, key: int, *, active: bool) -> None:
    """Pause a subscription or let it go on; what happens meanwhile is told afterwards."""
    tx.execute(update(subscriptions).where(subscriptions.c.key == key).values(active=active))


def move_on(tx: UnitOfWork, key: int, positions: Mapping[str, int]) -> None:
    """What has been looked at for a subscription."""
    tx.execute(_MOVE_ON, {"of_key": key, "new_positions": dict(positions)})


def add(tx: UnitOfWork, new: Sequence[Notification]) -> None:
    """Put notifications on their way."""
    tx.execute(_ADD, [{column.name: getattr(one, column.name) for column in _ALL} for one in new])


def claim(tx: UnitOfWork, now: datetime, until: datetime, most: int) -> list[Notification]:
    """Take notifications that are due, for as long as one try may last; the number of tries counts this one."""
    found = [Notification(*row) for row in tx.execute(_DUE, {"now": now, "most": most})]
    if found:
        tx.execute(_LEASE, {"keys": [one.key for one in found], "until": until})
    return found


def settle(  # noqa: PLR0913 - one row, all named
    tx: UnitOfWork,
    key: int,
    tries: int,
    *,
    state: NotificationState,
    due_at: datetime,
    error: str | None,
    ended_at: datetime | None,
) -> bool:
    """How a try ended; False when another one was begun meanwhile."""
    values = {"new_state": state, "new_due_at": due_at, "new_error": error, "new_ended_at": ended_at}
    return tx.change(_SETTLE, {"of_key": key, "of_try": tries, **values}) == 1


def revive(tx: UnitOfWork, key: int, now: datetime) -> bool:
    """Let a dead notification be tried again from the beginning; False when there is none."""
    dead = (notifications.c.key == key) & (notifications.c.state == constant(NotificationState.DEAD))
    values = {"state": NotificationState.WAITING, "tries": 0, "due_at": now, "ended_at": None}
    return int(tx.execute(update(notifications).where(dead).values(values)).rowcount) == 1


def forget(tx: UnitOfWork, before: datetime) -> int:
    """Drop what ended before; returns how many."""
    return tx.change(_FORGET, {"before": before})


def process_ids(tx: UnitOfWork, instance_keys: Sequence[int]) -> dict[int, str]:
    """The processes of instances; one that was deleted has none."""
    return dict(tx.execute(_PROCESS_IDS, {"keys": list(instance_keys)}).all())


def overdue(tx: UnitOfWork, now: datetime, most: int) -> list[OverdueTask]:
    """Tasks that became overdue, of which nobody was told; from now on they count as told."""
    found = [OverdueTask(*row) for row in tx.execute(_OVERDUE, {"now": now, "most": most})]
    if found:
        tx.execute(_TOLD, {"keys": [one.key for one in found], "now": now})
    return found


def find(tx: UnitOfWork, wanted: NotificationFilter, page: Page) -> Paged[Notification]:
    """Notifications, newest first."""
    query = select(*_ALL)
    if wanted.state is not None:
        query = query.where(notifications.c.state == constant(wanted.state))
    if wanted.subscription_key:
        query = query.where(notifications.c.subscription_key == wanted.subscription_key)
    if wanted.instance_key:
        query = query.where(notifications.c.instance_key == wanted.instance_key)
    return paged(tx, query, notifications.c.key, page, Notification)
