"""Tenants, and who belongs to them. The default one has no row: it is always there."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, delete, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from engine.errors import NotFound
from engine.store.prepared import Prepared
from engine.store.rows import columns
from engine.store.tables import deployments, instances, memberships, tenant_members, tenants
from engine.store.unit_of_work import UnitOfWork
from engine.tenants import DEFAULT, MemberKind, Sight


@dataclass(frozen=True, slots=True)
class Tenant:
    """A tenant and its members, by name. The default one was made by nobody."""

    id: str
    name: str
    created_at: datetime
    created_by: str
    users: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


_ALL = columns(tenants, Tenant)
_FIND = Prepared(select(*_ALL).where(tenants.c.id == bindparam("id")))
_EVERY = Prepared(select(*_ALL).order_by(tenants.c.id))
_member = tenant_members.c
_MEMBERS = Prepared(select(_member.tenant_id, _member.kind, _member.member).order_by(_member.member))
_ADD = Prepared(insert(tenants))
_REMOVE = Prepared(delete(tenants).where(tenants.c.id == bindparam("of_id")))
_REMOVE_MEMBERS = Prepared(delete(tenant_members).where(_member.tenant_id == bindparam("of_id")))
_REMOVE_MEMBER = Prepared(
    delete(tenant_members).where(
        _member.tenant_id == bindparam("of_id"),
        _member.kind == bindparam("of_kind"),
        _member.member == bindparam("of_member"),
    )
)


def is_there(tx: UnitOfWork, id: str) -> bool:
    """Whether there is such a tenant, beside the default one."""
    return tx.execute(_FIND, {"id": id}).first() is not None


def of_user(user: Any) -> Select[Any]:
    """The ids of the tenants that a user, a parameter of the statement, belongs to, themselves or through a group."""
    groups = select(memberships.c.group_id).where(memberships.c.user_id == user)
    is_theirs = (_member.kind == MemberKind.USER) & (_member.member == user)
    is_of_group = (_member.kind == MemberKind.GROUP) & _member.member.in_(groups)
    return select(_member.tenant_id).where(is_theirs | is_of_group)


def sight(every: Set[str], own: Set[str]) -> Sight:
    """Which tenants a user sees of all that have a row: their own, or the default one when none is theirs.

    Whoever sees every tenant that there is sees all, as if there were none.
    """
    seen = own or {DEFAULT}
    return None if {DEFAULT, *every} <= seen else frozenset(seen)


def listed(tx: UnitOfWork, now: datetime) -> list[Tenant]:
    """Every tenant with its members: the default one first, the others by id."""
    members: dict[tuple[str, MemberKind], list[str]] = {}
    for tenant_id, kind, member in tx.execute(_MEMBERS):
        members.setdefault((tenant_id, kind), []).append(member)
    every = [Tenant(DEFAULT, "Default", now, ""), *(Tenant(*row) for row in tx.execute(_EVERY))]
    return [_with_members(one, members) for one in every]


def _with_members(one: Tenant, members: Mapping[tuple[str, MemberKind], list[str]]) -> Tenant:
    users, groups = (tuple(members.get((one.id, kind), ())) for kind in (MemberKind.USER, MemberKind.GROUP))
    return replace(one, users=users, groups=groups)


def find(tx: UnitOfWork, id: str, now: datetime) -> Tenant:
    """One tenant with its members. Raises `NotFound`."""
    found = next((tenant for tenant in listed(tx, now) if tenant.id == id), None)
    if found is None:
        raise NotFound(f"There is no tenant '{id[:60]}'.")
    return found


def add(tx: UnitOfWork, tenant: Tenant) -> None:
    """Keep a new tenant."""
    tx.execute(_ADD, {column.name: getattr(tenant, column.name) for column in _ALL})


def remove(tx: UnitOfWork, id: str) -> None:
    """Forget a tenant and who belonged to it."""
    tx.execute(_REMOVE_MEMBERS, {"of_id": id})
    tx.execute(_REMOVE, {"of_id": id})


def is_used(tx: UnitOfWork, id: str) -> bool:
    """Whether anything was ever deployed or started for a tenant."""
    looks = (select(table.c.key).where(table.c.tenant_id == id).limit(1) for table in (deployments, instances))
    return any(tx.execute(look).first() is not None for look in looks)


def add_member(tx: UnitOfWork, id: str, kind: MemberKind, member: str) -> None:
    """Let a user or group belong to a tenant."""
    new = (sqlite.insert if tx.is_sqlite else postgresql.insert)(tenant_members)
    tx.execute(new.on_conflict_do_nothing(), {"tenant_id": id, "kind": kind, "member": member})


def remove_member(tx: UnitOfWork, id: str, kind: MemberKind, member: str) -> bool:
    """Let them not belong to it any more; False when they did not."""
    return tx.change(_REMOVE_MEMBER, {"of_id": id, "of_kind": kind, "of_member": member}) > 0
