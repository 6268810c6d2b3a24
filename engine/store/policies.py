"""Policies: documents in versions that never change. One of them is in service, unless the policy is retired.

A house-wide policy belongs to no tenant (`HOUSE`), one that was deployed to the tenant of its deployment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from bpmn.policies import PolicyDocument
from engine.states import PolicyState
from engine.store.ai_tables import policies as table
from engine.store.ai_tables import policy_versions as versions
from engine.store.prepared import Prepared
from engine.store.unit_of_work import UnitOfWork

#: The tenant of policies that hold for all.
HOUSE = ""


@dataclass(frozen=True, slots=True)
class RegisteredPolicy:
    """A version of a policy, with the state of the policy: `in_service` is the version that counts."""

    id: str
    tenant_id: str
    version: str
    in_service: str
    state: PolicyState
    reason: str
    changed_at: datetime
    changed_by: str
    document: PolicyDocument
    digest: str
    registered_at: datetime
    registered_by: str

    @property
    def is_house_wide(self) -> bool:
        """Whether it holds for all tenants and no deployment can change it."""
        return self.tenant_id == HOUSE


_OF_POLICY = (table.c.id, table.c.tenant_id, versions.c.version, table.c.in_service, table.c.state)
_OF_CHANGE = (table.c.reason, table.c.changed_at, table.c.changed_by)
_OF_VERSION = (versions.c.document, versions.c.digest, versions.c.registered_at, versions.c.registered_by)
_IS_OF = (versions.c.policy_id == table.c.id) & (versions.c.tenant_id == table.c.tenant_id)
_ALL = select(*_OF_POLICY, *_OF_CHANGE, *_OF_VERSION).select_from(table.join(versions, _IS_OF))
_IN_SERVICE = _ALL.where(versions.c.version == table.c.in_service)
_THIS = (table.c.id == bindparam("id")) & (table.c.tenant_id == bindparam("of_tenant"))
_LOCK = Prepared(_IN_SERVICE.where(_THIS).with_for_update(of=[table]))
_VERSION = Prepared(_ALL.where(_THIS, versions.c.version == bindparam("version")))
_LISTED = _IN_SERVICE.order_by(table.c.tenant_id, table.c.id)
_VERSIONS = Prepared(
    _ALL.where(table.c.id == bindparam("id")).order_by(table.c.tenant_id, versions.c.registered_at, versions.c.version)
)
_ACTIVE = Prepared(
    select(table.c.tenant_id, table.c.id, versions.c.digest)
    .select_from(table.join(versions, _IS_OF & (versions.c.version == table.c.in_service)))
    .where(table.c.state == PolicyState.ACTIVE.value, table.c.tenant_id.in_([HOUSE, bindparam("of_tenant")]))
    .order_by(table.c.tenant_id, table.c.id)
)
_DOCUMENT = Prepared(select(versions.c.document).where(versions.c.digest == bindparam("digest")).limit(1))
_INSERT = Prepared(insert(table))
_INSERT_VERSION = Prepared(insert(versions))
_CHANGED = ("in_service", "state", "reason", "changed_at", "changed_by")
_UPDATE = Prepared(
    update(table)
    .where(table.c.id == bindparam("of_id"), table.c.tenant_id == bindparam("of_tenant"))
    .values({name: bindparam(f"new_{name}") for name in _CHANGED})
)


def lock(tx: UnitOfWork, id: str, tenant_id: str) -> RegisteredPolicy | None:
    """The version of a policy that is in service, held until the end of the transaction."""
    row = tx.execute(_LOCK, {"id": id, "of_tenant": tenant_id}).first()
    return None if row is None else _make(*row)


def version(tx: UnitOfWork, id: str, tenant_id: str, version: str) -> RegisteredPolicy | None:
    """One version of a policy."""
    row = tx.execute(_VERSION, {"id": id, "of_tenant": tenant_id, "version": version}).first()
    return None if row is None else _make(*row)


def listed(tx: UnitOfWork) -> Sequence[RegisteredPolicy]:
    """Every policy in sight in the version that is in service, house-wide ones first."""
    return [one for row in tx.execute(_LISTED) if _is_in_sight(tx, one := _make(*row))]


def versions_of(tx: UnitOfWork, id: str) -> Sequence[RegisteredPolicy]:
    """Every version of the policies of this id in sight, oldest first."""
    return [one for row in tx.execute(_VERSIONS, {"id": id}) if _is_in_sight(tx, one := _make(*row))]


def active(tx: UnitOfWork, tenant_id: str) -> list[tuple[str, str, str]]:
    """What is in service for a tenant, house-wide first: tenant, id and digest of each."""
    return [(owner, id, digest) for owner, id, digest in tx.execute(_ACTIVE, {"of_tenant": tenant_id})]


def document(tx: UnitOfWork, digest: str) -> PolicyDocument:
    """The document of a digest that `active` named."""
    return PolicyDocument.of(tx.execute(_DOCUMENT, {"digest": digest}).scalar())


def add(tx: UnitOfWork, policy: RegisteredPolicy, *, is_first: bool) -> None:
    """Store a new version, which is in service from now on; `is_first` of its policy."""
    if is_first:
        values = {"id": policy.id, "tenant_id": policy.tenant_id}
        tx.execute(_INSERT, values | {name: getattr(policy, name) for name in _CHANGED})
    else:
        change(tx, policy)
    row = {"policy_id": policy.id, "tenant_id": policy.tenant_id, "version": policy.version, "digest": policy.digest}
    told = {"registered_at": policy.registered_at, "registered_by": policy.registered_by}
    tx.execute(_INSERT_VERSION, {**row, **told, "document": policy.document.as_json()})


def change(tx: UnitOfWork, policy: RegisteredPolicy) -> None:
    """Store which version is in service, and whether any."""
    names = {"of_id": policy.id, "of_tenant": policy.tenant_id}
    tx.execute(_UPDATE, names | {f"new_{name}": getattr(policy, name) for name in _CHANGED})


def _is_in_sight(tx: UnitOfWork, one: RegisteredPolicy) -> bool:
    return one.is_house_wide or tx.sees(one.tenant_id)


def _make(*row: Any) -> RegisteredPolicy:
    values = list(row)
    values[8] = PolicyDocument.of(values[8])
    return RegisteredPolicy(*values)
