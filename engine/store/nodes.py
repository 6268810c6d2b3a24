"""Nodes: the processes that work on this database, each with its last sign of life."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, insert, select, update

from engine.store.node_tables import nodes
from engine.store.prepared import Prepared
from engine.store.rows import columns
from engine.store.unit_of_work import UnitOfWork

SILENT_AFTER = timedelta(seconds=90)


@dataclass(frozen=True, slots=True)
class Node:
    """A process. `roles` are what it does, in words with spaces between; `skew_seconds` how far its clock is ahead.

    Times are the database's, so that those of all nodes can be compared.
    """

    name: str
    roles: str
    started_at: datetime
    seen_at: datetime
    skew_seconds: float

    def is_alive(self, now: datetime) -> bool:
        """Whether it was seen lately enough: it gives a sign of life three times a minute."""
        return now - self.seen_at < SILENT_AFTER


_ALL = select(*columns(nodes, Node)).order_by(nodes.c.name)
_SEEN = Prepared(
    update(nodes)
    .where(nodes.c.name == bindparam("of_name"))
    .values(seen_at=bindparam("now"), skew_seconds=bindparam("skew"), roles=bindparam("new_roles"))
)
_ADD = Prepared(insert(nodes))
_REMOVE = Prepared(delete(nodes).where(nodes.c.name == bindparam("of_name")))
_FORGET = Prepared(delete(nodes).where(nodes.c.seen_at < bindparam("before")))


def see(tx: UnitOfWork, name: str, roles: str, now: datetime, skew_seconds: float) -> None:
    """The node is alive."""
    seen = {"of_name": name, "now": now, "skew": skew_seconds, "new_roles": roles}
    if not tx.change(_SEEN, seen):
        new = {"name": name, "roles": roles, "started_at": now, "seen_at": now, "skew_seconds": skew_seconds}
        tx.execute(_ADD, new)


def every(tx: UnitOfWork) -> list[Node]:
    """All that have not ended in order and were seen lately."""
    return [Node(*row) for row in tx.execute(_ALL)]


def remove(tx: UnitOfWork, name: str) -> None:
    """The node ends in order."""
    tx.change(_REMOVE, {"of_name": name})


def forget(tx: UnitOfWork, before: datetime) -> int:
    """Drop those who have not been seen since; returns how many."""
    return tx.change(_FORGET, {"before": before})
