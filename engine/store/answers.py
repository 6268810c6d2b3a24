"""Answers kept under idempotency keys: the row is made before a command runs and holds its answer when it commits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from engine.store.columns import to_json
from engine.store.prepared import Prepared
from engine.store.tables import idempotency_keys
from engine.store.unit_of_work import UnitOfWork

Json = Any


@dataclass(frozen=True, slots=True)
class Kept:
    """What was answered before, and the fingerprint of the request that it answered."""

    fingerprint: str
    answer: Json


def _claim(insert: Any) -> Any:
    return insert(idempotency_keys).on_conflict_do_nothing(index_elements=["key"])


_CLAIM_SQLITE, _CLAIM_POSTGRESQL = Prepared(_claim(sqlite.insert)), Prepared(_claim(postgresql.insert))
_FIND = Prepared(
    select(idempotency_keys.c.fingerprint, idempotency_keys.c.answer).where(idempotency_keys.c.key == bindparam("key"))
)
_KEEP = Prepared(
    update(idempotency_keys).where(idempotency_keys.c.key == bindparam("of_key")).values(answer=bindparam("new_answer"))
)
_FORGET = Prepared(delete(idempotency_keys).where(idempotency_keys.c.created_at < bindparam("before")))


def claim(tx: UnitOfWork, actor: str, key: str, fingerprint: str, now: datetime) -> Kept | None:
    """Take a key for this transaction, or say what it was answered with.

    Two who send the same key at once meet here: PostgreSQL lets the second wait for the first one's end.
    """
    of = {"key": to_json([actor, key])}
    row = {**of, "fingerprint": fingerprint, "instance_key": 0, "created_at": now}
    if tx.change(_CLAIM_SQLITE if tx.is_sqlite else _CLAIM_POSTGRESQL, row):
        return None
    return Kept(*tx.execute(_FIND, of).first())


def keep(tx: UnitOfWork, actor: str, key: str, answer: Json) -> None:
    """Store the answer, beside what it is the answer to."""
    tx.execute(_KEEP, {"of_key": to_json([actor, key]), "new_answer": answer})


def forget(tx: UnitOfWork, before: datetime) -> int:
    """Drop keys older than that; returns how many."""
    return tx.change(_FORGET, {"before": before})
