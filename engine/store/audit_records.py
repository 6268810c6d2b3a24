"""The audit trail's rows: records, and the end of each chain."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from engine.audit import Draft, Head, Record, chain_of, extend
from engine.store.prepared import OneOf, Prepared
from engine.store.rows import columns
from engine.store.tables import audit_heads, audit_records
from engine.store.unit_of_work import UnitOfWork

COLUMNS = columns(audit_records, Record)
_NAMES = [field.name for field in fields(Record)]
_HASH = _NAMES.index("hash")
_HEADS = Prepared(
    select(audit_heads.c.chain, audit_heads.c.seq, audit_heads.c.hash)
    .where(OneOf(audit_heads.c.chain, "chains"))
    .order_by(audit_heads.c.chain)
)
_LOCK_HEADS = Prepared(_HEADS.statement.with_for_update())
_INSERT = Prepared(insert(audit_records), _NAMES)
_ADVANCE = Prepared(
    update(audit_heads)
    .where(audit_heads.c.chain == bindparam("of_chain"))
    .values(seq=bindparam("new_seq"), hash=bindparam("new_hash"))
)
_ADVANCE_KNOWN = Prepared(
    update(audit_heads)
    .where(
        audit_heads.c.chain == bindparam("of_chain"),
        audit_heads.c.seq == bindparam("old_seq"),
        audit_heads.c.hash == bindparam("old_hash"),
    )
    .values(seq=bindparam("new_seq"), hash=bindparam("new_hash"))
)
_PORTION = Prepared(
    select(*COLUMNS)
    .where(audit_records.c.chain == bindparam("chain"), audit_records.c.seq > bindparam("after"))
    .order_by(audit_records.c.seq)
    .limit(bindparam("most"))
)
_HASHES = Prepared(
    select(audit_records.c.hash)
    .where(audit_records.c.chain == bindparam("chain"), audit_records.c.seq > bindparam("after"))
    .order_by(audit_records.c.seq)
    .limit(bindparam("most"))
)
_OF_INSTANCE = Prepared(
    select(*COLUMNS).where(audit_records.c.instance_key == bindparam("of_key")).order_by(audit_records.c.seq)
)
_FIND = Prepared(
    select(*COLUMNS).where(audit_records.c.chain == bindparam("chain"), audit_records.c.seq == bindparam("seq"))
)
_ERASE = Prepared(
    update(audit_records)
    .where(audit_records.c.chain == bindparam("of_chain"), audit_records.c.seq == bindparam("of_seq"))
    .values(payload=None)
)


def _begin(dialect_insert: Any) -> Any:
    return dialect_insert(audit_heads).on_conflict_do_nothing(index_elements=["chain"])


_BEGIN_SQLITE, _BEGIN_POSTGRESQL = Prepared(_begin(sqlite.insert)), Prepared(_begin(postgresql.insert))


def append(tx: UnitOfWork, drafts: Sequence[Draft], *, at: datetime, verb: str, actor: tuple[str, str]) -> None:
    """Write what a verb did, as its last act: from here to the commit the chains are held."""
    chains = sorted({chain_of(draft.instance_key) for draft in drafts})
    extended = partial(_extended, drafts, at=at, verb=verb, actor=actor)
    known = tx.memory.audit_ends.get(chains[0]) if len(chains) == 1 else None
    if known is not None:
        records, ends = extended({known.chain: known})
        if tx.change(_ADVANCE_KNOWN, {**_moved(ends[known.chain]), "old_seq": known.seq, "old_hash": known.hash}):
            tx.write(_INSERT, records)
            tx.memory.audit_ends.update(ends)
            return
    records, ends = extended(_locked(tx, chains))
    tx.write(_INSERT, records)
    tx.write(_ADVANCE, [_moved(head) for head in ends.values()], unless="the end of an audit chain has gone")
    tx.memory.audit_ends.update(ends)


def _extended(
    drafts: Sequence[Draft], ends: Mapping[int, Head], *, at: datetime, verb: str, actor: tuple[str, str]
) -> tuple[list[tuple[Any, ...]], dict[int, Head]]:
    """The records as rows, and where their chains end afterwards."""
    moved, records = dict(ends), []
    for draft in drafts:
        chain = chain_of(draft.instance_key)
        head = moved[chain]
        record = extend(head, draft, at=at, verb=verb, actor=actor)
        moved[chain] = Head(chain, head.seq + 1, record[_HASH])
        records.append(record)
    return records, moved


def _moved(head: Head) -> dict[str, Any]:
    return {"of_chain": head.chain, "new_seq": head.seq, "new_hash": head.hash}


def _locked(tx: UnitOfWork, chains: list[int]) -> dict[int, Head]:
    found = {row[0]: Head(*row) for row in tx.execute(_LOCK_HEADS, {"chains": chains})}
    missing = [chain for chain in chains if chain not in found]
    if missing:
        begin = _BEGIN_SQLITE if tx.is_sqlite else _BEGIN_POSTGRESQL
        tx.execute(begin, [{"chain": head.chain, "seq": head.seq, "hash": head.hash} for head in map(Head, missing)])
        return _locked(tx, chains)
    return found


def heads(tx: UnitOfWork, chains: Iterable[int]) -> Mapping[int, Head]:
    """The end of each chain that has begun."""
    return {row[0]: Head(*row) for row in tx.execute(_HEADS, {"chains": list(chains)})}


def of_instance(tx: UnitOfWork, instance_key: int) -> list[Record]:
    """All records of an instance, in order."""
    return [Record(*row) for row in tx.execute(_OF_INSTANCE, {"of_key": instance_key})]


def hashes(tx: UnitOfWork, chain: int, *, after: int, most: int) -> list[str]:
    """The hashes of a chain's records behind number `after`, in order."""
    found = tx.execute(_HASHES, {"chain": chain, "after": after, "most": most})
    return [row[0] for row in found]


def portion(tx: UnitOfWork, chain: int, after: int, limit: int) -> list[Record]:
    """Up to `limit` records of a chain behind number `after`, in order."""
    return [Record(*row) for row in tx.execute(_PORTION, {"chain": chain, "after": after, "most": limit})]


def find(tx: UnitOfWork, chain: int, seq: int) -> Record | None:
    """One record."""
    row = tx.execute(_FIND, {"chain": chain, "seq": seq}).first()
    return None if row is None else Record(*row)


def erase(tx: UnitOfWork, chain: int, seq: int) -> None:
    """Drop a record's payload; its hash stays."""
    tx.execute(_ERASE, {"of_chain": chain, "of_seq": seq})
