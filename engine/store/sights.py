"""What whoever asks may see: queries narrowed to the tenants in sight. Costs nothing to those who see all."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, select, text

from engine.store.schema import OF_A_TENANT
from engine.store.tables import instances
from engine.store.unit_of_work import UnitOfWork
from engine.tenants import DEFAULT


def within(tx: UnitOfWork, query: Select[Any], table: Any) -> Select[Any]:
    """The query for those rows of the table alone that whoever asks may see."""
    if tx.sight is None:
        return query
    query = query.where(table.c.tenant_id.in_(sorted(tx.sight)))
    # Said once more in the words of the index over what is not the default tenant's.
    return query if DEFAULT in tx.sight else query.where(text(f"{table.name}.{OF_A_TENANT}"))


def of_seen(tx: UnitOfWork, query: Select[Any], table: Any) -> Select[Any]:
    """The query for those rows alone whose instance belongs to a tenant in sight."""
    if tx.sight is None:
        return query
    return query.where(table.c.instance_key.in_(within(tx, select(instances.c.key), instances)))
