"""Deleting what is over: whose time has come, who is held back from it, and every row that an instance left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Table, bindparam, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from engine.store.ai_tables import accuracy_samples, budget_books, evaluation_cases, probes
from engine.store.duty_tables import acts, task_duties, task_exclusions
from engine.store.history_tables import decision_evaluations, legal_holds, retentions, variable_changes
from engine.store.notification_tables import notifications
from engine.store.prepared import OneOf, Prepared
from engine.store.rows import columns
from engine.store.tables import (
    attempts,
    audit_records,
    calls,
    comments,
    elements,
    incidents,
    instances,
    jobs,
    process_definitions,
    task_candidates,
    user_tasks,
    variables,
)
from engine.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Retention:
    """For how many days what is over is kept; None: for ever."""

    process_id: str
    days: int | None
    set_at: datetime
    set_by: str


@dataclass(frozen=True, slots=True)
class LegalHold:
    """Somebody wants an instance kept, whatever its retention says."""

    instance_key: int
    reason: str
    held_at: datetime
    held_by: str


_RETENTIONS = select(*columns(retentions, Retention)).order_by(retentions.c.process_id)
_FORGET_RETENTION = delete(retentions).where(retentions.c.process_id == bindparam("of_process"))
_HOLD = insert(legal_holds)
_RELEASE = delete(legal_holds).where(legal_holds.c.instance_key == bindparam("of_instance"))
_DUE = Prepared(
    select(instances.c.key)
    .where(
        instances.c.definition_key == bindparam("definition_key"),
        instances.c.ended_at <= bindparam("before"),
        instances.c.ended_at.is_not(None),
        instances.c.parent_key.is_(None),
        instances.c.key.not_in(select(legal_holds.c.instance_key)),
    )
    .order_by(instances.c.ended_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_HELD = Prepared(select(legal_holds.c.instance_key).where(OneOf(legal_holds.c.instance_key, "keys")))
_CALLED = Prepared(
    select(instances.c.key).where(OneOf(instances.c.root_key, "root_keys"), instances.c.parent_key.is_not(None))
)
# In this order: what refers to a row goes before it. Judgements stay: they tell of a model, and hold no data of a case.
_OWNED: tuple[Table, ...] = (
    acts,
    comments,
    accuracy_samples,
    attempts,
    budget_books,
    calls,
    decision_evaluations,
    elements,
    evaluation_cases,
    incidents,
    jobs,
    notifications,
    probes,
    task_duties,
    task_exclusions,
    user_tasks,
    variable_changes,
    variables,
)
_OF_TASKS = Prepared(
    delete(task_candidates).where(
        task_candidates.c.task_key.in_(select(user_tasks.c.key).where(OneOf(user_tasks.c.instance_key, "keys")))
    )
)
_DELETE = [Prepared(delete(table).where(OneOf(table.c.instance_key, "keys"))) for table in _OWNED]
_DELETE_INSTANCES = Prepared(delete(instances).where(OneOf(instances.c.key, "keys")))
_EMPTY = Prepared(update(audit_records).where(OneOf(audit_records.c.instance_key, "keys")).values(payload=None))


def set_retention(tx: UnitOfWork, new: Retention) -> None:
    """Say how long what is over of a process is kept, in place of what was said before."""
    values = {"process_id": new.process_id, "days": new.days, "set_at": new.set_at, "set_by": new.set_by}
    adding = (sqlite.insert if tx.is_sqlite else postgresql.insert)(retentions).values(values)
    changed = {name: adding.excluded[name] for name in ("days", "set_at", "set_by")}
    tx.execute(adding.on_conflict_do_update(index_elements=["process_id"], set_=changed))


def forget_retention(tx: UnitOfWork, process_id: str) -> bool:
    """Leave it to the diagram again; False when nothing was set."""
    return tx.change(_FORGET_RETENTION, {"of_process": process_id}) > 0


def retentions_set(tx: UnitOfWork) -> list[Retention]:
    """What was set, by process."""
    return [Retention(*row) for row in tx.execute(_RETENTIONS)]


def hold(tx: UnitOfWork, new: LegalHold) -> None:
    """Keep an instance. One that is held already stays held for its first reason."""
    values = {column.name: getattr(new, column.name) for column in columns(legal_holds, LegalHold)}
    adding = (sqlite.insert if tx.is_sqlite else postgresql.insert)(legal_holds).values(values)
    tx.execute(adding.on_conflict_do_nothing(index_elements=["instance_key"]))


def release(tx: UnitOfWork, instance_key: int) -> bool:
    """Let it go again; False when it was not held."""
    return tx.change(_RELEASE, {"of_instance": instance_key}) > 0


def find_hold(tx: UnitOfWork, instance_key: int) -> LegalHold | None:
    """The hold on an instance that nobody called."""
    query = select(*columns(legal_holds, LegalHold)).where(legal_holds.c.instance_key == instance_key)
    row = tx.execute(query).first()
    return None if row is None else LegalHold(*row)


def holds(tx: UnitOfWork) -> list[LegalHold]:
    """Every hold, oldest first."""
    query = select(*columns(legal_holds, LegalHold)).order_by(legal_holds.c.held_at, legal_holds.c.instance_key)
    return [LegalHold(*row) for row in tx.execute(query)]


def due(tx: UnitOfWork, default_days: int | None, now: datetime, most: int) -> list[int]:
    """Instances that nobody called, whose time is over, one definition after the other, by index; locked.

    What an administrator set for the process goes before the diagram's word, and that before the default.
    """
    said = {one.process_id: one.days for one in retentions_set(tx)}
    listed = select(process_definitions.c.key, process_definitions.c.process_id, process_definitions.c.history_days)
    found: list[int] = []
    for key, process_id, of_diagram in tx.execute(listed).all():
        days = said.get(process_id, default_days if of_diagram is None else of_diagram)
        if days is None or len(found) >= most:
            continue
        parameters = {"definition_key": key, "before": now - timedelta(days=days), "most": most - len(found)}
        found += tx.execute(_DUE, parameters).scalars()
    held = set(tx.execute(_HELD, {"keys": found}).scalars()) if found else ()  # since the look, before the lock
    return [key for key in found if key not in held]


def family(tx: UnitOfWork, root_keys: Sequence[int]) -> list[int]:
    """The instances, and all that they called."""
    return [*root_keys, *tx.execute(_CALLED, {"root_keys": list(root_keys)}).scalars()]


def delete_rows(tx: UnitOfWork, keys: Sequence[int]) -> None:
    """Delete every row of these instances, and what the audit trail holds of them; its records and hashes stay."""
    of = {"keys": list(keys)}
    for statement in (_OF_TASKS, *_DELETE, _DELETE_INSTANCES, _EMPTY):
        tx.execute(statement, of)
