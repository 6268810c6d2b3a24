"""How far notifications are behind: what was not looked at yet in the trail, and what waits to be delivered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, or_, select

from engine.states import NotificationState
from engine.store import notifications
from engine.store.columns import constant
from engine.store.notification_tables import notifications as table
from engine.store.tables import audit_heads, audit_records
from engine.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Backlog:
    """How one subscription stands. `failing` of those that wait have failed at least once; `error` is one's reason."""

    key: int
    kind: str
    target: str
    active: bool
    unread: int  # records of the trail that were not looked at for it
    waiting: int
    failing: int
    dead: int
    oldest: datetime | None  # since when what waits the longest is in the trail unread, or a notification since then
    error: str


_WAITING = (
    select(
        table.c.subscription_key,
        func.count(),
        func.count(table.c.error),
        func.min(table.c.created_at),
        func.max(table.c.error),
    )
    .where(table.c.state == constant(NotificationState.WAITING))
    .group_by(table.c.subscription_key)
)
_DEAD = (
    select(table.c.subscription_key, func.count(), func.max(table.c.error))
    .where(table.c.state == constant(NotificationState.DEAD))
    .group_by(table.c.subscription_key)
)
_HEADS = select(audit_heads.c.chain, audit_heads.c.seq)


def deliveries(tx: UnitOfWork) -> list[Backlog]:
    """How every subscription stands, oldest first."""
    waiting = {row[0]: row[1:] for row in tx.execute(_WAITING)}
    dead = {row[0]: row[1:] for row in tx.execute(_DEAD)}
    heads = {str(chain): seq for chain, seq in tx.execute(_HEADS)}
    found = []
    for one in notifications.every_subscription(tx):
        count, failing, oldest, error = waiting.get(one.key, (0, 0, None, None))
        lost, why = dead.get(one.key, (0, None))
        behind = {chain: seen for chain, seq in heads.items() if (seen := one.positions.get(chain, 0)) < seq}
        times = [at for at in (oldest, _first_unread(tx, behind)) if at is not None]
        found.append(
            Backlog(
                key=one.key,
                kind=one.kind,
                target=one.target,
                active=one.active,
                unread=sum(heads[chain] - seen for chain, seen in behind.items()),
                waiting=count,
                failing=failing,
                dead=lost,
                oldest=min(times, default=None),
                error=error or why or "",
            )
        )
    return found


def _first_unread(tx: UnitOfWork, behind: Mapping[str, int]) -> datetime | None:
    """When the first of the records was written that a subscription has not looked at."""
    firsts = [
        and_(audit_records.c.chain == int(chain), audit_records.c.seq == seq + 1) for chain, seq in behind.items()
    ]
    if not firsts:
        return None
    found: datetime | None = tx.execute(select(func.min(audit_records.c.at)).where(or_(*firsts))).scalar()
    return found
