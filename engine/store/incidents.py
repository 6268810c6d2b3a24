"""Incidents: places where an instance cannot go on until somebody helps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from engine.errors import NotFound
from engine.states import IncidentState
from engine.step import IncidentRaised
from engine.store import instances
from engine.store.columns import constant
from engine.store.instances import InstanceRow
from engine.store.prepared import OneOf, Prepared
from engine.store.rows import columns, portions
from engine.store.tables import incidents
from engine.store.tables import instances as instance_table
from engine.store.unit_of_work import UnitOfWork
from engine.tenants import DEFAULT


@dataclass(frozen=True, slots=True)
class Incident:
    """A problem at an element. `type` is the vendor's word, such as JOB_NO_RETRIES."""

    key: int
    instance_key: int
    element_key: int
    element_id: str
    process_id: str
    definition_key: int
    type: str
    message: str
    job_key: int | None
    state: IncidentState
    created_at: datetime
    resolved_at: datetime | None
    resolved_by: str
    tenant_id: str = DEFAULT


COLUMNS = columns(incidents, Incident)
_INSERT = Prepared(insert(incidents))
_LOCK = Prepared(
    select(*COLUMNS, *instances.ROW)
    .select_from(instance_table.join(incidents, incidents.c.instance_key == instance_table.c.key))
    .where(incidents.c.key == bindparam("key"))
    .with_for_update(of=[instance_table, incidents])
)
_FIND = Prepared(select(*COLUMNS).where(incidents.c.key == bindparam("key")))
_RESOLVE = (
    update(incidents)
    .where(incidents.c.state == constant(IncidentState.ACTIVE))
    .values(state=IncidentState.RESOLVED, resolved_at=bindparam("now"), resolved_by=bindparam("new_by"))
)
_RESOLVE_AT = Prepared(_RESOLVE.where(OneOf(incidents.c.element_key, "element_keys")))
_RESOLVE_OF = Prepared(_RESOLVE.where(incidents.c.instance_key == bindparam("of_instance")))


def add(
    tx: UnitOfWork, row: InstanceRow, raised: Sequence[IncidentRaised], now: datetime, *, job_key: int | None = None
) -> list[Incident]:
    """Raise incidents."""
    found = [
        Incident(
            key=tx.next_key(),
            instance_key=row.key,
            element_key=one.element_key,
            element_id=one.element_id,
            process_id=row.process_id,
            definition_key=row.definition_key,
            type=one.type,
            message=one.message,
            job_key=job_key,
            state=IncidentState.ACTIVE,
            created_at=now,
            resolved_at=None,
            resolved_by="",
            tenant_id=row.tenant_id,
        )
        for one in raised
    ]
    tx.write(_INSERT, [{column.name: getattr(one, column.name) for column in COLUMNS} for one in found])
    return found


def lock(tx: UnitOfWork, key: int) -> tuple[Incident, InstanceRow]:
    """The incident and its instance's row, both held until the end of the transaction. Raises `NotFound`."""
    row = tx.execute(_LOCK, {"key": key}).first()
    return _seen(tx, key, row), InstanceRow(*row[len(COLUMNS) :])


def _seen(tx: UnitOfWork, key: int, row: Any) -> Incident:
    incident = None if row is None else Incident(*row[: len(COLUMNS)])
    if incident is None or not tx.sees(incident.tenant_id):
        raise NotFound(f"There is no incident {key}.")
    return incident


def find(tx: UnitOfWork, key: int) -> Incident:
    """The incident. Raises `NotFound`."""
    return _seen(tx, key, tx.execute(_FIND, {"key": key}).first())


def resolve_at(tx: UnitOfWork, element_keys: Sequence[int], by: str, now: datetime) -> int:
    """End the incidents of these elements; returns how many."""
    return sum(
        tx.change(_RESOLVE_AT, {"element_keys": portion, "now": now, "new_by": by})
        for portion in portions(element_keys)
    )


def resolve_of(tx: UnitOfWork, instance_key: int, by: str, now: datetime) -> int:
    """End all incidents of an instance; returns how many."""
    return tx.change(_RESOLVE_OF, {"of_instance": instance_key, "now": now, "new_by": by})
