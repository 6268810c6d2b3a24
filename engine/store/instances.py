"""Process instances: the row that every verb locks, and the counts of what hangs on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter

from sqlalchemy import bindparam, insert, select, update

from engine.errors import NotFound
from engine.states import ENDED, InstanceState
from engine.store.prepared import OneOf, Prepared
from engine.store.rows import columns
from engine.store.sequences import deployments_so_far
from engine.store.tables import instances
from engine.store.unit_of_work import UnitOfWork
from engine.tenants import DEFAULT

#: An instance that waits at more places than this is wide.
NARROW = 64


@dataclass(frozen=True, slots=True)
class Active:
    """An element at which the instance stands."""

    key: int
    element_id: str
    name: str
    kind: str
    since: datetime
    has_incident: bool = False


@dataclass(frozen=True, slots=True)
class WhyWaiting:
    """Why an instance does not go on, in one plain sentence (`why`).

    `kind` is user-task, review, job, timer, message, signal, condition, call, join, choice, incident or suspended;
    `key` that of the row that waits (task, job, incident ...; for a call the child instance, for a join the waiting
    token, for a choice the ad-hoc sub-process).
    """

    kind: str
    element_id: str
    element_name: str
    since: datetime
    with_whom: str
    why: str
    key: int


@dataclass(frozen=True, slots=True)
class Instance:
    """A process instance. `active` and `waiting` are filled when one instance is asked for, not in lists."""

    key: int
    definition_key: int
    process_id: str
    version: int
    business_key: str | None
    state: InstanceState
    started_at: datetime
    ended_at: datetime | None
    started_by: str
    parent_key: int | None
    parent_element_key: int | None
    root_key: int
    depth: int
    open_incidents: int
    suspended_at: datetime | None = None
    suspended_by: str = ""
    suspend_reason: str = ""
    tenant_id: str = DEFAULT
    active: tuple[Active, ...] = ()
    waiting: tuple[WhyWaiting, ...] = ()

    @property
    def has_incident(self) -> bool:
        return self.open_incidents > 0

    @property
    def has_ended(self) -> bool:
        return self.state in ENDED


@dataclass(slots=True)
class InstanceRow:
    """The whole row, as a verb holds it: locked, changed in memory, saved once per step."""

    key: int
    definition_key: int
    process_id: str
    version: int
    business_key: str | None
    state: InstanceState
    started_at: datetime
    ended_at: datetime | None
    started_by: str
    parent_key: int | None
    parent_element_key: int | None
    root_key: int
    depth: int
    start_correlation_key: str | None
    frozen: bytes | None
    open_jobs: int = 0
    open_timers: int = 0
    open_subscriptions: int = 0
    open_tasks: int = 0
    open_incidents: int = 0
    open_calls: int = 0
    row_version: int = 0
    suspended_at: datetime | None = None
    suspended_by: str = ""
    suspend_reason: str = ""
    traceparent: str = ""
    tenant_id: str = DEFAULT
    deployments: int = field(default=0, compare=False)  # how many there were when the row was read
    is_new: bool = field(default=False, compare=False)

    @property
    def is_active(self) -> bool:
        return self.state is InstanceState.ACTIVE

    @property
    def has_ended(self) -> bool:
        return self.state in ENDED

    @property
    def is_wide(self) -> bool:
        """Whether it waits at so many places that a step had better not read what belongs to all of them."""
        waits = self.open_jobs + self.open_timers + self.open_subscriptions + self.open_tasks + self.open_calls
        return waits > NARROW


PUBLIC = columns(instances, Instance)
_COLUMNS = columns(instances, InstanceRow)
# With the row comes the count of deployments, so that a verb need not ask which versions are the latest.
ROW = [*_COLUMNS, deployments_so_far()]
_NAMES = [column.name for column in _COLUMNS]
_LOCK = Prepared(select(*ROW).where(instances.c.key == bindparam("key")).with_for_update())
# All who lock several do it in the same order, so that none waits for who waits for it.
_LOCK_ALL = Prepared(
    select(*ROW).where(OneOf(instances.c.key, "keys")).order_by(instances.c.key).with_for_update(of=instances)
)
_FROZEN = Prepared(select(instances.c.frozen).where(instances.c.key == bindparam("key")))
_INSERT = Prepared(insert(instances), _NAMES)
_SAVED = (
    "state",
    "ended_at",
    "start_correlation_key",
    "frozen",
    "open_jobs",
    "open_timers",
    "open_subscriptions",
    "open_tasks",
    "open_incidents",
    "open_calls",
)
_ALL_OF, _SAVED_OF, _PUBLIC_OF = attrgetter(*_NAMES), attrgetter(*_SAVED), attrgetter(*(c.name for c in PUBLIC))
_UPDATE = Prepared(
    update(instances)
    .where(instances.c.key == bindparam("of_key"), instances.c.row_version == bindparam("of_version"))
    .values({**{name: bindparam(f"new_{name}") for name in _SAVED}, "row_version": instances.c.row_version + 1}),
    ["of_key", "of_version", *(f"new_{name}" for name in _SAVED)],
)
_LINK = select(instances.c.key, instances.c.process_id, instances.c.parent_key, instances.c.depth)
_CALLERS = _LINK.where(instances.c.key == bindparam("key")).cte("callers", recursive=True)
_CALLERS = _CALLERS.union_all(_LINK.join(_CALLERS, instances.c.key == _CALLERS.c.parent_key))
_LINEAGE = Prepared(select(_CALLERS.c.key, _CALLERS.c.process_id).order_by(_CALLERS.c.depth.desc()))
_RUNNING_FOR = Prepared(
    select(instances.c.key).where(
        instances.c.tenant_id == bindparam("tenant_id"),
        instances.c.process_id == bindparam("process_id"),
        instances.c.start_correlation_key == bindparam("correlation_key"),
    )
)


def public(row: InstanceRow) -> Instance:
    """What a verb tells about the instance."""
    return Instance(*_PUBLIC_OF(row))


def lock(tx: UnitOfWork, key: int) -> InstanceRow:
    """The row, held until the end of the transaction. Raises `NotFound`."""
    found = tx.execute(_LOCK, {"key": key}).first()
    row = None if found is None else InstanceRow(*found)
    if row is None or not tx.sees(row.tenant_id):
        raise NotFound(f"There is no process instance {key}.")
    return row


def lock_all(tx: UnitOfWork, keys: Sequence[int]) -> list[InstanceRow]:
    """Those of these instances that are there, held until the end of the transaction."""
    return [InstanceRow(*row) for row in tx.execute(_LOCK_ALL, {"keys": keys})]


def frozen(tx: UnitOfWork, key: int) -> bytes | None:
    """The state of an instance as its last step left it; None when it has ended."""
    state: bytes | None = tx.execute(_FROZEN, {"key": key}).scalar()
    return state


def lineage(tx: UnitOfWork, key: int) -> list[tuple[int, str]]:
    """An instance and all that led to its being called, as keys with process ids: itself first, the root last."""
    return [(found, process_id) for found, process_id in tx.execute(_LINEAGE, {"key": key})]


def save(tx: UnitOfWork, row: InstanceRow) -> None:
    """Write the row: insert a new one, update a held one. `Stale`, sooner or later, when somebody did so meanwhile."""
    if row.is_new:
        tx.write(_INSERT, _ALL_OF(row))
        row.is_new = False
        return
    parameters = (row.key, row.row_version, *_SAVED_OF(row))
    tx.write(_UPDATE, parameters, unless=f"instance {row.key} was changed meanwhile")
    row.row_version += 1


def running_for(tx: UnitOfWork, tenant_id: str, process_id: str, correlation_key: str) -> int | None:
    """The active instance of a tenant that a message with this correlation key started."""
    parameters = {"tenant_id": tenant_id, "process_id": process_id, "correlation_key": correlation_key}
    found: int | None = tx.execute(_RUNNING_FOR, parameters).scalar()
    return found
