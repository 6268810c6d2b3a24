"""Calls: elements that wait for the end of another instance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete, insert, select

from engine.step import CallWait
from engine.store.prepared import OneOf, Prepared
from engine.store.rows import columns, portions
from engine.store.tables import calls
from engine.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Call:
    """An element that called a process. `child_key` is None while the child could not be started."""

    element_key: int
    instance_key: int
    element_id: str
    process_id: str
    binding: list[str]
    business_key: str | None
    child_key: int | None
    created_at: datetime


_ALL = columns(calls, Call)
_INSERT = Prepared(insert(calls))
_FIND = Prepared(select(*_ALL).where(calls.c.element_key == bindparam("element_key")))
_OF_INSTANCE = Prepared(select(*_ALL).where(calls.c.instance_key == bindparam("instance_key")))
_CLOSE = delete(calls).returning(calls.c.child_key)
_CLOSE_AT = Prepared(_CLOSE.where(OneOf(calls.c.element_key, "element_keys")))
_CLOSE_OF = Prepared(_CLOSE.where(calls.c.instance_key == bindparam("of_instance")))


def add(tx: UnitOfWork, instance_key: int, children: Sequence[tuple[CallWait, int | None]], now: datetime) -> None:
    """Wait for children; None for one that could not be started."""
    tx.execute(
        _INSERT,
        [
            {
                "element_key": wait.element_key,
                "instance_key": instance_key,
                "element_id": wait.element_id,
                "process_id": wait.process_id,
                "binding": list(wait.binding),
                "business_key": wait.business_key,
                "child_key": child_key,
                "created_at": now,
            }
            for wait, child_key in children
        ],
    )


def find(tx: UnitOfWork, element_key: int) -> Call | None:
    """What an element waits for, None when it called nobody."""
    row = tx.execute(_FIND, {"element_key": element_key}).first()
    return None if row is None else Call(*row)


def of_instance(tx: UnitOfWork, instance_key: int) -> list[Call]:
    """The calls that an instance waits for."""
    return [Call(*row) for row in tx.execute(_OF_INSTANCE, {"instance_key": instance_key})]


def close_at(tx: UnitOfWork, element_keys: Sequence[int]) -> list[int | None]:
    """End the calls of these elements; returns the children's keys, None for one that was not started."""
    return [
        child
        for portion in portions(element_keys)
        for child in tx.execute(_CLOSE_AT, {"element_keys": portion}).scalars()
    ]


def close_of(tx: UnitOfWork, instance_key: int) -> list[int | None]:
    """End all calls of an instance; returns the same."""
    return list(tx.execute(_CLOSE_OF, {"of_instance": instance_key}).scalars())
