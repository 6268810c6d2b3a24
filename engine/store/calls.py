"""Calls: elements that wait for the end of another instance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update

from engine.step import CallWait
from engine.store.prepared import OneOf, Prepared
from engine.store.rows import columns, portions
from engine.store.tables import calls
from engine.store.unit_of_work import UnitOfWork

Json = Any


@dataclass(frozen=True, slots=True)
class Call:
    """An element that called a process. `child_key` is None while the child could not be started."""

    element_key: int
    instance_key: int
    element_id: str
    process_id: str
    binding: list[str]
    variables: Mapping[str, Json] | None
    business_key: str | None
    child_key: int | None
    created_at: datetime

    def as_wait(self) -> CallWait:
        """The call once more, to try it again."""
        kind, version = self.binding
        return CallWait(
            self.element_key, self.element_id, self.process_id, (kind, version), self.variables or {}, self.business_key
        )


_ALL = columns(calls, Call)
_INSERT = Prepared(insert(calls))
_FIND = Prepared(select(*_ALL).where(calls.c.element_key == bindparam("element_key")))
_OF_INSTANCE = Prepared(select(*_ALL).where(calls.c.instance_key == bindparam("instance_key")))
_STARTED = Prepared(
    update(calls)
    .where(calls.c.element_key == bindparam("of_element"))
    .values(child_key=bindparam("new_child"), variables=None)
)
_CLOSE = delete(calls).returning(calls.c.child_key)
_CLOSE_AT = Prepared(_CLOSE.where(OneOf(calls.c.element_key, "element_keys")))
_CLOSE_OF = Prepared(_CLOSE.where(calls.c.instance_key == bindparam("of_instance")))


def add(tx: UnitOfWork, instance_key: int, children: Sequence[tuple[CallWait, int | None]], now: datetime) -> None:
    """Wait for children; None for one that could not be started, which keeps what it should have got."""
    tx.execute(
        _INSERT,
        [
            {
                "element_key": wait.element_key,
                "instance_key": instance_key,
                "element_id": wait.element_id,
                "process_id": wait.process_id,
                "binding": list(wait.binding),
                "variables": dict(wait.variables) if child_key is None else None,
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


def started(tx: UnitOfWork, element_key: int, child_key: int) -> None:
    """The child could be started after all."""
    tx.execute(_STARTED, {"of_element": element_key, "new_child": child_key})


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
