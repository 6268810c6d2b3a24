"""Lists: filters as plain data, turned into one query each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, and_, exists, func, literal, or_, select, tuple_

from engine.actors import Actor, Role
from engine.audit import Record
from engine.errors import InvalidInput
from engine.states import IncidentState, InstanceState, JobState, TaskState
from engine.store import audit_records as audit_rows
from engine.store import incidents as incident_rows
from engine.store import instances as instance_rows
from engine.store import jobs as job_rows
from engine.store import user_tasks as task_rows
from engine.store.columns import Instant, constant, from_micros, to_micros
from engine.store.comparisons import Comparison, column_is, variable_is
from engine.store.definitions import DecisionDefinition, DeploymentRow, FormDefinition, ProcessDefinition
from engine.store.duty_tables import task_exclusions
from engine.store.elements import ElementInstance
from engine.store.history_tables import legal_holds
from engine.store.incidents import Incident
from engine.store.instances import Instance
from engine.store.jobs import Job
from engine.store.prepared import OneOf, Prepared
from engine.store.rows import Page, Paged, columns, paged
from engine.store.sights import of_seen, within
from engine.store.tables import (
    audit_records,
    decision_definitions,
    deployments,
    elements,
    forms,
    incidents,
    instances,
    jobs,
    process_definitions,
    task_candidates,
    user_tasks,
)
from engine.store.unit_of_work import UnitOfWork
from engine.store.user_tasks import UserTask

#: By which columns instances can be compared.
COMPARED = tuple(
    "key process_id version definition_key business_key state started_at ended_at started_by suspended_at "
    "parent_key parent_element_key root_key tenant_id".split()
)


_INSTANCES = Prepared(select(*instance_rows.PUBLIC).where(OneOf(instances.c.key, "keys")))


@dataclass(frozen=True, slots=True)
class InstanceFilter:
    """Which instances; what is None, empty or 0 does not matter."""

    state: InstanceState | None = None
    process_id: str = ""
    definition_key: int = 0
    business_key: str | None = None
    has_incident: bool | None = None
    parent_key: int = 0
    keys: Sequence[int] = ()
    columns: Sequence[Comparison] = ()  # of key, process_id, version, business_key, started_at ... (`COMPARED`)
    variables: Sequence[Comparison] = ()  # in any scope of the instance
    held: bool | None = None  # under a legal hold or not
    tenant_ids: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """Which user tasks. `visible_to` keeps those that the actor has, may take, or has done."""

    state: TaskState | None = None
    assignee: str | None = None
    candidate_group: str = ""
    candidate_user: str = ""
    instance_key: int = 0
    process_id: str = ""
    kind: str = ""
    due_before: datetime | None = None
    visible_to: Actor | None = None
    tenant_ids: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class JobFilter:
    """Which jobs."""

    state: JobState | None = None
    type: str = ""
    instance_key: int = 0
    worker: str = ""
    tenant_ids: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class IncidentFilter:
    """Which incidents."""

    state: IncidentState | None = None
    process_id: str = ""
    instance_key: int = 0
    type: str = ""
    tenant_ids: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which audit records: from `since` on, before `until`."""

    instance_key: int | None = None
    actor: str = ""
    verb: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """How much there is of what needs attention."""

    active_instances: int
    open_tasks: int
    open_incidents: int


def find_instances(tx: UnitOfWork, wanted: InstanceFilter, page: Page) -> Paged[Instance]:
    """Instances, newest first."""
    query = within(tx, _instances(select(*instance_rows.PUBLIC), wanted, is_sqlite=tx.is_sqlite), instances)
    return paged(tx, query, instances.c.key, page, Instance)


def find_instance_keys(tx: UnitOfWork, wanted: InstanceFilter, before: int, most: int) -> list[int]:
    """Up to `most` keys of such instances below `before`, newest first."""
    query = _instances(select(instances.c.key), wanted, is_sqlite=tx.is_sqlite).where(instances.c.key < before)
    query = within(tx, query, instances)
    return list(tx.execute(query.order_by(instances.c.key.desc()).limit(most)).scalars())


def instance_keys(wanted: InstanceFilter, *, is_sqlite: bool) -> Select[Any]:
    """The question for the keys of such instances, to stand inside another."""
    return _instances(select(instances.c.key), wanted, is_sqlite=is_sqlite)


def _instances(query: Select[Any], wanted: InstanceFilter, *, is_sqlite: bool) -> Select[Any]:
    table = instances.c
    query = _where(query, (table.state, wanted.state), (table.process_id, wanted.process_id))
    query = _where(query, (table.definition_key, wanted.definition_key), (table.parent_key, wanted.parent_key))
    if wanted.business_key is not None:
        query = query.where(table.business_key == wanted.business_key)
    if wanted.has_incident is not None:
        query = query.where(table.open_incidents > 0 if wanted.has_incident else table.open_incidents == 0)
    if wanted.keys:
        query = query.where(table.key.in_(wanted.keys))
    if wanted.tenant_ids:
        query = query.where(table.tenant_id.in_(wanted.tenant_ids))
    if wanted.held is not None:
        held = table.root_key.in_(select(legal_holds.c.instance_key))
        query = query.where(held if wanted.held else ~held)
    for one in wanted.columns:
        if one.name not in COMPARED:
            raise InvalidInput(f"Instances are not compared by '{one.name[:60]}', only by {', '.join(COMPARED)}.")
        query = query.where(column_is(table[one.name], _timed(one), is_sqlite=is_sqlite))
    return query.where(*(variable_is(one, is_sqlite=is_sqlite) for one in wanted.variables))


def _timed(one: Comparison) -> Comparison:
    """With a time where a time is meant; kept as JSON, it is a text."""
    if not (one.name.endswith("_at") and isinstance(one.value, str)):
        return one
    try:
        return replace(one, value=datetime.fromisoformat(one.value))
    except ValueError:
        raise InvalidInput(f"'{one.value[:60]}' is no time that {one.name} could be compared with.") from None


def find_instance(tx: UnitOfWork, key: int) -> Instance | None:
    """One instance."""
    return find_all_instances(tx, [key]).get(key)


def find_all_instances(tx: UnitOfWork, keys: Sequence[int]) -> dict[int, Instance]:
    """Every one of these instances that whoever asks may see, by key."""
    found = (Instance(*row) for row in tx.execute(_INSTANCES, {"keys": keys}))
    return {one.key: one for one in found if tx.sees(one.tenant_id)}


def find_tasks(tx: UnitOfWork, wanted: TaskFilter, page: Page) -> Paged[UserTask]:
    """User tasks, newest first."""
    table = user_tasks.c
    query = _where(
        select(*task_rows.COLUMNS),
        (table.state, wanted.state),
        (table.assignee, wanted.assignee),
        (table.instance_key, wanted.instance_key),
        (table.process_id, wanted.process_id),
        (table.kind, wanted.kind),
    )
    if wanted.due_before is not None:
        query = query.where(table.due_at < wanted.due_before)
    if wanted.candidate_group:
        query = query.where(_is_candidate("group", [wanted.candidate_group]))
    if wanted.candidate_user:
        query = query.where(_is_candidate("user", [wanted.candidate_user]))
    if wanted.visible_to is not None:
        query = query.where(visible_tasks(wanted.visible_to))
    return paged(tx, _of(tx, query, user_tasks, wanted.tenant_ids), table.key, page, task_rows.make)


def _of(tx: UnitOfWork, query: Select[Any], table: Any, tenant_ids: Sequence[str]) -> Select[Any]:
    if tenant_ids:
        query = query.where(table.c.tenant_id.in_(tenant_ids))
    return within(tx, query, table)


def _is_candidate(kind: str, names: Sequence[str]) -> Any:
    candidate = task_candidates.c
    return exists().where(
        candidate.task_key == user_tasks.c.key, candidate.kind == kind, candidate.name.in_(sorted(names))
    )


def visible_tasks(actor: Actor) -> Any:
    """The condition on user tasks that the actor has, may take, or has done; not those kept from them."""
    # The rules of engine.user_tasks.rules, as far as a list needs them.
    table = user_tasks.c
    conditions = [table.assignee == actor.id, table.ended_by == actor.id, _is_candidate("user", [actor.id])]
    if actor.groups:
        conditions.append(_is_candidate("group", sorted(actor.groups)))
    if actor.has(Role.APPROVER, Role.OPERATOR):
        nobody = and_(table.assignee.is_(None), table.candidate_groups.is_(None), table.candidate_users.is_(None))
        conditions.append(nobody)
    kept = task_exclusions.c
    return and_(or_(*conditions), ~exists().where(kept.task_key == table.key, kept.user_id == actor.id))


def find_jobs(tx: UnitOfWork, wanted: JobFilter, page: Page) -> Paged[Job]:
    """Jobs, newest first."""
    table = jobs.c
    query = _where(
        select(*job_rows.COLUMNS),
        (table.state, wanted.state),
        (table.type, wanted.type),
        (table.instance_key, wanted.instance_key),
        (table.worker, wanted.worker),
    )
    return paged(tx, _of(tx, query, jobs, wanted.tenant_ids), table.key, page, job_rows.make)


def find_incidents(tx: UnitOfWork, wanted: IncidentFilter, page: Page) -> Paged[Incident]:
    """Incidents, newest first."""
    table = incidents.c
    query = _where(
        select(*incident_rows.COLUMNS),
        (table.state, wanted.state),
        (table.process_id, wanted.process_id),
        (table.instance_key, wanted.instance_key),
        (table.type, wanted.type),
    )
    return paged(tx, _of(tx, query, incidents, wanted.tenant_ids), table.key, page, Incident)


def find_elements(tx: UnitOfWork, instance_key: int, page: Page) -> Paged[ElementInstance]:
    """The way of an instance, oldest first."""
    query = select(*columns(elements, ElementInstance)).where(elements.c.instance_key == instance_key)
    query = of_seen(tx, query, elements)
    return paged(tx, query, elements.c.key, page, ElementInstance, oldest_first=True)


def find_audit(tx: UnitOfWork, wanted: AuditFilter, page: Page) -> Paged[Record]:
    """Audit records, newest first, across the chains."""
    table = audit_records.c
    query = _where(select(*audit_rows.COLUMNS), (table.actor_id, wanted.actor), (table.verb, wanted.verb))
    query = of_seen(tx, query, audit_records)
    if wanted.instance_key is not None:
        query = query.where(table.instance_key == wanted.instance_key)
    if wanted.since is not None:
        query = query.where(table.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(table.at < wanted.until)
    order = (table.at, table.chain, table.seq)
    if page.after:
        at, chain, seq = _audit_cursor(str(page.after))
        query = query.where(tuple_(*order) < tuple_(literal(at, Instant), chain, seq))
    query = query.order_by(*(column.desc() for column in order)).limit(page.size + 1)
    found = [Record(*row) for row in tx.execute(query)]
    if len(found) <= page.size:
        return Paged(tuple(found))
    last = found[page.size - 1]
    return Paged(tuple(found[: page.size]), f"{to_micros(last.at)}-{last.chain}-{last.seq}")


def _audit_cursor(cursor: str) -> tuple[Any, int, int]:
    try:
        at, chain, seq = (int(part) for part in cursor.split("-"))
        return from_micros(at), chain, seq
    except (ValueError, OverflowError) as error:
        raise InvalidInput(
            "The cursor 'after' is not one that a list has given.", {"after": "no such cursor"}
        ) from error


def find_deployments(tx: UnitOfWork, page: Page) -> Paged[DeploymentRow]:
    """Acts of deploying, newest first."""
    query = within(tx, select(*columns(deployments, DeploymentRow)), deployments)
    return paged(tx, query, deployments.c.key, page, DeploymentRow)


def find_processes(tx: UnitOfWork, process_id: str, *, all_versions: bool) -> list[ProcessDefinition]:
    """Process definitions by id, newest version first; only the latest of each unless asked for all."""
    return _versions(tx, ProcessDefinition, process_definitions, "process_id", process_id, all_versions)


def find_decisions(tx: UnitOfWork, decision_id: str, *, all_versions: bool) -> list[DecisionDefinition]:
    """Decisions, in the same way."""
    return _versions(tx, DecisionDefinition, decision_definitions, "decision_id", decision_id, all_versions)


def find_forms(tx: UnitOfWork, form_id: str, *, all_versions: bool) -> list[FormDefinition]:
    """Forms, in the same way."""
    return _versions(tx, FormDefinition, forms, "form_id", form_id, all_versions)


def _versions(tx: UnitOfWork, kind: type[Any], table: Any, identity: str, id: str, all_versions: bool) -> list[Any]:
    column = table.c[identity]
    owner = table.c.tenant_id
    query = within(tx, select(*columns(table, kind)), table).order_by(column, owner, table.c.version.desc())
    if id:
        query = query.where(column == id)
    if not all_versions:
        latest = select(owner, column, func.max(table.c.version)).group_by(owner, column)
        query = query.where(tuple_(owner, column, table.c.version).in_(latest))
    return [kind(*row) for row in tx.execute(query)]


def counts(tx: UnitOfWork) -> Counts:
    """Running instances, open tasks, open incidents."""
    active = select(func.count()).where(instances.c.state == constant(InstanceState.ACTIVE))
    tasks = select(func.count()).where(user_tasks.c.state == constant(TaskState.CREATED))
    problems = select(func.count()).where(incidents.c.state == constant(IncidentState.ACTIVE))
    active, tasks, problems = (
        within(tx, query, table) for query, table in ((active, instances), (tasks, user_tasks), (problems, incidents))
    )
    row = tx.execute(select(active.scalar_subquery(), tasks.scalar_subquery(), problems.scalar_subquery())).one()
    return Counts(*row)


def _where(query: Select[Any], *conditions: tuple[Any, Any]) -> Select[Any]:
    for column, value in conditions:
        if value not in (None, "", 0):
            query = query.where(column == (constant(value) if isinstance(value, StrEnum) else value))
    return query
