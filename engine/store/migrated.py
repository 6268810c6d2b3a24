"""Rows of an instance that was migrated: its definition, and what its open elements are called now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Table, bindparam, update

from engine.store.event_tables import subscriptions, timers
from engine.store.instances import InstanceRow
from engine.store.prepared import Prepared
from engine.store.tables import calls, elements, incidents, instances, jobs, user_tasks
from engine.store.unit_of_work import UnitOfWork

Renamed = Mapping[int, tuple[str, str]]

# Called processes stand in `calls`, so its process_id is not the instance's.
_OF_ELEMENT: tuple[tuple[Table, tuple[str, ...]], ...] = (
    (jobs, ("process_id", "definition_key")),
    (user_tasks, ("process_id", "definition_key")),
    (incidents, ("process_id", "definition_key")),
    (subscriptions, ("process_id",)),
    (timers, ()),
    (calls, ()),
)


def _rename(table: Table, of_instance: tuple[str, ...]) -> Prepared:
    new: dict[str, Any] = {name: bindparam(f"new_{name}") for name in ("element_id", *of_instance)}
    return Prepared(update(table).where(table.c.element_key == bindparam("of_element")).values(**new))


_RENAME = [_rename(table, names) for table, names in _OF_ELEMENT]
_RENAME_ELEMENT = Prepared(
    update(elements)
    .where(elements.c.key == bindparam("of_element"))
    .values(element_id=bindparam("new_element_id"), name=bindparam("new_name"))
)
_REDEFINE = Prepared(
    update(instances)
    .where(instances.c.key == bindparam("of_key"))
    .values(
        definition_key=bindparam("new_definition_key"),
        process_id=bindparam("new_process_id"),
        version=bindparam("new_version"),
    )
)


def rename(tx: UnitOfWork, row: InstanceRow, renamed: Renamed) -> None:
    """Give the instance its new definition, as the row has it, and everything open in it the new element ids."""
    of_instance = {
        "new_process_id": row.process_id,
        "new_definition_key": row.definition_key,
        "new_version": row.version,
    }
    tx.execute(_REDEFINE, {"of_key": row.key, **of_instance})
    visits = [
        {"of_element": key, "new_element_id": id, "new_name": name, **of_instance}
        for key, (id, name) in renamed.items()
        if key != row.key
    ]
    if visits:
        for statement in (_RENAME_ELEMENT, *_RENAME):
            tx.execute(statement, visits)
