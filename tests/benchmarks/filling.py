"""Very many waiting instances in little time: a hundred are started by the engine, then their rows are copied.

The copies have keys of their own, shifted into the past so that no new key can meet them, and audit records of their
own in their chains: to every verb they are instances like all others. Frozen states hold no absolute keys.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import Table, insert, select

from engine.audit import Draft
from engine.store import audit_records
from engine.store.tables import audit_records as audit_table
from engine.store.tables import elements, instances, task_candidates, user_tasks, variables
from engine.store.unit_of_work import UnitOfWork
from tests.benchmarks.office import ANALYST, Office

TEMPLATES = 100
# The tables of an instance of B that waits, the column that says whose a row is, and those that hold keys of its own.
_TABLES: tuple[tuple[Table, str, tuple[str, ...]], ...] = (
    (instances, "key", ("key", "root_key")),
    (elements, "instance_key", ("key", "instance_key", "scope_key")),
    (variables, "instance_key", ("instance_key", "scope_key")),
    (user_tasks, "instance_key", ("key", "instance_key", "element_key")),
    (task_candidates, "task_key", ("task_key",)),
)
# Keys begin with the millisecond they were made at (`engine.keys`): copies stand ten minutes apart.
_STEP = 600_000 << 22


def fill(office: Office, count: int) -> list[int]:
    """Have so many instances of B wait (hundreds, at least one); returns the keys of their tasks."""
    started = [office.start_b().key for _ in range(TEMPLATES)]
    tasks = [office.task_of(key) for key in started]
    drafts = _drafts(office, started)
    shifts = [-number * _STEP for number in range(1, count // TEMPLATES)]
    for shift in shifts:
        with office.store.transaction() as tx:
            _copy(tx, started, tasks, shift)
            copies = [Draft(draft.instance_key + shift, draft.payload) for draft in drafts]
            audit_records.append(tx, copies, at=office.engine.clock.now(), verb="start", actor=(ANALYST.id, "human"))
    return tasks + [key + shift for shift in shifts for key in tasks]


def _drafts(office: Office, started: Sequence[int]) -> list[Draft]:
    query = select(audit_table.c.instance_key, audit_table.c.payload).where(audit_table.c.instance_key.in_(started))
    with office.store.reading() as tx:
        return [Draft(key, msgspec.json.decode(payload)) for key, payload in tx.connection.execute(query)]


def _copy(tx: UnitOfWork, started: Sequence[int], tasks: Sequence[int], shift: int) -> None:
    for table, owner, keys in _TABLES:
        columns = [(column + shift).label(column.name) if column.name in keys else column for column in table.c]
        rows = select(*columns).where(table.c[owner].in_(tasks if table is task_candidates else started))
        tx.connection.execute(insert(table).from_select([column.name for column in table.c], rows))
